#ifndef PHOIHOP_COMMON_RPC_TESTING_WELL_KNOWN_H_
#define PHOIHOP_COMMON_RPC_TESTING_WELL_KNOWN_H_

#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/client_unary_call.h>
#include <grpcpp/support/sync_stream.h>

#include <memory>
#include <string>
#include <vector>

#include "common/rpc/client.h"
#include "common/rpc/testing/echo.pb.h"
#include "common/testing/rpc.h"

// Asks the services that gRPC itself offers.
namespace phoihop::testing {

// The state that grpc.health.v1 gives for a service ("" for the whole server), or the
// code of the error.
inline std::string CheckHealth(const std::shared_ptr<grpc::Channel>& channel,
                               const std::string& service) {
  const grpc::internal::RpcMethod method("/grpc.health.v1.Health/Check",
                                         grpc::internal::RpcMethod::NORMAL_RPC, channel);
  grpc::ClientContext context;
  rpc::Prepare(As(""), context);
  v1::HealthRequest request;
  request.set_service(service);
  v1::HealthResponse response;
  const absl::Status status =
      rpc::FromGrpcStatus(grpc::internal::BlockingUnaryCall<v1::HealthRequest, v1::HealthResponse>(
          channel.get(), method, &context, request, &response));
  return status.ok() ? v1::HealthResponse::Status_Name(response.status())
                     : absl::StatusCodeToString(status.code());
}

// What reflection answers to one question; empty when it does not.
inline v1::ReflectionResponse AskReflection(const std::shared_ptr<grpc::Channel>& channel,
                                            const v1::ReflectionRequest& request) {
  const grpc::internal::RpcMethod method(
      "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
      grpc::internal::RpcMethod::BIDI_STREAMING, channel);
  grpc::ClientContext context;
  rpc::Prepare(As(""), context);
  const std::unique_ptr<grpc::ClientReaderWriter<v1::ReflectionRequest, v1::ReflectionResponse>>
      stream(grpc::internal::ClientReaderWriterFactory<
             v1::ReflectionRequest, v1::ReflectionResponse>::Create(channel.get(), method,
                                                                    &context));
  v1::ReflectionResponse response;
  if (stream->Write(request)) stream->Read(&response);
  stream->WritesDone();
  v1::ReflectionResponse further;
  while (stream->Read(&further)) {
  }
  stream->Finish();
  return response;
}

// The services that reflection lists.
inline std::vector<std::string> ListServices(const std::shared_ptr<grpc::Channel>& channel) {
  v1::ReflectionRequest request;
  request.set_list_services("*");
  const v1::ReflectionResponse response = AskReflection(channel, request);
  std::vector<std::string> names;
  for (const auto& service : response.list_services_response().service()) {
    names.push_back(service.name());
  }
  return names;
}

// Whether reflection gives the file that has this symbol.
inline bool IsDescribed(const std::shared_ptr<grpc::Channel>& channel, const std::string& symbol) {
  v1::ReflectionRequest request;
  request.set_file_containing_symbol(symbol);
  return AskReflection(channel, request).file_descriptor_response().file_descriptor_proto_size() >
         0;
}

}  // namespace phoihop::testing

#endif  // PHOIHOP_COMMON_RPC_TESTING_WELL_KNOWN_H_
