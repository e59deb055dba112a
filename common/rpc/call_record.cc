#include "common/rpc/call_record.h"

#include <algorithm>
#include <utility>

#include "common/status/errors.h"
#include "common/telemetry/log.h"

namespace phoihop::rpc {
namespace {

bool IsOurFault(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kUnknown:
    case absl::StatusCode::kDataLoss:
      return true;
    default:
      return false;
  }
}

}  // namespace

CallRecorder::CallRecorder(std::string method)
    : method_(std::move(method)),
      seconds_(GetHistogram("phoihop_rpc_seconds", "Time from arrival to answer.",
                            {{"method", method_}}, LatencyBuckets())) {}

Counter& CallRecorder::CounterOf(absl::StatusCode code) {
  const size_t index = std::clamp<int>(static_cast<int>(code), 0, by_code_.size() - 1);
  absl::MutexLock lock(&mutex_);
  std::optional<Counter>& counter = by_code_[index];
  if (!counter.has_value()) {
    counter =
        GetCounter("phoihop_rpc_requests_total", "Finished calls.",
                   {{"method", method_},
                    {"code", absl::StatusCodeToString(static_cast<absl::StatusCode>(index))}});
  }
  return *counter;
}

void CallRecorder::Record(const RequestContext& context, const absl::Status& status,
                          absl::Duration took) {
  CounterOf(status.code()).Increment();
  seconds_.Observe(absl::ToDoubleSeconds(took));
  const ScopedTrace trace(context.trace());
  const std::string code =
      status.ok() ? std::string("OK") : absl::StatusCodeToString(status.code());
  const double ms = absl::ToInt64Microseconds(took) / 1000.0;
  const std::string reason = ErrorReason(status);
  // What a write has become, or a read includes: the way from a ledger record to its request.
  const int64_t position = context.position().value_or(0);
  if (status.ok() || (!IsOurFault(status) && !reason.empty())) {
    LogInfo("call", {{"method", method_},
                     {"caller", context.caller().ActorName()},
                     {"code", code},
                     {"reason", reason},
                     {"position", position},
                     {"ms", ms}});
    return;
  }
  Log(IsOurFault(status) ? LogLevel::kError : LogLevel::kWarning, "call",
      {{"method", method_},
       {"caller", context.caller().ActorName()},
       {"code", code},
       {"reason", reason},
       {"ms", ms},
       {"detail", status.message()}});
}

}  // namespace phoihop::rpc
