// One channel to several servers, of which some are gone, frozen, ill or about to end.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <map>
#include <set>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "common/rpc/client.h"
#include "common/rpc/service_config.h"
#include "common/rpc/testing/echo_server.h"
#include "common/status/errors.h"
#include "common/testing/rpc.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace phoihop::rpc {
namespace {

using namespace phoihop::testing;  // NOLINT: the echo service and its helpers
using absl::StatusCode;

// Says its name, or what the request asks for.
struct Replica {
  explicit Replica(std::string replica_name, int port = 0) : name(std::move(replica_name)) {
    ServerOptions options;
    options.workers = 4;
    options.port = port;
    Server::Builder builder(options);
    builder.set_authenticator(std::make_shared<FakeAuthenticator>());
    const auto answer = [this](const RequestContext&,
                               const EchoRequest&) -> absl::StatusOr<EchoResponse> {
      ++calls;
      if (ill) return Unavailable("NO_DATABASE", {"No database.", "Mất cơ sở dữ liệu."});
      return Say(name);
    };
    RegisterEcho(builder, answer);
    auto started = builder.Start();
    EXPECT_THAT(started, IsOk());
    server = *std::move(started);
  }
  int port() const { return server->port(); }

  const std::string name;
  std::atomic<bool> ill = false;
  std::atomic<int> calls = 0;
  std::unique_ptr<Server> server;
};

// Passes bytes on to a port until it is frozen: then connections stay open, and nothing comes,
// as with a process that was stopped.
class Freezer {
 public:
  explicit Freezer(int to) : to_(to) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = Loopback(0);
    socklen_t size = sizeof(address);
    EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(listener_, 16), 0);
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Run(); });
  }
  ~Freezer() {
    ended_ = true;
    thread_.join();
    close(listener_);
    for (const auto& [a, b] : peers_) close(a);
  }
  int port() const { return port_; }
  void Freeze(bool frozen) { frozen_ = frozen; }

 private:
  static sockaddr_in Loopback(int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<uint16_t>(port));
    return address;
  }

  void Run() {
    while (!ended_) {
      // The kernel accepts on behalf of a frozen process; nobody reads.
      if (frozen_) {
        absl::SleepFor(absl::Milliseconds(10));
        continue;
      }
      std::vector<pollfd> fds = {{listener_, POLLIN, 0}};
      for (const auto& [a, b] : peers_) fds.push_back({a, POLLIN, 0});
      if (poll(fds.data(), fds.size(), 20) <= 0) continue;
      for (const pollfd& ready : fds) {
        if (ready.revents == 0) continue;
        if (ready.fd == listener_) {
          Accept();
        } else {
          PassOn(ready.fd);
        }
      }
    }
  }

  void Accept() {
    const int in = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    const int out = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in address = Loopback(to_);
    if (connect(out, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
      close(in);
      close(out);
      return;
    }
    peers_[in] = out;
    peers_[out] = in;
  }

  void PassOn(int from) {
    const auto peer = peers_.find(from);
    if (peer == peers_.end()) return;
    const int to = peer->second;
    char bytes[16384];
    const ssize_t n = read(from, bytes, sizeof(bytes));
    if (n > 0 && send(to, bytes, static_cast<size_t>(n), MSG_NOSIGNAL) == n) return;
    peers_.erase(from);
    peers_.erase(to);
    close(from);
    close(to);
  }

  const int to_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> ended_ = false, frozen_ = false;
  std::map<int, int> peers_;
  std::thread thread_;
};

std::string Addresses(const std::vector<int>& ports) {
  return absl::StrJoin(
      ports, ",", [](std::string* out, int port) { absl::StrAppend(out, "127.0.0.1:", port); });
}

class ReplicasTest : public ::testing::Test {
 protected:
  void ConnectTo(const std::vector<int>& ports) {
    stub_ = EchoService::NewStub(Connect(Addresses(ports)));
  }

  // The name of who answered, or the error's code.
  std::string Ask(absl::Duration timeout = absl::Seconds(5)) {
    CallOptions options;
    options.deadline = absl::Now() + timeout;
    const auto response = Call(*stub_, &EchoStub::Echo, Request("x"), options);
    return response.ok() ? response->text() : absl::StatusCodeToString(response.status().code());
  }

  std::map<std::string, int> AskOften(int times) {
    std::map<std::string, int> answers;
    for (int i = 0; i < times; ++i) ++answers[Ask()];
    return answers;
  }

  // Asks until all of these have answered.
  void AwaitAnswersOf(const std::set<std::string>& names) {
    std::set<std::string> heard;
    for (const absl::Time until = absl::Now() + absl::Seconds(10);
         !std::includes(heard.begin(), heard.end(), names.begin(), names.end());) {
      ASSERT_LT(absl::Now(), until) << absl::StrJoin(heard, " ");
      heard.insert(Ask());
      absl::SleepFor(absl::Milliseconds(2));
    }
  }

