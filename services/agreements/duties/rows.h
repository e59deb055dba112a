// Rows of the tables of 0008_duties.sql, to and from the domain. Private to the store.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_DUTIES_ROWS_H_
#define PHOIHOP_SERVICES_AGREEMENTS_DUTIES_ROWS_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/mysql/connection.h"
#include "services/agreements/duties/delivery.h"
#include "services/agreements/duties/duty_store.h"
#include "services/agreements/duties/request.h"

namespace phoihop::agreements::duties {

// Those that fit `where`, in its order: of `duties d`, of `duty_occurrences o` (with the
// obligations `b` of open ones), of `deliveries v`, of `information_requests r`.
absl::StatusOr<std::vector<Duty>> LoadDuties(mysql::Connection& db, std::string_view where,
                                             const std::vector<mysql::Value>& params);
absl::StatusOr<std::vector<Occurrence>> LoadOccurrences(mysql::Connection& db,
                                                        std::string_view where,
                                                        const std::vector<mysql::Value>& params);
absl::StatusOr<std::vector<Delivery>> LoadDeliveries(mysql::Connection& db, std::string_view where,
                                                     const std::vector<mysql::Value>& params);
absl::StatusOr<std::vector<Request>> LoadRequests(mysql::Connection& db, std::string_view where,
                                                  const std::vector<mysql::Value>& params);

// Duties with how they are kept.
absl::StatusOr<std::vector<KeptDuty>> LoadSummaries(mysql::Connection& db,
                                                    std::vector<Duty> duties);

// The bodies of a duty or request, whoever delivers or asks first.
absl::Status InsertBodyRows(mysql::Connection& db, const std::string& record,
                            const std::vector<std::string>& bodies);
absl::Status InsertDutyRow(mysql::Connection& db, const Duty& duty);
absl::Status UpdateDutyRow(mysql::Connection& db, const Duty& before, const Duty& after);
absl::Status InsertOccurrenceRows(mysql::Connection& db,
                                  const std::vector<Occurrence>& occurrences);
absl::Status UpdateOccurrenceRow(mysql::Connection& db, const Occurrence& after);
absl::Status InsertDeliveryRow(mysql::Connection& db, const Delivery& delivery);
absl::Status UpdateDeliveryRow(mysql::Connection& db, const Delivery& before,
                               const Delivery& after);
absl::Status InsertRequestRow(mysql::Connection& db, const Request& request);
absl::Status UpdateRequestRow(mysql::Connection& db, const Request& before, const Request& after);

}  // namespace phoihop::agreements::duties

#endif  // PHOIHOP_SERVICES_AGREEMENTS_DUTIES_ROWS_H_
