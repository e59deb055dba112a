// Looks into zip archives, which office documents are, without unpacking them.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_ATTACHMENTS_ARCHIVE_H_
#define PHOIHOP_SERVICES_AGREEMENTS_ATTACHMENTS_ARCHIVE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"

namespace phoihop::agreements {

// Rules for archives. A document of 25 MB that somebody wrote stays far below them.
inline constexpr int kMaxEntries = 2000;
inline constexpr int64_t kMaxUnpackedBytes = int64_t{250} << 20;
// Beyond this size nothing may be packed more than a hundredfold.
inline constexpr int64_t kRatioCountsFrom = int64_t{10} << 20;
inline constexpr int64_t kMaxRatio = 100;

// An entry as the archive describes it.
struct ArchiveEntry {
  std::string name;
  int64_t packed = 0;
  int64_t unpacked = 0;
  bool encrypted = false;
};

// INVALID_ARGUMENT naming `field` with ZIP_BOMB, ARCHIVE_UNSAFE or MACRO when what the
// archive says of itself breaks a rule. Pure.
absl::Status CheckEntries(std::string_view field, absl::Span<const ArchiveEntry> entries,
                          int64_t archive_bytes);

// What `[Content_Types].xml` or `mimetype` says.
struct ArchiveStatement {
  std::string content_types;
  std::string mimetype;
  // Names of all entries, lower case.
  std::vector<std::string> entries;
};

// Checks a whole archive: its entries as above, then each entry's stream, of which it keeps
// nothing but counts the bytes, since an archive can lie about sizes; an archive within it is
// ARCHIVE_UNSAFE. Bytes that are no intact zip archive are CONTENT_NOT_OF_TYPE naming
// `type_field`. Fills in what the archive says it is.
absl::Status InspectArchive(std::string_view field, std::string_view type_field,
                            std::string_view bytes, ArchiveStatement& statement);

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_ATTACHMENTS_ARCHIVE_H_
