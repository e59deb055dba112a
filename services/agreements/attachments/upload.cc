#include "services/agreements/attachments/upload.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/status/errors.h"
#include "common/status/views.h"
#include "services/agreements/attachments/catalog.h"

namespace phoihop::agreements {

std::string AttachmentName(std::string_view sha256) {
  return absl::StrCat("attachments/", AbslView(sha256));
}

std::string UploadName(std::string_view id) { return absl::StrCat("uploads/", AbslView(id)); }

bool IsSha256(std::string_view digest) {
  return digest.size() == 64 && std::all_of(digest.begin(), digest.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

absl::StatusOr<ChunkPlace> PlaceChunk(const Upload& upload, int64_t offset, int64_t bytes) {
  if (offset < 0 || offset >= upload.size || bytes > upload.size - offset) {
    return InvalidField("offset", "CHUNK_BEYOND_SIZE",
                        {"The chunk does not lie within the size that was announced.",
                         "Phần dữ liệu nằm ngoài dung lượng tệp đã khai."});
  }
  const bool last = offset + bytes == upload.size;
  if (bytes < 1 || bytes > kMaxChunkBytes || (bytes < kMinChunkBytes && !last)) {
    return InvalidField("data", "CHUNK_SIZE",
                        {"A chunk has 65,536 to 1,048,576 bytes; only the last one may be shorter.",
                         "Mỗi phần có 65.536 đến 1.048.576 byte; chỉ phần cuối được ngắn hơn."});
  }
  if (offset > upload.received) {
    return Precondition("CHUNK_OUT_OF_ORDER",
                        {"Bytes before this chunk are missing. Ask for the upload and go on at its "
                         "received_bytes.",
                         "Còn thiếu dữ liệu trước phần này. Hãy đọc lại lượt tải lên và tiếp tục "
                         "từ received_bytes."},
                        UploadName(upload.id));
  }
  if (offset == upload.received) return ChunkPlace::kNext;
  // A chunk that begins within what is there and ends beyond it is no repeat of one.
  if (offset + bytes > upload.received) return ChunkDiffers();
  return ChunkPlace::kRepeat;
}

absl::Status ChunkDiffers() {
  return InvalidField("data", "CHUNK_DIFFERS",
                      {"Other bytes were sent for this place before. Start a new upload when the "
                       "file has changed.",
                       "Vị trí này đã nhận dữ liệu khác. Nếu tệp đã thay đổi, hãy bắt đầu lượt "
                       "tải lên mới."});
}

absl::Status CheckOpen(const Upload& upload) {
  switch (upload.state) {
    case UploadState::kOpen:
      return absl::OkStatus();
    case UploadState::kStored:
      return Precondition("UPLOAD_STORED", {"The file is stored already.", "Tệp này đã được lưu."},
                          UploadName(upload.id));
    case UploadState::kRefused:
      return Precondition("UPLOAD_REFUSED",
                          {"The file was refused. Start a new upload with a file that is in order.",
                           "Tệp đã bị từ chối. Hãy bắt đầu lượt tải lên mới với tệp hợp lệ."},
                          UploadName(upload.id));
  }
  return Internal("an upload has an unknown state");
}

}  // namespace phoihop::agreements
