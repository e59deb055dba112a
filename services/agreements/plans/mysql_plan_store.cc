#include <utility>

#include "absl/strings/str_cat.h"
#include "common/ledger/command.h"
#include "common/mysql/error.h"
#include "common/mysql/in_list.h"
#include "common/mysql/transaction.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/status/views.h"
#include "services/agreements/lists/read.h"
#include "services/agreements/plans/plan_store.h"
#include "services/agreements/plans/rows.h"

namespace phoihop::agreements::plans {
namespace {

using filter::Column;
using filter::Key;
using lists::First;
using lists::IdPage;
using lists::InOrder;
using lists::ListTable;
using lists::ReadIds;
using mysql::InList;

constexpr Column kEventFields[] = {
    {.field = "kind", .sql = "e.kind"},
    {.field = "date", .sql = "e.event_date"},
    {.field = "title", .sql = "e.title_fold"},
    {.field = "state", .sql = "e.state"},
};
constexpr ListTable kEvents = {.from = "events e",
                               .id = "e.id",
                               .unit = "e.unit_id",
                               .access_day = "e.event_date",
                               .alive = "TRUE",
                               .columns = kEventFields,
                               .own = {"e.event_date", Key::Kind::kDay, true}};

constexpr Column kPlanFields[] = {
    {.field = "agreement", .sql = "p.agreement_id"},
    {.field = "year", .sql = "p.year"},
    {.field = "title", .sql = "p.title_fold"},
    {.field = "state", .sql = "p.state"},
};
constexpr ListTable kPlans = {.from = "plans p",
                              .id = "p.id",
                              .unit = "p.unit_id",
                              .access_day = "p.term_start",
                              .alive = "p.state <> 5",
                              .columns = kPlanFields,
                              .own = {"p.year", Key::Kind::kInt, true}};

constexpr Column kCommitmentFields[] = {
    {.field = "agreement", .sql = "c.agreement_id"},
    {.field = "plan", .sql = "c.plan_id"},
    {.field = "parent", .sql = "c.parent_id", .nullable = true},
    {.field = "year", .sql = "c.year"},
    {.field = "title", .sql = "c.title_fold", .order = "c.title_key", .order_is_bytes = true},
    {.field = "description", .sql = "c.description_fold"},
    {.field = "area", .sql = "c.area"},
    {.field = "lead", .sql = "c.lead_id"},
    {.field = "supporting",
     .sql = "s.body_id",
     .within = "EXISTS (SELECT 1 FROM commitment_bodies s WHERE s.commitment_id = c.id AND "
               "s.place > 0 AND {})"},
    {.field = "body",
     .sql = "s.body_id",
     .within = "EXISTS (SELECT 1 FROM commitment_bodies s WHERE s.commitment_id = c.id AND {})"},
    {.field = "state", .sql = "c.state"},
    {.field = "late", .sql = "(c.late_count > 0)"},
    {.field = "next_due_date",
     .sql = "NULLIF(c.next_due, DATE '2199-12-31')",
     .nullable = true,
     .order = "c.next_due"},
    // Ids ascend with the time of their making.
    {.field = "create_time", .sql = "c.create_time", .order = "c.id"},
};
constexpr ListTable kCommitments = {.from = "commitments c",
                                    .id = "c.id",
                                    .unit = "c.unit_id",
                                    .access_day = "c.term_start",
                                    .alive = "c.hidden = 0",
                                    .columns = kCommitmentFields,
                                    .own = {"c.next_due", Key::Kind::kDay, false}};

// Order by the time of making is order by id, which is text.
ListQuery WithIdOrder(ListQuery query) {
  if (!query.order.empty() && query.order.front().field == "create_time") {
    query.order.front().type = filter::Type::kName;
  }
  return query;
}

absl::StatusOr<std::vector<Occurrence>> LoadOccurrences(mysql::Connection& db,
                                                        std::string_view where,
                                                        const std::vector<mysql::Value>& params) {
  std::vector<Occurrence> occurrences;
  RETURN_IF_ERROR(db.Query(absl::StrCat("SELECT ", AbslView(kOccurrenceColumns), " FROM ",
                                        AbslView(kOccurrenceTables), " WHERE ", AbslView(where)),
                           params, [&](const mysql::Row& row) {
                             occurrences.push_back(OccurrenceOf(row));
                             return absl::OkStatus();
                           }));
  return occurrences;
}

absl::StatusOr<int> CountOf(mysql::Connection& db, std::string_view sql, const std::string& id) {
  int count = 0;
  RETURN_IF_ERROR(db.Query(sql, {id}, [&](const mysql::Row& row) {
    count = static_cast<int>(row.Int(0));
    return absl::OkStatus();
  }));
  return count;
}

class MysqlPlanStore : public PlanStore {
 public:
  MysqlPlanStore(mysql::Pool* pool, ListLimits limits) : pool_(*pool), limits_(limits) {}

