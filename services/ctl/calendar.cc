#include "services/ctl/calendar.h"

#include <google/protobuf/util/json_util.h>

#include <cstdio>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/status/macros.h"
#include "phoihop/directory/v1/calendars.grpc.pb.h"
#include "services/ctl/client.h"
#include "services/ctl/output.h"

ABSL_FLAG(bool, missing_only, false,
          "calendar import: leave the years alone that have a table, as deploy/up does");

namespace phoihop::ctl {
namespace {

namespace pb = ::phoihop::directory::v1;
using Stub = pb::CalendarService::Stub;

absl::StatusOr<std::vector<pb::CalendarYear>> ReadFiles(const Arguments& files) {
  std::vector<pb::CalendarYear> tables;
  for (const std::string& file : files) {
    ASSIGN_OR_RETURN(const std::string text, ReadFile(file));
    absl::StatusOr<pb::CalendarYear> table = ReadCalendar(text);
    if (!table.ok()) {
      return absl::InvalidArgumentError(absl::StrCat(file, ": ", table.status().message()));
    }
    tables.push_back(*std::move(table));
  }
  return tables;
}

// The tables there are, by name.
absl::StatusOr<std::map<std::string, pb::CalendarYear>> Present(Client& client) {
  auto stub = pb::CalendarService::NewStub(client.channel("directory"));
  ASSIGN_OR_RETURN(const pb::ListCalendarYearsResponse response,
                   rpc::Call(*stub, &Stub::ListCalendarYears, {}, client.Options()));
  std::map<std::string, pb::CalendarYear> tables;
  for (const pb::CalendarYear& table : response.calendar_years()) tables[table.name()] = table;
  return tables;
}

// One try is known by its request id, so that a lost answer is asked for again.
absl::StatusOr<pb::CalendarYear> Set(Client& client, const pb::CalendarYear& table) {
  auto stub = pb::CalendarService::NewStub(client.channel("directory"));
  pb::SetCalendarYearRequest request;
  *request.mutable_calendar_year() = table;
  request.set_request_id(RandomUuid());
  for (int attempt = 1;; ++attempt) {
    auto response = rpc::Call(*stub, &Stub::SetCalendarYear, request, client.Options());
    if (response.ok() || !absl::IsUnavailable(response.status()) || attempt == 5) return response;
    absl::SleepFor(absl::Seconds(attempt));
  }
}

absl::Status ImportAll(Client& client, const Arguments& files) {
  // All files are read before the first is sent.
  ASSIGN_OR_RETURN(const std::vector<pb::CalendarYear> tables, ReadFiles(files));
  ASSIGN_OR_RETURN(const auto present, Present(client));
  for (const pb::CalendarYear& table : tables) {
    const auto before = present.find(table.name());
    if (before != present.end() && absl::GetFlag(FLAGS_missing_only)) continue;
    const absl::StatusOr<pb::CalendarYear> after = Set(client, table);
    if (!after.ok()) {
      SayError(absl::StrCat("Không nạp được ", table.name()),
               absl::StrCat(table.name(), " was not imported"), after.status());
      return after.status();
    }
    if (before != present.end() && before->second.etag() == after->etag()) {
      Say(absl::StrCat("Năm ", after->year(), ": không thay đổi"),
          absl::StrCat(after->year(), ": no change"));
      continue;
    }
    Say(absl::StrCat("Năm ", after->year(), ": ", after->holidays_size(), " ngày nghỉ, ",
                     after->worked_dates_size(), " ngày làm bù",
                     after->provisional() ? "; còn điểm chưa xác nhận" : ""),
        absl::StrCat(after->year(), ": ", after->holidays_size(), " days off, ",
                     after->worked_dates_size(), " worked in exchange",
                     after->provisional() ? "; not everything is confirmed" : ""));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<pb::CalendarYear> ReadCalendar(const std::string& text) {
  pb::CalendarYear table;
  const auto parsed = google::protobuf::util::JsonStringToMessage(text, &table);
  if (!parsed.ok() || table.name().empty()) {
    return absl::InvalidArgumentError("this is no CalendarYear as JSON");
  }
  return table;
}

int ImportCalendars(Client& client, const Arguments& files) {
  if (files.empty()) {
    std::fputs("calendar import FILE...\n", stderr);
    return 2;
  }
  const absl::Status status = ImportAll(client, files);
  if (status.ok()) return 0;
  SayError("Chưa nạp hết bảng ngày nghỉ", "Not all tables of working days were imported", status);
  return 1;
}

int ListCalendars(Client& client, const Arguments&) {
  const auto tables = Present(client);
  if (!tables.ok()) {
    SayError("Không liệt kê được", "The tables could not be listed", tables.status());
    return 1;
  }
  for (const auto& [name, table] : *tables) {
    std::printf("%d  %2d nghỉ/off  %2d làm bù/worked  %s%s\n", table.year(), table.holidays_size(),
                table.worked_dates_size(), table.source().c_str(),
                table.provisional() ? "  [tạm thời/provisional]" : "");
    if (!table.note().empty()) std::printf("      %s\n", table.note().c_str());
  }
  return 0;
}

}  // namespace phoihop::ctl
