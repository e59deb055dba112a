// Which files are taken: their types and their names. Pure.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_ATTACHMENTS_FILE_TYPE_H_
#define PHOIHOP_SERVICES_AGREEMENTS_ATTACHMENTS_FILE_TYPE_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace phoihop::agreements {

// Limits of the contract.
inline constexpr int64_t kMaxFileBytes = int64_t{25} << 20;
inline constexpr int kMaxFileNameChars = 200;

// How the content of a type is recognised.
enum class FileKind {
  // By its first bytes.
  kPlainBinary,
  // Text without control characters.
  kText,
  // A zip archive with the parts of an office document.
  kArchive,
  // A CMS message.
  kCms,
};

// A type that is taken.
struct FileType {
  std::string_view media_type;
  FileKind kind;
  // Endings of file names, lower case.
  std::vector<std::string_view> endings;
  // What libmagic calls it; empty for archives and CMS, which are looked into.
  std::vector<std::string_view> magic;
  // For archives: the type of the main part, as the archive itself states it.
  std::string_view main_part;
};

// Nothing when it is not taken.
const FileType* FindFileType(std::string_view media_type);

// The name as it is stored: clean text (NFC) of 1 to 200 characters on one line, without a
// path (`/`, `\`, `:`), and no `.` or `..`. INVALID_ARGUMENT with FILE_NAME otherwise.
absl::StatusOr<std::string> CheckFileName(std::string_view field, std::string_view name);

// The type, when it is taken and the name's ending is one of its endings; INVALID_ARGUMENT
// with FILE_TYPE otherwise.
absl::StatusOr<const FileType*> CheckDeclaredType(std::string_view field,
                                                  std::string_view media_type,
                                                  std::string_view file_name);

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_ATTACHMENTS_FILE_TYPE_H_