  absl::StatusOr<std::optional<AnnualPlan>> FindPlan(const std::string& id,
                                                     absl::Time deadline) override {
    return mysql::Read(pool_, deadline,
                       [&](mysql::Connection& db) -> absl::StatusOr<std::optional<AnnualPlan>> {
                         ASSIGN_OR_RETURN(auto found, LoadPlans(db, {id}, ""));
                         return First(std::move(found));
                       });
  }

  absl::StatusOr<std::optional<Commitment>> FindCommitment(const std::string& id,
                                                           absl::Time deadline) override {
    return mysql::Read(pool_, deadline,
                       [&](mysql::Connection& db) -> absl::StatusOr<std::optional<Commitment>> {
                         ASSIGN_OR_RETURN(auto found, LoadCommitments(db, "c.id = ?", {id}));
                         return First(std::move(found));
                       });
  }

  absl::StatusOr<ListPage<Event>> ListEvents(const ListQuery& query, absl::Time deadline) override {
    return mysql::Read(
        pool_, deadline, [&](mysql::Connection& db) -> absl::StatusOr<ListPage<Event>> {
          ASSIGN_OR_RETURN(IdPage ids, ReadIds(db, kEvents, query, limits_));
          std::vector<mysql::Value> params;
          const std::string in = InList(ids.ids, params);
          std::vector<Event> events;
          RETURN_IF_ERROR(db.Query(
              absl::StrCat("SELECT ", AbslView(kEventColumns), " FROM events e WHERE e.id IN ", in),
              params, [&](const mysql::Row& row) {
                events.push_back(EventOf(row));
                return absl::OkStatus();
              }));
          return ListPage<Event>{InOrder(std::move(events), ids.ids), std::move(ids.next)};
        });
  }

  absl::StatusOr<ListPage<AnnualPlan>> ListPlans(const ListQuery& query,
                                                 absl::Time deadline) override {
    return mysql::Read(
        pool_, deadline, [&](mysql::Connection& db) -> absl::StatusOr<ListPage<AnnualPlan>> {
          ASSIGN_OR_RETURN(IdPage ids, ReadIds(db, kPlans, query, limits_));
          ASSIGN_OR_RETURN(auto plans, LoadPlans(db, ids.ids, ""));
          return ListPage<AnnualPlan>{InOrder(std::move(plans), ids.ids), std::move(ids.next)};
        });
  }

  absl::StatusOr<ListPage<Commitment>> ListCommitments(const ListQuery& query,
                                                       absl::Time deadline) override {
    const ListQuery by_id = WithIdOrder(query);
    return mysql::Read(
        pool_, deadline, [&](mysql::Connection& db) -> absl::StatusOr<ListPage<Commitment>> {
          ASSIGN_OR_RETURN(IdPage ids, ReadIds(db, kCommitments, by_id, limits_));
          std::vector<mysql::Value> params;
          const std::string in = InList(ids.ids, params);
          ASSIGN_OR_RETURN(auto found, LoadCommitments(db, absl::StrCat("c.id IN ", in), params));
          return ListPage<Commitment>{InOrder(std::move(found), ids.ids), std::move(ids.next)};
        });
  }

  absl::StatusOr<std::vector<Occurrence>> ListOccurrences(const std::string& commitment, int after,
                                                          int limit, absl::Time deadline) override {
    return mysql::Read(pool_, deadline, [&](mysql::Connection& db) {
      return LoadOccurrences(
          db, "o.commitment_id = ? AND o.number > ? ORDER BY o.number LIMIT ?",
          {commitment, static_cast<int64_t>(after), static_cast<int64_t>(limit)});
    });
  }

