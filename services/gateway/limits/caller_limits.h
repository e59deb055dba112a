// Shares the gateway out among its callers.
#ifndef PHOIHOP_SERVICES_GATEWAY_LIMITS_CALLER_LIMITS_H_
#define PHOIHOP_SERVICES_GATEWAY_LIMITS_CALLER_LIMITS_H_

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/rpc/admission.h"
#include "common/time/clock.h"
#include "services/gateway/limits/limits.h"

namespace phoihop::gateway {

// For each caller a count of calls at once and a token bucket, and a count of all together. A call
// beyond is RESOURCE_EXHAUSTED with RetryInfo, before any work: CALLER_BUSY, CALLER_RATE or
// GATEWAY_BUSY. Memory is bounded: of more callers than `remembered`, those heard of longest ago
// are forgotten, and begin with a full bucket when they come again. Thread safe.
class CallerLimits : public rpc::Admission {
 public:
  // `clock` must outlive this.
  CallerLimits(Limits limits, const Clock* clock, size_t remembered = 20000);
  ~CallerLimits() override;

  // For calls from now on; what is under way goes on.
  void Set(Limits limits);

  absl::StatusOr<std::shared_ptr<void>> Admit(const access::Caller& caller,
                                              std::string_view address,
                                              std::string_view method) override;

  // Where a request or call comes from: its connection's address, or, when that is a trusted
  // proxy's, the last address of X-Forwarded-For, which that proxy has put there.
  std::string ClientAddress(std::string_view peer, std::string_view forwarded_for) const override;

  // Callers that are remembered now.
  size_t remembered() const;

 private:
  class State;
  // Shared with the permits, which may outlive this.
  const std::shared_ptr<State> state_;
  std::shared_ptr<void> exported_;
};

}  // namespace phoihop::gateway

#endif  // PHOIHOP_SERVICES_GATEWAY_LIMITS_CALLER_LIMITS_H_
