#include "services/gateway/forwarding/stream_shares.h"

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "services/gateway/transcoding/made_status.h"

namespace phoihop::gateway {

struct StreamShares::State {
  absl::Mutex mutex;
  // Callers with an open stream.
  absl::flat_hash_map<std::string, int> open ABSL_GUARDED_BY(mutex);
};

StreamShares::StreamShares(int most) : most_(most), state_(std::make_shared<State>()) {}

absl::StatusOr<std::shared_ptr<void>> StreamShares::Take(const std::string& caller) const {
  {
    absl::MutexLock lock(&state_->mutex);
    int& open = state_->open[caller];
    if (open >= most_) {
      return MakeStatus(absl::StatusCode::kResourceExhausted, "CALLER_STREAMS",
                        {"You have too many streams open; close one first.",
                         "Bạn đang mở quá nhiều luồng theo dõi; hãy đóng bớt một luồng."},
                        absl::Seconds(1));
    }
    ++open;
  }
  return std::shared_ptr<void>(static_cast<void*>(nullptr), [state = state_, caller](void*) {
    absl::MutexLock lock(&state->mutex);
    const auto at = state->open.find(caller);
    if (--at->second == 0) state->open.erase(at);
  });
}

}  // namespace phoihop::gateway
