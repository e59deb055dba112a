// A client that says exactly what a test tells it to: for tests of the HTTP server.
#ifndef PHOIHOP_SERVICES_GATEWAY_HTTP_TESTING_CLIENT_H_
#define PHOIHOP_SERVICES_GATEWAY_HTTP_TESTING_CLIENT_H_

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace phoihop::gateway {

class TestingClient {
 public:
  explicit TestingClient(int port) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
  }
  ~TestingClient() { Close(); }
  TestingClient(const TestingClient&) = delete;
  TestingClient& operator=(const TestingClient&) = delete;

  bool connected() const { return connected_; }

  void Close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

  // False when the server has closed.
  bool Send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
    return true;
  }

  struct Answer {
    int status = 0;  // 0 when none came
    std::string head;
    std::string body;
  };

  // The head of the next answer, without what follows; "" when none comes.
  std::string ReadHead(absl::Duration limit = absl::Seconds(10)) {
    const absl::Time deadline = absl::Now() + limit;
    size_t end = std::string::npos;
    while ((end = received_.find("\r\n\r\n")) == std::string::npos) {
      if (!More(deadline)) return "";
    }
    std::string head = received_.substr(0, end);
    received_.erase(0, end + 4);
    return head;
  }

  // The next answer, read by its Content-Length.
  Answer Read(absl::Duration limit = absl::Seconds(10)) {
    const absl::Time deadline = absl::Now() + limit;
    Answer answer;
    answer.head = ReadHead(limit);
    if (answer.head.empty()) return answer;
    size_t length = 0;
    if (const size_t at = answer.head.find("Content-Length: "); at != std::string::npos) {
      length = std::strtoul(answer.head.c_str() + at + 16, nullptr, 10);
    }
    while (received_.size() < length) {
      if (!More(deadline)) return answer;
    }
    answer.body = received_.substr(0, length);
    received_.erase(0, length);
    answer.status = std::atoi(answer.head.substr(9, 3).c_str());
    return answer;
  }

  // The next chunk of a body that is sent in chunks; "" for the last one, or when none comes.
  std::string ReadChunk(absl::Duration limit = absl::Seconds(10)) {
    const absl::Time deadline = absl::Now() + limit;
    size_t end = std::string::npos;
    while ((end = received_.find("\r\n")) == std::string::npos) {
      if (!More(deadline)) return "";
    }
    const size_t size = std::strtoul(received_.c_str(), nullptr, 16);
    while (received_.size() < end + 2 + size + 2) {
      if (!More(deadline)) return "";
    }
    std::string chunk = received_.substr(end + 2, size);
    received_.erase(0, end + 2 + size + 2);
    return chunk;
  }

  // All that comes until the server closes the connection, or the time is over.
  std::string ReadAll(absl::Duration limit = absl::Seconds(10)) {
    const absl::Time deadline = absl::Now() + limit;
    while (More(deadline)) {
    }
    return std::move(received_);
  }

  // True when the server closes the connection within the time, without further bytes.
  bool ClosedWithin(absl::Duration limit) {
    const absl::Time deadline = absl::Now() + limit;
    while (More(deadline)) {
    }
    return closed_ && received_.empty();
  }

 private:
  bool More(absl::Time deadline) {
    pollfd poll{.fd = fd_, .events = POLLIN, .revents = 0};
    const int64_t left = absl::ToInt64Milliseconds(deadline - absl::Now());
    if (left <= 0 || ::poll(&poll, 1, static_cast<int>(left)) <= 0) return false;
    char buffer[16384];
    const ssize_t size = ::recv(fd_, buffer, sizeof(buffer), 0);
    if (size <= 0) {
      closed_ = true;
      return false;
    }
    received_.append(buffer, static_cast<size_t>(size));
    return true;
  }

  int fd_;
  bool connected_ = false;
  bool closed_ = false;
  std::string received_;
};

}  // namespace phoihop::gateway

#endif  // PHOIHOP_SERVICES_GATEWAY_HTTP_TESTING_CLIENT_H_
