#ifndef PHOIHOP_COMMON_STATUS_DETAILS_H_
#define PHOIHOP_COMMON_STATUS_DETAILS_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "common/status/errors.h"

// Errors that few need. See errors.h for what a message may say.
namespace phoihop {

// PERMISSION_DENIED with a reason of its own: the caller holds the permission that the method
// needs, but not for what is asked.
absl::Status Denied(std::string_view reason, Text message);

// An error that is no INVALID_ARGUMENT and yet is about one field of the request, so that a form
// can show it there: adds a BadRequest with the error's message. The field may be one of the
// resource as an update would name it, when that is what has to change first. OK stays OK.
absl::Status AboutField(absl::Status status, std::string_view field);

// A field's path as JSON spells it: "agreement.termStart" for "agreement.term_start". Messages in
// Vietnamese name fields so, since whoever reads them wrote JSON; the details of an error have the
// contract's spelling.
std::string JsonPath(std::string_view field);

}  // namespace phoihop

#endif  // PHOIHOP_COMMON_STATUS_DETAILS_H_
