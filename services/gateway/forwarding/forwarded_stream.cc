#include "services/gateway/forwarding/forwarded_stream.h"

#include <optional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace phoihop::gateway {
namespace {

using Event = UpstreamStream::Event;

class ForwardedStream : public rpc::StreamSource<std::string> {
 public:
  ForwardedStream(std::shared_ptr<UpstreamStream> stream, std::shared_ptr<void> kept)
      : kept_(std::move(kept)), place_(std::make_shared<Place>()), stream_(std::move(stream)) {
    Ask();
  }

  absl::StatusOr<std::optional<std::string>> Next() override {
    std::optional<Event> next;
    {
      absl::MutexLock lock(&place_->mutex);
      next.swap(place_->next);
    }
    if (!next.has_value()) return std::nullopt;
    if (!next->ok()) return next->status();
    if ((*next)->has_value()) {
      Ask();
    } else {
      done_ = true;
    }
    return *std::move(*next);
  }

  // Whatever comes wakes the stream.
  absl::Duration WaitHint() const override { return absl::InfiniteDuration(); }
  bool done() const override { return done_; }

 private:
  // Where the next event is put; it may come after the stream is gone.
  struct Place {
    absl::Mutex mutex;
    std::optional<Event> next ABSL_GUARDED_BY(mutex);
  };

  void Ask() {
    stream_->Read([place = place_, waker = waker()](Event event) {
      {
        absl::MutexLock lock(&place->mutex);
        place->next = std::move(event);
      }
      waker.Wake();
    });
  }

  const std::shared_ptr<void> kept_;
  const std::shared_ptr<Place> place_;
  const std::shared_ptr<UpstreamStream> stream_;
  bool done_ = false;
};

}  // namespace

std::unique_ptr<rpc::StreamSource<std::string>> SourceOf(std::shared_ptr<UpstreamStream> stream,
                                                         std::shared_ptr<void> kept) {
  return std::make_unique<ForwardedStream>(std::move(stream), std::move(kept));
}

}  // namespace phoihop::gateway
