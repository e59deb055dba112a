#include "services/gateway/transcoding/catalog.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/status/views.h"
#include "google/api/annotations.pb.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "phoihop/agreements/v1/agreements.pb.h"
#include "phoihop/agreements/v1/attachments.pb.h"
#include "phoihop/agreements/v1/coverage.pb.h"
#include "phoihop/agreements/v1/dissemination.pb.h"
#include "phoihop/agreements/v1/due.pb.h"
#include "phoihop/agreements/v1/duties.pb.h"
#include "phoihop/agreements/v1/plans.pb.h"
#include "phoihop/agreements/v1/reviews.pb.h"
#include "phoihop/directory/v1/calendars.pb.h"
#include "phoihop/directory/v1/directory.pb.h"
#include "phoihop/gateway/v1/gateway.pb.h"
#include "phoihop/opinions/v1/opinions.pb.h"
#include "phoihop/reporting/v1/reporting.pb.h"
#include "phoihop/types/v1/access.pb.h"
#include "services/gateway/transcoding/query.h"
#include "services/gateway/transcoding/scalar.h"

namespace phoihop::gateway {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::MessageFactory;
using google::protobuf::MethodDescriptor;
using google::protobuf::ServiceDescriptor;

// `opinions` for phoihop.opinions.v1.
std::string ServiceOf(const MethodDescriptor& method) {
  const std::string& package = method.file()->package();
  const size_t begin = package.find('.') + 1;
  return package.substr(begin, package.find('.', begin) - begin);
}

absl::Status Unfit(const MethodDescriptor& method, absl::string_view why) {
  return absl::InternalError(absl::StrCat(method.full_name(), ": ", why));
}

// OK when the JSON reader can fill every field of the type.
absl::Status CheckReadable(const MethodDescriptor& method, const Descriptor& type,
                           std::set<const Descriptor*>& seen) {
  if (!seen.insert(&type).second) return absl::OkStatus();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (field.is_map() || field.type() == FieldDescriptor::TYPE_GROUP) {
      return Unfit(method, absl::StrCat("maps and groups cannot be read: ", field.full_name()));
    }
    if (field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) continue;
    switch (field.message_type()->well_known_type()) {
      case Descriptor::WELLKNOWNTYPE_UNSPECIFIED:
        RETURN_IF_ERROR(CheckReadable(method, *field.message_type(), seen));
        break;
      case Descriptor::WELLKNOWNTYPE_ANY:
      case Descriptor::WELLKNOWNTYPE_STRUCT:
      case Descriptor::WELLKNOWNTYPE_VALUE:
      case Descriptor::WELLKNOWNTYPE_LISTVALUE:
        return Unfit(method, absl::StrCat("this type cannot be read: ", field.full_name()));
      default:
        break;
    }
  }
  return absl::OkStatus();
}

std::pair<std::string, std::string> VerbAndPath(const google::api::HttpRule& rule) {
  switch (rule.pattern_case()) {
    case google::api::HttpRule::kGet:
      return {"GET", rule.get()};
    case google::api::HttpRule::kPut:
      return {"PUT", rule.put()};
    case google::api::HttpRule::kPost:
      return {"POST", rule.post()};
    case google::api::HttpRule::kDelete:
      return {"DELETE", rule.delete_()};
    case google::api::HttpRule::kPatch:
      return {"PATCH", rule.patch()};
    default:
      return {};
  }
}

absl::StatusOr<RestRoute> MakeRoute(const Method& method, const google::api::HttpRule& rule) {
  RestRoute route;
  route.method = &method;
  const Descriptor& request = *method.descriptor->input_type();
  const auto [verb, path] = VerbAndPath(rule);
  route.verb = verb;
  ASSIGN_OR_RETURN(route.path, PathTemplate::Parse(path));
  for (const std::string& variable : route.path.Variables()) {
    RestRoute::Fields fields = ResolvePath(request, variable);
    if (fields.empty() || fields.back()->is_repeated() ||
        fields.back()->type() != FieldDescriptor::TYPE_STRING) {
      return Unfit(*method.descriptor, absl::StrCat("no text field of this path: ", variable));
    }
    route.bound.push_back(JsonPath(fields));
    route.variables.push_back(std::move(fields));
  }
  if (rule.body() == "*") {
    route.body_is_request = true;
  } else if (!rule.body().empty()) {
    route.body_field = request.FindFieldByName(rule.body());
    if (route.body_field == nullptr || route.body_field->is_repeated() ||
        !IsPlainMessage(*route.body_field)) {
      return Unfit(*method.descriptor, absl::StrCat("no message of this name: ", rule.body()));
    }
    route.bound.push_back(route.body_field->json_name());
  }
  return route;
}

}  // namespace

