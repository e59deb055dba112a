#include "services/reporting/store/mysql_report_store.h"

#include <utility>

#include "common/mysql/read_statement.h"
#include "common/status/macros.h"

namespace phoihop::reporting {
namespace {

constexpr char kInsert[] =
    "INSERT INTO reports (id, unit, first_day, last_day, create_time, head, rows_below) "
    "VALUES (?, ?, ?, ?, ?, ?, ?)";

constexpr char kGet[] =
    "SELECT id, unit, first_day, last_day, create_time, head, rows_below FROM reports "
    "WHERE id = ?";

constexpr char kFirstPage[] =
    "SELECT id, unit, first_day, last_day, create_time, head FROM reports "
    "WHERE unit = ? AND last_day <= ? "
    "ORDER BY last_day DESC, first_day DESC, id DESC LIMIT ?";

constexpr char kNextPage[] =
    "SELECT id, unit, first_day, last_day, create_time, head FROM reports "
    "WHERE unit = ? AND last_day <= ? AND (last_day < ? OR "
    "(last_day = ? AND (first_day < ? OR (first_day = ? AND id < ?)))) "
    "ORDER BY last_day DESC, first_day DESC, id DESC LIMIT ?";

StoredReport HeadOf(const mysql::Row& row) {
  return {row.Text(0), row.Int(1), {row.Day(2), row.Day(3)}, row.Time(4), row.Bytes(5), ""};
}

}  // namespace

absl::Status MysqlReportStore::Insert(ledger::Transaction& tx, const StoredReport& report) {
  return tx.db()
      .Execute(kInsert,
               {report.id, report.unit, report.days.first, report.days.last, report.create_time,
                mysql::Bytes(report.head), mysql::Bytes(report.rows_below)})
      .status();
}

absl::StatusOr<std::optional<StoredReport>> MysqlReportStore::Get(const std::string& id,
                                                                  absl::Time deadline) {
  return mysql::ReadStatement(
      pool_, deadline, [&](mysql::Connection& db) -> absl::StatusOr<std::optional<StoredReport>> {
        std::optional<StoredReport> report;
        RETURN_IF_ERROR(db.Query(kGet, {id}, [&](const mysql::Row& row) {
          report = HeadOf(row);
          report->rows_below = row.Bytes(6);
          return absl::OkStatus();
        }));
        return report;
      });
}

absl::StatusOr<std::vector<StoredReport>> MysqlReportStore::List(
    int64_t unit, absl::CivilDay ending_by, const std::optional<ReportKey>& after, int limit,
    absl::Time deadline) {
  return mysql::ReadStatement(
      pool_, deadline, [&](mysql::Connection& db) -> absl::StatusOr<std::vector<StoredReport>> {
        std::vector<StoredReport> reports;
        const auto add = [&](const mysql::Row& row) {
          reports.push_back(HeadOf(row));
          return absl::OkStatus();
        };
        if (after.has_value()) {
          RETURN_IF_ERROR(db.Query(kNextPage,
                                   {unit, ending_by, after->last, after->last, after->first,
                                    after->first, after->id, int64_t{limit}},
                                   add));
        } else {
          RETURN_IF_ERROR(db.Query(kFirstPage, {unit, ending_by, int64_t{limit}}, add));
        }
        return reports;
      });
}

}  // namespace phoihop::reporting
