#include "services/opinions/rpc/converters.h"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/names/names.h"
#include "common/status/views.h"
#include "common/text/text.h"
#include "common/time/civil.h"

namespace phoihop::opinions {
namespace {

std::string Join(std::string_view path, std::string_view field) {
  return absl::StrCat(AbslView(path), ".", AbslView(field));
}

// A field of several values: REQUIRED when it is the unspecified one, otherwise
// INVALID_VALUE for a number that this version does not know.
void AddBadEnum(std::string_view field, int number, Checker& checker) {
  if (number == 0) {
    checker.Required(field, false);
  } else {
    checker.Add(field, "INVALID_VALUE",
                {"The value is not one of those defined.", "Giá trị không được định nghĩa."});
  }
}

// A required day; absent after noting what is wrong.
std::optional<absl::CivilDay> RequiredDay(const std::string& field, const std::string& value,
                                          Checker& checker) {
  if (value.empty()) {
    checker.Required(field, false);
    return std::nullopt;
  }
  return checker.OptionalDay(field, value);
}

std::string ReadReference(const std::string& field, const std::string& value, Checker& checker) {
  // Too long or unclean text gets the general violation, any other the rule.
  std::string reference = checker.Text(field, value, 1, kMaxReference);
  if (!reference.empty() && !IsReference(reference)) {
    checker.Add(field, "INVALID_REFERENCE",
                {"The reference must consist of letters, digits and . / - _, with a digit.",
                 "Số hiệu chỉ gồm chữ cái, chữ số và các dấu . / - _, trong đó có chữ số."});
  }
  return reference;
}

void SetTime(absl::Time time, google::protobuf::Timestamp* out) {
  const int64_t micros = absl::ToUnixMicros(time);
  // Floor, so that instants before 1970 keep nanos within 0 to 1e9.
  int64_t seconds = micros / 1000000;
  if (micros % 1000000 < 0) --seconds;
  out->set_seconds(seconds);
  out->set_nanos(static_cast<int32_t>((micros - seconds * 1000000) * 1000));
}

int32_t Narrow(int64_t count) {
  return static_cast<int32_t>(std::min<int64_t>(count, std::numeric_limits<int32_t>::max()));
}

}  // namespace

void AddViolations(const Violations& violations, std::string_view path, Checker& checker) {
  for (const Violation& violation : violations) {
    checker.Add(Join(path, violation.field), violation.reason, violation.message);
  }
}

OpinionEntry ReadEntry(const v1::OpinionEntry& message, std::string_view path, absl::CivilDay today,
                       Checker& checker) {
  OpinionEntry entry;
  entry.unit = checker.Unit(Join(path, "unit"), message.unit());
  entry.topic = checker.Text(Join(path, "topic"), message.topic(), 1, kMaxTopic);
  if (const std::optional<Channel> channel = ChannelOf(message.channel()); channel.has_value()) {
    entry.channel = *channel;
  } else {
    AddBadEnum(Join(path, "channel"), message.channel(), checker);
  }
  entry.text = checker.Paragraphs(Join(path, "text"), message.text(), 1, kMaxText);
  if (message.has_voiced_count()) {
    entry.voiced = static_cast<int32_t>(
        checker.Count(Join(path, "voiced_count"), message.voiced_count(), 1, kMaxVoiced));
  }
  const std::optional<absl::CivilDay> heard =
      RequiredDay(Join(path, "heard_date"), message.heard_date(), checker);
  AddViolations(CheckHeard(heard, today), path, checker);
  entry.heard = heard.value_or(absl::CivilDay());
  return entry;
}

Petition ReadPetition(const v1::Petition& message, std::string_view path,
                      std::optional<int64_t> unit, absl::CivilDay today, Checker& checker) {
  Petition petition;
  if (!unit.has_value()) {
    petition.unit = checker.Unit(Join(path, "unit"), message.unit());
  } else {
    petition.unit = *unit;
    if (!message.unit().empty() && message.unit() != UnitName(*unit)) {
      checker.Add(Join(path, "unit"), "UNIT_DIFFERS",
                  {"The unit must be that of the request, or empty.",
                   "Đơn vị phải trùng với đơn vị của yêu cầu, hoặc để trống."});
    }
  }
  petition.reference = ReadReference(Join(path, "reference"), message.reference(), checker);
  if (const std::optional<PetitionKind> kind = PetitionKindOf(message.kind()); kind.has_value()) {
    petition.kind = *kind;
  } else {
    AddBadEnum(Join(path, "kind"), message.kind(), checker);
  }
  PetitionDates dates;
  dates.received = RequiredDay(Join(path, "received_date"), message.received_date(), checker);
  dates.due = checker.OptionalDay(Join(path, "due_date"), message.due_date());
  dates.resolved = checker.OptionalDay(Join(path, "resolved_date"), message.resolved_date());
  AddViolations(CheckDates(dates, today), path, checker);
  petition.received = dates.received.value_or(absl::CivilDay());
  petition.due = dates.due;
  petition.resolved = dates.resolved;
  return petition;
}

std::optional<PetitionKind> ReadKindFilter(v1::Petition::Kind kind, std::string_view field,
                                           Checker& checker) {
  const std::optional<PetitionKind> known = PetitionKindOf(kind);
  if (!known.has_value() && kind != v1::Petition::KIND_UNSPECIFIED) {
    AddBadEnum(field, kind, checker);
  }
  return known;
}

v1::OpinionEntry ToProto(const OpinionEntry& entry) {
  v1::OpinionEntry message;
  message.set_name(absl::StrCat("opinionEntries/", entry.id));
  message.set_unit(UnitName(entry.unit));
  message.set_topic(entry.topic);
  message.set_channel(static_cast<v1::OpinionEntry::Channel>(entry.channel));
  message.set_text(entry.text);
  if (entry.voiced.has_value()) message.set_voiced_count(*entry.voiced);
  message.set_heard_date(FormatDay(entry.heard));
  SetTime(entry.created, message.mutable_create_time());
  message.set_etag(Etag(entry.revision));
  return message;
}

v1::Petition ToProto(const Petition& petition) {
  v1::Petition message;
  message.set_name(absl::StrCat("petitions/", petition.id));
  message.set_unit(UnitName(petition.unit));
  message.set_reference(petition.reference);
  message.set_kind(static_cast<v1::Petition::Kind>(petition.kind));
  message.set_received_date(FormatDay(petition.received));
  if (petition.due.has_value()) message.set_due_date(FormatDay(*petition.due));
  if (petition.resolved.has_value()) message.set_resolved_date(FormatDay(*petition.resolved));
  SetTime(petition.created, message.mutable_create_time());
  SetTime(petition.updated, message.mutable_update_time());
  message.set_revision(petition.revision);
  message.set_etag(Etag(petition.revision));
  return message;
}

v1::CountOpinionEntriesResponse ToProto(const TopicCounts& counts) {
  v1::CountOpinionEntriesResponse message;
  int64_t entries = 0;
  for (const TopicTally& tally : counts.topics) {
    entries += tally.entries;
    if (message.topics_size() >= kMaxTopics) continue;
    auto* topic = message.add_topics();
    topic->set_topic(tally.topic);
    topic->set_entry_count(Narrow(tally.entries));
    topic->set_voiced_sum(tally.voiced);
  }
  message.set_entry_count(Narrow(entries));
  message.set_position(counts.position);
  return message;
}

v1::CountPetitionsResponse ToProto(const PetitionCounts& counts) {
  v1::CountPetitionsResponse message;
  const std::pair<PetitionGroup, v1::PetitionGroup> groups[] = {
      {PetitionGroup::kComplaintsAndDenunciations, v1::COMPLAINTS_AND_DENUNCIATIONS},
      {PetitionGroup::kRecommendationsAndFeedback, v1::RECOMMENDATIONS_AND_FEEDBACK}};
  for (const auto& [group, name] : groups) {
    const PetitionTally& tally = counts.groups[static_cast<int>(group)];
    auto* count = message.add_groups();
    count->set_group(name);
    count->set_received_count(Narrow(tally.received));
    count->set_resolved_count(Narrow(tally.resolved));
    count->set_rate_text(FormatRateVi(tally.resolved, tally.received));
  }
  message.set_position(counts.position);
  return message;
}

}  // namespace phoihop::opinions
