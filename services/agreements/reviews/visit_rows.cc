#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/mysql/in_list.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/status/views.h"
#include "common/text/text.h"
#include "services/agreements/lists/read.h"
#include "services/agreements/reviews/rows.h"

namespace phoihop::agreements::reviews {
namespace {

using mysql::Value;

constexpr std::string_view kColumns =
    "v.id, v.agreement_id, v.unit_id, v.term_start, v.visit_date, v.visited_unit, "
    "v.visited_body, v.subject, v.findings, v.document_number, v.state, v.cancel_reason, "
    "v.recorded_by, v.create_time, v.update_time, v.revision";

constexpr std::string_view kInsert =
    "INSERT INTO visits (visit_date, visited_unit, visited_body, subject, subject_fold, findings, "
    "document_number, state, cancel_reason, update_time, revision, id, agreement_id, unit_id, "
    "term_start, recorded_by, create_time) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)";

// The revision is compared although the row is locked: a command that forgot to lock must
// not pass for a good one.
constexpr std::string_view kUpdate =
    "UPDATE visits SET visit_date = ?, visited_unit = ?, visited_body = ?, subject = ?, "
    "subject_fold = ?, findings = ?, document_number = ?, state = ?, cancel_reason = ?, "
    "update_time = ?, revision = ? WHERE id = ? AND revision = ?";

std::vector<Value> ChangingValues(const Visit& visit) {
  const VisitContent& c = visit.content;
  return {c.date,
          c.unit,
          c.body.empty() ? Value(nullptr) : Value(c.body),
          c.subject,
          Fold(c.subject),
          c.findings,
          c.document_number,
          static_cast<int64_t>(visit.state),
          visit.cancel_reason,
          visit.update_time,
          visit.revision};
}

Visit VisitOf(const mysql::Row& row) {
  Visit visit;
  visit.id = row.Text(0);
  visit.agreement = row.Text(1);
  visit.unit = row.Int(2);
  visit.term_start = row.Day(3);
  visit.content.date = row.Day(4);
  visit.content.unit = row.Int(5);
  visit.content.body = row.Text(6);
  visit.content.subject = row.Text(7);
  visit.content.findings = row.Text(8);
  visit.content.document_number = row.Text(9);
  visit.state = static_cast<VisitState>(row.Int(10));
  visit.cancel_reason = row.Text(11);
  visit.recorded_by = row.Text(12);
  visit.create_time = row.Time(13);
  visit.update_time = row.Time(14);
  visit.revision = row.Int(15);
  return visit;
}

absl::Status InsertBodies(mysql::Connection& db, const Visit& visit) {
  const std::vector<std::string>& bodies = visit.content.visiting;
  if (bodies.empty()) return absl::OkStatus();
  std::string sql = "INSERT INTO visit_bodies (visit_id, place, body_id) VALUES ";
  std::vector<Value> params;
  for (size_t i = 0; i < bodies.size(); ++i) {
    sql += i == 0 ? "(?,?,?)" : ",(?,?,?)";
    params.insert(params.end(), {visit.id, static_cast<int64_t>(i), bodies[i]});
  }
  return db.Execute(sql, params).status();
}

}  // namespace

absl::StatusOr<std::vector<Visit>> LoadVisits(mysql::Connection& db,
                                              const std::vector<std::string>& ids,
                                              std::string_view suffix) {
  std::vector<Visit> visits;
  if (ids.empty()) return visits;
  std::vector<Value> params;
  const std::string in = mysql::InList(ids, params);
  RETURN_IF_ERROR(db.Query(absl::StrCat("SELECT ", AbslView(kColumns),
                                        " FROM visits v WHERE v.id IN ", in, AbslView(suffix)),
                           params, [&](const mysql::Row& row) {
                             visits.push_back(VisitOf(row));
                             return absl::OkStatus();
                           }));
  std::map<std::string, Visit*> by_id;
  for (Visit& visit : visits) by_id.emplace(visit.id, &visit);
  RETURN_IF_ERROR(
      db.Query(absl::StrCat("SELECT visit_id, body_id FROM visit_bodies WHERE visit_id IN ", in,
                            " ORDER BY visit_id, place"),
               params, [&](const mysql::Row& row) {
                 const auto visit = by_id.find(row.Text(0));
                 if (visit != by_id.end()) visit->second->content.visiting.push_back(row.Text(1));
                 return absl::OkStatus();
               }));
  return visits;
}

absl::Status InsertVisitRow(mysql::Connection& db, const Visit& visit) {
  std::vector<Value> params = ChangingValues(visit);
  params.insert(params.end(), {visit.id, visit.agreement, visit.unit, visit.term_start,
                               visit.recorded_by, visit.create_time});
  RETURN_IF_ERROR(db.Execute(kInsert, params).status());
  return InsertBodies(db, visit);
}

absl::Status UpdateVisitRow(mysql::Connection& db, const Visit& before, const Visit& after) {
  std::vector<Value> params = ChangingValues(after);
  params.insert(params.end(), {before.id, before.revision});
  ASSIGN_OR_RETURN(const int64_t rows, db.Execute(kUpdate, params));
  if (rows != 1) return Internal("a visit was changed without being locked");
  if (before.content.visiting == after.content.visiting) return absl::OkStatus();
  RETURN_IF_ERROR(db.Execute("DELETE FROM visit_bodies WHERE visit_id = ?", {after.id}).status());
  return InsertBodies(db, after);
}

}  // namespace phoihop::agreements::reviews
