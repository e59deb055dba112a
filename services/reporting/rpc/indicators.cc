// Handlers of live figures and of the projection itself.
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/fields/fields.h"
#include "common/names/names.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/time/civil.h"
#include "services/reporting/projection/rebuild.h"
#include "services/reporting/rpc/compute.h"
#include "services/reporting/rpc/converters.h"
#include "services/reporting/rpc/scope.h"
#include "services/reporting/rpc/service.h"

namespace phoihop::reporting {
namespace {

// Of the newest reports about a unit so many are looked at for one that the caller may see.
constexpr int kNewestReports = 20;

// The newest report about exactly this unit that the caller may see, without its rows.
absl::StatusOr<std::optional<v1::Report>> NewestReport(ReportStore& store,
                                                       const access::Snapshot& snapshot,
                                                       const access::Caller& caller, int64_t unit,
                                                       absl::CivilDay until, absl::Time deadline) {
  // Nearly always it is the first; reports are large.
  for (const int limit : {1, kNewestReports}) {
    ASSIGN_OR_RETURN(const std::vector<StoredReport> reports,
                     store.List(unit, until, std::nullopt, limit, deadline));
    for (const StoredReport& stored : reports) {
      if (!RequireDays(snapshot, caller, kReportRead, stored.unit, stored.days, kReportType, "")
               .ok()) {
        continue;
      }
      ASSIGN_OR_RETURN(v1::Report report, FromStored(stored));
      return std::optional<v1::Report>(std::move(report));
    }
    if (static_cast<int>(reports.size()) < limit) break;
  }
  return std::optional<v1::Report>();
}

v1::RebuildProgress ToProto(const Rebuild::Progress& progress) {
  v1::RebuildProgress wire;
  wire.set_records_done(progress.records_done);
  wire.set_records_total(progress.records_total);
  wire.set_done(progress.finished);
  if (progress.finished) {
    wire.set_equal(progress.comparison.equal);
    wire.set_old_digest(progress.comparison.old_digest);
    wire.set_new_digest(progress.comparison.new_digest);
    for (const std::string& difference : progress.comparison.differences) {
      wire.add_differences(difference);
    }
  }
  return wire;
}

// Tells how far a rebuild is, until it is done. When the caller leaves, it is given up.
class RebuildStream : public rpc::StreamSource<v1::RebuildProgress> {
 public:
  explicit RebuildStream(LiveProjection& live) : live_(live) {}
  ~RebuildStream() override {
    rebuild_.reset();
    live_.CleanUpSoon();
  }

  absl::Status Start(ProjectionStore& store, Feeds& feeds, std::string owner) {
    Rebuild::Options options;
    options.on_change = [waker = waker()] { waker.Wake(); };
    ASSIGN_OR_RETURN(rebuild_, Rebuild::Start(store, feeds, std::move(owner), std::move(options)));
    return absl::OkStatus();
  }

  absl::StatusOr<std::optional<v1::RebuildProgress>> Next() override {
    if (told_end_) return std::optional<v1::RebuildProgress>();
    const Rebuild::Progress progress = rebuild_->progress();
    if (progress.finished) {
      RETURN_IF_ERROR(progress.status);
      told_end_ = true;
      return std::optional<v1::RebuildProgress>(ToProto(progress));
    }
    if (progress.records_done == told_ || absl::Now() < next_) {
      return std::optional<v1::RebuildProgress>();
    }
    told_ = progress.records_done;
    next_ = absl::Now() + kInterval;
    return std::optional<v1::RebuildProgress>(ToProto(progress));
  }
  absl::Duration WaitHint() const override { return kInterval; }
  bool done() const override { return told_end_; }

 private:
  static constexpr absl::Duration kInterval = absl::Milliseconds(250);

