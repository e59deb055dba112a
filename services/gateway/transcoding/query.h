// Query parameters and path variables as fields of the request.
#ifndef PHOIHOP_SERVICES_GATEWAY_TRANSCODING_QUERY_H_
#define PHOIHOP_SERVICES_GATEWAY_TRANSCODING_QUERY_H_

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

namespace google::protobuf {
class Descriptor;
class FieldDescriptor;
class Message;
}  // namespace google::protobuf

namespace phoihop::gateway {

// What the client called the fields, by JSON path; for errors.
using Spellings = std::map<std::string, std::string>;

// The fields that lead from a message to one inside it, outermost first. Empty when
// `dotted` (in either spelling) names none, or leads through a repeated field.
std::vector<const google::protobuf::FieldDescriptor*> ResolvePath(
    const google::protobuf::Descriptor& descriptor, std::string_view dotted);

// `agreement.termStart`.
std::string JsonPath(const std::vector<const google::protobuf::FieldDescriptor*>& fields);

// Sets the fields that the query names, `a=1&b.c=2&names=x&names=y`. Refused with the
// parameter's name: one that is no field, or lies in a field of `bound` (JSON paths that
// the path or the body sets), or comes twice though it is not repeated. `spellings` gets the
// client's name for each JSON path.
absl::Status ReadQuery(std::string_view query, const std::vector<std::string>& bound,
                       google::protobuf::Message& message, Spellings& spellings);

// Sets a text field of the request, reached by singular messages, from the path. Refused
// when the body has set it to another value.
absl::Status SetFromPath(google::protobuf::Message& message,
                         const std::vector<const google::protobuf::FieldDescriptor*>& fields,
                         std::string_view value);

}  // namespace phoihop::gateway

#endif  // PHOIHOP_SERVICES_GATEWAY_TRANSCODING_QUERY_H_
