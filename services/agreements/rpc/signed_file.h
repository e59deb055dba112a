// The signed file of an agreement, as anyone can hold and verify it.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_RPC_SIGNED_FILE_H_
#define PHOIHOP_SERVICES_AGREEMENTS_RPC_SIGNED_FILE_H_

#include <string>

#include "absl/time/time.h"
#include "phoihop/agreements/v1/resources.pb.h"
#include "services/agreements/signatures/bundle.h"

namespace phoihop::agreements {

// The file of this version, whose text this is. `version.agreement` has the signatures; its
// `version` is 0 before the agreement is in force. The head of the file names what the text names:
// a later version was signed under the title and number of its amendment.
Bundle SignedFile(const v1::AgreementVersion& version, const std::string& text, absl::Time now);

// A name for it, of ASCII characters.
std::string SignedFileName(const v1::AgreementVersion& version);

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_RPC_SIGNED_FILE_H_
