// Sessions on the wire, to and from the domain.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_DISSEMINATION_CONVERTERS_H_
#define PHOIHOP_SERVICES_AGREEMENTS_DISSEMINATION_CONVERTERS_H_

#include <string>
#include <string_view>

#include "absl/types/span.h"
#include "common/fields/fields.h"
#include "phoihop/agreements/v1/dissemination.pb.h"
#include "services/agreements/dissemination/session.h"
#include "services/agreements/dissemination/totals.h"

namespace phoihop::agreements::dissemination {

// The fields that a client may change, in the order of the contract.
absl::Span<const std::string_view> WritableFields();

// Puts the fields named by `paths` (of WritableFields) into `content`; what is wrong with
// them goes to `check`, with field paths below `dissemination_session`.
void ReadContent(const v1::DisseminationSession& wire, absl::Span<const std::string> paths,
                 Checker& check, Content& content);

v1::DisseminationSession ToProto(const Session& session);

// The levels, kinds and sums of totals.
void FillTotals(const Totals& totals, v1::DisseminationTotals& wire);

}  // namespace phoihop::agreements::dissemination

#endif  // PHOIHOP_SERVICES_AGREEMENTS_DISSEMINATION_CONVERTERS_H_
