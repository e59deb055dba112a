#include "services/agreements/due/mysql_due_store.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "common/ledger/command.h"
#include "common/ledger/reader.h"
#include "common/mysql/in_list.h"
#include "common/mysql/transaction.h"
#include "common/status/macros.h"
#include "common/status/views.h"
#include "services/agreements/deadlines/obligation_rows.h"
#include "services/agreements/due/list_due.h"
#include "services/agreements/due/summary.h"
#include "services/agreements/due/summary_memory.h"

namespace phoihop::agreements {
namespace {

using mysql::Value;

// Where the log of changes stands, and from where on it is kept. One row, always.
constexpr std::string_view kSelectLog =
    "SELECT COALESCE((SELECT MAX(position) FROM obligation_changes), 0), "
    "COALESCE((SELECT pruned_to FROM obligation_change_head WHERE id = 1), 0)";

struct Log {
  int64_t position = 0;
  int64_t pruned_to = 0;
};

absl::StatusOr<Log> ReadLog(mysql::Connection& db) {
  Log log;
  RETURN_IF_ERROR(db.Query(kSelectLog, {}, [&](const mysql::Row& row) {
    log = {std::max(row.Int(0), row.Int(1)), row.Int(1)};
    return absl::OkStatus();
  }));
  return log;
}

constexpr std::string_view kNoticeColumns =
    "SELECT n.id, n.notice_key, n.body_id, n.unit_id, n.resource, n.kind, n.text_vi, n.text_en, "
    "n.create_time, n.acknowledge_time, n.acknowledged_by FROM notices n ";

absl::StatusOr<std::vector<StoredNotice>> SelectNotices(mysql::Connection& db,
                                                        std::string_view rest,
                                                        mysql::Params params) {
  std::vector<StoredNotice> notices;
  RETURN_IF_ERROR(db.Query(absl::StrCat(AbslView(kNoticeColumns), AbslView(rest)), params,
                           [&](const mysql::Row& row) {
                             StoredNotice& stored = notices.emplace_back();
                             stored.id = row.Text(0);
                             stored.notice = {row.Text(1), row.Text(2), row.Int(3), row.Text(4),
                                              row.Text(5), row.Text(6), row.Text(7)};
                             stored.create_time = row.Time(8);
                             if (!row.IsNull(9)) stored.acknowledge_time = row.Time(9);
                             stored.acknowledged_by = row.Text(10);
                             return absl::OkStatus();
                           }));
  return notices;
}

// As the list of obligations: the newest of each body and unit, merged.
absl::StatusOr<NoticePage> ReadNoticePage(mysql::Connection& db, const NoticeQuery& query) {
  std::string common;
  std::vector<Value> params_of_common;
  if (query.unread_only) common += " AND n.acknowledge_time IS NULL";
  if (query.after.has_value()) {
    common += " AND n.create_time <= ? AND (n.create_time < ? OR n.id < ?)";
    params_of_common = {query.after->create_time, query.after->create_time, query.after->id};
  }
  std::string sql;
  std::vector<Value> params;
  const int64_t rows = query.limit + 1;
  const auto add = [&](const char* where, Value value) {
    absl::StrAppend(&sql, sql.empty() ? "" : " UNION ", "(SELECT n.id FROM notices n WHERE ", where,
                    common, " ORDER BY n.create_time DESC, n.id DESC LIMIT ?)");
    params.push_back(std::move(value));
    params.insert(params.end(), params_of_common.begin(), params_of_common.end());
    params.emplace_back(rows);
  };
  for (const std::string& body : query.bodies) add("n.body_id = ?", body);
  for (const int64_t unit : query.units) add("n.unit_id = ? AND n.body_id <> ''", unit);
  for (const int64_t unit : query.led_units) add("n.unit_id = ? AND n.body_id = ''", unit);
  NoticePage page;
  if (sql.empty()) return page;
  params.emplace_back(rows);
  ASSIGN_OR_RETURN(page.notices,
                   SelectNotices(db,
                                 absl::StrCat("JOIN (", sql,
                                              ") x ON x.id = n.id ORDER BY n.create_time DESC, "
                                              "n.id DESC LIMIT ?"),
                                 params));
  if (static_cast<int>(page.notices.size()) > query.limit) {
    page.notices.pop_back();
    page.next = NoticeCursor{page.notices.back().create_time, page.notices.back().id};
  }
  return page;
}

class MysqlDueStore : public DueStore {
 public:
  MysqlDueStore(mysql::Pool* pool, DueLimits limits) : pool_(*pool), limits_(limits) {}

