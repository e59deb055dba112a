#include <set>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/ledger/command.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/status/views.h"
#include "services/agreements/attachments/catalog.h"
#include "services/agreements/attachments/upload.h"

namespace phoihop::agreements {
namespace {

using mysql::Bytes;
using mysql::Row;

// Locked until the command ends, so that the file is not removed before the link to it is there.
constexpr std::string_view kHolds =
    "SELECT 1 FROM attachment_holdings WHERE sha256 = ? AND unit_id = ? LOCK IN SHARE MODE";
constexpr std::string_view kMediaType =
    "SELECT media_type FROM attachment_holdings WHERE sha256 = ? AND unit_id = ?";
// Locked: two writes of one record come after each other by its own lock, and this keeps it so
// even for a caller that took none.
constexpr std::string_view kLinksOf =
    "SELECT sha256 FROM attachment_links WHERE resource = ? FOR UPDATE";
constexpr std::string_view kInsertLink =
    "INSERT INTO attachment_links (resource, sha256, agreement_id, unit_id) VALUES (?, ?, ?, ?)";
constexpr std::string_view kDeleteLink =
    "DELETE FROM attachment_links WHERE resource = ? AND sha256 = ?";

Bytes Digest(std::string_view hex) { return Bytes(absl::HexStringToBytes(AbslView(hex))); }

class MysqlAttachmentCatalog : public AttachmentCatalog {
 public:
  absl::StatusOr<bool> Holds(ledger::Transaction& tx, std::string_view sha256,
                             int64_t unit) override {
    if (!IsSha256(sha256)) return false;
    bool found = false;
    RETURN_IF_ERROR(tx.db().Query(kHolds, {Digest(sha256), unit}, [&](const Row&) {
      found = true;
      return absl::OkStatus();
    }));
    return found;
  }

  absl::StatusOr<std::string> MediaType(ledger::Transaction& tx, std::string_view sha256,
                                        int64_t unit) override {
    std::string type;
    RETURN_IF_ERROR(tx.db().Query(kMediaType, {Digest(sha256), unit}, [&](const Row& row) {
      type = row.Text(0);
      return absl::OkStatus();
    }));
    return type;
  }

  absl::Status SetLinks(ledger::Transaction& tx, const AttachmentReference& reference,
                        absl::Span<const std::string> digests, std::string_view field) override {
    if (digests.size() > kMaxLinkedFiles) {
      return InvalidField(
          field, "TOO_MANY_ATTACHMENTS",
          {"A record refers to at most 50 files.", "Mỗi bản ghi có tối đa 50 tệp kèm theo."});
    }
    std::set<std::string> before;
    RETURN_IF_ERROR(tx.db().Query(kLinksOf, {reference.resource}, [&](const Row& row) {
      before.insert(absl::BytesToHexString(row.Bytes(0)));
      return absl::OkStatus();
    }));
    std::set<std::string> after;
    for (size_t i = 0; i < digests.size(); ++i) {
      const std::string at = absl::StrCat(AbslView(field), "[", i, "]");
      if (!after.insert(digests[i]).second) {
        return InvalidField(at, "ATTACHMENT_TWICE",
                            {"This file is named twice.", "Tệp này được nêu hai lần."});
      }
      if (before.count(digests[i]) > 0) continue;
      ASSIGN_OR_RETURN(const bool held, Holds(tx, digests[i], reference.unit));
      if (!held) {
        return InvalidField(at, "ATTACHMENT_UNKNOWN",
                            {"No such file was uploaded for this unit. Upload it first.",
                             "Chưa có tệp này được tải lên cho đơn vị. Hãy tải tệp lên trước."});
      }
    }
    for (const std::string& digest : before) {
      if (after.count(digest) > 0) continue;
      RETURN_IF_ERROR(tx.db().Execute(kDeleteLink, {reference.resource, Digest(digest)}).status());
    }
    for (const std::string& digest : after) {
      if (before.count(digest) > 0) continue;
      RETURN_IF_ERROR(tx.db()
                          .Execute(kInsertLink, {reference.resource, Digest(digest),
                                                 reference.agreement, reference.unit})
                          .status());
    }
    return absl::OkStatus();
  }
};

}  // namespace

std::unique_ptr<AttachmentCatalog> NewMysqlAttachmentCatalog() {
  return std::make_unique<MysqlAttachmentCatalog>();
}

}  // namespace phoihop::agreements
