#ifndef PHOIHOP_COMMON_RPC_CALL_RECORD_H_
#define PHOIHOP_COMMON_RPC_CALL_RECORD_H_

#include <array>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/rpc/context.h"
#include "common/telemetry/metrics.h"

namespace phoihop::rpc {

// Counts and logs the calls of one method. Thread safe.
class CallRecorder {
 public:
  explicit CallRecorder(std::string method);

  // One finished call: a line in the log and its metrics. Nothing of request or
  // response is logged; the text of an error only when it is not one for clients.
  void Record(const RequestContext& context, const absl::Status& status, absl::Duration took);

  // One call that was refused before it was looked at, as RESOURCE_EXHAUSTED. Not logged.
  void CountShed() { CounterOf(absl::StatusCode::kResourceExhausted).Increment(); }

 private:
  Counter& CounterOf(absl::StatusCode code);

  const std::string method_;
  Histogram seconds_;
  absl::Mutex mutex_;
  std::array<std::optional<Counter>, 17> by_code_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace phoihop::rpc

#endif  // PHOIHOP_COMMON_RPC_CALL_RECORD_H_
