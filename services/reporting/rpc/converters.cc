#include "services/reporting/rpc/converters.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/names/names.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/status/views.h"
#include "common/time/civil.h"
#include "services/reporting/domain/typed_rate.h"

namespace phoihop::reporting {
namespace {

constexpr int kMaxLabel = 300;
constexpr int kMaxPartLabel = 200;
constexpr int kMaxRateText = 20;

std::optional<int64_t> ReadCount(const std::string& field, bool present, int64_t value,
                                 Checker& check) {
  if (!present) return std::nullopt;
  return check.Count(field, value, 0, kMaxTypedCount);
}

TypedFigure ReadTypedFigure(const v1::TypedFigure& wire, const std::string& path,
                            absl::Span<const std::string> levels, Checker& check) {
  TypedFigure figure;
  figure.label = check.Text(path + ".label", wire.label(), 1, kMaxLabel);
  figure.indicator = wire.indicator();
  if (!figure.indicator.empty() && !IsIndicator(figure.indicator, levels)) {
    check.Add(path + ".indicator", "UNKNOWN_INDICATOR",
              {"There is no such indicator.", "Không có chỉ tiêu này."});
  }
  figure.rate_text = check.Text(path + ".rate_text", wire.rate_text(), 0, kMaxRateText);
  if (!figure.rate_text.empty() && !ParseTypedRate(figure.rate_text).has_value()) {
    check.Add(path + ".rate_text", "NOT_A_PERCENTAGE",
              {"This is not a percentage such as 93,6%.",
               "Đây không phải là tỷ lệ phần trăm, ví dụ 93,6%."});
  }
  figure.numerator = ReadCount(path + ".numerator", wire.has_numerator(), wire.numerator(), check);
  figure.denominator =
      ReadCount(path + ".denominator", wire.has_denominator(), wire.denominator(), check);
  figure.total = ReadCount(path + ".total", wire.has_total(), wire.total(), check);
  check.Count(path + ".parts", wire.parts_size(), 0, kMaxParts);
  for (int i = 0; i < wire.parts_size() && i < kMaxParts; ++i) {
    const std::string part = absl::StrCat(path, ".parts[", i, "]");
    figure.parts.push_back(
        {check.Text(part + ".label", wire.parts(i).label(), 1, kMaxPartLabel),
         check.Count(part + ".count", wire.parts(i).count(), 0, kMaxTypedCount)});
  }
  if (figure.indicator == kOpinionEntries &&
      (!figure.rate_text.empty() || figure.denominator.has_value())) {
    check.Add(path + ".indicator", "INDICATOR_IS_A_COUNT",
              {"This indicator is a plain count: type it as the numerator.",
               "Chỉ tiêu này là số đếm: hãy ghi vào tử số."});
  } else if (!IsComparable(figure)) {
    check.Add(path, "NOTHING_TO_COMPARE",
              {"Give a percentage with its numerator and base, a total with its parts, or an "
               "indicator with a figure.",
               "Hãy ghi tỷ lệ kèm tử số và mẫu số, tổng kèm các phần, hoặc chỉ tiêu kèm số liệu."});
  }
  return figure;
}

void SetValues(const Figures& figures, const Answer& answer,
               google::protobuf::RepeatedPtrField<v1::IndicatorValue>& values) {
  for (const IndicatorValue& value : ToIndicators(figures, answer.rollup.signed_levels)) {
    v1::IndicatorValue& wire = *values.Add();
    wire.set_indicator(value.indicator);
    wire.set_display_name(value.display_name);
    wire.set_numerator(value.numerator);
    if (value.denominator.has_value()) wire.set_denominator(*value.denominator);
    wire.set_rate_text(RateText(value));
  }
}

v1::IndicatorRow RowOf(const UnitLabel& label, const Figures& figures, const Answer& answer) {
  v1::IndicatorRow row;
  row.set_unit(UnitName(label.unit));
  row.set_code(label.code);
  row.set_display_name(label.name);
  row.set_level(label.level);
  SetValues(figures, answer, *row.mutable_values());
  return row;
}

}  // namespace

std::vector<TypedFigure> ReadTypedFigures(
    const google::protobuf::RepeatedPtrField<v1::TypedFigure>& figures,
    absl::Span<const std::string> levels, Checker& check) {
  check.Count("report.typed_figures", figures.size(), 0, kMaxTypedFigures);
  std::vector<TypedFigure> result;
  for (int i = 0; i < figures.size() && i < kMaxTypedFigures; ++i) {
    result.push_back(ReadTypedFigure(figures.Get(i), absl::StrCat("report.typed_figures[", i, "]"),
                                     levels, check));
  }
  return result;
}

v1::TypedFigure ToProto(const TypedFigure& figure) {
  v1::TypedFigure wire;
  wire.set_label(figure.label);
  wire.set_indicator(figure.indicator);
  wire.set_rate_text(figure.rate_text);
  if (figure.numerator.has_value()) wire.set_numerator(*figure.numerator);
  if (figure.denominator.has_value()) wire.set_denominator(*figure.denominator);
  if (figure.total.has_value()) wire.set_total(*figure.total);
  for (const TypedFigure::Part& part : figure.parts) {
    v1::TypedFigure::Part& added = *wire.add_parts();
    added.set_label(part.label);
    added.set_count(part.count);
  }
  return wire;
}

v1::Finding ToProto(const Finding& finding) {
  v1::Finding wire;
  wire.set_kind(static_cast<v1::Finding::Kind>(finding.kind));
  wire.set_label(finding.label);
  wire.set_indicator(finding.indicator);
  wire.set_typed_text(finding.typed_text);
  wire.set_computed_text(finding.computed_text);
  wire.set_computation(finding.computation);
  wire.set_message(finding.message);
  return wire;
}

v1::SourcePosition ToProto(const SourcePosition& source) {
  v1::SourcePosition wire;
  wire.set_service(source.service);
  wire.set_epoch(source.epoch);
  wire.set_position(source.position);
  return wire;
}

v1::IndicatorRow TotalRow(const Answer& answer) {
  return RowOf(answer.layout.root, answer.rollup.total, answer);
}

void AddRowsBelow(const Answer& answer, v1::Report& report) {
  for (size_t i = 0; i < answer.layout.children.size(); ++i) {
    *report.add_children() = RowOf(answer.layout.children[i], answer.rollup.children[i], answer);
  }
  for (size_t i = 0; i < answer.layout.levels.size(); ++i) {
    v1::LevelTotal& total = *report.add_level_totals();
    total.set_level(answer.layout.levels[i]);
    total.set_unit_count(answer.layout.unit_counts[i]);
    SetValues(answer.rollup.levels[i], answer, *total.mutable_values());
  }
}

StoredReport ToStored(const v1::Report& report, std::string id, int64_t unit, DayInterval days,
                      absl::Time create_time) {
  v1::Report head = report;
  head.clear_children();
  head.clear_level_totals();
  v1::Report rows;
  *rows.mutable_children() = report.children();
  *rows.mutable_level_totals() = report.level_totals();
  return {std::move(id),           unit, days, create_time, head.SerializeAsString(),
          rows.SerializeAsString()};
}

absl::StatusOr<v1::Report> FromStored(const StoredReport& stored) {
  v1::Report report;
  // Serialised messages one after the other are the merged message.
  if (!report.ParseFromString(stored.head + stored.rows_below)) {
    return Internal("a stored report cannot be read");
  }
  return report;
}

std::string FormatCursor(const ReportKey& key) {
  return absl::StrCat(FormatDay(key.last), " ", FormatDay(key.first), " ", key.id);
}

absl::StatusOr<std::optional<ReportKey>> ParseCursor(std::string_view cursor) {
  if (cursor.empty()) return std::optional<ReportKey>();
  const std::vector<std::string> parts = absl::StrSplit(AbslView(cursor), ' ');
  if (parts.size() == 3 && IsId(parts[2])) {
    const auto last = ParseDay(parts[0]), first = ParseDay(parts[1]);
    if (last.ok() && first.ok()) return std::optional<ReportKey>({*last, *first, parts[2]});
  }
  // Sealed tokens are ours; only one from before an upgrade can get here.
  return InvalidField("page_token", "INVALID_PAGE_TOKEN",
                      {"The page token is not valid; start the list again.",
                       "Mã trang không hợp lệ; hãy bắt đầu lại danh sách."});
}

}  // namespace phoihop::reporting
