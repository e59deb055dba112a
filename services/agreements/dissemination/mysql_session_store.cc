#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "common/filter/sql.h"
#include "common/ledger/command.h"
#include "common/ledger/reader.h"
#include "common/mysql/connection.h"
#include "common/mysql/pool.h"
#include "common/mysql/transaction.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/status/views.h"
#include "common/text/text.h"
#include "common/time/civil.h"
#include "services/agreements/dissemination/session_rows.h"
#include "services/agreements/dissemination/session_store.h"
#include "services/agreements/dissemination/subtree_sessions.h"

namespace phoihop::agreements::dissemination {
namespace {

using mysql::Value;

// With these the key by_agreement is read backwards.
constexpr filter::Key kOwn[] = {{"s.session_date", filter::Key::Kind::kDay, true}};
constexpr filter::Key kTies[] = {{"s.id", filter::Key::Kind::kText, true}};

// Bytes of a sort key that are kept: enough for some 40 characters.
constexpr size_t kMaxSortKey = 150;

// Up to this many units are named in a statement; for more, the rows of all units are read.
constexpr size_t kMaxListedUnits = 1024;

absl::Status LoadCorrections(mysql::Connection& db, Session& session) {
  return db.Query(
      "SELECT correct_time, corrected_by, reason, unit_id, session_date, kind, title, "
      "session_count, attendance_count, copy_count FROM dissemination_corrections WHERE "
      "session_id = ? ORDER BY place",
      {session.id}, [&](const mysql::Row& row) {
        Correction& c = session.corrections.emplace_back();
        c.time = row.Time(0);
        c.by = row.Text(1);
        c.reason = row.Text(2);
        c.before.unit = row.Int(3);
        c.before.date = row.Day(4);
        c.before.kind = static_cast<Kind>(row.Int(5));
        c.before.title = row.Text(6);
        c.before.session_count = static_cast<int>(row.Int(7));
        c.before.attendance_count = static_cast<int>(row.Int(8));
        c.before.copy_count = static_cast<int>(row.Int(9));
        return absl::OkStatus();
      });
}

absl::StatusOr<std::optional<Session>> Load(mysql::Connection& db, const std::string& id,
                                            std::string_view suffix) {
  std::vector<Session> found;
  RETURN_IF_ERROR(
      db.Query(absl::StrCat("SELECT ", AbslView(kSessionColumns),
                            " FROM dissemination_sessions s WHERE s.id = ?", AbslView(suffix)),
               {id}, [&](const mysql::Row& row) {
                 found.push_back(SessionOf(row));
                 return absl::OkStatus();
               }));
  if (found.empty()) return std::optional<Session>();
  RETURN_IF_ERROR(LoadDocuments(db, absl::MakeSpan(found)));
  RETURN_IF_ERROR(LoadCorrections(db, found.front()));
  return std::optional<Session>(std::move(found.front()));
}

absl::Status InsertDocuments(mysql::Connection& db, const Session& session) {
  const std::vector<Document>& documents = session.content.documents;
  if (documents.empty()) return absl::OkStatus();
  std::string sql =
      "INSERT INTO dissemination_documents (session_id, place, title, document_number, attachment) "
      "VALUES ";
  std::vector<Value> params;
  for (size_t i = 0; i < documents.size(); ++i) {
    sql += i == 0 ? "(?,?,?,?,?)" : ",(?,?,?,?,?)";
    params.insert(params.end(), {session.id, static_cast<int64_t>(i), documents[i].title,
                                 documents[i].document_number, documents[i].attachment});
  }
  return db.Execute(sql, params).status();
}

// Adds what a session counts, or takes it away, from the counters of its unit and month.
constexpr ledger::SharedStatement kCount = {
    "INSERT INTO dissemination_month_counts (unit_id, month, kind, record_count, session_count, "
    "attendance_count, copy_count)",
    7,
    " ON DUPLICATE KEY UPDATE record_count = record_count + VALUES(record_count), "
    "session_count = session_count + VALUES(session_count), "
    "attendance_count = attendance_count + VALUES(attendance_count), "
    "copy_count = copy_count + VALUES(copy_count)"};

using CounterKey = std::tuple<int64_t, absl::CivilDay, int64_t>;

CounterKey KeyOf(const Session& session) {
  return {session.content.unit, absl::CivilDay(absl::CivilMonth(session.content.date)),
          static_cast<int64_t>(session.content.kind)};
}

void Count(ledger::Transaction& tx, const std::map<CounterKey, Figures>& changes) {
  for (const auto& [key, figures] : changes) {
    if (figures.empty()) continue;
    const auto& [unit, month, kind] = key;
    tx.Gather(kCount, absl::StrCat(absl::Dec(unit, absl::kZeroPad20), FormatDay(month), kind),
              {unit, month, kind, figures.records, figures.sessions, figures.attendances,
               figures.copies});
  }
}

std::vector<Value> ChangingValues(const Session& s) {
  std::string key = SortKey(s.content.title);
  key.resize(std::min(key.size(), kMaxSortKey));
  return {s.content.unit,
          s.content.date,
          static_cast<int64_t>(s.content.kind),
          s.content.title,
          Fold(s.content.title),
          mysql::Bytes(std::move(key)),
          static_cast<int64_t>(s.content.session_count),
          static_cast<int64_t>(s.content.attendance_count),
          static_cast<int64_t>(s.content.copy_count),
          s.update_time,
          s.delete_time.has_value() ? Value(*s.delete_time) : Value(nullptr),
          s.delete_time.has_value() ? Value(s.delete_reason) : Value(nullptr),
          static_cast<int64_t>(s.correction_count),
          s.revision};
}

// Reading totals: rows of units on the days of a part, by unit and kind.
class TotalsReader {
 public:
  TotalsReader(mysql::Connection& db, std::vector<UnitFigures>& rows) : db_(db), rows_(rows) {}

