// An HTTP request and its answer as plain values, so that what decides about
// them needs no HTTP library and a test can write them down.
#ifndef PHOIHOP_SERVICES_GATEWAY_HTTP_MESSAGE_H_
#define PHOIHOP_SERVICES_GATEWAY_HTTP_MESSAGE_H_

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace phoihop::gateway {

// Header fields in the order received or to be sent. Names of a request are in
// lower case.
using Headers = std::vector<std::pair<std::string, std::string>>;

// The value of the first header with this lower-case name; "" when there is none.
inline std::string_view FindHeader(const Headers& headers, std::string_view name) {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return {};
}

struct HttpRequest {
  // Upper case, for example "GET".
  std::string verb = {};
  // As sent, still percent-encoded, with the query: "/v1/units?level=COMMUNE".
  std::string target = {};
  Headers headers = {};
  std::string body = {};
  // The other side of the connection, without a port: a client or a proxy.
  std::string peer = {};
};

struct HttpResponse {
  int status = 200;
  // Without those that the server itself adds: length, connection, date.
  Headers headers = {};
  std::string body = {};
};

}  // namespace phoihop::gateway

#endif  // PHOIHOP_SERVICES_GATEWAY_HTTP_MESSAGE_H_
