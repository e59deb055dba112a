#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/ledger/command.h"
#include "common/mysql/transaction.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "services/agreements/attachments/attachment_store.h"
#include "services/agreements/attachments/removal.h"

namespace phoihop::agreements {
namespace {

using mysql::Bytes;
using mysql::Connection;
using mysql::Row;

constexpr std::string_view kFindUpload =
    "SELECT upload_id, owner, unit_id, file_name, media_type, size_bytes, sha256, received_bytes,"
    " state, expire_time FROM attachment_uploads WHERE upload_id = ?";
constexpr std::string_view kLockUpload =
    "SELECT upload_id, owner, unit_id, file_name, media_type, size_bytes, sha256, received_bytes,"
    " state, expire_time FROM attachment_uploads WHERE upload_id = ? FOR UPDATE";
constexpr std::string_view kInsertUpload =
    "INSERT INTO attachment_uploads (upload_id, owner, unit_id, file_name, media_type, size_bytes,"
    " sha256, received_bytes, state, expire_time) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
constexpr std::string_view kCountOpen =
    "SELECT COUNT(*) FROM attachment_uploads WHERE owner = ? AND state = 1 AND expire_time > ?";
constexpr std::string_view kInsertChunk =
    "INSERT INTO attachment_chunks (upload_id, chunk_offset, data) VALUES (?, ?, ?)";
constexpr std::string_view kSetReceived =
    "UPDATE attachment_uploads SET received_bytes = ? WHERE upload_id = ?";
constexpr std::string_view kSetState =
    "UPDATE attachment_uploads SET state = ? WHERE upload_id = ?";
// Chunks that may hold a byte from `offset` on, none of which is longer than kMaxChunkBytes.
constexpr std::string_view kReadChunks =
    "SELECT chunk_offset, data FROM attachment_chunks WHERE upload_id = ? AND chunk_offset > ?"
    " AND chunk_offset < ? ORDER BY chunk_offset";
constexpr std::string_view kDeleteChunks = "DELETE FROM attachment_chunks WHERE upload_id = ?";
constexpr std::string_view kDeleteUpload = "DELETE FROM attachment_uploads WHERE upload_id = ?";
constexpr std::string_view kExpired =
    "SELECT upload_id FROM attachment_uploads WHERE expire_time <= ? ORDER BY expire_time,"
    " upload_id LIMIT ?";
constexpr std::string_view kIsContent = "SELECT 1 FROM attachments WHERE upload_id = ?";

// A no-op for a content that is there: two replicas may store one file at the same time.
constexpr std::string_view kInsertFile =
    "INSERT INTO attachments (sha256, size_bytes, upload_id, revision) VALUES (?, ?, ?, 0)"
    " ON DUPLICATE KEY UPDATE size_bytes = size_bytes";
constexpr std::string_view kLockFile =
    "SELECT revision, upload_id FROM attachments WHERE sha256 = ? FOR UPDATE";
constexpr std::string_view kSetLastStored =
    "UPDATE attachments SET last_stored = ? WHERE sha256 = ?";
constexpr std::string_view kTakeOver = "UPDATE attachments SET upload_id = ? WHERE sha256 = ?";
constexpr std::string_view kSetRevision = "UPDATE attachments SET revision = ? WHERE sha256 = ?";
constexpr std::string_view kFindFile =
    "SELECT size_bytes, upload_id FROM attachments WHERE sha256 = ?";
constexpr std::string_view kFindHolding =
    "SELECT h.unit_id, h.file_name, h.media_type, f.size_bytes, h.uploaded_by, h.scanned,"
    " h.create_time FROM attachment_holdings h JOIN attachments f ON f.sha256 = h.sha256"
    " WHERE h.sha256 = ? AND h.unit_id = ?";
constexpr std::string_view kFindHoldings =
    "SELECT h.unit_id, h.file_name, h.media_type, f.size_bytes, h.uploaded_by, h.scanned,"
    " h.create_time FROM attachment_holdings h JOIN attachments f ON f.sha256 = h.sha256"
    " WHERE h.sha256 = ? ORDER BY h.create_time, h.unit_id";
constexpr std::string_view kInsertHolding =
    "INSERT INTO attachment_holdings (sha256, unit_id, file_name, media_type, uploaded_by, scanned,"
    " create_time) VALUES (?, ?, ?, ?, ?, ?, ?)";
constexpr std::string_view kFindLinks =
    "SELECT resource, agreement_id, unit_id FROM attachment_links WHERE sha256 = ?"
    " ORDER BY agreement_id, resource LIMIT ?";

Bytes Digest(const std::string& hex) { return Bytes(absl::HexStringToBytes(hex)); }

Upload UploadOf(const Row& row) {
  Upload upload;
  upload.id = row.Text(0);
  upload.owner = row.Text(1);
  upload.unit = row.Int(2);
  upload.file_name = row.Text(3);
  upload.media_type = row.Text(4);
  upload.size = row.Int(5);
  upload.sha256 = absl::BytesToHexString(row.Bytes(6));
  upload.received = row.Int(7);
  upload.state = static_cast<UploadState>(row.Int(8));
  upload.expire_time = row.Time(9);
  return upload;
}

FileHolding HoldingOf(const std::string& sha256, const Row& row) {
  FileHolding holding;
  holding.sha256 = sha256;
  holding.unit = row.Int(0);
  holding.file_name = row.Text(1);
  holding.media_type = row.Text(2);
  holding.size = row.Int(3);
  holding.uploaded_by = row.Text(4);
  holding.scanned = row.Int(5) != 0;
  holding.create_time = row.Time(6);
  return holding;
}

absl::StatusOr<std::optional<Upload>> Find(Connection& db, std::string_view sql,
                                           const std::string& id) {
  std::optional<Upload> found;
  RETURN_IF_ERROR(db.Query(sql, {id}, [&](const Row& row) {
    found = UploadOf(row);
    return absl::OkStatus();
  }));
  return found;
}

absl::StatusOr<std::string> ReadRange(Connection& db, const std::string& upload, int64_t offset,
                                      int64_t limit) {
  std::string bytes;
  RETURN_IF_ERROR(
      db.Query(kReadChunks, {upload, offset - kMaxChunkBytes, offset + limit}, [&](const Row& row) {
        const int64_t at = row.Int(0);
        const std::string data = row.Bytes(1);
        const int64_t from = std::max<int64_t>(offset - at, 0);
        if (from < static_cast<int64_t>(data.size())) {
          bytes.append(data, static_cast<size_t>(from), static_cast<size_t>(limit) - bytes.size());
        }
        return absl::OkStatus();
      }));
  return bytes;
}

absl::StatusOr<std::optional<FileHolding>> FindHolding(Connection& db, const std::string& sha256,
                                                       int64_t unit) {
  std::optional<FileHolding> found;
  RETURN_IF_ERROR(db.Query(kFindHolding, {Digest(sha256), unit}, [&](const Row& row) {
    found = HoldingOf(sha256, row);
    return absl::OkStatus();
  }));
  return found;
}

class MysqlAttachmentStore : public AttachmentStore {
 public:
  explicit MysqlAttachmentStore(mysql::Pool* pool) : pool_(*pool) {}

