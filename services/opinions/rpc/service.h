// The handlers of OpinionsService: parse, check, one call, convert.
#ifndef PHOIHOP_SERVICES_OPINIONS_RPC_SERVICE_H_
#define PHOIHOP_SERVICES_OPINIONS_RPC_SERVICE_H_

#include "absl/status/statusor.h"
#include "common/access/snapshot.h"
#include "common/ledger/writer.h"
#include "common/paging/paging.h"
#include "common/rpc/context.h"
#include "phoihop/opinions/v1/opinions.pb.h"
#include "phoihop/opinions/v1/resources.pb.h"
#include "services/opinions/store/store.h"

namespace phoihop::opinions {

// Thread safe. The method's permission was checked before; what is left is the
// scope, which each handler judges by the tree of the record's own day. See the
// contract for what each method does.
class OpinionsService {
 public:
  // All must outlive the service.
  struct Parts {
    Store* store = nullptr;
    ledger::Writer* writer = nullptr;
    const access::SnapshotSource* snapshots = nullptr;
    const PageTokens* page_tokens = nullptr;
  };

  explicit OpinionsService(Parts parts) : parts_(parts) {}

  absl::StatusOr<v1::OpinionEntry> CreateOpinionEntry(
      const rpc::RequestContext& ctx, const v1::CreateOpinionEntryRequest& request) const;
  absl::StatusOr<v1::OpinionEntry> GetOpinionEntry(const rpc::RequestContext& ctx,
                                                   const v1::GetOpinionEntryRequest& request) const;
  absl::StatusOr<v1::ListOpinionEntriesResponse> ListOpinionEntries(
      const rpc::RequestContext& ctx, const v1::ListOpinionEntriesRequest& request) const;
  absl::StatusOr<v1::CountOpinionEntriesResponse> CountOpinionEntries(
      const rpc::RequestContext& ctx, const v1::CountOpinionEntriesRequest& request) const;

  absl::StatusOr<v1::Petition> CreatePetition(const rpc::RequestContext& ctx,
                                              const v1::CreatePetitionRequest& request) const;
  absl::StatusOr<v1::BatchCreatePetitionsResponse> BatchCreatePetitions(
      const rpc::RequestContext& ctx, const v1::BatchCreatePetitionsRequest& request) const;
  absl::StatusOr<v1::Petition> GetPetition(const rpc::RequestContext& ctx,
                                           const v1::GetPetitionRequest& request) const;
  absl::StatusOr<v1::ListPetitionsResponse> ListPetitions(
      const rpc::RequestContext& ctx, const v1::ListPetitionsRequest& request) const;
  absl::StatusOr<v1::Petition> UpdatePetition(const rpc::RequestContext& ctx,
                                              const v1::UpdatePetitionRequest& request) const;
  absl::StatusOr<v1::CountPetitionsResponse> CountPetitions(
      const rpc::RequestContext& ctx, const v1::CountPetitionsRequest& request) const;

 private:
  Parts parts_;
};

}  // namespace phoihop::opinions

#endif  // PHOIHOP_SERVICES_OPINIONS_RPC_SERVICE_H_
