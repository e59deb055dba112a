// Handlers that make and read reports.
#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/fields/fields.h"
#include "common/ledger/write.h"
#include "common/names/names.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/time/civil.h"
#include "google/protobuf/util/time_util.h"
#include "services/reporting/domain/findings.h"
#include "services/reporting/domain/layout.h"
#include "services/reporting/rpc/compute.h"
#include "services/reporting/rpc/converters.h"
#include "services/reporting/rpc/scope.h"
#include "services/reporting/rpc/service.h"

namespace phoihop::reporting {
namespace {

constexpr int kMaxTitle = 500;
constexpr int kDefaultPage = 20;
constexpr int kMaxPage = 100;
constexpr absl::Duration kTreePoll = absl::Milliseconds(5);

// What a report is asked to be.
struct Draft {
  std::string title;
  v1::Report::Kind kind = v1::Report::KIND_UNSPECIFIED;
  int64_t unit = 0;
  DayInterval days;
  std::vector<TypedFigure> typed;
};

absl::StatusOr<Draft> ReadDraft(const v1::CreateReportRequest& request, absl::CivilDay today,
                                const access::UnitTree& tree) {
  const v1::Report& wire = request.report();
  Checker check;
  Draft draft;
  // First, since its order is only judged while nothing is wrong.
  draft.days = check.Interval("report.since", wire.since(), "report.until", wire.until());
  if (check.ok() && today < draft.days.last) {
    check.Add("report.until", "IN_THE_FUTURE",
              {"The last day must not be in the future.", "Ngày cuối không được ở tương lai."});
  }
  check.RequestId(request.request_id());
  draft.title = check.Text("report.title", wire.title(), 1, kMaxTitle);
  draft.kind = wire.kind();
  check.Required("report.kind", draft.kind != v1::Report::KIND_UNSPECIFIED);
  if (!v1::Report::Kind_IsValid(draft.kind)) {
    check.Add("report.kind", "UNKNOWN_KIND",
              {"There is no such kind of report.", "Không có loại báo cáo này."});
  }
  draft.unit = check.Unit("report.unit", wire.unit());
  draft.typed = ReadTypedFigures(wire.typed_figures(), tree.Levels(), check);
  RETURN_IF_ERROR(check.status());
  return draft;
}

// OK when a report of these days may be made: see RequireDays. A caller in whose scope the unit
// was learns that it did not exist on any of them.
absl::Status RequireReportable(const access::Snapshot& snapshot, const access::Caller& caller,
                               const Draft& draft) {
  const access::UnitTree& tree = *snapshot.tree;
  const access::Unit* unit = tree.Find(draft.unit);
  if (unit != nullptr && !LastDayOf(tree, draft.unit, draft.days).has_value()) {
    const std::optional<absl::CivilDay> before =
        LastDayOf(tree, draft.unit, {kFirstDay, draft.days.first - 1});
    const absl::CivilDay known = before.value_or(unit->versions.front().from);
    if (snapshot.grants->Allows(caller, kReportWrite, draft.unit, known, tree)) {
      return InvalidField(before.has_value() ? "report.since" : "report.until", "UNIT_NOT_ON_DAY",
                          {"The unit did not exist on any of these days.",
                           "Đơn vị không tồn tại vào ngày nào trong khoảng thời gian này."});
    }
  }
  return RequireDays(snapshot, caller, kReportWrite, draft.unit, draft.days, kUnitType,
                     UnitName(draft.unit));
}

// The report with its figures, without what the moment of storing decides.
v1::Report MakeReport(const std::string& id, const Draft& draft, const Answer& answer) {
  v1::Report report;
  report.set_name(absl::StrCat("reports/", id));
  report.set_title(draft.title);
  report.set_kind(draft.kind);
  report.set_unit(UnitName(draft.unit));
  report.set_since(FormatDay(draft.days.first));
  report.set_until(FormatDay(draft.days.last));
  for (const TypedFigure& figure : draft.typed) *report.add_typed_figures() = ToProto(figure);
  *report.mutable_total() = TotalRow(answer);
  AddRowsBelow(answer, report);
  const std::vector<IndicatorValue> recorded =
      ToIndicators(answer.rollup.total, answer.rollup.signed_levels);
  for (const Finding& finding : Compare(draft.typed, recorded)) {
    *report.add_findings() = ToProto(finding);
  }
  for (const SourcePosition& source : answer.sources) *report.add_sources() = ToProto(source);
  report.set_etag(Etag(1));
  return report;
}

}  // namespace

absl::StatusOr<access::Snapshot> ReportingService::AwaitNewest(
    const rpc::RequestContext& ctx) const {
  const absl::Time deadline = std::min(ctx.deadline(), absl::Now() + parts_.patience);
  ASSIGN_OR_RETURN(const std::vector<SourcePosition> heads, parts_.live->WaitForHeads(deadline));
  const auto directory = std::find_if(heads.begin(), heads.end(), [](const SourcePosition& head) {
    return head.service == kDirectory;
  });
  while (true) {
    ASSIGN_OR_RETURN(access::Snapshot snapshot, parts_.snapshots->Get());
    if (directory == heads.end() || snapshot.position >= directory->position) return snapshot;
    if (absl::Now() + kTreePoll >= deadline || ctx.cancelled()) {
      return Unavailable("PROJECTION_BEHIND",
                         {"The register of units does not include the newest changes yet. Try "
                          "again.",
                          "Danh mục đơn vị chưa cập nhật thay đổi mới nhất. Vui lòng thử lại."});
    }
    absl::SleepFor(kTreePoll);
  }
}

absl::StatusOr<v1::Report> ReportingService::CreateReport(
    const rpc::RequestContext& ctx, const v1::CreateReportRequest& request) const {
  ASSIGN_OR_RETURN(const access::Snapshot known, parts_.snapshots->Get());
  ASSIGN_OR_RETURN(const Draft draft, ReadDraft(request, VietnamDay(ctx.now()), *known.tree));
  RETURN_IF_ERROR(RequireReportable(known, ctx.caller(), draft));
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, AwaitNewest(ctx));
  // What came meanwhile may have moved the unit.
  RETURN_IF_ERROR(RequireReportable(snapshot, ctx.caller(), draft));
  ASSIGN_OR_RETURN(const Answer answer,
                   Compute(*parts_.projection, snapshot,
                           {draft.unit, draft.days.first, draft.days.last}, ReadDeadline(ctx)));
  const std::string id = NewId(ctx.now());
  const v1::Report made = MakeReport(id, draft, answer);
  return ledger::Write<v1::Report>(
      *parts_.writer, ctx, request, {made.unit()},
      [&](ledger::Transaction& tx) -> absl::StatusOr<v1::Report> {
        v1::Report report = made;
        *report.mutable_create_time() =
            google::protobuf::util::TimeUtil::MicrosecondsToTimestamp(absl::ToUnixMicros(tx.now()));
        RETURN_IF_ERROR(
            parts_.reports->Insert(tx, ToStored(report, id, draft.unit, draft.days, tx.now())));
        tx.Note(ledger::MakeChange(report, report.name(), 1, VietnamDay(tx.now()), report.unit()));
        return report;
      });
}

