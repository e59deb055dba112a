#include "services/gateway/transcoding/transcoder.h"

#include <algorithm>
#include <memory>
#include <string_view>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/status/views.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "services/gateway/transcoding/envelope.h"
#include "services/gateway/transcoding/field_names.h"
#include "services/gateway/transcoding/json_reader.h"
#include "services/gateway/transcoding/json_writer.h"
#include "services/gateway/transcoding/made_status.h"
#include "services/gateway/transcoding/query.h"
#include "services/gateway/transcoding/refusals.h"
#include "services/gateway/transcoding/wire_check.h"

namespace phoihop::gateway {
namespace {

using google::protobuf::Message;

constexpr char kJson[] = "application/json";
constexpr char kProto[] = "application/proto";
constexpr char kLines[] = "application/x-ndjson";
constexpr char kStreamJson[] = "application/connect+json";
constexpr char kStreamProto[] = "application/connect+proto";

// The media type in lower case, without parameters.
std::string MediaType(const HttpRequest& request) {
  const std::string_view value = FindHeader(request.headers, "content-type");
  return absl::AsciiStrToLower(
      absl::StripAsciiWhitespace(AbslView(value.substr(0, value.find(';')))));
}

// The time that the client allows.
absl::StatusOr<absl::Duration> TimeoutOf(const Method& method, const HttpRequest& request) {
  const absl::Duration longest = method.streams ? kLongestStream : kMaxTimeout;
  absl::Duration timeout = method.streams ? longest : kDefaultTimeout;
  if (const std::string_view text = FindHeader(request.headers, "connect-timeout-ms");
      !text.empty()) {
    int64_t millis = 0;
    if (text.size() > 10 || text.find_first_not_of("0123456789") != std::string_view::npos ||
        !absl::SimpleAtoi(AbslView(text), &millis)) {
      return InvalidHeader("Connect-Timeout-Ms");
    }
    timeout = absl::Milliseconds(millis);
  } else if (const std::string_view seconds = FindHeader(request.headers, "request-timeout");
             !seconds.empty()) {
    double value = 0;
    if (seconds.size() > 10 || seconds.find_first_not_of("0123456789.") != std::string_view::npos ||
        !absl::SimpleAtod(AbslView(seconds), &value)) {
      return InvalidHeader("Request-Timeout");
    }
    timeout = absl::Seconds(value);
  }
  return std::min(timeout, longest);
}

bool IsCompressed(const HttpRequest& request) {
  for (const char* const name : {"content-encoding", "connect-content-encoding"}) {
    const std::string_view encoding = FindHeader(request.headers, name);
    if (!encoding.empty() && !absl::EqualsIgnoreCase(AbslView(encoding), "identity")) return true;
  }
  return false;
}

absl::Status Uncompressed() {
  return MakeStatus(
      absl::StatusCode::kUnimplemented, "CONTENT_ENCODING_UNSUPPORTED",
      {"Send the body without a content encoding.", "Hãy gửi nội dung không nén, không mã hóa."});
}

bool IsProto(Dialect dialect) {
  return dialect == Dialect::kConnectProto || dialect == Dialect::kConnectStreamProto;
}

// What the content type says of a call by Connect; nothing for one that does not fit the method.
std::optional<Dialect> ConnectDialect(const Method& method, std::string_view type) {
  if (method.streams) {
    if (type == kStreamJson) return Dialect::kConnectStreamJson;
    if (type == kStreamProto) return Dialect::kConnectStreamProto;
  } else {
    if (type == kJson) return Dialect::kConnectJson;
    if (type == kProto) return Dialect::kConnectProto;
  }
  return std::nullopt;
}

HttpResponse WrongContentType(const Method& method) {
  const char* const json = method.streams ? kStreamJson : kJson;
  const char* const proto = method.streams ? kStreamProto : kProto;
  const absl::Status why =
      MakeStatus(absl::StatusCode::kInvalidArgument, "CONTENT_TYPE_UNSUPPORTED",
                 {absl::StrCat("Send ", json, " or ", proto, "."),
                  absl::StrCat("Hãy gửi ", json, " hoặc ", proto, ".")});
  HttpResponse refused = ErrorResponse(Dialect::kRest, why);
  refused.status = 415;
  refused.headers.emplace_back("Accept-Post", absl::StrCat(json, ", ", proto));
  return refused;
}

absl::StatusOr<ApiCall> ReadConnect(const Method& method, Dialect dialect,
                                    const HttpRequest& request) {
  ApiCall call{.method = &method, .dialect = dialect};
  const std::string_view version = FindHeader(request.headers, "connect-protocol-version");
  if (!version.empty() && version != "1") return InvalidHeader("Connect-Protocol-Version");
  ASSIGN_OR_RETURN(call.timeout, TimeoutOf(method, request));
  if (IsCompressed(request)) return Uncompressed();
  std::string_view body = request.body;
  if (method.streams) {
    ASSIGN_OR_RETURN(body, OnlyEnvelope(body));
  }
  if (IsProto(dialect)) {
    RETURN_IF_ERROR(CheckWire(body, *method.descriptor->input_type(), WireRules::kStrict));
    call.request = std::string(body);
    return call;
  }
  const std::unique_ptr<Message> message(method.request->New());
  RETURN_IF_ERROR(ReadJson(body, "", *message));
  call.request = message->SerializeAsString();
  return call;
}

const char* StreamTypeOf(Dialect dialect) {
  switch (dialect) {
    case Dialect::kConnectStreamJson:
      return kStreamJson;
    case Dialect::kConnectStreamProto:
      return kStreamProto;
    default:
      return kLines;
  }
}

void AddCommonHeaders(HttpResponse& response) {
  response.headers.emplace_back("Cache-Control", "no-store");
  response.headers.emplace_back("X-Content-Type-Options", "nosniff");
}

HttpResponse WithStatus(HttpResponse response, int status) {
  response.status = status;
  return response;
}

}  // namespace

HttpResponse ErrorResponse(Dialect dialect, const absl::Status& status) {
  HttpResponse response;
  if (dialect == Dialect::kConnectStreamJson || dialect == Dialect::kConnectStreamProto) {
    // The error is in the stream, which ends with it.
    response.headers.emplace_back("Content-Type", StreamTypeOf(dialect));
    response.body = EndEnvelope(status);
    AddCommonHeaders(response);
    return response;
  }
  response.status = HttpStatusOf(status.code());
  response.body =
      dialect == Dialect::kRest ? WriteRpcStatusJson(status) : WriteConnectErrorJson(status);
  response.headers.emplace_back("Content-Type", kJson);
  AddCommonHeaders(response);
  if (status.code() == absl::StatusCode::kUnauthenticated) {
    response.headers.emplace_back("WWW-Authenticate", "Bearer");
  }
  if (const auto delay = RetryDelay(status); delay.has_value()) {
    const int64_t seconds = absl::ToInt64Seconds(absl::Ceil(*delay, absl::Seconds(1)));
    response.headers.emplace_back("Retry-After", absl::StrCat(std::max<int64_t>(seconds, 1)));
  }
  return response;
}

std::variant<ApiCall, HttpResponse> Transcoder::Read(const HttpRequest& request) const {
  const std::string_view target = request.target;
  const size_t question = target.find('?');
  const std::string_view path = target.substr(0, question);

  Dialect dialect = Dialect::kRest;
  absl::StatusOr<ApiCall> call;
  if (const Method* method = path.empty() ? nullptr : catalog_.Find(path.substr(1))) {
    if (request.verb != "POST") {
      HttpResponse refused = WithStatus(ErrorResponse(Dialect::kRest, NoSuchVerb()), 405);
      refused.headers.emplace_back("Allow", "POST");
      return refused;
    }
    const std::optional<Dialect> spoken = ConnectDialect(*method, MediaType(request));
    if (!spoken.has_value()) return WrongContentType(*method);
    dialect = *spoken;
    if (question + 1 < target.size() && question != std::string_view::npos) {
      // Everything belongs into the body.
      const std::string_view query = target.substr(question + 1);
      call = UnknownParameter(query.substr(0, query.find_first_of("=&")));
    } else {
      call = ReadConnect(*method, dialect, request);
    }
  } else {
    const Catalog::Found found = catalog_.FindRoute(request.verb, path);
    if (found.verbs.empty()) return ErrorResponse(Dialect::kRest, NoSuchPath());
    if (found.route == nullptr) {
      HttpResponse refused = WithStatus(ErrorResponse(Dialect::kRest, NoSuchVerb()), 405);
      // The server turns HEAD into GET.
      const auto add = [](std::string* out, const std::string& verb) {
        absl::StrAppend(out, verb, verb == "GET" ? ", HEAD" : "");
      };
      refused.headers.emplace_back("Allow", absl::StrJoin(found.verbs, ", ", add));
      return refused;
    }
    call = ReadRest(request, found,
                    question == std::string_view::npos ? "" : target.substr(question + 1));
  }
  if (!call.ok()) return ErrorResponse(dialect, call.status());
  return *std::move(call);
}

absl::StatusOr<ApiCall> Transcoder::ReadRest(const HttpRequest& request,
                                             const Catalog::Found& found,
                                             std::string_view query) const {
  const RestRoute& route = *found.route;
  ApiCall call{.method = route.method, .dialect = Dialect::kRest};
  ASSIGN_OR_RETURN(call.timeout, TimeoutOf(*route.method, request));
  if (IsCompressed(request)) return Uncompressed();
  const std::unique_ptr<Message> message(route.method->request->New());
  if (route.body_is_request) {
    // A method with nothing to say needs no braces.
    if (!request.body.empty()) RETURN_IF_ERROR(ReadJson(request.body, "", *message));
  } else if (route.body_field != nullptr) {
    RETURN_IF_ERROR(
        ReadJson(request.body, route.body_field->json_name(),
                 *message->GetReflection()->MutableMessage(message.get(), route.body_field)));
  } else if (!request.body.empty()) {
    return InvalidField(kWholeBody, "BODY_NOT_EXPECTED",
                        {"This method takes no body.", "Phương thức này không nhận nội dung."});
  }
  for (size_t i = 0; i < found.values.size(); ++i) {
    const PathTemplate::Binding& value = found.values[i];
    const std::optional<std::string> text = PercentDecode(value.encoded, value.several_segments);
    if (!text.has_value()) return InvalidEscape(JsonPath(route.variables[i]));
    RETURN_IF_ERROR(SetFromPath(*message, route.variables[i], *text));
  }
  if (route.body_is_request) {
    if (!query.empty()) {
      // Everything belongs into the body.
      return UnknownParameter(query.substr(0, query.find_first_of("=&")));
    }
  } else {
    RETURN_IF_ERROR(ReadQuery(query, route.bound, *message, call.spellings));
  }
  call.request = message->SerializeAsString();
  return call;
}

HttpResponse Transcoder::Write(const ApiCall& call, const absl::StatusOr<std::string>& response,
                               std::optional<int64_t> position) const {
  if (!response.ok()) {
    absl::Status status = response.status();
    if (!IsProto(call.dialect)) SpellFieldsForJson(call.spellings, status);
    return ErrorResponse(call.dialect, status);
  }
  HttpResponse result;
  if (call.dialect == Dialect::kConnectProto) {
    result.headers.emplace_back("Content-Type", kProto);
    result.body = *response;
  } else {
    const std::unique_ptr<Message> message(call.method->response->New());
    if (!message->ParseFromString(*response)) {
      return ErrorResponse(call.dialect, absl::InternalError("unreadable answer of a service"));
    }
    absl::StatusOr<std::string> json = WriteJson(*message);
    if (!json.ok()) return ErrorResponse(call.dialect, json.status());
    result.headers.emplace_back("Content-Type", kJson);
    result.body = *std::move(json);
  }
  AddCommonHeaders(result);
  if (position.has_value()) {
    result.headers.emplace_back("PhoiHop-Position", absl::StrCat(*position));
    if (call.dialect != Dialect::kRest) {
      result.headers.emplace_back("Trailer-PhoiHop-Position", absl::StrCat(*position));
    }
  }
  return result;
}

HttpResponse Transcoder::BeginStream(const ApiCall& call) const {
  HttpResponse response;
  response.headers.emplace_back("Content-Type", StreamTypeOf(call.dialect));
  AddCommonHeaders(response);
  // Proxies are to pass each piece on at once.
  response.headers.emplace_back("X-Accel-Buffering", "no");
  return response;
}

absl::StatusOr<std::string> Transcoder::StreamPiece(const ApiCall& call,
                                                    const std::string& message) const {
  if (call.dialect == Dialect::kConnectStreamProto) return Envelope(0, message);
  const std::unique_ptr<Message> read(call.method->response->New());
  if (!read->ParseFromString(message)) {
    return absl::InternalError("unreadable answer of a service");
  }
  ASSIGN_OR_RETURN(const std::string json, WriteJson(*read));
  if (call.dialect == Dialect::kConnectStreamJson) return Envelope(0, json);
  return absl::StrCat("{\"result\":", json, "}\n");
}

std::string Transcoder::StreamEnd(const ApiCall& call, absl::Status status) const {
  if (!IsProto(call.dialect)) SpellFieldsForJson(call.spellings, status);
  if (call.dialect != Dialect::kRest) return EndEnvelope(status);
  if (status.ok()) return "";
  return absl::StrCat("{\"error\":", WriteRpcStatusJson(status), "}\n");
}

}  // namespace phoihop::gateway
