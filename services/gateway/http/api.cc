#include "services/gateway/http/api.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/status/errors.h"
#include "common/status/views.h"
#include "common/telemetry/log.h"
#include "common/telemetry/metrics.h"
#include "common/telemetry/trace.h"
#include "services/gateway/transcoding/json_writer.h"
#include "services/gateway/transcoding/made_status.h"

namespace phoihop::gateway {
namespace {

constexpr size_t kMaxLoggedPath = 200;
constexpr size_t kMaxToken = 8 << 10;

const char* NameOf(Dialect dialect) {
  switch (dialect) {
    case Dialect::kRest:
      return "rest";
    case Dialect::kConnectJson:
      return "connect_json";
    case Dialect::kConnectProto:
      return "connect_proto";
    case Dialect::kConnectStreamJson:
      return "connect_stream_json";
    case Dialect::kConnectStreamProto:
      return "connect_stream_proto";
  }
  return "";
}

// What is noted of a request when it is answered.
struct Entry {
  std::string verb;
  // Without the query, which may hold a text that is searched for.
  std::string path;
  std::string method;
  const char* dialect = "none";
  TraceContext trace;
  absl::Time arrived = absl::Now();

  void Write(int status) const {
    const absl::Duration elapsed = absl::Now() - arrived;
    GetCounter("phoihop_http_requests_total", "Requests over HTTP, by dialect and class of status.",
               {{"dialect", dialect}, {"status", absl::StrCat(status / 100, "xx")}})
        .Increment();
    GetHistogram("phoihop_http_request_seconds", "Time until a request over HTTP is answered.",
                 {{"dialect", dialect}}, LatencyBuckets())
        .Observe(absl::ToDoubleSeconds(elapsed));
    const ScopedTrace scope(trace);
    LogInfo("http request", {{"verb", verb},
                             {"path", path},
                             {"method", method},
                             {"status", status},
                             {"ms", absl::ToDoubleMilliseconds(elapsed)}});
  }
};

Entry EntryOf(const HttpRequest& request) {
  Entry entry;
  entry.verb = request.verb;
  entry.path = request.target.substr(0, std::min(request.target.find('?'), kMaxLoggedPath));
  entry.trace =
      TraceContext::Parse(FindHeader(request.headers, "traceparent")).value_or(TraceContext::New());
  return entry;
}

// The token of the only Authorization header; nothing when there is no such header.
absl::StatusOr<std::optional<std::string>> BearerOf(const Headers& headers) {
  const auto is_authorization = [](const auto& header) { return header.first == "authorization"; };
  const auto count = std::count_if(headers.begin(), headers.end(), is_authorization);
  if (count == 0) return std::nullopt;
  const absl::string_view value = AbslView(FindHeader(headers, "authorization"));
  const absl::string_view token =
      absl::StripAsciiWhitespace(value.substr(std::min<size_t>(value.size(), 7)));
  const bool printable =
      std::all_of(token.begin(), token.end(), [](unsigned char c) { return c > 0x20 && c < 0x7f; });
  if (count > 1 || !absl::StartsWithIgnoreCase(value, "bearer ") || token.empty() || !printable ||
      token.size() > kMaxToken) {
    return Unauthenticated("TOKEN_INVALID",
                           {"The token is not accepted.", "Mã đăng nhập không được chấp nhận."});
  }
  return std::string(token);
}

// The ledger position that the answer must include; 0 without the header.
absl::StatusOr<int64_t> MinPositionOf(const Headers& headers) {
  constexpr char kName[] = "phoihop-min-position";
  const auto count = std::count_if(headers.begin(), headers.end(),
                                   [&](const auto& header) { return header.first == kName; });
  if (count == 0) return 0;
  int64_t position = 0;
  if (count > 1 || !absl::SimpleAtoi(AbslView(FindHeader(headers, kName)), &position) ||
      position < 0) {
    return InvalidField(
        "phoihop-min-position", "MALFORMED",
        {"A position is a whole number, not negative.", "Vị trí phải là số nguyên không âm."});
  }
  return position;
}

HttpResponse Plain(int status, const char* state) {
  HttpResponse response;
  response.status = status;
  response.headers = {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}};
  response.body = absl::StrCat("{\"status\":\"", state, "\"}");
  return response;
}

absl::Status StartingOrEnding() {
  return Unavailable("STARTING_OR_ENDING", {"The gateway is about to start or to end.",
                                            "Cổng kết nối đang khởi động hoặc sắp dừng."});
}

}  // namespace

