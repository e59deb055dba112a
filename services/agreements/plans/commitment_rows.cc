#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "common/mysql/in_list.h"
#include "common/mysql/row_values.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/status/views.h"
#include "common/text/text.h"
#include "services/agreements/lists/read.h"
#include "services/agreements/plans/rows.h"

namespace phoihop::agreements::plans {
namespace {

using mysql::InList;
using mysql::Int;
using mysql::OrNull;
using mysql::SmallOf;
using mysql::TextOrNull;
using mysql::Value;

// Bytes of a sort key that are kept, as in the column.
constexpr size_t kTitleKey = 100;

constexpr std::string_view kColumns =
    "c.id, c.plan_id, c.agreement_id, c.unit_id, c.term_start, c.year, c.first_day, c.last_day, "
    "c.parent_id, c.title, c.description, c.area, c.lead_id, c.rhythm_kind, c.rhythm_day, "
    "c.rhythm_weekday, c.rhythm_working_day, c.rhythm_event, c.rhythm_working_days, "
    "c.expected_product, c.state, c.active_day, c.last_number, c.occurrence_count, "
    "c.fulfilled_count, c.confirmed_count, c.late_count, c.next_number, c.next_due, "
    "c.progress_count, c.percent, c.added_by, c.withdrawn_by, c.withdraw_reason, c.hidden, "
    "c.create_time, c.update_time, c.revision";

constexpr std::string_view kInsert =
    "INSERT INTO commitments (parent_id, title, title_fold, title_key, description, "
    "description_fold, area, lead_id, rhythm_kind, rhythm_day, rhythm_weekday, "
    "rhythm_working_day, rhythm_event, rhythm_working_days, expected_product, state, active_day, "
    "last_number, occurrence_count, fulfilled_count, confirmed_count, late_count, next_number, "
    "next_due, progress_count, percent, added_by, withdrawn_by, withdraw_reason, hidden, "
    "update_time, revision, id, plan_id, agreement_id, unit_id, term_start, year, first_day, "
    "last_day, create_time) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,"
    "?,?,?,?,?,?,?,?,?,?)";

constexpr std::string_view kUpdate =
    "UPDATE commitments SET parent_id = ?, title = ?, title_fold = ?, title_key = ?, "
    "description = ?, description_fold = ?, area = ?, lead_id = ?, rhythm_kind = ?, "
    "rhythm_day = ?, rhythm_weekday = ?, rhythm_working_day = ?, rhythm_event = ?, "
    "rhythm_working_days = ?, expected_product = ?, state = ?, active_day = ?, last_number = ?, "
    "occurrence_count = ?, fulfilled_count = ?, confirmed_count = ?, late_count = ?, "
    "next_number = ?, next_due = ?, progress_count = ?, percent = ?, added_by = ?, "
    "withdrawn_by = ?, withdraw_reason = ?, hidden = ?, update_time = ?, revision = ? "
    "WHERE id = ? AND revision = ?";

std::vector<Value> ChangingValues(const Commitment& c) {
  const CommitmentContent& content = c.content;
  const Rhythm& rhythm = content.rhythm;
  std::optional<int64_t> percent;
  if (c.percent.has_value()) percent = *c.percent;
  return {TextOrNull(content.parent),
          content.title,
          Fold(content.title),
          mysql::Bytes(SortKey(content.title).substr(0, kTitleKey)),
          content.description,
          Fold(content.description),
          Int(content.area),
          content.lead,
          Int(static_cast<int>(rhythm.kind)),
          rhythm.day,
          Int(rhythm.weekday),
          Int(rhythm.working_day),
          TextOrNull(rhythm.event),
          Int(rhythm.working_days),
          content.expected_product,
          Int(static_cast<int>(c.state)),
          OrNull(c.active_day),
          Int(c.last_number),
          Int(c.occurrences),
          Int(c.fulfilled),
          Int(c.confirmed),
          Int(c.late),
          Int(c.next_number),
          c.next_due.value_or(kNoDue),
          Int(c.progress_entries),
          OrNull(percent),
          Int(c.added_by),
          Int(c.withdrawn_by),
          c.withdraw_reason,
          Int(c.hidden),
          c.update_time,
          c.revision};
}

Commitment CommitmentOf(const mysql::Row& row) {
  Commitment c;
  c.id = row.Text(0);
  c.plan = row.Text(1);
  c.agreement = row.Text(2);
  c.unit = row.Int(3);
  c.term_start = row.Day(4);
  c.year = SmallOf(row, 5);
  c.days = {row.Day(6), row.Day(7)};
  c.content.parent = row.Text(8);
  c.content.title = row.Text(9);
  c.content.description = row.Text(10);
  c.content.area = SmallOf(row, 11);
  c.content.lead = row.Text(12);
  c.content.rhythm.kind = static_cast<RhythmKind>(row.Int(13));
  c.content.rhythm.day = row.Day(14);
  c.content.rhythm.weekday = SmallOf(row, 15);
  c.content.rhythm.working_day = SmallOf(row, 16);
  c.content.rhythm.event = row.Text(17);
  c.content.rhythm.working_days = SmallOf(row, 18);
  c.content.expected_product = row.Text(19);
  c.state = static_cast<CommitmentState>(row.Int(20));
  if (!row.IsNull(21)) c.active_day = row.Day(21);
  c.last_number = SmallOf(row, 22);
  c.occurrences = SmallOf(row, 23);
  c.fulfilled = SmallOf(row, 24);
  c.confirmed = SmallOf(row, 25);
  c.late = SmallOf(row, 26);
  c.next_number = SmallOf(row, 27);
  if (c.next_number != 0) c.next_due = row.Day(28);
  c.progress_entries = SmallOf(row, 29);
  if (!row.IsNull(30)) c.percent = SmallOf(row, 30);
  c.added_by = SmallOf(row, 31);
  c.withdrawn_by = SmallOf(row, 32);
  c.withdraw_reason = row.Text(33);
  c.hidden = row.Int(34) != 0;
  c.create_time = row.Time(35);
  c.update_time = row.Time(36);
  c.revision = row.Int(37);
  return c;
}

absl::Status WriteBodies(mysql::Connection& db, const Commitment& commitment) {
  std::string sql = "INSERT INTO commitment_bodies (commitment_id, place, body_id) VALUES (?,0,?)";
  std::vector<Value> params = {commitment.id, commitment.content.lead};
  int64_t place = 0;
  for (const std::string& body : commitment.content.supporting) {
    sql += ",(?,?,?)";
    params.insert(params.end(), {commitment.id, ++place, body});
  }
  return db.Execute(sql, params).status();
}

}  // namespace

absl::StatusOr<std::vector<Commitment>> LoadCommitments(mysql::Connection& db,
                                                        std::string_view where,
                                                        const std::vector<Value>& params) {
  std::vector<Commitment> commitments;
  std::vector<std::string> ids;
  RETURN_IF_ERROR(db.Query(
      absl::StrCat("SELECT ", AbslView(kColumns), " FROM commitments c WHERE ", AbslView(where)),
      params, [&](const mysql::Row& row) {
        commitments.push_back(CommitmentOf(row));
        ids.push_back(commitments.back().id);
        return absl::OkStatus();
      }));
  if (ids.empty()) return commitments;
  absl::flat_hash_map<std::string, Commitment*> by_id;
  for (Commitment& commitment : commitments) by_id.emplace(commitment.id, &commitment);
  std::vector<Value> in_params;
  const std::string in = InList(ids, in_params);
  RETURN_IF_ERROR(
      db.Query(absl::StrCat("SELECT commitment_id, body_id FROM commitment_bodies WHERE "
                            "commitment_id IN ",
                            in, " AND place > 0 ORDER BY commitment_id, place"),
               in_params, [&](const mysql::Row& row) {
                 by_id.at(row.Text(0))->content.supporting.push_back(row.Text(1));
                 return absl::OkStatus();
               }));
  // Once the agreement has ended early, nothing that was next may be owed any more.
  RETURN_IF_ERROR(
      db.Query(absl::StrCat("SELECT c.id FROM commitments c JOIN obligations b ON "
                            "b.obligation_key = CONCAT('fulfil:', c.id, ':', c.next_number) WHERE "
                            "c.id IN ",
                            in, " AND c.next_number > 0 AND b.state = 3"),
               in_params, [&](const mysql::Row& row) {
                 Commitment& ended = *by_id.at(row.Text(0));
                 ended.next_number = 0;
                 ended.next_due.reset();
                 return absl::OkStatus();
               }));
  return commitments;
}

absl::Status InsertCommitmentRow(mysql::Connection& db, const Commitment& c) {
  std::vector<Value> params = ChangingValues(c);
  params.insert(params.end(), {c.id, c.plan, c.agreement, c.unit, c.term_start, Int(c.year),
                               c.days.first, c.days.last, c.create_time});
  RETURN_IF_ERROR(db.Execute(kInsert, params).status());
  return WriteBodies(db, c);
}

absl::Status UpdateCommitmentRow(mysql::Connection& db, const Commitment& before,
                                 const Commitment& after) {
  std::vector<Value> params = ChangingValues(after);
  params.insert(params.end(), {before.id, before.revision});
  ASSIGN_OR_RETURN(const int64_t found, db.Execute(kUpdate, params));
  if (found != 1) return Internal("a commitment was changed without being locked");
  if (before.content.lead == after.content.lead &&
      before.content.supporting == after.content.supporting) {
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(
      db.Execute("DELETE FROM commitment_bodies WHERE commitment_id = ?", {after.id}).status());
  return WriteBodies(db, after);
}

Occurrence OccurrenceOf(const mysql::Row& row) {
  Occurrence o;
  o.commitment = row.Text(0);
  o.number = SmallOf(row, 1);
  o.due = {row.Day(2), {row.Day(3), row.Day(4)}, row.Text(5), row.Text(6)};
  o.calendar_revision = row.Int(7);
  o.event = row.Text(8);
  o.state = static_cast<OccurrenceState>(row.Int(9));
  if (!row.IsNull(10)) o.fulfil_day = row.Day(10);
  o.late = row.Int(11) != 0;
  if (!row.IsNull(12)) o.confirm_day = row.Day(12);
  o.confirmed_by = row.Text(13);
  o.refusals = SmallOf(row, 14);
  o.refuse_reason = row.Text(15);
  o.revision = row.Int(16);
  return o;
}

absl::Status InsertOccurrenceRows(mysql::Connection& db, const Commitment& commitment,
                                  const std::vector<Occurrence>& occurrences) {
  if (occurrences.empty()) return absl::OkStatus();
  std::string sql =
      "INSERT INTO commitment_occurrences (commitment_id, number, agreement_id, lead_id, due_day, "
      "period_first, period_last, calculation_vi, calculation_en, calendar_revision, event_id, "
      "state, late, refusals, refuse_reason, revision) VALUES ";
  std::vector<Value> params;
  for (const Occurrence& o : occurrences) {
    sql += params.empty() ? "(?,?,?,?,?,?,?,?,?,?,?,?,0,0,'',1)"
                          : ",(?,?,?,?,?,?,?,?,?,?,?,?,0,0,'',1)";
    params.insert(
        params.end(),
        {commitment.id, Int(o.number), commitment.agreement, commitment.content.lead, o.due.day,
         o.due.period.first, o.due.period.last, o.due.calculation_vi, o.due.calculation_en,
         o.calendar_revision, TextOrNull(o.event), Int(static_cast<int>(o.state))});
  }
  return db.Execute(sql, params).status();
}

absl::Status UpdateOccurrenceRow(mysql::Connection& db, const Occurrence& o) {
  ASSIGN_OR_RETURN(
      const int64_t found,
      db.Execute("UPDATE commitment_occurrences SET due_day = ?, period_first = ?, "
                 "period_last = ?, calculation_vi = ?, calculation_en = ?, calendar_revision = ?, "
                 "state = ?, fulfil_day = ?, late = ?, confirm_day = ?, confirmed_by = ?, "
                 "refusals = ?, refuse_reason = ?, revision = ? "
                 "WHERE commitment_id = ? AND number = ? AND revision = ?",
                 {o.due.day, o.due.period.first, o.due.period.last, o.due.calculation_vi,
                  o.due.calculation_en, o.calendar_revision, Int(static_cast<int>(o.state)),
                  OrNull(o.fulfil_day), Int(o.late), OrNull(o.confirm_day),
                  TextOrNull(o.confirmed_by), Int(o.refusals), o.refuse_reason, o.revision,
                  o.commitment, Int(o.number), o.revision - 1}));
  if (found != 1) return Internal("an occurrence was changed without being locked");
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Progress>> LoadProgress(mysql::Connection& db,
                                                   const std::string& commitment, int before,
                                                   int limit) {
  std::vector<Progress> entries;
  RETURN_IF_ERROR(db.Query(
      "SELECT number, kind, body_id, occurrence, text, percent, progress_day, recorded_by, "
      "record_time FROM commitment_progress WHERE commitment_id = ? AND number < ? "
      "ORDER BY number DESC LIMIT ?",
      {commitment, Int(before), Int(limit)}, [&](const mysql::Row& row) {
        Progress& p = entries.emplace_back();
        p.commitment = commitment;
        p.number = SmallOf(row, 0);
        p.kind = static_cast<ProgressKind>(row.Int(1));
        p.body = row.Text(2);
        p.occurrence = SmallOf(row, 3);
        p.text = row.Text(4);
        if (!row.IsNull(5)) p.percent = SmallOf(row, 5);
        p.day = row.Day(6);
        p.recorded_by = row.Text(7);
        p.record_time = row.Time(8);
        return absl::OkStatus();
      }));
  if (entries.empty()) return entries;
  const int newest = entries.front().number;
  RETURN_IF_ERROR(
      db.Query("SELECT progress_number, attachment, document_number, document_day, note FROM "
               "commitment_evidence WHERE commitment_id = ? AND progress_number BETWEEN ? AND ? "
               "ORDER BY progress_number, place",
               {commitment, Int(entries.back().number), Int(newest)}, [&](const mysql::Row& row) {
                 // Numbers have no gaps.
                 Evidence& e = entries[newest - SmallOf(row, 0)].evidence.emplace_back();
                 e.attachment = row.Text(1);
                 e.document_number = row.Text(2);
                 if (!row.IsNull(3)) e.document_day = row.Day(3);
                 e.note = row.Text(4);
                 return absl::OkStatus();
               }));
  return entries;
}

absl::Status InsertProgressRow(mysql::Connection& db, const Progress& p) {
  std::optional<int64_t> percent;
  if (p.percent.has_value()) percent = *p.percent;
  RETURN_IF_ERROR(
      db.Execute("INSERT INTO commitment_progress (commitment_id, number, kind, "
                 "body_id, occurrence, text, percent, progress_day, recorded_by, "
                 "record_time) VALUES (?,?,?,?,?,?,?,?,?,?)",
                 {p.commitment, Int(p.number), Int(static_cast<int>(p.kind)), p.body,
                  Int(p.occurrence), p.text, OrNull(percent), p.day, p.recorded_by, p.record_time})
          .status());
  for (size_t i = 0; i < p.evidence.size(); ++i) {
    const Evidence& e = p.evidence[i];
    RETURN_IF_ERROR(db.Execute("INSERT INTO commitment_evidence (commitment_id, progress_number, "
                               "place, attachment, document_number, document_day, note) "
                               "VALUES (?,?,?,?,?,?,?)",
                               {p.commitment, Int(p.number), Int(static_cast<int64_t>(i)),
                                e.attachment, e.document_number, OrNull(e.document_day), e.note})
                        .status());
  }
  return absl::OkStatus();
}

}  // namespace phoihop::agreements::plans
