// What other rooms need of attachments: whether a file is there for a unit, and that a record's
// references keep it readable.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_ATTACHMENTS_CATALOG_H_
#define PHOIHOP_SERVICES_AGREEMENTS_ATTACHMENTS_CATALOG_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace phoihop::ledger {
class Transaction;
}  // namespace phoihop::ledger

namespace phoihop::agreements {

// Attachments that one record may name.
inline constexpr int kMaxLinkedFiles = 50;

// `attachments/{sha256}`.
std::string AttachmentName(std::string_view sha256);

// Which record refers to files.
struct AttachmentReference {
  // Resource name of the record: `agreements/{id}`, `deliveries/{id}` ...
  std::string resource;
  // Id of the agreement to which it belongs, or which it is. Who may read it may read
  // the files: of `agreements/{id}` also the units below, as with its text.
  std::string agreement;
  // Id of the agreement's unit: files are those that were uploaded for it.
  int64_t unit = 0;
};

// All runs within a command's transaction. Thread safe.
class AttachmentCatalog {
 public:
  virtual ~AttachmentCatalog() = default;

  // Whether a file of this digest (64 lower-case hexadecimal digits) was uploaded for the unit.
  virtual absl::StatusOr<bool> Holds(ledger::Transaction& tx, std::string_view sha256,
                                     int64_t unit) = 0;

  // The media type under which the unit has the file; empty when it is not known.
  virtual absl::StatusOr<std::string> MediaType(ledger::Transaction& tx, std::string_view sha256,
                                                int64_t unit) {
    return std::string();
  }

  // Has the record refer to exactly these files. Each must have been uploaded for the
  // unit or be referred to by this record already; otherwise INVALID_ARGUMENT with
  // ATTACHMENT_UNKNOWN naming `field[i]`, whether or not others have the file. A digest
  // twice is ATTACHMENT_TWICE, more than kMaxLinkedFiles TOO_MANY_ATTACHMENTS. Errors come before
  // anything is written, so call it before other writes of the command.
  virtual absl::Status SetLinks(ledger::Transaction& tx, const AttachmentReference& reference,
                                absl::Span<const std::string> digests, std::string_view field) = 0;
};

std::unique_ptr<AttachmentCatalog> NewMysqlAttachmentCatalog();

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_ATTACHMENTS_CATALOG_H_
