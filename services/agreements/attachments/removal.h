// How files that nobody needs leave the database: for the store alone. See sweep.h.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_ATTACHMENTS_REMOVAL_H_
#define PHOIHOP_SERVICES_AGREEMENTS_ATTACHMENTS_REMOVAL_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/mysql/connection.h"
#include "services/agreements/attachments/attachment_store.h"

namespace phoihop::agreements {

// Whether this stands in place of the upload that holds a file's content: the file was removed,
// and its row stays for its revision alone.
bool IsRemovedContent(const std::string& upload);

// As AttachmentStore::ListUnreferenced and RemoveFile.
absl::StatusOr<UnreferencedPage> ListUnreferencedFiles(mysql::Connection& db,
                                                       const std::string& after, absl::Time before,
                                                       int limit);
absl::StatusOr<int64_t> RemoveUnreferencedFile(mysql::Connection& db, const std::string& sha256,
                                               absl::Time before);

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_ATTACHMENTS_REMOVAL_H_
