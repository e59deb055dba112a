#include "services/gateway/transcoding/envelope.h"

#include "absl/strings/str_cat.h"
#include "common/status/errors.h"
#include "services/gateway/transcoding/json_writer.h"
#include "services/gateway/transcoding/refusals.h"

namespace phoihop::gateway {
namespace {

constexpr size_t kHead = 5;
constexpr uint8_t kCompressed = 1;
constexpr uint8_t kEnd = 2;

}  // namespace

std::string Envelope(uint8_t flags, std::string_view message) {
  const auto size = static_cast<uint32_t>(message.size());
  std::string envelope;
  envelope.reserve(kHead + message.size());
  envelope.push_back(static_cast<char>(flags));
  for (int shift = 24; shift >= 0; shift -= 8) {
    envelope.push_back(static_cast<char>(size >> shift & 0xff));
  }
  envelope.append(message);
  return envelope;
}

std::string EndEnvelope(const absl::Status& status) {
  if (status.ok()) return Envelope(kEnd, "{}");
  return Envelope(kEnd, absl::StrCat("{\"error\":", WriteConnectErrorJson(status), "}"));
}

absl::StatusOr<std::string_view> OnlyEnvelope(std::string_view body) {
  const auto wrong = [] {
    return InvalidField(kWholeBody, "ENVELOPE_MALFORMED",
                        {"The body must be one enveloped message, not compressed.",
                         "Nội dung phải là đúng một thông điệp có khung, không nén."});
  };
  if (body.size() < kHead) return wrong();
  uint32_t size = 0;
  for (size_t i = 1; i < kHead; ++i) size = size << 8 | static_cast<unsigned char>(body[i]);
  const auto flags = static_cast<uint8_t>(body[0]);
  if ((flags & (kCompressed | kEnd)) != 0 || size != body.size() - kHead) return wrong();
  return body.substr(kHead);
}

}  // namespace phoihop::gateway
