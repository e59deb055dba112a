#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/mysql/in_list.h"
#include "common/mysql/row_values.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/status/views.h"
#include "common/text/text.h"
#include "services/agreements/lists/read.h"
#include "services/agreements/reviews/rows.h"

namespace phoihop::agreements::reviews {
namespace {

using mysql::Int;
using mysql::OrNull;
using mysql::TextOrNull;
using mysql::Value;
using ById = std::map<std::string, Review*>;

constexpr std::string_view kColumns =
    "r.id, r.agreement_id, r.unit_id, r.term_start, r.kind, r.first_day, r.last_day, r.title, "
    "r.state, r.figures_time, r.approve_day, r.approver_name, r.approver_title, r.approved_by, "
    "r.create_time, r.update_time, r.revision";

constexpr std::string_view kInsert =
    "INSERT INTO reviews (kind, title, title_fold, state, figures_time, approve_day, "
    "approver_name, approver_title, approved_by, update_time, revision, id, agreement_id, unit_id, "
    "term_start, first_day, last_day, create_time) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)";

constexpr std::string_view kUpdate =
    "UPDATE reviews SET kind = ?, title = ?, title_fold = ?, state = ?, figures_time = ?, "
    "approve_day = ?, approver_name = ?, approver_title = ?, approved_by = ?, update_time = ?, "
    "revision = ? WHERE id = ? AND revision = ?";

std::vector<Value> ChangingValues(const Review& r) {
  return {static_cast<int64_t>(r.content.kind),
          r.content.title,
          Fold(r.content.title),
          static_cast<int64_t>(r.state),
          r.figures_time,
          OrNull(r.approve_day),
          r.approver_name,
          r.approver_title,
          r.approved_by,
          r.update_time,
          r.revision};
}

Review ReviewOf(const mysql::Row& row) {
  Review r;
  r.id = row.Text(0);
  r.agreement = row.Text(1);
  r.unit = row.Int(2);
  r.term_start = row.Day(3);
  r.content.kind = static_cast<ReviewKind>(row.Int(4));
  r.interval = {row.Day(5), row.Day(6)};
  r.content.title = row.Text(7);
  r.state = static_cast<ReviewState>(row.Int(8));
  r.figures_time = row.Time(9);
  if (!row.IsNull(10)) r.approve_day = row.Day(10);
  r.approver_name = row.Text(11);
  r.approver_title = row.Text(12);
  r.approved_by = row.Text(13);
  r.create_time = row.Time(14);
  r.update_time = row.Time(15);
  r.revision = row.Int(16);
  return r;
}

absl::Status LoadFigures(mysql::Connection& db, const std::string& in,
                         const std::vector<Value>& params, const ById& by_id) {
  return db.Query(
      absl::StrCat("SELECT review_id, kind, level, numerator, denominator FROM review_figures "
                   "WHERE review_id IN ",
                   in, " ORDER BY review_id, place"),
      params, [&](const mysql::Row& row) {
        const auto review = by_id.find(row.Text(0));
        if (review == by_id.end()) return absl::OkStatus();
        Figure& figure = review->second->figures.emplace_back();
        figure.kind = static_cast<FigureKind>(row.Int(1));
        figure.level = row.Text(2);
        figure.numerator = row.Int(3);
        if (!row.IsNull(4)) figure.denominator = row.Int(4);
        return absl::OkStatus();
      });
}

absl::Status LoadFindings(mysql::Connection& db, const std::string& in,
                          const std::vector<Value>& params, const ById& by_id) {
  return db.Query(
      absl::StrCat("SELECT review_id, kind, text, area FROM review_findings WHERE "
                   "review_id IN ",
                   in, " ORDER BY review_id, number"),
      params, [&](const mysql::Row& row) {
        const auto review = by_id.find(row.Text(0));
        if (review == by_id.end()) return absl::OkStatus();
        review->second->content.findings.push_back(
            {static_cast<FindingKind>(row.Int(1)), row.Text(2), static_cast<int>(row.Int(3))});
        return absl::OkStatus();
      });
}

// An open one has the day of its obligation, and is withdrawn when that is (state 3). One that is
// a commitment is what the only occurrence of that is: 3 confirmed, 4 cancelled.
absl::Status LoadFollowUps(mysql::Connection& db, const std::string& in,
                           const std::vector<Value>& params, const ById& by_id) {
  return db.Query(
      absl::StrCat("SELECT f.review_id, f.finding, f.body_id, COALESCE(b.due_day, f.due_day), "
                   "IF(o.state = 3, o.fulfil_day, f.done_day), IF(o.state = 3, o.late, f.late), "
                   "COALESCE(b.state = 3, 0) OR COALESCE(o.state = 4, 0), f.document_number, "
                   "f.note, f.reported_by, f.commitment_id FROM review_follow_ups f LEFT JOIN "
                   "commitment_occurrences o ON o.commitment_id = f.commitment_id AND o.number = 1 "
                   "LEFT JOIN obligations b ON f.done_day IS NULL AND b.obligation_key = "
                   "IF(f.commitment_id IS NULL, CONCAT('follow-up:', f.review_id, ':', f.number), "
                   "CONCAT('fulfil:', f.commitment_id, ':1')) WHERE f.review_id IN ",
                   in, " ORDER BY f.review_id, f.number"),
      params, [&](const mysql::Row& row) {
        const auto review = by_id.find(row.Text(0));
        if (review == by_id.end()) return absl::OkStatus();
        FollowUp& f = review->second->follow_ups.emplace_back();
        f.finding = static_cast<int>(row.Int(1));
        f.body = row.Text(2);
        f.due = row.Day(3);
        if (!row.IsNull(4)) f.done_day = row.Day(4);
        f.late = row.Int(5) != 0;
        f.withdrawn = row.Int(6) != 0;
        f.document_number = row.Text(7);
        f.note = row.Text(8);
        f.reported_by = row.Text(9);
        f.commitment = row.Text(10);
        return absl::OkStatus();
      });
}

// Writes the rows of a table anew.
class Writer {
 public:
  Writer(mysql::Connection& db, const std::string& review) : db_(db), review_(review) {}

