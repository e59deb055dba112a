// How many streams one caller may have open.
#ifndef PHOIHOP_SERVICES_GATEWAY_FORWARDING_STREAM_SHARES_H_
#define PHOIHOP_SERVICES_GATEWAY_FORWARDING_STREAM_SHARES_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace phoihop::gateway {

// Counts. Thread safe. What it gives may outlive it.
class StreamShares {
 public:
  explicit StreamShares(int most);

  // Held as long as the stream is open; RESOURCE_EXHAUSTED with CALLER_STREAMS when the caller
  // has as many as one may have.
  absl::StatusOr<std::shared_ptr<void>> Take(const std::string& caller) const;

 private:
  struct State;
  const int most_;
  const std::shared_ptr<State> state_;
};

}  // namespace phoihop::gateway

#endif  // PHOIHOP_SERVICES_GATEWAY_FORWARDING_STREAM_SHARES_H_
