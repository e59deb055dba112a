// A service that streams, behind a gateway without sockets and an HTTP server: for tests.
#ifndef PHOIHOP_SERVICES_GATEWAY_HTTP_TESTING_STREAMS_H_
#define PHOIHOP_SERVICES_GATEWAY_HTTP_TESTING_STREAMS_H_

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/rpc/client.h"
#include "common/rpc/status.h"
#include "common/status/errors.h"
#include "common/testing/rpc.h"
#include "common/testing/status_matchers.h"
#include "gtest/gtest.h"
#include "phoihop/agreements/v1/due.grpc.pb.h"
#include "services/gateway/forwarding/forwarder.h"
#include "services/gateway/http/api.h"

namespace phoihop::gateway {

using agreements::v1::DueService;
using agreements::v1::WatchDueRequest;
using agreements::v1::WatchDueResponse;
inline constexpr size_t kLarge = 100'000;

inline bool Eventually(const std::function<bool()>& condition) {
  for (int i = 0; i < 2000; ++i) {
    if (condition()) return true;
    absl::SleepFor(absl::Milliseconds(5));
  }
  return false;
}

// Does what the epoch of the request says.
class FakeDue : public DueService::Service {
 public:
  std::atomic<int> open = 0;
  std::atomic<int> cancelled = 0;
  std::atomic<int> sent = 0;
  std::atomic<bool> stop = false;

 private:
  grpc::Status WatchDue(grpc::ServerContext* context, const WatchDueRequest* request,
                        grpc::ServerWriter<WatchDueResponse>* writer) override {
    const std::string& what = request->epoch();
    if (what == "refused") return rpc::ToGrpcStatus(PermissionDenied("agreements.due.read"));
    ++open;
    WatchDueResponse response;
    const auto token = context->client_metadata().find("authorization");
    if (token != context->client_metadata().end()) {
      response.set_epoch(std::string(token->second.data(), token->second.size()));
    }
    for (int i = 1; i <= 3; ++i) {
      response.set_position(request->after_position() + i);
      writer->Write(response);
      ++sent;
    }
    grpc::Status status = grpc::Status::OK;
    if (what == "expired") {
      status = rpc::ToGrpcStatus(
          Precondition("POSITION_EXPIRED", {"List again.", "Hãy tải lại."}, "due"));
    } else if (what == "large") {
      response.mutable_epoch()->assign(kLarge, 'x');
      while (!stop && writer->Write(response)) ++sent;
    } else if (what == "open") {
      while (!context->IsCancelled() && !stop) absl::SleepFor(absl::Milliseconds(2));
    }
    if (context->IsCancelled()) ++cancelled;
    --open;
    return status;
  }

  grpc::Status GetObligation(grpc::ServerContext*,
                             const agreements::v1::GetObligationRequest* request,
                             agreements::v1::Obligation* obligation) override {
    obligation->set_name(request->name());
    return grpc::Status::OK;
  }
};

// Takes members' names for tokens, until they are taken away.
class Revocable : public rpc::Authenticator {
 public:
  absl::StatusOr<access::Caller> Authenticate(std::string_view token) const override {
    if (revoked) return Unauthenticated("TOKEN_EXPIRED", {"Expired.", "Đã hết hạn."});
    return fake_.Authenticate(token);
  }
  std::atomic<bool> revoked = false;

 private:
  testing::FakeAuthenticator fake_;
};

// A stream over gRPC.
class Watch {
 public:
  Watch(DueService::Stub& stub, const std::string& what, const std::string& caller = "members/lan",
        absl::Duration timeout = absl::Seconds(20)) {
    rpc::CallOptions options;
    options.bearer = caller;
    options.deadline = absl::Now() + timeout;
    rpc::Prepare(options, context_);
    WatchDueRequest request;
    request.set_epoch(what);
    request.set_after_position(10);
    reader_ = stub.WatchDue(&context_, request);
  }
  ~Watch() {
    Cancel();
    if (!finished_) End().IgnoreError();
  }

  // The position of the next message; 0 at the end.
  int64_t Next() {
    WatchDueResponse response;
    if (!reader_->Read(&response)) return 0;
    epoch = response.epoch();
    return response.position();
  }
  void Cancel() { context_.TryCancel(); }
  absl::Status End() {
    while (Next() != 0) {
    }
    finished_ = true;
    return rpc::FromGrpcStatus(reader_->Finish());
  }
  std::string epoch;

 private:
  bool finished_ = false;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<WatchDueResponse>> reader_;
};

class StreamsFixture : public ::testing::Test {
 protected:
  void SetUp() override {
    auto catalog = Catalog::Create();
    ASSERT_THAT(catalog, testing::IsOk());
    catalog_ = *std::move(catalog);
    grpc::ServerBuilder builder;
    builder.RegisterService(&due_);
    service_ = builder.BuildAndStart();
    Upstreams upstreams;
    upstreams["agreements"] =
        std::make_shared<Upstream>(service_->InProcessChannel(grpc::ChannelArguments()));
    upstreams["reporting"] = upstreams["agreements"];
    gateway_ = std::make_unique<testing::TestServer>(
        [&](rpc::Server::Builder& gateway) {
          gateway.set_authenticator(tokens_);
          ForwardMethods(
              gateway, *catalog_, upstreams,
              [](const access::Caller& member) {
                return absl::StatusOr<std::string>("exchanged:" + member.name);
              },
              /*streams_per_caller=*/3);
        },
        rpc::ServerOptions{.workers = 2, .recheck = absl::Milliseconds(50)});
    stub_ = DueService::NewStub(gateway_->channel());
    api_ = std::make_unique<Api>(*catalog_, nullptr);
    auto http = HttpServer::Start({.threads = 2, .write_timeout = absl::Seconds(2)}, api_.get());
    ASSERT_THAT(http, testing::IsOk());
    http_ = *std::move(http);
    api_->Connect(std::make_shared<Upstream>(gateway_->channel()));
  }

  void TearDown() override {
    due_.stop = true;
    http_.reset();
    api_->Disconnect();
    stub_.reset();
    gateway_.reset();
    service_->Shutdown(absl::ToChronoTime(absl::Now()));
  }

  absl::Status Ask(const std::string& caller = "members/tu") {
    agreements::v1::GetObligationRequest request;
    request.set_name("obligations/1");
    return rpc::Call(*stub_, &DueService::Stub::GetObligation, request, testing::As(caller))
        .status();
  }

  FakeDue due_;
  const std::shared_ptr<Revocable> tokens_ = std::make_shared<Revocable>();
  std::unique_ptr<grpc::Server> service_;
  std::unique_ptr<const Catalog> catalog_;
  std::unique_ptr<testing::TestServer> gateway_;
  std::unique_ptr<DueService::Stub> stub_;
  std::unique_ptr<Api> api_;
  std::unique_ptr<HttpServer> http_;
};

}  // namespace phoihop::gateway

#endif  // PHOIHOP_SERVICES_GATEWAY_HTTP_TESTING_STREAMS_H_
