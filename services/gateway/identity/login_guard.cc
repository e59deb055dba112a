#include "services/gateway/identity/login_guard.h"

#include <algorithm>

#include "services/gateway/transcoding/made_status.h"

namespace phoihop::gateway {

absl::Status LoginGuard::Begin(const std::string& login) {
  const absl::Time now = clock_->Now();
  absl::MutexLock lock(&mutex_);
  auto it = entries_.find(login);
  if (it == entries_.end()) {
    MakeRoom(now);
    it = entries_.emplace(login, Entry{}).first;
  }
  Entry& entry = it->second;
  if (now < entry.wait_until) {
    return MakeStatus(absl::StatusCode::kResourceExhausted, "LOGIN_WAITS",
                      {"There were too many failed attempts to sign in; wait before the next.",
                       "Đăng nhập sai quá nhiều lần; vui lòng chờ trước khi thử lại."},
                      entry.wait_until - now);
  }
  if (now - entry.last > kLongestWait) entry.failures = 0;
  entry.last = now;
  ++entry.failures;
  if (entry.failures >= kFreeFailures) {
    const int doublings = std::min(entry.failures - kFreeFailures, 10);
    entry.wait_until = now + std::min(kFirstWait * (1 << doublings), kLongestWait);
  }
  return absl::OkStatus();
}

void LoginGuard::Succeeded(const std::string& login) {
  absl::MutexLock lock(&mutex_);
  entries_.erase(login);
}

void LoginGuard::Abandon(const std::string& login) {
  absl::MutexLock lock(&mutex_);
  const auto it = entries_.find(login);
  if (it == entries_.end()) return;
  it->second.wait_until = absl::InfinitePast();
  if (--it->second.failures <= 0) entries_.erase(it);
}

void LoginGuard::MakeRoom(absl::Time now) {
  if (entries_.size() < max_logins_) return;
  absl::erase_if(entries_, [&](const auto& item) { return now - item.second.last > kLongestWait; });
  if (entries_.size() < max_logins_) return;
  entries_.erase(
      std::min_element(entries_.begin(), entries_.end(),
                       [](const auto& a, const auto& b) { return a.second.last < b.second.last; }));
}

}  // namespace phoihop::gateway
