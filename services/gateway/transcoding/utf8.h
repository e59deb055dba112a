#ifndef PHOIHOP_SERVICES_GATEWAY_TRANSCODING_UTF8_H_
#define PHOIHOP_SERVICES_GATEWAY_TRANSCODING_UTF8_H_

#include <string_view>

namespace phoihop::gateway {

// True when the bytes are well-formed UTF-8: no overlong forms, no surrogates,
// nothing above U+10FFFF.
bool IsUtf8(std::string_view bytes);

}  // namespace phoihop::gateway

#endif  // PHOIHOP_SERVICES_GATEWAY_TRANSCODING_UTF8_H_
