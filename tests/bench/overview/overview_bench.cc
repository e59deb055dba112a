// How long the overview takes through the gateway, under a steady load, beside a
// bare gRPC echo measured in the same run on the same machine.
//
//   build/bin/overview_bench --http http://127.0.0.1:8080 --token "$(./deploy/token)"
//
// The load is open: request k is due at start + k/rate and its latency counts from
// then, so that a slow answer is not hidden by the requests that it delays.
#include <curl/curl.h>
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/rpc/client.h"
#include "common/rpc/testing/echo_server.h"

ABSL_FLAG(std::string, http, "http://127.0.0.1:8080", "Address of the gateway.");
ABSL_FLAG(std::string, token, "", "Bearer token, for example \"$(./deploy/token)\".");
ABSL_FLAG(std::string, query, "unit_code=92&on_date=2023-10-24", "Which overview.");
ABSL_FLAG(int, rate, 50, "Requests per second, 1 to 1000.");
ABSL_FLAG(int, seconds, 20, "How long, 1 to 300.");

namespace phoihop {
namespace {

struct Latencies {
  std::vector<double> ms;
  int failed = 0;

  double At(double quantile) {
    if (ms.empty()) return 0;
    std::sort(ms.begin(), ms.end());
    return ms[std::min(ms.size() - 1, static_cast<size_t>(quantile * ms.size()))];
  }
};

// Calls `once` at a steady rate. A call that is late delays the next, and both count.
Latencies Steady(int rate, int seconds, const std::function<bool()>& once) {
  Latencies result;
  const absl::Time start = absl::Now() + absl::Milliseconds(100);
  for (int k = 0; k < rate * seconds; ++k) {
    const absl::Time due = start + k * absl::Seconds(1) / rate;
    absl::SleepFor(due - absl::Now());
    if (once()) {
      result.ms.push_back(absl::ToDoubleMilliseconds(absl::Now() - due));
    } else {
      ++result.failed;
    }
  }
  return result;
}

// gRPC's own synchronous client against its callback server, and nothing else.
class BareEcho : public testing::EchoService::CallbackService {
  grpc::ServerUnaryReactor* Echo(grpc::CallbackServerContext* context,
                                 const testing::EchoRequest* request,
                                 testing::EchoResponse* response) override {
    response->set_text(request->text());
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
};

// One keep-alive HTTP connection.
class Http {
 public:
  Http(std::string url, const std::string& token) : url_(std::move(url)), curl_(curl_easy_init()) {
    headers_ = curl_slist_append(nullptr, absl::StrCat("Authorization: Bearer ", token).c_str());
    curl_easy_setopt(curl_, CURLOPT_URL, url_.c_str());
    curl_easy_setopt(curl_, CURLOPT_HTTPHEADER, headers_);
    curl_easy_setopt(curl_, CURLOPT_TIMEOUT_MS, 5000L);
    curl_easy_setopt(curl_, CURLOPT_WRITEFUNCTION, &Http::Take);
    curl_easy_setopt(curl_, CURLOPT_WRITEDATA, this);
  }
  ~Http() {
    curl_easy_cleanup(curl_);
    curl_slist_free_all(headers_);
  }

  // True for an overview whose parts are all there.
  bool Get() {
    body_.clear();
    if (curl_easy_perform(curl_) != CURLE_OK) return false;
    long status = 0;
    curl_easy_getinfo(curl_, CURLINFO_RESPONSE_CODE, &status);
    return status == 200 && body_.find("\"coverage\"") != std::string::npos &&
           body_.find("UNAVAILABLE") == std::string::npos;
  }

  std::string_view body() const { return body_; }

 private:
  static size_t Take(char* data, size_t size, size_t count, void* self) {
    static_cast<Http*>(self)->body_.append(data, size * count);
    return size * count;
  }

  const std::string url_;
  CURL* curl_;
  curl_slist* headers_ = nullptr;
  std::string body_;
};

int Run() {
  const int rate = absl::GetFlag(FLAGS_rate);
  const int seconds = absl::GetFlag(FLAGS_seconds);
  if (rate < 1 || rate > 1000 || seconds < 1 || seconds > 300) {
    std::fprintf(stderr, "--rate is 1 to 1000, --seconds 1 to 300\n");
    return 2;
  }
  Http http(absl::StrCat(absl::GetFlag(FLAGS_http), "/v1/overview?", absl::GetFlag(FLAGS_query)),
            absl::GetFlag(FLAGS_token));
  if (!http.Get()) {
    std::fprintf(stderr, "The overview cannot be had: %s\n", std::string(http.body()).c_str());
    return 1;
  }
  BareEcho service;
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) {
    std::fprintf(stderr, "The echo server cannot be started.\n");
    return 1;
  }
  const auto stub = testing::EchoService::NewStub(rpc::Connect(absl::StrCat("127.0.0.1:", port)));
  const auto echo = [&] {
    grpc::ClientContext context;
    testing::EchoRequest request;
    testing::EchoResponse response;
    request.set_text(std::string(100, 'x'));
    return stub->Echo(&context, request, &response).ok();
  };
  echo();
  Latencies bare = Steady(rate, seconds, echo);
  Latencies overview = Steady(rate, seconds, [&] { return http.Get(); });
  std::printf("%d requests/s for %d s each\n", rate, seconds);
  std::printf("%-22s p50 %7.2f ms   p99 %7.2f ms   failed %d\n", "bare gRPC echo", bare.At(0.5),
              bare.At(0.99), bare.failed);
  std::printf("%-22s p50 %7.2f ms   p99 %7.2f ms   failed %d   (%zu bytes)\n", "overview over HTTP",
              overview.At(0.5), overview.At(0.99), overview.failed, http.body().size());
  std::printf("%-22s p50 %7.1f      p99 %7.1f\n", "ratio", overview.At(0.5) / bare.At(0.5),
              overview.At(0.99) / bare.At(0.99));
  return overview.failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace phoihop

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage("Measures the overview through the gateway beside a bare echo.");
  absl::ParseCommandLine(argc, argv);
  return phoihop::Run();
}
