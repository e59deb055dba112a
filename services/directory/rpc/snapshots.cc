// What other services take to decide scope and access themselves.
#include <string>
#include <vector>

#include "common/status/macros.h"
#include "common/time/civil.h"
#include "services/directory/rpc/converters.h"
#include "services/directory/rpc/service.h"

namespace phoihop::directory {

absl::StatusOr<v1::TreeSnapshot> DirectoryService::GetTreeSnapshot(
    const rpc::RequestContext& ctx, const v1::GetTreeSnapshotRequest& request) const {
  StoreState state;
  ASSIGN_OR_RETURN(const auto view, parts_.cache->Units(ctx.deadline(), &state));
  v1::TreeSnapshot response;
  response.set_version(view->reg.version);
  response.set_position(state.position);
  // A new database has version 0 and the country, so 0 cannot mean "I have it".
  if (request.known_version() != 0 && request.known_version() == view->reg.version) return response;
  for (const int64_t id : view->tree->ids()) {
    *response.add_units() = ToProto(*view->tree->Find(id));
  }
  return response;
}

absl::StatusOr<v1::BodySnapshot> DirectoryService::GetBodySnapshot(
    const rpc::RequestContext& ctx, const v1::GetBodySnapshotRequest&) const {
  StoreState state;
  ASSIGN_OR_RETURN(const std::vector<Body> bodies,
                   parts_.store->LoadChangedBodies(ctx.deadline(), state));
  v1::BodySnapshot response;
  response.set_position(state.position);
  for (const Body& body : bodies) {
    *response.add_bodies() = ToProto(body, VietnamDay(ctx.now()));
  }
  return response;
}

absl::StatusOr<v1::AccessSnapshot> DirectoryService::GetAccessSnapshot(
    const rpc::RequestContext& ctx, const v1::GetAccessSnapshotRequest&) const {
  StoreState state;
  ASSIGN_OR_RETURN(const std::vector<Grant> grants,
                   parts_.store->LoadGrants(ctx.deadline(), state));
  v1::AccessSnapshot response;
  response.set_position(state.position);
  for (const Grant& grant : grants) *response.add_grants() = ToProto(grant);
  return response;
}

void DirectoryService::Register(rpc::Server::Builder& builder) const {
  const std::string prefix = "phoihop.directory.v1.DirectoryService/";
  using S = DirectoryService;
  builder.Unary(prefix + "ResolveUnit", this, &S::ResolveUnit);
  builder.Unary(prefix + "GetUnit", this, &S::GetUnit);
  builder.Unary(prefix + "ListUnits", this, &S::ListUnits);
  builder.Unary(prefix + "ListSuccessions", this, &S::ListSuccessions);
  builder.Unary(prefix + "CountUnits", this, &S::CountUnits);
  builder.Unary(prefix + "ImportRegister", this, &S::ImportRegister);
  builder.Unary(prefix + "CreateBody", this, &S::CreateBody);
  builder.Unary(prefix + "GetBody", this, &S::GetBody);
  builder.Unary(prefix + "BatchGetBodies", this, &S::BatchGetBodies);
  builder.Unary(prefix + "ListBodies", this, &S::ListBodies);
  builder.Unary(prefix + "RenameBody", this, &S::RenameBody);
  builder.Unary(prefix + "EndBody", this, &S::EndBody);
  builder.Unary(prefix + "MergeBodies", this, &S::MergeBodies);
  builder.Unary(prefix + "GetBodyHistory", this, &S::GetBodyHistory);
  builder.Unary(prefix + "CreateMember", this, &S::CreateMember);
  builder.Unary(prefix + "GetMember", this, &S::GetMember);
  builder.Unary(prefix + "ListMembers", this, &S::ListMembers);
  builder.Unary(prefix + "CreateGrant", this, &S::CreateGrant);
  builder.Unary(prefix + "ListGrants", this, &S::ListGrants);
  builder.Unary(prefix + "RevokeGrant", this, &S::RevokeGrant);
  builder.Unary(prefix + "GetTreeSnapshot", this, &S::GetTreeSnapshot);
  builder.Unary(prefix + "GetBodySnapshot", this, &S::GetBodySnapshot);
  builder.Unary(prefix + "GetAccessSnapshot", this, &S::GetAccessSnapshot);
}

}  // namespace phoihop::directory
