#include "services/directory/rpc/converters.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/names/names.h"
#include "common/text/text.h"
#include "common/time/civil.h"
#include "google/protobuf/timestamp.pb.h"

namespace phoihop::directory {
namespace {

constexpr int kMaxRows = 20000;
constexpr size_t kMaxRowText = 2000;

void SetTime(absl::Time time, google::protobuf::Timestamp* out) {
  const int64_t micros = absl::ToUnixMicros(time);
  int64_t seconds = micros / 1000000;
  int64_t rest = micros % 1000000;
  if (rest < 0) {
    rest += 1000000;
    --seconds;
  }
  out->set_seconds(seconds);
  out->set_nanos(static_cast<int32_t>(rest * 1000));
}

v1::BoundPrecision ToProto(Precision precision) {
  switch (precision) {
    case Precision::kNone:
      return v1::BOUND_PRECISION_UNSPECIFIED;
    case Precision::kExact:
      return v1::EXACT;
    case Precision::kObserved:
      return v1::OBSERVED;
    case Precision::kUnknown:
      return v1::UNKNOWN;
  }
  return v1::BOUND_PRECISION_UNSPECIFIED;
}

// Empty for a bound that is not there.
std::string LowerBound(absl::CivilDay day) { return day == kFirstDay ? "" : FormatDay(day); }
std::string UpperBound(absl::CivilDay day) { return day == kEndOfDays ? "" : FormatDay(day); }

// The version that the unit had when it ended or was changed on `date`.
const UnitVersion* LastBefore(const Register& reg, int64_t id, absl::CivilDay date) {
  const auto unit = reg.units.find(id);
  if (unit == reg.units.end()) return nullptr;
  const UnitVersion* last = nullptr;
  for (const UnitVersion& version : unit->second.versions) {
    if (version.from < date) last = &version;
  }
  return last;
}

// Cleaned text of a row. What cannot be read is told once for the whole list.
class RowReader {
 public:
  RowReader(std::string field, Checker& checker) : field_(std::move(field)), checker_(checker) {}

  std::string operator()(const std::string& text) {
    absl::StatusOr<std::string> clean = Clean(text);
    if (clean.ok() && clean->size() <= kMaxRowText &&
        clean->find_first_of("\n\t") == std::string::npos) {
      return *std::move(clean);
    }
    if (!told_) {
      checker_.Add(
          field_, "INVALID_TEXT",
          {"The texts must be valid UTF-8 on one line, without control characters, and not "
           "too long.",
           "Văn bản phải là UTF-8 hợp lệ trên một dòng, không có ký tự điều khiển và "
           "không quá dài."});
    }
    told_ = true;
    return "";
  }

