#include "services/agreements/attachments/content.h"

#include <magic.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/status/views.h"
#include "common/text/text.h"
#include "services/agreements/attachments/archive.h"
#include "services/agreements/attachments/content_errors.h"
#include "services/agreements/attachments/office_parts.h"
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

// Whether the archive has the main part of the type, and of no other one. What a program opens is
// the part, so it is not enough that the type is written somewhere.
bool IsOfType(const FileType& type, const ArchiveStatement& archive) {
  const auto has = [&](std::string_view entry) {
    return std::find(archive.entries.begin(), archive.entries.end(), entry) !=
           archive.entries.end();
  };
  if (!archive.mimetype.empty()) {
    // OpenDocument: the type stands alone in a file of its own.
    return archive.mimetype == type.main_part && archive.content_types.empty() &&
           has("content.xml") && has("meta-inf/manifest.xml");
  }
  const std::optional<std::vector<OfficePart>> parts = ReadOfficeParts(archive.content_types);
  if (!parts.has_value()) return false;
  int mains = 0;
  bool good = false;
  for (const OfficePart& part : *parts) {
    if (!absl::EndsWith(part.content_type, ".main+xml")) continue;
    ++mains;
    good = part.content_type == type.main_part && has(part.name);
  }
  return mains == 1 && good;
}

absl::Status CheckArchive(const FileType& type, std::string_view bytes) {
  ArchiveStatement statement;
  RETURN_IF_ERROR(InspectArchive(kUploadContentField, kUploadTypeField, bytes, statement));
  return IsOfType(type, statement) ? absl::OkStatus() : NotOfType(kUploadTypeField);
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
