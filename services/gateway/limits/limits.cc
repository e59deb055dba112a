#include "services/gateway/limits/limits.h"

#include <nlohmann/json.hpp>
#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/status/macros.h"

namespace phoihop::gateway {
namespace {

using nlohmann::json;

constexpr int kMostConcurrent = 1'000'000;
constexpr double kMostPerSecond = 1e9;

absl::Status Wrong(const std::string& field, const char* rule) {
  return absl::InvalidArgumentError(absl::StrCat(field, ": ", rule));
}

absl::StatusOr<int> WholeNumber(const std::string& field, const json& value) {
  if (!value.is_number_integer() || value < 1 || value > kMostConcurrent) {
    return Wrong(field, "a whole number from 1 to 1000000");
  }
  return value.get<int>();
}

absl::StatusOr<double> Amount(const std::string& field, const json& value, double least) {
  if (!value.is_number() || value.get<double>() < least || value.get<double>() > kMostPerSecond) {
    return Wrong(field, least > 0.5 ? "a number of at least 1" : "a number of at least 0.001");
  }
  return value.get<double>();
}

// Over what `share` holds already.
absl::Status ReadShare(const std::string& field, const json& value, Share& share) {
  if (!value.is_object()) return Wrong(field, "an object");
  for (const auto& [key, part] : value.items()) {
    const std::string name = absl::StrCat(field, ".", key);
    if (key == "concurrent") {
      ASSIGN_OR_RETURN(share.concurrent, WholeNumber(name, part));
    } else if (key == "per_second") {
      ASSIGN_OR_RETURN(share.per_second, Amount(name, part, 0.001));
    } else if (key == "burst") {
      ASSIGN_OR_RETURN(share.burst, Amount(name, part, 1));
    } else {
      return Wrong(name, "unknown");
    }
  }
  return absl::OkStatus();
}

absl::Status ReadProxies(const json& value, std::vector<AddressRange>& proxies) {
  constexpr char kRule[] = "a list of addresses, and of ranges such as 10.0.0.0/8 or fd00::/8";
  if (!value.is_array()) return Wrong("trusted_proxies", kRule);
  for (const json& text : value) {
    if (!text.is_string()) return Wrong("trusted_proxies", kRule);
    const std::optional<AddressRange> range = AddressRange::Parse(text.get<std::string>());
    if (!range.has_value()) return Wrong(absl::StrCat("trusted_proxies: ", text.dump()), kRule);
    proxies.push_back(*range);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Limits> ParseLimits(std::string_view text) {
  const json file = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!file.is_object()) return absl::InvalidArgumentError("no JSON object");
  Limits limits;
  for (const auto& [key, value] : file.items()) {
    if (key == "member") {
      RETURN_IF_ERROR(ReadShare(key, value, limits.member));
    } else if (key == "anonymous") {
      RETURN_IF_ERROR(ReadShare(key, value, limits.anonymous));
    } else if (key == "total") {
      ASSIGN_OR_RETURN(limits.total, WholeNumber(key, value));
    } else if (key == "trusted_proxies") {
      RETURN_IF_ERROR(ReadProxies(value, limits.trusted_proxies));
    } else if (key != "callers") {
      return Wrong(key, "unknown");
    }
  }
  // Last, since they begin with the share of members.
  const auto callers = file.find("callers");
  if (callers == file.end()) return limits;
  if (!callers->is_object()) return Wrong("callers", "an object");
  for (const auto& [name, value] : callers->items()) {
    if (!absl::StartsWith(name, "members/")) {
      return Wrong(absl::StrCat("callers.", name), "not the name of a member");
    }
    Share share = limits.member;
    RETURN_IF_ERROR(ReadShare(absl::StrCat("callers.", name), value, share));
    limits.callers[name] = share;
  }
  return limits;
}

}  // namespace phoihop::gateway