absl::StatusOr<v1::Report> ReportingService::GetReport(const rpc::RequestContext& ctx,
                                                       const v1::GetReportRequest& request) const {
  Checker check;
  const std::string id = check.Name("name", "reports/*", request.name());
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts_.snapshots->Get());
  ASSIGN_OR_RETURN(const std::optional<StoredReport> stored,
                   parts_.reports->Get(id, ReadDeadline(ctx)));
  if (!stored.has_value()) return NotFound(kReportType, request.name());
  RETURN_IF_ERROR(RequireDays(snapshot, ctx.caller(), kReportRead, stored->unit, stored->days,
                              kReportType, request.name()));
  return FromStored(*stored);
}

absl::StatusOr<v1::ListReportsResponse> ReportingService::ListReports(
    const rpc::RequestContext& ctx, const v1::ListReportsRequest& request) const {
  Checker check;
  const int64_t unit = check.Unit("unit", request.unit());
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const int size, PageSize(request.page_size(), kDefaultPage, kMaxPage));
  const std::string query = absl::StrCat("ListReports ", unit);
  ASSIGN_OR_RETURN(const std::string cursor,
                   parts_.page_tokens->Decode(request.page_token(), query, ctx.caller().name));
  ASSIGN_OR_RETURN(const std::optional<ReportKey> after, ParseCursor(cursor));
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts_.snapshots->Get());
  RETURN_IF_ERROR(RequireDays(snapshot, ctx.caller(), kReportRead, unit,
                              {kFirstDay, VietnamDay(ctx.now())}, kUnitType, request.unit()));
  ASSIGN_OR_RETURN(std::vector<StoredReport> found,
                   parts_.reports->List(unit, kEndOfDays - 1, after, size + 1, ReadDeadline(ctx)));
  v1::ListReportsResponse response;
  if (found.size() > static_cast<size_t>(size)) {
    found.resize(size);
    const StoredReport& last = found.back();
    response.set_next_page_token(parts_.page_tokens->Encode(
        FormatCursor({last.days.last, last.days.first, last.id}), query, ctx.caller().name));
  }
  for (const StoredReport& stored : found) {
    // A report of days on which the unit belonged elsewhere is as if it were not there.
    if (!RequireDays(snapshot, ctx.caller(), kReportRead, unit, stored.days, kReportType, "")
             .ok()) {
      continue;
    }
    ASSIGN_OR_RETURN(*response.add_reports(), FromStored(stored));
  }
  return response;
}

}  // namespace phoihop::reporting
