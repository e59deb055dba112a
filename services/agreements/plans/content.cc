#include "services/agreements/plans/content.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "services/agreements/plans/schedule.h"

namespace phoihop::agreements::plans {
namespace {

bool Has(const std::vector<std::string>& all, const std::string& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

// Whether the body, or who carries on its duties, is there when the commitment is owed: on its
// date, or on some day of `days`.
bool Exists(const BodyFacts& body, const Rhythm& rhythm, const DayInterval& days) {
  if (rhythm.kind == RhythmKind::kOnce) return body.TakesPart({rhythm.day, rhythm.day});
  return body.TakesPart(days);
}

void CheckBody(const std::string& body, const std::string& field, const CommitmentContent& content,
               const ContentFacts& facts, FieldErrors& errors) {
  if (!Has(facts.parties, body)) {
    errors.Add(field, "NOT_A_PARTY",
               {"This body is not a party of the agreement.",
                "Cơ quan này không phải là một bên của chương trình."});
    return;
  }
  const auto known = facts.bodies.find(body);
  if (known == facts.bodies.end()) return;  // CheckContent tells
  if (!known->second.has_value() || !Exists(*known->second, content.rhythm, facts.days)) {
    errors.Add(field, "BODY_NOT_VALID",
               {"This body does not exist when the commitment is due.",
                "Cơ quan này không tồn tại vào thời gian phải thực hiện nhiệm vụ."});
  }
}

void CheckBodies(const CommitmentContent& content, const ContentFacts& facts,
                 const std::string& path, FieldErrors& errors) {
  CheckBody(content.lead, absl::StrCat(path, ".lead"), content, facts, errors);
  if (static_cast<int>(content.supporting.size()) > kMaxSupporting) {
    errors.Add(absl::StrCat(path, ".supporting"), "TOO_MANY_BODIES",
               {"At most 29 bodies support a commitment.",
                "Tối đa 29 cơ quan phối hợp thực hiện một nhiệm vụ."});
    return;
  }
  absl::flat_hash_set<std::string> seen;
  for (size_t i = 0; i < content.supporting.size(); ++i) {
    const std::string field = absl::StrCat(path, ".supporting[", i, "]");
    if (content.supporting[i] == content.lead) {
      errors.Add(field, "SUPPORTS_ITSELF",
                 {"The lead body does not support itself.",
                  "Cơ quan chủ trì không đồng thời là cơ quan phối hợp."});
    } else if (!seen.insert(content.supporting[i]).second) {
      errors.Add(field, "BODY_TWICE", {"This body is named already.", "Cơ quan này đã được nêu."});
    } else {
      CheckBody(content.supporting[i], field, content, facts, errors);
    }
  }
}

void CheckDue(const Rhythm& rhythm, const ContentFacts& facts, const std::string& path,
              FieldErrors& errors) {
  if (rhythm.kind == RhythmKind::kOnce) {
    if (facts.days.Contains(rhythm.day)) return;
    errors.Add(absl::StrCat(path, ".rhythm.date"), "DUE_OUTSIDE_TERM",
               {"The due date lies outside the plan's year or the agreement's term.",
                "Hạn hoàn thành nằm ngoài năm kế hoạch hoặc thời hạn của chương trình."});
    return;
  }
  if (CountsFromEvents(rhythm)) return;
  for (const DueDay& due : DueDays(rhythm, facts.days, *facts.calendar)) {
    if (due.day <= facts.last_day) return;
  }
  errors.Add(
      absl::StrCat(path, ".rhythm"), "NO_DUE_DATES",
      {"In this rhythm nothing falls due in the plan's time, or only after the agreement has "
       "ended.",
       "Với chu kỳ này, không có lần nào đến hạn trong thời gian của kế hoạch, hoặc chỉ đến "
       "hạn sau khi chương trình kết thúc."});
}

// Levels from `id` down to its deepest part, itself included.
int Height(const std::string& id, const std::vector<PlanNode>& nodes, int bound) {
  if (bound == 0) return 0;
  int below = 0;
  for (const PlanNode& node : nodes) {
    if (node.parent == id && node.state != CommitmentState::kWithdrawn) {
      below = std::max(below, Height(node.id, nodes, bound - 1));
    }
  }
  return below + 1;
}

void CheckParent(const std::string& id, const CommitmentContent& content,
                 const std::vector<PlanNode>& nodes, const std::string& path, FieldErrors& errors) {
  if (content.parent.empty()) return;
  const std::string field = absl::StrCat(path, ".parent");
  absl::flat_hash_map<std::string, const PlanNode*> by_id;
  for (const PlanNode& node : nodes) by_id.emplace(node.id, &node);
  const auto parent = by_id.find(content.parent);
  if (parent == by_id.end()) {
    errors.Add(field, "PARENT_UNKNOWN",
               {"The plan has no such commitment.", "Kế hoạch không có nhiệm vụ này."});
    return;
  }
  if (parent->second->state == CommitmentState::kWithdrawn) {
    errors.Add(field, "PARENT_WITHDRAWN",
               {"This commitment was withdrawn.", "Nhiệm vụ này đã được rút."});
    return;
  }
  if (parent->second->state == CommitmentState::kConfirmed) {
    errors.Add(field, "PARENT_CONFIRMED",
               {"This commitment is confirmed; it gets no further parts.",
                "Nhiệm vụ này đã được xác nhận hoàn thành; không thêm nhiệm vụ thành phần."});
    return;
  }
  int above = 0;
  std::string at = content.parent;
  while (!at.empty() && above <= kMaxLevels) {
    if (at == id) {
      errors.Add(field, "COMMITMENT_CIRCLE",
                 {"A commitment cannot be a part of itself.",
                  "Nhiệm vụ không thể là thành phần của chính nó."});
      return;
    }
    ++above;
    const auto node = by_id.find(at);
    at = node == by_id.end() ? "" : node->second->parent;
  }
  const int below = id.empty() ? 1 : Height(id, nodes, kMaxLevels + 1);
  if (above + below > kMaxLevels) {
    errors.Add(
        field, "NESTED_TOO_DEEP",
        {"Commitments are nested in at most 3 levels.", "Nhiệm vụ được phân thành tối đa 3 cấp."});
  }
}

absl::CivilDay Shifted(absl::CivilDay day, int years) {
  const int day_of_month = day.month() == 2 && day.day() == 29 ? 28 : day.day();
  return absl::CivilDay(day.year() + years, day.month(), day_of_month);
}

}  // namespace

absl::Status CheckContent(const std::string& id, const CommitmentContent& content,
                          const ContentFacts& facts, std::string_view path) {
  const std::string where(path);
  RETURN_IF_ERROR(CheckRhythm(content.rhythm, absl::StrCat(where, ".rhythm")));
  FieldErrors errors;
  CheckBodies(content, facts, where, errors);
  CheckDue(content.rhythm, facts, where, errors);
  CheckParent(id, content, facts.nodes, where, errors);
  RETURN_IF_ERROR(errors.ToStatus());
  // The parties were asked for before the agreement was locked; others were set meanwhile.
  const auto asked = [&](const std::string& body) { return facts.bodies.contains(body); };
  if (!asked(content.lead) ||
      !std::all_of(content.supporting.begin(), content.supporting.end(), asked)) {
    return EtagMismatch(CommitmentName(id));
  }
  return absl::OkStatus();
}

absl::Status CheckBodies(const Commitment& commitment, const Bodies& bodies) {
  std::vector<std::string> all = commitment.content.supporting;
  all.push_back(commitment.content.lead);
  for (const std::string& body : all) {
    const auto known = bodies.find(body);
    if (known == bodies.end()) return EtagMismatch(CommitmentName(commitment.id));
    if (!known->second.has_value() ||
        !Exists(*known->second, commitment.content.rhythm, commitment.days)) {
      return Precondition("BODY_NOT_VALID",
                          {"A body of this commitment does not exist when it is due; change the "
                           "commitment first.",
                           "Một cơ quan của nhiệm vụ này không tồn tại vào thời gian phải thực "
                           "hiện; hãy sửa nhiệm vụ trước."},
                          CommitmentName(commitment.id));
    }
  }
  return absl::OkStatus();
}

std::optional<CommitmentContent> NextYear(const CommitmentContent& content, int years,
                                          const DayInterval& days,
                                          const std::vector<std::string>& parties) {
  if (!Has(parties, content.lead)) return std::nullopt;
  CommitmentContent next = content;
  std::erase_if(next.supporting, [&](const std::string& body) { return !Has(parties, body); });
  if (next.rhythm.kind == RhythmKind::kOnce) {
    next.rhythm.day = std::clamp(Shifted(next.rhythm.day, years), days.first, days.last);
  } else if (next.rhythm.kind == RhythmKind::kYearly) {
    next.rhythm.day = Shifted(next.rhythm.day, years);
  }
  return next;
}

}  // namespace phoihop::agreements::plans
