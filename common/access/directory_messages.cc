#include "common/access/directory_messages.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "common/names/names.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/time/civil.h"
#include "phoihop/directory/v1/calendars.pb.h"
#include "phoihop/directory/v1/directory.pb.h"
#include "phoihop/directory/v1/resources.pb.h"

namespace phoihop::access {
namespace {

absl::StatusOr<absl::CivilDay> Bound(const std::string& text, absl::CivilDay open) {
  if (text.empty()) return open;
  return ParseDay(text);
}

}  // namespace

absl::StatusOr<std::shared_ptr<const UnitTree>> TreeFromMessage(
    const directory::v1::TreeSnapshot& message) {
  UnitTree::Builder builder;
  for (const directory::v1::UnitHistory& unit : message.units()) {
    for (const directory::v1::UnitHistory::Version& version : unit.versions()) {
      const absl::StatusOr<absl::CivilDay> from = Bound(version.from(), kFirstDay);
      const absl::StatusOr<absl::CivilDay> until = Bound(version.until(), kEndOfDays);
      if (!from.ok() || !until.ok()) return Internal("the directory's tree has an unreadable day");
      builder.Add(unit.id(), UnitVersion{*from, *until, version.code(), version.display_name(),
                                         version.kind(), version.level(), version.parent_id()});
    }
  }
  return std::move(builder).Build(message.version());
}

absl::StatusOr<std::shared_ptr<const WorkCalendar>> CalendarFromMessage(
    const directory::v1::WorkCalendar& message) {
  std::vector<CalendarYear> years;
  for (const directory::v1::CalendarYear& table : message.years()) {
    CalendarYear& year = years.emplace_back();
    year.year = table.year();
    year.source = table.source();
    for (const directory::v1::CalendarYear::Holiday& holiday : table.holidays()) {
      const absl::StatusOr<absl::CivilDay> day = ParseDay(holiday.date());
      if (!day.ok()) return Internal("the directory's calendar has an unreadable day");
      year.holidays.push_back({*day, holiday.display_name()});
    }
    for (const std::string& date : table.worked_dates()) {
      const absl::StatusOr<absl::CivilDay> day = ParseDay(date);
      if (!day.ok()) return Internal("the directory's calendar has an unreadable day");
      year.worked_days.push_back(*day);
    }
  }
  return std::make_shared<const WorkCalendar>(std::move(years), message.revision());
}

absl::StatusOr<BodyChanges> BodyFromMessage(const directory::v1::Body& message) {
  BodyChanges body;
  body.body = message.name();
  ASSIGN_OR_RETURN(body.unit, ParseUnitName(message.unit(), "unit"));
  for (const directory::v1::Body::NameVersion& name : message.names()) {
    ASSIGN_OR_RETURN(const absl::CivilDay from, Bound(name.valid_from(), kFirstDay));
    body.names.push_back({from, name.display_name()});
  }
  if (body.names.empty()) body.names.push_back({kFirstDay, message.display_name()});
  ASSIGN_OR_RETURN(body.until, Bound(message.valid_until(), kEndOfDays));
  for (const directory::v1::Body::Successor& successor : message.successors()) {
    ASSIGN_OR_RETURN(const int64_t unit, ParseUnitName(successor.unit(), "unit"));
    body.successors.push_back({successor.body(), unit, successor.display_name()});
  }
  return body;
}

absl::StatusOr<Grant> GrantFromMessage(const directory::v1::Grant& message) {
  Grant grant;
  grant.id = message.name();
  grant.member = message.member();
  // The contract's enum is the table of roles in capitals.
  grant.role = absl::AsciiStrToLower(directory::v1::Grant::Role_Name(message.role()));
  grant.body = message.body();
  ASSIGN_OR_RETURN(grant.unit, ParseUnitName(message.unit(), "unit"));
  grant.revoked = message.has_revoke_time();
  return grant;
}

}  // namespace phoihop::access
