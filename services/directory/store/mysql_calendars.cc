// The yearly tables of working days: their rows, and the statements that touch them.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/ledger/command.h"
#include "common/mysql/transaction.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/status/views.h"
#include "services/directory/store/mysql_store.h"
#include "services/directory/store/state_row.h"

namespace phoihop::directory {
namespace {

using mysql::Connection;
using mysql::Row;
using mysql::Value;

constexpr std::string_view kReadRevision = "SELECT revision FROM calendar_state WHERE id = 1";
constexpr std::string_view kLockRevision =
    "SELECT revision FROM calendar_state WHERE id = 1 FOR UPDATE";
constexpr std::string_view kSaveRevision = "UPDATE calendar_state SET revision = ? WHERE id = 1";
constexpr std::string_view kReadYears =
    "SELECT calendar_year, source, note, provisional, calendar_revision, update_time, revision"
    " FROM calendar_years ORDER BY calendar_year";
constexpr std::string_view kReadDays = "SELECT day, worked, name FROM calendar_days ORDER BY day";
constexpr std::string_view kSaveYear =
    "INSERT INTO calendar_years (calendar_year, source, note, provisional, calendar_revision,"
    " update_time, revision) VALUES (?, ?, ?, ?, ?, ?, ?)"
    " ON DUPLICATE KEY UPDATE source = VALUES(source), note = VALUES(note),"
    " provisional = VALUES(provisional), calendar_revision = VALUES(calendar_revision),"
    " update_time = VALUES(update_time), revision = VALUES(revision)";
constexpr std::string_view kRemoveDays = "DELETE FROM calendar_days WHERE day BETWEEN ? AND ?";
constexpr std::string_view kAddDays = "INSERT INTO calendar_days (day, worked, name) VALUES ";

CalendarTable TableFrom(const Row& row) {
  CalendarTable table;
  table.days.year = static_cast<int>(row.Int(0));
  table.days.source = row.Text(1);
  table.note = row.Text(2);
  table.provisional = row.Int(3) != 0;
  table.calendar_revision = row.Int(4);
  table.updated = row.Time(5);
  table.revision = row.Int(6);
  return table;
}

// The tables under the revision that `revision_sql` reads.
absl::StatusOr<CalendarTables> ReadTables(Connection& db, std::string_view revision_sql) {
  CalendarTables result;
  bool found = false;
  RETURN_IF_ERROR(db.Query(revision_sql, {}, [&](const Row& row) {
    found = true;
    result.revision = row.Int(0);
    return absl::OkStatus();
  }));
  if (!found) return Internal("calendar_state is empty: the database is not migrated");
  RETURN_IF_ERROR(db.Query(kReadYears, {}, [&](const Row& row) {
    result.tables.push_back(TableFrom(row));
    return absl::OkStatus();
  }));
  // Years and days come in the same order.
  size_t at = 0;
  RETURN_IF_ERROR(db.Query(kReadDays, {}, [&](const Row& row) -> absl::Status {
    const absl::CivilDay day = row.Day(0);
    while (at < result.tables.size() && result.tables[at].days.year < day.year()) ++at;
    if (at == result.tables.size() || result.tables[at].days.year != day.year()) {
      return Internal("calendar_days has a year that calendar_years lacks");
    }
    CalendarYear& year = result.tables[at].days;
    if (row.Int(1) != 0) {
      year.worked_days.push_back(day);
    } else {
      year.holidays.push_back({day, row.Text(2)});
    }
    return absl::OkStatus();
  }));
  return result;
}

}  // namespace

absl::StatusOr<CalendarTables> MysqlStore::LoadCalendars(absl::Time deadline, StoreState& state) {
  return mysql::Read(pool_, deadline, [&](Connection& db) -> absl::StatusOr<CalendarTables> {
    ASSIGN_OR_RETURN(state, ReadStateRow(db));
    return ReadTables(db, kReadRevision);
  });
}

absl::StatusOr<CalendarTables> MysqlStore::LockCalendars(ledger::Transaction& transaction) {
  return ReadTables(transaction.db(), kLockRevision);
}

absl::Status MysqlStore::SaveCalendar(ledger::Transaction& transaction,
                                      const CalendarTable& table) {
  Connection& db = transaction.db();
  const CalendarYear& year = table.days;
  RETURN_IF_ERROR(db.Execute(kSaveYear, {int64_t{year.year}, year.source, table.note,
                                         int64_t{table.provisional}, table.calendar_revision,
                                         table.updated, table.revision})
                      .status());
  RETURN_IF_ERROR(
      db.Execute(kRemoveDays, {absl::CivilDay(year.year, 1, 1), absl::CivilDay(year.year, 12, 31)})
          .status());
  std::vector<Value> values;
  for (const Holiday& day : year.holidays) {
    values.insert(values.end(), {day.day, int64_t{0}, day.name});
  }
  for (const absl::CivilDay day : year.worked_days) {
    values.insert(values.end(), {day, int64_t{1}, std::string()});
  }
  std::string sql(kAddDays);
  for (size_t i = 0; i < values.size(); i += 3) {
    absl::StrAppend(&sql, i == 0 ? "" : ", ", "(?, ?, ?)");
  }
  RETURN_IF_ERROR(db.Execute(sql, values).status());
  return db.Execute(kSaveRevision, {table.calendar_revision}).status();
}

}  // namespace phoihop::directory
