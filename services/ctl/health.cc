#include <arpa/inet.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
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
#include "services/ctl/commands.h"
#include "services/ctl/flags.h"
#include "services/ctl/output.h"

namespace phoihop::ctl {
namespace {

// A serialised grpc.health.v1.HealthCheckResponse{status: SERVING}. Debian's gRPC ships no
// stub for health, and its two messages have one field each.
constexpr char kServing[] = "\x08\x01";

// Asks grpc.health.v1.Health/Check about the whole server. A new connection each time: one
// that failed would wait before it tries again, and this asks whether it works now.
bool IsServing(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  grpc::GenericStub stub(
      grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments));
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(2)));
  grpc::CompletionQueue queue;
  grpc::ByteBuffer response;
  grpc::Status status;
  // An empty service name is an empty message.
  auto call = stub.PrepareUnaryCall(&context, "/grpc.health.v1.Health/Check",
                                    grpc::ByteBuffer(nullptr, 0), &queue);
  call->StartCall();
  call->Finish(&response, &status, nullptr);
  void* tag = nullptr;
  bool ok = false;
  queue.Next(&tag, &ok);
  grpc::Slice slice;
  return ok && status.ok() && response.DumpToSingleSlice(&slice).ok() &&
         std::string(slice.begin(), slice.end()) == kServing;
}

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

bool Accepts(const std::string& address) {
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
  absl::Time told = absl::Now();
  while (true) {
    std::vector<std::string> not_ready;
    for (const std::string& service : waiting) {
      const std::string& address = settings.addresses.at(service);
      const bool ready =
          Accepts(address) && IsServing(address) &&
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
