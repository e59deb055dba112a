#include "services/agreements/reviews/visit.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/errors.h"
#include "common/status/macros.h"

namespace phoihop::agreements::reviews {
namespace {

// Whether every body that `content` names was asked for.
bool AllAsked(const VisitContent& content, const Bodies& bodies) {
  return (content.body.empty() || bodies.contains(content.body)) &&
         std::all_of(content.visiting.begin(), content.visiting.end(),
                     [&](const std::string& body) { return bodies.contains(body); });
}

bool ExistsOn(const Bodies& bodies, const std::string& body, absl::CivilDay day) {
  const auto known = bodies.find(body);
  return known != bodies.end() && known->second.has_value() && known->second->Contains(day);
}

// The same, or others carry on its duties on that day.
bool TakesPartOn(const Bodies& bodies, const std::string& body, absl::CivilDay day) {
  const auto known = bodies.find(body);
  return known != bodies.end() && known->second.has_value() && known->second->TakesPart({day, day});
}

void CheckVisited(const VisitContent& content, const VisitFacts& facts, FieldErrors& errors) {
  if (!facts.unit_within) {
    errors.Add("visit.unit", "UNIT_NOT_WITHIN",
               {"The unit must be the agreement's unit, or one below it on that day.",
                "Đơn vị phải là đơn vị của chương trình hoặc trực thuộc vào ngày đó."});
  }
  if (content.body.empty()) return;
  if (!ExistsOn(facts.bodies, content.body, content.date)) {
    errors.Add("visit.body", "BODY_NOT_VALID",
               {"This body does not exist on the day of the visit.",
                "Cơ quan này không tồn tại vào ngày kiểm tra, giám sát."});
  } else if (facts.bodies.at(content.body)->unit != content.unit) {
    errors.Add("visit.body", "BODY_OF_OTHER_UNIT",
               {"This body belongs to another unit than the one visited.",
                "Cơ quan này thuộc đơn vị khác với đơn vị được kiểm tra, giám sát."});
  }
}

void CheckVisiting(const VisitContent& content, const VisitFacts& facts, FieldErrors& errors) {
  std::set<std::string> seen;
  for (size_t i = 0; i < content.visiting.size(); ++i) {
    const std::string& body = content.visiting[i];
    const std::string field = absl::StrCat("visit.visiting_bodies[", i, "]");
    if (std::find(facts.parties.begin(), facts.parties.end(), body) == facts.parties.end()) {
      errors.Add(field, "NOT_A_PARTY",
                 {"This body is not a party of the agreement.",
                  "Cơ quan này không phải là một bên của chương trình."});
    } else if (!seen.insert(body).second) {
      errors.Add(field, "BODY_TWICE", {"This body is named already.", "Cơ quan này đã được nêu."});
    } else if (body == content.body) {
      errors.Add(
          field, "VISITS_ITSELF",
          {"A body does not visit itself.", "Một cơ quan không tự kiểm tra, giám sát chính mình."});
    } else if (!TakesPartOn(facts.bodies, body, content.date)) {
      errors.Add(field, "BODY_NOT_VALID",
                 {"This body does not exist on the day of the visit.",
                  "Cơ quan này không tồn tại vào ngày kiểm tra, giám sát."});
    }
  }
}

absl::Status RequireRecorded(const Visit& visit) {
  if (visit.state == VisitState::kRecorded) return absl::OkStatus();
  return Precondition("VISIT_CANCELLED",
                      {"The visit was cancelled; record a new one instead.",
                       "Cuộc kiểm tra, giám sát đã bị hủy; hãy ghi một cuộc mới."},
                      VisitName(visit.id));
}

}  // namespace

std::string VisitName(const std::string& id) { return absl::StrCat("visits/", id); }

absl::Status CheckVisit(const std::string& id, const std::string& agreement,
                        const VisitContent& content, const VisitFacts& facts) {
  if (!facts.in_force_from.has_value()) {
    return Precondition("AGREEMENT_NOT_IN_FORCE",
                        {"The agreement is not in force yet.", "Chương trình chưa có hiệu lực."},
                        AgreementName(agreement));
  }
  // The parties were asked for before the agreement was locked; others were set meanwhile.
  if (!AllAsked(content, facts.bodies)) return EtagMismatch(VisitName(id));
  FieldErrors errors;
  if (content.date < *facts.in_force_from || facts.in_force_until <= content.date) {
    errors.Add("visit.visit_date", "NOT_IN_FORCE_ON_DATE",
               {"The agreement is not in force on this day.",
                "Chương trình không có hiệu lực vào ngày này."});
  }
  CheckVisited(content, facts, errors);
  CheckVisiting(content, facts, errors);
  if (!content.findings.empty() && content.date > facts.today) {
    errors.Add("visit.findings", "FINDINGS_BEFORE_VISIT",
               {"Findings are recorded once the visit has taken place.",
                "Chỉ ghi kết quả sau khi cuộc kiểm tra, giám sát đã diễn ra."});
  }
  return errors.ToStatus();
}

absl::StatusOr<Visit> ChangeVisit(const Visit& before, const VisitContent& content,
                                  const VisitFacts& facts, absl::Time now) {
  RETURN_IF_ERROR(RequireRecorded(before));
  if (content == before.content) return before;
  RETURN_IF_ERROR(CheckVisit(before.id, before.agreement, content, facts));
  Visit after = before;
  after.content = content;
  after.update_time = now;
  ++after.revision;
  return after;
}

absl::StatusOr<Visit> CancelVisit(const Visit& before, std::string reason, absl::Time now) {
  RETURN_IF_ERROR(RequireRecorded(before));
  Visit after = before;
  after.state = VisitState::kCancelled;
  after.cancel_reason = std::move(reason);
  after.update_time = now;
  ++after.revision;
  return after;
}

}  // namespace phoihop::agreements::reviews
