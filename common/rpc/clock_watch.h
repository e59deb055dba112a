#ifndef PHOIHOP_COMMON_RPC_CLOCK_WATCH_H_
#define PHOIHOP_COMMON_RPC_CLOCK_WATCH_H_

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "absl/time/time.h"

namespace phoihop::rpc {

// Notices that the machine's clock is set back by more than `kStep` at once. Waits of Abseil, and
// of gRPC through it, end at an instant of that clock: those that are under way when it is set back
// by an hour last an hour longer, timers and heartbeats among them. Nothing wakes them, so the
// process has to be started again. A clock that is set forward only ends them early.
class ClockWatch {
 public:
  static constexpr absl::Duration kStep = absl::Seconds(2);

  struct Options {
    // Called once, on a thread of its own, with how far the clock went back.
    std::function<void(absl::Duration)> set_back;
    // How far the clock is ahead of one that nobody sets; the machine's by default.
    std::function<absl::Duration()> ahead;
    // How often it looks.
    absl::Duration interval = absl::Milliseconds(500);
  };

  explicit ClockWatch(Options options);
  // Waits for `set_back` to return.
  ~ClockWatch();
  ClockWatch(const ClockWatch&) = delete;
  ClockWatch& operator=(const ClockWatch&) = delete;

 private:
  void Loop();

  const Options options_;
  std::mutex mutex_;
  // The standard library's, which waits by a clock that nobody sets.
  std::condition_variable changed_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace phoihop::rpc

#endif  // PHOIHOP_COMMON_RPC_CLOCK_WATCH_H_
