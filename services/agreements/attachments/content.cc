#include "services/agreements/attachments/content.h"

#include <magic.h>

#include <algorithm>
#include <memory>
#include <string>

#include "absl/strings/match.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/status/views.h"
#include "common/text/text.h"
#include "services/agreements/attachments/archive.h"
#include "services/agreements/attachments/content_errors.h"
#include "services/agreements/signatures/verifier.h"

namespace phoihop::agreements {
namespace {

struct CloseMagic {
  void operator()(magic_set* magic) const { magic_close(magic); }
};

// What libmagic calls the content. Its handle belongs to one thread, so each has its own; its
// table of types is mapped into memory and shared.
absl::StatusOr<std::string> MagicType(std::string_view bytes) {
  thread_local std::unique_ptr<magic_set, CloseMagic> magic;
  if (magic == nullptr) {
    // No looking into archives, which would unpack them.
    magic.reset(magic_open(MAGIC_MIME_TYPE | MAGIC_NO_CHECK_COMPRESS | MAGIC_NO_CHECK_TAR));
    if (magic == nullptr || magic_load(magic.get(), nullptr) != 0) {
      magic.reset();
      return Internal("libmagic does not start");
    }
  }
  const char* type = magic_buffer(magic.get(), bytes.data(), bytes.size());
  return std::string(type == nullptr ? "" : type);
}

// Text in UTF-8 without control characters but line breaks and tabs.
bool IsPlainText(std::string_view bytes) {
  for (const unsigned char c : bytes) {
    if ((c < 0x20 && c != '\n' && c != '\r' && c != '\t') || c == 0x7f) return false;
  }
  return Clean(bytes).ok();
}

absl::Status CheckArchive(const FileType& type, std::string_view bytes) {
  ArchiveStatement statement;
  RETURN_IF_ERROR(InspectArchive(kUploadContentField, kUploadTypeField, bytes, statement));
  // A type is stated in quotes among those of all parts, or alone in `mimetype`.
  const std::string quoted = absl::StrCat("\"", AbslView(type.main_part), "\"");
  const bool stated =
      statement.mimetype == type.main_part || absl::StrContains(statement.content_types, quoted);
  return stated ? absl::OkStatus() : NotOfType(kUploadTypeField);
}

}  // namespace

absl::Status CheckContent(const FileType& type, std::string_view bytes) {
  switch (type.kind) {
    case FileKind::kArchive:
      return CheckArchive(type, bytes);
    case FileKind::kCms:
      return IsSignedCms(bytes) ? absl::OkStatus() : NotOfType(kUploadTypeField);
    case FileKind::kText:
      if (!IsPlainText(bytes)) return NotOfType(kUploadTypeField);
      break;
    case FileKind::kPlainBinary:
      break;
  }
  ASSIGN_OR_RETURN(const std::string found, MagicType(bytes));
  const bool same = std::find(type.magic.begin(), type.magic.end(), found) != type.magic.end();
  return same ? absl::OkStatus() : NotOfType(kUploadTypeField);
}

}  // namespace phoihop::agreements
