// The methods that the gateway offers, from the contracts' descriptors, and the
// REST routes to them.
#ifndef PHOIHOP_SERVICES_GATEWAY_TRANSCODING_CATALOG_H_
#define PHOIHOP_SERVICES_GATEWAY_TRANSCODING_CATALOG_H_

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/gateway/transcoding/path_template.h"

namespace google::protobuf {
class Descriptor;
class FieldDescriptor;
class Message;
class MethodDescriptor;
class ServiceDescriptor;
}  // namespace google::protobuf

namespace phoihop::gateway {

// A method that is not internal: unary, or one that answers with a stream.
struct Method {
  const google::protobuf::MethodDescriptor* descriptor = nullptr;
  // `phoihop.opinions.v1.OpinionsService/GetPetition`.
  std::string full_name;
  // The service that answers it, for example `opinions`; `gateway` for its own.
  std::string service;
  // Answers with a stream of messages.
  bool streams = false;
  // Needs no token.
  bool anonymous = false;
  // The administrator's command line may call it with its own token.
  bool for_ctl = false;
  // Empty messages of its types.
  const google::protobuf::Message* request = nullptr;
  const google::protobuf::Message* response = nullptr;
};

// One way to call a method over REST.
struct RestRoute {
  // Fields of a variable from the request's message down to a text.
  using Fields = std::vector<const google::protobuf::FieldDescriptor*>;

  const Method* method = nullptr;
  std::string verb;
  PathTemplate path;
  // In the order of the template's variables.
  std::vector<Fields> variables;
  // The body is the whole request, or one field of it, or must be empty.
  bool body_is_request = false;
  const google::protobuf::FieldDescriptor* body_field = nullptr;
  // JSON paths that path and body set, so that the query may not.
  std::vector<std::string> bound;
};

// Never changes; thread safe.
class Catalog {
 public:
  // The public methods of all services. INTERNAL when a contract has what the
  // gateway cannot serve: a route that contradicts another or does not fit its request, or
  // a type that the JSON reader does not know.
  static absl::StatusOr<std::unique_ptr<const Catalog>> Create();

  // All services with a public method, by full name.
  static std::vector<const google::protobuf::ServiceDescriptor*> Services();

  // nullptr when there is no such public method.
  const Method* Find(std::string_view full_name) const;

  const std::deque<Method>& methods() const { return methods_; }

  // What a path leads to.
  struct Found {
    // nullptr when the path has no route with this verb.
    const RestRoute* route = nullptr;
    std::vector<PathTemplate::Binding> values;
    // The verbs that the path does have; empty for an unknown path.
    std::vector<std::string> verbs;
  };
  // `path` is without the query.
  Found FindRoute(std::string_view verb, std::string_view path) const;

 private:
  Catalog() = default;
  absl::Status Add(const google::protobuf::MethodDescriptor& descriptor);
  absl::Status AddRoutes(const Method& method);

  std::deque<Method> methods_;
  absl::flat_hash_map<std::string, const Method*> by_name_;
  std::vector<RestRoute> routes_;
};

}  // namespace phoihop::gateway

#endif  // PHOIHOP_SERVICES_GATEWAY_TRANSCODING_CATALOG_H_
