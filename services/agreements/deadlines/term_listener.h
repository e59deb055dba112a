// How a room hears that an agreement lasts longer, or less long.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_DEADLINES_TERM_LISTENER_H_
#define PHOIHOP_SERVICES_AGREEMENTS_DEADLINES_TERM_LISTENER_H_

#include "absl/status/status.h"
#include "common/time/work_calendar.h"
#include "services/agreements/domain/agreement.h"

namespace phoihop::ledger {
class Transaction;
}  // namespace phoihop::ledger

namespace phoihop::agreements {

// A room in which things are owed again and again: nothing that falls due after an agreement's last
// day arises, so it does when that day moves.
class TermListener {
 public:
  virtual ~TermListener() = default;

  // The agreement, which is locked, was in force until LastDay(before) and now is until
  // LastDay(after), which is later. In the transaction that extends it; an error undoes that.
  virtual absl::Status TermExtended(ledger::Transaction& tx, const Agreement& before,
                                    const Agreement& after, const WorkCalendar& calendar) = 0;

  // The agreement, which is locked, now is in force until LastDay(after), which is earlier than
  // LastDay(before): what is open and falls due after it is no longer owed, and stays visible as
  // that; whoever owed it is told why. In the transaction of the amendment.
  virtual absl::Status TermShortened(ledger::Transaction& tx, const Agreement& before,
                                     const Agreement& after) = 0;
};

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_DEADLINES_TERM_LISTENER_H_
