// What the parties owe an agreement: comments on a draft, signatures on a text. Written with
// the change that makes them owed, and closed with the one that meets them.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_RPC_OBLIGATIONS_H_
#define PHOIHOP_SERVICES_AGREEMENTS_RPC_OBLIGATIONS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/time/civil_time.h"
#include "common/time/work_calendar.h"
#include "services/agreements/deadlines/obligation_book.h"
#include "services/agreements/domain/commands.h"

namespace phoihop::agreements {

// Working days that a party has for signing when nobody set a last day. Whoever is later owes
// it still: only a day that was set expires.
inline constexpr int kWorkingDaysToSign = 10;

// Brings the book from `before` to what the change made of it, and tells those whose signatures
// became void. Also withdraws everything that is owed under an agreement that ended early.
absl::Status SettleObligations(ObligationBook& book, ledger::Transaction& tx,
                               const WorkCalendar& calendar, const Agreement& before,
                               const Change& change);

// The agreement that was amended ends earlier than before: what falls due afterwards is no longer
// owed, and its parties are told. The rooms that keep occurrences are told before.
absl::Status SettleShortened(ObligationBook& book, ledger::Transaction& tx, const Agreement& before,
                             const Agreement& after);

// A party commented: it owes no comment any more.
absl::Status CloseComment(ObligationBook& book, ledger::Transaction& tx, const Agreement& agreement,
                          const std::string& body, absl::CivilDay day);

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_RPC_OBLIGATIONS_H_
