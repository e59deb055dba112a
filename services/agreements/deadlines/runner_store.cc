#include "services/agreements/deadlines/runner_store.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/mysql/in_list.h"
#include "common/mysql/transaction.h"
#include "common/status/macros.h"
#include "services/agreements/deadlines/due_figures.h"
#include "services/agreements/deadlines/obligation_rows.h"

namespace phoihop::agreements {

using mysql::Value;

absl::StatusOr<std::vector<std::string>> RunnerStore::Ids(std::string_view sql,
                                                          mysql::Params params,
                                                          absl::Time deadline) const {
  return mysql::Read(pool_, deadline,
                     [&](mysql::Connection& db) -> absl::StatusOr<std::vector<std::string>> {
                       std::vector<std::string> ids;
                       RETURN_IF_ERROR(db.Query(sql, params, [&](const mysql::Row& row) {
                         ids.push_back(row.Text(0));
                         return absl::OkStatus();
                       }));
                       return ids;
                     });
}

absl::StatusOr<std::vector<std::string>> RunnerStore::OlderThan(int64_t calendar_revision,
                                                                int limit,
                                                                absl::Time deadline) const {
  return Ids(
      "SELECT id FROM obligations FORCE INDEX (by_calendar) WHERE state = 1 AND "
      "calendar_revision < ? ORDER BY calendar_revision, id LIMIT ?",
      {calendar_revision, int64_t{limit}}, deadline);
}

absl::StatusOr<std::vector<std::string>> RunnerStore::AtStep(int escalated, absl::CivilDay last_due,
                                                             int limit, absl::Time deadline) const {
  return Ids(
      "SELECT id FROM obligations FORCE INDEX (by_step) WHERE state = 1 AND escalated = ? AND "
      "due_day <= ? ORDER BY due_day, id LIMIT ?",
      {int64_t{escalated}, last_due, int64_t{limit}}, deadline);
}

absl::StatusOr<std::vector<RunnerStore::FigureKey>> RunnerStore::FiguresBehind(
    absl::CivilDay today, int limit, absl::Time deadline) const {
  return mysql::Read(pool_, deadline,
                     [&](mysql::Connection& db) -> absl::StatusOr<std::vector<FigureKey>> {
                       std::vector<FigureKey> keys;
                       RETURN_IF_ERROR(
                           db.Query("SELECT body_id, unit_id FROM due_totals WHERE rolled_to < ? "
                                    "ORDER BY body_id, unit_id LIMIT ?",
                                    {today, int64_t{limit}}, [&](const mysql::Row& row) {
                                      keys.emplace_back(row.Text(0), row.Int(1));
                                      return absl::OkStatus();
                                    }));
                       return keys;
                     });
}

absl::StatusOr<bool> RunnerStore::ToldUntil(absl::CivilDay today, absl::Time deadline) const {
  ASSIGN_OR_RETURN(
      const std::vector<std::string> found,
      Ids("SELECT obligation_id FROM due_marks WHERE id = 1 AND due_day >= ?", {today}, deadline));
  return !found.empty();
}

absl::StatusOr<std::optional<RunnerStore::Calendar>> RunnerStore::ReadCalendar(
    absl::Time deadline) const {
  return mysql::Read(
      pool_, deadline, [](mysql::Connection& db) -> absl::StatusOr<std::optional<Calendar>> {
        std::optional<Calendar> calendar;
        RETURN_IF_ERROR(db.Query("SELECT revision, digest FROM due_calendar WHERE id = 1", {},
                                 [&](const mysql::Row& row) {
                                   calendar = Calendar{row.Int(0), row.Text(1)};
                                   return absl::OkStatus();
                                 }));
        return calendar;
      });
}

absl::StatusOr<RunnerStore::Totals> RunnerStore::ReadTotals(absl::Time deadline) const {
  return mysql::Read(pool_, deadline, [](mysql::Connection& db) -> absl::StatusOr<Totals> {
    Totals totals;
    RETURN_IF_ERROR(db.Query(
        "SELECT COALESCE(SUM(open_count), 0), COALESCE(SUM(overdue_count), 0) FROM due_totals "
        "WHERE body_id = ''",
        {}, [&](const mysql::Row& row) {
          totals = {row.Int(0), row.Int(1)};
          return absl::OkStatus();
        }));
    return totals;
  });
}

absl::StatusOr<std::vector<StoredObligation>> RunnerStore::Lock(
    ledger::Transaction& tx, const std::vector<std::string>& ids) {
  if (ids.empty()) return std::vector<StoredObligation>();
  // Which agreement an obligation belongs to never changes, so it need not be locked to be read.
  std::vector<Value> params;
  const std::string in = mysql::InList(ids, params);
  std::vector<std::string> agreements;
  RETURN_IF_ERROR(tx.db().Query(absl::StrCat("SELECT DISTINCT agreement_id FROM obligations WHERE "
                                             "id IN ",
                                             in, " ORDER BY agreement_id"),
                                params, [&](const mysql::Row& row) {
                                  agreements.push_back(row.Text(0));
                                  return absl::OkStatus();
                                }));
  // One by one, so that nothing but their order decides in which they are locked.
  for (const std::string& agreement : agreements) {
    RETURN_IF_ERROR(tx.db().Query("SELECT id FROM agreements WHERE id = ? FOR UPDATE", {agreement},
                                  [](const mysql::Row&) { return absl::OkStatus(); }));
  }
  return LockObligations(tx.db(), "id", ids);
}

absl::Status RunnerStore::Save(ledger::Transaction& tx, const StoredObligation& before,
                               StoredObligation& after) {
  return UpdateObligation(tx, before, after);
}

absl::Status RunnerStore::Confirm(ledger::Transaction& tx, const std::vector<std::string>& ids,
                                  int64_t calendar_revision) {
  if (ids.empty()) return absl::OkStatus();
  std::vector<Value> params = {calendar_revision};
  const std::string in = mysql::InList(ids, params);
  return tx.db()
      .Execute(absl::StrCat("UPDATE obligations SET calendar_revision = ? WHERE id IN ", in),
               params)
      .status();
}

absl::Status RunnerStore::AddSteps(ledger::Transaction& tx, const std::vector<Step>& steps) {
  if (steps.empty()) return absl::OkStatus();
  std::string sql =
      "INSERT INTO obligation_steps (obligation_id, step, due_day, record_time) VALUES ";
  std::vector<Value> params;
  for (const Step& step : steps) {
    sql += params.empty() ? "(?,?,?,?)" : ",(?,?,?,?)";
    params.insert(params.end(), {step.obligation, int64_t{step.number}, step.due, tx.now()});
  }
  return tx.db().Execute(sql, params).status();
}

absl::Status RunnerStore::Tell(ledger::Transaction& tx, const Notice& notice) {
  return GatherNotice(tx, notice);
}

absl::StatusOr<std::string> RunnerStore::PartyName(ledger::Transaction& tx,
                                                   const Obligation& obligation) {
  std::string name;
  RETURN_IF_ERROR(tx.db().Query(
      "SELECT display_name FROM agreement_parties WHERE agreement_id = ? AND body_id = ?",
      {obligation.agreement, obligation.body}, [&](const mysql::Row& row) {
        name = row.Text(0);
        return absl::OkStatus();
      }));
  return name;
}

absl::StatusOr<int> RunnerStore::RollFigures(ledger::Transaction& tx, absl::CivilDay today,
                                             const std::vector<FigureKey>& keys) {
  std::map<FigureKey, int64_t> rows;
  // In the order in which every writer counts in them.
  for (const FigureKey& key : keys) {
    RETURN_IF_ERROR(tx.db().Query(
        "SELECT rolled_to FROM due_totals WHERE body_id = ? AND unit_id = ? FOR UPDATE",
        {key.first, key.second}, [&](const mysql::Row& row) {
          if (row.Day(0) < today) rows[key] = 0;
          return absl::OkStatus();
        }));
  }
  if (rows.empty()) return 0;
  // A statement of its own, begun when the rows are locked: whoever counted in a row before has
  // committed by now and is seen, and whoever comes after finds the new day there.
  const FigureKey& first = rows.begin()->first;
  const FigureKey& last = rows.rbegin()->first;
  RETURN_IF_ERROR(tx.db().Query(
      "SELECT t.body_id, t.unit_id, SUM(d.open_count) FROM due_totals t JOIN due_days d "
      "ON d.body_id = t.body_id AND d.unit_id = t.unit_id AND d.day >= t.rolled_to AND d.day < ? "
      "WHERE t.rolled_to < ? AND t.body_id >= ? AND t.body_id <= ? GROUP BY t.body_id, t.unit_id",
      {today, today, first.first, last.first}, [&](const mysql::Row& row) {
        const auto found = rows.find({row.Text(0), row.Int(1)});
        if (found != rows.end()) found->second = row.Int(2);
        return absl::OkStatus();
      }));
  for (const auto& [key, passed] : rows) {
    RETURN_IF_ERROR(tx.db()
                        .Execute("UPDATE due_totals SET overdue_count = overdue_count + ?, "
                                 "rolled_to = ? WHERE body_id = ? AND unit_id = ?",
                                 {passed, today, key.first, key.second})
                        .status());
  }
  return static_cast<int>(rows.size());
}

absl::StatusOr<int> RunnerStore::TellPassed(ledger::Transaction& tx, absl::CivilDay today,
                                            int limit) {
  absl::CivilDay day = today;
  std::string id;
  bool known = false;
  RETURN_IF_ERROR(
      tx.db().Query("SELECT due_day, obligation_id FROM due_marks WHERE id = 1 FOR UPDATE", {},
                    [&](const mysql::Row& row) {
                      known = true;
                      day = row.Day(0);
                      id = row.Text(1);
                      return absl::OkStatus();
                    }));
  std::set<std::string> passed;
  if (known && day < today) {
    RETURN_IF_ERROR(tx.db().Query(
        "SELECT due_day, id FROM obligations FORCE INDEX (by_due) WHERE state = 1 AND due_day >= ? "
        "AND due_day < ? AND (due_day > ? OR id > ?) ORDER BY due_day, id LIMIT ?",
        {day, today, day, id, int64_t{limit}}, [&](const mysql::Row& row) {
          day = row.Day(0);
          id = row.Text(1);
          passed.insert(id);
          return absl::OkStatus();
        }));
    GatherChanges(tx, passed);
  }
  if (static_cast<int>(passed.size()) < limit && day <= today) {
    day = today;
    id.clear();
  }
  RETURN_IF_ERROR(
      tx.db()
          .Execute("INSERT INTO due_marks (id, due_day, obligation_id) VALUES (1, ?, ?) "
                   "ON DUPLICATE KEY UPDATE due_day = VALUES(due_day), "
                   "obligation_id = VALUES(obligation_id)",
                   {day, id})
          .status());
  return static_cast<int>(passed.size());
}

absl::Status RunnerStore::Forget(ledger::Transaction& tx, int64_t revision, int limit,
                                 int& marked) {
  marked = 0;
  std::vector<std::string> ids;
  RETURN_IF_ERROR(
      tx.db().Query("SELECT id FROM obligations FORCE INDEX (by_calendar) WHERE state = 1 AND "
                    "calendar_revision >= ? ORDER BY calendar_revision, id LIMIT ?",
                    {revision, int64_t{limit}}, [&](const mysql::Row& row) {
                      ids.push_back(row.Text(0));
                      return absl::OkStatus();
                    }));
  marked = static_cast<int>(ids.size());
  ASSIGN_OR_RETURN(const std::vector<StoredObligation> locked, Lock(tx, ids));
  // Nothing that anybody sees changes yet.
  return Confirm(tx, ids, kUnknownCalendar);
}

absl::Status RunnerStore::Follow(ledger::Transaction& tx, const Calendar& calendar) {
  return tx.db()
      .Execute(
          "INSERT INTO due_calendar (id, revision, digest) VALUES (1, ?, ?) ON DUPLICATE KEY "
          "UPDATE revision = VALUES(revision), digest = VALUES(digest)",
          {calendar.revision, calendar.digest})
      .status();
}

absl::StatusOr<int> RunnerStore::RemoveZeros(ledger::Transaction& tx, absl::CivilDay today,
                                             int limit) {
  // Looked for without locks, and removed in the order in which writers count in them.
  std::vector<std::tuple<std::string, absl::CivilDay, int64_t>> zeros;
  RETURN_IF_ERROR(tx.db().Query(
      "SELECT body_id, day, unit_id FROM due_days FORCE INDEX (by_day) WHERE open_count = 0 AND "
      "day < ? LIMIT ?",
      {today, int64_t{limit}}, [&](const mysql::Row& row) {
        zeros.emplace_back(row.Text(0), row.Day(1), row.Int(2));
        return absl::OkStatus();
      }));
  std::sort(zeros.begin(), zeros.end());
  for (const auto& [body, day, unit] : zeros) {
    RETURN_IF_ERROR(tx.db()
                        .Execute("DELETE FROM due_days WHERE body_id = ? AND day = ? AND unit_id = "
                                 "? AND open_count = 0",
                                 {body, day, unit})
                        .status());
  }
  return static_cast<int>(zeros.size());
}

absl::StatusOr<int> RunnerStore::PruneChanges(ledger::Transaction& tx, absl::Time until,
                                              int limit) {
  int64_t to = 0;
  int count = 0;
  RETURN_IF_ERROR(tx.db().Query(
      "SELECT position FROM obligation_changes WHERE change_time < ? ORDER BY position LIMIT ?",
      {until, int64_t{limit}}, [&](const mysql::Row& row) {
        to = row.Int(0);
        ++count;
        return absl::OkStatus();
      }));
  if (count == 0) return 0;
  RETURN_IF_ERROR(
      tx.db()
          .Execute("UPDATE obligation_change_head SET pruned_to = GREATEST(pruned_to, ?) "
                   "WHERE id = 1",
                   {to})
          .status());
  RETURN_IF_ERROR(
      tx.db().Execute("DELETE FROM obligation_changes WHERE position <= ?", {to}).status());
  return count;
}

absl::StatusOr<int> RunnerStore::PruneNotices(ledger::Transaction& tx, absl::Time until,
                                              int limit) {
  ASSIGN_OR_RETURN(const int64_t removed,
                   tx.db().Execute("DELETE FROM notices WHERE create_time < ? LIMIT ?",
                                   {until, int64_t{limit}}));
  return static_cast<int>(removed);
}

}  // namespace phoihop::agreements
