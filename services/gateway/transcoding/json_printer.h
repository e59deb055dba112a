#ifndef PHOIHOP_SERVICES_GATEWAY_TRANSCODING_JSON_PRINTER_H_
#define PHOIHOP_SERVICES_GATEWAY_TRANSCODING_JSON_PRINTER_H_

#include <string>

#include "absl/status/status.h"

namespace google::protobuf {
class Message;
}  // namespace google::protobuf

namespace phoihop::gateway {

// Appends the message as protobuf's JSON, every field without presence included, in the
// contract's order. Several times faster than protobuf's own printer, which builds a tree
// first when it has to print zeros; that one is left to what the answers of methods do not
// contain: maps, Any, Struct. INTERNAL when even that cannot print it.
absl::Status PrintJson(const google::protobuf::Message& message, std::string& json);

}  // namespace phoihop::gateway

#endif  // PHOIHOP_SERVICES_GATEWAY_TRANSCODING_JSON_PRINTER_H_
