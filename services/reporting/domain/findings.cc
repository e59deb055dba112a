#include "services/reporting/domain/findings.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/substitute.h"
#include "common/text/text.h"
#include "services/reporting/domain/typed_rate.h"

namespace phoihop::reporting {
namespace {

constexpr char kNoData[] = "không có số liệu";
constexpr char kNoRate[] = "không tính được";

std::string Fraction(int64_t numerator, int64_t denominator) {
  return absl::StrCat(FormatCountVi(numerator), "/", FormatCountVi(denominator));
}

// With at least one decimal, as rates are read, and with as many as were typed, so that the
// two can be told apart.
std::string ComputedRate(const TypedRate& typed, int64_t numerator, int64_t denominator) {
  if (denominator <= 0) return kNoRate;
  return FormatRate(numerator, denominator, std::max(1, typed.decimals));
}

Finding Make(const TypedFigure& figure, Finding::Kind kind, std::string typed, std::string computed,
             std::string computation) {
  Finding finding;
  finding.kind = kind;
  finding.label = figure.label;
  finding.indicator = figure.indicator;
  finding.typed_text = std::move(typed);
  finding.computed_text = std::move(computed);
  finding.computation = std::move(computation);
  return finding;
}

void CompareWithParts(const TypedFigure& figure, std::vector<Finding>& findings) {
  const auto rate = ParseTypedRate(figure.rate_text);
  if (rate.has_value() && figure.numerator.has_value() && figure.denominator.has_value() &&
      !Agrees(*rate, *figure.numerator, *figure.denominator)) {
    Finding finding = Make(figure, Finding::Kind::kRateDisagreesWithParts, figure.rate_text,
                           ComputedRate(*rate, *figure.numerator, *figure.denominator),
                           Fraction(*figure.numerator, *figure.denominator));
    finding.message =
        absl::Substitute("“$0” ghi $1, nhưng $2 là $3.", finding.label, finding.typed_text,
                         finding.computation, finding.computed_text);
    findings.push_back(std::move(finding));
  }
  if (figure.total.has_value() && !figure.parts.empty()) {
    int64_t sum = 0;
    for (const TypedFigure::Part& part : figure.parts) sum += part.count;
    if (sum != *figure.total) {
      Finding finding =
          Make(figure, Finding::Kind::kTotalDisagreesWithParts, FormatCountVi(*figure.total),
               FormatCountVi(sum),
               absl::StrJoin(figure.parts, "+", [](std::string* out, const auto& part) {
                 out->append(FormatCountVi(part.count));
               }));
      finding.message =
          absl::Substitute("“$0” ghi tổng là $1, nhưng cộng các phần $2 được $3.", finding.label,
                           finding.typed_text, finding.computation, finding.computed_text);
      findings.push_back(std::move(finding));
    }
  }
}

// Compares one typed count with the recorded one; `where` says which in Vietnamese.
void CompareCount(const TypedFigure& figure, std::optional<int64_t> typed,
                  std::optional<int64_t> recorded, const char* where,
                  const std::string& computation, std::vector<Finding>& findings) {
  if (!typed.has_value() || !recorded.has_value() || *typed == *recorded) return;
  Finding finding = Make(figure, Finding::Kind::kDisagreesWithRecords, FormatCountVi(*typed),
                         FormatCountVi(*recorded), computation);
  finding.message =
      absl::Substitute("“$0” ghi $1 là $2, nhưng số liệu đã ghi nhận là $3.", finding.label, where,
                       finding.typed_text, finding.computed_text);
  findings.push_back(std::move(finding));
}

// What the figure says first, for a finding about all of it.
std::string FirstTyped(const TypedFigure& figure) {
  if (!figure.rate_text.empty()) return figure.rate_text;
  if (figure.numerator.has_value() && figure.denominator.has_value()) {
    return Fraction(*figure.numerator, *figure.denominator);
  }
  for (const auto& count : {figure.numerator, figure.denominator, figure.total}) {
    if (count.has_value()) return FormatCountVi(*count);
  }
  return "";
}

void CompareWithRecords(const TypedFigure& figure, const IndicatorValue* recorded,
                        std::vector<Finding>& findings) {
  if (recorded == nullptr) {
    Finding finding =
        Make(figure, Finding::Kind::kDisagreesWithRecords, FirstTyped(figure), kNoData, "");
    finding.message =
        absl::Substitute("“$0” ghi $1, nhưng $2 đã ghi nhận cho chỉ tiêu này để so sánh.",
                         finding.label, finding.typed_text, finding.computed_text);
    findings.push_back(std::move(finding));
    return;
  }
  if (!recorded->denominator.has_value()) {
    CompareCount(figure, figure.numerator, recorded->numerator, "số lượng", "", findings);
    CompareCount(figure, figure.total, recorded->numerator, "tổng", "", findings);
    return;
  }
  const std::string computation = Fraction(recorded->numerator, *recorded->denominator);
  const auto rate = ParseTypedRate(figure.rate_text);
  if (rate.has_value() && !Agrees(*rate, recorded->numerator, *recorded->denominator)) {
    Finding finding =
        Make(figure, Finding::Kind::kDisagreesWithRecords, figure.rate_text,
             ComputedRate(*rate, recorded->numerator, *recorded->denominator), computation);
    finding.message =
        absl::Substitute("“$0” ghi $1, nhưng theo số liệu đã ghi nhận là $2 ($3).", finding.label,
                         finding.typed_text, finding.computed_text, finding.computation);
    findings.push_back(std::move(finding));
  }
  CompareCount(figure, figure.numerator, recorded->numerator, "tử số", computation, findings);
  CompareCount(figure, figure.denominator, recorded->denominator, "mẫu số", computation, findings);
}

}  // namespace

bool IsComparable(const TypedFigure& figure) {
  const bool any_count = figure.numerator.has_value() || figure.denominator.has_value();
  if (!figure.rate_text.empty() && figure.numerator.has_value() && figure.denominator.has_value()) {
    return true;
  }
  if (figure.total.has_value() && !figure.parts.empty()) return true;
  if (figure.indicator.empty()) return false;
  return IsRate(figure.indicator) ? any_count || !figure.rate_text.empty()
                                  : figure.numerator.has_value() || figure.total.has_value();
}

std::vector<Finding> Compare(absl::Span<const TypedFigure> figures,
                             absl::Span<const IndicatorValue> recorded) {
  std::vector<Finding> findings;
  for (const TypedFigure& figure : figures) {
    CompareWithParts(figure, findings);
    if (figure.indicator.empty()) continue;
    const auto found = std::find_if(
        recorded.begin(), recorded.end(),
        [&](const IndicatorValue& value) { return value.indicator == figure.indicator; });
    CompareWithRecords(figure, found == recorded.end() ? nullptr : &*found, findings);
  }
  return findings;
}

}  // namespace phoihop::reporting
