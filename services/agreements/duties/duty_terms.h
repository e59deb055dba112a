// Keeps the occurrences of duties with the term of their agreement.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_DUTIES_DUTY_TERMS_H_
#define PHOIHOP_SERVICES_AGREEMENTS_DUTIES_DUTY_TERMS_H_

#include "services/agreements/deadlines/term_listener.h"
#include "services/agreements/duties/handlers.h"

namespace phoihop::agreements::duties {

// Adds what duties did not owe since it fell due after the agreement's last day. Thread safe;
// `parts` outlives it.
class DutyTerms : public TermListener {
 public:
  explicit DutyTerms(const DutyParts* parts) : parts_(*parts) {}

  absl::Status TermExtended(ledger::Transaction& tx, const Agreement& before,
                            const Agreement& after, const WorkCalendar& calendar) override;
  absl::Status TermShortened(ledger::Transaction& tx, const Agreement& before,
                             const Agreement& after) override;

 private:
  const DutyParts& parts_;
};

}  // namespace phoihop::agreements::duties

#endif  // PHOIHOP_SERVICES_AGREEMENTS_DUTIES_DUTY_TERMS_H_
