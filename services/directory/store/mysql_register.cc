// Units and successions: their rows, and the statements that touch them.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/ledger/command.h"
#include "common/ledger/position_value.h"
#include "common/mysql/read_statement.h"
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

const std::string& ReadStateSql() {
  static const auto* const sql =
      new std::string(absl::StrCat("SELECT tree_version, access_version, next_unit_id, last_import,"
                                   " (SELECT revision FROM calendar_state WHERE id = 1), ",
                                   ledger::kPositionValue, " FROM directory_state WHERE id = 1"));
  return *sql;
}
constexpr std::string_view kLockState =
    "SELECT tree_version, access_version, next_unit_id, last_import, 0, 0 FROM directory_state"
    " WHERE id = 1 FOR UPDATE";
constexpr std::string_view kSaveState =
    "UPDATE directory_state SET tree_version = ?, next_unit_id = ?, last_import = ? WHERE id = 1";

constexpr std::string_view kReadUnits = "SELECT unit_id, revision FROM units ORDER BY unit_id";
constexpr std::string_view kReadVersions =
    "SELECT unit_id, valid_from, valid_until, from_precision, until_precision, code, name, kind,"
    " level, parent_id, source FROM unit_versions ORDER BY unit_id, valid_from";
constexpr std::string_view kReadSuccessions =
    "SELECT from_unit, to_unit, change_date, date_precision, kind, decree, derived, source"
    " FROM successions ORDER BY change_date, from_unit, to_unit";
constexpr std::string_view kHasUnit = "SELECT unit_id FROM units WHERE unit_id = ?";

// Statements of many rows: the head, a row's placeholders, the tail.
constexpr std::string_view kSaveUnits = "INSERT INTO units (unit_id, revision) VALUES ";
constexpr std::string_view kSaveUnitsTail = " ON DUPLICATE KEY UPDATE revision = VALUES(revision)";
constexpr std::string_view kSaveVersions =
    "INSERT INTO unit_versions (unit_id, valid_from, valid_until, from_precision,"
    " until_precision, code, name, kind, level, parent_id, source) VALUES ";
// A version that is stored only ever gets an end.
constexpr std::string_view kSaveVersionsTail =
    " ON DUPLICATE KEY UPDATE valid_until = VALUES(valid_until),"
    " until_precision = VALUES(until_precision)";
constexpr std::string_view kAddSuccessions =
    "INSERT INTO successions (from_unit, to_unit, change_date, date_precision, kind, decree,"
    " derived, source) VALUES ";

// Rows in one statement: a prepared statement of this size is used again and again.
constexpr size_t kRowsAtOnce = 500;

int64_t Number(Precision precision) { return static_cast<int64_t>(precision); }

UnitVersion VersionFrom(const Row& row) {
  UnitVersion version;
  version.from = row.Day(1);
  version.until = row.Day(2);
  version.from_precision = static_cast<Precision>(row.Int(3));
  version.until_precision = static_cast<Precision>(row.Int(4));
  version.code = row.Text(5);
  version.name = row.Text(6);
  version.kind = row.Text(7);
  version.level = row.Text(8);
  version.parent = row.Int(9);
  version.source = row.Text(10);
  return version;
}

Succession SuccessionFrom(const Row& row) {
  Succession succession;
  succession.from_unit = row.Int(0);
  succession.to_unit = row.Int(1);
  succession.date = row.Day(2);
  succession.precision = static_cast<Precision>(row.Int(3));
  succession.kind = static_cast<Succession::Kind>(row.Int(4));
  succession.decree = row.Text(5);
  succession.derived = row.Int(6) != 0;
  succession.source = row.Text(7);
  return succession;
}

// The row of counters; `reg` gets those of the register. When it is locked, the calendar's and
// the position are not read.
absl::StatusOr<StoreState> StateOf(Connection& db, std::string_view sql, Register* reg) {
  StoreState state;
  bool found = false;
  RETURN_IF_ERROR(db.Query(sql, {}, [&](const Row& row) {
    found = true;
    state.tree_version = row.Int(0);
    state.access_version = row.Int(1);
    state.calendar_revision = row.IsNull(4) ? 0 : row.Int(4);
    state.position = row.Int(5);
    if (reg != nullptr) {
      reg->version = row.Int(0);
      reg->next_id = row.Int(2);
      reg->last_import = row.Day(3);
    }
    return absl::OkStatus();
  }));
  if (!found) return Internal("directory_state is empty: the database is not migrated");
  return state;
}

