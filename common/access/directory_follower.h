// The snapshot of a service that is not the directory: fetched from the directory
// and kept fresh by its feed.
#ifndef PHOIHOP_COMMON_ACCESS_DIRECTORY_FOLLOWER_H_
#define PHOIHOP_COMMON_ACCESS_DIRECTORY_FOLLOWER_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/flags/declare.h"
#include "absl/time/time.h"
#include "common/access/snapshot.h"
#include "common/time/clock.h"

// How long the last snapshot serves when the directory is silent.
ABSL_DECLARE_FLAG(absl::Duration, directory_stale_limit);

namespace grpc {
class Channel;
}

namespace phoihop::access {

// Follows the directory in threads of its own: units, grants, bodies and working days. A revoked
// grant is refused as soon as the feed has brought it, within a second while heartbeats arrive.
// When they stop, the last snapshot serves for the stale limit; then Get() is UNAVAILABLE with the
// reason DIRECTORY_STALE until the directory is heard again. Before the first snapshot it is
// UNAVAILABLE with DIRECTORY_UNREACHABLE, so a service may start before the directory. Thread safe.
class DirectoryFollower : public SnapshotSource {
 public:
  struct Options {
    std::shared_ptr<grpc::Channel> channel;
    // A service's bearer token that is valid now; asked before each call.
    std::function<std::string()> bearer;
    // Measured on this machine's clock. main.cc passes the flag.
    absl::Duration stale_limit = absl::Seconds(60);
    const Clock* clock = SystemClock();
    // Told when the directory could not be asked, for the log; may be empty.
    std::function<void(const absl::Status&)> on_break;
  };

  static std::unique_ptr<DirectoryFollower> Start(Options options);

  // Ends its threads.
  ~DirectoryFollower() override;

  absl::StatusOr<Snapshot> Get() const override;

  // Waits for the first snapshot; false when the deadline came first.
  bool WaitUntilReady(absl::Time deadline) const;

  // Waits until the directory's ledger is known up to `position`; false when the
  // deadline came first. For reading what was just written there.
  bool WaitForPosition(int64_t position, absl::Time deadline) const;

 private:
  class Impl;
  explicit DirectoryFollower(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace phoihop::access

#endif  // PHOIHOP_COMMON_ACCESS_DIRECTORY_FOLLOWER_H_
