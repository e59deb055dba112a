// The methods of DueService.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_DUE_HANDLERS_H_
#define PHOIHOP_SERVICES_AGREEMENTS_DUE_HANDLERS_H_

#include <memory>
#include <optional>

#include "absl/status/statusor.h"
#include "common/access/snapshot.h"
#include "common/ledger/writer.h"
#include "common/paging/paging.h"
#include "common/rpc/context.h"
#include "common/rpc/server.h"
#include "phoihop/agreements/v1/due.pb.h"
#include "services/agreements/deadlines/move_listener.h"
#include "services/agreements/deadlines/obligation_book.h"
#include "services/agreements/due/due_store.h"
#include "services/agreements/store/agreement_store.h"

namespace phoihop::agreements {

// What the handlers stand on; everything outlives them. Thread safe.
struct DueParts {
  DueStore* store = nullptr;
  ObligationBook* book = nullptr;
  ledger::Writer* writer = nullptr;
  const access::SnapshotSource* snapshots = nullptr;
  const PageTokens* page_tokens = nullptr;
  // Of WatchDue.
  absl::Duration heartbeat = absl::Seconds(5);
  // Whose parties pause what is owed.
  AgreementStore* agreements = nullptr;
  // Rooms that keep copies of due days.
  MoveListener on_moved = {};
};

// The contract says what each method does and which errors it gives.
absl::StatusOr<v1::ListDueResponse> ListDue(const DueParts& parts, const rpc::RequestContext& ctx,
                                            const v1::ListDueRequest& request);
absl::StatusOr<v1::Obligation> GetObligation(const DueParts& parts, const rpc::RequestContext& ctx,
                                             const v1::GetObligationRequest& request);
absl::StatusOr<v1::DueSummary> GetDueSummary(const DueParts& parts, const rpc::RequestContext& ctx,
                                             const v1::GetDueSummaryRequest& request);
absl::StatusOr<v1::Obligation> PauseObligation(const DueParts& parts,
                                               const rpc::RequestContext& ctx,
                                               const v1::PauseObligationRequest& request);
absl::StatusOr<v1::Obligation> ResumeObligation(const DueParts& parts,
                                                const rpc::RequestContext& ctx,
                                                const v1::ResumeObligationRequest& request);
absl::StatusOr<v1::ListNoticesResponse> ListNotices(const DueParts& parts,
                                                    const rpc::RequestContext& ctx,
                                                    const v1::ListNoticesRequest& request);
absl::StatusOr<v1::Notice> AcknowledgeNotice(const DueParts& parts, const rpc::RequestContext& ctx,
                                             const v1::AcknowledgeNoticeRequest& request);
absl::StatusOr<std::unique_ptr<rpc::StreamSource<v1::WatchDueResponse>>> WatchDue(
    const DueParts& parts, const rpc::RequestContext& ctx, const v1::WatchDueRequest& request);

// Registers all of them.
void AddDueHandlers(const DueParts& parts, rpc::Server::Builder& builder);

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_DUE_HANDLERS_H_
