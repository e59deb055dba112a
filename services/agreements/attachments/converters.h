// Files on the wire.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_ATTACHMENTS_CONVERTERS_H_
#define PHOIHOP_SERVICES_AGREEMENTS_ATTACHMENTS_CONVERTERS_H_

#include "common/fields/fields.h"
#include "phoihop/agreements/v1/attachments.pb.h"
#include "services/agreements/attachments/upload.h"

namespace phoihop::agreements {

// What is announced; id, owner and expiry are left to the caller. What is wrong goes to `check`.
Upload ReadUpload(const v1::StartUploadRequest& wire, Checker& check);

v1::Upload ToProto(const Upload& upload);
v1::Attachment ToProto(const FileHolding& holding);

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_ATTACHMENTS_CONVERTERS_H_
