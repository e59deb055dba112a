// Handlers of members and grants.
#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/fields/fields.h"
#include "common/ledger/write.h"
#include "common/names/names.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "services/directory/rpc/changes.h"
#include "services/directory/rpc/converters.h"
#include "services/directory/rpc/service.h"

namespace phoihop::directory {
namespace {

constexpr std::string_view kMemberType = "phoihop.directory.v1.Member";
constexpr std::string_view kGrantType = "phoihop.directory.v1.Grant";
constexpr std::string_view kBodyType = "phoihop.directory.v1.Body";
constexpr std::string_view kUnitType = "phoihop.directory.v1.AdministrativeUnit";
constexpr int kDefaultPage = 50;
constexpr int kMaxPage = 1000;
constexpr int kMaxGrants = 1000;

// OK when `body` is empty or exists.
absl::Status RequireBody(Store& store, ledger::Transaction& tx, const std::string& body) {
  if (body.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::optional<int64_t> unit, store.UnitOfBody(tx, body));
  return unit.has_value() ? absl::OkStatus() : NotFound(kBodyType, BodyName(body));
}

// Whether `unit` is `root` or was below it on any day: a grant covers the past too.
bool WasEverWithin(const access::UnitTree& tree, int64_t unit, int64_t root) {
  if (unit == root) return true;
  const std::vector<access::Membership> below =
      tree.MembershipsWithin(root, {kFirstDay, kEndOfDays - 1});
  return std::any_of(below.begin(), below.end(),
                     [&](const access::Membership& m) { return m.unit == unit; });
}

// OK when a grant's body is empty, or is one of the unit that is granted or of one below it.
absl::Status RequireBodyWithin(Store& store, ledger::Transaction& tx, const access::UnitTree& tree,
                               const Grant& grant) {
  if (grant.body.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::optional<int64_t> unit, store.UnitOfBody(tx, grant.body));
  if (!unit.has_value()) return NotFound(kBodyType, BodyName(grant.body));
  if (WasEverWithin(tree, *unit, grant.unit)) return absl::OkStatus();
  return InvalidField("grant.body", "BODY_OUTSIDE_UNIT",
                      {"The body belongs neither to the unit granted nor to one below it.",
                       "Cơ quan này không thuộc đơn vị được giao quyền hoặc đơn vị cấp dưới."});
}

// Enters a grant into the ledger.
v1::Grant Note(ledger::Transaction& tx, const Grant& grant) {
  v1::Grant message = ToProto(grant);
  tx.Note(ChangeOf(message, message.name(), grant.revision, VietnamDay(tx.now()), message.unit()));
  return message;
}

}  // namespace

absl::StatusOr<v1::Member> DirectoryService::CreateMember(
    const rpc::RequestContext& ctx, const v1::CreateMemberRequest& request) const {
  Checker checker;
  checker.RequestId(request.request_id());
  checker.Required("member", request.has_member());
  Member member;
  if (request.has_member()) member = ReadMember(request.member(), "member", checker);
  RETURN_IF_ERROR(checker.status());
  member.id = NewId(ctx.now());
  return ledger::Write<v1::Member>(
      *parts_.writer, ctx, request, {MemberName(member.id)},
      [&](ledger::Transaction& tx) -> absl::StatusOr<v1::Member> {
        RETURN_IF_ERROR(RequireBody(*parts_.store, tx, member.body));
        member.created = tx.now();
        RETURN_IF_ERROR(parts_.store->AddMember(tx, member));
        v1::Member message = ToProto(member);
        tx.Note(ChangeOf(message, message.name(), member.revision, VietnamDay(tx.now()), ""));
        return message;
      });
}

absl::StatusOr<v1::Member> DirectoryService::GetMember(const rpc::RequestContext& ctx,
                                                       const v1::GetMemberRequest& request) const {
  Checker checker;
  const std::string id = checker.Name("name", "members/*", request.name());
  RETURN_IF_ERROR(checker.status());
  ASSIGN_OR_RETURN(const std::optional<Member> member,
                   parts_.store->FindMember(ctx.deadline(), id));
  if (!member.has_value()) return NotFound(kMemberType, request.name());
  return ToProto(*member);
}

absl::StatusOr<v1::ListMembersResponse> DirectoryService::ListMembers(
    const rpc::RequestContext& ctx, const v1::ListMembersRequest& request) const {
  ASSIGN_OR_RETURN(const int page_size, PageSize(request.page_size(), kDefaultPage, kMaxPage));
  const std::string caller = ctx.caller().ActorName();
  ASSIGN_OR_RETURN(const std::string after,
                   parts_.page_tokens->Decode(request.page_token(), "members", caller));
  ASSIGN_OR_RETURN(std::vector<Member> members,
                   parts_.store->ListMembers(ctx.deadline(), after, page_size + 1));
  v1::ListMembersResponse response;
  if (members.size() > static_cast<size_t>(page_size)) {
    members.resize(page_size);
    response.set_next_page_token(parts_.page_tokens->Encode(members.back().id, "members", caller));
  }
  for (const Member& member : members) *response.add_members() = ToProto(member);
  return response;
}

absl::StatusOr<v1::Grant> DirectoryService::CreateGrant(
    const rpc::RequestContext& ctx, const v1::CreateGrantRequest& request) const {
  Checker checker;
  checker.RequestId(request.request_id());
  checker.Required("grant", request.has_grant());
  Grant grant;
  if (request.has_grant()) grant = ReadGrant(request.grant(), "grant", checker);
  RETURN_IF_ERROR(checker.status());
  grant.id = NewId(ctx.now());
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts_.cache->Get());
  return ledger::Write<v1::Grant>(
      *parts_.writer, ctx, request, {MemberName(grant.member)},
      [&](ledger::Transaction& tx) -> absl::StatusOr<v1::Grant> {
        ASSIGN_OR_RETURN(const std::optional<Member> member,
                         parts_.store->LockMember(tx, grant.member));
        if (!member.has_value()) return NotFound(kMemberType, MemberName(grant.member));
        ASSIGN_OR_RETURN(const bool unit, parts_.store->HasUnit(tx, grant.unit));
        if (!unit) return NotFound(kUnitType, UnitName(grant.unit));
        RETURN_IF_ERROR(RequireBodyWithin(*parts_.store, tx, *snapshot.tree, grant));
        grant.created = tx.now();
        RETURN_IF_ERROR(parts_.store->AddGrant(tx, grant));
        return Note(tx, grant);
      });
}

