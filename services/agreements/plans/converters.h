// Plans, commitments and events on the wire, to and from the domain.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_PLANS_CONVERTERS_H_
#define PHOIHOP_SERVICES_AGREEMENTS_PLANS_CONVERTERS_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "common/fields/fields.h"
#include "common/filter/filter.h"
#include "phoihop/agreements/v1/plans.pb.h"
#include "phoihop/agreements/v1/schedule.pb.h"
#include "services/agreements/plans/commitment.h"
#include "services/agreements/plans/event.h"
#include "services/agreements/plans/plan.h"

namespace phoihop::agreements::plans {

// The fields of a commitment that a client may write, in the order of the contract. `plan` is
// given once, when it is created.
absl::Span<const std::string_view> WritableFields();

// Puts the fields named by `paths` (of WritableFields) into `content`; what is wrong with
// them goes to `check`, with field paths below `path`.
void ReadContent(const v1::Commitment& wire, absl::Span<const std::string> paths,
                 const std::string& path, Checker& check, CommitmentContent& content);

// Reads the fields that the kind of rhythm needs; the others stay empty.
Rhythm ReadRhythm(const v1::Rhythm& wire, const std::string& field, Checker& check);

// Pieces of evidence, each a file or a document.
std::vector<Evidence> ReadEvidence(const google::protobuf::RepeatedPtrField<v1::Evidence>& wire,
                                   const std::string& field, Checker& check);

v1::Event ToProto(const Event& event);
v1::AnnualPlan ToProto(const AnnualPlan& plan);
v1::Commitment ToProto(const Commitment& commitment);
v1::CommitmentOccurrence ToProto(const Occurrence& occurrence);
v1::ProgressUpdate ToProto(const Progress& progress);
v1::Rhythm ToProto(const Rhythm& rhythm);

// What lists may be filtered and ordered by.
const filter::Fields& EventFields();
const filter::Fields& PlanFields();
const filter::Fields& CommitmentFields();

}  // namespace phoihop::agreements::plans

#endif  // PHOIHOP_SERVICES_AGREEMENTS_PLANS_CONVERTERS_H_
