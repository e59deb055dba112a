#include "services/directory/domain/body.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/errors.h"
#include "common/status/macros.h"

namespace phoihop::directory {
namespace {

absl::Status CheckAhead(absl::CivilDay day, absl::CivilDay today, const std::string& field) {
  if (day - today <= kMostDaysAhead) return absl::OkStatus();
  return InvalidField(
      field, "DATE_TOO_FAR",
      {"The day lies more than a year ahead.", "Ngày này ở quá một năm trong tương lai."});
}

absl::Status NotOn(const std::string& field, absl::CivilDay day) {
  return InvalidField(field, "BODY_NOT_VALID",
                      {absl::StrCat("The body does not exist on ", FormatDay(day), "."),
                       absl::StrCat("Cơ quan không tồn tại vào ngày ", FormatDayVi(day), ".")});
}

absl::Status CheckSuccessors(const Body& body, const BodyEnd& end) {
  for (size_t i = 0; i < end.successors.size(); ++i) {
    const Body& successor = end.successors[i];
    const std::string& field = end.successor_fields[i];
    if (successor.id == body.id) {
      return InvalidField(field, "SUCCEEDS_ITSELF",
                          {"A body does not carry on its own duties after its end.",
                           "Cơ quan không thể tự kế thừa chính mình sau khi kết thúc."});
    }
    for (size_t j = 0; j < i; ++j) {
      if (end.successors[j].id != successor.id) continue;
      return InvalidField(field, "BODY_TWICE",
                          {"This body is named already.", "Cơ quan này đã được nêu."});
    }
    if (!ExistsOn(successor, end.day)) return NotOn(field, end.day);
  }
  return absl::OkStatus();
}

// OK when the day may be the body's end.
absl::Status CheckEnd(const Body& body, const BodyEnd& end, std::optional<absl::CivilDay> took_over,
                      absl::CivilDay today) {
  RETURN_IF_ERROR(CheckAhead(end.day, today, end.day_field));
  if (body.valid_from.has_value() && end.day <= *body.valid_from) {
    return InvalidField(
        end.day_field, "INVALID_INTERVAL",
        {"The end must be after the beginning.", "Ngày kết thúc phải sau ngày bắt đầu."});
  }
  if (!body.names.empty() && end.day <= body.names.back().from) {
    return InvalidField(end.day_field, "INVALID_INTERVAL",
                        {"The end must be after the day of its newest name.",
                         "Ngày kết thúc phải sau ngày mang tên mới nhất."});
  }
  // So no body ever carries on itself, over however many others.
  if (took_over.has_value() && end.day <= *took_over) {
    return InvalidField(
        end.day_field, "BODY_IS_SUCCESSOR",
        {absl::StrCat("The body took over the duties of another one on ", FormatDay(*took_over),
                      "; it ends later than that."),
         absl::StrCat("Cơ quan này tiếp nhận nhiệm vụ của cơ quan khác từ ngày ",
                      FormatDayVi(*took_over), "; ngày kết thúc phải sau ngày đó.")});
  }
  return absl::OkStatus();
}

}  // namespace

bool ExistsOn(const Body& body, absl::CivilDay day) {
  return (!body.valid_from.has_value() || *body.valid_from <= day) &&
         (!body.valid_until.has_value() || day < *body.valid_until);
}

BodyTitle NameOn(const Body& body, absl::CivilDay day) {
  if (body.names.empty()) {
    return {body.valid_from.value_or(kFirstDay), body.display_name, body.abbreviation, ""};
  }
  const BodyTitle* found = &body.names.front();
  for (const BodyTitle& name : body.names) {
    if (name.from <= day) found = &name;
  }
  return *found;
}

absl::StatusOr<Body> Rename(Body body, BodyTitle name, absl::CivilDay today) {
  RETURN_IF_ERROR(CheckAhead(name.from, today, "effective_date"));
  if (!ExistsOn(body, name.from)) return NotOn("effective_date", name.from);
  if (body.names.empty()) {
    body.names.push_back(
        {body.valid_from.value_or(kFirstDay), body.display_name, body.abbreviation, ""});
  }
  const BodyTitle& last = body.names.back();
  if (name.from <= last.from) {
    return InvalidField("effective_date", "NAME_NOT_LATER",
                        {absl::StrCat("The newest name holds from ", FormatDay(last.from),
                                      "; a new one begins later."),
                         absl::StrCat("Tên mới nhất có hiệu lực từ ngày ", FormatDayVi(last.from),
                                      "; tên tiếp theo phải bắt đầu sau ngày đó.")});
  }
  if (name.display_name == last.display_name && name.abbreviation == last.abbreviation) {
    return InvalidField("display_name", "NAME_UNCHANGED",
                        {"The body is called that already.", "Cơ quan đã mang tên này."});
  }
  body.display_name = name.display_name;
  body.abbreviation = name.abbreviation;
  body.names.push_back(std::move(name));
  ++body.revision;
  return body;
}

absl::StatusOr<Body> End(Body body, const BodyEnd& end, std::optional<absl::CivilDay> took_over,
                         absl::CivilDay today) {
  // Bodies of the past are recorded with their end; who followed them may be said later.
  const bool adds_successors = body.valid_until == end.day && body.successors.empty() &&
                               body.end_decision.empty() && !end.successors.empty();
  if (body.valid_until.has_value() && !adds_successors) {
    return Precondition(
        "BODY_ENDED",
        {absl::StrCat("The body has an end already, ", FormatDay(*body.valid_until), "."),
         absl::StrCat("Cơ quan đã được ghi nhận kết thúc từ ngày ", FormatDayVi(*body.valid_until),
                      ".")},
        absl::StrCat("bodies/", body.id));
  }
  RETURN_IF_ERROR(CheckEnd(body, end, took_over, today));
  RETURN_IF_ERROR(CheckSuccessors(body, end));
  body.valid_until = end.day;
  body.end_decision = end.decision;
  for (const Body& successor : end.successors) {
    body.successors.push_back({successor.id, successor.unit, successor.display_name});
  }
  std::sort(body.successors.begin(), body.successors.end(),
            [](const BodySuccessor& a, const BodySuccessor& b) { return a.body < b.body; });
  ++body.revision;
  return body;
}

}  // namespace phoihop::directory
