// The methods of AttachmentsService.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_ATTACHMENTS_HANDLERS_H_
#define PHOIHOP_SERVICES_AGREEMENTS_ATTACHMENTS_HANDLERS_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/access/snapshot.h"
#include "common/ledger/writer.h"
#include "common/rpc/context.h"
#include "common/rpc/server.h"
#include "phoihop/agreements/v1/attachments.pb.h"
#include "services/agreements/attachments/attachment_store.h"
#include "services/agreements/attachments/scanner.h"
#include "services/agreements/domain/agreement.h"

namespace phoihop::agreements {

// How many files are checked at once: each is in memory whole meanwhile.
class CheckSlots {
 public:
  explicit CheckSlots(int free = 4) : free_(free) {}
  bool TryTake();
  void GiveBack();

 private:
  absl::Mutex mutex_;
  int free_ ABSL_GUARDED_BY(mutex_);
};

// What the handlers stand on; everything outlives them. Thread safe.
struct AttachmentParts {
  AttachmentStore* store = nullptr;
  ledger::Writer* writer = nullptr;
  const access::SnapshotSource* snapshots = nullptr;
  // The agreement, or nothing: who may read it may read its files.
  std::function<absl::StatusOr<std::optional<Agreement>>(const std::string& id,
                                                         absl::Time deadline)>
      find_agreement;
  // Null where no scanner is configured.
  const Scanner* scanner = nullptr;
  std::shared_ptr<CheckSlots> slots = std::make_shared<CheckSlots>();
};

// The contract says what each method does and which errors it gives.
absl::StatusOr<v1::Upload> StartUpload(const AttachmentParts& parts, const rpc::RequestContext& ctx,
                                       const v1::StartUploadRequest& request);
absl::StatusOr<v1::Upload> GetUpload(const AttachmentParts& parts, const rpc::RequestContext& ctx,
                                     const v1::GetUploadRequest& request);
absl::StatusOr<v1::Upload> UploadChunk(const AttachmentParts& parts, const rpc::RequestContext& ctx,
                                       const v1::UploadChunkRequest& request);
absl::StatusOr<v1::Attachment> FinishUpload(const AttachmentParts& parts,
                                            const rpc::RequestContext& ctx,
                                            const v1::FinishUploadRequest& request);
absl::StatusOr<v1::Attachment> GetAttachment(const AttachmentParts& parts,
                                             const rpc::RequestContext& ctx,
                                             const v1::GetAttachmentRequest& request);
absl::StatusOr<v1::AttachmentData> ReadAttachment(const AttachmentParts& parts,
                                                  const rpc::RequestContext& ctx,
                                                  const v1::ReadAttachmentRequest& request);

// Registers all of them.
void AddAttachmentHandlers(const AttachmentParts& parts, rpc::Server::Builder& builder);

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_ATTACHMENTS_HANDLERS_H_
