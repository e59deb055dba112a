// Holding a lease, or waiting for it.
#ifndef PHOIHOP_COMMON_LEASE_HOLDER_H_
#define PHOIHOP_COMMON_LEASE_HOLDER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/lease/lease.h"
#include "common/mysql/connection.h"
#include "common/time/clock.h"

namespace phoihop::lease {

// Takes a lease when nobody has it and renews it, on a thread and a connection of its own, until
// destroyed; then gives it back, and the next one has it within half a second. After the
// holder's death the next one has it when the term has run out. Thread safe.
//
// Terms run by the database's clock; the machine's own clock decides nothing and may jump. It is
// compared with a clock that never jumps for how long the holder itself believes that it holds
// the lease. That belief only saves useless work: what must not be done by two checks the fence in
// its transaction.
class Holder {
 public:
  struct Options {
    // The service's own database and user; the waits are made short.
    mysql::ConnectionOptions connection;
    // Which lease, at most 64 bytes.
    std::string name;
    // How long others wait for one who is silent.
    absl::Duration term = absl::Seconds(4);
    // How often it is renewed.
    absl::Duration renew = absl::Seconds(1);
    // How often it is looked whether it is to be had.
    absl::Duration look = absl::Milliseconds(500);
    // Receives a line when the lease is won or lost.
    std::function<void(std::string_view)> log;
    // Called before each round, for tests that freeze a holder.
    std::function<void()> before_round;
    // A clock that never goes back or jumps; empty: that of the system.
    std::function<absl::Duration()> steady;
  };

  // Tries once at once, so that a service that is alone has it from the start. Errors: no
  // connection, or no table `lease`.
  static absl::StatusOr<std::unique_ptr<Holder>> Start(Options options);

  // Gives the lease back.
  ~Holder();
  Holder(const Holder&) = delete;
  Holder& operator=(const Holder&) = delete;

  // What to show in transactions; nothing while another one holds the lease or it is not known.
  std::optional<Fence> fence() const;

  // Waits until it is held, or the deadline; whether it is held.
  bool AwaitHeld(absl::Time deadline) const;

  // The database's time, as it was heard with the last round and has gone on since: what
  // scheduled work goes by, whichever machine does it. The machine's own until it was heard.
  const Clock& clock() const;

 private:
  class Impl;
  explicit Holder(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace phoihop::lease

#endif  // PHOIHOP_COMMON_LEASE_HOLDER_H_