  LiveProjection& live_;
  std::unique_ptr<Rebuild> rebuild_;
  int64_t told_ = -1;
  absl::Time next_ = absl::InfinitePast();
  bool told_end_ = false;
};

}  // namespace

absl::StatusOr<v1::Indicators> ReportingService::GetIndicators(
    const rpc::RequestContext& ctx, const v1::GetIndicatorsRequest& request) const {
  Checker check;
  Question question;
  question.unit = check.Unit("unit", request.unit());
  question.since = check.OptionalDay("since", request.since());
  question.until = check.OptionalDay("until", request.until()).value_or(VietnamDay(ctx.now()));
  if (check.ok() && question.since.has_value() && question.until < *question.since) {
    check.Add(
        "until", "INVALID_INTERVAL",
        {"The last day must not be before the first.", "Ngày cuối không được trước ngày đầu."});
  }
  if (!v1::GetIndicatorsRequest::View_IsValid(request.view())) {
    check.Add("view", "UNKNOWN_VALUE", {"There is no such view.", "Không có cách xem này."});
  }
  question.figures = request.view() != v1::GetIndicatorsRequest::BASIC;
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts_.snapshots->Get());
  RETURN_IF_ERROR(RequireDays(snapshot, ctx.caller(), kReportRead, question.unit,
                              {question.since.value_or(kFirstDay), question.until}, kUnitType,
                              request.unit()));
  ASSIGN_OR_RETURN(const Answer answer,
                   Compute(*parts_.projection, snapshot, question, ReadDeadline(ctx)));
  v1::Indicators indicators;
  indicators.set_since(FormatDay(answer.days.first));
  indicators.set_until(FormatDay(answer.days.last));
  if (question.figures) *indicators.mutable_row() = TotalRow(answer);
  for (const SourcePosition& source : answer.sources) {
    *indicators.add_sources() = reporting::ToProto(source);
  }
  ASSIGN_OR_RETURN(std::optional<v1::Report> newest,
                   NewestReport(*parts_.reports, snapshot, ctx.caller(), question.unit,
                                question.until, ReadDeadline(ctx)));
  if (newest.has_value()) *indicators.mutable_latest_report() = *std::move(newest);
  return indicators;
}

absl::StatusOr<v1::ProjectionStatus> ReportingService::GetProjectionStatus(
    const rpc::RequestContext& ctx, const v1::GetProjectionStatusRequest& request) const {
  v1::ProjectionStatus status;
  for (const LiveProjection::Feed& feed : parts_.live->feeds()) {
    v1::ProjectionStatus::Feed& wire = *status.add_feeds();
    wire.set_service(feed.position.service);
    wire.set_epoch(feed.position.epoch);
    wire.set_position(feed.position.position);
    wire.set_head_position(feed.head_position);
    wire.set_connected(feed.connected);
  }
  return status;
}

absl::StatusOr<std::unique_ptr<rpc::StreamSource<v1::RebuildProgress>>>
ReportingService::RebuildProjection(const rpc::RequestContext& ctx,
                                    const v1::RebuildProjectionRequest& request) const {
  auto stream = std::make_unique<RebuildStream>(*parts_.live);
  RETURN_IF_ERROR(stream->Start(*parts_.followed, *parts_.feeds, NewId(ctx.now())));
  return stream;
}

void RegisterReportingService(rpc::Server::Builder& builder, const ReportingService& service) {
  using S = ReportingService;
  const std::string prefix = "phoihop.reporting.v1.ReportingService/";
  builder.Unary(prefix + "CreateReport", &service, &S::CreateReport);
  builder.Unary(prefix + "GetReport", &service, &S::GetReport);
  builder.Unary(prefix + "ListReports", &service, &S::ListReports);
  builder.Unary(prefix + "GetIndicators", &service, &S::GetIndicators);
  builder.Unary(prefix + "GetProjectionStatus", &service, &S::GetProjectionStatus);
  builder.Stream<v1::RebuildProjectionRequest, v1::RebuildProgress>(
      prefix + "RebuildProjection",
      [&service](const rpc::RequestContext& ctx, const v1::RebuildProjectionRequest& request) {
        return service.RebuildProjection(ctx, request);
      });
}

}  // namespace phoihop::reporting
