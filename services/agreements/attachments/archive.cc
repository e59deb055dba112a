#include "services/agreements/attachments/archive.h"

#include <zip.h>

#include <algorithm>
#include <memory>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "services/agreements/attachments/content_errors.h"

namespace phoihop::agreements {
namespace {

constexpr char kContentTypes[] = "[Content_Types].xml";
constexpr char kMimetype[] = "mimetype";
// Of the two files above so much is read; real ones have a few thousand bytes.
constexpr size_t kMaxStatement = size_t{1} << 20;
constexpr std::string_view kZipMagic = "PK\x03\x04";

absl::Status Bomb(std::string_view field) {
  return InvalidField(field, "ZIP_BOMB",
                      {"Unpacked, this file would be far larger than a document is. It is not "
                       "taken.",
                       "Khi giải nén, tệp này lớn hơn nhiều so với một tài liệu bình thường nên "
                       "không được nhận."});
}

absl::Status Unsafe(std::string_view field) {
  return InvalidField(field, "ARCHIVE_UNSAFE",
                      {"The file has parts with unsafe names, encrypted parts or archives within "
                       "it. Save the document anew, without a password and embedded files.",
                       "Tệp có thành phần mang tên không an toàn, bị mã hóa hoặc chứa tệp nén bên "
                       "trong. Hãy lưu lại tài liệu, không đặt mật khẩu và không nhúng tệp."});
}

absl::Status Macro(std::string_view field) {
  return InvalidField(field, "MACRO",
                      {"The document contains macros. Save it without them.",
                       "Tài liệu có chứa macro. Hãy lưu lại không kèm macro."});
}

// Relative, with forward slashes, and without a step upwards.
bool IsSafeName(std::string_view name) {
  if (name.empty() || name.front() == '/' || name.find('\\') != std::string_view::npos ||
      name.find(':') != std::string_view::npos ||
      std::any_of(name.begin(), name.end(), [](unsigned char c) { return c < 0x20; })) {
    return false;
  }
  for (const absl::string_view part :
       absl::StrSplit(absl::string_view(name.data(), name.size()), '/')) {
    if (part == ".." || part == ".") return false;
  }
  return true;
}

bool IsArchiveName(const std::string& lower) {
  for (const char* ending : {".zip", ".jar", ".docx", ".xlsx", ".pptx", ".docm", ".xlsm", ".odt",
                             ".ods", ".odp", ".7z", ".rar", ".gz", ".tgz", ".bz2", ".xz"}) {
    if (absl::EndsWith(lower, ending)) return true;
  }
  return false;
}

// Where programs of office documents are kept: Visual Basic, Excel 4 sheets, ODF scripts.
bool IsMacroName(const std::string& lower) {
  return absl::StrContains(lower, "vbaproject") || absl::StrContains(lower, "vbadata") ||
         absl::StartsWith(lower, "xl/macrosheets/") || absl::StartsWith(lower, "basic/") ||
         absl::StartsWith(lower, "scripts/");
}

bool IsBomb(int64_t packed, int64_t unpacked) {
  return unpacked > kMaxUnpackedBytes ||
         (unpacked > kRatioCountsFrom && unpacked / std::max<int64_t>(packed, 1) >= kMaxRatio);
}

struct CloseArchive {
  void operator()(zip_t* archive) const { zip_discard(archive); }
};
struct CloseEntry {
  void operator()(zip_file_t* entry) const { zip_fclose(entry); }
};
using Archive = std::unique_ptr<zip_t, CloseArchive>;
using Entry = std::unique_ptr<zip_file_t, CloseEntry>;

Archive Open(std::string_view bytes) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
  zip_t* archive = nullptr;
  if (source != nullptr) {
    archive = zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, &error);
    if (archive == nullptr) zip_source_free(source);
  }
  zip_error_fini(&error);
  return Archive(archive);
}