  absl::Status Clear(const char* table) {
    return db_.Execute(absl::StrCat("DELETE FROM ", table, " WHERE review_id = ?"), {review_})
        .status();
  }

  absl::Status Figures(const std::vector<Figure>& figures) {
    for (size_t i = 0; i < figures.size(); ++i) {
      const Figure& f = figures[i];
      RETURN_IF_ERROR(
          db_.Execute("INSERT INTO review_figures (review_id, place, kind, level, numerator, "
                      "denominator) VALUES (?,?,?,?,?,?)",
                      {review_, static_cast<int64_t>(i), static_cast<int64_t>(f.kind), f.level,
                       f.numerator, OrNull(f.denominator)})
              .status());
    }
    return absl::OkStatus();
  }

  absl::Status Findings(const std::vector<Finding>& findings) {
    for (size_t i = 0; i < findings.size(); ++i) {
      const Finding& f = findings[i];
      RETURN_IF_ERROR(db_.Execute("INSERT INTO review_findings (review_id, number, kind, text, "
                                  "area) VALUES (?,?,?,?,?)",
                                  {review_, static_cast<int64_t>(i + 1),
                                   static_cast<int64_t>(f.kind), f.text, Int(f.area)})
                          .status());
    }
    return absl::OkStatus();
  }

  absl::Status Added(size_t number, const FollowUp& f) {
    return db_
        .Execute(
            "INSERT INTO review_follow_ups (review_id, number, finding, body_id, due_day, "
            "done_day, late, document_number, note, reported_by, commitment_id) VALUES "
            "(?,?,?,?,?,?,?,?,?,?,?)",
            {review_, static_cast<int64_t>(number), Int(f.finding), f.body, f.due,
             OrNull(f.done_day), Int(f.late ? 1 : 0), f.document_number, f.note, f.reported_by,
             TextOrNull(f.commitment)})
        .status();
  }

  absl::Status Done(size_t number, const FollowUp& f) {
    return db_
        .Execute(
            "UPDATE review_follow_ups SET due_day = ?, done_day = ?, late = ?, "
            "document_number = ?, note = ?, reported_by = ? WHERE review_id = ? AND number = "
            "?",
            {f.due, OrNull(f.done_day), Int(f.late ? 1 : 0), f.document_number, f.note,
             f.reported_by, review_, static_cast<int64_t>(number)})
        .status();
  }

 private:
  mysql::Connection& db_;
  const std::string& review_;
};

}  // namespace

absl::StatusOr<std::vector<Review>> LoadReviews(mysql::Connection& db,
                                                const std::vector<std::string>& ids,
                                                std::string_view suffix, bool whole) {
  std::vector<Review> reviews;
  if (ids.empty()) return reviews;
  std::vector<Value> params;
  const std::string in = mysql::InList(ids, params);
  RETURN_IF_ERROR(db.Query(absl::StrCat("SELECT ", AbslView(kColumns),
                                        " FROM reviews r WHERE r.id IN ", in, AbslView(suffix)),
                           params, [&](const mysql::Row& row) {
                             reviews.push_back(ReviewOf(row));
                             return absl::OkStatus();
                           }));
  ById by_id;
  for (Review& review : reviews) by_id.emplace(review.id, &review);
  RETURN_IF_ERROR(LoadFigures(db, in, params, by_id));
  if (!whole) return reviews;
  RETURN_IF_ERROR(LoadFindings(db, in, params, by_id));
  RETURN_IF_ERROR(LoadFollowUps(db, in, params, by_id));
  return reviews;
}

absl::Status InsertReviewRow(mysql::Connection& db, const Review& review) {
  std::vector<Value> params = ChangingValues(review);
  params.insert(params.end(), {review.id, review.agreement, review.unit, review.term_start,
                               review.interval.first, review.interval.last, review.create_time});
  RETURN_IF_ERROR(db.Execute(kInsert, params).status());
  Writer writer(db, review.id);
  RETURN_IF_ERROR(writer.Figures(review.figures));
  return writer.Findings(review.content.findings);
}

absl::Status UpdateReviewRow(mysql::Connection& db, const Review& before, const Review& after) {
  std::vector<Value> params = ChangingValues(after);
  params.insert(params.end(), {before.id, before.revision});
  ASSIGN_OR_RETURN(const int64_t rows, db.Execute(kUpdate, params));
  if (rows != 1) return Internal("a review was changed without being locked");
  Writer writer(db, after.id);
  if (before.figures != after.figures) {
    RETURN_IF_ERROR(writer.Clear("review_figures"));
    RETURN_IF_ERROR(writer.Figures(after.figures));
  }
  if (before.content.findings != after.content.findings) {
    RETURN_IF_ERROR(writer.Clear("review_findings"));
    RETURN_IF_ERROR(writer.Findings(after.content.findings));
  }
  // Follow-ups are added and completed, never taken away.
  for (size_t i = 0; i < after.follow_ups.size(); ++i) {
    const FollowUp& follow_up = after.follow_ups[i];
    if (i >= before.follow_ups.size()) {
      RETURN_IF_ERROR(writer.Added(i + 1, follow_up));
    } else if (before.follow_ups[i] != follow_up) {
      RETURN_IF_ERROR(writer.Done(i + 1, follow_up));
    }
  }
  return absl::OkStatus();
}

}  // namespace phoihop::agreements::reviews
