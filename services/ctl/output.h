// What phoihopctl prints: Vietnamese first, English beside it.
#ifndef PHOIHOP_SERVICES_CTL_OUTPUT_H_
#define PHOIHOP_SERVICES_CTL_OUTPUT_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace phoihop::ctl {

// One line on standard output: `vi  /  en`.
void Say(absl::string_view vi, absl::string_view en);

// An error on standard error, with what was being done. Prints the service's own
// Vietnamese message when it sent one.
void SayError(absl::string_view vi, absl::string_view en, const absl::Status& status);

// A UUID that depends on the text alone, for requests that must not be done twice.
std::string UuidFrom(std::string_view text);
// A new random UUID.
std::string RandomUuid();

}  // namespace phoihop::ctl

#endif  // PHOIHOP_SERVICES_CTL_OUTPUT_H_
