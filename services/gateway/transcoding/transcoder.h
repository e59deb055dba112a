// From an HTTP request to a call of a method, and from its answer to HTTP: REST with
// JSON by google.api.http, and the Connect protocol's unary calls with JSON or protobuf.
#ifndef PHOIHOP_SERVICES_GATEWAY_TRANSCODING_TRANSCODER_H_
#define PHOIHOP_SERVICES_GATEWAY_TRANSCODING_TRANSCODER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/gateway/http/message.h"
#include "services/gateway/transcoding/catalog.h"
#include "services/gateway/transcoding/query.h"

namespace phoihop::gateway {

// The largest body of a request over HTTP, in bytes.
inline constexpr size_t kMaxHttpBody = size_t{1} << 20;

// How long a call may take when the client does not say, and at most.
inline constexpr absl::Duration kDefaultTimeout = absl::Seconds(10);
inline constexpr absl::Duration kMaxTimeout = absl::Seconds(60);

// How long a stream may last; its client sets no time, as a rule. Tokens of those who sign in
// hold as long at most.
inline constexpr absl::Duration kLongestStream = absl::Hours(24);

// How the client speaks. Of a method that streams, REST gives lines of JSON, and Connect has a
// form of its own.
enum class Dialect { kRest, kConnectJson, kConnectProto, kConnectStreamJson, kConnectStreamProto };

// A request that was understood.
struct ApiCall {
  const Method* method = nullptr;
  Dialect dialect = Dialect::kRest;
  // The request, serialised.
  std::string request = {};
  // From `Connect-Timeout-Ms` or `Request-Timeout` (seconds), within the limits.
  absl::Duration timeout = kDefaultTimeout;
  // How the client wrote the parameters of its query.
  Spellings spellings = {};
};

// Thread safe. `catalog` must outlive it.
class Transcoder {
 public:
  explicit Transcoder(const Catalog& catalog) : catalog_(catalog) {}

  // The call, or at once the answer that refuses it: 404 for an unknown path, 405 with
  // Allow for a known one, 415 for another content type, 400 for what cannot be read (see
  // refusals.h), each as google.rpc.Status or in Connect's form.
  std::variant<ApiCall, HttpResponse> Read(const HttpRequest& request) const;

  // The answer to a call. An error names fields as the client would: in a query as it wrote
  // them, in JSON by their JSON path, in protobuf as the contract does. `position`, the ledger
  // position that it includes, becomes the header `PhoiHop-Position`.
  HttpResponse Write(const ApiCall& call, const absl::StatusOr<std::string>& response,
                     std::optional<int64_t> position) const;

  // The answer to a call of a method that streams, whose body comes in pieces: each message in
  // turn, then the end. In REST a message is a line `{"result":...}`, and an error that ends the
  // stream a line `{"error":...}`; in Connect they are enveloped.
  HttpResponse BeginStream(const ApiCall& call) const;
  absl::StatusOr<std::string> StreamPiece(const ApiCall& call, const std::string& message) const;
  std::string StreamEnd(const ApiCall& call, absl::Status status) const;

 private:
  absl::StatusOr<ApiCall> ReadRest(const HttpRequest& request, const Catalog::Found& found,
                                   std::string_view query) const;

  const Catalog& catalog_;
};

// The answer for an error in a dialect; also sets Retry-After and WWW-Authenticate.
HttpResponse ErrorResponse(Dialect dialect, const absl::Status& status);

}  // namespace phoihop::gateway

#endif  // PHOIHOP_SERVICES_GATEWAY_TRANSCODING_TRANSCODER_H_
