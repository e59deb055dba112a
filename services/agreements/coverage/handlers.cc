#include "services/agreements/coverage/handlers.h"

#include <algorithm>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/types/span.h"
#include "common/fields/fields.h"
#include "common/filter/filter.h"
#include "common/names/names.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/time/civil.h"
#include "phoihop/agreements/v1/coverage.pb.h"
#include "services/agreements/coverage/as_it_is.h"
#include "services/agreements/coverage/table.h"
#include "services/agreements/rpc/cascade.h"

namespace phoihop::agreements {
namespace {

constexpr int kDefaultPage = 100;
constexpr int kMaxPage = 1000;
constexpr int kMaxExportRows = 20000;
constexpr size_t kMaxExportBytes = 3 << 20;

// The numbers of the domain are those of the contract.
static_assert(static_cast<int>(CoverageState::kSigned) == v1::CoverageUnit::SIGNED);
static_assert(static_cast<int>(CoverageState::kMissing) == v1::CoverageUnit::MISSING);
static_assert(static_cast<int>(CoverageState::kPartlySigned) == v1::CoverageUnit::PARTLY_SIGNED);
static_assert(static_cast<int>(CoverageState::kNotExpected) == v1::CoverageUnit::NOT_EXPECTED);
static_assert(static_cast<int>(CoverageState::kNotExplained) == v1::CoverageUnit::NOT_EXPLAINED);
static_assert(static_cast<int>(Descent::kContinued) == v1::CoverageUnit::CONTINUED);
static_assert(static_cast<int>(Descent::kMerged) == v1::CoverageUnit::MERGED);
static_assert(static_cast<int>(Descent::kSplit) == v1::CoverageUnit::SPLIT);
static_assert(static_cast<int>(Descent::kCodeKept) == v1::CoverageUnit::CODE_KEPT);

v1::CoverageUnit::State ToProto(CoverageState state) {
  return static_cast<v1::CoverageUnit::State>(state);
}

// Notes VIEW_BEFORE_DAY unless the view is of the cascade's day or a later one.
void CheckViewDay(absl::CivilDay day, absl::CivilDay view_day, Checker& check) {
  if (view_day < day) {
    check.Add("view_date", "VIEW_BEFORE_DAY",
              {"The units must be those of the cascade's day or of a later one.",
               "Ngày xem phải bằng hoặc sau ngày của đợt triển khai."});
  }
}

absl::StatusOr<AsItIs> ReadView(const CoverageParts& parts, const rpc::RequestContext& ctx,
                                const Cascade& cascade, absl::CivilDay view_day) {
  ASSIGN_OR_RETURN(const std::shared_ptr<const Lineage> lineage,
                   parts.lineage->Get(cascade.tree().version(), ctx.deadline()));
  return SeeAsItIs(cascade.tree(), *lineage, cascade.asked.unit, cascade.programme_unit(),
                   cascade.asked.day, view_day, cascade.expected(), cascade.standings());
}

// What ListCoverageUnits and ExportCoverage have in common.
struct Table {
  Cascade cascade;
  bool view = false;
  std::vector<CoverageRow> rows;
};

template <class Request>
absl::StatusOr<Table> ReadTable(const CoverageParts& parts, const rpc::RequestContext& ctx,
                                const Request& request) {
  Checker check;
  const CascadeAsked asked = ReadCascadeAsked(request, VietnamDay(ctx.now()), check);
  const std::optional<absl::CivilDay> view_day =
      check.OptionalDay("view_date", request.view_date());
  if (view_day.has_value()) CheckViewDay(asked.day, *view_day, check);
  RowFilter filter;
  filter.level = check.Text("level", request.level(), 0, 20);
  if (request.state() != v1::CoverageUnit::STATE_UNSPECIFIED) {
    if (!v1::CoverageUnit::State_IsValid(request.state())) {
      check.Add("state", "UNKNOWN_STATE",
                {"The state is not known.", "Trạng thái không được biết đến."});
    }
    filter.state = static_cast<CoverageState>(request.state());
  }
  RETURN_IF_ERROR(check.status());
  Table table;
  ASSIGN_OR_RETURN(table.cascade,
                   ReadCascade(*parts.store, *parts.snapshots, ctx, asked, CascadePurpose::kList));
  if (!view_day.has_value()) {
    table.rows =
        Rows(table.cascade.tree(), table.cascade.expected(), table.cascade.standings(), filter);
    if (table.cascade.records.programme.has_value() &&
        table.cascade.records.programme->target.due.has_value()) {
      SetDue(*table.cascade.records.programme->target.due, asked.day, table.rows);
    }
    return table;
  }
  table.view = true;
  ASSIGN_OR_RETURN(const AsItIs view, ReadView(parts, ctx, table.cascade, *view_day));
  table.rows = Rows(view, filter);
  return table;
}

// Looks up the numbers of the agreements in these rows.
absl::Status SetNumbers(const CoverageParts& parts, const rpc::RequestContext& ctx,
                        absl::Span<CoverageRow> rows) {
  std::vector<std::string> ids;
  for (const CoverageRow& row : rows) {
    if (!row.agreement.empty()) ids.push_back(row.agreement);
  }
  if (ids.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const auto numbers, parts.store->DocumentNumbers(ids, ctx.deadline()));
  for (CoverageRow& row : rows) {
    const auto found = numbers.find(row.agreement);
    if (found != numbers.end()) row.agreement_number = found->second;
  }
  return absl::OkStatus();
}

v1::CoverageUnit ToProto(const Cascade& cascade, const CoverageRow& row) {
  v1::CoverageUnit wire;
  wire.set_unit(UnitName(row.unit.id));
  wire.set_code(row.unit.version->code);
  wire.set_display_name(row.unit.version->name);
  wire.set_level(row.unit.version->level);
  wire.set_state(ToProto(row.state));
  if (row.since.has_value()) wire.set_since_date(FormatDay(*row.since));
  if (!row.agreement.empty()) wire.set_agreement(AgreementName(row.agreement));
  wire.set_agreement_number(row.agreement_number);
  if (row.first_in_force.has_value()) {
    wire.set_first_in_force_date(FormatDay(*row.first_in_force));
  }
  if (row.last_in_force.has_value()) wire.set_last_in_force_date(FormatDay(*row.last_in_force));
  if (row.due.has_value()) wire.set_due_date(FormatDay(*row.due));
  wire.set_overdue(row.overdue);
  std::vector<int64_t> ids;
  for (const Predecessor& one : row.predecessors) ids.push_back(one.unit);
  std::vector<ExpectedUnit> before_units = OnDay(cascade.tree(), ids, cascade.asked.day);
  SortInOrder(before_units);
  for (const ExpectedUnit& unit : before_units) {
    const auto one = std::find_if(row.predecessors.begin(), row.predecessors.end(),
                                  [&](const Predecessor& p) { return p.unit == unit.id; });
    v1::CoverageUnit::Predecessor& before = *wire.add_predecessors();
    before.set_unit(UnitName(unit.id));
    before.set_code(unit.version->code);
    before.set_display_name(unit.version->name);
    before.set_state(ToProto(one->state));
    before.set_descent(static_cast<v1::CoverageUnit::Descent>(one->descent));
  }
  return wire;
}

absl::StatusOr<v1::CoverageAsItIs> GetCoverageAsItIs(const CoverageParts& parts,
                                                     const rpc::RequestContext& ctx,
                                                     const v1::GetCoverageAsItIsRequest& request) {
  Checker check;
  const absl::CivilDay today = VietnamDay(ctx.now());
  const CascadeAsked asked = ReadCascadeAsked(request, today, check);
  const absl::CivilDay view_day =
      check.OptionalDay("view_date", request.view_date()).value_or(std::max(today, asked.day));
  CheckViewDay(asked.day, view_day, check);
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const Cascade cascade,
                   ReadCascade(*parts.store, *parts.snapshots, ctx, asked, CascadePurpose::kList));
  ASSIGN_OR_RETURN(const AsItIs view, ReadView(parts, ctx, cascade, view_day));

