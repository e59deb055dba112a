#ifndef PHOIHOP_COMMON_STATUS_PAYLOAD_H_
#define PHOIHOP_COMMON_STATUS_PAYLOAD_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/cord.h"
#include "google/rpc/error_details.pb.h"

// How a google.rpc detail is kept inside an absl::Status. Private to common/status.
namespace phoihop::status_internal {

inline constexpr std::string_view kDomain = "phoihop";
inline constexpr std::string_view kTypePrefix = "type.googleapis.com/";

template <class Detail>
std::string TypeUrl() {
  return std::string(kTypePrefix) + Detail::descriptor()->full_name();
}

template <class Detail>
void Attach(absl::Status& status, const Detail& detail) {
  status.SetPayload(TypeUrl<Detail>(), absl::Cord(detail.SerializeAsString()));
}

// True when the status carries a readable detail of this type.
template <class Detail>
bool Extract(const absl::Status& status, Detail& detail) {
  const auto payload = status.GetPayload(TypeUrl<Detail>());
  return payload.has_value() && detail.ParseFromString(std::string(*payload));
}

// Adds the ErrorInfo and the LocalizedMessage that every error has.
void AttachBasics(absl::Status& status, std::string_view reason, std::string_view vi);

// The text with at most `limit` bytes, cut between characters; empty when it is
// not valid UTF-8, since protobuf would refuse it.
std::string Capped(std::string_view text, size_t limit);

}  // namespace phoihop::status_internal

#endif  // PHOIHOP_COMMON_STATUS_PAYLOAD_H_
