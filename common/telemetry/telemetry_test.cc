#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "common/telemetry/log.h"
#include "common/telemetry/metrics.h"
#include "common/telemetry/trace.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace phoihop {
namespace {

using ::phoihop::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr char kHeader[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

TEST(TraceTest, HeaderSurvivesTheWayInAndOut) {
  const auto trace = TraceContext::Parse(kHeader);
  ASSERT_TRUE(trace.has_value());
  EXPECT_EQ(trace->trace_id, "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_TRUE(trace->sampled);
  EXPECT_EQ(trace->ToHeader(), kHeader);
  EXPECT_FALSE(TraceContext::Parse(std::string(kHeader, 53) + "00")->sampled);
}

TEST(TraceTest, MalformedHeaderIsNotContinued) {
  const std::string good = kHeader;
  for (const std::string& bad :
       {std::string(), good.substr(1), good + "-x", "ff" + good.substr(2),
        "00-" + std::string(32, '0') + good.substr(35),
        good.substr(0, 36) + std::string(16, '0') + "-01", "00-4BF92F3577B34DA6" + good.substr(19),
        good.substr(0, 35) + "_" + good.substr(36), good.substr(0, 53) + "zz"}) {
    EXPECT_FALSE(TraceContext::Parse(bad).has_value()) << bad;
  }
  EXPECT_TRUE(TraceContext::Parse("01" + good.substr(2) + "-later").has_value());
  EXPECT_FALSE(TraceContext::Parse("01" + good.substr(2) + "later").has_value());
}

TEST(TraceTest, ChildStaysInTheTraceAndNewTracesDiffer) {
  const TraceContext trace = TraceContext::New(), child = trace.Child();
  EXPECT_EQ(child.trace_id, trace.trace_id);
  EXPECT_NE(child.span_id, trace.span_id);
  EXPECT_NE(TraceContext::New().trace_id, trace.trace_id);
  EXPECT_TRUE(TraceContext::Parse(child.ToHeader()).has_value());
}

class LogTest : public ::testing::Test {
 protected:
  LogTest() {
    CaptureLog([this](const std::string& line) { lines_.push_back(line); });
    InitLogging("directory");
  }
  ~LogTest() override {
    CaptureLog(nullptr);
    InitLogging("");
  }
  nlohmann::json Only() {
    EXPECT_THAT(lines_, SizeIs(1));
    return nlohmann::json::parse(lines_.at(0));
  }
  std::vector<std::string> lines_;
};

TEST_F(LogTest, LineIsOneObjectWithItsFields) {
  LogInfo("Đã mở", {{"port", 7101}, {"ok", true}, {"ms", 1.5}, {"name", "a\"b\n"}});
  EXPECT_THAT(lines_.at(0), ::testing::Not(HasSubstr("\n")));
  const nlohmann::json line = Only();
  EXPECT_EQ(line["level"], "info");
  EXPECT_EQ(line["service"], "directory");
  EXPECT_EQ(line["message"], "Đã mở");
  EXPECT_EQ(line["port"], 7101);
  EXPECT_EQ(line["ok"], true);
  EXPECT_EQ(line["ms"], 1.5);
  EXPECT_EQ(line["name"], "a\"b\n");
  EXPECT_EQ(line.count("trace_id"), 0u);
}

TEST_F(LogTest, OddBytesAndNumbersStayValidJson) {
  LogError(std::string("\xff\x00\x01 end", 7),
           {{"x", "\xc3"}, {"nan", std::numeric_limits<double>::quiet_NaN()}});
  EXPECT_THAT(Only()["message"].get<std::string>(), HasSubstr("\ufffd"));
}

TEST_F(LogTest, TraceOfTheThreadIsNamedWhileItLasts) {
  const TraceContext outer = TraceContext::New(), inner = TraceContext::New();
  {
    ScopedTrace a(outer);
    { ScopedTrace b(inner); }
    LogInfo("inside");
  }
  LogInfo("outside");
  EXPECT_EQ(nlohmann::json::parse(lines_.at(0))["trace_id"], outer.trace_id);
  EXPECT_EQ(nlohmann::json::parse(lines_.at(1)).count("trace_id"), 0u);
}

TEST_F(LogTest, LowerLevelsAreLeftOut) {
  InitLogging("x", LogLevel::kWarning);
  LogInfo("no");
  LogWarning("yes");
  EXPECT_EQ(Only()["message"], "yes");
}

TEST(MetricsTest, SameNameAndLabelsGiveTheSameMetric) {
  Counter one = GetCounter("phoihop_test_total", "Test.", {{"code", "OK"}});
  Counter two = GetCounter("phoihop_test_total", "Test.", {{"code", "OK"}});
  one.Increment();
  two.Increment(2);
  EXPECT_EQ(one.value(), 3);
  GetCounter("phoihop_test_total", "Test.", {{"code", "ABORTED"}}).Increment();
  GetHistogram("phoihop_test_seconds", "Test.", {}, LatencyBuckets()).Observe(0.003);
  EXPECT_THAT(MetricsText(), HasSubstr("phoihop_test_total{code=\"OK\"} 3"));
  EXPECT_THAT(MetricsText(), HasSubstr("phoihop_test_seconds_bucket{le=\"0.005\"} 1"));
}

// A listening socket on a free port of loopback.
class Listener {
 public:
  Listener() : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    socklen_t length = sizeof(address);
    getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &length);
    listen(fd_, 1);
    port_ = ntohs(address.sin_port);
  }
  ~Listener() { close(fd_); }
  int port() const { return port_; }

 private:
  int fd_;
  int port_ = 0;
};

std::string HttpGet(int port, const std::string& path) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  timeval timeout{5, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
    close(fd);
    return "";
  }
  const std::string request =
      "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
  send(fd, request.data(), request.size(), MSG_NOSIGNAL);
  std::string answer;
  char buffer[4096];
  for (ssize_t n; (n = recv(fd, buffer, sizeof(buffer), 0)) > 0;) answer.append(buffer, n);
  close(fd);
  return answer;
}

TEST(MetricsTest, EndpointServesTheMetricsAndRefusesATakenPort) {
  GetGauge("phoihop_test_depth", "Test.").Set(7);
  const int free_port = Listener().port();
  auto endpoint = MetricsEndpoint::Start("127.0.0.1", free_port);
  ASSERT_TRUE(endpoint.ok()) << endpoint.status();
  EXPECT_THAT(HttpGet(free_port, "/metrics"), HasSubstr("phoihop_test_depth 7"));

  Listener taken;
  const auto second = MetricsEndpoint::Start("127.0.0.1", taken.port());
  EXPECT_THAT(second, StatusIs(absl::StatusCode::kFailedPrecondition, "PORT_IN_USE"));
}

}  // namespace
}  // namespace phoihop
