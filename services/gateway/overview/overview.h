// The overview of a unit: all services asked at once, each allowed to fail.
#ifndef PHOIHOP_SERVICES_GATEWAY_OVERVIEW_OVERVIEW_H_
#define PHOIHOP_SERVICES_GATEWAY_OVERVIEW_OVERVIEW_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/access/caller.h"
#include "common/access/snapshot.h"
#include "common/rpc/context.h"

namespace grpc {
class Channel;
}  // namespace grpc
namespace phoihop::gateway::v1 {
class GetUnitOverviewRequest;
class UnitOverview;
}  // namespace phoihop::gateway::v1

namespace phoihop::gateway {

// Thread safe.
class Overview {
 public:
  struct Parts {
    // The tree resolves units and decides scope, so an overview is given even while the
    // directory is down.
    const access::SnapshotSource* snapshots;
    // The token with which the services see the caller.
    std::function<absl::StatusOr<std::string>(const access::Caller&)> token;
    std::shared_ptr<grpc::Channel> directory;
    std::shared_ptr<grpc::Channel> agreements;
    std::shared_ptr<grpc::Channel> opinions;
    std::shared_ptr<grpc::Channel> reporting;
  };

  explicit Overview(Parts parts);
  ~Overview();

  // The handler. A service that fails or is late leaves its part UNAVAILABLE; one that says
  // NOT_FOUND, PERMISSION_DENIED or UNAUTHENTICATED decides for all. Each question gets two
  // fifths of the caller's time, at most a second: at most two of them follow one another, so
  // the answer comes before the deadline, whatever the services do.
  absl::StatusOr<v1::UnitOverview> GetUnitOverview(const rpc::RequestContext& context,
                                                   const v1::GetUnitOverviewRequest& request);

 private:
  class Asking;
  struct Stubs;

  const Parts parts_;
  const std::unique_ptr<Stubs> stubs_;
};

}  // namespace phoihop::gateway

#endif  // PHOIHOP_SERVICES_GATEWAY_OVERVIEW_OVERVIEW_H_
