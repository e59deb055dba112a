// The handlers of ReportingService: parse, check, one call, convert.
#ifndef PHOIHOP_SERVICES_REPORTING_RPC_SERVICE_H_
#define PHOIHOP_SERVICES_REPORTING_RPC_SERVICE_H_

#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/access/snapshot.h"
#include "common/ledger/writer.h"
#include "common/paging/paging.h"
#include "common/rpc/context.h"
#include "common/rpc/server.h"
#include "common/rpc/stream_source.h"
#include "phoihop/reporting/v1/reporting.pb.h"
#include "phoihop/reporting/v1/resources.pb.h"
#include "services/reporting/projection/live.h"
#include "services/reporting/store/projection_store.h"
#include "services/reporting/store/report_store.h"

namespace phoihop::reporting {

// Thread safe. The method's permission was checked before; what is left is the scope: a
// report belongs to its unit in the tree of its last day. See the contract for what each
// method does.
class ReportingService {
 public:
  // All must outlive the service.
  struct Parts {
    ReportStore* reports = nullptr;
    // Read for figures.
    ProjectionStore* projection = nullptr;
    // The same projection, written by recounts over connections of their own.
    ProjectionStore* followed = nullptr;
    LiveProjection* live = nullptr;
    Feeds* feeds = nullptr;
    ledger::Writer* writer = nullptr;
    const access::SnapshotSource* snapshots = nullptr;
    const PageTokens* page_tokens = nullptr;
    // How long a new report waits for the newest records.
    absl::Duration patience = absl::Seconds(2);
  };

  explicit ReportingService(Parts parts) : parts_(parts) {}

  absl::StatusOr<v1::Report> CreateReport(const rpc::RequestContext& ctx,
                                          const v1::CreateReportRequest& request) const;
  absl::StatusOr<v1::Report> GetReport(const rpc::RequestContext& ctx,
                                       const v1::GetReportRequest& request) const;
  absl::StatusOr<v1::ListReportsResponse> ListReports(const rpc::RequestContext& ctx,
                                                      const v1::ListReportsRequest& request) const;
  absl::StatusOr<v1::Indicators> GetIndicators(const rpc::RequestContext& ctx,
                                               const v1::GetIndicatorsRequest& request) const;
  absl::StatusOr<v1::ProjectionStatus> GetProjectionStatus(
      const rpc::RequestContext& ctx, const v1::GetProjectionStatusRequest& request) const;
  absl::StatusOr<std::unique_ptr<rpc::StreamSource<v1::RebuildProgress>>> RebuildProjection(
      const rpc::RequestContext& ctx, const v1::RebuildProjectionRequest& request) const;

 private:
  // Waits until the projection and the tree include what had been written anywhere before
  // the call, and returns the tree.
  absl::StatusOr<access::Snapshot> AwaitNewest(const rpc::RequestContext& ctx) const;

  Parts parts_;
};

// Registers all methods. The service must outlive the server.
void RegisterReportingService(rpc::Server::Builder& builder, const ReportingService& service);

}  // namespace phoihop::reporting

#endif  // PHOIHOP_SERVICES_REPORTING_RPC_SERVICE_H_
