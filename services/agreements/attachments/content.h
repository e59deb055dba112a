// Whether a file's content is what its name and type say.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_ATTACHMENTS_CONTENT_H_
#define PHOIHOP_SERVICES_AGREEMENTS_ATTACHMENTS_CONTENT_H_

#include <string_view>

#include "absl/status/status.h"
#include "services/agreements/attachments/file_type.h"

namespace phoihop::agreements {

// Fields that errors about an upload name.
inline constexpr std::string_view kUploadTypeField = "upload.media_type";
inline constexpr std::string_view kUploadContentField = "upload.content";

// OK when the bytes are of the type: by libmagic, by looking into the archive, by parsing
// the CMS message. INVALID_ARGUMENT naming kUploadTypeField with CONTENT_NOT_OF_TYPE, or
// kUploadContentField with ZIP_BOMB, ARCHIVE_UNSAFE or MACRO. Thread safe.
absl::Status CheckContent(const FileType& type, std::string_view bytes);

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_ATTACHMENTS_CONTENT_H_
