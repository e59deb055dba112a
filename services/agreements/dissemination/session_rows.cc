#include "services/agreements/dissemination/session_rows.h"

#include <map>
#include <vector>

#include "absl/strings/str_cat.h"

namespace phoihop::agreements::dissemination {
namespace {

using mysql::Value;

constexpr filter::Column kFields[] = {
    {.field = "title", .sql = "s.title_fold", .order = "s.title_key", .order_is_bytes = true},
    {.field = "kind", .sql = "s.kind"},
    {.field = "unit", .sql = "s.unit_id"},
    {.field = "session_date", .sql = "s.session_date"},
    {.field = "attendance_count", .sql = "s.attendance_count"},
    {.field = "copy_count", .sql = "s.copy_count"},
    {.field = "create_time", .sql = "s.create_time"},
};
}  // namespace

absl::Span<const filter::Column> SessionColumns() { return kFields; }

Session SessionOf(const mysql::Row& row) {
  Session s;
  s.id = row.Text(0);
  s.agreement = row.Text(1);
  s.content.unit = row.Int(2);
  s.content.date = row.Day(3);
  s.content.kind = static_cast<Kind>(row.Int(4));
  s.content.title = row.Text(5);
  s.content.session_count = static_cast<int>(row.Int(6));
  s.content.attendance_count = static_cast<int>(row.Int(7));
  s.content.copy_count = static_cast<int>(row.Int(8));
  s.recorded_by = row.Text(9);
  s.create_time = row.Time(10);
  s.update_time = row.Time(11);
  if (!row.IsNull(12)) s.delete_time = row.Time(12);
  s.delete_reason = row.Text(13);
  s.correction_count = static_cast<int>(row.Int(14));
  s.revision = row.Int(15);
  return s;
}

std::string Marks(size_t count) {
  std::string marks = "?";
  for (size_t i = 1; i < count; ++i) marks += ",?";
  return marks;
}

absl::Status LoadDocuments(mysql::Connection& db, absl::Span<Session> sessions) {
  if (sessions.empty()) return absl::OkStatus();
  std::map<std::string, Session*> by_id;
  std::vector<Value> params;
  for (Session& session : sessions) {
    by_id[session.id] = &session;
    params.emplace_back(session.id);
  }
  return db.Query(
      absl::StrCat("SELECT session_id, title, document_number, attachment FROM "
                   "dissemination_documents WHERE session_id IN (",
                   Marks(params.size()), ") ORDER BY session_id, place"),
      params, [&](const mysql::Row& row) {
        by_id.at(row.Text(0))->content.documents.push_back({row.Text(1), row.Text(2), row.Text(3)});
        return absl::OkStatus();
      });
}

}  // namespace phoihop::agreements::dissemination
