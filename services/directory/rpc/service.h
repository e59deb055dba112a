// The handlers of DirectoryService: parse, check, one call, convert.
#ifndef PHOIHOP_SERVICES_DIRECTORY_RPC_SERVICE_H_
#define PHOIHOP_SERVICES_DIRECTORY_RPC_SERVICE_H_

#include "absl/status/statusor.h"
#include "common/ledger/writer.h"
#include "common/paging/paging.h"
#include "common/rpc/context.h"
#include "common/rpc/server.h"
#include "phoihop/directory/v1/directory.pb.h"
#include "phoihop/directory/v1/resources.pb.h"
#include "services/directory/rpc/cache.h"
#include "services/directory/store/store.h"

namespace phoihop::directory {

// Thread safe. Permissions that are held for the whole country were checked by the
// server before; what is left is the scope of writing bodies. See the contract for
// what each method does.
class DirectoryService {
 public:
  // All must outlive the service.
  struct Parts {
    Store* store = nullptr;
    ledger::Writer* writer = nullptr;
    const DirectoryCache* cache = nullptr;
    const PageTokens* page_tokens = nullptr;
  };

  explicit DirectoryService(Parts parts) : parts_(parts) {}

  // Makes the server serve all methods; the service must outlive it.
  void Register(rpc::Server::Builder& builder) const;

  // Units (units.cc).
  absl::StatusOr<v1::AdministrativeUnit> ResolveUnit(const rpc::RequestContext& ctx,
                                                     const v1::ResolveUnitRequest& request) const;
  absl::StatusOr<v1::AdministrativeUnit> GetUnit(const rpc::RequestContext& ctx,
                                                 const v1::GetUnitRequest& request) const;
  absl::StatusOr<v1::ListUnitsResponse> ListUnits(const rpc::RequestContext& ctx,
                                                  const v1::ListUnitsRequest& request) const;
  absl::StatusOr<v1::ListSuccessionsResponse> ListSuccessions(
      const rpc::RequestContext& ctx, const v1::ListSuccessionsRequest& request) const;
  absl::StatusOr<v1::CountUnitsResponse> CountUnits(const rpc::RequestContext& ctx,
                                                    const v1::CountUnitsRequest& request) const;

  // The import (import.cc).
  absl::StatusOr<v1::ImportRegisterResponse> ImportRegister(
      const rpc::RequestContext& ctx, const v1::ImportRegisterRequest& request) const;

  // Bodies (bodies.cc).
  absl::StatusOr<v1::Body> CreateBody(const rpc::RequestContext& ctx,
                                      const v1::CreateBodyRequest& request) const;
  absl::StatusOr<v1::Body> GetBody(const rpc::RequestContext& ctx,
                                   const v1::GetBodyRequest& request) const;
  absl::StatusOr<v1::BatchGetBodiesResponse> BatchGetBodies(
      const rpc::RequestContext& ctx, const v1::BatchGetBodiesRequest& request) const;
  absl::StatusOr<v1::ListBodiesResponse> ListBodies(const rpc::RequestContext& ctx,
                                                    const v1::ListBodiesRequest& request) const;

  // What becomes of bodies (body_changes.cc).
  absl::StatusOr<v1::Body> RenameBody(const rpc::RequestContext& ctx,
                                      const v1::RenameBodyRequest& request) const;
  absl::StatusOr<v1::Body> EndBody(const rpc::RequestContext& ctx,
                                   const v1::EndBodyRequest& request) const;
  absl::StatusOr<v1::MergeBodiesResponse> MergeBodies(const rpc::RequestContext& ctx,
                                                      const v1::MergeBodiesRequest& request) const;
  absl::StatusOr<v1::BodyHistory> GetBodyHistory(const rpc::RequestContext& ctx,
                                                 const v1::GetBodyHistoryRequest& request) const;

  // Members and grants (members.cc).
  absl::StatusOr<v1::Member> CreateMember(const rpc::RequestContext& ctx,
                                          const v1::CreateMemberRequest& request) const;
  absl::StatusOr<v1::Member> GetMember(const rpc::RequestContext& ctx,
                                       const v1::GetMemberRequest& request) const;
  absl::StatusOr<v1::ListMembersResponse> ListMembers(const rpc::RequestContext& ctx,
                                                      const v1::ListMembersRequest& request) const;
  absl::StatusOr<v1::Grant> CreateGrant(const rpc::RequestContext& ctx,
                                        const v1::CreateGrantRequest& request) const;
  absl::StatusOr<v1::ListGrantsResponse> ListGrants(const rpc::RequestContext& ctx,
                                                    const v1::ListGrantsRequest& request) const;
  absl::StatusOr<v1::Grant> RevokeGrant(const rpc::RequestContext& ctx,
                                        const v1::RevokeGrantRequest& request) const;

  // Snapshots for other services (snapshots.cc).
  absl::StatusOr<v1::TreeSnapshot> GetTreeSnapshot(const rpc::RequestContext& ctx,
                                                   const v1::GetTreeSnapshotRequest& request) const;
  absl::StatusOr<v1::BodySnapshot> GetBodySnapshot(const rpc::RequestContext& ctx,
                                                   const v1::GetBodySnapshotRequest& request) const;
  absl::StatusOr<v1::AccessSnapshot> GetAccessSnapshot(
      const rpc::RequestContext& ctx, const v1::GetAccessSnapshotRequest& request) const;

 private:
  Parts parts_;
};

}  // namespace phoihop::directory

#endif  // PHOIHOP_SERVICES_DIRECTORY_RPC_SERVICE_H_