  // What `units`, ascending, did from one day until another, exclusive.
  absl::Status Read(absl::Span<const int64_t> units, absl::CivilDay from, absl::CivilDay until) {
    const Cut cut = CutToMonths(from, until);
    if (!cut.months.empty()) {
      RETURN_IF_ERROR(ReadPart(units, cut.months,
                               "SELECT unit_id, kind, SUM(record_count), SUM(session_count), "
                               "SUM(attendance_count), SUM(copy_count) FROM "
                               "dissemination_month_counts WHERE month >= ? AND month < ?"));
    }
    for (const Cut::Part& days : {cut.before, cut.after}) {
      if (days.empty()) continue;
      RETURN_IF_ERROR(ReadPart(units, days,
                               "SELECT unit_id, kind, COUNT(*), SUM(session_count), "
                               "SUM(attendance_count), SUM(copy_count) FROM "
                               "dissemination_sessions WHERE session_date >= ? AND session_date < "
                               "? AND delete_time IS NULL"));
    }
    return absl::OkStatus();
  }

 private:
  absl::Status ReadPart(absl::Span<const int64_t> units, const Cut::Part& part,
                        std::string_view select) {
    std::string sql(select);
    std::vector<Value> params = {part.from, part.until};
    const bool listed = units.size() <= kMaxListedUnits;
    if (listed) {
      // Rounded up, so that the statements that a connection keeps prepared stay few.
      size_t size = 1;
      while (size < units.size()) size *= 2;
      absl::StrAppend(&sql, " AND unit_id IN (", Marks(size), ")");
      for (size_t i = 0; i < size; ++i) params.emplace_back(units[std::min(i, units.size() - 1)]);
    }
    sql += " GROUP BY unit_id, kind";
    return db_.Query(sql, params, [&](const mysql::Row& row) {
      const int64_t unit = row.Int(0);
      if (!listed && !std::binary_search(units.begin(), units.end(), unit)) return absl::OkStatus();
      rows_.push_back(
          {unit, static_cast<Kind>(row.Int(1)), {row.Int(2), row.Int(3), row.Int(4), row.Int(5)}});
      return absl::OkStatus();
    });
  }

