// A whole process, from its flags to its exit code.

#include "common/rpc/service_main.h"

#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "common/rpc/client.h"
#include "common/rpc/testing/authority.h"
#include "common/rpc/testing/echo_server.h"
#include "common/rpc/tls.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace phoihop::rpc {
namespace {

using namespace phoihop::testing;  // NOLINT: the echo service and its helpers
using ::testing::ExitedWithCode;

// Runs the service in this process and exits with its code.
[[noreturn]] void RunProcess(std::vector<std::string> arguments, ServiceMain service) {
  alarm(30);  // a death test that hangs must end
  arguments.insert(arguments.begin(), "service");
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  const int code = RunService(static_cast<int>(arguments.size()), argv.data(), std::move(service));
  std::_Exit(code);
}

void Terminate() { kill(getpid(), SIGTERM); }

ServiceMain Echo(std::function<void(Server&)> serving, EchoHandler handler = EchoBack) {
  return {.name = "echo",
          .usage = "Says what it hears.",
          .migrate = nullptr,
          .build =
              [handler](Server::Builder& builder, const absl::Notification&) {
                RegisterEcho(builder, handler);
                return absl::OkStatus();
              },
          .serving = std::move(serving),
          .draining = nullptr,
          .stop = [] { fputs("stop was called\n", stderr); }};
}

absl::Status AskOnce(int port) {
  const auto stub = EchoService::NewStub(Connect("127.0.0.1:" + std::to_string(port)));
  CallOptions options;
  options.wait_for_ready = true;
  return Call(*stub, &EchoService::Stub::Echo, Request("x"), options).status();
}

class ServiceMainDeathTest : public ::testing::Test {
 protected:
  ServiceMainDeathTest() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

TEST_F(ServiceMainDeathTest, ServesUntilSigtermAndEndsCleanly) {
  EXPECT_EXIT(RunProcess({"--workers=2"}, Echo([](Server& server) {
                           if (!AskOnce(server.port()).ok()) std::_Exit(9);
                           Terminate();
                         })),
              ExitedWithCode(0), "serving(.|\n)*asked to end(.|\n)*stop was called(.|\n)*ended");
}

TEST_F(ServiceMainDeathTest, StuckHandlerIsLeftBehind) {
  EXPECT_EXIT(
      RunProcess({"--drain_grace=100ms"}, Echo(
                                              [](Server& server) {
                                                std::thread([port = server.port()] {
                                                  AskOnce(port).IgnoreError();
                                                }).detach();
                                              },
                                              [](const RequestContext&, const EchoRequest&) {
                                                Terminate();
                                                absl::SleepFor(absl::Hours(1));
                                                return absl::StatusOr<EchoResponse>(EchoResponse());
                                              })),
      ExitedWithCode(3), "a handler is stuck");
}

TEST_F(ServiceMainDeathTest, FailureToBuildIsToldAndFailsTheProcess) {
  ServiceMain service = Echo(nullptr);
  service.build = [](Server::Builder&, const absl::Notification&) {
    return absl::UnavailableError("no database there");
  };
  EXPECT_EXIT(RunProcess({}, service), ExitedWithCode(1), "cannot start.*no database there");
}

TEST_F(ServiceMainDeathTest, SignalDuringTheStartEndsItWithoutAFailure) {
  ServiceMain service = Echo(nullptr);
  service.build = [](Server::Builder&, const absl::Notification& stopping) {
    Terminate();
    if (!stopping.WaitForNotificationWithTimeout(absl::Seconds(10))) std::_Exit(9);
    return absl::CancelledError("gave up waiting");
  };
  EXPECT_EXIT(RunProcess({}, service), ExitedWithCode(0), "asked to end");
}

TEST_F(ServiceMainDeathTest, MigrationRunsInsteadOfServing) {
  ServiceMain service = Echo([](Server&) { std::_Exit(9); });
  service.migrate = [] {
    fputs("migrated\n", stderr);
    return absl::OkStatus();
  };
  EXPECT_EXIT(RunProcess({"--migrate_only"}, service), ExitedWithCode(0), "migrated");
  service.migrate = [] { return absl::DataLossError("checksum differs"); };
  EXPECT_EXIT(RunProcess({"--migrate_only"}, service), ExitedWithCode(1), "checksum differs");
}

// Something that serves, to be probed.
std::unique_ptr<Server> Serving(std::shared_ptr<const TlsIdentity> tls = nullptr) {
  ServerOptions options;
  options.workers = 2;
  options.tls = std::move(tls);
  options.callers = {"nobody"};
  Server::Builder builder(options);
  RegisterEcho(builder);
  return *builder.Start();
}

TEST_F(ServiceMainDeathTest, ProbeSaysWhetherItServes) {
  const auto server = Serving();
  const std::string port = absl::StrCat("--port=", server->port());
  EXPECT_EXIT(RunProcess({"--probe", port}, Echo(nullptr)), ExitedWithCode(0), "");
  EXPECT_EXIT(RunProcess({"--probe", port, "--address=0.0.0.0"}, Echo(nullptr)), ExitedWithCode(0),
              "");
  EXPECT_EXIT(RunProcess({"--probe", "--port=1"}, Echo(nullptr)), ExitedWithCode(1), "not serving");
  EXPECT_EXIT(RunProcess({"--probe"}, Echo(nullptr)), ExitedWithCode(1), "--port is not set");
}

TEST_F(ServiceMainDeathTest, ProbeShowsItsOwnCertificate) {
  std::string pattern = absl::StrCat(::testing::TempDir(), "/probe-XXXXXX");
  const std::string folder = mkdtemp(pattern.data());
  const TestAuthority authority;
  const auto identity = TlsIdentity::Open(authority.Issue(folder + "/echo", "echo"));
  const auto server = Serving(*identity);
  const std::string port = absl::StrCat("--port=", server->port());
  EXPECT_EXIT(RunProcess({"--probe", port, "--tls_dir=" + folder + "/echo"}, Echo(nullptr)),
              ExitedWithCode(0), "");
  EXPECT_EXIT(RunProcess({"--probe", port}, Echo(nullptr)), ExitedWithCode(1), "not serving");
  // A port for clients outside has a certificate of its own.
  ServiceMain outer = Echo(nullptr);
  outer.outer_port = true;
  EXPECT_EXIT(RunProcess({"--probe", port, "--outer_tls_dir=" + folder + "/echo"}, outer),
              ExitedWithCode(0), "");
  EXPECT_EXIT(RunProcess({"--probe", port, "--tls_dir=" + folder + "/echo"}, outer),
              ExitedWithCode(1), "not serving");
  EXPECT_EXIT(RunProcess({"--tls_dir=" + folder + "/nobody"}, Echo(nullptr)), ExitedWithCode(1),
              "cannot start.*ca.pem");
  std::filesystem::remove_all(folder);
}

TEST_F(ServiceMainDeathTest, MetricsHaveAnAddressOfTheirOwn) {
  // Nobody has this address, so the flag is heard.
  EXPECT_EXIT(RunProcess({"--metrics_port=1", "--metrics_address=192.0.2.1"}, Echo(nullptr)),
              ExitedWithCode(1), "cannot start.*192.0.2.1");
}

TEST_F(ServiceMainDeathTest, BadUsageIsRefused) {
  EXPECT_EXIT(RunProcess({"extra"}, Echo(nullptr)), ExitedWithCode(2), "bad usage");
  EXPECT_EXIT(RunProcess({"--log_level=loud"}, Echo(nullptr)), ExitedWithCode(2), "bad usage");
  EXPECT_EXIT(RunProcess({"--workers=0"}, Echo(nullptr)), ExitedWithCode(2), "--workers");
  EXPECT_EXIT(RunProcess({"--port=70000"}, Echo(nullptr)), ExitedWithCode(2), "--port");
}

}  // namespace
}  // namespace phoihop::rpc
