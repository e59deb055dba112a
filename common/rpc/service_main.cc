#include "common/rpc/service_main.h"

#include <google/protobuf/stubs/logging.h>
#include <grpc/support/log.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "common/config/config.h"
#include "common/config/flags.h"
#include "common/rpc/client.h"
#include "common/rpc/clock_watch.h"
#include "common/rpc/probe.h"
#include "common/rpc/tls.h"
#include "common/status/macros.h"
#include "common/telemetry/log.h"
#include "common/telemetry/metrics.h"
#include "common/telemetry/process.h"

namespace phoihop::rpc {
namespace {

constexpr int kCannotStart = 1;
constexpr int kBadUsage = 2;
constexpr int kStuck = 3;

constexpr absl::Duration kProbeTimeout = absl::Seconds(3);

// What an orderly end may take besides the grace time for what runs.
constexpr absl::Duration kAfterGrace = absl::Seconds(5);

// Waits for SIGTERM and SIGINT in a thread of its own, so that no code runs inside a
// signal handler. Make it before any other thread, since they inherit the mask.
class Signals {
 public:
  Signals() {
    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&set_);
    for (const int number : {SIGTERM, SIGINT, kEnd}) sigaddset(&set_, number);
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);
    thread_ = std::thread([this] { Wait(); });
  }
  ~Signals() {
    pthread_kill(thread_.native_handle(), kEnd);
    thread_.join();
  }

  const absl::Notification& stopping() const { return stopping_; }

 private:
  // Ends the thread.
  static constexpr int kEnd = SIGUSR1;

  void Wait() {
    while (true) {
      int number = 0;
      if (sigwait(&set_, &number) != 0 || number == kEnd) return;
      if (stopping_.HasBeenNotified()) {
        LogWarning("asked to end twice, ending at once");
        FlushLog();
        std::_Exit(128 + number);
      }
      LogInfo("asked to end", {{"signal", number}});
      stopping_.Notify();
    }
  }

  sigset_t set_;
  absl::Notification stopping_;
  std::thread thread_;
};

std::optional<LogLevel> ParseLevel(const std::string& text) {
  if (text == "debug") return LogLevel::kDebug;
  if (text == "info") return LogLevel::kInfo;
  if (text == "warning") return LogLevel::kWarning;
  if (text == "error") return LogLevel::kError;
  return std::nullopt;
}

ServerOptions OptionsFromFlags() {
  ServerOptions options;
  options.address = absl::GetFlag(FLAGS_address);
  options.port = absl::GetFlag(FLAGS_port);
  options.workers = absl::GetFlag(FLAGS_workers);
  options.queue = absl::GetFlag(FLAGS_queue);
  options.reflection = absl::GetFlag(FLAGS_reflection);
  return options;
}