  absl::StatusOr<std::vector<Progress>> ListProgress(const std::string& commitment, int before,
                                                     int limit, absl::Time deadline) override {
    return mysql::Read(pool_, deadline, [&](mysql::Connection& db) {
      return LoadProgress(db, commitment, before, limit);
    });
  }

  absl::StatusOr<std::optional<AnnualPlan>> LockPlan(ledger::Transaction& tx,
                                                     const std::string& id) override {
    ASSIGN_OR_RETURN(auto found, LoadPlans(tx.db(), {id}, " FOR UPDATE"));
    return First(std::move(found));
  }

  absl::StatusOr<std::optional<Commitment>> LockCommitment(ledger::Transaction& tx,
                                                           const std::string& id) override {
    ASSIGN_OR_RETURN(auto found, LoadCommitments(tx.db(), "c.id = ? FOR UPDATE", {id}));
    return First(std::move(found));
  }

  // The commitment is locked; its occurrences change with it alone.
  absl::StatusOr<std::optional<Occurrence>> LockOccurrence(ledger::Transaction& tx,
                                                           const std::string& commitment,
                                                           int number) override {
    ASSIGN_OR_RETURN(auto found, LoadOccurrences(tx.db(), "o.commitment_id = ? AND o.number = ?",
                                                 {commitment, static_cast<int64_t>(number)}));
    return First(std::move(found));
  }

  absl::StatusOr<std::string> PlanOfYear(ledger::Transaction& tx, const std::string& agreement,
                                         int year) override {
    std::string id;
    RETURN_IF_ERROR(tx.db().Query("SELECT id FROM plans WHERE agreement_id = ? AND live_year = ?",
                                  {agreement, static_cast<int64_t>(year)},
                                  [&](const mysql::Row& row) {
                                    id = row.Text(0);
                                    return absl::OkStatus();
                                  }));
    return id;
  }

  absl::StatusOr<std::vector<Commitment>> CommitmentsOf(ledger::Transaction& tx,
                                                        const std::string& plan) override {
    return LoadCommitments(tx.db(), "c.plan_id = ? ORDER BY c.id", {plan});
  }

  absl::StatusOr<std::vector<PlanNode>> NodesOf(ledger::Transaction& tx,
                                                const std::string& plan) override {
    std::vector<PlanNode> nodes;
    RETURN_IF_ERROR(tx.db().Query(
        "SELECT id, parent_id, state FROM commitments WHERE plan_id = ?", {plan},
        [&](const mysql::Row& row) {
          nodes.push_back({row.Text(0), row.Text(1), static_cast<CommitmentState>(row.Int(2))});
          return absl::OkStatus();
        }));
    return nodes;
  }

  absl::StatusOr<int> CountOpen(ledger::Transaction& tx, const std::string& plan) override {
    return CountOf(tx.db(),
                   "SELECT COUNT(*) FROM commitments WHERE plan_id = ? AND state NOT IN (4, 5)",
                   plan);
  }

  absl::StatusOr<int> CountOpenChildren(ledger::Transaction& tx,
                                        const std::string& commitment) override {
    return CountOf(tx.db(),
                   "SELECT COUNT(*) FROM commitments WHERE parent_id = ? AND state NOT IN (4, 5)",
                   commitment);
  }

  absl::StatusOr<std::vector<Occurrence>> OccurrencesOf(ledger::Transaction& tx,
                                                        const std::string& commitment) override {
    return LoadOccurrences(tx.db(), "o.commitment_id = ? ORDER BY o.number", {commitment});
  }

