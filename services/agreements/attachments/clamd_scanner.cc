// The protocol is clamd's, as its manual page has it: "zINSTREAM\0", then chunks, each behind its
// length in four bytes (big endian), then a length of zero; the answer is one text that ends
// with a zero byte: "stream: OK", "stream: {name} FOUND", or an error.
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/time/clock.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "services/agreements/attachments/scanner.h"

namespace phoihop::agreements {
namespace {

constexpr size_t kChunk = size_t{256} << 10;
constexpr size_t kMaxAnswer = 4096;

absl::Status Unreachable() {
  return Unavailable("SCANNER_UNAVAILABLE",
                     {"The virus scanner does not answer, and no file is stored unscanned. Try "
                      "again later.",
                      "Bộ quét mã độc không trả lời; tệp chưa quét không được lưu. Hãy thử lại "
                      "sau."});
}

// A socket without blocking; every wait ends at the deadline.
class Socket {
 public:
  Socket(int fd, absl::Time deadline) : fd_(fd), deadline_(deadline) {}
  ~Socket() {
    if (fd_ >= 0) close(fd_);
  }
  Socket(const Socket&) = delete;

  bool Connect(const sockaddr* address, socklen_t size) {
    if (fd_ < 0) return false;
    if (connect(fd_, address, size) == 0) return true;
    // A unix socket whose queue is full says EAGAIN.
    if (errno != EINPROGRESS) return false;
    int error = 0;
    socklen_t length = sizeof(error);
    return Wait(POLLOUT) && getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &length) == 0 &&
           error == 0;
  }

  bool Send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent > 0) {
        bytes.remove_prefix(static_cast<size_t>(sent));
      } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
        if (!Wait(POLLOUT)) return false;
      } else if (errno != EINTR) {
        return false;
      }
    }
    return true;
  }

  // Up to a zero byte or the end; nothing when it does not come.
  std::string Receive() {
    std::string answer;
    char buffer[512];
    while (answer.size() < kMaxAnswer) {
      const ssize_t got = recv(fd_, buffer, sizeof(buffer), 0);
      if (got > 0) {
        answer.append(buffer, static_cast<size_t>(got));
        if (const size_t end = answer.find('\0'); end != std::string::npos) {
          return answer.substr(0, end);
        }
      } else if (got == 0) {
        return "";
      } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
        if (!Wait(POLLIN)) return "";
      } else if (errno != EINTR) {
        return "";
      }
    }
    return "";
  }

 private:
  bool Wait(short what) {  // NOLINT(google-runtime-int): poll's type
    for (;;) {
      const absl::Duration left = deadline_ - absl::Now();
      if (left <= absl::ZeroDuration()) return false;
      pollfd entry = {fd_, what, 0};
      const int64_t millis = std::min<int64_t>(absl::ToInt64Milliseconds(left) + 1, 60'000);
      const int ready = poll(&entry, 1, static_cast<int>(millis));
      if (ready > 0) return true;
      if (ready < 0 && errno != EINTR) return false;
    }
  }

  const int fd_;
  const absl::Time deadline_;
};

std::unique_ptr<Socket> ConnectUnix(const std::string& path, absl::Time deadline) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) return nullptr;
  std::memcpy(address.sun_path, path.data(), path.size());
  auto made = std::make_unique<Socket>(
      socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), deadline);
  if (!made->Connect(reinterpret_cast<const sockaddr*>(&address), sizeof(address))) return nullptr;
  return made;
}

std::unique_ptr<Socket> ConnectTcp(const std::string& host, const std::string& port,
                                   absl::Time deadline) {
  addrinfo hints = {};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), port.c_str(), &hints, &found) != 0) return nullptr;
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owned(found, &freeaddrinfo);
  for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
    auto made = std::make_unique<Socket>(
        socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), deadline);
    if (made->Connect(at->ai_addr, at->ai_addrlen)) return made;
  }
  return nullptr;
}

std::string LengthBytes(size_t length) {
  const auto n = static_cast<uint32_t>(length);
  return {static_cast<char>(n >> 24), static_cast<char>(n >> 16), static_cast<char>(n >> 8),
          static_cast<char>(n)};
}

class ClamdScanner : public Scanner {
 public:
  ClamdScanner(std::string address, absl::Duration patience)
      : address_(std::move(address)), patience_(patience) {}

  absl::Status Scan(std::string_view field, std::string_view bytes,
                    absl::Time deadline) const override {
    const std::unique_ptr<Socket> clamd = Dial(std::min(deadline, absl::Now() + patience_));
    if (clamd == nullptr) return Unreachable();
    // An early end of the stream on clamd's side comes with an answer that says why; all
    // answers but the two below mean that nobody knows.
    bool sent = clamd->Send(std::string_view("zINSTREAM\0", 10));
    for (size_t at = 0; sent && at < bytes.size(); at += kChunk) {
      const std::string_view chunk = bytes.substr(at, kChunk);
      sent = clamd->Send(LengthBytes(chunk.size())) && clamd->Send(chunk);
    }
    if (!sent || !clamd->Send(LengthBytes(0))) return Unreachable();
    const std::string answer = clamd->Receive();
    if (answer == "stream: OK") return absl::OkStatus();
    if (absl::StartsWith(answer, "stream: ") && absl::EndsWith(answer, " FOUND")) {
      return InvalidField(field, "MALWARE",
                          {"The virus scanner found malware in the file. It is not taken.",
                           "Bộ quét phát hiện mã độc trong tệp nên tệp không được nhận."});
    }
    return Unreachable();
  }

 private:
  std::unique_ptr<Socket> Dial(absl::Time deadline) const {
    if (absl::StartsWith(address_, "/")) return ConnectUnix(address_, deadline);
    const size_t colon = address_.rfind(':');
    if (colon == std::string::npos) return nullptr;
    return ConnectTcp(address_.substr(0, colon), address_.substr(colon + 1), deadline);
  }

  const std::string address_;
  const absl::Duration patience_;
};

}  // namespace

std::unique_ptr<Scanner> NewClamdScanner(std::string address, absl::Duration patience) {
  return std::make_unique<ClamdScanner>(std::move(address), patience);
}

}  // namespace phoihop::agreements
