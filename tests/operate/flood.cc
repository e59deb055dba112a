// A client that asks for more than there is: calls over gRPC at a rate that does not depend on the
// answers (an open load), of several kinds and for several callers. Prints what came of them as
// JSON, a line for each second and one for all.
//   flood --target=127.0.0.1:9090 --tokens=FILE --calls=FILE --rate=1000 --seconds=60
//   flood --serve=PORT     a bare server that answers everything with nothing: how fast this
//                          client is by itself
// In --calls each line is a method and a request in hex, `pkg.Service/Method 0a03...`; a `*` in
// front of it marks a write, whose place for a request id (36 zeros) gets another one each time.

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/random/random.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

ABSL_FLAG(std::string, target, "", "Where to, host:port");
ABSL_FLAG(std::string, tokens, "", "File with a bearer token on each line; each call has the next");
ABSL_FLAG(std::string, calls, "", "File with the calls; each kind has its turn");
ABSL_FLAG(double, rate, 100, "Calls a second");
ABSL_FLAG(double, seconds, 10, "How long");
ABSL_FLAG(int, connections, 4, "Connections that they share");
ABSL_FLAG(absl::Duration, deadline, absl::Seconds(10), "How long each call may take");
ABSL_FLAG(int, most_open, 20000, "Calls that may be open; beyond it none is begun, and counted");
ABSL_FLAG(absl::Duration, tick, absl::Milliseconds(1),
          "What is to begin within so long begins together, which costs both sides far less");
ABSL_FLAG(std::string, acknowledged, "",
          "File for the request ids of the writes that were answered OK");
ABSL_FLAG(int, serve, 0, "Serves at this port instead, until it is killed");

namespace phoihop {
namespace {

constexpr char kPlaceOfId[] = "000000000000000000000000000000000000";

struct Kind {
  std::string method;
  std::string request;
  bool write = false;
};

// What came of the calls that were begun within a second.
struct Tally {
  int begun = 0, kept_back = 0;
  std::map<int, int> codes;
  // Milliseconds from when a call was due to its answer.
  std::vector<double> good, refused;
};

double Quantile(std::vector<double>& values, double q) {
  if (values.empty()) return 0;
  const size_t at = std::min(values.size() - 1, static_cast<size_t>(q * values.size()));
  std::nth_element(values.begin(), values.begin() + at, values.end());
  return values[at];
}

std::string Print(const std::string& name, Tally& tally, double seconds) {
  std::vector<std::string> codes;
  for (const auto& [code, count] : tally.codes)
    codes.push_back(absl::StrCat("\"", code, "\":", count));
  return absl::StrFormat(
      R"({"at":%s,"begun":%d,"keptBack":%d,"codes":{%s},"goodput":%.1f,"good50":%.1f,"good99":%.1f,"refused50":%.1f,"refused99":%.1f})",
      name, tally.begun, tally.kept_back, absl::StrJoin(codes, ","), tally.good.size() / seconds,
      Quantile(tally.good, 0.5), Quantile(tally.good, 0.99), Quantile(tally.refused, 0.5),
      Quantile(tally.refused, 0.99));
}

class Flood {
 public:
  int Run() {
    for (int i = 0; i < absl::GetFlag(FLAGS_connections); ++i) {
      grpc::ChannelArguments arguments;
      arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
      // What is refused is to be seen as refused.
      arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
      stubs_.push_back(std::make_unique<grpc::GenericStub>(grpc::CreateCustomChannel(
          absl::GetFlag(FLAGS_target), grpc::InsecureChannelCredentials(), arguments)));
    }
    if (!Read()) return 2;
    std::vector<std::thread> threads;
    for (int i = 0; i < 1; ++i) threads.emplace_back([this] { Collect(); });
    const double rate = absl::GetFlag(FLAGS_rate);
    const absl::Time begin = absl::Now();
    const auto count = static_cast<int64_t>(rate * absl::GetFlag(FLAGS_seconds));
    for (int64_t i = 0; i < count; ++i) {
      const absl::Duration even = absl::Seconds(i / rate);
      const absl::Time due = begin + absl::Floor(even, absl::GetFlag(FLAGS_tick));
      const absl::Time now = absl::Now();
      if (due > now) {
        absl::SleepFor(due - now);
      }
      Begin(i, static_cast<int>(absl::ToDoubleSeconds(even)), due);
    }
    const absl::Time last = absl::Now();
    while (open_ > 0 && absl::Now() < last + absl::GetFlag(FLAGS_deadline) + absl::Seconds(5)) {
      absl::SleepFor(absl::Milliseconds(5));
    }
    queue_.Shutdown();
    for (std::thread& thread : threads) thread.join();
    Tally all;
    for (size_t i = 0; i < tallies_.size(); ++i) {
      Tally& tally = tallies_[i];
      all.begun += tally.begun;
      all.kept_back += tally.kept_back;
      for (const auto& [code, n] : tally.codes) all.codes[code] += n;
      all.good.insert(all.good.end(), tally.good.begin(), tally.good.end());
      all.refused.insert(all.refused.end(), tally.refused.begin(), tally.refused.end());
      std::puts(Print(absl::StrCat(i), tally, 1).c_str());
    }
    std::puts(Print("\"all\"", all, absl::ToDoubleSeconds(last - begin)).c_str());
    if (absl::GetFlag(FLAGS_acknowledged).empty()) return 0;
    std::ofstream file(absl::GetFlag(FLAGS_acknowledged));
    for (const std::string& id : acknowledged_) file << id << "\n";
    return file.flush() ? 0 : 1;
  }