Api::Api(const Catalog& catalog, std::function<absl::Status()> ready)
    : transcoder_(catalog), ready_(std::move(ready)) {}

void Api::Connect(std::shared_ptr<Upstream> server) {
  absl::MutexLock lock(&mutex_);
  server_ = std::move(server);
}

void Api::EndStreams() { bodies_->EndAll(StartingOrEnding()); }

void Api::Disconnect() { Connect(nullptr); }

std::string Api::AddressOf(const HttpRequest& request) const {
  if (!client_address_) return request.peer;
  // Each proxy adds its own at the end.
  std::string forwarded;
  for (const auto& [name, value] : request.headers) {
    if (name == "x-forwarded-for") forwarded = value;
  }
  return client_address_(request.peer, forwarded);
}

std::shared_ptr<Upstream> Api::server() const {
  absl::MutexLock lock(&mutex_);
  return server_;
}

HttpResponse Api::Refuse(int http_status, const absl::Status& why) {
  HttpResponse response = ErrorResponse(Dialect::kRest, why);
  response.status = http_status;
  Entry{.verb = "", .path = "", .method = "", .trace = TraceContext::New()}.Write(http_status);
  return response;
}

std::function<void()> Api::Handle(HttpRequest request, std::function<void(HttpResponse)> done) {
  if (request.verb == "GET" && request.target == "/healthz") {
    done(Plain(200, "alive"));
    return nullptr;
  }
  const std::shared_ptr<Upstream> server = this->server();
  if (request.verb == "GET" && request.target == "/readyz") {
    const bool ready = server != nullptr && (!ready_ || ready_().ok());
    done(ready ? Plain(200, "ready") : Plain(503, "not ready"));
    return nullptr;
  }

  Entry entry = EntryOf(request);
  const auto finish = [done = std::move(done)](const Entry& noted, HttpResponse response) {
    response.headers.emplace_back("Trace-Id", noted.trace.trace_id);
    noted.Write(response.status);
    done(std::move(response));
  };
  std::variant<ApiCall, HttpResponse> read = transcoder_.Read(request);
  if (auto* refused = std::get_if<HttpResponse>(&read)) {
    finish(entry, std::move(*refused));
    return nullptr;
  }
  ApiCall call = std::move(std::get<ApiCall>(read));
  entry.method = call.method->full_name;
  entry.dialect = NameOf(call.dialect);
  absl::StatusOr<std::optional<std::string>> bearer = BearerOf(request.headers);
  if (!bearer.ok()) {
    finish(entry, ErrorResponse(call.dialect, bearer.status()));
    return nullptr;
  }
  const absl::StatusOr<int64_t> min_position = MinPositionOf(request.headers);
  if (!min_position.ok()) {
    finish(entry, ErrorResponse(call.dialect, min_position.status()));
    return nullptr;
  }
  if (server == nullptr) {
    finish(entry, ErrorResponse(call.dialect, StartingOrEnding()));
    return nullptr;
  }
  Upstream::Call upstream{.method = call.method->full_name,
                          .request = std::move(call.request),
                          .bearer = bearer->value_or(""),
                          .deadline = absl::Now() + call.timeout,
                          .trace = entry.trace,
                          .client_address = AddressOf(request),
                          .min_position = *min_position};
  if (call.method->streams) {
    return StreamBody::Begin(&transcoder_, std::move(call), bodies_,
                             server->Open(std::move(upstream)),
                             [entry = std::move(entry), finish](HttpResponse response) {
                               finish(entry, std::move(response));
                             });
  }
  // The function does not hold the server, which would then end within its own call.
  return server->Start(upstream, [this, call = std::move(call), entry = std::move(entry),
                                  finish](const Upstream::Reply& reply) {
    finish(entry, transcoder_.Write(call, reply.response, reply.position));
  });
}

}  // namespace phoihop::gateway
