// An obligation with what its store adds. Pure values.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_DEADLINES_STORED_OBLIGATION_H_
#define PHOIHOP_SERVICES_AGREEMENTS_DEADLINES_STORED_OBLIGATION_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "services/agreements/deadlines/obligation.h"

namespace phoihop::agreements {

// Resource types in errors and in the ledger.
inline constexpr std::string_view kObligationType = "phoihop.agreements.v1.Obligation";
inline constexpr std::string_view kNoticeType = "phoihop.agreements.v1.Notice";

// Revisions of calendars by which due days wait to be computed anew; no calendar has one below 0.
// The rule was changed while pauses are recorded.
inline constexpr int64_t kOtherRule = -1;
// The directory was restored, so nobody knows by which calendar the day was found.
inline constexpr int64_t kUnknownCalendar = -2;

struct StoredObligation {
  // `obligations/{id}` in the API; assigned by the store.
  std::string id;
  Obligation obligation;
  // Why, for each of `obligation.pauses`.
  std::vector<std::string> pause_reasons;
  // The due day before the last move; nothing when it never moved.
  std::optional<absl::CivilDay> previous_due;
  // Number of the last step of escalation that was taken or passed over.
  int escalated = 0;
  absl::Time create_time;
  absl::Time update_time;
  // Ascends with every change.
  int64_t revision = 0;
};

// "obligations/{id}".
std::string ObligationName(std::string_view id);

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_DEADLINES_STORED_OBLIGATION_H_
