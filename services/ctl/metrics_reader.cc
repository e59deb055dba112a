#include "services/ctl/metrics_reader.h"

#include <netdb.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>

#include "absl/cleanup/cleanup.h"
#include "absl/flags/flag.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/status/views.h"

ABSL_FLAG(std::vector<std::string>, metrics_addresses, {},
          "doctor, top: where the services' /metrics are, directory=127.0.0.1:9100,gateway=...; a "
          "service may come several times. From the data folder when empty");

namespace phoihop::ctl {
namespace {

// Reads `name="value",` pairs up to the closing brace; where it ends.
size_t ReadLabels(std::string_view line, size_t at, Labels& labels) {
  while (at < line.size() && line[at] != '}') {
    const size_t equals = line.find("=\"", at);
    if (equals == std::string_view::npos) return std::string_view::npos;
    const std::string name(line.substr(at, equals - at));
    std::string value;
    at = equals + 2;
    for (; at < line.size() && line[at] != '"'; ++at) {
      if (line[at] == '\\' && at + 1 < line.size()) ++at;
      value += line[at];
    }
    labels[name] = std::move(value);
    ++at;
    if (at < line.size() && line[at] == ',') ++at;
  }
  return at < line.size() ? at + 1 : std::string_view::npos;
}

bool Has(const Sample& sample, const Labels& labels) {
  return std::all_of(labels.begin(), labels.end(), [&](const auto& label) {
    const auto found = sample.labels.find(label.first);
    return found != sample.labels.end() && found->second == label.second;
  });
}

// Counts by upper bound.
std::map<double, double> Buckets(const Metrics& metrics, const std::string& histogram,
                                 std::string_view left_out) {
  std::map<double, double> buckets;
  for (const Sample& sample : metrics.All(histogram + "_bucket")) {
    const auto method = sample.labels.find("method");
    if (method != sample.labels.end() && absl::EndsWith(method->second, AbslView(left_out))) {
      continue;
    }
    const auto bound = sample.labels.find("le");
    double le = std::numeric_limits<double>::infinity();
    if (bound == sample.labels.end()) continue;
    if (bound->second != "+Inf" && !absl::SimpleAtod(bound->second, &le)) continue;
    buckets[le] += sample.value;
  }
  return buckets;
}

}  // namespace

Metrics::Metrics(std::string_view text) {
  for (const absl::string_view part : absl::StrSplit(AbslView(text), '\n')) {
    const std::string_view line = StdView(part);
    if (line.empty() || line[0] == '#') continue;
    size_t at = line.find_first_of("{ ");
    if (at == std::string_view::npos) continue;
    const std::string name(line.substr(0, at));
    Sample sample;
    if (line[at] == '{') at = ReadLabels(line, at + 1, sample.labels);
    if (at >= line.size()) continue;
    std::vector<absl::string_view> rest =
        absl::StrSplit(AbslView(line.substr(at)), ' ', absl::SkipEmpty());
    if (rest.empty() || !absl::SimpleAtod(rest[0], &sample.value)) continue;
    samples_[name].push_back(std::move(sample));
  }
}

const std::vector<Sample>& Metrics::All(std::string_view name) const {
  static const auto* const none = new std::vector<Sample>;
  const auto found = samples_.find(name);
  return found == samples_.end() ? *none : found->second;
}

std::optional<double> Metrics::Get(std::string_view name, const Labels& labels) const {
  for (const Sample& sample : All(name)) {
    if (Has(sample, labels)) return sample.value;
  }
  return std::nullopt;
}

double Metrics::Sum(std::string_view name, const Labels& labels) const {
  double sum = 0;
  for (const Sample& sample : All(name)) {
    if (Has(sample, labels)) sum += sample.value;
  }
  return sum;
}

double Metrics::Max(std::string_view name) const {
  double most = 0;
  for (const Sample& sample : All(name)) most = std::max(most, sample.value);
  return most;
}

std::optional<double> Quantile(double part, const Metrics& before, const Metrics& after,
                               const std::string& histogram, std::string_view left_out) {
  const std::map<double, double> old = Buckets(before, histogram, left_out);
  std::map<double, double> now = Buckets(after, histogram, left_out);
  for (const auto& [bound, count] : old) now[bound] -= count;
  const double total = now.empty() ? 0 : now.rbegin()->second;
  if (total <= 0) return std::nullopt;
  double lower = 0;
  double below = 0;
  for (const auto& [bound, count] : now) {
    if (count >= part * total) {
      if (bound == std::numeric_limits<double>::infinity()) return lower;
      const double inside = count - below;
      return inside <= 0 ? bound : lower + (bound - lower) * (part * total - below) / inside;
    }
    lower = bound;
    below = count;
  }
  return lower;
}

absl::StatusOr<std::string> HttpGet(const std::string& address, const std::string& path,
                                    absl::Duration timeout) {
  const size_t colon = address.rfind(':');
  if (colon == std::string::npos) return absl::InvalidArgumentError(address + " has no port");
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(address.substr(0, colon).c_str(), address.substr(colon + 1).c_str(), &hints,
                  &found) != 0) {
    return absl::UnavailableError(address + " is no address that is known");
  }
  const auto free_found = absl::MakeCleanup([found] { freeaddrinfo(found); });
  const int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return absl::UnavailableError(std::strerror(errno));
  const auto close_socket = absl::MakeCleanup([fd] { close(fd); });
  const timeval limit = absl::ToTimeval(timeout);
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
  if (connect(fd, found->ai_addr, found->ai_addrlen) != 0) {
    return absl::UnavailableError(absl::StrCat(address, ": ", std::strerror(errno)));
  }
  const std::string request =
      absl::StrCat("GET ", path, " HTTP/1.1\r\nHost: ", address, "\r\nConnection: close\r\n\r\n");
  if (send(fd, request.data(), request.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(request.size())) {
    return absl::UnavailableError(absl::StrCat(address, ": ", std::strerror(errno)));
  }
  std::string answer;
  char buffer[16 << 10];
  ssize_t count = 0;
  while ((count = recv(fd, buffer, sizeof(buffer), 0)) > 0) answer.append(buffer, count);
  const size_t body = answer.find("\r\n\r\n");
  if (count < 0 || body == std::string::npos || !absl::StartsWith(answer, "HTTP/1.1 200")) {
    return absl::UnavailableError(absl::StrCat(address, " does not answer ", path));
  }
  return answer.substr(body + 4);
}

std::multimap<std::string, std::string> MetricsAddresses(const Settings& settings) {
  std::multimap<std::string, std::string> addresses;
  for (const std::string& given : absl::GetFlag(FLAGS_metrics_addresses)) {
    const std::pair<std::string, std::string> parts =
        absl::StrSplit(given, absl::MaxSplits('=', 1));
    addresses.insert(parts);
  }
  if (!addresses.empty() || settings.data.empty()) return addresses;
  const absl::StatusOr<std::string> text = ReadFile(settings.File("config"));
  if (!text.ok()) return addresses;
  const std::map<std::string, std::string> config = ParseConfig(*text);
  for (const std::string& service : ServiceNames()) {
    const auto port = config.find(service + "_metrics_port");
    if (port != config.end()) addresses.emplace(service, "127.0.0.1:" + port->second);
  }
  return addresses;
}

}  // namespace phoihop::ctl
