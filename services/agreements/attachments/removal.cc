#include "services/agreements/attachments/removal.h"

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/status/views.h"

namespace phoihop::agreements {
namespace {

using mysql::Bytes;
using mysql::Connection;
using mysql::Row;

// From a place on: whether a file is one that nobody refers to and nobody has uploaded of late.
constexpr std::string_view kListFiles =
    "SELECT a.sha256, a.upload_id NOT LIKE 'removed/%' AND COALESCE(a.last_stored <= ?, TRUE)"
    " AND NOT EXISTS (SELECT 1 FROM attachment_links l WHERE l.sha256 = a.sha256)"
    " AND NOT EXISTS (SELECT 1 FROM attachment_holdings h WHERE h.sha256 = a.sha256"
    " AND h.create_time > ?) FROM (SELECT sha256, upload_id, last_stored FROM attachments"
    " WHERE sha256 > ? ORDER BY sha256 LIMIT ?) a ORDER BY a.sha256";
constexpr std::string_view kLockHoldings =
    "SELECT create_time FROM attachment_holdings WHERE sha256 = ? FOR UPDATE";
constexpr std::string_view kAnyLink =
    "SELECT 1 FROM attachment_links WHERE sha256 = ? LIMIT 1 FOR UPDATE";
constexpr std::string_view kDeleteHoldings = "DELETE FROM attachment_holdings WHERE sha256 = ?";
constexpr std::string_view kLockFile =
    "SELECT revision, upload_id, last_stored FROM attachments WHERE sha256 = ? FOR UPDATE";
constexpr std::string_view kDeleteChunks = "DELETE FROM attachment_chunks WHERE upload_id = ?";
constexpr std::string_view kSetContent =
    "UPDATE attachments SET upload_id = ?, revision = ? WHERE sha256 = ?";

// In place of the upload of a file that was removed; most of the digest follows, as much as the
// column holds.
constexpr std::string_view kRemoved = "removed/";

Bytes Digest(const std::string& hex) { return Bytes(absl::HexStringToBytes(hex)); }

}  // namespace

bool IsRemovedContent(const std::string& upload) {
  return absl::StartsWith(upload, AbslView(kRemoved));
}

absl::StatusOr<UnreferencedPage> ListUnreferencedFiles(Connection& db, const std::string& after,
                                                       absl::Time before, int limit) {
  UnreferencedPage page;
  int read = 0;
  RETURN_IF_ERROR(
      db.Query(kListFiles, {before, before, Digest(after), int64_t{limit}}, [&](const Row& row) {
        page.last = absl::BytesToHexString(row.Bytes(0));
        if (row.Int(1) != 0) page.sha256.push_back(page.last);
        ++read;
        return absl::OkStatus();
      }));
  if (read < limit) page.last.clear();
  return page;
}

absl::StatusOr<int64_t> RemoveUnreferencedFile(Connection& db, const std::string& sha256,
                                               absl::Time before) {
  const Bytes digest = Digest(sha256);
  int64_t revision = 0;
  std::string upload;
  bool used = false;
  RETURN_IF_ERROR(db.Query(kLockFile, {digest}, [&](const Row& row) {
    revision = row.Int(0);
    upload = row.Text(1);
    used = !row.IsNull(2) && row.Time(2) > before;
    return absl::OkStatus();
  }));
  if (upload.empty() || IsRemovedContent(upload)) return 0;
  // Whoever refers to it holds its holding meanwhile, so after this no link is on its way.
  RETURN_IF_ERROR(db.Query(kLockHoldings, {digest}, [&](const Row& row) {
    used = used || row.Time(0) > before;
    return absl::OkStatus();
  }));
  RETURN_IF_ERROR(db.Query(kAnyLink, {digest}, [&](const Row&) {
    used = true;
    return absl::OkStatus();
  }));
  if (used) return 0;
  RETURN_IF_ERROR(db.Execute(kDeleteChunks, {upload}).status());
  RETURN_IF_ERROR(db.Execute(kDeleteHoldings, {digest}).status());
  // Its revision stays: should the content come again, the ledger goes on from it.
  RETURN_IF_ERROR(db.Execute(kSetContent, {absl::StrCat(AbslView(kRemoved), sha256.substr(0, 48)),
                                           revision + 1, digest})
                      .status());
  return revision + 1;
}

}  // namespace phoihop::agreements
