#ifndef PHOIHOP_COMMON_RPC_TESTING_ECHO_SERVER_H_
#define PHOIHOP_COMMON_RPC_TESTING_ECHO_SERVER_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/rpc/server.h"
#include "common/rpc/testing/echo.grpc.pb.h"

// Handlers for EchoService, the same for all unary methods.
namespace phoihop::testing {

using v1::EchoRequest;
using v1::EchoResponse;
using v1::EchoService;
using EchoStub = EchoService::Stub;

inline constexpr char kEcho[] = "phoihop.testing.v1.EchoService/";

using EchoHandler =
    std::function<absl::StatusOr<EchoResponse>(const rpc::RequestContext&, const EchoRequest&)>;
using FollowHandler =
    std::function<absl::StatusOr<std::unique_ptr<rpc::StreamSource<EchoResponse>>>(
        const rpc::RequestContext&, const EchoRequest&)>;

inline EchoResponse Say(std::string text) {
  EchoResponse response;
  response.set_text(std::move(text));
  return response;
}

inline absl::StatusOr<EchoResponse> EchoBack(const rpc::RequestContext&,
                                             const EchoRequest& request) {
  return Say(request.text());
}

// A stream that has nothing to say and ends at once.
class EmptySource : public rpc::StreamSource<EchoResponse> {
 public:
  absl::StatusOr<std::optional<EchoResponse>> Next() override { return std::nullopt; }
  bool done() const override { return true; }
};

inline void RegisterEcho(rpc::Server::Builder& builder, EchoHandler handler = EchoBack,
                         FollowHandler follow = nullptr) {
  for (const char* method : {"Echo", "EchoMember", "EchoUnit", "EchoCountry", "EchoInternal"}) {
    builder.Unary<EchoRequest, EchoResponse>(absl::StrCat(kEcho, method), handler);
  }
  if (!follow) {
    follow =
        [](const rpc::RequestContext&,
           const EchoRequest&) -> absl::StatusOr<std::unique_ptr<rpc::StreamSource<EchoResponse>>> {
      return std::make_unique<EmptySource>();
    };
  }
  builder.Stream<EchoRequest, EchoResponse>(absl::StrCat(kEcho, "Follow"), std::move(follow));
}

inline EchoRequest Request(std::string text) {
  EchoRequest request;
  request.set_text(std::move(text));
  return request;
}

}  // namespace phoihop::testing

#endif  // PHOIHOP_COMMON_RPC_TESTING_ECHO_SERVER_H_
