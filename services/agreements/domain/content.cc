#include "services/agreements/domain/content.h"

#include <algorithm>
#include <string_view>

#include "absl/algorithm/container.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/text/text.h"
#include "common/time/civil.h"
#include "services/agreements/domain/document_number.h"

namespace phoihop::agreements {
namespace {

// `unit` is the agreement's and `day` the one on which parties must exist. Neither matters when
// no body was asked for.
void CheckParties(int64_t unit, const Content& content, const Bodies& bodies, absl::CivilDay day,
                  FieldErrors& errors) {
  const int count = static_cast<int>(content.parties.size());
  if (count < kMinParties || count > kMaxParties) {
    errors.Add("agreement.parties", "PARTY_COUNT",
               {"An agreement has 2 to 30 parties.", "Chương trình phối hợp có từ 2 đến 30 bên."});
    return;
  }
  absl::flat_hash_set<std::string> seen;
  for (int i = 0; i < count; ++i) {
    const std::string field = absl::StrCat("agreement.parties[", i, "].body");
    if (!seen.insert(content.parties[i]).second) {
      errors.Add(field, "PARTY_TWICE",
                 {"This body is a party already.", "Cơ quan này đã là một bên tham gia."});
      continue;
    }
    const auto known = bodies.find(content.parties[i]);
    if (known == bodies.end()) continue;  // CheckContent tells
    if (!known->second.has_value()) {
      errors.Add(field, "BODY_UNKNOWN",
                 {"This body does not exist.", "Cơ quan này không tồn tại."});
    } else if (known->second->unit != unit) {
      errors.Add(field, "PARTY_OF_OTHER_UNIT",
                 {"This body belongs to another unit than the agreement.",
                  "Cơ quan này không thuộc đơn vị của chương trình."});
    } else if (!known->second->Contains(day)) {
      errors.Add(field, "BODY_NOT_VALID",
                 {absl::StrCat("This body does not exist on ", FormatDay(day), "."),
                  absl::StrCat("Cơ quan này không tồn tại vào ngày ", FormatDayVi(day), ".")});
    }
  }
}

void CheckParent(const std::string& id, const Content& content,
                 const std::optional<ParentFacts>& parent, FieldErrors& errors) {
  constexpr std::string_view kField = "agreement.parent";
  if (content.parent.empty()) return;
  if (content.parent == id) {
    errors.Add(kField, "PARENT_CIRCLE",
               {"An agreement cannot carry out itself.",
                "Chương trình không thể là cấp trên của chính nó."});
  } else if (!parent.has_value() || parent->id != content.parent) {
    errors.Add(kField, "PARENT_UNKNOWN",
               {"The superior agreement does not exist or you may not read it.",
                "Chương trình cấp trên không tồn tại hoặc bạn không có quyền xem."});
  } else if (IsOpenDraft(parent->state)) {
    errors.Add(
        kField, "PARENT_IS_DRAFT",
        {"The superior agreement is still a draft.", "Chương trình cấp trên vẫn còn là dự thảo."});
  } else if (!parent->above) {
    errors.Add(kField, "PARENT_NOT_ABOVE",
               {"The superior agreement's unit does not lie above this unit on the first day of "
                "the term.",
                "Đơn vị của chương trình cấp trên không phải là cấp trên của đơn vị này vào ngày "
                "đầu của thời hạn."});
  } else if (std::count(parent->ancestors.begin(), parent->ancestors.end(), id) > 0) {
    errors.Add(kField, "PARENT_CIRCLE",
               {"The superior agreement carries out this one.",
                "Chương trình cấp trên lại thực hiện chính chương trình này."});
  } else if (static_cast<int>(parent->ancestors.size()) + 1 > kMaxCascadeDepth) {
    errors.Add(kField, "CASCADE_TOO_DEEP",
               {"There are too many agreements above this one.",
                "Có quá nhiều cấp chương trình phía trên."});
  }
}

void CheckTerm(const Content& content, FieldErrors& errors) {
  if (content.term_end >= content.term_start) return;
  errors.Add("agreement.term_end", "TERM_REVERSED",
             {"The term ends before it begins.", "Thời hạn kết thúc trước khi bắt đầu."});
}

void CheckTexts(const Content& content, FieldErrors& errors) {
  int characters = 0;
  for (const Clause& clause : content.clauses) {
    characters += CharCount(clause.heading) + CharCount(clause.text);
  }
  if (characters > kMaxClausesText) {
    errors.Add("agreement.clauses", "CLAUSES_TOO_LONG",
               {"All clauses together have at most 300.000 characters; attach longer texts.",
                "Tổng các điều khoản tối đa 300.000 ký tự; văn bản dài hơn hãy đính kèm."});
  }
  for (size_t i = 0; i < content.legal_bases.size(); ++i) {
    if (content.legal_bases[i].issue_date.value_or(content.term_start) <= content.term_start) {
      continue;
    }
    errors.Add(absl::StrCat("agreement.legal_bases[", i, "].issue_date"), "BASIS_AFTER_TERM_START",
               {"This document is younger than the term.",
                "Văn bản này ban hành sau ngày đầu của thời hạn."});
  }
  if (!content.issuing_body.empty() &&
      !absl::c_linear_search(content.parties, content.issuing_body)) {
    errors.Add("agreement.issuing_body", "NOT_A_PARTY",
               {"The body that numbers the document is not a party.",
                "Cơ quan cấp số văn bản không phải là một bên."});
  }
}

void CheckPlan(const Content& content, FieldErrors& errors) {
  absl::flat_hash_set<std::string> placed;
  for (size_t g = 0; g < content.signing_groups.size(); ++g) {
    const SigningGroup& group = content.signing_groups[g];
    const std::string field = absl::StrCat("agreement.signing_plan.groups[", g, "]");
    if (group.parties.empty()) {
      errors.Add(absl::StrCat(field, ".parties"), "GROUP_EMPTY",
                 {"This group has no parties.", "Nhóm ký này không có bên nào."});
      continue;
    }
    for (size_t i = 0; i < group.parties.size(); ++i) {
      const std::string at = absl::StrCat(field, ".parties[", i, "]");
      if (!absl::c_linear_search(content.parties, group.parties[i])) {
        errors.Add(at, "NOT_A_PARTY",
                   {"This body is not a party.", "Cơ quan này không phải là một bên."});
      } else if (!placed.insert(group.parties[i]).second) {
        errors.Add(
            at, "PARTY_IN_TWO_GROUPS",
            {"This party is in the signing plan already.", "Bên này đã có trong kế hoạch ký."});
      }
    }
    if (group.required < 1 || group.required > static_cast<int>(group.parties.size())) {
      errors.Add(absl::StrCat(field, ".required_count"), "REQUIRED_COUNT",
                 {"At least one and at most all parties of a group must sign.",
                  "Số bên phải ký của nhóm từ 1 đến toàn bộ số bên trong nhóm."});
    }
  }
  for (size_t i = 0; i < content.parties.size(); ++i) {
    const std::string& body = content.parties[i];
    if (!content.signing_groups.empty() && !placed.contains(body)) {
      errors.Add("agreement.signing_plan.groups", "PARTY_WITHOUT_GROUP",
                 {absl::StrCat("The signing plan leaves out parties[", i, "]."),
                  absl::StrCat("Kế hoạch ký thiếu bên thứ ", i + 1, ".")});
    }
    const auto day = content.sign_by.find(body);
    if (day != content.sign_by.end() && day->second > content.term_end) {
      errors.Add(absl::StrCat("agreement.parties[", i, "].sign_by"), "SIGN_BY_AFTER_TERM",
                 {"The last day for signing lies after the end of the term.",
                  "Hạn ký nằm sau ngày kết thúc thời hạn."});
    }
  }
}

void CheckTarget(const Content& content, FieldErrors& errors) {
  const CascadeTarget& target = content.cascade_target;
  if (target.subtree != 0 && !target.units.empty()) {
    errors.Add("agreement.cascade_target.units", "TARGET_AMBIGUOUS",
               {"Name a subtree or units, not both.",
                "Chỉ nêu một đơn vị gốc hoặc danh sách đơn vị, không nêu cả hai."});
  }
  absl::flat_hash_set<int64_t> seen;
  for (size_t i = 0; i < target.units.size(); ++i) {
    if (seen.insert(target.units[i]).second) continue;
    errors.Add(absl::StrCat("agreement.cascade_target.units[", i, "]"), "UNIT_TWICE",
               {"This unit is in the list already.", "Đơn vị này đã có trong danh sách."});
  }
  if (target.due.has_value() &&
      (*target.due < content.term_start || *target.due > content.term_end)) {
    errors.Add("agreement.cascade_target.due_date", "DUE_OUTSIDE_TERM",
               {"The due date lies outside the term.", "Hạn triển khai nằm ngoài thời hạn."});
  }
}

void CheckTargetFacts(const Content& content, const Facts& facts, FieldErrors& errors) {
  const CascadeTarget& target = content.cascade_target;
  for (size_t i = 0; i < target.levels.size(); ++i) {
    if (!absl::c_linear_search(facts.unknown_levels, target.levels[i])) continue;
    errors.Add(absl::StrCat("agreement.cascade_target.levels[", i, "]"), "UNKNOWN_LEVEL",
               {"No unit has this level.", "Không có đơn vị nào thuộc cấp này."});
  }
  const Text not_below = {
      "This unit does not lie below the agreement's on the first day of the "
      "term.",
      "Đơn vị này không thuộc đơn vị của chương trình vào ngày đầu của thời "
      "hạn."};
  if (target.subtree != 0 && absl::c_linear_search(facts.units_not_below, target.subtree)) {
    errors.Add("agreement.cascade_target.subtree", "UNIT_NOT_BELOW", not_below);
  }
  for (size_t i = 0; i < target.units.size(); ++i) {
    if (!absl::c_linear_search(facts.units_not_below, target.units[i])) continue;
    errors.Add(absl::StrCat("agreement.cascade_target.units[", i, "]"), "UNIT_NOT_BELOW",
               not_below);
  }
}

void CheckAmendment(const Content& content, const Amendment& amendment, const AmendedFacts& amended,
                    FieldErrors& errors) {
  const Text fixed = {"An amendment cannot change this.",
                      "Văn bản sửa đổi không thể thay đổi nội dung này."};
  if (content.term_start != amended.term_start) {
    errors.Add("agreement.term_start", "FIXED_FIELD", fixed);
  }
  if (content.parent != amended.parent) errors.Add("agreement.parent", "FIXED_FIELD", fixed);
  if (amendment.kind == AmendmentKind::kExtension && content.term_end <= amended.term_end) {
    errors.Add("agreement.term_end", "NOT_AN_EXTENSION",
               {"An extension ends the term later than before.",
                "Gia hạn phải kết thúc muộn hơn thời hạn cũ."});
  } else if (content.term_end < amendment.effective) {
    errors.Add("agreement.term_end", "TERM_ENDS_EARLIER",
               {"The term would end before the amendment takes effect; terminate the agreement.",
                "Thời hạn kết thúc trước khi sửa đổi có hiệu lực; hãy chấm dứt chương trình."});
  }
}

void CheckShape(const Content& content, FieldErrors& errors) {
  CheckTerm(content, errors);
  CheckTexts(content, errors);
  CheckPlan(content, errors);
  CheckTarget(content, errors);
}

}  // namespace

absl::Status CheckShape(const Content& content) {
  FieldErrors errors;
  CheckParties(0, content, {}, content.term_start, errors);
  CheckShape(content, errors);
  return errors.ToStatus();
}

absl::Status CheckContent(const std::string& id, int64_t unit, const Content& content,
                          const std::optional<Amendment>& amendment, const Facts& facts) {
  FieldErrors errors;
  CheckParties(unit, content, facts.bodies,
               amendment.has_value() ? amendment->effective : content.term_start, errors);
  CheckShape(content, errors);
  CheckTargetFacts(content, facts, errors);
  if (!amendment.has_value()) {
    CheckParent(id, content, facts.parent, errors);
  } else if (facts.amended.has_value()) {
    CheckAmendment(content, *amendment, *facts.amended, errors);
  } else {
    return Internal("the rules were not told what an amendment changes");
  }
  RETURN_IF_ERROR(errors.ToStatus());
  // The parties were asked for before the draft was locked. One that is not among the
  // answers was set by somebody else in between.
  for (const std::string& body : content.parties) {
    if (!facts.bodies.contains(body)) return EtagMismatch(AgreementName(id));
  }
  return absl::OkStatus();
}

void ForgetDerivedSeries(Content& content, absl::CivilDay numbered) {
  if (content.document_series == DeriveSeries(content.document_number, numbered)) {
    content.document_series.clear();
  }
}

void CompleteContent(Content& content, absl::CivilDay numbered) {
  if (content.issuing_body.empty() && content.document_series.empty()) return;
  if (content.issuing_body.empty() && !content.parties.empty()) {
    content.issuing_body = content.parties.front();
  }
  if (content.document_series.empty()) {
    content.document_series = DeriveSeries(content.document_number, numbered);
  }
}

std::string DeriveSeries(const std::string& document_number, absl::CivilDay numbered) {
  const int year = static_cast<int>(numbered.year());
  const DocumentNumber number = ParseDocumentNumber(document_number);
  if (!number.party) return absl::StrCat(number.year != 0 ? number.year : year);
  // Party committees are elected for five years, of late in 2015, 2020 and 2025.
  constexpr int kElected = 2020;
  constexpr int kYears = 5;
  const int since = year - kElected;
  const int first = kElected + (since - ((since % kYears) + kYears) % kYears);
  return absl::StrCat(first, "-", first + kYears);
}

}  // namespace phoihop::agreements