  mysql::Connection& db_;
  std::vector<UnitFigures>& rows_;
};

class MysqlSessionStore : public SessionStore {
 public:
  MysqlSessionStore(mysql::Pool* pool, SubtreeLimits limits) : pool_(*pool), limits_(limits) {}

  absl::StatusOr<std::optional<Session>> Find(const std::string& id, absl::Time deadline) override {
    return mysql::Read(pool_, deadline, [&](mysql::Connection& db) { return Load(db, id, ""); });
  }

  absl::StatusOr<ListPage> List(const ListQuery& query, absl::Time deadline) override {
    if (query.within.has_value()) {
      return mysql::Read(pool_, deadline, [&](mysql::Connection& db) {
        return ReadSubtreePage(db, query, limits_);
      });
    }
    ASSIGN_OR_RETURN(const filter::Sql where, filter::Condition(query.filter, SessionColumns()));
    ASSIGN_OR_RETURN(const std::vector<filter::Key> keys,
                     filter::Keys(query.order, SessionColumns(), kOwn, kTies));
    ASSIGN_OR_RETURN(const filter::Sql after, filter::After(query.cursor, keys));
    const std::string sql =
        absl::StrCat("SELECT ", AbslView(kSessionColumns), ", ", filter::KeyColumns(keys),
                     " FROM dissemination_sessions s WHERE s.agreement_id = ?",
                     query.show_deleted ? "" : " AND s.delete_time IS NULL", " AND ", where.text,
                     " AND ", after.text, filter::OrderBy(keys), " LIMIT ?");
    std::vector<Value> params = {query.agreement};
    params.insert(params.end(), where.params.begin(), where.params.end());
    params.insert(params.end(), after.params.begin(), after.params.end());
    params.emplace_back(static_cast<int64_t>(query.limit + 1));
    return mysql::Read(pool_, deadline, [&](mysql::Connection& db) -> absl::StatusOr<ListPage> {
      ListPage page;
      std::string last;
      RETURN_IF_ERROR(db.Query(sql, params, [&](const mysql::Row& row) -> absl::Status {
        if (static_cast<int>(page.sessions.size()) == query.limit) {
          page.next = last;
          return absl::OkStatus();
        }
        page.sessions.push_back(SessionOf(row));
        ASSIGN_OR_RETURN(last, filter::ReadCursor(row, kSessionColumnCount, keys));
        return absl::OkStatus();
      }));
      RETURN_IF_ERROR(LoadDocuments(db, absl::MakeSpan(page.sessions)));
      return page;
    });
  }

  absl::StatusOr<TotalsRecords> ReadTotals(absl::Span<const access::Membership> memberships,
                                           const std::string& agreement,
                                           absl::Time deadline) override {
    if (!agreement.empty()) {
      return mysql::Read(pool_, deadline, [&](mysql::Connection& db) {
        return ReadTotalsOf(db, memberships, agreement);
      });
    }
    // Thousands of units share few intervals.
    std::map<std::pair<absl::CivilDay, absl::CivilDay>, std::vector<int64_t>> intervals;
    for (const access::Membership& membership : memberships) {
      intervals[{membership.from, membership.until}].push_back(membership.unit);
    }
    for (auto& [days, units] : intervals) std::sort(units.begin(), units.end());
    return mysql::Read(pool_, deadline,
                       [&](mysql::Connection& db) -> absl::StatusOr<TotalsRecords> {
                         TotalsRecords records;
                         ASSIGN_OR_RETURN(const ledger::Head head, ledger::ReadHead(db));
                         records.position = head.position;
                         TotalsReader reader(db, records.rows);
                         for (const auto& [days, units] : intervals) {
                           RETURN_IF_ERROR(reader.Read(units, days.first, days.second));
                         }
                         return records;
                       });
  }

  absl::StatusOr<std::optional<Session>> Lock(ledger::Transaction& tx,
                                              const std::string& id) override {
    return Load(tx.db(), id, " FOR UPDATE");
  }

