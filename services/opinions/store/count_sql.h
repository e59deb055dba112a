// Counting in SQL. Private to the store.
#ifndef PHOIHOP_SERVICES_OPINIONS_STORE_COUNT_SQL_H_
#define PHOIHOP_SERVICES_OPINIONS_STORE_COUNT_SQL_H_

#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/types/span.h"
#include "common/mysql/connection.h"
#include "services/opinions/domain/counting.h"

namespace phoihop::opinions {

// Whether a count answers one sum, or the share of each element of `where`, in its order. The
// former reads as much but has less to send.
enum class CountBy { kSum, kPart };

// Whole months from the counters, the days at an interval's edges from the records, for many
// units at once: one statement for each 500 units with equal days. Counts as
// domain/counting.h says. With kSum the result has one element.
absl::StatusOr<std::vector<PetitionTallies>> SelectPetitionCounts(mysql::Connection& db,
                                                                  absl::Span<const UnitDays> where,
                                                                  absl::CivilDay end, CountBy by);

// Topics of a part are in no order.
absl::StatusOr<std::vector<std::vector<TopicTally>>> SelectTopicCounts(
    mysql::Connection& db, absl::Span<const UnitDays> where, CountBy by);

}  // namespace phoihop::opinions

#endif  // PHOIHOP_SERVICES_OPINIONS_STORE_COUNT_SQL_H_
