#include "services/agreements/deadlines/obligation_rows.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/ledger/gather.h"
#include "common/mysql/in_list.h"
#include "common/names/names.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/status/views.h"
#include "common/time/civil.h"
#include "services/agreements/deadlines/due_figures.h"

namespace phoihop::agreements {
namespace {

using mysql::Value;

constexpr size_t kMaxKey = 100;
constexpr size_t kMaxNoticeKey = 150;
// Keys of one statement.
constexpr size_t kLockedAtOnce = 256;

// The columns of kObligationColumns and `late`, in the order of RowValues.
constexpr std::string_view kInsertColumns =
    "INSERT INTO obligations (obligation_key, kind, resource, agreement_id, unit_id, body_id, "
    "area, title, rhythm_kind, rhythm_day, rhythm_weekday, rhythm_working_day, rhythm_event, "
    "rhythm_working_days, after_working_days, basis, due_day, period_first, period_last, "
    "calculation_vi, calculation_en, calendar_revision, pauses, previous_due_day, state, "
    "done_day, late, escalated, update_time, revision, fixed_day, not_before, id, create_time) "
    "VALUES ";
constexpr std::string_view kInsertPlaceholders =
    "(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)";

// The revision is compared although the row is locked: a caller that forgot to lock must not
// pass for a good one.
constexpr std::string_view kUpdate =
    "UPDATE obligations SET obligation_key = ?, kind = ?, resource = ?, agreement_id = ?, "
    "unit_id = ?, body_id = ?, area = ?, title = ?, rhythm_kind = ?, rhythm_day = ?, "
    "rhythm_weekday = ?, rhythm_working_day = ?, rhythm_event = ?, rhythm_working_days = ?, "
    "after_working_days = ?, basis = ?, due_day = ?, period_first = ?, period_last = ?, "
    "calculation_vi = ?, calculation_en = ?, calendar_revision = ?, pauses = ?, "
    "previous_due_day = ?, state = ?, done_day = ?, late = ?, escalated = ?, update_time = ?, "
    "revision = ?, fixed_day = ?, not_before = ? WHERE id = ? AND revision = ?";

constexpr ledger::SharedStatement kNotices{
    "INSERT INTO notices (id, notice_key, body_id, unit_id, resource, kind, text_vi, text_en, "
    "create_time)",
    9, " ON DUPLICATE KEY UPDATE notice_key = notices.notice_key"};

std::string PausesText(const StoredObligation& stored) {
  std::string text;
  const std::vector<DayInterval>& pauses = stored.obligation.pauses;
  for (size_t i = 0; i < pauses.size(); ++i) {
    absl::StrAppend(&text, FormatDay(pauses[i].first), " ", FormatDay(pauses[i].last), " ",
                    i < stored.pause_reasons.size() ? stored.pause_reasons[i] : "", "\n");
  }
  return text;
}

void ReadPauses(const std::string& text, StoredObligation& stored) {
  for (const absl::string_view line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
    const std::vector<std::string> parts = absl::StrSplit(line, absl::MaxSplits(' ', 2));
    if (parts.size() < 3) continue;
    const auto first = ParseDay(parts[0]);
    const auto last = ParseDay(parts[1]);
    if (!first.ok() || !last.ok()) continue;
    stored.obligation.pauses.push_back({*first, *last});
    stored.pause_reasons.push_back(parts[2]);
  }
}

template <class T>
Value OrNull(const std::optional<T>& value) {
  return value.has_value() ? Value(*value) : Value(nullptr);
}

std::vector<Value> RowValues(const StoredObligation& stored) {
  const Obligation& o = stored.obligation;
  std::vector<Value> values = {o.key,           static_cast<int64_t>(o.kind),
                               o.resource,      o.agreement,
                               o.unit,          o.body,
                               int64_t{o.area}, o.title};
  if (o.rhythm.has_value()) {
    values.insert(values.end(), {static_cast<int64_t>(o.rhythm->kind), o.rhythm->day,
                                 int64_t{o.rhythm->weekday}, int64_t{o.rhythm->working_day},
                                 o.rhythm->event, int64_t{o.rhythm->working_days}});
  } else {
    values.insert(values.end(), 6, nullptr);
  }
  std::optional<int64_t> working_days;
  if (o.working_days.has_value()) working_days = *o.working_days;
  values.push_back(OrNull(working_days));
  values.insert(values.end(),
                {o.basis, o.due.day, o.due.period.first, o.due.period.last, o.due.calculation_vi,
                 o.due.calculation_en, o.calendar_revision, PausesText(stored),
                 OrNull(stored.previous_due), static_cast<int64_t>(o.state), OrNull(o.done_day),
                 int64_t{o.late()}, int64_t{stored.escalated}, stored.update_time, stored.revision,
                 OrNull(o.fixed_day), OrNull(o.due.not_before)});
  return values;
}

// The last step of escalation that was taken for the due day.
absl::StatusOr<int> LastStep(mysql::Connection& db, const StoredObligation& stored) {
  int last = 0;
  RETURN_IF_ERROR(
      db.Query("SELECT COALESCE(MAX(step), 0) FROM obligation_steps WHERE obligation_id = ? AND "
               "due_day = ?",
               {stored.id, stored.obligation.due.day}, [&](const mysql::Row& row) {
                 last = static_cast<int>(row.Int(0));
                 return absl::OkStatus();
               }));
  return last;
}

absl::Status Check(const Obligation& o) {
  if (o.key.empty() || o.key.size() > kMaxKey || o.resource.empty() || o.agreement.empty() ||
      o.unit <= 0 || o.body.empty()) {
    return Internal(absl::StrCat("an obligation is not whole: key '", o.key, "', resource '",
                                 o.resource, "', agreement '", o.agreement, "', unit ", o.unit,
                                 ", body '", o.body, "'"));
  }
  return absl::OkStatus();
}

}  // namespace

StoredObligation StoredObligationOf(const mysql::Row& row, int first) {
  StoredObligation stored;
  Obligation& o = stored.obligation;
  int at = first;
  stored.id = row.Text(at++);
  o.key = row.Text(at++);
  o.kind = static_cast<ObligationKind>(row.Int(at++));
  o.resource = row.Text(at++);
  o.agreement = row.Text(at++);
  o.unit = row.Int(at++);
  o.body = row.Text(at++);
  o.area = static_cast<int>(row.Int(at++));
  o.title = row.Text(at++);
  if (!row.IsNull(at)) {
    o.rhythm = Rhythm{
        static_cast<RhythmKind>(row.Int(at)), row.Day(at + 1),  static_cast<int>(row.Int(at + 2)),
        static_cast<int>(row.Int(at + 3)),    row.Text(at + 4), static_cast<int>(row.Int(at + 5))};
  }
  at += 6;
  if (!row.IsNull(at)) o.working_days = static_cast<int>(row.Int(at));
  ++at;
  o.basis = row.Day(at++);
  o.due.day = row.Day(at++);
  o.due.period.first = row.Day(at++);
  o.due.period.last = row.Day(at++);
  o.due.calculation_vi = row.Text(at++);
  o.due.calculation_en = row.Text(at++);
  o.calendar_revision = row.Int(at++);
  ReadPauses(row.Text(at++), stored);
  if (!row.IsNull(at)) stored.previous_due = row.Day(at);
  ++at;
  o.state = static_cast<ObligationState>(row.Int(at++));
  if (!row.IsNull(at)) o.done_day = row.Day(at);
  ++at;
  stored.escalated = static_cast<int>(row.Int(at++));
  stored.create_time = row.Time(at++);
  stored.update_time = row.Time(at++);
  stored.revision = row.Int(at++);
  if (!row.IsNull(at)) o.fixed_day = row.Day(at);
  ++at;
  if (!row.IsNull(at)) o.due.not_before = row.Day(at);
  return stored;
}

absl::StatusOr<std::vector<StoredObligation>> SelectObligations(mysql::Connection& db,
                                                                std::string_view rest,
                                                                mysql::Params params) {
  std::vector<StoredObligation> found;
  RETURN_IF_ERROR(db.Query(
      absl::StrCat("SELECT ", AbslView(kObligationColumns), " FROM obligations o ", AbslView(rest)),
      params, [&](const mysql::Row& row) {
        found.push_back(StoredObligationOf(row));
        return absl::OkStatus();
      }));
  return found;
}

absl::StatusOr<std::vector<StoredObligation>> LockObligations(mysql::Connection& db,
                                                              std::string_view column,
                                                              std::vector<std::string> values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  std::vector<StoredObligation> all;
  for (size_t at = 0; at < values.size(); at += kLockedAtOnce) {
    const auto part = absl::MakeConstSpan(values).subspan(at, kLockedAtOnce);
    std::vector<Value> params;
    const std::string in = mysql::InList(part, params);
    ASSIGN_OR_RETURN(
        std::vector<StoredObligation> found,
        SelectObligations(db,
                          absl::StrCat("WHERE o.", AbslView(column), " IN ", in, " ORDER BY o.",
                                       AbslView(column), " FOR UPDATE"),
                          params));
    std::move(found.begin(), found.end(), std::back_inserter(all));
  }
  return all;
}

absl::Status InsertObligations(ledger::Transaction& tx,
                               std::vector<StoredObligation>& obligations) {
  DueFigures figures;
  for (size_t at = 0; at < obligations.size();) {
    const size_t left = obligations.size() - at;
    const size_t chunk = std::min<size_t>(absl::bit_floor(left), 32);
    std::string sql(kInsertColumns);
    std::vector<Value> params;
    for (size_t i = 0; i < chunk; ++i) {
      StoredObligation& stored = obligations[at + i];
      RETURN_IF_ERROR(Check(stored.obligation));
      stored.id = NewId(tx.now());
      stored.create_time = stored.update_time = tx.now();
      stored.revision = 1;
      absl::StrAppend(&sql, i == 0 ? "" : ",", AbslView(kInsertPlaceholders));
      for (Value& value : RowValues(stored)) params.push_back(std::move(value));
      params.insert(params.end(), {stored.id, stored.create_time});
      figures.Change(nullptr, &stored);
    }
    RETURN_IF_ERROR(tx.db().Execute(sql, params).status());
    at += chunk;
  }
  figures.Gather(tx);
  return absl::OkStatus();
}

absl::Status UpdateObligation(ledger::Transaction& tx, const StoredObligation& before,
                              StoredObligation& after) {
  RETURN_IF_ERROR(Check(after.obligation));
  after.revision = before.revision + 1;
  after.update_time = tx.now();
  if (after.obligation.due.day != before.obligation.due.day) {
    ASSIGN_OR_RETURN(after.escalated, LastStep(tx.db(), after));
  }
  std::vector<Value> params = RowValues(after);
  params.insert(params.end(), {before.id, before.revision});
  ASSIGN_OR_RETURN(const int64_t found, tx.db().Execute(kUpdate, params));
  if (found != 1) return Internal("an obligation was changed without being locked");
  DueFigures figures;
  figures.Change(&before, &after);
  figures.Gather(tx);
  return absl::OkStatus();
}

absl::Status WithdrawObligations(ledger::Transaction& tx,
                                 const std::vector<StoredObligation>& open) {
  DueFigures figures;
  std::vector<std::string> ids;
  for (const StoredObligation& before : open) {
    StoredObligation after = before;
    after.obligation.state = ObligationState::kWithdrawn;
    figures.Change(&before, &after);
    ids.push_back(before.id);
  }
  for (size_t at = 0; at < ids.size(); at += kLockedAtOnce) {
    const auto part = absl::MakeConstSpan(ids).subspan(at, kLockedAtOnce);
    std::vector<Value> params = {static_cast<int64_t>(ObligationState::kWithdrawn), tx.now()};
    const std::string in = mysql::InList(part, params);
    RETURN_IF_ERROR(tx.db()
                        .Execute(absl::StrCat("UPDATE obligations SET state = ?, update_time = ?, "
                                              "revision = revision + 1 WHERE id IN ",
                                              in),
                                 params)
                        .status());
  }
  figures.Gather(tx);
  return absl::OkStatus();
}

absl::Status GatherNotice(ledger::Transaction& tx, const Notice& notice) {
  if (notice.key.empty() || notice.key.size() > kMaxNoticeKey || notice.unit <= 0) {
    return Internal(
        absl::StrCat("a notice is not whole: key '", notice.key, "', unit ", notice.unit));
  }
  const std::string id = NewId(tx.now());
  tx.Gather(kNotices, notice.key,
            {id, notice.key, notice.body, notice.unit, notice.resource, notice.kind, notice.text_vi,
             notice.text_en, tx.now()});
  // Where the notice was given before, the change names none, and nobody is sent anything.
  GatherNoticeChange(tx, id);
  return absl::OkStatus();
}

}  // namespace phoihop::agreements