// The certificate of this process's own port, and whom it lets in.
absl::Status SetTls(const ServiceMain& service, ServerOptions& options) {
  if (service.outer_port) {
    options.client_certificates = false;
    const std::string dir = absl::GetFlag(FLAGS_outer_tls_dir);
    if (!dir.empty()) {
      ASSIGN_OR_RETURN(options.tls, TlsIdentity::Open(dir));
    }
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(options.tls, OwnIdentity());
  options.callers = CallersOf(service.name);
  return absl::OkStatus();
}

// --probe: for the health checks of containers, which have nothing else to ask with.
int ProbeOwn(const ServiceMain& service) {
  ServerOptions options = OptionsFromFlags();
  absl::Status status = SetTls(service, options);
  if (status.ok() && options.port <= 0) status = absl::InvalidArgumentError("--port is not set");
  if (status.ok()) {
    const std::string& listens = options.address;
    const bool any = listens == "0.0.0.0" || listens == "::" || listens == "[::]";
    const std::string host = !any ? listens : listens == "0.0.0.0" ? "127.0.0.1" : "[::1]";
    ChannelOptions channel;
    channel.tls = options.tls;
    if (options.tls != nullptr) channel.service = options.tls->name();
    status = Probe(absl::StrCat(host, ":", options.port), channel, kProbeTimeout);
  }
  if (status.ok()) return EXIT_SUCCESS;
  LogError("not serving", {{"error", status.ToString(absl::StatusToStringMode::kWithNoExtraData)}});
  return kCannotStart;
}

absl::Status CheckOptions(const ServerOptions& options, int metrics_port) {
  const auto is_port = [](int port) { return port >= 0 && port <= 65535; };
  if (!is_port(options.port) || !is_port(metrics_port)) {
    return absl::InvalidArgumentError("--port and --metrics_port are from 0 to 65535");
  }
  if (options.workers < 1 || options.workers > 4096) {
    return absl::InvalidArgumentError("--workers is from 1 to 4096");
  }
  if (options.queue < 0) return absl::InvalidArgumentError("--queue is not negative");
  return absl::OkStatus();
}

// What libraries want to say becomes lines of our log, so that stderr holds nothing
// but JSON.
void RouteLibraryLogs() {
  gpr_set_log_function([](gpr_log_func_args* args) {
    const LogLevel level = args->severity == GPR_LOG_SEVERITY_ERROR  ? LogLevel::kWarning
                           : args->severity == GPR_LOG_SEVERITY_INFO ? LogLevel::kInfo
                                                                     : LogLevel::kDebug;
    Log(level, "grpc", {{"detail", args->message}});
  });
  google::protobuf::SetLogHandler(
      [](google::protobuf::LogLevel, const char*, int, const std::string& message) {
        Log(LogLevel::kDebug, "protobuf", {{"detail", message}});
      });
}

int Failed(const std::string& what, const absl::Status& status) {
  LogError(what, {{"error", status.ToString(absl::StatusToStringMode::kWithNoExtraData)}});
  return kCannotStart;
}

// The certificates in use, for the metrics.
std::vector<std::shared_ptr<void>> ExportTls() {
  std::vector<std::shared_ptr<void>> exported;
  if (const std::string dir = absl::GetFlag(FLAGS_tls_dir); !dir.empty()) {
    exported.push_back(ExportCertificate(dir + "/cert.pem", "own"));
    exported.push_back(ExportCertificate(dir + "/ca.pem", "ca"));
  }
  // Its authority may be a public one.
  if (const std::string dir = absl::GetFlag(FLAGS_outer_tls_dir); !dir.empty()) {
    exported.push_back(ExportCertificate(dir + "/cert.pem", "outer"));
  }
  return exported;
}

// Asks the process to end, so that its supervisor starts it anew; what still hangs then, is left
// behind.
void EndAfterStep(absl::Duration by) {
  LogError("the machine's clock was set back, ending to be started again",
           {{"by", absl::FormatDuration(by)},
            {"advice", "let it be corrected slowly (chrony: makestep only at the start)"}});
  FlushLog();
  kill(getpid(), SIGTERM);
  absl::SleepFor(absl::GetFlag(FLAGS_drain_grace) + kAfterGrace);
  LogError("waits hang since the clock was set back, ending without them");
  FlushLog();
  std::_Exit(kStuck);
}

int Serve(ServiceMain& service, const absl::Notification& stopping) {
  const std::shared_ptr<void> exported = ExportProcess();
  const std::vector<std::shared_ptr<void>> certificates = ExportTls();
  const int metrics_port = absl::GetFlag(FLAGS_metrics_port);
  Server::Builder builder(OptionsFromFlags());
  if (absl::Status status = CheckOptions(builder.options(), metrics_port); !status.ok()) {
    Failed("bad flags", status);
    return kBadUsage;
  }
  if (absl::Status status = SetTls(service, builder.options()); !status.ok()) {
    return Failed("cannot start", status);
  }
  std::unique_ptr<MetricsEndpoint> metrics;
  if (metrics_port > 0) {
    const std::string own = absl::GetFlag(FLAGS_metrics_address);
    auto endpoint =
        MetricsEndpoint::Start(own.empty() ? absl::GetFlag(FLAGS_address) : own, metrics_port);
    if (!endpoint.ok()) return Failed("cannot start", endpoint.status());
    metrics = *std::move(endpoint);
  }
  if (absl::Status status = service.build(builder, stopping); !status.ok()) {
    if (service.stop) service.stop();
    if (stopping.HasBeenNotified()) return EXIT_SUCCESS;
    return Failed("cannot start", status);
  }
  absl::StatusOr<std::unique_ptr<Server>> server = builder.Start();
  if (!server.ok()) {
    if (service.stop) service.stop();
    return Failed("cannot start", server.status());
  }
  LogInfo("serving", {{"address", absl::GetFlag(FLAGS_address)}, {"port", (*server)->port()}});
  if (service.serving) service.serving(**server);
  stopping.WaitForNotification();
  // One time for all that has to end.
  const absl::Time end = absl::Now() + absl::GetFlag(FLAGS_drain_grace);
  if (service.draining) service.draining();
  if (!(*server)->Drain(std::max(absl::ZeroDuration(), end - absl::Now()))) {
    // Destructors would wait for the handler, or pull things away under it.
    LogError("a handler is stuck, ending without it");
    FlushLog();
    std::_Exit(kStuck);
  }
  server->reset();
  if (service.stop) service.stop();
  LogInfo("ended");
  return EXIT_SUCCESS;
}

}  // namespace

int RunService(int argc, char** argv, ServiceMain service) {
  const std::vector<std::string> rest = config::Init(argc, argv, service.usage);
  const std::optional<LogLevel> level = ParseLevel(absl::GetFlag(FLAGS_log_level));
  InitLogging(service.name, level.value_or(LogLevel::kInfo));
  if (!level.has_value() || !rest.empty()) {
    LogError("bad usage", {{"error", rest.empty() ? "--log_level is debug, info, warning or error"
                                                  : "arguments that are no flags"}});
    return kBadUsage;
  }
  RouteLibraryLogs();
  // Debian builds Abseil with its lock order checks on, which take a global lock at every
  // turn. Tests run with them; a service in production does not.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  if (absl::GetFlag(FLAGS_probe)) {
    const int code = ProbeOwn(service);
    FlushLog();
    return code;
  }
  const Signals signals;
  int code = EXIT_SUCCESS;
  if (absl::GetFlag(FLAGS_migrate_only)) {
    absl::Status status = service.migrate
                              ? service.migrate()
                              : absl::UnimplementedError("this service has no database");
    if (!status.ok()) code = Failed("cannot migrate", status);
  } else {
    // As long as the process: it may have to end one that hangs at its end.
    static const auto* const clock = new ClockWatch({.set_back = EndAfterStep, .ahead = nullptr});
    static_cast<void>(clock);
    code = Serve(service, signals.stopping());
  }
  FlushLog();
  return code;
}

}  // namespace phoihop::rpc
