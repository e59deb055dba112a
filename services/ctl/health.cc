#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <string_view>

#include "absl/flags/flag.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "common/rpc/probe.h"
#include "common/rpc/tls.h"
#include "services/ctl/commands.h"
#include "services/ctl/flags.h"
#include "services/ctl/output.h"

namespace phoihop::ctl {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(2);

// A connection to an IPv4 address and port; -1 when nobody accepts one.
int Connect(const std::string& address) {
  const std::pair<std::string, std::string> parts =
      absl::StrSplit(address, absl::MaxSplits(':', 1));
  int port = 0;
  if (!absl::SimpleAtoi(parts.second, &port)) return -1;
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(static_cast<uint16_t>(port));
  inet_pton(AF_INET, parts.first.c_str(), &where.sin_addr);
  if (connect(fd, reinterpret_cast<sockaddr*>(&where), sizeof(where)) == 0) return fd;
  close(fd);
  return -1;
}

// Quicker than a call where nobody listens. What is no IPv4 address (dns:///directory:7101, a
// list) is left to the call.
bool Accepts(const std::string& address) {
  const std::vector<std::string> parts = absl::StrSplit(address, ':');
  in_addr ip{};
  if (parts.size() != 2 || inet_pton(AF_INET, parts[0].c_str(), &ip) != 1) return true;
  const int fd = Connect(address);
  if (fd >= 0) close(fd);
  return fd >= 0;
}

// Whether the gateway says over HTTP that it has all that it needs to answer; its gRPC health
// says only that it serves.
bool IsReady(const std::string& http_address) {
  const int fd = Connect(http_address);
  if (fd < 0) return false;
  const timeval limit = {.tv_sec = 2, .tv_usec = 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
  constexpr std::string_view kRequest =
      "GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
  constexpr std::string_view kReady = "HTTP/1.1 200 ";
  char answer[kReady.size()];
  const bool ready =
      send(fd, kRequest.data(), kRequest.size(), MSG_NOSIGNAL) ==
          static_cast<ssize_t>(kRequest.size()) &&
      recv(fd, answer, sizeof(answer), MSG_WAITALL) == static_cast<ssize_t>(sizeof(answer)) &&
      std::string_view(answer, sizeof(answer)) == kReady;
  close(fd);
  return ready;
}

}  // namespace

int CheckHealth(const Settings& settings, const Arguments& arguments) {
  const absl::Time until = absl::Now() + absl::GetFlag(FLAGS_wait);
  std::vector<std::string> waiting = arguments.empty() ? ServiceNames() : arguments;
  for (const std::string& service : waiting) {
    if (settings.addresses.count(service) == 0) {
      SayError("Không có dịch vụ này", "No such service", absl::NotFoundError(service));
      return 2;
    }
  }
  std::shared_ptr<const rpc::TlsIdentity> tls;
  if (!settings.tls_dir.empty()) {
    absl::StatusOr<std::shared_ptr<const rpc::TlsIdentity>> opened =
        rpc::TlsIdentity::Open(settings.tls_dir);
    if (!opened.ok()) {
      SayError("Không đọc được chứng chỉ của phoihopctl; hãy chạy bằng người đã chạy deploy/up",
               "No certificate for phoihopctl; run it as who ran deploy/up", opened.status());
      return 1;
    }
    tls = *std::move(opened);
  }
  const auto serves = [&](const std::string& service, const std::string& address) {
    rpc::ChannelOptions options;
    if (service != "gateway" || settings.gateway_tls) options.tls = tls;
    options.service = service;
    return rpc::Probe(address, options, kPatience).ok();
  };
  absl::Time told = absl::Now();
  while (true) {
    std::vector<std::string> not_ready;
    for (const std::string& service : waiting) {
      const std::string& address = settings.addresses.at(service);
      const bool ready =
          Accepts(address) && serves(service, address) &&
          (service != "gateway" || settings.http_address.empty() || IsReady(settings.http_address));
      if (!ready) not_ready.push_back(service);
    }
    waiting = not_ready;
    if (waiting.empty()) return 0;
    const std::string names = absl::StrJoin(waiting, ", ");
    if (absl::Now() >= until) {
      SayError(absl::StrCat("Chưa sẵn sàng: ", names), absl::StrCat("Not ready: ", names),
               absl::UnavailableError("no SERVING answer"));
      return 1;
    }
    if (absl::Now() - told > absl::Seconds(3)) {
      told = absl::Now();
      Say(absl::StrCat("Đang chờ: ", names), absl::StrCat("waiting for ", names));
    }
    absl::SleepFor(absl::Milliseconds(50));
  }
}

}  // namespace phoihop::ctl
