#include <utility>

#include "absl/strings/str_cat.h"
#include "common/filter/sql.h"
#include "common/ledger/command.h"
#include "common/mysql/transaction.h"
#include "common/status/details.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "services/agreements/lists/read.h"
#include "services/agreements/reviews/review_store.h"
#include "services/agreements/reviews/rows.h"

namespace phoihop::agreements::reviews {
namespace {

using filter::Column;
using filter::Key;
using lists::First;
using lists::IdPage;
using lists::InOrder;
using lists::ListTable;

constexpr Column kVisitFields[] = {
    {.field = "agreement", .sql = "v.agreement_id"},
    {.field = "unit", .sql = "v.visited_unit"},
    {.field = "body", .sql = "v.visited_body", .nullable = true},
    {.field = "visiting_body",
     .sql = "b.body_id",
     .within = "EXISTS (SELECT 1 FROM visit_bodies b WHERE b.visit_id = v.id AND {})"},
    {.field = "subject", .sql = "v.subject_fold"},
    {.field = "visit_date", .sql = "v.visit_date"},
    {.field = "document_number", .sql = "v.document_number"},
    {.field = "state", .sql = "v.state"},
};
constexpr ListTable kVisits = {.from = "visits v",
                               .id = "v.id",
                               .unit = "v.unit_id",
                               .access_day = "v.term_start",
                               .alive = "TRUE",
                               .columns = kVisitFields,
                               .own = {"v.visit_date", Key::Kind::kDay, true}};

constexpr Column kReviewFields[] = {
    {.field = "agreement", .sql = "r.agreement_id"},
    {.field = "kind", .sql = "r.kind"},
    {.field = "state", .sql = "r.state"},
    {.field = "title", .sql = "r.title_fold"},
    {.field = "first_date", .sql = "r.first_day"},
    {.field = "last_date", .sql = "r.last_day"},
    {.field = "follow_up_body",
     .sql = "f.body_id",
     .within = "EXISTS (SELECT 1 FROM review_follow_ups f WHERE f.review_id = r.id AND {})"},
};
constexpr ListTable kReviews = {.from = "reviews r",
                                .id = "r.id",
                                .unit = "r.unit_id",
                                .access_day = "r.term_start",
                                .alive = "r.state <> 3",
                                .columns = kReviewFields,
                                .own = {"r.last_day", Key::Kind::kDay, true}};

constexpr Column kEvaluationFields[] = {
    {.field = "agreement", .sql = "e.agreement_id"},
    {.field = "formula", .sql = "CAST(e.formula AS CHAR)"},
    {.field = "body",
     .sql = "s.body_id",
     .within = "EXISTS (SELECT 1 FROM evaluation_scores s WHERE s.evaluation_id = e.id AND {})"},
    {.field = "first_date", .sql = "e.first_day"},
    {.field = "last_date", .sql = "e.last_day"},
};
constexpr ListTable kEvaluations = {.from = "evaluations e",
                                    .id = "e.id",
                                    .unit = "e.unit_id",
                                    .access_day = "e.term_start",
                                    .alive = "TRUE",
                                    .columns = kEvaluationFields,
                                    .own = {"e.last_day", Key::Kind::kDay, true}};

class MysqlReviewStore : public ReviewStore {
 public:
  MysqlReviewStore(mysql::Pool* pool, ListLimits limits) : pool_(*pool), limits_(limits) {}

  absl::StatusOr<std::optional<Visit>> FindVisit(const std::string& id,
                                                 absl::Time deadline) override {
    return Find<Visit>(deadline, [&](mysql::Connection& db) { return LoadVisits(db, {id}, ""); });
  }

  absl::StatusOr<std::optional<Review>> FindReview(const std::string& id,
                                                   absl::Time deadline) override {
    return Find<Review>(deadline,
                        [&](mysql::Connection& db) { return LoadReviews(db, {id}, "", true); });
  }

  absl::StatusOr<std::optional<Evaluation>> FindEvaluation(const std::string& id,
                                                           absl::Time deadline) override {
    return Find<Evaluation>(deadline,
                            [&](mysql::Connection& db) { return LoadEvaluations(db, {id}); });
  }

  absl::StatusOr<ListPage<Visit>> ListVisits(const ListQuery& query, absl::Time deadline) override {
    return List<Visit>(kVisits, query, deadline,
                       [](mysql::Connection& db, const std::vector<std::string>& ids) {
                         return LoadVisits(db, ids, "");
                       });
  }

  absl::StatusOr<ListPage<Review>> ListReviews(const ListQuery& query,
                                               absl::Time deadline) override {
    return List<Review>(kReviews, query, deadline,
                        [](mysql::Connection& db, const std::vector<std::string>& ids) {
                          return LoadReviews(db, ids, "", false);
                        });
  }

  absl::StatusOr<ListPage<Evaluation>> ListEvaluations(const ListQuery& query,
                                                       absl::Time deadline) override {
    return List<Evaluation>(kEvaluations, query, deadline,
                            [](mysql::Connection& db, const std::vector<std::string>& ids) {
                              return LoadEvaluations(db, ids);
                            });
  }

  absl::StatusOr<std::vector<Formula>> ListFormulas(absl::Time deadline) override {
    return mysql::Read(
        pool_, deadline, [&](mysql::Connection& db) -> absl::StatusOr<std::vector<Formula>> {
          std::vector<Formula> formulas;
          RETURN_IF_ERROR(db.Query(
              "SELECT version, valid_from, delivery_weight, commitment_weight, request_weight, "
              "text_vi, text_en FROM evaluation_formulas ORDER BY version",
              {}, [&](const mysql::Row& row) {
                formulas.push_back({static_cast<int>(row.Int(0)), row.Day(1),
                                    static_cast<int>(row.Int(2)), static_cast<int>(row.Int(3)),
                                    static_cast<int>(row.Int(4)), row.Text(5), row.Text(6)});
                return absl::OkStatus();
              }));
          return formulas;
        });
  }