  v1::CoverageAsItIs wire;
  wire.set_unit(UnitName(asked.unit));
  wire.set_on_date(FormatDay(asked.day));
  wire.set_view_date(FormatDay(view_day));
  if (cascade.records.programme.has_value()) {
    wire.set_programme(AgreementName(cascade.records.programme->id));
    wire.set_programme_title(cascade.records.programme->title);
  }
  for (const int64_t root : view.roots) wire.add_view_units(UnitName(root));
  for (const ViewLevel& level : view.levels) {
    v1::CoverageAsItIs::Level& to = *wire.add_levels();
    to.set_level(level.level);
    to.set_unit_count(level.units);
    to.set_signed_count(level.signed_units);
    to.set_partly_signed_count(level.partly_signed);
    to.set_missing_count(level.missing);
    to.set_not_expected_count(level.not_expected);
    to.set_not_explained_count(level.not_explained);
  }
  for (const Fate& fate : view.fates) {
    v1::CoverageAsItIs::Fate& to = *wire.add_fates();
    to.set_level(fate.level);
    to.set_state(fate.is_signed ? v1::CoverageUnit::SIGNED : v1::CoverageUnit::MISSING);
    to.set_unit_count(fate.units);
    to.set_continued_count(fate.continued);
    to.set_merged_count(fate.merged);
    to.set_split_count(fate.split);
    to.set_not_explained_count(fate.not_explained);
    to.set_elsewhere_count(fate.elsewhere);
    to.set_ended_count(fate.ended);
  }
  wire.set_position(cascade.records.position);
  return wire;
}

// Rows have a total order, by level, code and id, so a cursor is the row that was last, as
// "level code id". A row that is gone meanwhile is passed over without loss.
bool IsAfter(const ExpectedUnit& unit, int level, const std::string& code, int64_t id) {
  return std::tie(unit.level, unit.version->code, unit.id) > std::tie(level, code, id);
}

absl::StatusOr<v1::ListCoverageUnitsResponse> ListCoverageUnits(
    const CoverageParts& parts, const rpc::RequestContext& ctx,
    const v1::ListCoverageUnitsRequest& request) {
  ASSIGN_OR_RETURN(const int limit, PageSize(request.page_size(), kDefaultPage, kMaxPage));
  const std::string bound_to = filter::BoundTo(request);
  const std::string caller = ctx.caller().ActorName();
  ASSIGN_OR_RETURN(const std::string cursor,
                   parts.page_tokens->Decode(request.page_token(), bound_to, caller));
  ASSIGN_OR_RETURN(Table table, ReadTable(parts, ctx, request));
  auto row = table.rows.begin();
  if (!cursor.empty()) {
    const std::vector<std::string> key = absl::StrSplit(cursor, ' ');
    int level = 0;
    int64_t id = 0;
    if (key.size() != 3 || !absl::SimpleAtoi(key[0], &level) || !absl::SimpleAtoi(key[2], &id)) {
      return Internal("a cursor of coverage cannot be read");
    }
    row = std::find_if(row, table.rows.end(),
                       [&](const CoverageRow& r) { return IsAfter(r.unit, level, key[1], id); });
  }
  v1::ListCoverageUnitsResponse response;
  response.set_total_size(static_cast<int>(table.rows.size()));
  const size_t size = std::min<size_t>(limit, table.rows.end() - row);
  RETURN_IF_ERROR(
      SetNumbers(parts, ctx, absl::MakeSpan(table.rows).subspan(row - table.rows.begin(), size)));
  for (; row != table.rows.end() && response.units_size() < limit; ++row) {
    *response.add_units() = ToProto(table.cascade, *row);
  }
  if (row != table.rows.end()) {
    const ExpectedUnit& last = (row - 1)->unit;
    response.set_next_page_token(parts.page_tokens->Encode(
        absl::StrCat(last.level, " ", last.version->code, " ", last.id), bound_to, caller));
  }
  return response;
}

absl::StatusOr<v1::ExportCoverageResponse> ExportCoverage(
    const CoverageParts& parts, const rpc::RequestContext& ctx,
    const v1::ExportCoverageRequest& request) {
  ASSIGN_OR_RETURN(Table table, ReadTable(parts, ctx, request));
  std::optional<std::string> csv;
  if (table.rows.size() <= kMaxExportRows) {
    RETURN_IF_ERROR(SetNumbers(parts, ctx, absl::MakeSpan(table.rows)));
    csv = ToCsv(table.cascade.tree(), table.rows, table.cascade.asked.day, table.view,
                request.byte_order_mark(), kMaxExportBytes);
  }
  if (!csv.has_value()) {
    return Precondition("EXPORT_TOO_LARGE",
                        {"The table is too large; ask for one level or one province at a time.",
                         "Bảng quá lớn; hãy xuất từng cấp hoặc từng tỉnh."},
                        request.unit());
  }
  v1::ExportCoverageResponse response;
  response.set_csv(*std::move(csv));
  response.set_row_count(static_cast<int>(table.rows.size()));
  const absl::CivilDay day = table.cascade.asked.day;
  const std::string code = table.cascade.tree().Find(table.cascade.asked.unit)->On(day)->code;
  response.set_file_name(
      absl::StrCat("coverage-", code, "-", FormatDay(day), table.view ? "-as-it-is" : "", ".csv"));
  return response;
}

}  // namespace

void AddCoverageHandlers(const CoverageParts& parts, rpc::Server::Builder& builder) {
  const auto add = [&]<class Req, class Res>(
                       const char* method,
                       absl::StatusOr<Res> (*handler)(const CoverageParts&,
                                                      const rpc::RequestContext&, const Req&)) {
    builder.Unary<Req, Res>(absl::StrCat("phoihop.agreements.v1.CoverageService/", method),
                            [parts, handler](const rpc::RequestContext& ctx, const Req& request) {
                              return handler(parts, ctx, request);
                            });
  };
  add("GetCoverageAsItIs", &GetCoverageAsItIs);
  add("ListCoverageUnits", &ListCoverageUnits);
  add("ExportCoverage", &ExportCoverage);
}

}  // namespace phoihop::agreements
