#include "services/agreements/attachments/sweep.h"

#include <utility>

#include "common/ledger/write.h"
#include "common/status/macros.h"
#include "common/time/civil.h"
#include "phoihop/agreements/v1/attachments.pb.h"
#include "services/agreements/attachments/catalog.h"

namespace phoihop::agreements {

absl::StatusOr<Swept> SweepFiles(AttachmentStore& store, ledger::Writer& writer,
                                 const std::string& after, absl::Time now, absl::Time deadline,
                                 const lease::Fence& fence) {
  const absl::Time before = now - kUnreferencedLifetime;
  ASSIGN_OR_RETURN(const UnreferencedPage page,
                   store.ListUnreferenced(after, before, kSweptFiles, deadline));
  Swept swept{0, page.last};
  for (const std::string& sha256 : page.sha256) {
    if (swept.removed == kRemovedFiles) break;
    bool removed = false;
    ledger::Command command;
    command.roots = {AttachmentName(sha256)};
    command.method = "phoihop.agreements.v1.AttachmentsService/Sweep";
    command.actor.name = "services/agreements";
    command.deadline = deadline;
    command.run = [&](ledger::Transaction& tx) -> absl::StatusOr<std::string> {
      RETURN_IF_ERROR(fence.Check(tx.db()));
      ASSIGN_OR_RETURN(const int64_t revision, store.RemoveFile(tx, sha256, before));
      removed = revision > 0;
      if (!removed) return std::string();
      v1::Attachment attachment;
      attachment.set_name(AttachmentName(sha256));
      ledger::Change change = ledger::MakeChange(attachment, attachment.name(), revision,
                                                 VietnamDay(tx.now()), /*unit=*/"");
      change.deleted = true;
      tx.Note(std::move(change));
      return std::string();
    };
    RETURN_IF_ERROR(writer.Commit(std::move(command)).status());
    if (!removed) continue;
    ++swept.removed;
    if (swept.removed == kRemovedFiles) swept.next = sha256;
  }
  return swept;
}

}  // namespace phoihop::agreements
