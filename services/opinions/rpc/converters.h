// Between the contract's messages and the domain: nothing else sees both.
#ifndef PHOIHOP_SERVICES_OPINIONS_RPC_CONVERTERS_H_
#define PHOIHOP_SERVICES_OPINIONS_RPC_CONVERTERS_H_

#include <optional>
#include <string_view>

#include "absl/time/civil_time.h"
#include "common/fields/fields.h"
#include "phoihop/opinions/v1/opinions.pb.h"
#include "phoihop/opinions/v1/resources.pb.h"
#include "services/opinions/domain/counting.h"
#include "services/opinions/domain/opinion_entry.h"
#include "services/opinions/domain/petition.h"
#include "services/opinions/store/store.h"

namespace phoihop::opinions {

// The entry of a request, without id and times. What is wrong goes to `checker` under
// `path` ("opinion_entry"); then the result is not to be used. `today` is the day in
// Vietnam.
OpinionEntry ReadEntry(const v1::OpinionEntry& message, std::string_view path, absl::CivilDay today,
                       Checker& checker);

// The same for a petition. With `unit`, the message may leave its own empty and must
// not name another.
Petition ReadPetition(const v1::Petition& message, std::string_view path,
                      std::optional<int64_t> unit, absl::CivilDay today, Checker& checker);

// A kind to select by; nothing for the unspecified one.
std::optional<PetitionKind> ReadKindFilter(v1::Petition::Kind kind, std::string_view field,
                                           Checker& checker);

// Notes violations under `path`.
void AddViolations(const Violations& violations, std::string_view path, Checker& checker);

v1::OpinionEntry ToProto(const OpinionEntry& entry);
v1::Petition ToProto(const Petition& petition);
v1::CountOpinionEntriesResponse ToProto(const TopicCounts& counts);
v1::CountPetitionsResponse ToProto(const PetitionCounts& counts);

}  // namespace phoihop::opinions

#endif  // PHOIHOP_SERVICES_OPINIONS_RPC_CONVERTERS_H_
