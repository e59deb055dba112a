#include "common/rpc/service_config.h"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/status/macros.h"
#include "common/status/views.h"
#include "google/api/annotations.pb.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/descriptor_database.h"
#include "google/protobuf/message.h"

namespace phoihop::rpc {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;
using google::protobuf::MethodDescriptor;
using google::protobuf::MethodOptions;

// Written with the services' health in mind: "" is the whole server. The outer policy leaves
// out an address of which nearly all calls fail although it says that it serves; errors that
// only concern the request are spread over all addresses alike.
constexpr char kBalancing[] = R"json(
  "loadBalancingConfig": [{"outlier_detection_experimental": {
    "interval": "2s", "baseEjectionTime": "5s", "maxEjectionTime": "30s",
    "maxEjectionPercent": 50,
    "failurePercentageEjection": {
      "threshold": 90, "enforcementPercentage": 100, "minimumHosts": 2, "requestVolume": 20},
    "childPolicy": [{"round_robin": {}}]}}],
  "healthCheckConfig": {"serviceName": ""},
  "retryThrottling": {"maxTokens": 100, "tokenRatio": 0.1})json";

// About 2 seconds in all: a server that restarts beside others is passed over at once, one that
// is alone may be back. CANCELLED is what gRPC answers to a call that meets a server which begins
// to end; who cancels a call on this side is not asked again.
constexpr char kRetryPolicy[] = R"json(
    "retryPolicy": {"maxAttempts": 5, "initialBackoff": "0.1s", "maxBackoff": "1s",
      "backoffMultiplier": 3, "retryableStatusCodes": ["UNAVAILABLE", "CANCELLED"]})json";

const FieldDescriptor* RequestIdField(const google::protobuf::Descriptor* type) {
  const FieldDescriptor* const field = type->FindFieldByName("request_id");
  return field != nullptr && field->type() == FieldDescriptor::TYPE_STRING && !field->is_repeated()
             ? field
             : nullptr;
}

// `10.0.0.1` or `[::1]` in front of a port.
enum class Family { kNone, kIpv4, kIpv6 };

absl::StatusOr<Family> FamilyOf(absl::string_view address) {
  const size_t colon = address.rfind(':');
  int port = 0;
  if (colon == absl::string_view::npos || colon == 0 ||
      !absl::SimpleAtoi(address.substr(colon + 1), &port) || port < 1 || port > 65535) {
    return absl::InvalidArgumentError(absl::StrCat("'", address, "' is not host:port"));
  }
  const absl::string_view host = address.substr(0, colon);
  if (host.front() == '[' && host.back() == ']') return Family::kIpv6;
  if (absl::StrContains(host, ':') || absl::StrContains(host, '/')) {
    return absl::InvalidArgumentError(absl::StrCat("'", address, "' is not host:port"));
  }
  const bool numbers = host.find_first_not_of("0123456789.") == absl::string_view::npos;
  return numbers ? Family::kIpv4 : Family::kNone;
}

// All files of the program whose package is ours.
std::vector<const FileDescriptor*> OurFiles() {
  std::vector<std::string> names;
  DescriptorPool::internal_generated_database()->FindAllFileNames(&names);
  std::sort(names.begin(), names.end());
  std::vector<const FileDescriptor*> files;
  for (const std::string& name : names) {
    const FileDescriptor* const file = DescriptorPool::generated_pool()->FindFileByName(name);
    if (file != nullptr && absl::StartsWith(file->package(), "phoihop.")) files.push_back(file);
  }
  return files;
}

std::string Render(bool repeat_writes) {
  std::vector<std::string> names;
  for (const FileDescriptor* file : OurFiles()) {
    for (int s = 0; s < file->service_count(); ++s) {
      for (int m = 0; m < file->service(s)->method_count(); ++m) {
        const MethodDescriptor& method = *file->service(s)->method(m);
        // Whoever reads a stream goes on by itself from where it was.
        if (method.server_streaming() || method.client_streaming()) continue;
        if (!OnlyReads(method) && !(repeat_writes && TakesRequestId(method))) continue;
        names.push_back(absl::StrCat(R"({"service":")", file->service(s)->full_name(),
                                     R"(","method":")", method.name(), R"("})"));
      }
    }
  }
  const std::string methods = names.empty()
                                  ? ""
                                  : absl::StrCat("{\"name\": [", absl::StrJoin(names, ",\n      "),
                                                 "],", kRetryPolicy, "}");
  return absl::StrCat("{", kBalancing, ",\n  \"methodConfig\": [", methods, "]}");
}

}  // namespace

absl::StatusOr<std::string> TargetOf(std::string_view addresses) {
  const absl::string_view text = AbslView(addresses);
  if (absl::StartsWith(text, "dns:")) return std::string(text);
  const std::vector<absl::string_view> list = absl::StrSplit(text, ',');
  Family all = Family::kNone;
  for (size_t i = 0; i < list.size(); ++i) {
    ASSIGN_OR_RETURN(const Family family, FamilyOf(list[i]));
    if (list.size() > 1 && (family == Family::kNone || (i > 0 && family != all))) {
      return absl::InvalidArgumentError(absl::StrCat(
          "a list is of IP addresses of one family, '", list[i],
          "' is not; for a name that stands for several servers write dns:///name:port"));
    }
    all = family;
  }
  switch (all) {
    case Family::kIpv4:
      return absl::StrCat("ipv4:", text);
    case Family::kIpv6:
      return absl::StrCat("ipv6:", text);
    default:
      return absl::StrCat("dns:///", text);
  }
}

bool OnlyReads(const MethodDescriptor& method) {
  const MethodOptions& options = method.options();
  if (options.idempotency_level() == MethodOptions::NO_SIDE_EFFECTS) return true;
  if (options.HasExtension(google::api::http)) {
    return !options.GetExtension(google::api::http).get().empty();
  }
  const std::string& name = method.name();
  return absl::StartsWith(name, "Get") || absl::StartsWith(name, "List") ||
         absl::StartsWith(name, "BatchGet");
}

bool TakesRequestId(const MethodDescriptor& method) {
  return RequestIdField(method.input_type()) != nullptr;
}

bool HasRequestId(const google::protobuf::Message& request) {
  const FieldDescriptor* const field = RequestIdField(request.GetDescriptor());
  return field != nullptr && !request.GetReflection()->GetString(request, field).empty();
}

const std::string& ServiceConfig(bool repeat_writes) {
  static const auto* const reads = new std::string(Render(false));
  static const auto* const writes = new std::string(Render(true));
  return repeat_writes ? *writes : *reads;
}

}  // namespace phoihop::rpc
