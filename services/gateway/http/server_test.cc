#include "services/gateway/http/server.h"

#include <atomic>
#include <deque>
#include <map>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/gateway/http/testing_client.h"

namespace phoihop::gateway {
namespace {

using ::phoihop::testing::IsOk;
using ::phoihop::testing::StatusIs;
using ::testing::HasSubstr;

// "/echo" answers with the body at once, "/thread" on another thread, and "/held" when the
// test says so.
class TestHandler : public HttpHandler {
 public:
  ~TestHandler() override {
    for (std::thread& thread : threads_) thread.join();
  }

  std::function<void()> Handle(HttpRequest request,
                               std::function<void(HttpResponse)> done) override {
    ++handled;
    if (request.target == "/held") {
      absl::MutexLock lock(&mutex_);
      held_[++last_] = std::move(done);
      return [this, number = last_] {
        ++cancelled;
        Answer(number);
      };
    }
    HttpResponse response{.headers = {{"Verb", request.verb}}, .body = std::move(request.body)};
    if (request.target == "/thread") {
      threads_.emplace_back([done = std::move(done), response] { done(response); });
    } else {
      done(std::move(response));
    }
    return nullptr;
  }

  HttpResponse Refuse(int http_status, const absl::Status& why) override {
    return {.status = http_status, .body = ErrorReason(why)};
  }

  // Answers the oldest request that is held, when there is one.
  void Release() {
    int oldest = 0;
    {
      absl::MutexLock lock(&mutex_);
      if (!held_.empty()) oldest = held_.begin()->first;
    }
    Answer(oldest);
  }

  bool WaitForHeld(size_t count) {
    const auto reached = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
      return held_.size() >= count;
    };
    absl::MutexLock lock(&mutex_);
    return mutex_.AwaitWithTimeout(absl::Condition(&reached), absl::Seconds(10));
  }

  std::atomic<int> handled = 0;
  std::atomic<int> cancelled = 0;

 private:
  void Answer(int number) {
    std::function<void(HttpResponse)> done;
    {
      absl::MutexLock lock(&mutex_);
      const auto found = held_.find(number);
      if (found == held_.end()) return;
      done = std::move(found->second);
      held_.erase(found);
    }
    done({.body = "released"});
  }

  absl::Mutex mutex_;
  int last_ ABSL_GUARDED_BY(mutex_) = 0;
  // By number, in order of arrival.
  std::map<int, std::function<void(HttpResponse)>> held_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::thread> threads_;
};

class HttpServerTest : public ::testing::Test {
 protected:
  void Start(HttpServerOptions options = {}) {
    auto server = HttpServer::Start(std::move(options), &handler_);
    ASSERT_THAT(server, IsOk());
    server_ = *std::move(server);
  }

  // Waits for a condition that another thread brings about.
  template <class Condition>
  static bool Eventually(Condition condition) {
    for (int i = 0; i < 1000; ++i) {
      if (condition()) return true;
      absl::SleepFor(absl::Milliseconds(10));
    }
    return false;
  }

  static std::string Post(const std::string& target, const std::string& body) {
    return absl::StrCat("POST ", target, " HTTP/1.1\r\nHost: x\r\nContent-Length: ", body.size(),
                        "\r\n\r\n", body);
  }

  TestHandler handler_;
  std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpServerTest, AConnectionServesManyRequests) {
  Start();
  TestingClient client(server_->port());
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(client.Send(Post(i % 2 == 0 ? "/echo" : "/thread", absl::StrCat("body ", i))));
    const TestingClient::Answer answer = client.Read();
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, absl::StrCat("body ", i));
    EXPECT_THAT(answer.head, HasSubstr("Verb: POST"));
  }
  EXPECT_EQ(server_->connections(), 1);
}

TEST_F(HttpServerTest, ConnectionsWaitUntilItIsToldToServe) {
  HttpServerOptions options;
  options.accept = false;
  Start(std::move(options));
  TestingClient client(server_->port());
  ASSERT_TRUE(client.Send(Post("/echo", "early")));
  absl::SleepFor(absl::Milliseconds(50));
  EXPECT_EQ(handler_.handled, 0);
  server_->Accept();
  EXPECT_EQ(client.Read().body, "early");
}

TEST_F(HttpServerTest, PipelinedRequestsAreAnsweredInOrder) {
  Start();
  TestingClient client(server_->port());
  ASSERT_TRUE(client.Send(Post("/thread", "1") + Post("/echo", "2") + Post("/thread", "3")));
  for (const char* body : {"1", "2", "3"}) EXPECT_EQ(client.Read().body, body);
}