absl::Status ReadUnits(Connection& db, Register& reg) {
  RETURN_IF_ERROR(db.Query(kReadUnits, {}, [&](const Row& row) {
    reg.units[row.Int(0)] = {row.Int(0), row.Int(1), {}};
    return absl::OkStatus();
  }));
  RETURN_IF_ERROR(db.Query(kReadVersions, {}, [&](const Row& row) -> absl::Status {
    const auto unit = reg.units.find(row.Int(0));
    if (unit == reg.units.end()) return Internal("unit_versions has a unit that units lacks");
    unit->second.versions.push_back(VersionFrom(row));
    return absl::OkStatus();
  }));
  return db.Query(kReadSuccessions, {}, [&](const Row& row) {
    reg.successions.push_back(SuccessionFrom(row));
    return absl::OkStatus();
  });
}

// Inserts rows of `columns` values each, several rows in a statement.
absl::Status InsertRows(Connection& db, std::string_view head, size_t columns,
                        std::string_view tail, const std::vector<Value>& values) {
  std::string placeholders = "(?";
  for (size_t i = 1; i < columns; ++i) placeholders += ", ?";
  placeholders += ")";
  const size_t rows = values.size() / columns;
  for (size_t at = 0; at < rows; at += kRowsAtOnce) {
    const size_t count = std::min(kRowsAtOnce, rows - at);
    std::string sql = absl::StrCat(AbslView(head), placeholders);
    for (size_t i = 1; i < count; ++i) absl::StrAppend(&sql, ", ", placeholders);
    absl::StrAppend(&sql, AbslView(tail));
    RETURN_IF_ERROR(
        db.Execute(sql, mysql::Params(values.data() + at * columns, count * columns)).status());
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<StoreState> ReadStateRow(Connection& db, Register* reg) {
  return StateOf(db, ReadStateSql(), reg);
}

absl::StatusOr<StoreState> MysqlStore::ReadState(absl::Time deadline) {
  return mysql::ReadStatement(pool_, deadline, [](Connection& db) { return ReadStateRow(db); });
}

absl::StatusOr<Register> MysqlStore::LoadRegister(absl::Time deadline, StoreState& state) {
  return mysql::Read(pool_, deadline, [&](Connection& db) -> absl::StatusOr<Register> {
    Register reg;
    ASSIGN_OR_RETURN(state, ReadStateRow(db, &reg));
    RETURN_IF_ERROR(ReadUnits(db, reg));
    return reg;
  });
}

absl::StatusOr<Register> MysqlStore::LockRegister(ledger::Transaction& transaction) {
  Register reg;
  RETURN_IF_ERROR(StateOf(transaction.db(), kLockState, &reg).status());
  RETURN_IF_ERROR(ReadUnits(transaction.db(), reg));
  return reg;
}

absl::Status MysqlStore::SaveImport(ledger::Transaction& transaction, const ImportPlan& plan,
                                    int64_t version) {
  Connection& db = transaction.db();
  std::vector<Value> units, versions, successions;
  for (const UnitHistory& unit : plan.changed) {
    units.insert(units.end(), {unit.id, unit.revision});
    for (const UnitVersion& v : unit.versions) {
      versions.insert(versions.end(), {unit.id, v.from, v.until, Number(v.from_precision),
                                       Number(v.until_precision), v.code, v.name, v.kind, v.level,
                                       v.parent, v.source});
    }
  }
  for (const Succession& s : plan.successions) {
    successions.insert(successions.end(),
                       {s.from_unit, s.to_unit, s.date, Number(s.precision),
                        static_cast<int64_t>(s.kind), s.decree, int64_t{s.derived}, s.source});
  }
  RETURN_IF_ERROR(InsertRows(db, kSaveUnits, 2, kSaveUnitsTail, units));
  RETURN_IF_ERROR(InsertRows(db, kSaveVersions, 11, kSaveVersionsTail, versions));
  RETURN_IF_ERROR(InsertRows(db, kAddSuccessions, 8, "", successions));
  return db.Execute(kSaveState, {version, plan.next_id, plan.last_import}).status();
}

absl::StatusOr<bool> MysqlStore::HasUnit(ledger::Transaction& transaction, int64_t id) {
  bool found = false;
  RETURN_IF_ERROR(transaction.db().Query(kHasUnit, {id}, [&](const Row&) {
    found = true;
    return absl::OkStatus();
  }));
  return found;
}

}  // namespace phoihop::directory
