// What is owed under an agreement that has ended. One rule for all rooms; see README.md above.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_DEADLINES_OWED_H_
#define PHOIHOP_SERVICES_AGREEMENTS_DEADLINES_OWED_H_

#include "absl/time/civil_time.h"
#include "services/agreements/domain/agreement.h"

namespace phoihop::agreements {

// Whether what falls due on `due` is owed under the agreement: where it was terminated or
// superseded, what falls due before the first day on which it is no longer in force; otherwise
// all of it, since nothing falls due after the term.
inline bool IsOwedUnder(const Agreement& agreement, absl::CivilDay due) {
  const bool ended_early =
      agreement.state == State::kTerminated || agreement.state == State::kSuperseded;
  return !ended_early || due < InForceUntil(agreement);
}

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_DEADLINES_OWED_H_
