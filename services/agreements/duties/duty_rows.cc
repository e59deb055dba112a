// Rows of duties and their occurrences.
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/mysql/in_list.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/status/views.h"
#include "common/text/text.h"
#include "common/time/civil.h"
#include "services/agreements/duties/row_values.h"
#include "services/agreements/duties/rows.h"
#include "services/agreements/lists/read.h"

namespace phoihop::agreements::duties {
namespace {

using mysql::Value;

// Bytes of a sort key that are kept, as in the column.
constexpr size_t kTitleKey = 100;

constexpr std::string_view kDutyColumns =
    "d.id, d.agreement_id, d.unit_id, d.term_start, d.from_id, d.kind, d.title, d.description, "
    "d.area, d.rhythm_kind, d.rhythm_day, d.rhythm_weekday, d.rhythm_working_day, "
    "d.rhythm_event, d.rhythm_working_days, d.first_day, d.last_day, d.state, d.ended_day, "
    "d.end_reason, d.create_time, d.update_time, d.revision";

// While an occurrence is open, its obligation has the day, and may have been withdrawn.
constexpr std::string_view kOccurrenceColumns =
    "o.duty_id, o.number, COALESCE(b.due_day, o.due_day), o.period_first, o.period_last, "
    "COALESCE(b.calculation_vi, o.calculation_vi), COALESCE(b.calculation_en, o.calculation_en), "
    "COALESCE(b.calendar_revision, o.calendar_revision), o.event_id, "
    "IF(COALESCE(b.state, 0) = 3, 3, o.state), o.delivery_id, o.delivered_day, o.late, "
    "o.withdrawals, o.revision, IF(o.withdrawals > 0, (SELECT MAX(v.delivered_day) FROM "
    "deliveries v WHERE v.duty_id = o.duty_id AND v.occurrence = o.number AND v.state = 3), NULL)";
constexpr std::string_view kOccurrenceTables =
    "duty_occurrences o LEFT JOIN obligations b ON o.state = 1 AND "
    "b.obligation_key = CONCAT('deliver:', o.duty_id, ':', o.number)";

Duty DutyOf(const mysql::Row& row) {
  Duty d;
  d.id = row.Text(0);
  d.agreement = row.Text(1);
  d.unit = row.Int(2);
  d.term_start = row.Day(3);
  d.content.from_body = row.Text(4);
  d.content.kind = static_cast<DutyKind>(row.Int(5));
  d.content.title = row.Text(6);
  d.content.description = row.Text(7);
  d.content.area = SmallOf(row, 8);
  d.content.rhythm.kind = static_cast<RhythmKind>(row.Int(9));
  d.content.rhythm.day = row.Day(10);
  d.content.rhythm.weekday = SmallOf(row, 11);
  d.content.rhythm.working_day = SmallOf(row, 12);
  d.content.rhythm.event = row.Text(13);
  d.content.rhythm.working_days = SmallOf(row, 14);
  d.days = {row.Day(15), row.Day(16)};
  d.state = static_cast<DutyState>(row.Int(17));
  d.last_day = DayOf(row, 18);
  d.end_reason = row.Text(19);
  d.create_time = row.Time(20);
  d.update_time = row.Time(21);
  d.revision = row.Int(22);
  return d;
}

Occurrence OccurrenceOf(const mysql::Row& row) {
  Occurrence o;
  o.duty = row.Text(0);
  o.number = SmallOf(row, 1);
  o.due = DueOf(row, 2);
  o.calendar_revision = row.Int(7);
  o.event = row.Text(8);
  o.state = static_cast<OccurrenceState>(row.Int(9));
  o.delivery = row.Text(10);
  o.delivered_day = DayOf(row, 11);
  o.late = row.Int(12) != 0;
  o.withdrawals = SmallOf(row, 13);
  o.revision = row.Int(14);
  o.withdrawn_day = DayOf(row, 15);
  return o;
}

}  // namespace

absl::StatusOr<std::vector<Duty>> LoadDuties(mysql::Connection& db, std::string_view where,
                                             const std::vector<Value>& params) {
  std::vector<Duty> duties;
  std::vector<std::string> ids;
  RETURN_IF_ERROR(db.Query(
      absl::StrCat("SELECT ", AbslView(kDutyColumns), " FROM duties d WHERE ", AbslView(where)),
      params, [&](const mysql::Row& row) {
        duties.push_back(DutyOf(row));
        ids.push_back(duties.back().id);
        return absl::OkStatus();
      }));
  if (ids.empty()) return duties;
  absl::flat_hash_map<std::string, Duty*> by_id;
  for (Duty& duty : duties) by_id.emplace(duty.id, &duty);
  std::vector<Value> in_params;
  const std::string in = mysql::InList(ids, in_params);
  RETURN_IF_ERROR(
      db.Query(absl::StrCat("SELECT record_id, body_id FROM information_bodies WHERE record_id "
                            "IN ",
                            in, " AND place > 0 ORDER BY record_id, place"),
               in_params, [&](const mysql::Row& row) {
                 by_id.at(row.Text(0))->content.to_bodies.push_back(row.Text(1));
                 return absl::OkStatus();
               }));
  return duties;
}

absl::StatusOr<std::vector<Occurrence>> LoadOccurrences(mysql::Connection& db,
                                                        std::string_view where,
                                                        const std::vector<Value>& params) {
  std::vector<Occurrence> occurrences;
  RETURN_IF_ERROR(db.Query(absl::StrCat("SELECT ", AbslView(kOccurrenceColumns), " FROM ",
                                        AbslView(kOccurrenceTables), " WHERE ", AbslView(where)),
                           params, [&](const mysql::Row& row) {
                             occurrences.push_back(OccurrenceOf(row));
                             return absl::OkStatus();
                           }));
  return occurrences;
}

absl::StatusOr<std::vector<KeptDuty>> LoadSummaries(mysql::Connection& db,
                                                    std::vector<Duty> duties) {
  std::vector<KeptDuty> kept;
  absl::flat_hash_map<std::string, size_t> place;
  std::vector<std::string> ids;
  for (Duty& duty : duties) {
    place.emplace(duty.id, kept.size());
    ids.push_back(duty.id);
    kept.push_back({std::move(duty), {}});
  }
  std::vector<Value> params;
  const std::string in = mysql::InList(ids, params);
  // One row for each duty, whatever the number of its occurrences; only open ones look at their
  // obligation. The first of those is found as "2024-03-08 0000000003".
  RETURN_IF_ERROR(db.Query(
      absl::StrCat("SELECT o.duty_id, COUNT(*), SUM(o.state = 2), SUM(o.late), MIN(IF(o.state = 1, "
                   "CONCAT(COALESCE(b.due_day, o.due_day), ' ', LPAD(o.number, 10, '0')), NULL)) "
                   "FROM ",
                   AbslView(kOccurrenceTables), " WHERE o.duty_id IN ", in,
                   " AND o.state IN (1, 2) AND COALESCE(b.state, 0) <> 3 GROUP BY o.duty_id"),
      params, [&](const mysql::Row& row) -> absl::Status {
        DutySummary& summary = kept[place.at(row.Text(0))].summary;
        summary.occurrences = SmallOf(row, 1);
        summary.delivered = SmallOf(row, 2);
        summary.late = SmallOf(row, 3);
        if (row.IsNull(4)) return absl::OkStatus();
        const std::pair<std::string, std::string> next = absl::StrSplit(row.Text(4), ' ');
        ASSIGN_OR_RETURN(summary.next_due, ParseDay(next.first));
        if (!absl::SimpleAtoi(next.second, &summary.next_number)) {
          return Internal("the number of an occurrence cannot be read");
        }
        return absl::OkStatus();
      }));
  return kept;
}

absl::Status InsertDutyRow(mysql::Connection& db, const Duty& d) {
  const DutyContent& content = d.content;
  const Rhythm& rhythm = content.rhythm;
  const std::vector<Value> params = {d.id,
                                     d.agreement,
                                     d.unit,
                                     d.term_start,
                                     content.from_body,
                                     Int(static_cast<int>(content.kind)),
                                     content.title,
                                     Fold(content.title),
                                     mysql::Bytes(SortKey(content.title).substr(0, kTitleKey)),
                                     content.description,
                                     Fold(content.description),
                                     Int(content.area),
                                     Int(static_cast<int>(rhythm.kind)),
                                     rhythm.day,
                                     Int(rhythm.weekday),
                                     Int(rhythm.working_day),
                                     TextOrNull(rhythm.event),
                                     Int(rhythm.working_days),
                                     d.days.first,
                                     d.days.last,
                                     Int(static_cast<int>(d.state)),
                                     OrNull(d.last_day),
                                     d.end_reason,
                                     d.create_time,
                                     d.update_time,
                                     d.revision};
  RETURN_IF_ERROR(
      db.Execute(absl::StrCat("INSERT INTO duties (id, agreement_id, unit_id, term_start, from_id, "
                              "kind, title, title_fold, title_key, description, description_fold, "
                              "area, rhythm_kind, rhythm_day, rhythm_weekday, rhythm_working_day, "
                              "rhythm_event, rhythm_working_days, first_day, last_day, state, "
                              "ended_day, end_reason, create_time, update_time, revision) VALUES (",
                              Marks(params.size()), ")"),
                 params)
          .status());
  std::vector<std::string> bodies = content.to_bodies;
  bodies.insert(bodies.begin(), content.from_body);
  return InsertBodyRows(db, d.id, bodies);
}

absl::Status InsertBodyRows(mysql::Connection& db, const std::string& record,
                            const std::vector<std::string>& bodies) {
  std::string sql = "INSERT INTO information_bodies (record_id, place, body_id) VALUES ";
  std::vector<Value> params;
  int64_t place = 0;
  for (const std::string& body : bodies) {
    sql += params.empty() ? "(?,?,?)" : ",(?,?,?)";
    params.insert(params.end(), {record, place++, body});
  }
  return db.Execute(sql, params).status();
}

absl::Status UpdateDutyRow(mysql::Connection& db, const Duty& before, const Duty& after) {
  ASSIGN_OR_RETURN(
      const int64_t found,
      db.Execute("UPDATE duties SET state = ?, ended_day = ?, end_reason = ?, update_time = ?, "
                 "revision = ? WHERE id = ? AND revision = ?",
                 {Int(static_cast<int>(after.state)), OrNull(after.last_day), after.end_reason,
                  after.update_time, after.revision, before.id, before.revision}));
  if (found != 1) return Internal("a duty was changed without being locked");
  return absl::OkStatus();
}

absl::Status InsertOccurrenceRows(mysql::Connection& db,
                                  const std::vector<Occurrence>& occurrences) {
  if (occurrences.empty()) return absl::OkStatus();
  std::string sql =
      "INSERT INTO duty_occurrences (duty_id, number, due_day, period_first, period_last, "
      "calculation_vi, calculation_en, calendar_revision, event_id, state, late, withdrawals, "
      "revision) VALUES ";
  std::vector<Value> params;
  for (const Occurrence& o : occurrences) {
    sql += params.empty() ? "(?,?,?,?,?,?,?,?,?,?,0,0,1)" : ",(?,?,?,?,?,?,?,?,?,?,0,0,1)";
    params.insert(params.end(), {o.duty, Int(o.number)});
    AppendDue(o.due, params);
    params.insert(params.end(),
                  {o.calendar_revision, TextOrNull(o.event), Int(static_cast<int>(o.state))});
  }
  return db.Execute(sql, params).status();
}

absl::Status UpdateOccurrenceRow(mysql::Connection& db, const Occurrence& o) {
  std::vector<Value> params;
  AppendDue(o.due, params);
  params.insert(params.end(),
                {o.calendar_revision, Int(static_cast<int>(o.state)), TextOrNull(o.delivery),
                 OrNull(o.delivered_day), Int(o.late), Int(o.withdrawals), o.revision, o.duty,
                 Int(o.number), o.revision - 1});
  ASSIGN_OR_RETURN(
      const int64_t found,
      db.Execute("UPDATE duty_occurrences SET due_day = ?, period_first = ?, period_last = ?, "
                 "calculation_vi = ?, calculation_en = ?, calendar_revision = ?, state = ?, "
                 "delivery_id = ?, delivered_day = ?, late = ?, withdrawals = ?, revision = ? "
                 "WHERE duty_id = ? AND number = ? AND revision = ?",
                 params));
  if (found != 1) return Internal("an occurrence was changed without being locked");
  return absl::OkStatus();
}

}  // namespace phoihop::agreements::duties