  absl::Status Insert(ledger::Transaction& tx, const Session& session) override {
    std::vector<Value> params = ChangingValues(session);
    params.insert(params.end(),
                  {session.id, session.agreement, session.recorded_by, session.create_time});
    RETURN_IF_ERROR(
        tx.db()
            .Execute("INSERT INTO dissemination_sessions (unit_id, session_date, kind, title, "
                     "title_fold, title_key, session_count, attendance_count, copy_count, "
                     "update_time, delete_time, delete_reason, correction_count, revision, id, "
                     "agreement_id, recorded_by, create_time) VALUES "
                     "(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
                     params)
            .status());
    Count(tx, {{KeyOf(session), FiguresOf(session)}});
    return InsertDocuments(tx.db(), session);
  }

  absl::Status Replace(ledger::Transaction& tx, const Session& before,
                       const Session& after) override {
    std::vector<Value> params = ChangingValues(after);
    params.insert(params.end(), {after.id, before.revision});
    ASSIGN_OR_RETURN(
        const int64_t rows,
        tx.db().Execute(
            "UPDATE dissemination_sessions SET unit_id = ?, session_date = ?, kind = ?, title = ?, "
            "title_fold = ?, title_key = ?, session_count = ?, attendance_count = ?, copy_count = "
            "?, update_time = ?, delete_time = ?, delete_reason = ?, correction_count = ?, "
            "revision = ? WHERE id = ? AND revision = ?",
            params));
    if (rows != 1) return Internal("a session was replaced that was not locked");
    for (size_t i = before.corrections.size(); i < after.corrections.size(); ++i) {
      const Correction& c = after.corrections[i];
      RETURN_IF_ERROR(
          tx.db()
              .Execute("INSERT INTO dissemination_corrections (session_id, place, correct_time, "
                       "corrected_by, reason, unit_id, session_date, kind, title, session_count, "
                       "attendance_count, copy_count) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
                       {after.id, static_cast<int64_t>(i), c.time, c.by, c.reason, c.before.unit,
                        c.before.date, static_cast<int64_t>(c.before.kind), c.before.title,
                        static_cast<int64_t>(c.before.session_count),
                        static_cast<int64_t>(c.before.attendance_count),
                        static_cast<int64_t>(c.before.copy_count)})
              .status());
    }
    std::map<CounterKey, Figures> changes;
    changes[KeyOf(before)] += -FiguresOf(before);
    changes[KeyOf(after)] += FiguresOf(after);
    Count(tx, changes);
    if (before.content.documents == after.content.documents) return absl::OkStatus();
    RETURN_IF_ERROR(
        tx.db()
            .Execute("DELETE FROM dissemination_documents WHERE session_id = ?", {after.id})
            .status());
    return InsertDocuments(tx.db(), after);
  }

 private:
  // What one agreement has is few enough to be read whole: each session for the unit to which
  // it belonged on its day.
  static absl::StatusOr<TotalsRecords> ReadTotalsOf(
      mysql::Connection& db, absl::Span<const access::Membership> memberships,
      const std::string& agreement) {
    TotalsRecords records;
    ASSIGN_OR_RETURN(const ledger::Head head, ledger::ReadHead(db));
    records.position = head.position;
    RETURN_IF_ERROR(db.Query(
        "SELECT unit_id, kind, session_date, COUNT(*), SUM(session_count), SUM(attendance_count), "
        "SUM(copy_count) FROM dissemination_sessions WHERE agreement_id = ? AND delete_time IS "
        "NULL GROUP BY unit_id, kind, session_date",
        {agreement}, [&](const mysql::Row& row) {
          if (BelongsOn(memberships, row.Int(0), row.Day(2))) {
            records.rows.push_back({row.Int(0),
                                    static_cast<Kind>(row.Int(1)),
                                    {row.Int(3), row.Int(4), row.Int(5), row.Int(6)}});
          }
          return absl::OkStatus();
        }));
    return records;
  }

  mysql::Pool& pool_;
  const SubtreeLimits limits_;
};

}  // namespace

std::unique_ptr<SessionStore> NewMysqlSessionStore(mysql::Pool* pool, SubtreeLimits limits) {
  return std::make_unique<MysqlSessionStore>(pool, limits);
}

}  // namespace phoihop::agreements::dissemination
