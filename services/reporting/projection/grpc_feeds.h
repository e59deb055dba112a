#ifndef PHOIHOP_SERVICES_REPORTING_PROJECTION_GRPC_FEEDS_H_
#define PHOIHOP_SERVICES_REPORTING_PROJECTION_GRPC_FEEDS_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "services/reporting/projection/feeds.h"

namespace grpc {
class Channel;
}  // namespace grpc

namespace phoihop::reporting {

// The feeds of the other services, over gRPC.
class GrpcFeeds : public Feeds {
 public:
  // A channel for each service; `credentials` gives a token of this service that is valid.
  GrpcFeeds(std::map<std::string, std::shared_ptr<grpc::Channel>> channels,
            std::function<std::string()> credentials)
      : channels_(std::move(channels)), credentials_(std::move(credentials)) {}

  std::unique_ptr<FeedSubscription> Follow(const SourcePosition& from,
                                           FeedHandlers handlers) override;
  absl::StatusOr<SourcePosition> Head(std::string_view service, absl::Time deadline) override;

 private:
  const std::map<std::string, std::shared_ptr<grpc::Channel>> channels_;
  const std::function<std::string()> credentials_;
};

}  // namespace phoihop::reporting

#endif  // PHOIHOP_SERVICES_REPORTING_PROJECTION_GRPC_FEEDS_H_
