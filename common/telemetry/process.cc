#include "common/telemetry/process.h"

#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "common/telemetry/metrics.h"

namespace phoihop {
namespace {

constexpr absl::Duration kReadAgain = absl::Seconds(10);

// A field of /proc/self/stat, counted from 1 as in proc(5); 0 when it cannot be read.
double StatField(size_t number) {
  std::ifstream file("/proc/self/stat");
  std::string text;
  std::getline(file, text);
  // The second field is the name in parentheses, which may contain spaces.
  const size_t end = text.rfind(')');
  if (end == std::string::npos) return 0;
  const std::vector<std::string> rest = absl::StrSplit(text.substr(end + 2), ' ');
  double value = 0;
  return number >= 3 && number - 3 < rest.size() && absl::SimpleAtod(rest[number - 3], &value)
             ? value
             : 0;
}

int OpenFiles() {
  std::error_code error;
  int count = 0;
  for (std::filesystem::directory_iterator at("/proc/self/fd", error), end; !error && at != end;
       at.increment(error)) {
    ++count;
  }
  return count - 1;  // this folder itself
}

double BootTime() {
  std::ifstream file("/proc/stat");
  for (std::string line; std::getline(file, line);) {
    double value = 0;
    if (line.rfind("btime ", 0) == 0 && absl::SimpleAtod(line.substr(6), &value)) return value;
  }
  return 0;
}

class Process {
 public:
  Process() {
    GetGauge("phoihop_build_info", "Always 1; the label tells the version.",
             {{"version", std::string(Version())}})
        .Set(1);
    started_.Set(BootTime() + StatField(22) / static_cast<double>(sysconf(_SC_CLK_TCK)));
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
      max_files_.Set(static_cast<double>(limit.rlim_cur));
    }
  }

  void Update() {
    const double ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
    const double cpu = (StatField(14) + StatField(15)) / ticks;
    if (cpu > cpu_.value()) cpu_.Increment(cpu - cpu_.value());
    memory_.Set(StatField(24) * static_cast<double>(sysconf(_SC_PAGESIZE)));
    virtual_.Set(StatField(23));
    threads_.Set(StatField(20));
    files_.Set(OpenFiles());
    time_.Set(absl::ToDoubleSeconds(absl::Now() - absl::UnixEpoch()));
  }

 private:
  Counter cpu_ = GetCounter("process_cpu_seconds_total", "Time of the processors used.");
  Gauge memory_ = GetGauge("process_resident_memory_bytes", "Memory in use.");
  Gauge virtual_ = GetGauge("process_virtual_memory_bytes", "Address space in use.");
  Gauge threads_ = GetGauge("process_threads", "Threads that exist.");
  Gauge files_ = GetGauge("process_open_fds", "Files and connections open.");
  Gauge max_files_ = GetGauge("process_max_fds", "Limit of files and connections.");
  Gauge started_ =
      GetGauge("process_start_time_seconds", "When the process began, since 1970 in UTC.");
  Gauge time_ = GetGauge("phoihop_time_seconds",
                         "What the process takes for the present moment, since 1970 in UTC.");
};

class Certificate {
 public:
  Certificate(std::string file, const std::string& name)
      : file_(std::move(file)),
        gauge_(GetGauge("phoihop_tls_certificate_expiry_timestamp_seconds",
                        "When a certificate ends, since 1970 in UTC; 0 if it cannot be read.",
                        {{"name", name}})) {}

  void Update() {
    const absl::Time now = absl::Now();
    if (now < next_) return;
    next_ = now + kReadAgain;
    const absl::StatusOr<absl::Time> expiry = CertificateExpiry(file_);
    gauge_.Set(expiry.ok() ? absl::ToDoubleSeconds(*expiry - absl::UnixEpoch()) : 0);
  }

 private:
  const std::string file_;
  Gauge gauge_;
  absl::Time next_ = absl::InfinitePast();
};

}  // namespace

std::string_view Version() { return PHOIHOP_VERSION; }

std::shared_ptr<void> ExportProcess() {
  return BeforeScrape([process = std::make_shared<Process>()] { process->Update(); });
}

absl::StatusOr<absl::Time> CertificateExpiry(const std::string& pem_file) {
  std::FILE* const file = std::fopen(pem_file.c_str(), "re");
  if (file == nullptr) return absl::NotFoundError(absl::StrCat(pem_file, " cannot be read"));
  X509* const certificate = PEM_read_X509(file, nullptr, nullptr, nullptr);
  std::fclose(file);
  if (certificate == nullptr) {
    return absl::InvalidArgumentError(absl::StrCat(pem_file, " holds no certificate"));
  }
  std::tm end{};
  const bool good = ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end) == 1;
  X509_free(certificate);
  if (!good) return absl::InvalidArgumentError(absl::StrCat(pem_file, " has no end"));
  return absl::FromTM(end, absl::UTCTimeZone());
}

std::shared_ptr<void> ExportCertificate(const std::string& pem_file, const std::string& name) {
  return BeforeScrape(
      [certificate = std::make_shared<Certificate>(pem_file, name)] { certificate->Update(); });
}

}  // namespace phoihop
