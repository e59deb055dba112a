#include "services/agreements/attachments/room.h"

#include <string>

#include "absl/flags/flag.h"
#include "services/agreements/attachments/handlers.h"

ABSL_FLAG(std::string, clamd_address, "",
          "ClamAV's clamd, which scans attachments: path of its socket or host:port; none when "
          "empty. When set, nothing is stored unscanned");

namespace phoihop::agreements {
namespace {

std::unique_ptr<Scanner> ScannerFromFlag() {
  const std::string address = absl::GetFlag(FLAGS_clamd_address);
  return address.empty() ? nullptr : NewClamdScanner(address);
}

}  // namespace

AttachmentRoom::AttachmentRoom(setup::Backend* backend, const access::SnapshotSource* snapshots,
                               AgreementStore* agreements)
    : backend_(backend),
      snapshots_(snapshots),
      agreements_(agreements),
      store_(NewMysqlAttachmentStore(backend->pool.get())),
      catalog_(NewMysqlAttachmentCatalog()),
      scanner_(ScannerFromFlag()),
      // By the database's clock: a machine whose clock is ahead removes nothing too early.
      janitor_(std::make_unique<UploadJanitor>(store_.get(), &backend->lease->clock(),
                                               absl::Minutes(10), backend->writer.get(),
                                               backend->lease.get())) {}

void AttachmentRoom::AddHandlers(rpc::Server::Builder& builder) const {
  AttachmentParts parts;
  parts.store = store_.get();
  parts.writer = backend_->writer.get();
  parts.snapshots = snapshots_;
  parts.find_agreement = [agreements = agreements_](const std::string& id, absl::Time deadline) {
    return agreements->Find(id, deadline);
  };
  parts.scanner = scanner_.get();
  AddAttachmentHandlers(parts, builder);
}

}  // namespace phoihop::agreements