  absl::StatusOr<DuePage> List(const DueQuery& query, absl::Time deadline) override {
    return mysql::Read(pool_, deadline, [&](mysql::Connection& db) -> absl::StatusOr<DuePage> {
      ASSIGN_OR_RETURN(const Log log, ReadLog(db));
      ASSIGN_OR_RETURN(DuePage page, ReadDuePage(db, query, limits_));
      page.position = log.position;
      return page;
    });
  }

  absl::StatusOr<std::optional<DueRecord>> Find(const std::string& id,
                                                absl::Time deadline) override {
    return mysql::Read(pool_, deadline, [&](mysql::Connection& db) { return Load(db, id); });
  }

  absl::StatusOr<SummaryNumbers> Summarise(const SummaryQuery& query,
                                           absl::Time deadline) override {
    return mysql::Read(
        pool_, deadline, [&](mysql::Connection& db) -> absl::StatusOr<SummaryNumbers> {
          SummaryNumbers numbers;
          if (query.units.empty()) return numbers;
          const SummaryDays days{query.today, query.upcoming_days};
          if (query.units.size() <= limits_.max_picked_units) {
            ASSIGN_OR_RETURN(numbers.by_unit, ReadUnitNumbers(db, query.units, days));
          } else {
            ASSIGN_OR_RETURN(const ledger::Head head, ledger::ReadHead(db));
            ASSIGN_OR_RETURN(const Log log, ReadLog(db));
            ASSIGN_OR_RETURN(const std::shared_ptr<const UnitNumbers> all,
                             memory_.Get(db, days, {head.epoch, log.position, log.pruned_to}));
            for (const int64_t unit : query.units) {
              const auto found = all->find(unit);
              if (found != all->end()) numbers.by_unit.insert(*found);
            }
          }
          ASSIGN_OR_RETURN(numbers.by_body, ReadBodyNumbers(db, query.unit, days));
          return numbers;
        });
  }

  absl::StatusOr<DueChanges> Changes(std::optional<int64_t> after, int limit,
                                     absl::Time deadline) override {
    return mysql::Read(pool_, deadline,
                       [&](mysql::Connection& db) { return ReadChanges(db, after, limit); });
  }

  absl::StatusOr<NoticePage> ListNotices(const NoticeQuery& query, absl::Time deadline) override {
    return mysql::Read(pool_, deadline,
                       [&](mysql::Connection& db) { return ReadNoticePage(db, query); });
  }

  absl::StatusOr<std::optional<StoredNotice>> FindNotice(const std::string& id,
                                                         absl::Time deadline) override {
    return mysql::Read(pool_, deadline,
                       [&](mysql::Connection& db) { return LoadNotice(db, id, ""); });
  }

  absl::StatusOr<std::optional<DueRecord>> Lock(ledger::Transaction& tx,
                                                const std::string& agreement,
                                                const std::string& id) override {
    std::optional<absl::CivilDay> term_start;
    RETURN_IF_ERROR(tx.db().Query("SELECT term_start FROM agreements WHERE id = ? FOR UPDATE",
                                  {agreement}, [&](const mysql::Row& row) {
                                    term_start = row.Day(0);
                                    return absl::OkStatus();
                                  }));
    ASSIGN_OR_RETURN(std::vector<StoredObligation> found, LockObligations(tx.db(), "id", {id}));
    if (found.empty()) return std::optional<DueRecord>();
    return std::optional<DueRecord>(DueRecord{std::move(found.front()), term_start});
  }

  absl::Status Save(ledger::Transaction& tx, const StoredObligation& before,
                    StoredObligation& after) override {
    return UpdateObligation(tx, before, after);
  }

