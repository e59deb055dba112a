// Pieces of the projection's SQL that several files of the store use.
#ifndef PHOIHOP_SERVICES_REPORTING_STORE_PROJECTION_SQL_H_
#define PHOIHOP_SERVICES_REPORTING_STORE_PROJECTION_SQL_H_

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/types/span.h"
#include "common/mysql/connection.h"
#include "services/reporting/domain/layout.h"
#include "services/reporting/domain/rollup.h"
#include "services/reporting/domain/rows.h"
#include "services/reporting/store/projection_store.h"

namespace phoihop::reporting::sql {

// What a positions row holds when its generation was given up.
inline constexpr int64_t kGivenUp = -1;

// The generation in use of each service. `lock` takes the rows FOR UPDATE, in order.
absl::StatusOr<std::map<std::string, int64_t>> CurrentGenerations(mysql::Connection& db, bool lock);

// A positions row; ABORTED when there is none. `lock` as above.
absl::StatusOr<SourcePosition> PositionOf(mysql::Connection& db, int64_t generation,
                                          const std::string& service, bool lock);

// The positions of the generations given, in order of service.
absl::StatusOr<std::vector<SourcePosition>> PositionsOf(
    mysql::Connection& db, const std::map<std::string, int64_t>& generations);

// Writes the batch's rows of (after, through] into a generation, and counts them.
absl::Status WriteEvents(mysql::Connection& db, int64_t generation,
                         absl::Span<const FeedEvent> events, int64_t after, int64_t through);

// ProjectionView::Count for a generation.
absl::StatusOr<std::vector<SegmentCounts>> CountSegments(mysql::Connection& db, int64_t generation,
                                                         absl::Span<const Segment> segments,
                                                         absl::CivilDay end);

// ProjectionView::AgreementsAt and Descendants for a generation.
absl::StatusOr<std::vector<AgreementRow>> AgreementsAt(mysql::Connection& db, int64_t generation,
                                                       absl::Span<const int64_t> units);
absl::StatusOr<std::vector<AgreementRow>> Descendants(mysql::Connection& db, int64_t generation,
                                                      const std::string& id);

// Compares the generations of `old_db` with one of `new_db`, row by row, in order of key.
absl::StatusOr<Comparison> CompareGenerations(mysql::Connection& old_db,
                                              const std::map<std::string, int64_t>& old_generations,
                                              mysql::Connection& new_db, int64_t new_generation);

// The tables whose rows a service's feed fills.
std::vector<std::string> TablesOf(std::string_view service);

// Sizes that add up to `count`, each a power of two and at most 128: statements with that
// many rows are few, so the connection keeps them prepared.
std::vector<size_t> ChunkSizes(size_t count);

// "(?, ?), (?, ?)" for 2 rows of 2 columns.
std::string Placeholders(size_t rows, size_t columns);

}  // namespace phoihop::reporting::sql

#endif  // PHOIHOP_SERVICES_REPORTING_STORE_PROJECTION_SQL_H_