TEST_F(HttpServerTest, AHeadIsAnsweredAsAGetWithoutTheBody) {
  Start();
  TestingClient client(server_->port());
  ASSERT_TRUE(client.Send("HEAD /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nfirst"));
  const std::string head = client.ReadHead();
  EXPECT_THAT(head, HasSubstr("HTTP/1.1 200"));
  EXPECT_THAT(head, HasSubstr("Verb: GET"));
  EXPECT_THAT(head, HasSubstr("Content-Length: 5"));
  // What comes next is the next answer, so there was no body.
  ASSERT_TRUE(client.Send(Post("/echo", "second")));
  const TestingClient::Answer answer = client.Read();
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "second");
}

TEST_F(HttpServerTest, ARefusedHeadHasNoBodyEither) {
  Start();
  TestingClient client(server_->port());
  ASSERT_TRUE(client.Send("HEAD /echo HTTP/1.1\r\n\r\n"));
  EXPECT_THAT(client.ReadHead(), HasSubstr("HTTP/1.1 400"));
  EXPECT_TRUE(client.ClosedWithin(absl::Seconds(10)));
}

TEST_F(HttpServerTest, ARequestMayArriveInPieces) {
  Start();
  TestingClient client(server_->port());
  for (const char c : Post("/echo", "split")) {
    ASSERT_TRUE(client.Send(std::string_view(&c, 1)));
    absl::SleepFor(absl::Milliseconds(1));
  }
  EXPECT_EQ(client.Read().body, "split");
  ASSERT_TRUE(
      client.Send("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc"));
  absl::SleepFor(absl::Milliseconds(20));
  ASSERT_TRUE(client.Send("\r\n2\r\nde\r\n0\r\n\r\n"));
  EXPECT_EQ(client.Read().body, "abcde");
}

TEST_F(HttpServerTest, ABodyOverTheLimitIsRefusedAndTheReasonCanBeRead) {
  Start({.max_body = 1000});
  {
    TestingClient client(server_->port());
    client.Send(Post("/echo", std::string(1000000, 'x')));
    const TestingClient::Answer answer = client.Read();
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(answer.body, "BODY_TOO_LARGE");
    EXPECT_TRUE(client.ClosedWithin(absl::Seconds(5)));
  }
  {
    TestingClient client(server_->port());
    client.Send("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n7d0\r\n" +
                std::string(2000, 'x') + "\r\n0\r\n\r\n");
    EXPECT_EQ(client.Read().status, 400);
  }
  TestingClient client(server_->port());
  ASSERT_TRUE(client.Send(Post("/echo", std::string(1000, 'x'))));
  EXPECT_EQ(client.Read().body.size(), 1000u);
  EXPECT_EQ(handler_.handled, 1);
}

TEST_F(HttpServerTest, ContinueIsSentWhenItIsExpected) {
  Start({.max_body = 1000});
  TestingClient client(server_->port());
  ASSERT_TRUE(client.Send(
      "POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"));
  EXPECT_EQ(client.Read().status, 100);
  ASSERT_TRUE(client.Send("ab"));
  EXPECT_EQ(client.Read().body, "ab");
  ASSERT_TRUE(client.Send(
      "POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2000\r\n\r\n"));
  EXPECT_EQ(client.Read().status, 400);
}

