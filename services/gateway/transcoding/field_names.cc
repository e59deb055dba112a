#include "services/gateway/transcoding/field_names.h"

#include <algorithm>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/cord.h"
#include "google/rpc/error_details.pb.h"

namespace phoihop::gateway {
namespace {

constexpr char kBadRequest[] = "type.googleapis.com/google.rpc.BadRequest";

bool OfContract(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return absl::ascii_islower(byte) || absl::ascii_isdigit(byte) || c == '_' || c == '.';
}

// The name in the query, also for an element of a list that the query gave.
std::string SpellingOf(const Spellings& query, std::string_view field) {
  std::string path = JsonSpelling(field);
  const size_t bracket = std::min(path.find('['), path.size());
  if (const auto it = query.find(path.substr(0, bracket)); it != query.end()) {
    path.replace(0, bracket, it->second);
  }
  return path;
}

}  // namespace

std::string JsonSpelling(std::string_view path) {
  std::string json;
  bool in_brackets = false;
  bool raise = false;
  for (const char c : path) {
    if (c == '[') in_brackets = true;
    const bool kept = in_brackets || c == ']';
    if (c == ']') in_brackets = false;
    if (!kept && !OfContract(c)) return std::string(path);
    if (!kept && c == '_') {
      raise = true;
      continue;
    }
    json += raise ? absl::ascii_toupper(static_cast<unsigned char>(c)) : c;
    raise = false;
  }
  return json;
}

void SpellFieldsForJson(const Spellings& query, absl::Status& status) {
  const absl::optional<absl::Cord> payload = status.GetPayload(kBadRequest);
  google::rpc::BadRequest bad_request;
  if (!payload.has_value() || !bad_request.ParseFromString(std::string(*payload))) return;
  for (auto& violation : *bad_request.mutable_field_violations()) {
    violation.set_field(SpellingOf(query, violation.field()));
  }
  status.SetPayload(kBadRequest, absl::Cord(bad_request.SerializeAsString()));
}

}  // namespace phoihop::gateway
