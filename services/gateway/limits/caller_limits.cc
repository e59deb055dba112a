#include "services/gateway/limits/caller_limits.h"

#include <algorithm>
#include <list>
#include <optional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "common/status/views.h"
#include "common/telemetry/metrics.h"
#include "services/gateway/limits/address_range.h"
#include "services/gateway/transcoding/made_status.h"

namespace phoihop::gateway {
namespace {

// What a call that is one too many at once is told to wait: others end meanwhile.
constexpr absl::Duration kBusyWait = absl::Milliseconds(250);

enum class Refusal { kCallerBusy, kCallerRate, kGatewayBusy };

Counter Refused(const char* reason) {
  return GetCounter("phoihop_gateway_refused_total",
                    "Calls refused because a caller, or all together, had too many.",
                    {{"reason", reason}});
}

absl::Status StatusOf(Refusal refusal, absl::Duration retry_after) {
  static Counter busy = Refused("caller_busy");
  static Counter rate = Refused("caller_rate");
  static Counter all = Refused("gateway_busy");
  constexpr auto kCode = absl::StatusCode::kResourceExhausted;
  switch (refusal) {
    case Refusal::kCallerBusy:
      busy.Increment();
      return MakeStatus(kCode, "CALLER_BUSY",
                        {"You have too many requests under way at once.",
                         "Bạn đang có quá nhiều yêu cầu cùng lúc."},
                        retry_after);
    case Refusal::kCallerRate:
      rate.Increment();
      return MakeStatus(kCode, "CALLER_RATE",
                        {"You send too many requests; wait a moment.",
                         "Bạn gửi quá nhiều yêu cầu; vui lòng chờ giây lát."},
                        retry_after);
    case Refusal::kGatewayBusy:
      break;
  }
  all.Increment();
  return MakeStatus(kCode, "GATEWAY_BUSY",
                    {"There are too many requests now; try again shortly.",
                     "Hệ thống đang nhận quá nhiều yêu cầu; vui lòng thử lại sau giây lát."},
                    retry_after);
}

// One household has one /64 of IPv6 and may take any address in it.
std::string AddressKey(std::string_view text) {
  const std::optional<Address> address = ParseAddress(text);
  if (!address.has_value()) return absl::StrCat("anonymous ", AbslView(text));
  const auto* const bytes = reinterpret_cast<const char*>(address->data());
  if (IsV4(*address)) return absl::StrCat("anonymous ", absl::BytesToHexString({bytes + 12, 4}));
  return absl::StrCat("anonymous ", absl::BytesToHexString({bytes, 8}), "/64");
}

}  // namespace

class CallerLimits::State : public std::enable_shared_from_this<State> {
 public:
  State(Limits limits, const Clock* clock, size_t remembered)
      : clock_(clock), most_(std::max<size_t>(1, remembered)), limits_(std::move(limits)) {}

  void Set(Limits limits) {
    absl::MutexLock lock(&mutex_);
    limits_ = std::move(limits);
  }

  absl::StatusOr<std::shared_ptr<void>> Admit(const access::Caller& caller,
                                              std::string_view address) {
    if (caller.kind == access::Caller::kService) return nullptr;
    const bool member = caller.kind == access::Caller::kMember;
    const std::string key = member ? caller.name : AddressKey(address);
    std::pair<Refusal, absl::Duration> refused;
    {
      absl::MutexLock lock(&mutex_);
      const std::optional<std::pair<Refusal, absl::Duration>> no =
          Take(key, ShareOf(key, member), clock_->Now());
      if (!no.has_value()) {
        return std::shared_ptr<void>(
            static_cast<void*>(nullptr),
            [state = shared_from_this(), key](void*) { state->GiveBack(key); });
      }
      refused = *no;
    }
    return StatusOf(refused.first, refused.second);
  }

  bool Trusts(std::string_view text) const {
    const std::optional<Address> address = ParseAddress(text);
    if (!address.has_value()) return false;
    absl::MutexLock lock(&mutex_);
    return std::any_of(limits_.trusted_proxies.begin(), limits_.trusted_proxies.end(),
                       [&](const AddressRange& range) { return range.Contains(*address); });
  }

  size_t remembered() const {
    absl::MutexLock lock(&mutex_);
    return callers_.size();
  }
  int running() const {
    absl::MutexLock lock(&mutex_);
    return running_;
  }

 private:
  struct Entry {
    int running = 0;
    double tokens = 0;
    absl::Time counted;
    std::list<std::string>::iterator recent;
  };

