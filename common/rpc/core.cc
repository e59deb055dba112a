#include "common/rpc/core.h"

#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/support/proto_buffer_reader.h>
#include <grpcpp/support/proto_buffer_writer.h>

#include <algorithm>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "common/rpc/status.h"
#include "common/rpc/stream_call.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/telemetry/log.h"

ABSL_FLAG(absl::Duration, queue_wait, absl::Milliseconds(500),
          "While a request has waited for a worker for so long, further ones are refused");

namespace phoihop::rpc {
namespace {

WorkerPool::Observer PoolGauges() {
  Gauge waiting = GetGauge("phoihop_rpc_queue_depth", "Calls that wait for a worker.");
  Gauge running = GetGauge("phoihop_rpc_in_flight", "Handlers that run.");
  return [waiting, running](int waiting_now, int running_now) mutable {
    waiting.Set(waiting_now);
    running.Set(running_now);
  };
}

// A call waits for its position so long at most, and ends so long before its deadline that the
// caller hears why.
constexpr absl::Duration kLongestPositionWait = absl::Seconds(10);
constexpr absl::Duration kLeastToAnswer = absl::Milliseconds(50);
constexpr absl::Duration kMostToAnswer = absl::Milliseconds(500);
// One look at the database.
constexpr absl::Duration kPositionLook = absl::Seconds(2);
constexpr absl::Duration kLongestBetweenLooks = absl::Milliseconds(100);
constexpr int kMostAwaiting = 256;
constexpr char kNotReached[] = "POSITION_NOT_REACHED";

absl::Time WaitUntil(const RequestContext& context, absl::Time arrived) {
  const absl::Duration to_answer =
      std::clamp((context.deadline() - arrived) / 10, kLeastToAnswer, kMostToAnswer);
  return std::min(context.deadline() - to_answer, arrived + kLongestPositionWait);
}

// The header's value when there is exactly one; nothing else is trusted.
std::string OnlyValue(const grpc::CallbackServerContext& context, const char* name) {
  const auto [first, last] = context.client_metadata().equal_range(name);
  if (first == last) return "";
  if (std::next(first) != last) return "(several)";
  return std::string(first->second.data(), first->second.size());
}

// Of several, the last: each proxy adds its own at the end.
std::string LastValue(const grpc::CallbackServerContext& context, const char* name) {
  const auto [first, last] = context.client_metadata().equal_range(name);
  if (first == last) return "";
  const grpc::string_ref value = std::prev(last)->second;
  return std::string(value.data(), value.size());
}

}  // namespace

Core::Core(const ServerOptions& o)
    : options(o),
      overloaded(ToGrpcStatus(Overloaded(o.retry_after))),
      pool(o.workers, o.queue, PoolGauges(), absl::GetFlag(FLAGS_queue_wait)),
      open_streams_(GetGauge("phoihop_rpc_streams", "Server streams that are open.")) {
  GetGauge("phoihop_rpc_queue_capacity", "Calls that may wait for a worker.").Set(o.queue);
  GetGauge("phoihop_rpc_workers", "Handlers that may run at once.").Set(o.workers);
  GetGauge("phoihop_rpc_streams_capacity", "Server streams that may be open.").Set(o.max_streams);
}

bool Core::Sheds(Method& method, std::shared_ptr<void>& room) {
  const bool full = pool.Full();
  if (!full) {
    if (!method.room) return false;
    room = method.room();
    if (room != nullptr) return false;
  }
  method.recorder.CountShed();
  ++shed_;
  // One line a second for all: to write one for each would cost more than the refusal.
  const int64_t now = absl::ToUnixSeconds(absl::Now());
  int64_t told = shed_told_;
  if (told != now && shed_told_.compare_exchange_strong(told, now)) {
    LogWarning(full ? "more calls than can be worked on"
                    : "more calls than the service behind can work on",
               {{"refused", shed_.exchange(0)}, {"last", method.full_name}});
  }
  return true;
}

absl::StatusOr<access::Caller> Core::Admit(const types::v1::AccessRule& rule,
                                           const std::string& authorization) const {
  access::Caller caller;
  if (!authorization.empty() && authenticator != nullptr) {
    const std::string token = BearerOf(authorization);
    absl::StatusOr<access::Caller> known =
        !token.empty() ? authenticator->Authenticate(token)
                       : Unauthenticated("TOKEN_INVALID", {"The token is not accepted.",
                                                           "Mã đăng nhập không được chấp nhận."});
    if (known.ok()) {
      caller = *std::move(known);
    } else if (rule.scope() != types::v1::AccessRule::ANONYMOUS) {
      // Signing in with an expired token in one's hands is fine; the rest is not.
      return known.status();
    }
  }
  RETURN_IF_ERROR(Authorize(rule, caller, checker.get()));
  return caller;
}

absl::StatusOr<bool> Core::Reached(const Method& method, const RequestContext& context,
                                   absl::Time arrived) const {
  const int64_t position = context.min_position();
  // Whoever answers a call that is passed on waits for it.
  if (position == 0 || method.forwards()) return true;
  if (position < 0) {
    return InvalidField(
        "phoihop-min-position", "MALFORMED",
        {"A position is a whole number, not negative.", "Vị trí phải là số nguyên không âm."});
  }
  if (!gate) {
    return InvalidField(
        "phoihop-min-position", "NO_LEDGER",
        {"This method reads from no single ledger, so there is no position to "
         "wait for.",
         "Phương thức này không đọc từ một sổ cái riêng nên không thể chờ vị trí."});
  }
  const absl::Time now = absl::Now();
  ASSIGN_OR_RETURN(const bool reached,
                   gate(position, std::min(context.deadline(), now + kPositionLook)));
  if (reached) return true;
  if (absl::Now() < WaitUntil(context, arrived)) return false;
  return Unavailable(kNotReached, {"The data do not include the position asked for yet. Try again.",
                                   "Dữ liệu chưa bao gồm vị trí được yêu cầu. Vui lòng thử lại."});
}

void RefuseRepeats(const absl::Status& status, grpc::CallbackServerContext& context) {
  if (status.ok() || ErrorReason(status) != kNotReached) return;
  context.AddTrailingMetadata("grpc-retry-pushback-ms", "-1");
}

PositionWait::~PositionWait() {
  if (waiting_) --core_->awaiting_position;
}

absl::StatusOr<absl::Duration> PositionWait::Next(const RequestContext& context,
                                                  absl::Time arrived) {
  if (!waiting_) {
    if (core_->awaiting_position.fetch_add(1) >= kMostAwaiting) {
      --core_->awaiting_position;
      return AllTaken("POSITION_WAITS",
                      {"Too many requests wait for data that are on their way; try again shortly.",
                       "Quá nhiều yêu cầu đang chờ dữ liệu mới; vui lòng thử lại sau giây lát."},
                      core_->options.retry_after);
    }
    waiting_ = true;
  }
  const absl::Duration left = WaitUntil(context, arrived) - absl::Now();
  const absl::Duration wait = std::clamp(left, absl::Milliseconds(1), next_);
  next_ = std::min(next_ * 2, kLongestBetweenLooks);
  return wait;
}

absl::StatusOr<std::shared_ptr<void>> Core::Permit(const access::Caller& caller,
                                                   const grpc::CallbackServerContext& context,
                                                   const Method& method) const {
  if (admission == nullptr) return nullptr;
  return admission->Admit(caller, AddressOf(context, *admission), method.full_name);
}

absl::Status Core::Enter(const std::shared_ptr<StreamCall>& stream) {
  absl::MutexLock lock(&mutex_);
  if (ended_) return Stopping();
  if (static_cast<int>(streams_.size()) >= options.max_streams) {
    return Overloaded(options.retry_after);
  }
  streams_.emplace(stream.get(), stream);
  open_streams_.Set(static_cast<double>(streams_.size()));
  return absl::OkStatus();
}

void Core::Leave(StreamCall* stream) {
  absl::MutexLock lock(&mutex_);
  streams_.erase(stream);
  open_streams_.Set(static_cast<double>(streams_.size()));
}

void Core::EndStreams() {
  std::vector<std::shared_ptr<StreamCall>> open;
  {
    absl::MutexLock lock(&mutex_);
    ended_ = true;
    for (const auto& [pointer, weak] : streams_) {
      if (auto stream = weak.lock()) open.push_back(std::move(stream));
    }
  }
  for (const auto& stream : open) stream->End(Stopping());
}

absl::Status Stopping() {
  return Unavailable("STOPPING", {"The service is restarting; try again shortly.",
                                  "Dịch vụ đang khởi động lại; vui lòng thử lại sau giây lát."});
}

RequestContext::Parts PartsOf(const grpc::CallbackServerContext& context, const Method& method,
                              const Core& core) {
  RequestContext::Parts parts;
  parts.method = method.full_name;
  parts.clock = core.options.clock;
  const auto deadline = context.deadline();
  if (deadline != std::chrono::system_clock::time_point::max()) {
    parts.deadline = absl::FromChrono(deadline);
  }
  const auto parent = TraceContext::Parse(OnlyValue(context, "traceparent"));
  parts.trace = parent.has_value() ? parent->Child() : TraceContext::New();
  parts.bearer = BearerOf(AuthorizationOf(context));
  const std::string position = OnlyValue(context, "phoihop-min-position");
  if (!position.empty() &&
      (!absl::SimpleAtoi(position, &parts.min_position) || parts.min_position < 0)) {
    parts.min_position = -1;
  }
  return parts;
}

std::string AddressOf(const grpc::CallbackServerContext& context, const Admission& admission) {
  // `ipv4:127.0.0.1:4711`, `ipv6:%5B::1%5D:4711` or `ipv6:[::1]:4711`; anything else is no network.
  const std::string peer = context.peer();
  const bool v4 = absl::StartsWith(peer, "ipv4:");
  if (!v4 && !absl::StartsWith(peer, "ipv6:")) return OnlyValue(context, kClientAddressMetadata);
  std::string address = peer.substr(5, peer.rfind(':') - 5);
  if (!v4) address = absl::StrReplaceAll(address, {{"%5B", ""}, {"%5D", ""}, {"[", ""}, {"]", ""}});
  return admission.ClientAddress(address, LastValue(context, "x-forwarded-for"));
}

std::string AuthorizationOf(const grpc::CallbackServerContext& context) {
  return OnlyValue(context, "authorization");
}

std::string BearerOf(const std::string& authorization) {
  constexpr size_t kScheme = 7;
  if (authorization.size() <= kScheme ||
      !absl::EqualsIgnoreCase(authorization.substr(0, kScheme), "bearer ")) {
    return "";
  }
  return std::string(absl::StripAsciiWhitespace(authorization.substr(kScheme)));
}

absl::StatusOr<MessagePtr> Parse(const google::protobuf::Message& prototype,
                                 const grpc::ByteBuffer& bytes) {
  MessagePtr message(prototype.New());
  grpc::ByteBuffer buffer(bytes);  // counts references, copies nothing
  grpc::ProtoBufferReader reader(&buffer);
  if (!reader.status().ok() || !message->ParseFromZeroCopyStream(&reader)) {
    return InvalidField("request", "MALFORMED",
                        {"Is not a valid message; texts must be UTF-8.",
                         "Thông điệp không hợp lệ; văn bản phải ở dạng UTF-8."});
  }
  return message;
}

absl::StatusOr<grpc::ByteBuffer> Serialize(const google::protobuf::Message& message) {
  grpc::ByteBuffer buffer;
  bool own_buffer = false;
  const grpc::Status status =
      grpc::GenericSerialize<grpc::ProtoBufferWriter, google::protobuf::Message>(message, &buffer,
                                                                                 &own_buffer);
  if (!status.ok()) return Internal(absl::StrCat("serialising: ", status.error_message()));
  return buffer;
}

}  // namespace phoihop::rpc