  absl::StatusOr<std::optional<Upload>> FindUpload(const std::string& id,
                                                   absl::Time deadline) override {
    return mysql::Read(pool_, deadline, [&](Connection& db) { return Find(db, kFindUpload, id); });
  }

  absl::StatusOr<std::optional<Upload>> AddChunk(const std::string& id, const std::string& owner,
                                                 int64_t offset, std::string_view data,
                                                 absl::Time now, absl::Time deadline) override {
    std::optional<Upload> after;
    RETURN_IF_ERROR(Write(deadline, [&](Connection& db) -> absl::Status {
      after.reset();
      ASSIGN_OR_RETURN(std::optional<Upload> upload, Find(db, kLockUpload, id));
      if (!upload.has_value() || upload->owner != owner || upload->expire_time <= now) {
        return absl::OkStatus();
      }
      RETURN_IF_ERROR(CheckOpen(*upload));
      const auto size = static_cast<int64_t>(data.size());
      ASSIGN_OR_RETURN(const ChunkPlace place, PlaceChunk(*upload, offset, size));
      if (place == ChunkPlace::kRepeat) {
        ASSIGN_OR_RETURN(const std::string there, ReadRange(db, id, offset, size));
        if (there != data) return ChunkDiffers();
      } else {
        RETURN_IF_ERROR(db.Execute(kInsertChunk, {id, offset, Bytes(std::string(data))}).status());
        upload->received = offset + size;
        RETURN_IF_ERROR(db.Execute(kSetReceived, {upload->received, id}).status());
      }
      after = std::move(upload);
      return absl::OkStatus();
    }));
    return after;
  }

