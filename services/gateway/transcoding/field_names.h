// Services name the fields at fault as the contract does, `opinion_entry.heard_date`; who
// speaks JSON knows them as `opinionEntry.heardDate`.
#ifndef PHOIHOP_SERVICES_GATEWAY_TRANSCODING_FIELD_NAMES_H_
#define PHOIHOP_SERVICES_GATEWAY_TRANSCODING_FIELD_NAMES_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "services/gateway/transcoding/query.h"

namespace phoihop::gateway {

// The JSON path for a path in the contract's spelling. What stands in brackets stays, and so
// does what is no such path.
std::string JsonSpelling(std::string_view path);

// Renames the fields of the BadRequest, if there is one: as the query called them, else by
// their JSON path. Texts stay as they are.
void SpellFieldsForJson(const Spellings& query, absl::Status& status);

}  // namespace phoihop::gateway

#endif  // PHOIHOP_SERVICES_GATEWAY_TRANSCODING_FIELD_NAMES_H_
