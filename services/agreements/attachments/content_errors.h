// What more than one check of contents answers.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_ATTACHMENTS_CONTENT_ERRORS_H_
#define PHOIHOP_SERVICES_AGREEMENTS_ATTACHMENTS_CONTENT_ERRORS_H_

#include <string_view>

#include "absl/status/status.h"
#include "common/status/errors.h"

namespace phoihop::agreements {

// The content is not what the file was said to be.
inline absl::Status NotOfType(std::string_view field) {
  return InvalidField(field, "CONTENT_NOT_OF_TYPE",
                      {"The content of the file is not of the type that its name and media type "
                       "say, or it is damaged. Save it again in that type.",
                       "Nội dung tệp không đúng kiểu như tên và kiểu đã khai, hoặc tệp bị hỏng. "
                       "Hãy lưu lại đúng kiểu."});
}

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_ATTACHMENTS_CONTENT_ERRORS_H_
