// Limits that change while the gateway runs.
#ifndef PHOIHOP_SERVICES_GATEWAY_LIMITS_LIMITS_FILE_H_
#define PHOIHOP_SERVICES_GATEWAY_LIMITS_LIMITS_FILE_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/gateway/limits/limits.h"

namespace phoihop::gateway {

// The limits in a file; see ParseLimits. The defaults when there is no such file.
absl::StatusOr<Limits> ReadLimits(const std::string& path);

// Reads the file again, on a thread of its own, within `interval` after it has changed, and calls
// `changed` with what it says. A file that goes changes nothing, nor does one with a mistake,
// which is logged once and shows in phoihop_gateway_limits_file_good. Until destroyed.
class LimitsFile {
 public:
  LimitsFile(std::string path, std::function<void(Limits)> changed,
             absl::Duration interval = absl::Seconds(1));
  ~LimitsFile();
  LimitsFile(const LimitsFile&) = delete;
  LimitsFile& operator=(const LimitsFile&) = delete;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace phoihop::gateway

#endif  // PHOIHOP_SERVICES_GATEWAY_LIMITS_LIMITS_FILE_H_