// Reads one stream to its end. `total` is what all streams before it had.
absl::Status ReadStream(std::string_view field, std::string_view type_field, zip_t* archive,
                        zip_uint64_t index, const ArchiveEntry& entry, int64_t& total,
                        std::string* keep) {
  const Entry stream(zip_fopen_index(archive, index, 0));
  if (stream == nullptr) return NotOfType(type_field);
  char buffer[65536];
  int64_t unpacked = 0;
  for (;;) {
    const zip_int64_t got = zip_fread(stream.get(), buffer, sizeof(buffer));
    if (got < 0) return NotOfType(type_field);
    if (got == 0) return absl::OkStatus();
    if (unpacked == 0 && std::string_view(buffer, got).substr(0, 4) == kZipMagic) {
      return Unsafe(field);
    }
    unpacked += got;
    total += got;
    if (IsBomb(entry.packed, unpacked) || total > kMaxUnpackedBytes) return Bomb(field);
    if (keep != nullptr && keep->size() < kMaxStatement) keep->append(buffer, got);
  }
}

}  // namespace

absl::Status CheckEntries(std::string_view field, absl::Span<const ArchiveEntry> entries,
                          int64_t archive_bytes) {
  if (entries.size() > kMaxEntries) return Bomb(field);
  absl::flat_hash_set<std::string> names;
  int64_t total = 0;
  for (const ArchiveEntry& entry : entries) {
    const std::string lower = absl::AsciiStrToLower(entry.name);
    if (!IsSafeName(entry.name) || entry.encrypted || IsArchiveName(lower)) return Unsafe(field);
    // Programs differ in which of two they take.
    if (!names.insert(lower).second) return Unsafe(field);
    if (IsMacroName(lower)) return Macro(field);
    // Sizes come from the archive: each alone may be as large as 64 bits allow.
    if (entry.unpacked < 0 || entry.packed < 0 || IsBomb(entry.packed, entry.unpacked)) {
      return Bomb(field);
    }
    total += entry.unpacked;
    if (IsBomb(archive_bytes, total)) return Bomb(field);
  }
  return absl::OkStatus();
}

absl::Status InspectArchive(std::string_view field, std::string_view type_field,
                            std::string_view bytes, ArchiveStatement& statement) {
  if (bytes.substr(0, 4) != kZipMagic) return NotOfType(type_field);
  const Archive archive = Open(bytes);
  if (archive == nullptr) return NotOfType(type_field);
  const zip_int64_t count = zip_get_num_entries(archive.get(), 0);
  if (count > kMaxEntries) return Bomb(field);
  std::vector<ArchiveEntry> entries;
  for (zip_int64_t i = 0; i < count; ++i) {
    zip_stat_t stat;
    zip_stat_init(&stat);
    // The name as it is written, not as libzip would guess it.
    if (zip_stat_index(archive.get(), i, ZIP_FL_ENC_RAW, &stat) != 0) return NotOfType(type_field);
    entries.push_back({stat.name, static_cast<int64_t>(stat.comp_size),
                       static_cast<int64_t>(stat.size), stat.encryption_method != ZIP_EM_NONE});
  }
  RETURN_IF_ERROR(CheckEntries(field, entries, static_cast<int64_t>(bytes.size())));
  for (const ArchiveEntry& entry : entries) {
    statement.entries.push_back(absl::AsciiStrToLower(entry.name));
  }
  int64_t total = 0;
  for (zip_int64_t i = 0; i < count; ++i) {
    std::string* keep = entries[i].name == kContentTypes ? &statement.content_types
                        : entries[i].name == kMimetype   ? &statement.mimetype
                                                         : nullptr;
    RETURN_IF_ERROR(ReadStream(field, type_field, archive.get(), i, entries[i], total, keep));
  }
  if (absl::StrContains(absl::AsciiStrToLower(statement.content_types), "macroenabled")) {
    return Macro(field);
  }
  return absl::OkStatus();
}

}  // namespace phoihop::agreements
