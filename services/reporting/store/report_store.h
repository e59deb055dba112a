// Reports as they were made.
#ifndef PHOIHOP_SERVICES_REPORTING_STORE_REPORT_STORE_H_
#define PHOIHOP_SERVICES_REPORTING_STORE_REPORT_STORE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/ledger/command.h"
#include "common/time/civil.h"

namespace phoihop::reporting {

// A report, frozen. The store does not look into its two parts.
struct StoredReport {
  std::string id;
  int64_t unit = 0;
  DayInterval days;
  absl::Time create_time;
  // Serialised without the rows below.
  std::string head;
  // Serialised with the rows below alone; lists leave it empty.
  std::string rows_below;
};

// Where a list continues: after this report.
struct ReportKey {
  absl::CivilDay last;
  absl::CivilDay first;
  std::string id;
};

class ReportStore {
 public:
  virtual ~ReportStore() = default;

  // Adds a report within a ledger transaction.
  virtual absl::Status Insert(ledger::Transaction& tx, const StoredReport& report) = 0;

  // The report, or nothing.
  virtual absl::StatusOr<std::optional<StoredReport>> Get(const std::string& id,
                                                          absl::Time deadline) = 0;

  // Heads of reports about exactly this unit that end on or before a day, newest interval
  // first (last day, then first day, then id), at most `limit`.
  virtual absl::StatusOr<std::vector<StoredReport>> List(int64_t unit, absl::CivilDay ending_by,
                                                         const std::optional<ReportKey>& after,
                                                         int limit, absl::Time deadline) = 0;
};

}  // namespace phoihop::reporting

#endif  // PHOIHOP_SERVICES_REPORTING_STORE_REPORT_STORE_H_
