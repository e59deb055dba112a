// What a call costs before any work is done: an echo of 100 bytes by bare gRPC, and by
// the server of common/rpc, in turns within one run. Quote the ratios; absolute
// figures move with the machine.
//   echo_bench [--callers=32] [--seconds=2] [--rounds=3]

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/config/config.h"
#include "common/rpc/client.h"
#include "common/rpc/server.h"
#include "common/rpc/testing/echo_server.h"
#include "common/telemetry/log.h"

ABSL_FLAG(int, callers, 32, "Calls under way at once");
ABSL_FLAG(int, connections, 4, "Connections that they share");
ABSL_FLAG(double, seconds, 2, "Length of one measurement");
ABSL_FLAG(int, rounds, 3, "Measurements of each server; the median counts");

namespace phoihop {
namespace {

using testing::EchoRequest;
using testing::EchoResponse;
using testing::EchoService;

// gRPC's callback API and nothing else.
class BareEcho : public EchoService::CallbackService {
  grpc::ServerUnaryReactor* Echo(grpc::CallbackServerContext* context, const EchoRequest* request,
                                 EchoResponse* response) override {
    response->set_text(request->text());
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
};

// One caller: sends the next call when the answer to the last has come.
class Caller {
 public:
  Caller(EchoService::Stub* stub, absl::Time end, absl::BlockingCounter* left)
      : stub_(stub), end_(end), left_(left) {
    request_.set_text(std::string(100, 'x'));
  }

  void Next() {
    start_ = absl::Now();
    context_ = std::make_unique<grpc::ClientContext>();
    rpc::Prepare({}, *context_);
    stub_->async()->Echo(context_.get(), &request_, &response_, [this](const grpc::Status& status) {
      const absl::Time now = absl::Now();
      if (status.ok() && response_.text().size() == request_.text().size()) {
        micros_.push_back(absl::ToDoubleMicroseconds(now - start_));
      } else {
        ++failures_;
      }
      if (now < end_) {
        Next();
      } else {
        left_->DecrementCount();
      }
    });
  }

  const std::vector<double>& micros() const { return micros_; }
  int failures() const { return failures_; }

 private:
  EchoService::Stub* const stub_;
  const absl::Time end_;
  absl::BlockingCounter* const left_;
  EchoRequest request_;
  EchoResponse response_;
  std::unique_ptr<grpc::ClientContext> context_;
  absl::Time start_;
  std::vector<double> micros_;
  int failures_ = 0;
};

struct Figures {
  double per_second = 0;
  double p50_micros = 0;
  double p99_micros = 0;
  int failures = 0;
};

Figures Measure(int port) {
  std::vector<std::unique_ptr<EchoService::Stub>> stubs;
  for (int i = 0; i < absl::GetFlag(FLAGS_connections); ++i) {
    grpc::ChannelArguments arguments;
    arguments.SetInt("phoihop.connection", i);  // otherwise channels share a connection
    stubs.push_back(EchoService::NewStub(grpc::CreateCustomChannel(
        absl::StrCat("127.0.0.1:", port), grpc::InsecureChannelCredentials(), arguments)));
  }
  const int count = absl::GetFlag(FLAGS_callers);
  const absl::Duration length = absl::Seconds(absl::GetFlag(FLAGS_seconds));
  absl::BlockingCounter left(count);
  const absl::Time end = absl::Now() + length;
  std::vector<std::unique_ptr<Caller>> callers;
  for (int i = 0; i < count; ++i) {
    callers.push_back(std::make_unique<Caller>(stubs[i % stubs.size()].get(), end, &left));
  }
  for (const auto& caller : callers) caller->Next();
  left.Wait();
  std::vector<double> micros;
  Figures figures;
  for (const auto& caller : callers) {
    micros.insert(micros.end(), caller->micros().begin(), caller->micros().end());
    figures.failures += caller->failures();
  }
  if (micros.empty()) return figures;
  std::sort(micros.begin(), micros.end());
  figures.per_second = static_cast<double>(micros.size()) / absl::ToDoubleSeconds(length);
  figures.p50_micros = micros[micros.size() / 2];
  figures.p99_micros = micros[micros.size() * 99 / 100];
  return figures;
}

Figures Median(std::vector<Figures> rounds) {
  std::sort(rounds.begin(), rounds.end(),
            [](const Figures& a, const Figures& b) { return a.per_second < b.per_second; });
  return rounds[rounds.size() / 2];
}

int Main() {
  BareEcho bare;
  int bare_port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &bare_port);
  builder.RegisterService(&bare);
  const std::unique_ptr<grpc::Server> bare_server = builder.BuildAndStart();

  rpc::Server::Builder adapted;
  testing::RegisterEcho(adapted);
  const auto server = adapted.Start();
  if (bare_server == nullptr || !server.ok()) {
    std::fprintf(stderr, "cannot start: %s\n", server.status().ToString().c_str());
    return 1;
  }
  // Lines are made, but not written: what stderr costs is not ours.
  CaptureLog([](const std::string&) {});
  std::vector<Figures> raw, quiet, logged;
  for (int i = 0; i < absl::GetFlag(FLAGS_rounds); ++i) {
    raw.push_back(Measure(bare_port));
    InitLogging("bench", LogLevel::kWarning);
    quiet.push_back(Measure((*server)->port()));
    InitLogging("bench", LogLevel::kInfo);
    logged.push_back(Measure((*server)->port()));
  }
  const Figures limit = Median(raw);
  const auto print = [&](const char* name, const Figures& figures) {
    std::printf("%-34s %9.0f/s  ratio %.2f  p50 %6.0f us  p99 %6.0f us  failures %d\n", name,
                figures.per_second, figures.per_second / limit.per_second, figures.p50_micros,
                figures.p99_micros, figures.failures);
  };
  std::printf("echo of 100 bytes, %d callers, client and server on the same cores\n",
              absl::GetFlag(FLAGS_callers));
  print("bare gRPC (callback API)", limit);
  print("common/rpc, log from warning on", Median(quiet));
  print("common/rpc, a log line each call", Median(logged));
  return 0;
}

}  // namespace
}  // namespace phoihop

int main(int argc, char** argv) {
  phoihop::config::Init(argc, argv, "Measures an echo by bare gRPC and by common/rpc.");
  return phoihop::Main();
}
