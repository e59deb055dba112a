// Where the messages of a server stream come from.
#ifndef PHOIHOP_COMMON_RPC_STREAM_SOURCE_H_
#define PHOIHOP_COMMON_RPC_STREAM_SOURCE_H_

#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace phoihop::rpc {

// Lets any thread nudge a stream. Copies may outlive the stream: then they do
// nothing.
class Waker {
 public:
  Waker() : slot_(std::make_shared<Slot>()) {}

  // Has the source asked for its next message now. Cheap; never runs Next() itself.
  void Wake() const {
    absl::MutexLock lock(&slot_->mutex);
    if (slot_->wake) slot_->wake();
  }

  // For the server: what Wake() does. An empty function cuts the connection.
  void Connect(std::function<void()> wake) const {
    absl::MutexLock lock(&slot_->mutex);
    slot_->wake = std::move(wake);
  }

 private:
  struct Slot {
    absl::Mutex mutex;
    std::function<void()> wake ABSL_GUARDED_BY(mutex);
  };
  std::shared_ptr<Slot> slot_;
};

// The source of one stream. Next() is called by one thread at a time, and again
// only after the client has taken the message before: a slow client slows the
// source and nothing else. While there is nothing to send no thread is held.
template <class Res>
class StreamSource {
 public:
  virtual ~StreamSource() = default;

  // The next message; nullopt when there is none now; an error ends the stream
  // with it. Must not wait for something to happen.
  virtual absl::StatusOr<std::optional<Res>> Next() = 0;

  // After a nullopt: when to ask again at the latest. A source that sends
  // heartbeats returns the time until the next one is due.
  virtual absl::Duration WaitHint() const { return absl::Seconds(1); }

  // After a nullopt: true ends the stream with OK.
  virtual bool done() const { return false; }

  // Wakes this stream from any thread before the hint runs out:
  //   log.OnCommit([waker = source->waker()] { waker.Wake(); });
  const Waker& waker() const { return waker_; }

 private:
  Waker waker_;
};

}  // namespace phoihop::rpc

#endif  // PHOIHOP_COMMON_RPC_STREAM_SOURCE_H_
