#include "services/agreements/attachments/file_type.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "common/status/errors.h"
#include "common/text/text.h"

namespace phoihop::agreements {
namespace {

const std::vector<FileType>& Types() {
  static const auto* const types = new std::vector<FileType>{
      {"application/pdf", FileKind::kPlainBinary, {"pdf"}, {"application/pdf"}, ""},
      {"image/png", FileKind::kPlainBinary, {"png"}, {"image/png"}, ""},
      {"image/jpeg", FileKind::kPlainBinary, {"jpg", "jpeg"}, {"image/jpeg"}, ""},
      {"image/tiff", FileKind::kPlainBinary, {"tif", "tiff"}, {"image/tiff"}, ""},
      {"application/vnd.openxmlformats-officedocument.wordprocessingml.document",
       FileKind::kArchive,
       {"docx"},
       {},
       "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"},
      {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
       FileKind::kArchive,
       {"xlsx"},
       {},
       "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"},
      {"application/vnd.oasis.opendocument.text",
       FileKind::kArchive,
       {"odt"},
       {},
       "application/vnd.oasis.opendocument.text"},
      {"text/plain", FileKind::kText, {"txt"}, {"text/plain", "text/csv", "application/csv"}, ""},
      {"text/csv", FileKind::kText, {"csv"}, {"text/csv", "application/csv", "text/plain"}, ""},
      {"application/pkcs7-signature", FileKind::kCms, {"p7s"}, {}, ""},
      {"application/cms", FileKind::kCms, {"cms"}, {}, ""},
  };
  return *types;
}

std::string Ending(std::string_view file_name) {
  const size_t dot = file_name.rfind('.');
  if (dot == std::string_view::npos || dot == 0) return "";
  return absl::AsciiStrToLower(
      absl::string_view(file_name.data() + dot + 1, file_name.size() - dot - 1));
}

}  // namespace

const FileType* FindFileType(std::string_view media_type) {
  for (const FileType& type : Types()) {
    if (type.media_type == media_type) return &type;
  }
  return nullptr;
}

absl::StatusOr<std::string> CheckFileName(std::string_view field, std::string_view name) {
  const absl::StatusOr<std::string> clean = Clean(name);
  if (clean.ok() && !clean->empty() && CharCount(*clean) <= kMaxFileNameChars && *clean != "." &&
      *clean != ".." && clean->find_first_of("/\\:\n\t") == std::string::npos) {
    return *clean;
  }
  return InvalidField(field, "FILE_NAME",
                      {"Give the file's name alone: 1 to 200 characters without a path (/, \\, :) "
                       "and without control characters.",
                       "Chỉ ghi tên tệp: 1 đến 200 ký tự, không có đường dẫn (/, \\, :) và không "
                       "có ký tự điều khiển."});
}

absl::StatusOr<const FileType*> CheckDeclaredType(std::string_view field,
                                                  std::string_view media_type,
                                                  std::string_view file_name) {
  const FileType* type = FindFileType(media_type);
  if (type != nullptr && std::find(type->endings.begin(), type->endings.end(), Ending(file_name)) !=
                             type->endings.end()) {
    return type;
  }
  return InvalidField(field, "FILE_TYPE",
                      {"Files are PDF, PNG, JPEG, TIFF, DOCX, XLSX, ODT, TXT, CSV, P7S or CMS, "
                       "and the ending of the name must be that of the media type.",
                       "Tệp phải là PDF, PNG, JPEG, TIFF, DOCX, XLSX, ODT, TXT, CSV, P7S hoặc "
                       "CMS, và phần đuôi của tên phải đúng với kiểu tệp."});
}

}  // namespace phoihop::agreements
