#include "services/agreements/attachments/converters.h"

#include "common/names/names.h"
#include "google/protobuf/timestamp.pb.h"
#include "services/agreements/attachments/catalog.h"
#include "services/agreements/attachments/file_type.h"

namespace phoihop::agreements {
namespace {

void SetTime(absl::Time time, google::protobuf::Timestamp& wire) {
  const int64_t micros = absl::ToUnixMicros(time);
  wire.set_seconds(micros / 1'000'000);
  wire.set_nanos(static_cast<int32_t>(micros % 1'000'000) * 1000);
}

}  // namespace

Upload ReadUpload(const v1::StartUploadRequest& wire, Checker& check) {
  Upload upload;
  const absl::StatusOr<std::string> name = CheckFileName("file_name", wire.file_name());
  if (name.ok()) {
    upload.file_name = *name;
    const auto type = CheckDeclaredType("media_type", wire.media_type(), *name);
    if (!type.ok()) check.AddStatus("media_type", type.status());
  } else {
    check.AddStatus("file_name", name.status());
  }
  upload.media_type = wire.media_type();
  if (wire.size_bytes() > kMaxFileBytes) {
    check.Add("size_bytes", "FILE_TOO_LARGE",
              {"A file has at most 26,214,400 bytes (25 MB).",
               "Mỗi tệp có tối đa 26.214.400 byte (25 MB)."});
  } else {
    upload.size = check.Count("size_bytes", wire.size_bytes(), 1, kMaxFileBytes);
  }
  if (!IsSha256(wire.sha256())) {
    check.Add("sha256", "SHA256",
              {"Give the SHA-256 of the file as 64 lower-case hexadecimal digits.",
               "Hãy ghi SHA-256 của tệp bằng 64 chữ số thập lục phân viết thường."});
  }
  upload.sha256 = wire.sha256();
  upload.unit = check.Unit("unit", wire.unit());
  return upload;
}

v1::Upload ToProto(const Upload& upload) {
  v1::Upload wire;
  wire.set_name(UploadName(upload.id));
  wire.set_file_name(upload.file_name);
  wire.set_media_type(upload.media_type);
  wire.set_size_bytes(upload.size);
  wire.set_sha256(upload.sha256);
  wire.set_unit(UnitName(upload.unit));
  wire.set_received_bytes(upload.received);
  SetTime(upload.expire_time, *wire.mutable_expire_time());
  return wire;
}

v1::Attachment ToProto(const FileHolding& holding) {
  v1::Attachment wire;
  wire.set_name(AttachmentName(holding.sha256));
  wire.set_file_name(holding.file_name);
  wire.set_media_type(holding.media_type);
  wire.set_size_bytes(holding.size);
  wire.set_unit(UnitName(holding.unit));
  wire.set_uploaded_by(holding.uploaded_by);
  SetTime(holding.create_time, *wire.mutable_create_time());
  wire.set_scanned(holding.scanned);
  return wire;
}

}  // namespace phoihop::agreements
