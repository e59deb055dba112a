#include "services/ctl/diagnosis.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"

namespace phoihop::ctl {
namespace {

const char* NameOf(Verdict verdict) {
  switch (verdict) {
    case Verdict::kGood:
      return "OK";
    case Verdict::kLook:
      return "LOOK";
    case Verdict::kBroken:
      break;
  }
  return "BROKEN";
}

// As wide as each other on a screen.
const char* LabelOf(Verdict verdict) {
  switch (verdict) {
    case Verdict::kGood:
      return "  tốt / ok    ";
    case Verdict::kLook:
      return "! xem / look  ";
    case Verdict::kBroken:
      break;
  }
  return "✗ HỎNG/BROKEN ";
}

std::string Line(const Diagnosis& diagnosis) {
  std::string line = absl::StrCat(LabelOf(diagnosis.verdict), " ", diagnosis.check, ": ",
                                  diagnosis.seen.vi, "  /  ", diagnosis.seen.en, "\n");
  if (!diagnosis.advice.vi.empty()) {
    absl::StrAppend(&line, "                → ", diagnosis.advice.vi, "\n                  ",
                    diagnosis.advice.en, "\n");
  }
  return line;
}

}  // namespace

void Diagnoses::Good(std::string check, Text seen) {
  all_.push_back({Verdict::kGood, std::move(check), std::move(seen), {}});
}
void Diagnoses::Look(std::string check, Text seen, Text advice) {
  all_.push_back({Verdict::kLook, std::move(check), std::move(seen), std::move(advice)});
}
void Diagnoses::Broken(std::string check, Text seen, Text advice) {
  all_.push_back({Verdict::kBroken, std::move(check), std::move(seen), std::move(advice)});
}

Verdict Diagnoses::worst() const {
  Verdict worst = Verdict::kGood;
  for (const Diagnosis& diagnosis : all_) worst = std::max(worst, diagnosis.verdict);
  return worst;
}

std::string Diagnoses::ToText() const {
  std::vector<const Diagnosis*> sorted;
  for (const Diagnosis& diagnosis : all_) sorted.push_back(&diagnosis);
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const Diagnosis* a, const Diagnosis* b) { return a->verdict < b->verdict; });
  std::string text;
  int look = 0;
  int broken = 0;
  for (const Diagnosis* diagnosis : sorted) {
    absl::StrAppend(&text, Line(*diagnosis));
    look += diagnosis->verdict == Verdict::kLook ? 1 : 0;
    broken += diagnosis->verdict == Verdict::kBroken ? 1 : 0;
  }
  absl::StrAppend(&text, "• ", sorted.size(), " mục: ", broken, " hỏng, ", look, " cần xem  /  ",
                  sorted.size(), " checks: ", broken, " broken, ", look, " to look at\n");
  return text;
}

std::string Diagnoses::ToJson() const {
  nlohmann::ordered_json json;
  json["verdict"] = NameOf(worst());
  json["checks"] = nlohmann::ordered_json::array();
  for (const Diagnosis& diagnosis : all_) {
    nlohmann::ordered_json check;
    check["check"] = diagnosis.check;
    check["verdict"] = NameOf(diagnosis.verdict);
    check["seen"] = {{"vi", diagnosis.seen.vi}, {"en", diagnosis.seen.en}};
    if (!diagnosis.advice.vi.empty()) {
      check["advice"] = {{"vi", diagnosis.advice.vi}, {"en", diagnosis.advice.en}};
    }
    json["checks"].push_back(std::move(check));
  }
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace phoihop::ctl
