// Path templates of google.api.http: `/v1/{name=units/*}`, `/v1/units:resolve`.
#ifndef PHOIHOP_SERVICES_GATEWAY_TRANSCODING_PATH_TEMPLATE_H_
#define PHOIHOP_SERVICES_GATEWAY_TRANSCODING_PATH_TEMPLATE_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace phoihop::gateway {

// The text with %XX replaced; nothing when an escape is broken. With `keep_slash`
// an escaped slash stays as it is, so that it is not taken for a separator.
std::optional<std::string> PercentDecode(std::string_view text, bool keep_slash,
                                         bool plus_is_space = false);

// A request's path, cut once for all templates.
struct RequestPath {
  // Still encoded, without the verb.
  std::vector<std::string_view> segments;
  // What follows the last colon of the last segment; empty for none. A colon that
  // belongs to a name is sent as %3A.
  std::string_view verb;

  // `path` is without the query and outlives the result.
  static RequestPath Cut(std::string_view path);
};

class PathTemplate {
 public:
  // What a variable of the template matched.
  struct Binding {
    // As in the template, for example `agreement.name`.
    std::string field_path;
    // Still encoded, for example `agreements/01h`.
    std::string encoded;
    // Whether it may hold slashes; an escaped slash is then left escaped.
    bool several_segments = false;
  };

  // INVALID_ARGUMENT for what is no template, or one with `**`, which no method needs.
  static absl::StatusOr<PathTemplate> Parse(std::string_view text);

  // The bindings, or nothing when the path does not fit. `*` matches one segment that
  // is not empty.
  std::optional<std::vector<Binding>> Match(const RequestPath& path) const;

  // The template without its variables' names: equal shapes match the same paths.
  std::string Shape() const;

  // The variables' field paths.
  std::vector<std::string> Variables() const;

 private:
  struct Variable {
    std::string field_path;
    size_t first, count;
    bool several;
  };

  // A literal, or "*".
  std::vector<std::string> segments_;
  std::vector<Variable> variables_;
  std::string verb_;
};

}  // namespace phoihop::gateway

#endif  // PHOIHOP_SERVICES_GATEWAY_TRANSCODING_PATH_TEMPLATE_H_
