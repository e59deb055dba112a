// Messages and errors as JSON.
#ifndef PHOIHOP_SERVICES_GATEWAY_TRANSCODING_JSON_WRITER_H_
#define PHOIHOP_SERVICES_GATEWAY_TRANSCODING_JSON_WRITER_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace google::protobuf {
class Message;
}  // namespace google::protobuf

namespace phoihop::gateway {

// camelCase names, enums by name, 64-bit numbers as strings; zeros, empty texts and empty
// lists are always there, while an `optional` field or a message that is not set is not.
absl::StatusOr<std::string> WriteJson(const google::protobuf::Message& message);

// google.rpc.Status, {"code":5,"message":...,"details":[{"@type":...}]}, as clients see it.
std::string WriteRpcStatusJson(const absl::Status& status);

// The Connect protocol's form, {"code":"not_found","message":...,"details":[...]}.
std::string WriteConnectErrorJson(const absl::Status& status);

// The HTTP status for a code: 400 INVALID_ARGUMENT, 404 NOT_FOUND, 429 ...
int HttpStatusOf(absl::StatusCode code);

}  // namespace phoihop::gateway

#endif  // PHOIHOP_SERVICES_GATEWAY_TRANSCODING_JSON_WRITER_H_
