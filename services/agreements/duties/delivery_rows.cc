// Rows of deliveries and requests, with their files and receipts.
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "common/mysql/in_list.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/status/views.h"
#include "common/text/text.h"
#include "services/agreements/duties/row_values.h"
#include "services/agreements/duties/rows.h"
#include "services/agreements/lists/read.h"

namespace phoihop::agreements::duties {
namespace {

using mysql::Value;

constexpr std::string_view kDeliveryColumns =
    "v.id, v.duty_id, v.occurrence, v.agreement_id, v.unit_id, v.term_start, v.from_id, v.kind, "
    "v.document_number, v.title, v.note, v.delivered_day, v.due_day, v.period_first, "
    "v.period_last, v.calculation_vi, v.calculation_en, v.calendar_revision, v.late, "
    "v.late_working_days, v.state, v.replaces, v.replaced_by, v.correct_reason, "
    "v.withdraw_reason, v.withdraw_day, v.recorded_by, v.create_time, v.update_time, v.revision";

// While a request is open, its obligation has the day, and may have been withdrawn.
constexpr std::string_view kRequestColumns =
    "r.id, r.agreement_id, r.unit_id, r.term_start, r.from_id, r.to_id, r.subject, "
    "r.description, r.legal_basis, r.working_days, r.request_day, "
    "COALESCE(b.due_day, r.due_day), r.period_first, r.period_last, "
    "COALESCE(b.calculation_vi, r.calculation_vi), COALESCE(b.calculation_en, r.calculation_en), "
    "COALESCE(b.calendar_revision, r.calendar_revision), r.state, COALESCE(b.state, 0) <> 3, "
    "r.settled_day, r.late, r.late_working_days, r.answer_number, r.answer_note, "
    "r.refuse_reason, r.legal_ground, r.withdraw_reason, r.recorded_by, r.settled_by, "
    "r.create_time, r.update_time, r.revision";
constexpr std::string_view kRequestTables =
    "information_requests r LEFT JOIN obligations b ON r.state = 1 AND "
    "b.obligation_key = CONCAT('answer:', r.id)";

Delivery DeliveryOf(const mysql::Row& row) {
  Delivery v;
  v.id = row.Text(0);
  v.duty = row.Text(1);
  v.occurrence = SmallOf(row, 2);
  v.agreement = row.Text(3);
  v.unit = row.Int(4);
  v.term_start = row.Day(5);
  v.from_body = row.Text(6);
  v.kind = static_cast<DutyKind>(row.Int(7));
  v.content.document_number = row.Text(8);
  v.content.title = row.Text(9);
  v.content.note = row.Text(10);
  v.delivered_day = row.Day(11);
  v.due = DueOf(row, 12);
  v.calendar_revision = row.Int(17);
  v.late = row.Int(18) != 0;
  v.late_working_days = SmallOf(row, 19);
  v.state = static_cast<DeliveryState>(row.Int(20));
  v.replaces = row.Text(21);
  v.replaced_by = row.Text(22);
  v.correct_reason = row.Text(23);
  v.withdraw_reason = row.Text(24);
  v.withdraw_day = DayOf(row, 25);
  v.recorded_by = row.Text(26);
  v.create_time = row.Time(27);
  v.update_time = row.Time(28);
  v.revision = row.Int(29);
  return v;
}

Request RequestOf(const mysql::Row& row) {
  Request r;
  r.id = row.Text(0);
  r.agreement = row.Text(1);
  r.unit = row.Int(2);
  r.term_start = row.Day(3);
  r.content.from_body = row.Text(4);
  r.content.to_body = row.Text(5);
  r.content.subject = row.Text(6);
  r.content.description = row.Text(7);
  r.content.legal_basis = row.Text(8);
  r.content.working_days = SmallOf(row, 9);
  r.request_day = row.Day(10);
  r.due = DueOf(row, 11);
  r.calendar_revision = row.Int(16);
  r.state = static_cast<RequestState>(row.Int(17));
  r.owed = row.Int(18) != 0;
  r.settled_day = DayOf(row, 19);
  r.late = row.Int(20) != 0;
  r.late_working_days = SmallOf(row, 21);
  r.answer.document_number = row.Text(22);
  r.answer.note = row.Text(23);
  r.refuse_reason = row.Text(24);
  r.legal_ground = row.Text(25);
  r.withdraw_reason = row.Text(26);
  r.recorded_by = row.Text(27);
  r.settled_by = row.Text(28);
  r.create_time = row.Time(29);
  r.update_time = row.Time(30);
  r.revision = row.Int(31);
  return r;
}

// Calls `row` for rows of records with these ids; the first column is the id.
absl::Status ReadParts(mysql::Connection& db, std::string_view select, std::string_view id_column,
                       const std::vector<std::string>& ids,
                       absl::FunctionRef<void(const mysql::Row&)> row) {
  if (ids.empty()) return absl::OkStatus();
  std::vector<Value> params;
  const std::string in = mysql::InList(ids, params);
  return db.Query(absl::StrCat(AbslView(select), " WHERE ", AbslView(id_column), " IN ", in,
                               " ORDER BY ", AbslView(id_column), ", place"),
                  params, [&](const mysql::Row& found) {
                    row(found);
                    return absl::OkStatus();
                  });
}

absl::Status WriteFiles(mysql::Connection& db, const std::string& record,
                        const std::vector<std::string>& digests) {
  if (digests.empty()) return absl::OkStatus();
  std::string sql = "INSERT INTO information_files (record_id, place, sha256) VALUES ";
  std::vector<Value> params;
  int64_t place = 0;
  for (const std::string& digest : digests) {
    sql += params.empty() ? "(?,?,?)" : ",(?,?,?)";
    params.insert(params.end(), {record, place++, digest});
  }
  return db.Execute(sql, params).status();
}

template <class T>
absl::flat_hash_map<std::string, T*> ById(std::vector<T>& all, std::vector<std::string>& ids) {
  absl::flat_hash_map<std::string, T*> by_id;
  for (T& one : all) {
    by_id.emplace(one.id, &one);
    ids.push_back(one.id);
  }
  return by_id;
}

}  // namespace

absl::StatusOr<std::vector<Delivery>> LoadDeliveries(mysql::Connection& db, std::string_view where,
                                                     const std::vector<Value>& params) {
  std::vector<Delivery> all;
  RETURN_IF_ERROR(db.Query(absl::StrCat("SELECT ", AbslView(kDeliveryColumns),
                                        " FROM deliveries v WHERE ", AbslView(where)),
                           params, [&](const mysql::Row& row) {
                             all.push_back(DeliveryOf(row));
                             return absl::OkStatus();
                           }));
  std::vector<std::string> ids;
  const auto by_id = ById(all, ids);
  RETURN_IF_ERROR(ReadParts(db, "SELECT record_id, sha256 FROM information_files", "record_id", ids,
                            [&](const mysql::Row& row) {
                              by_id.at(row.Text(0))->content.attachments.push_back(row.Text(1));
                            }));
  RETURN_IF_ERROR(ReadParts(
      db, "SELECT delivery_id, body_id, acknowledged_by, acknowledge_time FROM delivery_receipts",
      "delivery_id", ids, [&](const mysql::Row& row) {
        by_id.at(row.Text(0))->receipts.push_back({row.Text(1), row.Text(2), row.Time(3)});
      }));
  std::vector<std::string> duties;
  absl::flat_hash_map<std::string, std::vector<std::string>> receivers;
  for (const Delivery& delivery : all) {
    if (receivers.try_emplace(delivery.duty).second) duties.push_back(delivery.duty);
  }
  RETURN_IF_ERROR(ReadParts(db, "SELECT record_id, body_id, place FROM information_bodies",
                            "record_id", duties, [&](const mysql::Row& row) {
                              if (row.Int(2) > 0) receivers[row.Text(0)].push_back(row.Text(1));
                            }));
  for (Delivery& delivery : all) delivery.to_bodies = receivers[delivery.duty];
  return all;
}

absl::StatusOr<std::vector<Request>> LoadRequests(mysql::Connection& db, std::string_view where,
                                                  const std::vector<Value>& params) {
  std::vector<Request> all;
  RETURN_IF_ERROR(db.Query(absl::StrCat("SELECT ", AbslView(kRequestColumns), " FROM ",
                                        AbslView(kRequestTables), " WHERE ", AbslView(where)),
                           params, [&](const mysql::Row& row) {
                             all.push_back(RequestOf(row));
                             return absl::OkStatus();
                           }));
  std::vector<std::string> ids;
  const auto by_id = ById(all, ids);
  RETURN_IF_ERROR(ReadParts(db, "SELECT record_id, sha256 FROM information_files", "record_id", ids,
                            [&](const mysql::Row& row) {
                              by_id.at(row.Text(0))->answer.attachments.push_back(row.Text(1));
                            }));
  return all;
}

absl::Status InsertDeliveryRow(mysql::Connection& db, const Delivery& v) {
  std::vector<Value> params = {v.id,
                               v.duty,
                               Int(v.occurrence),
                               v.agreement,
                               v.unit,
                               v.term_start,
                               v.from_body,
                               Int(static_cast<int>(v.kind)),
                               v.content.document_number,
                               v.content.title,
                               Fold(v.content.title),
                               v.content.note,
                               Fold(v.content.note),
                               v.delivered_day};
  AppendDue(v.due, params);
  params.insert(
      params.end(),
      {v.calendar_revision, Int(v.late), Int(v.late_working_days), Int(static_cast<int>(v.state)),
       TextOrNull(v.replaces), TextOrNull(v.replaced_by), v.correct_reason, v.withdraw_reason,
       OrNull(v.withdraw_day), v.recorded_by, v.create_time, v.update_time, v.revision});
  RETURN_IF_ERROR(
      db.Execute(absl::StrCat("INSERT INTO deliveries (id, duty_id, occurrence, agreement_id, "
                              "unit_id, term_start, from_id, kind, document_number, title, "
                              "title_fold, note, note_fold, delivered_day, due_day, period_first, "
                              "period_last, calculation_vi, calculation_en, calendar_revision, "
                              "late, late_working_days, state, replaces, replaced_by, "
                              "correct_reason, withdraw_reason, withdraw_day, recorded_by, "
                              "create_time, update_time, revision) VALUES (",
                              Marks(params.size()), ")"),
                 params)
          .status());
  return WriteFiles(db, v.id, v.content.attachments);
}

// What was told and when never changes; what became of it does.
absl::Status UpdateDeliveryRow(mysql::Connection& db, const Delivery& before,
                               const Delivery& after) {
  ASSIGN_OR_RETURN(
      const int64_t found,
      db.Execute("UPDATE deliveries SET state = ?, replaced_by = ?, withdraw_reason = ?, "
                 "withdraw_day = ?, update_time = ?, revision = ? WHERE id = ? AND revision = ?",
                 {Int(static_cast<int>(after.state)), TextOrNull(after.replaced_by),
                  after.withdraw_reason, OrNull(after.withdraw_day), after.update_time,
                  after.revision, before.id, before.revision}));
  if (found != 1) return Internal("a delivery was changed without being locked");
  for (size_t i = before.receipts.size(); i < after.receipts.size(); ++i) {
    const Receipt& receipt = after.receipts[i];
    RETURN_IF_ERROR(db.Execute("INSERT INTO delivery_receipts (delivery_id, place, body_id, "
                               "acknowledged_by, acknowledge_time) VALUES (?,?,?,?,?)",
                               {after.id, Int(static_cast<int64_t>(i)), receipt.body,
                                receipt.acknowledged_by, receipt.acknowledge_time})
                        .status());
  }
  return absl::OkStatus();
}

absl::Status InsertRequestRow(mysql::Connection& db, const Request& r) {
  std::vector<Value> params = {r.id,
                               r.agreement,
                               r.unit,
                               r.term_start,
                               r.content.from_body,
                               r.content.to_body,
                               r.content.subject,
                               Fold(r.content.subject),
                               r.content.description,
                               Fold(r.content.description),
                               r.content.legal_basis,
                               Int(r.content.working_days),
                               r.request_day};
  AppendDue(r.due, params);
  params.insert(params.end(), {r.calendar_revision, Int(static_cast<int>(r.state)), r.recorded_by,
                               r.create_time, r.update_time, r.revision});
  RETURN_IF_ERROR(
      db.Execute(
            absl::StrCat(
                "INSERT INTO information_requests (id, agreement_id, unit_id, term_start, "
                "from_id, to_id, subject, subject_fold, description, description_fold, "
                "legal_basis, working_days, request_day, due_day, period_first, period_last, "
                "calculation_vi, calculation_en, calendar_revision, state, recorded_by, "
                "create_time, update_time, revision, late, late_working_days, answer_number, "
                "answer_note, refuse_reason, legal_ground, withdraw_reason, settled_by) VALUES (",
                Marks(params.size()), ",0,0,'','','','','','')"),
            params)
          .status());
  return InsertBodyRows(db, r.id, {r.content.from_body, r.content.to_body});
}

absl::Status UpdateRequestRow(mysql::Connection& db, const Request& before, const Request& r) {
  std::vector<Value> params;
  AppendDue(r.due, params);
  params.insert(params.end(),
                {r.calendar_revision, Int(static_cast<int>(r.state)), OrNull(r.settled_day),
                 Int(r.late), Int(r.late_working_days), r.answer.document_number, r.answer.note,
                 r.refuse_reason, r.legal_ground, r.withdraw_reason, r.settled_by, r.update_time,
                 r.revision, before.id, before.revision});
  ASSIGN_OR_RETURN(
      const int64_t found,
      db.Execute("UPDATE information_requests SET due_day = ?, period_first = ?, period_last = ?, "
                 "calculation_vi = ?, calculation_en = ?, calendar_revision = ?, state = ?, "
                 "settled_day = ?, late = ?, late_working_days = ?, answer_number = ?, "
                 "answer_note = ?, refuse_reason = ?, legal_ground = ?, withdraw_reason = ?, "
                 "settled_by = ?, update_time = ?, revision = ? WHERE id = ? AND revision = ?",
                 params));
  if (found != 1) return Internal("a request was changed without being locked");
  return WriteFiles(db, r.id, r.answer.attachments);
}

}  // namespace phoihop::agreements::duties
