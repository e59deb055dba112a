// Lists of the sessions of a subtree. Private to the store.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_DISSEMINATION_SUBTREE_SESSIONS_H_
#define PHOIHOP_SERVICES_AGREEMENTS_DISSEMINATION_SUBTREE_SESSIONS_H_

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/types/span.h"
#include "common/access/unit_tree.h"
#include "common/mysql/connection.h"
#include "services/agreements/dissemination/session_store.h"

namespace phoihop::agreements::dissemination {

// Whether the unit belonged to those of `memberships`, which are in order of unit, on the day.
bool BelongsOn(absl::Span<const access::Membership> memberships, int64_t unit, absl::CivilDay day);

// The page of a query with `within`. Walks keys by date, never more of them than `limits` say, and
// looks at the rows of those that belong to the subtree.
absl::StatusOr<ListPage> ReadSubtreePage(mysql::Connection& db, const ListQuery& query,
                                         const SubtreeLimits& limits);

}  // namespace phoihop::agreements::dissemination

#endif  // PHOIHOP_SERVICES_AGREEMENTS_DISSEMINATION_SUBTREE_SESSIONS_H_
