#ifndef PHOIHOP_SERVICES_AGREEMENTS_SIGNATURES_FROM_FLAGS_H_
#define PHOIHOP_SERVICES_AGREEMENTS_SIGNATURES_FROM_FLAGS_H_

#include <memory>
#include <string>

#include "services/agreements/signatures/verifier.h"

namespace phoihop::agreements {

// The verifier of signatures that come in, by --signature_trust_dir, --signature_crl_dir and
// --require_revocation_lists. Without the first one nobody is trusted, so every CMS signature is
// refused. Errors name `field` of the request.
std::unique_ptr<SignatureVerifier> VerifierFromFlags(std::string field);

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_SIGNATURES_FROM_FLAGS_H_
