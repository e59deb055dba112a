#ifndef PHOIHOP_SERVICES_REPORTING_STORE_MYSQL_REPORT_STORE_H_
#define PHOIHOP_SERVICES_REPORTING_STORE_MYSQL_REPORT_STORE_H_

#include <optional>
#include <string>
#include <vector>

#include "common/mysql/pool.h"
#include "services/reporting/store/report_store.h"

namespace phoihop::reporting {

// Reports in MariaDB. The pool outlives the store.
class MysqlReportStore : public ReportStore {
 public:
  explicit MysqlReportStore(mysql::Pool& pool) : pool_(pool) {}

  absl::Status Insert(ledger::Transaction& tx, const StoredReport& report) override;
  absl::StatusOr<std::optional<StoredReport>> Get(const std::string& id,
                                                  absl::Time deadline) override;
  absl::StatusOr<std::vector<StoredReport>> List(int64_t unit, absl::CivilDay ending_by,
                                                 const std::optional<ReportKey>& after, int limit,
                                                 absl::Time deadline) override;

 private:
  mysql::Pool& pool_;
};

}  // namespace phoihop::reporting

#endif  // PHOIHOP_SERVICES_REPORTING_STORE_MYSQL_REPORT_STORE_H_