  absl::StatusOr<std::string> ReadUpload(const Upload& upload, absl::Time deadline) override {
    std::string bytes;
    bytes.reserve(static_cast<size_t>(upload.size));
    // A statement holds its whole result in memory: a megabyte at a time.
    while (static_cast<int64_t>(bytes.size()) < upload.size) {
      const auto at = static_cast<int64_t>(bytes.size());
      ASSIGN_OR_RETURN(const std::string part, mysql::Read(pool_, deadline, [&](Connection& db) {
                         return ReadRange(db, upload.id, at, kMaxChunkBytes);
                       }));
      if (part.empty()) break;
      bytes += part;
    }
    return bytes;
  }

  absl::Status RefuseUpload(const std::string& id, absl::Time deadline) override {
    return Write(deadline, [&](Connection& db) -> absl::Status {
      ASSIGN_OR_RETURN(const std::optional<Upload> upload, Find(db, kLockUpload, id));
      if (!upload.has_value() || upload->state != UploadState::kOpen) return absl::OkStatus();
      RETURN_IF_ERROR(
          db.Execute(kSetState, {static_cast<int64_t>(UploadState::kRefused), id}).status());
      return db.Execute(kDeleteChunks, {id}).status();
    });
  }

  absl::StatusOr<FileAccess> ReadAccess(const std::string& sha256, absl::Time deadline) override {
    return mysql::Read(pool_, deadline, [&](Connection& db) -> absl::StatusOr<FileAccess> {
      FileAccess access;
      RETURN_IF_ERROR(db.Query(kFindHoldings, {Digest(sha256)}, [&](const Row& row) {
        access.holdings.push_back(HoldingOf(sha256, row));
        return absl::OkStatus();
      }));
      RETURN_IF_ERROR(
          db.Query(kFindLinks, {Digest(sha256), int64_t{kMaxLinksRead}}, [&](const Row& row) {
            access.links.push_back({row.Text(0), row.Text(1), row.Int(2)});
            return absl::OkStatus();
          }));
      return access;
    });
  }

  absl::StatusOr<std::string> ReadFile(const std::string& sha256, int64_t offset, int64_t limit,
                                       absl::Time deadline) override {
    return mysql::Read(pool_, deadline, [&](Connection& db) -> absl::StatusOr<std::string> {
      int64_t size = 0;
      std::string upload;
      RETURN_IF_ERROR(db.Query(kFindFile, {Digest(sha256)}, [&](const Row& row) {
        size = row.Int(0);
        upload = row.Text(1);
        return absl::OkStatus();
      }));
      const int64_t length = std::min(limit, size - offset);
      if (length <= 0) return std::string();
      ASSIGN_OR_RETURN(std::string bytes, ReadRange(db, upload, offset, length));
      if (static_cast<int64_t>(bytes.size()) != length) {
        return Internal("chunks of a stored file are missing");
      }
      return bytes;
    });
  }

  absl::StatusOr<int> RemoveExpired(absl::Time now, int limit, absl::Time deadline) override {
    std::vector<std::string> ids;
    RETURN_IF_ERROR(mysql::Read(pool_, deadline, [&](Connection& db) {
      ids.clear();
      return db.Query(kExpired, {now, int64_t{limit}}, [&](const Row& row) {
        ids.push_back(row.Text(0));
        return absl::OkStatus();
      });
    }));
    // One at a time: a transaction that deletes many chunks holds up others.
    for (const std::string& id : ids) {
      RETURN_IF_ERROR(Write(deadline, [&](Connection& db) -> absl::Status {
        ASSIGN_OR_RETURN(const std::optional<Upload> upload, Find(db, kLockUpload, id));
        if (!upload.has_value()) return absl::OkStatus();
        bool content = false;
        RETURN_IF_ERROR(db.Query(kIsContent, {id}, [&](const Row&) {
          content = true;
          return absl::OkStatus();
        }));
        if (!content) RETURN_IF_ERROR(db.Execute(kDeleteChunks, {id}).status());
        return db.Execute(kDeleteUpload, {id}).status();
      }));
    }
    return static_cast<int>(ids.size());
  }

