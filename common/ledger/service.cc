#include "common/ledger/service.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "common/ledger/reader.h"
#include "common/ledger/wire.h"
#include "common/rpc/context.h"
#include "common/rpc/stream_source.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "phoihop/ledger/v1/ledger.pb.h"

namespace phoihop::ledger {
namespace {

constexpr int kMaxPage = 1000;
constexpr int64_t kMaxPageBytes = 2 << 20;
// A message of the feed stays well below gRPC's 4 MB, and small enough that a slow follower
// holds little.
constexpr int kFeedRecords = 500;
constexpr int64_t kFeedBytes = 1 << 20;
constexpr int kMaxTypes = 50;

absl::Status EpochChanged() {
  return Precondition("FEED_EPOCH_CHANGED",
                      {"The ledger was restored; start over from position 0.",
                       "Sổ cái đã được khôi phục từ bản sao lưu; hãy đọc lại từ vị trí 0."},
                      "ledger");
}

absl::Status CheckPosition(std::string_view field, int64_t position) {
  if (position >= 0) return absl::OkStatus();
  return InvalidField(field, "NEGATIVE", {"A position is not negative.", "Vị trí không được âm."});
}

class FollowSource : public rpc::StreamSource<v1::FollowResponse> {
 public:
  FollowSource(Writer& writer, mysql::Pool& pool, const LedgerServiceOptions& options, Head head,
               const v1::FollowRequest& request)
      : writer_(writer),
        pool_(pool),
        options_(options),
        types_(request.resource_types().begin(), request.resource_types().end()),
        head_(std::move(head)),
        position_(request.after_position()) {
    listening_ = writer_.OnChange([waker = waker()] { waker.Wake(); });
  }

  absl::StatusOr<std::optional<v1::FollowResponse>> Next() override {
    if (const Head known = writer_.head();
        known.epoch != head_.epoch || known.position > head_.position) {
      if (known.epoch != head_.epoch) return EpochChanged();
      head_ = known;
    }
    v1::FollowResponse response;
    if (head_.position > position_) {
      ASSIGN_OR_RETURN(RecordPage page, ReadRecords(pool_, absl::Now() + options_.read_limit,
                                                    position_, kFeedRecords, kFeedBytes, types_));
      if (page.head.epoch != head_.epoch) return EpochChanged();
      head_ = page.head;
      position_ = page.position;
      if (!page.records.empty()) {
        const auto trace = writer_.TraceAt(page.records.back().position);
        if (trace.has_value()) response.set_traceparent(trace->ToHeader());
      }
      for (Record& record : page.records) *response.add_records() = ToProto(std::move(record));
    } else if (absl::Now() < next_heartbeat_) {
      return std::nullopt;
    }
    response.set_epoch(head_.epoch);
    response.set_position(position_);
    response.set_head_position(head_.position);
    next_heartbeat_ = absl::Now() + options_.heartbeat;
    return response;
  }

  absl::Duration WaitHint() const override {
    return std::max(next_heartbeat_ - absl::Now(), absl::ZeroDuration());
  }

 private:
  Writer& writer_;
  mysql::Pool& pool_;
  const LedgerServiceOptions options_;
  const std::vector<std::string> types_;
  // The newest head known, at least as new as the writer's was.
  Head head_;
  int64_t position_;
  // The first message is sent at once: it tells the epoch.
  absl::Time next_heartbeat_ = absl::InfinitePast();
  std::shared_ptr<void> listening_;
};

class Handlers {
 public:
  Handlers(Writer& writer, mysql::Pool& pool, const LedgerServiceOptions& options)
      : writer_(writer), pool_(pool), options_(options) {}

  absl::StatusOr<v1::Head> GetHead(const rpc::RequestContext& context,
                                   const v1::GetHeadRequest&) const {
    ASSIGN_OR_RETURN(const Head head, ReadHead(pool_, Limit(context)));
    return ToProto(head);
  }