  const Share& ShareOf(const std::string& key, bool member) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (!member) return limits_.anonymous;
    const auto own = limits_.callers.find(key);
    return own == limits_.callers.end() ? limits_.member : own->second;
  }

  std::optional<std::pair<Refusal, absl::Duration>> Take(const std::string& key, const Share& share,
                                                         absl::Time now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    Entry& entry = Find(key, share, now);
    const double seconds = std::max(0.0, absl::ToDoubleSeconds(now - entry.counted));
    entry.tokens = std::min(share.burst, entry.tokens + seconds * share.per_second);
    entry.counted = now;
    if (entry.tokens < 1) {
      return {{Refusal::kCallerRate, absl::Seconds((1 - entry.tokens) / share.per_second)}};
    }
    if (entry.running >= share.concurrent) return {{Refusal::kCallerBusy, kBusyWait}};
    if (running_ >= limits_.total) return {{Refusal::kGatewayBusy, kBusyWait}};
    entry.tokens -= 1;
    ++entry.running;
    ++running_;
    return std::nullopt;
  }

  Entry& Find(const std::string& key, const Share& share, absl::Time now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    auto at = callers_.find(key);
    if (at != callers_.end()) {
      recent_.splice(recent_.begin(), recent_, at->second.recent);
      return at->second;
    }
    if (callers_.size() >= most_) Forget();
    recent_.push_front(key);
    Entry entry;
    entry.tokens = share.burst;
    entry.counted = now;
    entry.recent = recent_.begin();
    return callers_.emplace(key, entry).first->second;
  }

  // Who was heard of longest ago and has no call under way; there are few of the others.
  void Forget() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    for (auto at = recent_.end(); at != recent_.begin();) {
      --at;
      const auto found = callers_.find(*at);
      if (found->second.running > 0) continue;
      callers_.erase(found);
      recent_.erase(at);
      return;
    }
  }

  void GiveBack(const std::string& key) {
    absl::MutexLock lock(&mutex_);
    --running_;
    const auto at = callers_.find(key);
    if (at != callers_.end()) --at->second.running;
  }

  const Clock* const clock_;
  const size_t most_;
  mutable absl::Mutex mutex_;
  Limits limits_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<std::string, Entry> callers_ ABSL_GUARDED_BY(mutex_);
  // Keys, the one heard of last first.
  std::list<std::string> recent_ ABSL_GUARDED_BY(mutex_);
  int running_ ABSL_GUARDED_BY(mutex_) = 0;
};

CallerLimits::CallerLimits(Limits limits, const Clock* clock, size_t remembered)
    : state_(std::make_shared<State>(std::move(limits), clock, remembered)) {
  Gauge running = GetGauge("phoihop_gateway_calls", "Calls of members and anonymous callers.");
  Gauge callers = GetGauge("phoihop_gateway_callers", "Callers whose calls are counted.");
  exported_ = BeforeScrape([state = state_, running, callers]() mutable {
    running.Set(state->running());
    callers.Set(static_cast<double>(state->remembered()));
  });
  // LimitsFile says otherwise.
  GetGauge("phoihop_gateway_limits_file_good",
           "Whether the limits file, if there is one, could be read as it is now.")
      .Set(1);
  // From the beginning, so that a rate of them is known at the first.
  for (const char* const reason : {"caller_busy", "caller_rate", "gateway_busy"}) Refused(reason);
}

CallerLimits::~CallerLimits() = default;

void CallerLimits::Set(Limits limits) { state_->Set(std::move(limits)); }

absl::StatusOr<std::shared_ptr<void>> CallerLimits::Admit(const access::Caller& caller,
                                                          std::string_view address,
                                                          std::string_view) {
  return state_->Admit(caller, address);
}

std::string CallerLimits::ClientAddress(std::string_view peer,
                                        std::string_view forwarded_for) const {
  if (forwarded_for.empty() || !state_->Trusts(peer)) return std::string(peer);
  const size_t comma = forwarded_for.rfind(',');
  const std::string_view last =
      comma == std::string_view::npos ? forwarded_for : forwarded_for.substr(comma + 1);
  const std::string address(absl::StripAsciiWhitespace(AbslView(last)));
  return ParseAddress(address).has_value() ? address : std::string(peer);
}

size_t CallerLimits::remembered() const { return state_->remembered(); }

}  // namespace phoihop::gateway