  absl::StatusOr<UnreferencedPage> ListUnreferenced(const std::string& after, absl::Time before,
                                                    int limit, absl::Time deadline) override {
    return mysql::Read(pool_, deadline, [&](Connection& db) {
      return ListUnreferencedFiles(db, after, before, limit);
    });
  }

  absl::StatusOr<int64_t> RemoveFile(ledger::Transaction& tx, const std::string& sha256,
                                     absl::Time before) override {
    return RemoveUnreferencedFile(tx.db(), sha256, before);
  }

  absl::StatusOr<int> CountOpen(ledger::Transaction& tx, const std::string& owner) override {
    int64_t count = 0;
    RETURN_IF_ERROR(tx.db().Query(kCountOpen, {owner, tx.now()}, [&](const Row& row) {
      count = row.Int(0);
      return absl::OkStatus();
    }));
    return static_cast<int>(count);
  }

  absl::Status InsertUpload(ledger::Transaction& tx, const Upload& upload) override {
    return tx.db()
        .Execute(kInsertUpload,
                 {upload.id, upload.owner, upload.unit, upload.file_name, upload.media_type,
                  upload.size, Digest(upload.sha256), upload.received,
                  static_cast<int64_t>(upload.state), upload.expire_time})
        .status();
  }

  absl::StatusOr<std::optional<Upload>> LockUpload(ledger::Transaction& tx,
                                                   const std::string& id) override {
    return Find(tx.db(), kLockUpload, id);
  }

  absl::StatusOr<Stored> Store(ledger::Transaction& tx, const Upload& upload,
                               bool scanned) override {
    Connection& db = tx.db();
    const Bytes digest = Digest(upload.sha256);
    RETURN_IF_ERROR(db.Execute(kInsertFile, {digest, upload.size, upload.id}).status());
    int64_t revision = 0;
    std::string kept;
    RETURN_IF_ERROR(db.Query(kLockFile, {digest}, [&](const Row& row) {
      revision = row.Int(0);
      kept = row.Text(1);
      return absl::OkStatus();
    }));
    if (IsRemovedContent(kept)) {
      RETURN_IF_ERROR(db.Execute(kTakeOver, {upload.id, digest}).status());
    } else if (kept != upload.id) {
      // The content is there already: this upload's copy of it is of no use.
      RETURN_IF_ERROR(db.Execute(kDeleteChunks, {upload.id}).status());
    }
    RETURN_IF_ERROR(db.Execute(kSetLastStored, {tx.now(), digest}).status());
    RETURN_IF_ERROR(
        db.Execute(kSetState, {static_cast<int64_t>(UploadState::kStored), upload.id}).status());
    ASSIGN_OR_RETURN(const std::optional<FileHolding> known,
                     FindHolding(db, upload.sha256, upload.unit));
    if (known.has_value()) return Stored{*known, 0};
    RETURN_IF_ERROR(
        db.Execute(kInsertHolding, {digest, upload.unit, upload.file_name, upload.media_type,
                                    upload.owner, int64_t{scanned ? 1 : 0}, tx.now()})
            .status());
    RETURN_IF_ERROR(db.Execute(kSetRevision, {revision + 1, digest}).status());
    return Stored{{upload.sha256, upload.unit, upload.file_name, upload.media_type, upload.size,
                   upload.owner, scanned, tx.now()},
                  revision + 1};
  }

 private:
  absl::Status Write(absl::Time deadline, absl::FunctionRef<absl::Status(Connection&)> body) {
    mysql::RetryPolicy policy;
    policy.deadline = deadline;
    return mysql::RunTransaction(pool_, policy, body);
  }

  mysql::Pool& pool_;
};

}  // namespace

std::unique_ptr<AttachmentStore> NewMysqlAttachmentStore(mysql::Pool* pool) {
  return std::make_unique<MysqlAttachmentStore>(pool);
}

}  // namespace phoihop::agreements