absl::StatusOr<v1::ListGrantsResponse> DirectoryService::ListGrants(
    const rpc::RequestContext& ctx, const v1::ListGrantsRequest& request) const {
  Checker checker;
  const std::string member = checker.Name("member", "members/*", request.member());
  RETURN_IF_ERROR(checker.status());
  ASSIGN_OR_RETURN(const std::optional<Member> found,
                   parts_.store->FindMember(ctx.deadline(), member));
  if (!found.has_value()) return NotFound(kMemberType, request.member());
  ASSIGN_OR_RETURN(const std::vector<Grant> grants,
                   parts_.store->ListGrants(ctx.deadline(), member, kMaxGrants));
  v1::ListGrantsResponse response;
  for (const Grant& grant : grants) *response.add_grants() = ToProto(grant);
  return response;
}

absl::StatusOr<v1::Grant> DirectoryService::RevokeGrant(
    const rpc::RequestContext& ctx, const v1::RevokeGrantRequest& request) const {
  Checker checker;
  checker.RequestId(request.request_id());
  const std::string id = checker.Name("name", "grants/*", request.name());
  RETURN_IF_ERROR(checker.status());
  return ledger::Write<v1::Grant>(*parts_.writer, ctx, request, {request.name()},
                                  [&](ledger::Transaction& tx) -> absl::StatusOr<v1::Grant> {
                                    ASSIGN_OR_RETURN(const std::optional<Grant> before,
                                                     parts_.store->LockGrant(tx, id));
                                    if (!before.has_value())
                                      return NotFound(kGrantType, request.name());
                                    const Grant after = Revoked(*before, tx.now());
                                    if (after == *before) return ToProto(after);
                                    RETURN_IF_ERROR(parts_.store->SaveGrant(tx, after));
                                    return Note(tx, after);
                                  });
}

}  // namespace phoihop::directory
