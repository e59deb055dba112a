// The stream of changes.
#include <algorithm>
#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/time/clock.h"
#include "common/rpc/stream_source.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/time/civil.h"
#include "services/agreements/due/converters.h"
#include "services/agreements/due/due_scope.h"
#include "services/agreements/due/handlers.h"
#include "services/agreements/rpc/succession.h"

namespace phoihop::agreements {
namespace {

constexpr int kChanges = 200;
constexpr absl::Duration kReadLimit = absl::Seconds(10);
// Every write of the service wakes every stream: so often does one look at most.
constexpr absl::Duration kLeastWait = absl::Milliseconds(100);
// A right that is taken away ends the stream within this time.
constexpr absl::Duration kMostWait = absl::Milliseconds(500);

absl::Status PositionExpired() {
  return Precondition("POSITION_EXPIRED",
                      {"The position is too old or of another epoch; list what is due again.",
                       "Vị trí quá cũ hoặc thuộc phiên khác; hãy tải lại danh sách việc đến hạn."},
                      "due");
}

class WatchSource : public rpc::StreamSource<v1::WatchDueResponse> {
 public:
  WatchSource(const DueParts& parts, const rpc::RequestContext& ctx, std::string epoch,
              int64_t position)
      : parts_(parts), ctx_(ctx), epoch_(std::move(epoch)), position_(position) {
    listening_ = parts_.writer->OnChange([this, waker = waker()] {
      changed_ = true;
      waker.Wake();
    });
  }

  absl::StatusOr<std::optional<v1::WatchDueResponse>> Next() override {
    ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts_.snapshots->Get());
    if (!snapshot.grants->Has(ctx_.caller(), kDuePermission)) {
      return PermissionDenied(kDuePermission);
    }
    if (parts_.writer->head().epoch != epoch_) return PositionExpired();
    const absl::Time now = absl::Now();
    v1::WatchDueResponse response;
    if (now >= next_look_ && changed_.exchange(false)) {
      next_look_ = now + kLeastWait;
      ASSIGN_OR_RETURN(const DueChanges changes,
                       parts_.store->Changes(position_, kChanges, now + kReadLimit));
      if (changes.expired) return PositionExpired();
      // There may be more: look again at once.
      if (!changes.records.empty() || !changes.notices.empty()) changed_ = true;
      position_ = changes.position;
      const absl::CivilDay today = VietnamDay(ctx_.now());
      for (const DueRecord& record : changes.records) {
        if (IsOwn(snapshot, ctx_.caller(), record, today)) {
          v1::DueItem& item = *response.add_items();
          item = ToItem(record.stored, today, *snapshot.calendar);
          ResolveDebtor(snapshot, *item.mutable_obligation());
        }
      }
      if (!changes.notices.empty()) {
        const ActsFor whose = WhoseDue(snapshot, ctx_.caller(), today);
        for (const StoredNotice& notice : changes.notices) {
          if (IsTold(whose, notice)) *response.add_notices() = ToProto(notice);
        }
      }
    }
    if (response.items().empty() && response.notices().empty() && now < next_heartbeat_) {
      return std::nullopt;
    }
    response.set_position(position_);
    response.set_epoch(epoch_);
    next_heartbeat_ = now + parts_.heartbeat;
    return response;
  }

  absl::Duration WaitHint() const override {
    const absl::Time now = absl::Now();
    const absl::Time next = changed_ ? std::min(next_look_, next_heartbeat_) : next_heartbeat_;
    return std::clamp(next - now, absl::ZeroDuration(), kMostWait);
  }

 private:
  const DueParts parts_;
  const rpc::RequestContext& ctx_;
  const std::string epoch_;
  int64_t position_;
  // Whether there may be changes that were not looked for yet.
  std::atomic<bool> changed_ = true;
  absl::Time next_look_ = absl::InfinitePast();
  // The first message is sent at once: it tells the position.
  absl::Time next_heartbeat_ = absl::InfinitePast();
  // Last, so that nothing calls any more when the rest ends.
  std::shared_ptr<void> listening_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<rpc::StreamSource<v1::WatchDueResponse>>> WatchDue(
    const DueParts& parts, const rpc::RequestContext& ctx, const v1::WatchDueRequest& request) {
  const std::string epoch = parts.writer->head().epoch;
  if (!request.epoch().empty() && request.epoch() != epoch) return PositionExpired();
  std::optional<int64_t> after;
  if (request.has_after_position()) after = request.after_position();
  if (after.value_or(0) < 0) {
    return InvalidField("after_position", "NEGATIVE",
                        {"A position is not negative.", "Vị trí không được âm."});
  }
  ASSIGN_OR_RETURN(const DueChanges log, parts.store->Changes(after, 1, absl::Now() + kReadLimit));
  if (log.expired) return PositionExpired();
  return std::make_unique<WatchSource>(parts, ctx, epoch, after.value_or(log.position));
}

}  // namespace phoihop::agreements
