// The attachments of a running service, put together.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_ATTACHMENTS_ROOM_H_
#define PHOIHOP_SERVICES_AGREEMENTS_ATTACHMENTS_ROOM_H_

#include <memory>

#include "common/access/snapshot.h"
#include "common/rpc/server.h"
#include "common/setup/backend.h"
#include "services/agreements/attachments/attachment_store.h"
#include "services/agreements/attachments/catalog.h"
#include "services/agreements/attachments/janitor.h"
#include "services/agreements/attachments/scanner.h"
#include "services/agreements/store/agreement_store.h"

namespace phoihop::agreements {

// Store, scanner (--clamd_address) and removal of what nobody needs; for main.cc.
class AttachmentRoom {
 public:
  // All of them outlive it.
  AttachmentRoom(setup::Backend* backend, const access::SnapshotSource* snapshots,
                 AgreementStore* agreements);

  // Registers AttachmentsService.
  void AddHandlers(rpc::Server::Builder& builder) const;

  // For the rooms whose records refer to files.
  AttachmentCatalog* catalog() const { return catalog_.get(); }

 private:
  setup::Backend* const backend_;
  const access::SnapshotSource* const snapshots_;
  AgreementStore* const agreements_;
  const std::unique_ptr<AttachmentStore> store_;
  const std::unique_ptr<AttachmentCatalog> catalog_;
  // Null without --clamd_address.
  const std::unique_ptr<Scanner> scanner_;
  const std::unique_ptr<UploadJanitor> janitor_;
};

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_ATTACHMENTS_ROOM_H_