TEST_F(HttpServerTest, WhatIsNoHttpIsRefused) {
  Start({.max_header = 2000});
  const auto status = [&](const std::string& bytes) {
    TestingClient client(server_->port());
    client.Send(bytes);
    return client.Read().status;
  };
  EXPECT_EQ(status("nonsense\r\n\r\n"), 400);
  EXPECT_EQ(status("GET /echo HTTP/9.9\r\nHost: x\r\n\r\n"), 400);
  EXPECT_EQ(status("GET /echo HTTP/1.1\r\nHost: x\r\nBad Header: y\r\n\r\n"), 400);
  EXPECT_EQ(status("GET /echo HTTP/1.1\r\n\r\n"), 400);
  EXPECT_EQ(status("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n"), 400);
  EXPECT_EQ(status("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n"
                   "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
            400);
  EXPECT_EQ(status("GET /echo HTTP/1.1\r\nHost: x\r\nLong: " + std::string(3000, 'x') + "\r\n\r\n"),
            431);
  EXPECT_EQ(status("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 400);
  EXPECT_EQ(handler_.handled, 0);
}

TEST_F(HttpServerTest, AnUncertainLengthIsRefusedOnceAndNoRequestHidesInTheBody) {
  Start();
  const std::string hidden = "GET /echo HTTP/1.1\r\nHost: x\r\n\r\n";
  for (const char* headers : {"Transfer-Encoding: xchunked",
                              "Transfer-Encoding: identity",
                              "Transfer-Encoding: gzip",
                              "Transfer-Encoding: \"chunked\"",
                              "Transfer-Encoding: chunked, identity",
                              "Transfer-Encoding: gzip, chunked",
                              "Transfer-Encoding:",
                              "Transfer-Encoding: chunked;q=1",
                              "Transfer-Encoding: x\r\nContent-Length: 0",
                              "Content-Length: 0\r\nTransfer-Encoding: x",
                              "Transfer-Encoding: chunked\r\nContent-Length: 0",
                              "Content-Length: 0\r\nTransfer-Encoding: chunked",
                              "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
                              "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked",
                              "Content-Length: 0\r\nContent-Length: 5",
                              "Content-Length: 0\r\nContent-Length: 0",
                              "Content-Length: 0, 5",
                              "Content-Length: 0, 0",
                              "Content-Length: +0",
                              "Content-Length: 0x0"}) {
    TestingClient client(server_->port());
    client.Send(absl::StrCat("POST /echo HTTP/1.1\r\nHost: x\r\n", headers, "\r\n\r\n", hidden));
    const TestingClient::Answer answer = client.Read();
    EXPECT_EQ(answer.status, 400) << headers;
    EXPECT_THAT(answer.head, HasSubstr("Connection: close")) << headers;
    EXPECT_TRUE(client.ClosedWithin(absl::Seconds(5))) << headers;
  }
  TestingClient old(server_->port());
  old.Send("POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden);
  EXPECT_EQ(old.Read().status, 400);
  EXPECT_TRUE(old.ClosedWithin(absl::Seconds(5)));
  EXPECT_EQ(handler_.handled, 0);
  // What is certain is served, in any case of letters.
  TestingClient client(server_->port());
  client.Send(
      "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding:  CHUNKED \r\n\r\n"
      "2\r\nab\r\n0\r\n\r\n" +
      hidden);
  EXPECT_EQ(client.Read().body, "ab");
  EXPECT_EQ(client.Read().status, 200);
}

TEST_F(HttpServerTest, ARequestWithoutOneHostIsRefusedAndTheConnectionEnds) {
  Start();
  const std::string good = "GET /echo HTTP/1.1\r\nHost: x\r\n\r\n";
  for (const char* headers : {"", "Host: x\r\nHost: x\r\n", "Host: x\r\nHost: y\r\n"}) {
    TestingClient client(server_->port());
    client.Send(absl::StrCat("GET /echo HTTP/1.1\r\n", headers, "\r\n", good));
    EXPECT_EQ(client.Read().status, 400) << headers;
    EXPECT_TRUE(client.ClosedWithin(absl::Seconds(5))) << headers;
  }
  EXPECT_EQ(handler_.handled, 0);
}

TEST_F(HttpServerTest, ABodyThatCannotBeReadEndsTheConnection) {
  Start();
  const std::string good = "GET /echo HTTP/1.1\r\nHost: x\r\n\r\n";
  for (const char* chunks : {"zz\r\nab\r\n0\r\n\r\n", "2\r\nabcd\r\n0\r\n\r\n",
                             "-2\r\nab\r\n0\r\n\r\n", "fffffffffffffffff\r\nab\r\n"}) {
    TestingClient client(server_->port());
    client.Send(absl::StrCat("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n",
                             chunks, good));
    EXPECT_EQ(client.Read().status, 400) << chunks;
    EXPECT_TRUE(client.ClosedWithin(absl::Seconds(5))) << chunks;
  }
  EXPECT_EQ(handler_.handled, 0);
}

TEST_F(HttpServerTest, ASlowClientIsCutOff) {
  Start({.header_timeout = absl::Milliseconds(200),
         .body_timeout = absl::Milliseconds(200),
         .idle_timeout = absl::Milliseconds(300)});
  TestingClient slow_header(server_->port()), slow_body(server_->port()), idle(server_->port());
  ASSERT_TRUE(slow_header.Send("GET /echo HTTP/1.1\r\nHo"));
  ASSERT_TRUE(slow_body.Send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab"));
  EXPECT_TRUE(slow_header.ClosedWithin(absl::Seconds(5)));
  EXPECT_TRUE(slow_body.ClosedWithin(absl::Seconds(5)));
  EXPECT_TRUE(idle.ClosedWithin(absl::Seconds(5)));
  EXPECT_EQ(handler_.handled, 0);
  EXPECT_TRUE(Eventually([&] { return server_->connections() == 0; }));
}

TEST_F(HttpServerTest, ADripOfHeadersDoesNotProlongTheTime) {
  Start({.header_timeout = absl::Milliseconds(300)});
  TestingClient client(server_->port());
  ASSERT_TRUE(client.Send("GET /echo HTTP/1.1\r\nHost: x\r\nDrip: "));
  const absl::Time start = absl::Now();
  while (client.Send("x") && absl::Now() - start < absl::Seconds(5)) {
    absl::SleepFor(absl::Milliseconds(50));
  }
  EXPECT_LT(absl::Now() - start, absl::Seconds(3));
}

TEST_F(HttpServerTest, ALeavingClientCancelsItsRequest) {
  Start();
  TestingClient client(server_->port());
  ASSERT_TRUE(client.Send(Post("/held", "")));
  ASSERT_TRUE(handler_.WaitForHeld(1));
  client.Close();
  EXPECT_TRUE(Eventually([&] { return handler_.cancelled == 1; }));
  EXPECT_TRUE(Eventually([&] { return server_->connections() == 0; }));
}

// What is told of the request's own bytes, late, is not taken for a client that says something.
TEST_F(HttpServerTest, EveryLeavingClientCancelsItsRequestHoweverManyLeave) {
  constexpr int kClients = 32, kRounds = 40;
  Start();
  for (int round = 1; round <= kRounds; ++round) {
    std::deque<TestingClient> clients;
    for (int i = 0; i < kClients; ++i) {
      ASSERT_TRUE(clients.emplace_back(server_->port()).Send(Post("/held", "x")));
    }
    ASSERT_TRUE(Eventually([&] { return handler_.handled == round * kClients; }));
    clients.clear();
    ASSERT_TRUE(Eventually([&] { return handler_.cancelled == round * kClients; }))
        << handler_.cancelled << " of " << round * kClients;
  }
}

TEST_F(HttpServerTest, OneConnectionTooManyIsTurnedAway) {
  Start({.max_connections = 2});
  TestingClient first(server_->port()), second(server_->port());
  ASSERT_TRUE(first.Send(Post("/echo", "1")));
  EXPECT_EQ(first.Read().status, 200);
  ASSERT_TRUE(second.Send(Post("/echo", "2")));
  EXPECT_EQ(second.Read().status, 200);
  TestingClient third(server_->port());
  EXPECT_EQ(third.Read().status, 503);
  first.Close();
  EXPECT_TRUE(Eventually([&] { return server_->connections() < 2; }));
  TestingClient fourth(server_->port());
  ASSERT_TRUE(fourth.Send(Post("/echo", "4")));
  EXPECT_EQ(fourth.Read().status, 200);
}

TEST_F(HttpServerTest, DrainingAnswersWhatIsAtWorkAndClosesTheRest) {
  Start();
  TestingClient busy(server_->port()), idle(server_->port());
  ASSERT_TRUE(idle.Send(Post("/echo", "x")));
  EXPECT_EQ(idle.Read().status, 200);
  ASSERT_TRUE(busy.Send(Post("/held", "")));
  ASSERT_TRUE(handler_.WaitForHeld(1));
  EXPECT_FALSE(server_->Drain(absl::Milliseconds(50)));
  EXPECT_TRUE(idle.ClosedWithin(absl::Seconds(5)));
  EXPECT_FALSE(TestingClient(server_->port()).connected());
  handler_.Release();
  const TestingClient::Answer answer = busy.Read();
  EXPECT_EQ(answer.body, "released");
  EXPECT_THAT(answer.head, HasSubstr("Connection: close"));
  EXPECT_TRUE(server_->Drain(absl::Seconds(5)));
}

TEST_F(HttpServerTest, EndingCancelsWhatIsAtWork) {
  Start();
  TestingClient client(server_->port());
  ASSERT_TRUE(client.Send(Post("/held", "")));
  ASSERT_TRUE(handler_.WaitForHeld(1));
  server_.reset();
  EXPECT_EQ(handler_.cancelled, 1);
  EXPECT_TRUE(client.ClosedWithin(absl::Seconds(5)));
}

TEST_F(HttpServerTest, ATakenPortIsToldClearly) {
  Start();
  const auto second = HttpServer::Start({.port = server_->port()}, &handler_);
  EXPECT_THAT(second, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(second.status().message(), HasSubstr("in use"));
}

TEST_F(HttpServerTest, ManyClientsAtOnceAreServed) {
  Start();
  std::vector<std::thread> threads;
  std::atomic<int> good = 0;
  for (int t = 0; t < 16; ++t) {
    threads.emplace_back([&, t] {
      TestingClient client(server_->port());
      for (int i = 0; i < 100; ++i) {
        const std::string body = absl::StrCat(t, "/", i);
        client.Send(Post("/echo", body));
        if (client.Read().body == body) ++good;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 1600);
}

}  // namespace
}  // namespace phoihop::gateway