  absl::StatusOr<v1::ListRecordsResponse> ListRecords(const rpc::RequestContext& context,
                                                      const v1::ListRecordsRequest& request) const {
    RETURN_IF_ERROR(CheckPosition("after_position", request.after_position()));
    if (request.page_size() < 0) {
      return InvalidField("page_size", "NEGATIVE",
                          {"A page size is not negative.", "Kích thước trang không được âm."});
    }
    const int limit = request.page_size() == 0 ? kMaxPage : std::min(request.page_size(), kMaxPage);
    ASSIGN_OR_RETURN(RecordPage page, ReadRecords(pool_, Limit(context), request.after_position(),
                                                  limit, kMaxPageBytes));
    v1::ListRecordsResponse response;
    *response.mutable_head() = ToProto(page.head);
    for (Record& record : page.records) *response.add_records() = ToProto(std::move(record));
    return response;
  }

  absl::StatusOr<v1::ListCheckpointsResponse> ListCheckpoints(
      const rpc::RequestContext& context, const v1::ListCheckpointsRequest& request) const {
    RETURN_IF_ERROR(CheckPosition("after_position", request.after_position()));
    ASSIGN_OR_RETURN(const std::vector<Checkpoint> checkpoints,
                     ReadCheckpoints(pool_, Limit(context), request.after_position()));
    v1::ListCheckpointsResponse response;
    for (const Checkpoint& checkpoint : checkpoints) {
      *response.add_checkpoints() = ToProto(checkpoint);
    }
    return response;
  }

  absl::StatusOr<std::unique_ptr<rpc::StreamSource<v1::FollowResponse>>> Follow(
      const rpc::RequestContext& context, const v1::FollowRequest& request) const {
    RETURN_IF_ERROR(CheckPosition("after_position", request.after_position()));
    if (request.resource_types_size() > kMaxTypes) {
      return InvalidField("resource_types", "TOO_MANY",
                          {"At most 50 resource types can be asked for.",
                           "Chỉ được chọn tối đa 50 loại tài nguyên."});
    }
    ASSIGN_OR_RETURN(Head head, ReadHead(pool_, Limit(context)));
    // A follower that is ahead has read what a restore took away.
    if ((!request.epoch().empty() && request.epoch() != head.epoch) ||
        request.after_position() > head.position) {
      return EpochChanged();
    }
    return std::make_unique<FollowSource>(writer_, pool_, options_, std::move(head), request);
  }

 private:
  absl::Time Limit(const rpc::RequestContext& context) const {
    return std::min(context.deadline(), absl::Now() + options_.read_limit);
  }

  Writer& writer_;
  mysql::Pool& pool_;
  const LedgerServiceOptions options_;
};

}  // namespace

void RegisterLedgerService(rpc::Server::Builder& builder, Writer& writer, mysql::Pool& pool,
                           LedgerServiceOptions options) {
  const std::string service = "phoihop.ledger.v1.LedgerService/";
  // Shared by the handlers, which live as long as the server.
  const auto handlers = std::make_shared<const Handlers>(writer, pool, options);
  builder.Unary<v1::GetHeadRequest, v1::Head>(
      service + "GetHead",
      [handlers](const rpc::RequestContext& context, const v1::GetHeadRequest& request) {
        return handlers->GetHead(context, request);
      });
  builder.Unary<v1::ListRecordsRequest, v1::ListRecordsResponse>(
      service + "ListRecords",
      [handlers](const rpc::RequestContext& context, const v1::ListRecordsRequest& request) {
        return handlers->ListRecords(context, request);
      });
  builder.Unary<v1::ListCheckpointsRequest, v1::ListCheckpointsResponse>(
      service + "ListCheckpoints",
      [handlers](const rpc::RequestContext& context, const v1::ListCheckpointsRequest& request) {
        return handlers->ListCheckpoints(context, request);
      });
  builder.Stream<v1::FollowRequest, v1::FollowResponse>(
      service + "Follow",
      [handlers](const rpc::RequestContext& context, const v1::FollowRequest& request) {
        return handlers->Follow(context, request);
      });
}

}  // namespace phoihop::ledger
