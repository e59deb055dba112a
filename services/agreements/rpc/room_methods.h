// What the methods of the rooms have in common, which keep what belongs to an agreement:
// plans, duties, reviews. Includes protobuf: for rpc parts only.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_RPC_ROOM_METHODS_H_
#define PHOIHOP_SERVICES_AGREEMENTS_RPC_ROOM_METHODS_H_

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/access/snapshot.h"
#include "common/fields/fields.h"
#include "common/filter/filter.h"
#include "common/ledger/write.h"
#include "common/names/names.h"
#include "common/paging/paging.h"
#include "common/rpc/context.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/time/civil.h"
#include "services/agreements/rpc/scope.h"
#include "services/agreements/rpc/succession.h"

namespace phoihop::agreements {

// Until when a method reads: as long as the caller waits, but never without an end.
inline absl::Time RoomPatience(const rpc::RequestContext& ctx) {
  return std::min(ctx.deadline(), absl::Now() + absl::Seconds(30));
}

// What was found (it has `agreement`, `unit` and `term_start`) when the caller holds the
// permission over its unit, otherwise `not_found`.
template <class Child>
absl::StatusOr<Child> RequireChild(std::optional<Child> found, const absl::Status& not_found,
                                   const access::Snapshot& snapshot, const access::Caller& caller,
                                   std::string_view permission) {
  if (!found.has_value() ||
      !MayActOn(snapshot, caller, permission, found->unit, found->term_start)) {
    return not_found;
  }
  return *std::move(found);
}

// OK when the caller may act for `body` in what belongs to the same agreement as `child`, which
// was found by RequireChild; otherwise PERMISSION_DENIED.
template <class Child>
absl::Status RequireBody(const Child& child, const std::string& body,
                         const access::Snapshot& snapshot, const access::Caller& caller,
                         std::string_view permission) {
  Agreement scope;
  scope.id = child.agreement;
  scope.unit = child.unit;
  scope.term_start = child.term_start;
  return RequireActor(snapshot, caller, scope, body, permission);
}

// Enters the resource, which has a name, into the ledger as it is now, and gives it back.
template <class Wire>
Wire NoteChild(ledger::Transaction& tx, Wire wire, int64_t revision, absl::CivilDay effective,
               int64_t unit) {
  tx.Note(ledger::MakeChange(wire, wire.name(), revision, effective, UnitName(unit)));
  return wire;
}

// The query of a list over the units of a tree, with `units`, `filter`, `order`, `limit`,
// `cursor` and `visible`. Who may see a row is asked again for each: a unit may have belonged
// elsewhere when the row's agreement began. `ctx` and `snapshot` outlive it.
template <class Query, class Request>
absl::StatusOr<Query> ReadUnitList(const PageTokens& page_tokens, const rpc::RequestContext& ctx,
                                   const access::Snapshot& snapshot, const Request& request,
                                   const filter::Fields& fields) {
  Checker check;
  const int64_t unit = check.Unit("unit", request.unit());
  const std::optional<absl::CivilDay> given = check.OptionalDay("on_date", request.on_date());
  RETURN_IF_ERROR(check.status());
  Query query;
  ASSIGN_OR_RETURN(filter::Expr wanted, filter::ParseFilter(request.filter(), fields));
  query.filter = WithPredecessors(std::move(wanted), fields, snapshot);
  ASSIGN_OR_RETURN(query.order, filter::ParseOrderBy(request.order_by(), fields));
  if (query.order.size() > 1) {
    return InvalidField(
        "order_by", "TOO_MANY_FIELDS",
        {"This list is ordered by one field.", "Danh sách này chỉ sắp xếp theo một trường."});
  }
  ASSIGN_OR_RETURN(query.limit, PageSize(request.page_size(), 50, 1000));
  ASSIGN_OR_RETURN(query.cursor, page_tokens.Decode(request.page_token(), filter::BoundTo(request),
                                                    ctx.caller().ActorName()));
  const absl::CivilDay day =
      given.value_or(DefaultDay(*snapshot.tree, unit, VietnamDay(ctx.now())));
  RETURN_IF_ERROR(RequireReadable(snapshot, ctx.caller(), unit, day));
  query.units = {unit};
  if (request.include_subtree()) {
    query.units = snapshot.tree->Subtree(unit, day);
    std::sort(query.units.begin(), query.units.end());
  }
  query.visible = [&snapshot, &ctx](int64_t at, absl::CivilDay row_day) {
    return MayActOn(snapshot, ctx.caller(), kReadPermission, at, row_day);
  };
  return query;
}

// The token of the page that begins at `next`; empty when there is none.
template <class Request>
std::string NextPageToken(const PageTokens& page_tokens, const rpc::RequestContext& ctx,
                          const Request& request, const std::string& next) {
  return page_tokens.Encode(next, filter::BoundTo(request), ctx.caller().ActorName());
}

// The number after which a list of numbered parts goes on; 0 at its beginning.
template <class Request>
absl::StatusOr<int> ReadNumberToken(const PageTokens& page_tokens, const rpc::RequestContext& ctx,
                                    const Request& request) {
  ASSIGN_OR_RETURN(
      const std::string cursor,
      page_tokens.Decode(request.page_token(), filter::BoundTo(request), ctx.caller().ActorName()));
  int after = 0;
  if (cursor.empty() || absl::SimpleAtoi(cursor, &after)) return after;
  return InvalidField(
      "page_token", "INVALID_PAGE_TOKEN",
      {"The page token is not valid for this list.", "Mã trang không hợp lệ cho danh sách này."});
}

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_RPC_ROOM_METHODS_H_
