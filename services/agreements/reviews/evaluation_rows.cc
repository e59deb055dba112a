#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/mysql/in_list.h"
#include "common/status/macros.h"
#include "services/agreements/lists/read.h"
#include "services/agreements/reviews/rows.h"

namespace phoihop::agreements::reviews {
namespace {

using mysql::Value;

Evaluation EvaluationOf(const mysql::Row& row) {
  Evaluation e;
  e.id = row.Text(0);
  e.agreement = row.Text(1);
  e.unit = row.Int(2);
  e.term_start = row.Day(3);
  e.interval = {row.Day(4), row.Day(5)};
  e.formula = static_cast<int>(row.Int(6));
  e.created_by = row.Text(7);
  e.create_time = row.Time(8);
  return e;
}

// The columns from 1 on are body, score, and weight, numerator and denominator of each part.
PartyScore ScoreOf(const mysql::Row& row) {
  PartyScore score;
  score.body = row.Text(1);
  if (!row.IsNull(2)) score.score = static_cast<int>(row.Int(2));
  int at = 3;
  for (const PartKind kind : {PartKind::kDeliveries, PartKind::kCommitments, PartKind::kRequests}) {
    score.parts.push_back({kind, static_cast<int>(row.Int(at)), row.Int(at + 1), row.Int(at + 2)});
    at += 3;
  }
  return score;
}

}  // namespace

absl::StatusOr<std::vector<Evaluation>> LoadEvaluations(mysql::Connection& db,
                                                        const std::vector<std::string>& ids) {
  std::vector<Evaluation> evaluations;
  if (ids.empty()) return evaluations;
  std::vector<Value> params;
  const std::string in = mysql::InList(ids, params);
  RETURN_IF_ERROR(
      db.Query(absl::StrCat("SELECT id, agreement_id, unit_id, term_start, first_day, last_day, "
                            "formula, created_by, create_time FROM evaluations WHERE id IN ",
                            in),
               params, [&](const mysql::Row& row) {
                 evaluations.push_back(EvaluationOf(row));
                 return absl::OkStatus();
               }));
  std::map<std::string, Evaluation*> by_id;
  for (Evaluation& evaluation : evaluations) by_id.emplace(evaluation.id, &evaluation);
  RETURN_IF_ERROR(db.Query(
      absl::StrCat("SELECT evaluation_id, body_id, score, delivery_weight, deliveries_on_time, "
                   "deliveries_due, commitment_weight, commitments_kept, commitments_due, "
                   "request_weight, requests_answered, requests_asked FROM evaluation_scores "
                   "WHERE evaluation_id IN ",
                   in, " ORDER BY evaluation_id, place"),
      params, [&](const mysql::Row& row) {
        const auto evaluation = by_id.find(row.Text(0));
        if (evaluation != by_id.end()) evaluation->second->scores.push_back(ScoreOf(row));
        return absl::OkStatus();
      }));
  return evaluations;
}

absl::Status InsertEvaluationRow(mysql::Connection& db, const Evaluation& e) {
  RETURN_IF_ERROR(
      db.Execute("INSERT INTO evaluations (id, agreement_id, unit_id, term_start, first_day, "
                 "last_day, formula, created_by, create_time) VALUES (?,?,?,?,?,?,?,?,?)",
                 {e.id, e.agreement, e.unit, e.term_start, e.interval.first, e.interval.last,
                  static_cast<int64_t>(e.formula), e.created_by, e.create_time})
          .status());
  for (size_t i = 0; i < e.scores.size(); ++i) {
    const PartyScore& score = e.scores[i];
    std::vector<Value> params = {
        e.id, static_cast<int64_t>(i), score.body,
        score.score.has_value() ? Value(static_cast<int64_t>(*score.score)) : Value(nullptr)};
    for (const Part& part : score.parts) {
      params.insert(params.end(),
                    {static_cast<int64_t>(part.weight), part.numerator, part.denominator});
    }
    RETURN_IF_ERROR(
        db.Execute("INSERT INTO evaluation_scores (evaluation_id, place, body_id, score, "
                   "delivery_weight, deliveries_on_time, deliveries_due, commitment_weight, "
                   "commitments_kept, commitments_due, request_weight, requests_answered, "
                   "requests_asked) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)",
                   params)
            .status());
  }
  return absl::OkStatus();
}

}  // namespace phoihop::agreements::reviews