  Replica a_{"a"}, b_{"b"}, c_{"c"};
  std::unique_ptr<EchoStub> stub_;
};

TEST_F(ReplicasTest, CallsGoToEachInTurn) {
  ConnectTo({a_.port(), b_.port(), c_.port()});
  AwaitAnswersOf({"a", "b", "c"});
  const auto answers = AskOften(30);
  EXPECT_EQ(answers, (std::map<std::string, int>{{"a", 10}, {"b", 10}, {"c", 10}}));
}

TEST_F(ReplicasTest, StoppedOneIsLeftOutWithoutAFailedCall) {
  ConnectTo({a_.port(), b_.port(), c_.port()});
  AwaitAnswersOf({"a", "b", "c"});
  const int port = b_.port();
  std::thread ending([&] { b_.server->Drain(absl::Seconds(5)); });
  auto answers = AskOften(300);
  ending.join();
  EXPECT_EQ(answers["a"] + answers["b"] + answers["c"], 300) << ::testing::PrintToString(answers);
  answers = AskOften(20);
  EXPECT_EQ(answers["a"] + answers["c"], 20);
  b_.server.reset();
  const Replica again("b", port);
  AwaitAnswersOf({"b"});
}

TEST_F(ReplicasTest, DrainingServerIsNotHeldByTheChannelsThatWatchIt) {
  ConnectTo({a_.port()});
  EXPECT_EQ(Ask(), "a");
  const absl::Time start = absl::Now();
  EXPECT_TRUE(a_.server->Drain(absl::Seconds(8)));
  EXPECT_LT(absl::Now() - start, absl::Seconds(4));
}

TEST_F(ReplicasTest, FrozenOneIsLeftOutWithinSecondsAndTakenBack) {
  Freezer freezer(b_.port());
  ConnectTo({a_.port(), freezer.port(), c_.port()});
  AwaitAnswersOf({"a", "b", "c"});
  freezer.Freeze(true);
  const absl::Time frozen = absl::Now();
  absl::Time last_bad = frozen;
  while (absl::Now() - frozen < absl::Seconds(12)) {
    const std::string answer = Ask(absl::Milliseconds(200));
    EXPECT_NE(answer, "b");
    if (answer != "a" && answer != "c") last_bad = absl::Now();
    absl::SleepFor(absl::Milliseconds(20));
  }
  EXPECT_LT(last_bad - frozen, absl::Seconds(10));
  const auto answers = AskOften(30);
  EXPECT_EQ(answers, (std::map<std::string, int>{{"a", 15}, {"c", 15}}));
  freezer.Freeze(false);
  AwaitAnswersOf({"a", "b", "c"});
}

TEST_F(ReplicasTest, OneThatOnlyFailsIsLeftOutForAWhile) {
  ConnectTo({a_.port(), b_.port(), c_.port()});
  AwaitAnswersOf({"a", "b", "c"});
  b_.ill = true;
  const absl::Time until = absl::Now() + absl::Seconds(6);
  while (absl::Now() < until) {
    Ask();
    absl::SleepFor(absl::Milliseconds(5));
  }
  const int before = b_.calls;
  const auto answers = AskOften(60);
  EXPECT_EQ(answers, (std::map<std::string, int>{{"a", 30}, {"c", 30}}));
  EXPECT_EQ(b_.calls, before);
  b_.ill = false;
  const absl::Time back = absl::Now() + absl::Seconds(20);
  while (Ask() != "b") ASSERT_LT(absl::Now(), back);
}

TEST(TargetTest, AddressesBecomeTargets) {
  EXPECT_THAT(TargetOf("127.0.0.1:7101"), IsOkAndHolds("ipv4:127.0.0.1:7101"));
  EXPECT_THAT(TargetOf("10.0.0.1:1,10.0.0.2:2"), IsOkAndHolds("ipv4:10.0.0.1:1,10.0.0.2:2"));
  EXPECT_THAT(TargetOf("[::1]:1,[::2]:2"), IsOkAndHolds("ipv6:[::1]:1,[::2]:2"));
  EXPECT_THAT(TargetOf("directory:7101"), IsOkAndHolds("dns:///directory:7101"));
  EXPECT_THAT(TargetOf("dns:///directory.local:7101"), IsOkAndHolds("dns:///directory.local:7101"));
  for (const char* bad : {"", "127.0.0.1", ":1", "a:0", "a:65536", "a:b", "10.0.0.1:1,", "a:1,b:2",
                          "10.0.0.1:1,[::1]:1", "http://a:1", "::1:1"}) {
    EXPECT_THAT(TargetOf(bad), StatusIs(StatusCode::kInvalidArgument)) << bad;
  }
}

}  // namespace
}  // namespace phoihop::rpc
