// Errors of the gateway that common/status has no function for.
#ifndef PHOIHOP_SERVICES_GATEWAY_TRANSCODING_MADE_STATUS_H_
#define PHOIHOP_SERVICES_GATEWAY_TRANSCODING_MADE_STATUS_H_

#include <optional>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/status/errors.h"

namespace phoihop::gateway {

// A status with ErrorInfo and LocalizedMessage, and a RetryInfo when `retry_after` is given.
absl::Status MakeStatus(absl::StatusCode code, std::string_view reason, const Text& message,
                        std::optional<absl::Duration> retry_after = std::nullopt);

// What the gateway offers nothing for.
absl::Status NoSuchPath();
absl::Status NoSuchVerb();

}  // namespace phoihop::gateway

#endif  // PHOIHOP_SERVICES_GATEWAY_TRANSCODING_MADE_STATUS_H_
