// What the rules of the commands share, and the rules themselves, one for each command: those of
// drafts and versions are in commands.cc, of signing in signing_commands.cc, of the end in
// ending_commands.cc. For these files alone.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_DOMAIN_COMMAND_RULES_H_
#define PHOIHOP_SERVICES_AGREEMENTS_DOMAIN_COMMAND_RULES_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/agreements/domain/commands.h"

namespace phoihop::agreements::rules {

using Result = absl::StatusOr<Change>;

// `agreements/{id}`.
std::string Name(const Agreement& agreement);

// The answer to a command that only drafts know.
absl::Status NotDraft(const Agreement& agreement);

// OK for an agreement in force that is no amendment.
absl::Status RequireInForce(const Agreement& agreement);

// The agreement as a change to it begins.
Change Begin(const Agreement& agreement, absl::Time now);

// What Apply says of each command.
Result Run(const Agreement& agreement, const Update& given, absl::Time now, std::string_view actor);
Result Run(const Agreement& agreement, const OpenConsultation& given, absl::Time now,
           std::string_view actor);
Result Run(const Agreement& agreement, const OpenForSigning& given, absl::Time now,
           std::string_view actor);
Result Run(const Agreement& agreement, const TakeBack& given, absl::Time now,
           std::string_view actor);
Result Run(const Agreement& agreement, const Sign& given, absl::Time now, std::string_view actor);
Result Run(const Agreement& agreement, const Reject& given, absl::Time now, std::string_view actor);
Result Run(const Agreement& agreement, const Extend& given, absl::Time now, std::string_view actor);
Result Run(const Agreement& agreement, const Conclude& given, absl::Time now,
           std::string_view actor);
Result Run(const Agreement& agreement, const Terminate& given, absl::Time now,
           std::string_view actor);
Result Run(const Agreement& agreement, const Supersede& given, absl::Time now,
           std::string_view actor);
Result Run(const Agreement& agreement, const Amend& given, absl::Time now, std::string_view actor);
Result Run(const Agreement& agreement, const Delete& given, absl::Time now, std::string_view actor);
Result Run(const Agreement& agreement, const Undelete& given, absl::Time now,
           std::string_view actor);

}  // namespace phoihop::agreements::rules

#endif  // PHOIHOP_SERVICES_AGREEMENTS_DOMAIN_COMMAND_RULES_H_
