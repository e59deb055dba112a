// An HTTP request and its answer as plain values, so that what decides about
// them needs no HTTP library and a test can write them down.
#ifndef PHOIHOP_SERVICES_GATEWAY_HTTP_MESSAGE_H_
#define PHOIHOP_SERVICES_GATEWAY_HTTP_MESSAGE_H_

#include <functional>
#include <memory>
#include <optional>
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

// A body that comes piece by piece, each asked for when the client has been sent the one before.
class BodyStream {
 public:
  virtual ~BodyStream() = default;

  // Calls `done` exactly once, on any thread, perhaps before this returns: with the next piece, or
  // nothing at the end.
  virtual void Next(std::function<void(std::optional<std::string>)> done) = 0;

  // The client has left: a Next() that waits ends soon.
  virtual void Cancel() = 0;
};

struct HttpResponse {
  int status = 200;
  // Without those that the server itself adds: length, connection, date.
  Headers headers = {};
  std::string body = {};
  // In place of `body` when there is one.
  std::shared_ptr<BodyStream> stream = {};
};

}  // namespace phoihop::gateway

#endif  // PHOIHOP_SERVICES_GATEWAY_HTTP_MESSAGE_H_
