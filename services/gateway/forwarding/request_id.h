#ifndef PHOIHOP_SERVICES_GATEWAY_FORWARDING_REQUEST_ID_H_
#define PHOIHOP_SERVICES_GATEWAY_FORWARDING_REQUEST_ID_H_

#include <string_view>

namespace google::protobuf {
class Descriptor;
}  // namespace google::protobuf

namespace phoihop::gateway {

// Whether the serialised message of this type has a request_id that is not empty, by which a
// service knows a repeat. Bytes that are no message have none.
bool CarriesRequestId(std::string_view message, const google::protobuf::Descriptor& type);

}  // namespace phoihop::gateway

#endif  // PHOIHOP_SERVICES_GATEWAY_FORWARDING_REQUEST_ID_H_