  absl::StatusOr<std::optional<StoredNotice>> Acknowledge(ledger::Transaction& tx,
                                                          const std::string& id,
                                                          const std::string& member) override {
    ASSIGN_OR_RETURN(std::optional<StoredNotice> found, LoadNotice(tx.db(), id, " FOR UPDATE"));
    if (!found.has_value() || found->acknowledge_time.has_value()) return found;
    found->acknowledge_time = tx.now();
    found->acknowledged_by = member;
    RETURN_IF_ERROR(
        tx.db()
            .Execute("UPDATE notices SET acknowledge_time = ?, acknowledged_by = ? WHERE id = ?",
                     {tx.now(), member, id})
            .status());
    return found;
  }

 private:
  static absl::StatusOr<std::optional<DueRecord>> Load(mysql::Connection& db,
                                                       const std::string& id) {
    ASSIGN_OR_RETURN(std::vector<DueRecord> found, SelectRecords(db, "WHERE o.id = ?", {id}));
    if (found.empty()) return std::optional<DueRecord>();
    return std::optional<DueRecord>(std::move(found.front()));
  }

  static absl::StatusOr<std::optional<StoredNotice>> LoadNotice(mysql::Connection& db,
                                                                const std::string& id,
                                                                std::string_view suffix) {
    ASSIGN_OR_RETURN(std::vector<StoredNotice> found,
                     SelectNotices(db, absl::StrCat("WHERE n.id = ?", AbslView(suffix)), {id}));
    if (found.empty()) return std::optional<StoredNotice>();
    return std::optional<StoredNotice>(std::move(found.front()));
  }

  static absl::StatusOr<DueChanges> ReadChanges(mysql::Connection& db, std::optional<int64_t> after,
                                                int limit) {
    ASSIGN_OR_RETURN(const Log log, ReadLog(db));
    DueChanges changes;
    changes.position = log.position;
    if (!after.has_value()) return changes;
    changes.expired = *after < log.pruned_to || *after > log.position;
    if (changes.expired || *after == log.position) return changes;
    // Positions ascend in order of commits, so nothing will come in between later.
    int64_t read = 0;
    // Of each obligation its last change.
    absl::flat_hash_map<std::string, int64_t> last;
    absl::flat_hash_map<std::string, int64_t> told;
    RETURN_IF_ERROR(
        db.Query("SELECT position, obligation_id, notice_id FROM obligation_changes WHERE position "
                 "> ? ORDER BY position LIMIT ?",
                 {*after, int64_t{limit}}, [&](const mysql::Row& row) {
                   ++read;
                   changes.position = row.Int(0);
                   if (const std::string id = row.Text(1); !id.empty()) last[id] = row.Int(0);
                   if (const std::string id = row.Text(2); !id.empty()) told[id] = row.Int(0);
                   return absl::OkStatus();
                 }));
    if (read < limit) changes.position = log.position;
    if (!told.empty()) {
      std::vector<std::string> ids;
      for (const auto& [id, position] : told) ids.push_back(id);
      std::vector<Value> params;
      const std::string in = mysql::InList(ids, params);
      // A notice that had been given before has no row of its own.
      ASSIGN_OR_RETURN(changes.notices,
                       SelectNotices(db, absl::StrCat("WHERE n.id IN ", in), params));
      std::sort(changes.notices.begin(), changes.notices.end(),
                [&](const StoredNotice& a, const StoredNotice& b) {
                  return told.at(a.id) < told.at(b.id);
                });
    }
    if (last.empty()) return changes;
    std::vector<std::string> ids;
    for (const auto& [id, position] : last) ids.push_back(id);
    std::vector<Value> params;
    const std::string in = mysql::InList(ids, params);
    ASSIGN_OR_RETURN(changes.records,
                     SelectRecords(db, absl::StrCat("WHERE o.id IN ", in), params));
    std::sort(changes.records.begin(), changes.records.end(),
              [&](const DueRecord& a, const DueRecord& b) {
                return last.at(a.stored.id) < last.at(b.stored.id);
              });
    return changes;
  }

  mysql::Pool& pool_;
  const DueLimits limits_;
  SummaryMemory memory_;
};

}  // namespace

std::unique_ptr<DueStore> NewMysqlDueStore(mysql::Pool* pool, DueLimits limits) {
  return std::make_unique<MysqlDueStore>(pool, limits);
}

}  // namespace phoihop::agreements
