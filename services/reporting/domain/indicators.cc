#include "services/reporting/domain/indicators.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/status/views.h"
#include "common/text/text.h"

namespace phoihop::reporting {
namespace {

std::string SignedKey(const std::string& level) {
  return absl::StrCat(AbslView(kSignedPrefix), absl::AsciiStrToLower(level));
}

// How people call a level. Levels are data, so one without a usual name is shown as it is.
std::string LevelName(const std::string& level) {
  if (level == "PROVINCE") return "cấp tỉnh";
  if (level == "DISTRICT") return "cấp huyện";
  if (level == "COMMUNE") return "cấp xã";
  return absl::StrCat("cấp ", absl::AsciiStrToLower(level));
}

void Add(Figures::Part& to, const Figures::Part& part) {
  to.numerator += part.numerator;
  to.denominator += part.denominator;
}

}  // namespace

std::string RateText(const IndicatorValue& value) {
  return value.denominator.has_value() ? FormatRateVi(value.numerator, *value.denominator) : "";
}

Figures& Figures::operator+=(const Figures& other) {
  Add(complaints, other.complaints);
  Add(recommendations, other.recommendations);
  opinion_entries += other.opinion_entries;
  if (signed_by_level.size() < other.signed_by_level.size()) {
    signed_by_level.resize(other.signed_by_level.size());
  }
  for (size_t i = 0; i < other.signed_by_level.size(); ++i) {
    Add(signed_by_level[i], other.signed_by_level[i]);
  }
  return *this;
}

std::vector<IndicatorValue> ToIndicators(const Figures& figures,
                                         absl::Span<const std::string> levels) {
  std::vector<IndicatorValue> values;
  values.push_back({std::string(kComplaintsResolved), "Khiếu nại, tố cáo đã giải quyết",
                    figures.complaints.numerator, figures.complaints.denominator});
  values.push_back({std::string(kRecommendationsResolved), "Kiến nghị, phản ánh đã giải quyết",
                    figures.recommendations.numerator, figures.recommendations.denominator});
  for (size_t i = 0; i < levels.size(); ++i) {
    const Figures::Part part =
        i < figures.signed_by_level.size() ? figures.signed_by_level[i] : Figures::Part();
    values.push_back({SignedKey(levels[i]),
                      absl::StrCat("Chương trình phối hợp đã ký ở ", LevelName(levels[i])),
                      part.numerator, part.denominator});
  }
  values.push_back({std::string(kOpinionEntries), "Ý kiến dư luận xã hội đã ghi nhận",
                    figures.opinion_entries, std::nullopt});
  return values;
}

bool IsIndicator(std::string_view key, absl::Span<const std::string> levels) {
  if (key == kComplaintsResolved || key == kRecommendationsResolved || key == kOpinionEntries) {
    return true;
  }
  return std::any_of(levels.begin(), levels.end(),
                     [&](const std::string& level) { return key == SignedKey(level); });
}

bool IsRate(std::string_view key) { return key != kOpinionEntries; }

}  // namespace phoihop::reporting
