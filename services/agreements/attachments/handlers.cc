#include "services/agreements/attachments/handlers.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "common/fields/fields.h"
#include "common/ledger/write.h"
#include "common/names/names.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/time/civil.h"
#include "services/agreements/attachments/catalog.h"
#include "services/agreements/attachments/content.h"
#include "services/agreements/attachments/converters.h"
#include "services/agreements/domain/text.h"
#include "services/agreements/rpc/scope.h"

namespace phoihop::agreements {
namespace {

constexpr std::string_view kWriteFiles = "agreements.attachment.write";
constexpr std::string_view kUploadType = "phoihop.agreements.v1.Upload";
constexpr std::string_view kFileType = "phoihop.agreements.v1.Attachment";

// As long as the caller waits, but never without an end.
absl::Time Patience(const rpc::RequestContext& ctx) {
  return std::min(ctx.deadline(), absl::Now() + absl::Seconds(30));
}

absl::Status UploadNotFound(const std::string& id) { return NotFound(kUploadType, UploadName(id)); }

// The caller's own upload that has not expired.
absl::StatusOr<Upload> RequireUpload(std::optional<Upload> found, const std::string& id,
                                     const rpc::RequestContext& ctx) {
  if (!found.has_value() || found->owner != ctx.caller().ActorName() ||
      found->expire_time <= ctx.now()) {
    return UploadNotFound(id);
  }
  return *std::move(found);
}

// OK when the caller may upload for the unit now.
absl::Status RequireUploader(const access::Snapshot& snapshot, const rpc::RequestContext& ctx,
                             int64_t unit) {
  const absl::CivilDay day = DefaultDay(*snapshot.tree, unit, VietnamDay(ctx.now()));
  return access::RequireUnit(snapshot, ctx.caller(), kWriteFiles, unit, day, kUnitType,
                             UnitName(unit));
}

absl::Status CheckFile(const AttachmentParts& parts, const Upload& upload, std::string_view bytes,
                       absl::Time deadline) {
  if (Sha256Hex(bytes) != upload.sha256) {
    return InvalidField("upload.sha256", "DIGEST_DIFFERS",
                        {"The bytes that came in are not those of the announced SHA-256. Send the "
                         "file again.",
                         "Dữ liệu nhận được không khớp SHA-256 đã khai. Hãy gửi lại tệp."});
  }
  const FileType* type = FindFileType(upload.media_type);
  if (type == nullptr) return Internal("an upload has an unknown type");
  RETURN_IF_ERROR(CheckContent(*type, bytes));
  return parts.scanner == nullptr ? absl::OkStatus()
                                  : parts.scanner->Scan(kUploadContentField, bytes, deadline);
}

// Reads and checks a complete upload. One that is refused for good loses its bytes.
absl::Status Check(const AttachmentParts& parts, const rpc::RequestContext& ctx,
                   const Upload& upload) {
  if (upload.received != upload.size) {
    return Precondition("UPLOAD_INCOMPLETE",
                        {"Bytes are missing. Go on at received_bytes of the upload.",
                         "Còn thiếu dữ liệu. Hãy tiếp tục từ received_bytes của lượt tải lên."},
                        UploadName(upload.id));
  }
  if (!parts.slots->TryTake()) {
    return AllTaken("FILE_CHECKS",
                    {"Too many files are being checked; try again shortly.",
                     "Đang kiểm tra nhiều tệp cùng lúc; vui lòng thử lại sau giây lát."},
                    absl::Seconds(1));
  }
  const auto give_back = absl::MakeCleanup([&] { parts.slots->GiveBack(); });
  ASSIGN_OR_RETURN(const std::string bytes, parts.store->ReadUpload(upload, Patience(ctx)));
  const absl::Status checked = CheckFile(parts, upload, bytes, ctx.deadline());
  if (absl::IsInvalidArgument(checked)) {
    RETURN_IF_ERROR(parts.store->RefuseUpload(upload.id, Patience(ctx)));
  }
  return checked;
}

// Whether the file belongs to a text of the agreement: its own, or that of an amendment in force,
// which is one of its versions. Such files are read by whoever reads the agreement; those of
// other records, and of amendments under way, by whoever may act on it.
absl::StatusOr<bool> IsOfText(const AttachmentParts& parts, const rpc::RequestContext& ctx,
                              const FileLink& link) {
  if (link.resource == AgreementName(link.agreement)) return true;
  const absl::StatusOr<std::string> id = ParseName("agreements/*", link.resource, "resource");
  if (!id.ok()) return false;
  ASSIGN_OR_RETURN(const std::optional<Agreement> amendment,
                   parts.find_agreement(*id, Patience(ctx)));
  return amendment.has_value() && amendment->state == State::kInForce &&
         amendment->amendment.has_value() && amendment->amendment->amends == link.agreement;
}

// The file as the caller may see it: as its own unit has it, or as the unit whose record refers
// to it.
absl::StatusOr<FileHolding> RequireFile(const AttachmentParts& parts,
                                        const rpc::RequestContext& ctx, const std::string& sha256) {
  if (!IsSha256(sha256)) return NotFound(kFileType, AttachmentName(sha256));
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  ASSIGN_OR_RETURN(const FileAccess access, parts.store->ReadAccess(sha256, Patience(ctx)));
  for (const FileHolding& holding : access.holdings) {
    if (MayActOn(snapshot, ctx.caller(), kReadPermission, holding.unit,
                 VietnamDay(holding.create_time))) {
      return holding;
    }
  }
  std::optional<Agreement> agreement;
  for (const FileLink& link : access.links) {
    // Links of one agreement stand together.
    if (!agreement.has_value() || agreement->id != link.agreement) {
      ASSIGN_OR_RETURN(agreement, parts.find_agreement(link.agreement, Patience(ctx)));
    }
    if (!agreement.has_value()) continue;
    ASSIGN_OR_RETURN(const bool of_text, IsOfText(parts, ctx, link));
    const bool readable = of_text ? MayRead(snapshot, ctx.caller(), *agreement)
                                  : MayActOn(snapshot, ctx.caller(), kReadPermission,
                                             agreement->unit, agreement->term_start);
    if (!readable) continue;
    for (const FileHolding& holding : access.holdings) {
      if (holding.unit == link.unit) return holding;
    }
  }
  return NotFound(kFileType, AttachmentName(sha256));
}

}  // namespace

bool CheckSlots::TryTake() {
  absl::MutexLock lock(&mutex_);
  if (free_ == 0) return false;
  --free_;
  return true;
}

void CheckSlots::GiveBack() {
  absl::MutexLock lock(&mutex_);
  ++free_;
}

absl::StatusOr<v1::Upload> StartUpload(const AttachmentParts& parts, const rpc::RequestContext& ctx,
                                       const v1::StartUploadRequest& request) {
  Checker check;
  Upload upload = ReadUpload(request, check);
  check.RequestId(request.request_id());
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  RETURN_IF_ERROR(RequireUploader(snapshot, ctx, upload.unit));
  upload.id = NewId(ctx.now());
  upload.owner = ctx.caller().ActorName();
  return ledger::Write<v1::Upload>(
      *parts.writer, ctx, request, {upload.owner},
      [&](ledger::Transaction& tx) -> absl::StatusOr<v1::Upload> {
        ASSIGN_OR_RETURN(const int open, parts.store->CountOpen(tx, upload.owner));
        if (open >= kMaxOpenUploads) {
          return Precondition("TOO_MANY_UPLOADS",
                              {"You have 20 unfinished uploads. Finish some, or wait until they "
                               "expire after a day.",
                               "Bạn đang có 20 lượt tải lên chưa xong. Hãy hoàn tất bớt, hoặc chờ "
                               "chúng hết hạn sau một ngày."},
                              upload.owner);
        }
        Upload started = upload;
        started.expire_time = tx.now() + kUploadLifetime;
        RETURN_IF_ERROR(parts.store->InsertUpload(tx, started));
        return ToProto(started);
      });
}

absl::StatusOr<v1::Upload> GetUpload(const AttachmentParts& parts, const rpc::RequestContext& ctx,
                                     const v1::GetUploadRequest& request) {
  ASSIGN_OR_RETURN(const std::string id, ParseName("uploads/*", request.name(), "name"));
  ASSIGN_OR_RETURN(std::optional<Upload> found, parts.store->FindUpload(id, Patience(ctx)));
  ASSIGN_OR_RETURN(const Upload upload, RequireUpload(std::move(found), id, ctx));
  return ToProto(upload);
}

absl::StatusOr<v1::Upload> UploadChunk(const AttachmentParts& parts, const rpc::RequestContext& ctx,
                                       const v1::UploadChunkRequest& request) {
  ASSIGN_OR_RETURN(const std::string id, ParseName("uploads/*", request.name(), "name"));
  ASSIGN_OR_RETURN(const std::optional<Upload> after,
                   parts.store->AddChunk(id, ctx.caller().ActorName(), request.offset(),
                                         request.data(), ctx.now(), Patience(ctx)));
  if (!after.has_value()) return UploadNotFound(id);
  return ToProto(*after);
}

absl::StatusOr<v1::Attachment> FinishUpload(const AttachmentParts& parts,
                                            const rpc::RequestContext& ctx,
                                            const v1::FinishUploadRequest& request) {
  Checker check;
  const std::string id = check.Name("name", "uploads/*", request.name());
  check.RequestId(request.request_id());
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(std::optional<Upload> found, parts.store->FindUpload(id, Patience(ctx)));
  ASSIGN_OR_RETURN(const Upload upload, RequireUpload(std::move(found), id, ctx));
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  RETURN_IF_ERROR(RequireUploader(snapshot, ctx, upload.unit));
  // A repeat of one that was stored is answered without reading the file again.
  if (upload.state != UploadState::kStored) {
    RETURN_IF_ERROR(CheckOpen(upload));
    RETURN_IF_ERROR(Check(parts, ctx, upload));
  }
  // From here on the bytes cannot change: all of them were there.
  const std::string name = AttachmentName(upload.sha256);
  return ledger::Write<v1::Attachment>(
      *parts.writer, ctx, request, {name, UploadName(id)},
      [&](ledger::Transaction& tx) -> absl::StatusOr<v1::Attachment> {
        ASSIGN_OR_RETURN(const std::optional<Upload> locked, parts.store->LockUpload(tx, id));
        if (!locked.has_value()) return UploadNotFound(id);
        if (locked->state == UploadState::kRefused) return CheckOpen(*locked);
        ASSIGN_OR_RETURN(const AttachmentStore::Stored stored,
                         parts.store->Store(tx, *locked, parts.scanner != nullptr));
        v1::Attachment attachment = ToProto(stored.holding);
        if (stored.revision > 0) {
          tx.Note(ledger::MakeChange(attachment, name, stored.revision, VietnamDay(tx.now()),
                                     attachment.unit()));
        }
        return attachment;
      });
}

absl::StatusOr<v1::Attachment> GetAttachment(const AttachmentParts& parts,
                                             const rpc::RequestContext& ctx,
                                             const v1::GetAttachmentRequest& request) {
  ASSIGN_OR_RETURN(const std::string sha256, ParseName("attachments/*", request.name(), "name"));
  ASSIGN_OR_RETURN(const FileHolding holding, RequireFile(parts, ctx, sha256));
  return ToProto(holding);
}

absl::StatusOr<v1::AttachmentData> ReadAttachment(const AttachmentParts& parts,
                                                  const rpc::RequestContext& ctx,
                                                  const v1::ReadAttachmentRequest& request) {
  Checker check;
  const std::string sha256 = check.Name("name", "attachments/*", request.name());
  const int64_t offset = check.Count("offset", request.offset(), 0, kMaxFileBytes);
  int64_t limit = check.Count("limit", request.limit(), 0, INT32_MAX);
  RETURN_IF_ERROR(check.status());
  limit = limit == 0 ? kMaxChunkBytes : std::min(limit, kMaxChunkBytes);
  ASSIGN_OR_RETURN(const FileHolding holding, RequireFile(parts, ctx, sha256));
  v1::AttachmentData part;
  ASSIGN_OR_RETURN(*part.mutable_data(),
                   parts.store->ReadFile(sha256, offset, limit, Patience(ctx)));
  part.set_offset(offset);
  part.set_size_bytes(holding.size);
  return part;
}

void AddAttachmentHandlers(const AttachmentParts& parts, rpc::Server::Builder& builder) {
  const auto add = [&]<class Req, class Res>(
                       const char* method,
                       absl::StatusOr<Res> (*handler)(const AttachmentParts&,
                                                      const rpc::RequestContext&, const Req&)) {
    builder.Unary<Req, Res>(absl::StrCat("phoihop.agreements.v1.AttachmentsService/", method),
                            [parts, handler](const rpc::RequestContext& ctx, const Req& request) {
                              return handler(parts, ctx, request);
                            });
  };
  add("StartUpload", &StartUpload);
  add("GetUpload", &GetUpload);
  add("UploadChunk", &UploadChunk);
  add("FinishUpload", &FinishUpload);
  add("GetAttachment", &GetAttachment);
  add("ReadAttachment", &ReadAttachment);
}

}  // namespace phoihop::agreements
