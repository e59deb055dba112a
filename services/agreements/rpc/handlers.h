// The methods of AgreementsService: each parses, checks, makes one call, converts.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_RPC_HANDLERS_H_
#define PHOIHOP_SERVICES_AGREEMENTS_RPC_HANDLERS_H_

#include <vector>

#include "absl/status/statusor.h"
#include "common/access/snapshot.h"
#include "common/ledger/writer.h"
#include "common/paging/paging.h"
#include "common/rpc/context.h"
#include "common/rpc/server.h"
#include "phoihop/agreements/v1/agreements.pb.h"
#include "services/agreements/rpc/body_catalog.h"
#include "services/agreements/store/agreement_store.h"
#include "services/agreements/store/comment_store.h"

namespace phoihop::agreements {

class AttachmentCatalog;
class LineageSource;
class ObligationBook;
class SignatureVerifier;
class TermListener;

// What the handlers stand on; everything outlives them. Thread safe.
struct Parts {
  AgreementStore* store = nullptr;
  ledger::Writer* writer = nullptr;
  const access::SnapshotSource* snapshots = nullptr;
  const BodyCatalog* bodies = nullptr;
  const PageTokens* page_tokens = nullptr;
  CommentStore* comments = nullptr;
  // What parties owe is kept here; null: nowhere.
  ObligationBook* obligations = nullptr;
  // Null: no agreement has attachments.
  AttachmentCatalog* attachments = nullptr;
  // Null: CMS signatures cannot be verified, and are refused.
  const SignatureVerifier* verifier = nullptr;
  // Null: no unit is known to have succeeded another one.
  LineageSource* lineage = nullptr;
  // Rooms that are told when an agreement is extended.
  std::vector<TermListener*> terms = {};
};

// The contract says what each method does and which errors it gives.
absl::StatusOr<v1::Agreement> CreateAgreement(const Parts& parts, const rpc::RequestContext& ctx,
                                              const v1::CreateAgreementRequest& request);
absl::StatusOr<v1::Agreement> UpdateAgreement(const Parts& parts, const rpc::RequestContext& ctx,
                                              const v1::UpdateAgreementRequest& request);
absl::StatusOr<v1::Agreement> StartSigning(const Parts& parts, const rpc::RequestContext& ctx,
                                           const v1::StartSigningRequest& request);
absl::StatusOr<v1::Agreement> SignAgreement(const Parts& parts, const rpc::RequestContext& ctx,
                                            const v1::SignAgreementRequest& request);
absl::StatusOr<v1::Agreement> GetAgreement(const Parts& parts, const rpc::RequestContext& ctx,
                                           const v1::GetAgreementRequest& request);
absl::StatusOr<v1::ListAgreementsResponse> ListAgreements(const Parts& parts,
                                                          const rpc::RequestContext& ctx,
                                                          const v1::ListAgreementsRequest& request);
absl::StatusOr<v1::Coverage> GetCoverage(const Parts& parts, const rpc::RequestContext& ctx,
                                         const v1::GetCoverageRequest& request);

absl::StatusOr<v1::Agreement> StartConsultation(const Parts& parts, const rpc::RequestContext& ctx,
                                                const v1::StartConsultationRequest& request);
absl::StatusOr<v1::Comment> CreateComment(const Parts& parts, const rpc::RequestContext& ctx,
                                          const v1::CreateCommentRequest& request);
absl::StatusOr<v1::Comment> AnswerComment(const Parts& parts, const rpc::RequestContext& ctx,
                                          const v1::AnswerCommentRequest& request);
absl::StatusOr<v1::ListCommentsResponse> ListComments(const Parts& parts,
                                                      const rpc::RequestContext& ctx,
                                                      const v1::ListCommentsRequest& request);
absl::StatusOr<v1::Agreement> ReturnToDraft(const Parts& parts, const rpc::RequestContext& ctx,
                                            const v1::ReturnToDraftRequest& request);
absl::StatusOr<v1::Agreement> RejectSigning(const Parts& parts, const rpc::RequestContext& ctx,
                                            const v1::RejectSigningRequest& request);
absl::StatusOr<v1::Agreement> ExtendSigning(const Parts& parts, const rpc::RequestContext& ctx,
                                            const v1::ExtendSigningRequest& request);
absl::StatusOr<v1::Agreement> ConcludeAgreement(const Parts& parts, const rpc::RequestContext& ctx,
                                                const v1::ConcludeAgreementRequest& request);
absl::StatusOr<v1::Agreement> TerminateAgreement(const Parts& parts, const rpc::RequestContext& ctx,
                                                 const v1::TerminateAgreementRequest& request);
absl::StatusOr<v1::Agreement> SupersedeAgreement(const Parts& parts, const rpc::RequestContext& ctx,
                                                 const v1::SupersedeAgreementRequest& request);
absl::StatusOr<v1::Agreement> CreateAmendment(const Parts& parts, const rpc::RequestContext& ctx,
                                              const v1::CreateAmendmentRequest& request);
absl::StatusOr<v1::ListAgreementVersionsResponse> ListAgreementVersions(
    const Parts& parts, const rpc::RequestContext& ctx,
    const v1::ListAgreementVersionsRequest& request);
absl::StatusOr<v1::ListSigningRoundsResponse> ListSigningRounds(
    const Parts& parts, const rpc::RequestContext& ctx,
    const v1::ListSigningRoundsRequest& request);
absl::StatusOr<v1::AgreementText> GetAgreementText(const Parts& parts,
                                                   const rpc::RequestContext& ctx,
                                                   const v1::GetAgreementTextRequest& request);
absl::StatusOr<v1::ExportAgreementResponse> ExportAgreement(
    const Parts& parts, const rpc::RequestContext& ctx, const v1::ExportAgreementRequest& request);
absl::StatusOr<v1::Agreement> DeleteAgreement(const Parts& parts, const rpc::RequestContext& ctx,
                                              const v1::DeleteAgreementRequest& request);
absl::StatusOr<v1::Agreement> UndeleteAgreement(const Parts& parts, const rpc::RequestContext& ctx,
                                                const v1::UndeleteAgreementRequest& request);

// Until when a handler reads: as long as the caller waits, but never without an end.
absl::Time ReadDeadline(const rpc::RequestContext& ctx);

// The agreement when the caller may read it; NOT_FOUND otherwise.
absl::StatusOr<Agreement> FindReadable(const Parts& parts, const rpc::RequestContext& ctx,
                                       const access::Snapshot& snapshot, const std::string& id);

// Registers all of them.
void AddHandlers(const Parts& parts, rpc::Server::Builder& builder);

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_RPC_HANDLERS_H_
