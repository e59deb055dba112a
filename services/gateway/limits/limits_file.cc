#include "services/gateway/limits/limits_file.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "common/status/macros.h"
#include "common/telemetry/log.h"
#include "common/telemetry/metrics.h"

namespace phoihop::gateway {
namespace {

// It is small: its bytes are compared, not its time stamp, which a copied file may keep.
absl::StatusOr<std::string> Bytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    const std::string why = absl::StrCat(path, ": ", std::strerror(errno));
    return errno == ENOENT ? absl::NotFoundError(why) : absl::UnavailableError(why);
  }
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

absl::StatusOr<Limits> ReadLimits(const std::string& path) {
  const absl::StatusOr<std::string> text = Bytes(path);
  if (absl::IsNotFound(text.status())) return Limits();
  RETURN_IF_ERROR(text.status());
  return ParseLimits(*text);
}

class LimitsFile::Impl {
 public:
  Impl(std::string path, std::function<void(Limits)> changed, absl::Duration interval)
      : path_(std::move(path)), changed_(std::move(changed)), interval_(interval) {
    Look();
    thread_ = std::thread([this] { Loop(); });
  }
  ~Impl() {
    {
      absl::MutexLock lock(&mutex_);
      stopping_ = true;
    }
    thread_.join();
  }

 private:
  void Loop() {
    while (true) {
      {
        absl::MutexLock lock(&mutex_);
        if (mutex_.AwaitWithTimeout(absl::Condition(&stopping_), interval_)) return;
      }
      Look();
    }
  }

  void Look() {
    absl::StatusOr<std::string> text = Bytes(path_);
    // An error counts as a content, so that it is told once.
    std::string seen = text.ok() ? absl::StrCat("+", *text) : text.status().ToString();
    if (seen == seen_) return;
    seen_ = std::move(seen);
    if (absl::IsNotFound(text.status())) {
      good_.Set(1);
      return;
    }
    absl::StatusOr<Limits> limits = text.ok() ? ParseLimits(*text) : text.status();
    good_.Set(limits.ok() ? 1 : 0);
    if (!limits.ok()) {
      LogError("the limits file is not taken; the limits stay as they are",
               {{"file", path_}, {"error", limits.status().message()}});
      return;
    }
    LogInfo("limits were read", {{"file", path_},
                                 {"member_per_second", limits->member.per_second},
                                 {"member_concurrent", limits->member.concurrent},
                                 {"total", limits->total}});
    changed_(*std::move(limits));
  }

  const std::string path_;
  const std::function<void(Limits)> changed_;
  const absl::Duration interval_;
  // Of the thread, after the first look.
  std::string seen_;
  Gauge good_ = GetGauge("phoihop_gateway_limits_file_good",
                         "Whether the limits file, if there is one, could be read as it is now.");
  absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

LimitsFile::LimitsFile(std::string path, std::function<void(Limits)> changed,
                       absl::Duration interval)
    : impl_(std::make_unique<Impl>(std::move(path), std::move(changed), interval)) {}
LimitsFile::~LimitsFile() = default;

}  // namespace phoihop::gateway