 private:
  struct Call {
    grpc::ClientContext context;
    std::unique_ptr<grpc::GenericClientAsyncResponseReader> reader;
    grpc::ByteBuffer response;
    grpc::Status status;
    absl::Time due;
    int second = 0;
    // Of a write.
    std::string id;
  };

  bool Read() {
    std::ifstream tokens(absl::GetFlag(FLAGS_tokens));
    for (std::string line; std::getline(tokens, line);) {
      if (!line.empty()) tokens_.push_back(absl::StrCat("Bearer ", line));
    }
    std::ifstream calls(absl::GetFlag(FLAGS_calls));
    for (std::string line; std::getline(calls, line);) {
      const std::vector<std::string> parts = absl::StrSplit(line, ' ');
      if (parts.empty() || parts[0].empty()) continue;
      Kind kind;
      kind.write = parts[0][0] == '*';
      kind.method = absl::StrCat("/", parts[0].substr(kind.write ? 1 : 0));
      if (parts.size() > 1) kind.request = absl::HexStringToBytes(parts[1]);
      kinds_.push_back(std::move(kind));
    }
    if (kinds_.empty()) std::fprintf(stderr, "--calls has none\n");
    tallies_.resize(static_cast<size_t>(absl::GetFlag(FLAGS_seconds)) + 1);
    return !kinds_.empty();
  }

  void Begin(int64_t number, int second, absl::Time due) {
    if (open_ >= absl::GetFlag(FLAGS_most_open)) {
      absl::MutexLock lock(&mutex_);
      ++tallies_[second].kept_back;
      return;
    }
    ++open_;
    auto* const call = new Call;
    call->due = due;
    call->second = second;
    call->context.set_deadline(absl::ToChronoTime(due + absl::GetFlag(FLAGS_deadline)));
    if (!tokens_.empty()) {
      call->context.AddMetadata("authorization", tokens_[number % tokens_.size()]);
    }
    const Kind& kind = kinds_[number % kinds_.size()];
    std::string request = kind.request;
    if (kind.write) {
      // Each place gets the same one, so that a text can tell which request it is of.
      const std::string id =
          absl::StrFormat("%08x-0000-4000-8000-%012x", absl::Uniform<uint32_t>(random_),
                          absl::Uniform<uint64_t>(random_) >> 16);
      for (size_t at = request.find(kPlaceOfId); at != std::string::npos;
           at = request.find(kPlaceOfId)) {
        request.replace(at, id.size(), id);
      }
      call->id = id;
    }
    grpc::Slice slice(request);
    const grpc::ByteBuffer bytes(&slice, 1);
    call->reader = stubs_[number % stubs_.size()]->PrepareUnaryCall(&call->context, kind.method,
                                                                    bytes, &queue_);
    {
      absl::MutexLock lock(&mutex_);
      ++tallies_[second].begun;
    }
    call->reader->StartCall();
    call->reader->Finish(&call->response, &call->status, call);
  }

  void Collect() {
    void* tag = nullptr;
    bool ok = false;
    while (queue_.Next(&tag, &ok)) {
      const std::unique_ptr<Call> call(static_cast<Call*>(tag));
      const double took = absl::ToDoubleMilliseconds(absl::Now() - call->due);
      const int code = call->status.error_code();
      --open_;
      absl::MutexLock lock(&mutex_);
      Tally& tally = tallies_[call->second];
      ++tally.codes[code];
      if (code == grpc::StatusCode::OK) {
        tally.good.push_back(took);
        if (!call->id.empty()) acknowledged_.push_back(std::move(call->id));
      }
      if (code == grpc::StatusCode::RESOURCE_EXHAUSTED) tally.refused.push_back(took);
    }
  }

  std::vector<std::unique_ptr<grpc::GenericStub>> stubs_;
  std::vector<std::string> tokens_;
  std::vector<Kind> kinds_;
  grpc::CompletionQueue queue_;
  absl::BitGen random_;
  std::atomic<int> open_ = 0;
  absl::Mutex mutex_;
  std::vector<Tally> tallies_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> acknowledged_ ABSL_GUARDED_BY(mutex_);
};

// Answers at once with nothing.
class Nothing : public grpc::ServerGenericBidiReactor {
 public:
  Nothing() { StartRead(&request_); }
  void OnReadDone(bool ok) override {
    if (!ok) return Finish(grpc::Status::OK);
    StartWriteAndFinish(&response_, grpc::WriteOptions(), grpc::Status::OK);
  }
  void OnDone() override { delete this; }

 private:
  grpc::ByteBuffer request_;
  grpc::Slice empty_;
  grpc::ByteBuffer response_{&empty_, 1};
};

class Bare : public grpc::CallbackGenericService {
  grpc::ServerGenericBidiReactor* CreateReactor(grpc::GenericCallbackServerContext*) override {
    return new Nothing;
  }
};

int Serve(int port) {
  Bare service;
  grpc::ServerBuilder builder;
  builder.AddListeningPort(absl::StrCat("127.0.0.1:", port), grpc::InsecureServerCredentials());
  builder.RegisterCallbackGenericService(&service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) return 1;
  server->Wait();
  return 0;
}

}  // namespace
}  // namespace phoihop

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage("An open load over gRPC; see the top of tests/operate/flood.cc.");
  absl::ParseCommandLine(argc, argv);
  if (absl::GetFlag(FLAGS_serve) > 0) return phoihop::Serve(absl::GetFlag(FLAGS_serve));
  return phoihop::Flood().Run();
}
