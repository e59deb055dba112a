#include "common/ledger/commit_proxy.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <string_view>

namespace phoihop::ledger {
namespace {

constexpr int kPollMillis = 20;

sockaddr_un Address(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
  return address;
}

bool SendAll(int to, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(to, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(sent);
  }
  return true;
}

// A COM_QUERY packet with the text COMMIT.
bool IsCommit(std::string_view bytes) {
  return bytes == std::string_view(
                      "\x07\0\0\0\x03"
                      "COMMIT",
                      11);
}

}  // namespace

CommitProxy::CommitProxy(std::string server_socket) : server_(std::move(server_socket)) {
  char name[] = "/tmp/phoihop-proxy-XXXXXX";
  folder_ = mkdtemp(name);
  socket_ = folder_ + "/s";
  listen_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_un address = Address(socket_);
  if (bind(listen_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 ||
      listen(listen_, 64) != 0) {
    abort();
  }
  accepting_ = std::thread([this] { Accept(); });
}

CommitProxy::~CommitProxy() {
  stopping_ = true;
  accepting_.join();
  for (std::thread& thread : serving_) thread.join();
  close(listen_);
  unlink(socket_.c_str());
  rmdir(folder_.c_str());
}

void CommitProxy::Accept() {
  while (!stopping_) {
    pollfd wait = {listen_, POLLIN, 0};
    if (poll(&wait, 1, kPollMillis) <= 0) continue;
    const int client = accept4(listen_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client >= 0) serving_.emplace_back([this, client] { Serve(client); });
  }
}

void CommitProxy::Serve(int client) {
  const int server = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_un address = Address(server_);
  bool open = connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  bool drop_answer = false;
  char buffer[65536];
  while (open && !stopping_) {
    pollfd waits[2] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
    if (poll(waits, 2, kPollMillis) <= 0) continue;
    if (waits[0].revents != 0) {
      const ssize_t size = recv(client, buffer, sizeof(buffer), 0);
      if (size <= 0) break;
      const std::string_view bytes(buffer, size);
      if (IsCommit(bytes) && cut_ != kNone && times_.fetch_sub(1) > 0) {
        ++cuts_;
        if (cut_ == kBeforeServer) break;
        drop_answer = true;
      }
      open = SendAll(server, bytes);
    }
    if (waits[1].revents != 0) {
      const ssize_t size = recv(server, buffer, sizeof(buffer), 0);
      // The answer was given, so the server has committed.
      if (size <= 0 || drop_answer) break;
      open = SendAll(client, {buffer, static_cast<size_t>(size)});
    }
  }
  close(server);
  close(client);
}

}  // namespace phoihop::ledger
