// Handlers of the yearly tables, with their conversion.
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/fields/fields.h"
#include "common/ledger/write.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "google/protobuf/util/time_util.h"
#include "services/directory/rpc/calendar_service.h"

namespace phoihop::directory {
namespace {

constexpr std::string_view kType = "phoihop.directory.v1.CalendarYear";
constexpr char kPattern[] = "calendarYears/*";
// All tables change under one lock.
constexpr char kRoot[] = "calendarYears";

std::string TableName(int year) { return absl::StrCat("calendarYears/", year); }

// The year of a name; 0 after noting what is wrong.
int ReadYear(const std::string& field, const std::string& name, Checker& checker) {
  const std::string id = checker.Name(field, kPattern, name);
  if (id.empty()) return 0;
  int year = 0;
  if (id.size() == 4 && absl::SimpleAtoi(id, &year) && year >= kFirstCalendarYear &&
      year <= kLastCalendarYear) {
    return year;
  }
  checker.Add(field, "INVALID_NAME",
              {"The name must have the form 'calendarYears/2026', from 2000 to 2199.",
               "Tên phải có dạng 'calendarYears/2026', từ năm 2000 đến 2199."});
  return 0;
}

CalendarTable ReadTable(const v1::CalendarYear& message, const std::string& field,
                        Checker& checker) {
  CalendarTable table;
  table.days.year = ReadYear(field + ".name", message.name(), checker);
  table.days.source = checker.Text(field + ".source", message.source(), 1, 300);
  table.note = checker.Text(field + ".note", message.note(), 0, 1000);
  table.provisional = message.provisional();
  // A list that is too long is refused as a whole, before its texts are looked at.
  if (message.holidays_size() <= kMaxCalendarDays) {
    for (int i = 0; i < message.holidays_size(); ++i) {
      const std::string at = absl::StrCat(field, ".holidays[", i, "]");
      const v1::CalendarYear::Holiday& holiday = message.holidays(i);
      table.days.holidays.push_back(
          {checker.Day(at + ".date", holiday.date()),
           checker.Text(at + ".display_name", holiday.display_name(), 1, 200)});
    }
  } else {
    table.days.holidays.resize(message.holidays_size());
  }
  if (message.worked_dates_size() <= kMaxCalendarDays) {
    for (int i = 0; i < message.worked_dates_size(); ++i) {
      table.days.worked_days.push_back(
          checker.Day(absl::StrCat(field, ".worked_dates[", i, "]"), message.worked_dates(i)));
    }
  } else {
    table.days.worked_days.resize(message.worked_dates_size());
  }
  // Days can be judged together once each can be read.
  if (!checker.ok()) return table;
  for (CalendarViolation& violation : CheckDays(table.days)) {
    std::string at = absl::StrCat(field, violation.worked ? ".worked_dates" : ".holidays");
    if (violation.index >= 0) {
      absl::StrAppend(&at, "[", violation.index, "]", violation.worked ? "" : ".date");
    }
    checker.Add(at, violation.reason, std::move(violation.message));
  }
  table.days = Sorted(std::move(table.days));
  return table;
}

v1::CalendarYear ToProto(const CalendarTable& table) {
  v1::CalendarYear message;
  message.set_name(TableName(table.days.year));
  message.set_year(table.days.year);
  message.set_source(table.days.source);
  message.set_note(table.note);
  message.set_provisional(table.provisional);
  for (const Holiday& holiday : table.days.holidays) {
    v1::CalendarYear::Holiday& day = *message.add_holidays();
    day.set_date(FormatDay(holiday.day));
    day.set_display_name(holiday.name);
  }
  for (const absl::CivilDay day : table.days.worked_days) {
    message.add_worked_dates(FormatDay(day));
  }
  message.set_calendar_revision(table.calendar_revision);
  *message.mutable_update_time() =
      google::protobuf::util::TimeUtil::MicrosecondsToTimestamp(absl::ToUnixMicros(table.updated));
  message.set_etag(Etag(table.revision));
  return message;
}

}  // namespace

absl::StatusOr<v1::CalendarYear> CalendarService::SetCalendarYear(
    const rpc::RequestContext& ctx, const v1::SetCalendarYearRequest& request) const {
  Checker checker;
  checker.RequestId(request.request_id());
  checker.Required("calendar_year", request.has_calendar_year());
  CalendarTable table;
  if (request.has_calendar_year()) {
    table = ReadTable(request.calendar_year(), "calendar_year", checker);
  }
  RETURN_IF_ERROR(checker.status());
  return ledger::Write<v1::CalendarYear>(
      *parts_.writer, ctx, request, {kRoot},
      [&](ledger::Transaction& tx) -> absl::StatusOr<v1::CalendarYear> {
        ASSIGN_OR_RETURN(const CalendarTables tables, parts_.store->LockCalendars(tx));
        const std::string name = TableName(table.days.year);
        const CalendarTable* present = tables.Find(table.days.year);
        RETURN_IF_ERROR(CheckEtag(request.calendar_year().etag(),
                                  present == nullptr ? 0 : present->revision, name));
        if (present != nullptr && SameTable(*present, table)) return ToProto(*present);
        table.revision = present == nullptr ? 1 : present->revision + 1;
        table.calendar_revision = tables.revision + 1;
        table.updated = tx.now();
        RETURN_IF_ERROR(parts_.store->SaveCalendar(tx, table));
        v1::CalendarYear message = ToProto(table);
        tx.Note(ledger::MakeChange(message, name, table.revision,
                                   absl::CivilDay(table.days.year, 1, 1), ""));
        return message;
      });
}

absl::StatusOr<v1::CalendarYear> CalendarService::GetCalendarYear(
    const rpc::RequestContext& ctx, const v1::GetCalendarYearRequest& request) const {
  Checker checker;
  const int year = ReadYear("name", request.name(), checker);
  RETURN_IF_ERROR(checker.status());
  StoreState state;
  ASSIGN_OR_RETURN(const CalendarTables tables, parts_.store->LoadCalendars(ctx.deadline(), state));
  ctx.set_position(state.position);
  const CalendarTable* table = tables.Find(year);
  if (table == nullptr) return NotFound(kType, request.name());
  return ToProto(*table);
}

absl::StatusOr<v1::ListCalendarYearsResponse> CalendarService::ListCalendarYears(
    const rpc::RequestContext& ctx, const v1::ListCalendarYearsRequest&) const {
  StoreState state;
  ASSIGN_OR_RETURN(const CalendarTables tables, parts_.store->LoadCalendars(ctx.deadline(), state));
  ctx.set_position(state.position);
  v1::ListCalendarYearsResponse response;
  for (const CalendarTable& table : tables.tables) *response.add_calendar_years() = ToProto(table);
  return response;
}

absl::StatusOr<v1::WorkCalendar> CalendarService::GetWorkCalendar(
    const rpc::RequestContext& ctx, const v1::GetWorkCalendarRequest& request) const {
  StoreState state;
  ASSIGN_OR_RETURN(const CalendarTables tables, parts_.store->LoadCalendars(ctx.deadline(), state));
  v1::WorkCalendar response;
  response.set_revision(tables.revision);
  response.set_position(state.position);
  if (request.known_revision() != 0 && request.known_revision() == tables.revision) return response;
  for (const CalendarTable& table : tables.tables) *response.add_years() = ToProto(table);
  return response;
}

void CalendarService::Register(rpc::Server::Builder& builder) const {
  const std::string prefix = "phoihop.directory.v1.CalendarService/";
  using S = CalendarService;
  builder.Unary(prefix + "SetCalendarYear", this, &S::SetCalendarYear);
  builder.Unary(prefix + "GetCalendarYear", this, &S::GetCalendarYear);
  builder.Unary(prefix + "ListCalendarYears", this, &S::ListCalendarYears);
  builder.Unary(prefix + "GetWorkCalendar", this, &S::GetWorkCalendar);
}

}  // namespace phoihop::directory
