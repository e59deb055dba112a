// The figures that a leader sees. Private to the store.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_DUE_SUMMARY_H_
#define PHOIHOP_SERVICES_AGREEMENTS_DUE_SUMMARY_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/types/span.h"
#include "common/mysql/connection.h"
#include "services/agreements/due/due_store.h"

namespace phoihop::agreements {

using UnitNumbers = absl::flat_hash_map<int64_t, DueNumbers>;

// As of which day, and how many days from it count as soon.
struct SummaryDays {
  absl::CivilDay today;
  int upcoming = 0;

  friend bool operator==(const SummaryDays&, const SummaryDays&) = default;
};

// Both within one snapshot of the database. Of these units, or of all that have any figures
// when there are none; and of the bodies of one unit.
absl::StatusOr<UnitNumbers> ReadUnitNumbers(mysql::Connection& db, absl::Span<const int64_t> units,
                                            const SummaryDays& days);
absl::StatusOr<std::map<std::string, DueNumbers>> ReadBodyNumbers(mysql::Connection& db,
                                                                  int64_t unit,
                                                                  const SummaryDays& days);

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_DUE_SUMMARY_H_
