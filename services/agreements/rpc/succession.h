// What agreements do with bodies that were renamed or have ended. What named a body goes on naming
// it; its successors carry on its part. Pure functions of a snapshot; a body is its bare id here.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_RPC_SUCCESSION_H_
#define PHOIHOP_SERVICES_AGREEMENTS_RPC_SUCCESSION_H_

#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "common/access/snapshot.h"
#include "common/filter/filter.h"
#include "services/agreements/domain/agreement.h"

namespace phoihop::agreements::v1 {
class Agreement;
class Obligation;
}  // namespace phoihop::agreements::v1

namespace phoihop::agreements {

// The filter, where each of `fields` that holds a body also finds what names one whose duties the
// body asked for carries on today.
filter::Expr WithPredecessors(filter::Expr filter, const filter::Fields& fields,
                              const access::Snapshot& snapshot);

// Whether one body carries on both parts today, so that they are no longer two sides.
bool AreOneSide(const access::Snapshot& snapshot, const std::string& a, const std::string& b);

// `side` when `body` is on that side today, otherwise `body`, also when that is empty.
std::string SideOf(const access::Snapshot& snapshot, const std::string& body,
                   const std::string& side);

// Gives the parties the ends that the directory has told since signing was opened.
void NoteEnds(const access::Snapshot& snapshot, Agreement& agreement);

// Tells what the parties are called on a day and who carries on their parts.
void ResolveParties(const access::Snapshot& snapshot, absl::CivilDay day, v1::Agreement& agreement);

// Tells who owes it in the place of a body that has ended.
void ResolveDebtor(const access::Snapshot& snapshot, v1::Obligation& obligation);

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_RPC_SUCCESSION_H_