  absl::StatusOr<std::optional<Progress>> LastEntry(ledger::Transaction& tx,
                                                    const Occurrence& occurrence,
                                                    ProgressKind kind) override {
    std::optional<Progress> entry;
    RETURN_IF_ERROR(
        tx.db().Query("SELECT number, body_id, text, progress_day, recorded_by, record_time FROM "
                      "commitment_progress WHERE commitment_id = ? AND occurrence = ? AND kind = ? "
                      "ORDER BY number DESC LIMIT 1",
                      {occurrence.commitment, static_cast<int64_t>(occurrence.number),
                       static_cast<int64_t>(kind)},
                      [&](const mysql::Row& row) {
                        Progress& last = entry.emplace();
                        last.commitment = occurrence.commitment;
                        last.number = static_cast<int>(row.Int(0));
                        last.kind = kind;
                        last.body = row.Text(1);
                        last.occurrence = occurrence.number;
                        last.text = row.Text(2);
                        last.day = row.Day(3);
                        last.recorded_by = row.Text(4);
                        last.record_time = row.Time(5);
                        return absl::OkStatus();
                      }));
    return entry;
  }

  absl::StatusOr<std::vector<CommitmentKey>> CountingFrom(ledger::Transaction& tx, int64_t unit,
                                                          const std::string& kind,
                                                          int year) override {
    std::vector<CommitmentKey> keys;
    RETURN_IF_ERROR(tx.db().Query(
        "SELECT agreement_id, id FROM commitments WHERE unit_id = ? AND rhythm_event = ? AND "
        "year = ? AND state IN (2, 3, 4) ORDER BY agreement_id, id",
        {unit, kind, static_cast<int64_t>(year)}, [&](const mysql::Row& row) {
          keys.push_back({row.Text(0), row.Text(1)});
          return absl::OkStatus();
        }));
    return keys;
  }

  absl::StatusOr<std::vector<CommitmentKey>> CountedFrom(ledger::Transaction& tx,
                                                         const std::string& event) override {
    std::vector<CommitmentKey> keys;
    RETURN_IF_ERROR(tx.db().Query(
        "SELECT DISTINCT agreement_id, commitment_id FROM commitment_occurrences WHERE "
        "event_id = ?",
        {event}, [&](const mysql::Row& row) {
          keys.push_back({row.Text(0), row.Text(1)});
          return absl::OkStatus();
        }));
    return keys;
  }

  absl::Status InsertPlan(ledger::Transaction& tx, const AnnualPlan& plan) override {
    return InsertPlanRow(tx.db(), plan);
  }

  absl::Status ReplacePlan(ledger::Transaction& tx, const AnnualPlan& before,
                           const AnnualPlan& after) override {
    return UpdatePlanRow(tx.db(), before, after);
  }

  absl::Status InsertCommitment(ledger::Transaction& tx, const Commitment& commitment) override {
    return InsertCommitmentRow(tx.db(), commitment);
  }

  absl::Status ReplaceCommitment(ledger::Transaction& tx, const Commitment& before,
                                 Commitment& after) override {
    after.next_number = 0;
    after.next_due.reset();
    if (after.open() > 0) {
      ASSIGN_OR_RETURN(const std::vector<Occurrence> next,
                       LoadOccurrences(tx.db(),
                                       "o.commitment_id = ? AND o.state = 1 AND "
                                       "COALESCE(b.state, 1) <> 3 ORDER BY "
                                       "COALESCE(b.due_day, o.due_day), o.number LIMIT 1",
                                       {after.id}));
      if (!next.empty()) {
        after.next_number = next.front().number;
        after.next_due = next.front().due.day;
      }
    }
    return UpdateCommitmentRow(tx.db(), before, after);
  }

  absl::Status SaveOccurrences(ledger::Transaction& tx, const Commitment& commitment,
                               const std::vector<Occurrence>& occurrences) override {
    std::vector<Occurrence> added;
    for (const Occurrence& occurrence : occurrences) {
      if (occurrence.revision == 1) {
        added.push_back(occurrence);
      } else {
        RETURN_IF_ERROR(UpdateOccurrenceRow(tx.db(), occurrence));
      }
    }
    return InsertOccurrenceRows(tx.db(), commitment, added);
  }

  absl::Status AddProgress(ledger::Transaction& tx, const Progress& progress) override {
    return InsertProgressRow(tx.db(), progress);
  }

 private:
  mysql::Pool& pool_;
  const ListLimits limits_;
};

}  // namespace

std::unique_ptr<PlanStore> NewMysqlPlanStore(mysql::Pool* pool, ListLimits limits) {
  return std::make_unique<MysqlPlanStore>(pool, limits);
}

}  // namespace phoihop::agreements::plans
