#include "common/rpc/service_table.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/rpc/access_rules.h"
#include "google/protobuf/descriptor.h"

namespace phoihop::rpc {
namespace {

using google::protobuf::MethodDescriptor;
using google::protobuf::ServiceDescriptor;

std::string CheckTypes(const MethodDescriptor& descriptor, const google::protobuf::Message* request,
                       const google::protobuf::Message* response) {
  if (request->GetDescriptor() != descriptor.input_type() ||
      response->GetDescriptor() != descriptor.output_type()) {
    return absl::StrCat(descriptor.full_name(), " takes ", descriptor.input_type()->name(),
                        " and returns ", descriptor.output_type()->name(),
                        "; its handler has other types");
  }
  return "";
}

// "" when the handler fits the method.
std::string CheckHandler(const MethodDescriptor& descriptor, const Method& method) {
  if (descriptor.client_streaming()) {
    return absl::StrCat(descriptor.full_name(), " streams from the client: not supported");
  }
  const bool is_stream = method.streams();
  if (is_stream != descriptor.server_streaming()) {
    return absl::StrCat(descriptor.full_name(), is_stream ? " is unary" : " is a stream",
                        ", its handler is not");
  }
  if (method.stream.handler) {
    return CheckTypes(descriptor, method.stream.request, method.stream.response);
  }
  if (method.unary.handler) {
    return CheckTypes(descriptor, method.unary.request, method.unary.response);
  }
  return "";
}

// What a forwarding server demands: that somebody is signed in where the method is
// not for everyone. The rest is decided where the call ends up.
types::v1::AccessRule ForwardedRule(const types::v1::AccessRule& rule) {
  types::v1::AccessRule forwarded = rule;
  if (rule.scope() != types::v1::AccessRule::ANONYMOUS) {
    forwarded.set_scope(types::v1::AccessRule::MEMBER);
  }
  return forwarded;
}

void CompleteMethod(const MethodDescriptor& descriptor,
                    std::vector<std::unique_ptr<Method>>& methods, bool forwards,
                    std::vector<std::string>& problems) {
  const auto has_name = [&](const auto& method) {
    return method->full_name ==
           absl::StrCat(descriptor.service()->full_name(), "/", descriptor.name());
  };
  const auto count = std::count_if(methods.begin(), methods.end(), has_name);
  if (count == 0) {
    if (!forwards) problems.push_back(absl::StrCat(descriptor.full_name(), " has no handler"));
    return;
  }
  if (count > 1) {
    problems.push_back(absl::StrCat(descriptor.full_name(), " has several handlers"));
    return;
  }
  Method& method = **std::find_if(methods.begin(), methods.end(), has_name);
  const absl::StatusOr<types::v1::AccessRule> rule = RuleOf(descriptor);
  if (!rule.ok()) {
    problems.emplace_back(rule.status().message());
    return;
  }
  if (std::string problem = CheckHandler(descriptor, method); !problem.empty()) {
    problems.push_back(std::move(problem));
    return;
  }
  if (method.forwards() && rule->internal()) {
    problems.push_back(absl::StrCat(descriptor.full_name(), " is internal: it is not forwarded"));
    return;
  }
  method.rule = method.forwards() ? ForwardedRule(*rule) : *rule;
}

}  // namespace

absl::Status Complete(ServiceTable& services) {
  std::vector<std::string> problems;
  for (auto& [name, methods] : services) {
    const ServiceDescriptor* service =
        google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(name);
    if (service == nullptr) {
      problems.push_back(absl::StrCat("no service is called '", name, "'"));
      continue;
    }
    const bool forwards = std::any_of(methods.begin(), methods.end(),
                                      [](const auto& method) { return method->forwards(); });
    for (const auto& method : methods) {
      const std::string short_name = method->full_name.substr(name.size() + 1);
      if (service->FindMethodByName(short_name) == nullptr) {
        problems.push_back(absl::StrCat(name, " has no method '", short_name, "'"));
      }
    }
    for (int i = 0; i < service->method_count(); ++i) {
      CompleteMethod(*service->method(i), methods, forwards, problems);
    }
  }
  if (problems.empty()) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("The server cannot start: ", absl::StrJoin(problems, "; "), "."));
}

}  // namespace phoihop::rpc
