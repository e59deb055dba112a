#include "services/agreements/coverage/table.h"

#include "absl/strings/str_cat.h"
#include "common/names/names.h"
#include "common/time/civil.h"
#include "services/agreements/coverage/csv.h"
#include "services/agreements/domain/agreement.h"

namespace phoihop::agreements {
namespace {

// States and descents as Vietnamese readers know them.
std::string StateVi(CoverageState state) {
  switch (state) {
    case CoverageState::kSigned:
      return "Đã ký";
    case CoverageState::kMissing:
      return "Chưa ký";
    case CoverageState::kPartlySigned:
      return "Đã ký một phần";
    case CoverageState::kNotExpected:
      return "Không thuộc diện phải ký";
    case CoverageState::kNotExplained:
      return "Chưa xác định được nguồn gốc";
  }
  return "";
}

std::string DescentVi(Descent descent) {
  switch (descent) {
    case Descent::kContinued:
      return "giữ nguyên";
    case Descent::kMerged:
      return "nhập toàn bộ";
    case Descent::kSplit:
      return "một phần";
    case Descent::kCodeKept:
      return "chỉ biết giữ mã";
  }
  return "";
}

std::string LevelVi(const std::string& level) {
  if (level == access::kProvinceLevel) return "Tỉnh";
  if (level == access::kDistrictLevel) return "Huyện";
  if (level == access::kCommuneLevel) return "Xã";
  return level;
}

// "31117 Phường Cái Khế (Đã ký, nhập toàn bộ); ..."
std::string PredecessorsVi(const access::UnitTree& tree, absl::CivilDay day,
                           absl::Span<const Predecessor> predecessors) {
  std::string text;
  for (const Predecessor& one : predecessors) {
    const access::UnitVersion& version = *tree.Find(one.unit)->On(day);
    absl::StrAppend(&text, text.empty() ? "" : "; ", version.code, " ", version.name, " (",
                    StateVi(one.state), ", ", DescentVi(one.descent), ")");
  }
  return text;
}

}  // namespace

std::vector<CoverageRow> Rows(const access::UnitTree& tree, absl::Span<const ExpectedUnit> expected,
                              const Standings& standings, const RowFilter& filter) {
  std::vector<CoverageRow> rows;
  for (const ExpectedUnit& unit : expected) {
    const CoverageState state =
        standings.IsSigned(unit.id) ? CoverageState::kSigned : CoverageState::kMissing;
    if (!filter.Takes(unit, state)) continue;
    const Standing standing = standings.Of(tree, unit.id);
    CoverageRow& row = rows.emplace_back();
    row.unit = unit;
    row.state = state;
    row.since = standing.since;
    row.first_in_force = standing.first_in_force;
    row.last_in_force = standing.last_in_force;
    if (standing.member != nullptr) row.agreement = standing.member->agreement;
  }
  return rows;
}

void SetDue(absl::CivilDay due, absl::CivilDay day, std::vector<CoverageRow>& rows) {
  for (CoverageRow& row : rows) {
    row.due = due;
    row.overdue = row.state == CoverageState::kMissing && day > due;
  }
}

std::vector<CoverageRow> Rows(const AsItIs& view, const RowFilter& filter) {
  std::vector<CoverageRow> rows;
  for (const ViewUnit& unit : view.units) {
    if (!filter.Takes(unit.unit, unit.state)) continue;
    CoverageRow& row = rows.emplace_back();
    row.unit = unit.unit;
    row.state = unit.state;
    row.predecessors = unit.predecessors;
  }
  return rows;
}

std::optional<std::string> ToCsv(const access::UnitTree& tree, absl::Span<const CoverageRow> rows,
                                 absl::CivilDay day, bool view, bool byte_order_mark,
                                 size_t limit) {
  CsvWriter csv(byte_order_mark);
  std::vector<std::string> cells = {"Cấp", "Mã đơn vị", "Tên đơn vị", "Tình trạng"};
  if (view) {
    cells.push_back(absl::StrCat("Hình thành từ các đơn vị ngày ", FormatDayVi(day)));
  } else {
    cells.insert(cells.end(),
                 {"Kể từ ngày", "Số văn bản", "Chương trình phối hợp", "Ký lần đầu (ngày hiệu lực)",
                  "Ký gần nhất (ngày hiệu lực)", "Hạn ký", "Quá hạn"});
  }
  csv.AddRow(cells);
  for (const CoverageRow& row : rows) {
    const access::UnitVersion& version = *row.unit.version;
    cells = {LevelVi(version.level), version.code, version.name, StateVi(row.state)};
    if (view) {
      cells.push_back(PredecessorsVi(tree, day, row.predecessors));
    } else {
      cells.push_back(row.since.has_value() ? FormatDayVi(*row.since) : "");
      cells.push_back(row.agreement_number);
      cells.push_back(row.agreement.empty() ? "" : AgreementName(row.agreement));
      for (const std::optional<absl::CivilDay>& day_of :
           {row.first_in_force, row.last_in_force, row.due}) {
        cells.push_back(day_of.has_value() ? FormatDayVi(*day_of) : "");
      }
      cells.emplace_back(row.overdue ? "Quá hạn" : "");
    }
    csv.AddRow(cells);
    if (csv.size() > limit) return std::nullopt;
  }
  return csv.Take();
}

}  // namespace phoihop::agreements
