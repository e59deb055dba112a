#include "services/reporting/projection/grpc_feeds.h"

#include <utility>

#include "common/ledger/follow.h"
#include "common/rpc/client.h"
#include "common/status/macros.h"
#include "common/telemetry/log.h"
#include "phoihop/ledger/v1/ledger.grpc.pb.h"
#include "services/reporting/projection/wire.h"

namespace phoihop::reporting {
namespace {

class GrpcSubscription : public FeedSubscription {
 public:
  GrpcSubscription(std::shared_ptr<grpc::Channel> channel, std::function<std::string()> credentials,
                   const SourcePosition& from, FeedHandlers handlers)
      : service_(from.service), handlers_(std::move(handlers)), stored_(from.position) {
    ledger::Follower::Options options;
    options.channel = std::move(channel);
    options.name = from.service;
    options.bearer = std::move(credentials);
    options.epoch = from.epoch;
    options.position = from.position;
    options.resource_types = ResourceTypesOf(from.service);
    options.on_batch = [this](const ledger::v1::FollowResponse& message) {
      return OnMessage(message);
    };
    options.on_epoch = [this](std::string_view epoch) -> absl::Status {
      RETURN_IF_ERROR(handlers_.on_epoch(epoch));
      stored_ = 0;
      return absl::OkStatus();
    };
    options.on_break = [this](const absl::Status& status) {
      LogWarning("a feed was interrupted", {{"source", service_}, {"error", status.message()}});
    };
    follower_ = ledger::Follower::Start(std::move(options));
  }

  State state() const override {
    const ledger::Follower::State state = follower_->state();
    return {state.head_position, state.connected};
  }

 private:
  // On the follower's thread, as is `stored_`.
  absl::StatusOr<int64_t> OnMessage(const ledger::v1::FollowResponse& message) {
    absl::StatusOr<FeedBatch> batch = ToBatch(message, stored_);
    if (!batch.ok()) {
      LogError("a feed cannot be read on",
               {{"source", service_}, {"position", stored_}, {"error", batch.status().message()}});
      return batch.status();
    }
    ASSIGN_OR_RETURN(stored_, handlers_.on_batch(*batch));
    return stored_;
  }

  const std::string service_;
  const FeedHandlers handlers_;
  int64_t stored_;
  // Last: its thread uses what is above.
  std::unique_ptr<ledger::Follower> follower_;
};

}  // namespace

std::unique_ptr<FeedSubscription> GrpcFeeds::Follow(const SourcePosition& from,
                                                    FeedHandlers handlers) {
  return std::make_unique<GrpcSubscription>(channels_.at(from.service), credentials_, from,
                                            std::move(handlers));
}

absl::StatusOr<SourcePosition> GrpcFeeds::Head(std::string_view service, absl::Time deadline) {
  const auto stub = ledger::v1::LedgerService::NewStub(channels_.at(std::string(service)));
  rpc::CallOptions options;
  options.deadline = deadline;
  options.credentials = credentials_;
  ASSIGN_OR_RETURN(const ledger::v1::Head head,
                   rpc::Call(*stub, &ledger::v1::LedgerService::Stub::GetHead,
                             ledger::v1::GetHeadRequest(), options));
  return SourcePosition{std::string(service), head.epoch(), head.position()};
}

}  // namespace phoihop::reporting