 private:
  const std::string field_;
  Checker& checker_;
  bool told_ = false;
};

}  // namespace

std::string BodyName(const std::string& id) {
  return id.empty() ? "" : absl::StrCat("bodies/", id);
}
std::string MemberName(const std::string& id) { return absl::StrCat("members/", id); }
std::string GrantName(const std::string& id) { return absl::StrCat("grants/", id); }

v1::AdministrativeUnit ToProto(int64_t id, const UnitVersion& version) {
  v1::AdministrativeUnit message;
  message.set_name(UnitName(id));
  message.set_code(version.code);
  message.set_display_name(version.name);
  message.set_kind(version.kind);
  message.set_level(version.level);
  if (version.parent != 0) message.set_parent(UnitName(version.parent));
  message.set_valid_from(LowerBound(version.from));
  message.set_valid_from_precision(ToProto(version.from_precision));
  message.set_valid_until(UpperBound(version.until));
  message.set_valid_until_precision(ToProto(version.until_precision));
  message.set_source(version.source);
  return message;
}

v1::Succession ToProto(const Succession& succession, const Register& reg) {
  v1::Succession message;
  message.set_from_unit(UnitName(succession.from_unit));
  message.set_to_unit(UnitName(succession.to_unit));
  if (const UnitVersion* from = LastBefore(reg, succession.from_unit, succession.date)) {
    message.set_from_code(from->code);
    message.set_from_display_name(from->name);
  }
  const auto to = reg.units.find(succession.to_unit);
  if (to != reg.units.end()) {
    if (const UnitVersion* version = to->second.On(succession.date)) {
      message.set_to_code(version->code);
      message.set_to_display_name(version->name);
    }
  }
  message.set_date(FormatDay(succession.date));
  message.set_date_precision(ToProto(succession.precision));
  // The numbers are the same on purpose, so that a stored one reads well.
  message.set_kind(static_cast<v1::Succession::Kind>(succession.kind));
  message.set_decree(succession.decree);
  message.set_derived(succession.derived);
  message.set_source(succession.source);
  return message;
}

v1::UnitHistory ToProto(const access::Unit& unit) {
  v1::UnitHistory message;
  message.set_id(unit.id);
  for (const access::UnitVersion& version : unit.versions) {
    v1::UnitHistory::Version& out = *message.add_versions();
    out.set_from(LowerBound(version.from));
    out.set_until(UpperBound(version.until));
    out.set_code(version.code);
    out.set_display_name(version.name);
    out.set_kind(version.kind);
    out.set_level(version.level);
    out.set_parent_id(version.parent);
  }
  return message;
}

v1::Body ToProto(const Body& body, absl::CivilDay day) {
  v1::Body message;
  message.set_name(BodyName(body.id));
  const BodyTitle title = NameOn(body, day);
  message.set_display_name(title.display_name);
  message.set_abbreviation(title.abbreviation);
  message.set_unit(UnitName(body.unit));
  if (body.valid_from.has_value()) message.set_valid_from(FormatDay(*body.valid_from));
  if (body.valid_until.has_value()) message.set_valid_until(FormatDay(*body.valid_until));
  SetTime(body.created, message.mutable_create_time());
  message.set_etag(Etag(body.revision));
  for (size_t i = 0; i < body.names.size(); ++i) {
    v1::Body::NameVersion& name = *message.add_names();
    name.set_valid_from(LowerBound(body.names[i].from));
    if (i + 1 < body.names.size()) name.set_valid_until(FormatDay(body.names[i + 1].from));
    name.set_display_name(body.names[i].display_name);
    name.set_abbreviation(body.names[i].abbreviation);
    name.set_decision_number(body.names[i].decision);
  }
  message.set_end_decision_number(body.end_decision);
  for (const BodySuccessor& successor : body.successors) {
    v1::Body::Successor& out = *message.add_successors();
    out.set_body(BodyName(successor.body));
    out.set_unit(UnitName(successor.unit));
    out.set_display_name(successor.display_name);
  }
  return message;
}

v1::BodySuccession ToProto(const Body& from, const Body& to) {
  const absl::CivilDay day = from.valid_until.value_or(kEndOfDays);
  v1::BodySuccession message;
  message.set_from_body(BodyName(from.id));
  message.set_from_display_name(NameOn(from, day - 1).display_name);
  message.set_to_body(BodyName(to.id));
  message.set_to_display_name(NameOn(to, day).display_name);
  message.set_date(UpperBound(day));
  message.set_decision_number(from.end_decision);
  return message;
}

v1::Member ToProto(const Member& member) {
  v1::Member message;
  message.set_name(MemberName(member.id));
  message.set_display_name(member.display_name);
  message.set_body(BodyName(member.body));
  SetTime(member.created, message.mutable_create_time());
  message.set_etag(Etag(member.revision));
  return message;
}

v1::Grant ToProto(const Grant& grant) {
  v1::Grant message;
  message.set_name(GrantName(grant.id));
  message.set_member(MemberName(grant.member));
  message.set_role(static_cast<v1::Grant::Role>(grant.role));
  message.set_unit(UnitName(grant.unit));
  message.set_body(BodyName(grant.body));
  SetTime(grant.created, message.mutable_create_time());
  if (grant.revoked.has_value()) SetTime(*grant.revoked, message.mutable_revoke_time());
  message.set_etag(Etag(grant.revision));
  return message;
}

v1::ImportRegisterResponse ToProto(const ImportPlan& plan, int64_t tree_version) {
  v1::ImportRegisterResponse message;
  message.set_units_created(plan.units_created);
  message.set_units_closed(plan.units_closed);
  message.set_units_changed(plan.units_changed);
  message.set_units_unchanged(plan.units_unchanged);
  message.set_successions_created(static_cast<int32_t>(plan.successions.size()));
  message.set_successions_derived(plan.successions_derived);
  for (const LeftOut& left : plan.left_out) {
    v1::ImportRegisterResponse::LeftOut& out = *message.add_left_out();
    out.set_reason(left.reason);
    out.set_count(left.count);
    for (const std::string& row : left.rows) out.add_rows(row);
  }
  message.set_tree_version(tree_version);
  return message;
}

Body ReadBody(const v1::Body& message, const std::string& field, Checker& checker) {
  Body body;
  body.display_name =
      checker.Text(absl::StrCat(field, ".display_name"), message.display_name(), 1, 300);
  body.abbreviation =
      checker.Text(absl::StrCat(field, ".abbreviation"), message.abbreviation(), 0, 50);
  body.unit = checker.Unit(absl::StrCat(field, ".unit"), message.unit());
  body.valid_from = checker.OptionalDay(absl::StrCat(field, ".valid_from"), message.valid_from());
  body.valid_until =
      checker.OptionalDay(absl::StrCat(field, ".valid_until"), message.valid_until());
  if (body.valid_from.has_value() && body.valid_until.has_value() &&
      *body.valid_until <= *body.valid_from) {
    checker.Add(absl::StrCat(field, ".valid_until"), "INVALID_INTERVAL",
                {"The end must be after the beginning.", "Ngày kết thúc phải sau ngày bắt đầu."});
  }
  return body;
}

Member ReadMember(const v1::Member& message, const std::string& field, Checker& checker) {
  Member member;
  member.display_name =
      checker.Text(absl::StrCat(field, ".display_name"), message.display_name(), 1, 200);
  if (!message.body().empty()) {
    member.body = checker.Name(absl::StrCat(field, ".body"), "bodies/*", message.body());
  }
  return member;
}

Grant ReadGrant(const v1::Grant& message, const std::string& field, Checker& checker) {
  Grant grant;
  grant.member = checker.Name(absl::StrCat(field, ".member"), "members/*", message.member());
  grant.unit = checker.Unit(absl::StrCat(field, ".unit"), message.unit());
  if (!message.body().empty()) {
    grant.body = checker.Name(absl::StrCat(field, ".body"), "bodies/*", message.body());
  }
  if (message.role() == v1::Grant::ROLE_UNSPECIFIED || !v1::Grant::Role_IsValid(message.role())) {
    checker.Add(
        absl::StrCat(field, ".role"), "REQUIRED",
        {"The role must be one of the known ones.", "Vai trò phải là một vai trò đã biết."});
  } else {
    grant.role = static_cast<Role>(message.role());
  }
  return grant;
}

RegisterSnapshot ReadSnapshot(const v1::ImportRegisterRequest& request, Checker& checker) {
  RegisterSnapshot snapshot;
  snapshot.source = checker.Text("source", request.source(), 1, 100);
  snapshot.date = checker.Day("date", request.date());
  snapshot.decree = checker.Text("decree", request.decree(), 0, 100);
  if (request.precision() == v1::EXACT || request.precision() == v1::OBSERVED) {
    snapshot.precision =
        request.precision() == v1::EXACT ? Precision::kExact : Precision::kObserved;
  } else {
    checker.Add(
        "precision", "INVALID_PRECISION",
        {"The precision must be EXACT or OBSERVED.", "Độ chính xác phải là EXACT hoặc OBSERVED."});
  }
  checker.Count("rows", request.rows_size(), 1, kMaxRows);
  checker.Count("mappings", request.mappings_size(), 0, kMaxRows);
  if (!checker.ok()) return snapshot;

  RowReader row_text("rows", checker);
  for (const auto& row : request.rows()) {
    snapshot.rows.push_back({row_text(row.code()), row_text(row.name()),
                             row_text(row.parent_code()), row_text(row.level()),
                             row_text(row.kind())});
  }
  RowReader mapping_text("mappings", checker);
  for (const auto& row : request.mappings()) {
    snapshot.mappings.push_back({mapping_text(row.old_code()), mapping_text(row.old_name()),
                                 mapping_text(row.old_district_name()),
                                 mapping_text(row.old_province_name()),
                                 mapping_text(row.new_code()), mapping_text(row.new_name()),
                                 mapping_text(row.new_province_name())});
  }
  return snapshot;
}

}  // namespace phoihop::directory
