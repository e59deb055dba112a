// The frames in which Connect sends the messages of streams: a byte of flags, four of length,
// and a message.
#ifndef PHOIHOP_SERVICES_GATEWAY_TRANSCODING_ENVELOPE_H_
#define PHOIHOP_SERVICES_GATEWAY_TRANSCODING_ENVELOPE_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace phoihop::gateway {

// A message, not compressed, with these flags.
std::string Envelope(uint8_t flags, std::string_view message);

// The last one of a stream: `{}`, or the error that ended it.
std::string EndEnvelope(const absl::Status& status);

// The message of a body that is one envelope and nothing else, as a call of a method that
// streams only its answer must be. INVALID_ARGUMENT naming `body` for anything else.
absl::StatusOr<std::string_view> OnlyEnvelope(std::string_view body);

}  // namespace phoihop::gateway

#endif  // PHOIHOP_SERVICES_GATEWAY_TRANSCODING_ENVELOPE_H_