std::vector<const ServiceDescriptor*> Catalog::Services() {
  const auto service = [](const Descriptor* of_same_file, const char* name) {
    return of_same_file->file()->FindServiceByName(name);
  };
  return {
      service(directory::v1::GetUnitRequest::descriptor(), "DirectoryService"),
      service(directory::v1::GetCalendarYearRequest::descriptor(), "CalendarService"),
      service(agreements::v1::GetAgreementRequest::descriptor(), "AgreementsService"),
      service(agreements::v1::GetCoverageAsItIsRequest::descriptor(), "CoverageService"),
      service(agreements::v1::GetDisseminationSessionRequest::descriptor(), "DisseminationService"),
      service(agreements::v1::GetAttachmentRequest::descriptor(), "AttachmentsService"),
      service(agreements::v1::GetObligationRequest::descriptor(), "DueService"),
      service(agreements::v1::GetDutyRequest::descriptor(), "DutiesService"),
      service(agreements::v1::GetPlanRequest::descriptor(), "PlansService"),
      service(agreements::v1::GetReviewRequest::descriptor(), "ReviewsService"),
      service(opinions::v1::GetPetitionRequest::descriptor(), "OpinionsService"),
      service(reporting::v1::GetReportRequest::descriptor(), "ReportingService"),
      service(v1::CreateSessionRequest::descriptor(), "SessionService"),
      service(v1::CreateSessionRequest::descriptor(), "OverviewService"),
  };
}

absl::StatusOr<std::unique_ptr<const Catalog>> Catalog::Create() {
  std::unique_ptr<Catalog> catalog(new Catalog);
  for (const ServiceDescriptor* service : Services()) {
    for (int i = 0; i < service->method_count(); ++i) {
      RETURN_IF_ERROR(catalog->Add(*service->method(i)));
    }
  }
  return catalog;
}

absl::Status Catalog::Add(const MethodDescriptor& descriptor) {
  const types::v1::AccessRule& rule = descriptor.options().GetExtension(types::v1::access);
  if (rule.scope() == types::v1::AccessRule::SCOPE_UNSPECIFIED) {
    return Unfit(descriptor, "no access rule");
  }
  if (rule.internal()) return absl::OkStatus();
  if (descriptor.client_streaming()) return Unfit(descriptor, "streams from the client");
  std::set<const Descriptor*> seen;
  RETURN_IF_ERROR(CheckReadable(descriptor, *descriptor.input_type(), seen));
  MessageFactory& messages = *MessageFactory::generated_factory();
  Method& method = methods_.emplace_back();
  method.descriptor = &descriptor;
  method.full_name = absl::StrCat(descriptor.service()->full_name(), "/", descriptor.name());
  method.service = ServiceOf(descriptor);
  method.streams = descriptor.server_streaming();
  method.anonymous = rule.scope() == types::v1::AccessRule::ANONYMOUS;
  method.for_ctl =
      std::find(rule.services().begin(), rule.services().end(), "ctl") != rule.services().end();
  method.request = messages.GetPrototype(descriptor.input_type());
  method.response = messages.GetPrototype(descriptor.output_type());
  by_name_[method.full_name] = &method;
  return AddRoutes(method);
}

absl::Status Catalog::AddRoutes(const Method& method) {
  const google::protobuf::MethodOptions& options = method.descriptor->options();
  if (!options.HasExtension(google::api::http)) return absl::OkStatus();
  const google::api::HttpRule& main_rule = options.GetExtension(google::api::http);
  std::vector<const google::api::HttpRule*> rules = {&main_rule};
  for (const auto& more : main_rule.additional_bindings()) rules.push_back(&more);
  for (const google::api::HttpRule* rule : rules) {
    ASSIGN_OR_RETURN(RestRoute route, MakeRoute(method, *rule));
    for (const RestRoute& other : routes_) {
      if (other.verb == route.verb && other.path.Shape() == route.path.Shape()) {
        return Unfit(*method.descriptor,
                     absl::StrCat("has the route of ", other.method->full_name));
      }
    }
    routes_.push_back(std::move(route));
  }
  return absl::OkStatus();
}

const Method* Catalog::Find(std::string_view full_name) const {
  const auto it = by_name_.find(AbslView(full_name));
  return it == by_name_.end() ? nullptr : it->second;
}

Catalog::Found Catalog::FindRoute(std::string_view verb, std::string_view path) const {
  const RequestPath cut = RequestPath::Cut(path);
  Found found;
  for (const RestRoute& route : routes_) {
    std::optional<std::vector<PathTemplate::Binding>> values = route.path.Match(cut);
    if (!values.has_value()) continue;
    found.verbs.push_back(route.verb);
    if (route.verb == verb && found.route == nullptr) {
      found.route = &route;
      found.values = *std::move(values);
    }
  }
  return found;
}

}  // namespace phoihop::gateway
