#ifndef PHOIHOP_COMMON_LEDGER_FOLLOW_H_
#define PHOIHOP_COMMON_LEDGER_FOLLOW_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace grpc {
class Channel;
}  // namespace grpc
namespace phoihop::ledger::v1 {
class FollowResponse;
}  // namespace phoihop::ledger::v1

namespace phoihop::ledger {

// Follows another service's ledger in a thread of its own, and reconnects for ever, with a
// capped backoff, from the position that was stored last. While a message is handled, the
// thread's trace is that of the request which the newest record came from, when the other side
// tells it: so its trace goes on through whoever follows.
class Follower {
 public:
  struct Options {
    std::shared_ptr<grpc::Channel> channel;
    // The label `feed` of its metrics, one of few words; empty for none.
    std::string name;
    // The bearer token for a new stream; empty for none.
    std::function<std::string()> bearer;
    // Where to go on: the epoch (empty at first) and position that were stored.
    std::string epoch;
    int64_t position = 0;
    // Full protobuf names; empty for all.
    std::vector<std::string> resource_types;

    // Called with each message, heartbeats (no records) included. Returns the position up to
    // which everything is stored. An error ends the stream, which is then taken up again
    // from the last position returned.
    std::function<absl::StatusOr<int64_t>(const v1::FollowResponse&)> on_batch;

    // Called when the ledger has another epoch than the follower: forget everything and
    // start over from position 0. An error is retried. May be empty.
    std::function<absl::Status(std::string_view new_epoch)> on_epoch;

    // Called when a stream ended, with the reason; for logs and metrics. May be empty.
    std::function<void(const absl::Status&)> on_break;

    // A stream that is silent for longer is given up; heartbeats come every second.
    absl::Duration silence_limit = absl::Seconds(4);
    absl::Duration initial_backoff = absl::Milliseconds(50);
    absl::Duration max_backoff = absl::Seconds(1);
  };

  // What is known of the feed.
  struct State {
    std::string epoch;
    // Stored up to here.
    int64_t position = 0;
    // The other ledger's newest position as of the last message.
    int64_t head_position = 0;
    // When the last message, heartbeat or not, was handled; infinite past before the first.
    absl::Time heard = absl::InfinitePast();
    bool connected = false;
  };

  // Starts the thread.
  static std::unique_ptr<Follower> Start(Options options);

  // Ends the stream and the thread; no callback runs afterwards.
  ~Follower();

  State state() const;

  // Waits until everything up to `position` is stored, or the deadline; true for the former.
  bool WaitForPosition(int64_t position, absl::Time deadline) const;

 private:
  class Impl;
  explicit Follower(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace phoihop::ledger

#endif  // PHOIHOP_COMMON_LEDGER_FOLLOW_H_