  absl::StatusOr<std::optional<Visit>> LockVisit(ledger::Transaction& tx,
                                                 const std::string& id) override {
    ASSIGN_OR_RETURN(auto found, LoadVisits(tx.db(), {id}, " FOR UPDATE"));
    return First(std::move(found));
  }

  absl::StatusOr<std::optional<Review>> LockReview(ledger::Transaction& tx,
                                                   const std::string& id) override {
    ASSIGN_OR_RETURN(auto found, LoadReviews(tx.db(), {id}, " FOR UPDATE", true));
    return First(std::move(found));
  }

  absl::StatusOr<RecordCounts> Count(ledger::Transaction& tx, const std::string& agreement,
                                     const DayInterval& interval) override {
    RecordCounts counts;
    RETURN_IF_ERROR(tx.db().Query(
        "SELECT COALESCE(SUM(session_count), 0), COALESCE(SUM(attendance_count), 0) FROM "
        "dissemination_sessions WHERE agreement_id = ? AND session_date BETWEEN ? AND ? AND "
        "delete_time IS NULL",
        {agreement, interval.first, interval.last}, [&](const mysql::Row& row) {
          counts.sessions = row.Int(0);
          counts.attendances = row.Int(1);
          return absl::OkStatus();
        }));
    RETURN_IF_ERROR(tx.db().Query(
        "SELECT COUNT(*) FROM visits WHERE agreement_id = ? AND visit_date BETWEEN ? AND ? AND "
        "state = 1",
        {agreement, interval.first, interval.last}, [&](const mysql::Row& row) {
          counts.visits = row.Int(0);
          return absl::OkStatus();
        }));
    return counts;
  }

  absl::Status InsertVisit(ledger::Transaction& tx, const Visit& visit) override {
    return InsertVisitRow(tx.db(), visit);
  }

  absl::Status ReplaceVisit(ledger::Transaction& tx, const Visit& before,
                            const Visit& after) override {
    return UpdateVisitRow(tx.db(), before, after);
  }

  absl::Status InsertReview(ledger::Transaction& tx, const Review& review) override {
    return InsertReviewRow(tx.db(), review);
  }

  absl::Status ReplaceReview(ledger::Transaction& tx, const Review& before,
                             const Review& after) override {
    return UpdateReviewRow(tx.db(), before, after);
  }

  // The agreement is locked, so nobody adds one after the look.
  absl::Status InsertEvaluation(ledger::Transaction& tx, const Evaluation& e) override {
    std::string other;
    bool same = false;
    RETURN_IF_ERROR(tx.db().Query(
        "SELECT id, first_day = ? AND last_day = ? AS same FROM evaluations WHERE agreement_id = ? "
        "AND formula = ? AND first_day <= ? AND last_day >= ? ORDER BY same DESC, first_day "
        "LIMIT 1",
        {e.interval.first, e.interval.last, e.agreement, static_cast<int64_t>(e.formula),
         e.interval.last, e.interval.first},
        [&](const mysql::Row& row) {
          other = row.Text(0);
          same = row.Int(1) != 0;
          return absl::OkStatus();
        }));
    if (other.empty()) return InsertEvaluationRow(tx.db(), e);
    if (same) {
      return AlreadyExists("Evaluation", EvaluationName(other), "EVALUATION_EXISTS",
                           {"The parties were evaluated over this interval by this formula; an "
                            "evaluation does not change.",
                            "Các bên đã được đánh giá trong khoảng thời gian này theo công thức "
                            "này; kết quả đánh giá không thay đổi."});
    }
    return AboutField(
        Precondition("EVALUATION_OVERLAPS",
                     {"The parties were evaluated by this formula over an interval that shares "
                      "days with this one; what was counted there is not counted again.",
                      "Các bên đã được đánh giá theo công thức này trong một khoảng thời gian "
                      "trùng một phần; kết quả đã tính không được tính lại."},
                     EvaluationName(other)),
        "evaluation.first_date");
  }

 private:
  template <class T, class Load>
  absl::StatusOr<std::optional<T>> Find(absl::Time deadline, Load load) {
    return mysql::Read(pool_, deadline,
                       [&](mysql::Connection& db) -> absl::StatusOr<std::optional<T>> {
                         ASSIGN_OR_RETURN(std::vector<T> found, load(db));
                         return First(std::move(found));
                       });
  }

  template <class T, class Load>
  absl::StatusOr<ListPage<T>> List(const ListTable& table, const ListQuery& query,
                                   absl::Time deadline, Load load) {
    return mysql::Read(pool_, deadline, [&](mysql::Connection& db) -> absl::StatusOr<ListPage<T>> {
      ASSIGN_OR_RETURN(IdPage ids, lists::ReadIds(db, table, query, limits_));
      ASSIGN_OR_RETURN(std::vector<T> found, load(db, ids.ids));
      return ListPage<T>{InOrder(std::move(found), ids.ids), std::move(ids.next)};
    });
  }

  mysql::Pool& pool_;
  const ListLimits limits_;
};

}  // namespace

std::unique_ptr<ReviewStore> NewMysqlReviewStore(mysql::Pool* pool, ListLimits limits) {
  return std::make_unique<MysqlReviewStore>(pool, limits);
}

}  // namespace phoihop::agreements::reviews
