// Where files are kept, in the domain's terms.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_ATTACHMENTS_ATTACHMENT_STORE_H_
#define PHOIHOP_SERVICES_AGREEMENTS_ATTACHMENTS_ATTACHMENT_STORE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/agreements/attachments/upload.h"

namespace phoihop::mysql {
class Pool;
}  // namespace phoihop::mysql
namespace phoihop::ledger {
class Transaction;
}  // namespace phoihop::ledger

namespace phoihop::agreements {

// A record that refers to a file.
struct FileLink {
  // Resource name of the record.
  std::string resource;
  // Id of the agreement to which it belongs.
  std::string agreement;
  // The unit under whose name of the file it does.
  int64_t unit = 0;
};

// Everything by which somebody may read a file.
struct FileAccess {
  // Oldest first; empty when there is no such file.
  std::vector<FileHolding> holdings;
  // At most kMaxLinksRead of them.
  std::vector<FileLink> links;
};
inline constexpr int kMaxLinksRead = 1000;

// A look for files that nobody needs.
struct UnreferencedPage {
  std::vector<std::string> sha256;
  // Where to go on; empty when all were looked at.
  std::string last;
};

// Thread safe.
class AttachmentStore {
 public:
  virtual ~AttachmentStore() = default;

  // The upload, or nothing.
  virtual absl::StatusOr<std::optional<Upload>> FindUpload(const std::string& id,
                                                           absl::Time deadline) = 0;

  // Adds the chunk at its place (see PlaceChunk) and returns the upload after it, or nothing
  // when `owner` has no such upload at `now`. A chunk changes no fact yet, so it is no
  // command of the ledger: a repeat compares the bytes and changes nothing.
  virtual absl::StatusOr<std::optional<Upload>> AddChunk(const std::string& id,
                                                         const std::string& owner, int64_t offset,
                                                         std::string_view data, absl::Time now,
                                                         absl::Time deadline) = 0;

  // The bytes of an upload, in order.
  virtual absl::StatusOr<std::string> ReadUpload(const Upload& upload, absl::Time deadline) = 0;

  // Keeps it as refused, without its bytes.
  virtual absl::Status RefuseUpload(const std::string& id, absl::Time deadline) = 0;

  // By what the file may be read.
  virtual absl::StatusOr<FileAccess> ReadAccess(const std::string& sha256, absl::Time deadline) = 0;

  // Up to `limit` bytes from `offset`; empty beyond the end.
  virtual absl::StatusOr<std::string> ReadFile(const std::string& sha256, int64_t offset,
                                               int64_t limit, absl::Time deadline) = 0;

  // Removes up to `limit` uploads that expired by `now`, and their bytes unless they are those of
  // a stored file. Returns how many.
  virtual absl::StatusOr<int> RemoveExpired(absl::Time now, int limit, absl::Time deadline) = 0;

  // Looks at up to `limit` files after the digest `after` (from the first one when empty) for those
  // to which no record refers and which nobody has uploaded since `before`.
  virtual absl::StatusOr<UnreferencedPage> ListUnreferenced(const std::string& after,
                                                            absl::Time before, int limit,
                                                            absl::Time deadline) = 0;

  // The rest belongs to a command of the ledger.

  // Removes a file with all that units know of it, if ListUnreferenced would still name it. Returns
  // the revision of its removal; 0 when it stays.
  virtual absl::StatusOr<int64_t> RemoveFile(ledger::Transaction& tx, const std::string& sha256,
                                             absl::Time before) = 0;

  // Open uploads of `owner` that have not expired.
  virtual absl::StatusOr<int> CountOpen(ledger::Transaction& tx, const std::string& owner) = 0;
  virtual absl::Status InsertUpload(ledger::Transaction& tx, const Upload& upload) = 0;
  virtual absl::StatusOr<std::optional<Upload>> LockUpload(ledger::Transaction& tx,
                                                           const std::string& id) = 0;

  // What storing did.
  struct Stored {
    // The file as the unit has it: the first name under which it was uploaded for it.
    FileHolding holding;
    // Ascends with every unit that has the file; 0 when the unit had it already.
    int64_t revision = 0;
  };
  // Makes the locked upload a file of its unit. Its bytes become the file's unless they are
  // stored already.
  virtual absl::StatusOr<Stored> Store(ledger::Transaction& tx, const Upload& upload,
                                       bool scanned) = 0;
};

// `pool` outlives it.
std::unique_ptr<AttachmentStore> NewMysqlAttachmentStore(mysql::Pool* pool);

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_ATTACHMENTS_ATTACHMENT_STORE_H_
