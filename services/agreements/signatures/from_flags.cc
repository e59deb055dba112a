#include "services/agreements/signatures/from_flags.h"

#include <utility>

#include "absl/flags/flag.h"

ABSL_FLAG(std::string, signature_trust_dir, "",
          "Folder with the certificates (PEM) of the authorities whose CMS signatures are taken; "
          "none are when empty");
ABSL_FLAG(std::string, signature_crl_dir, "",
          "Folder with the revocation lists of these authorities (PEM or DER)");
ABSL_FLAG(bool, require_revocation_lists, false,
          "Refuse CMS signatures whose certificates no current revocation list covers");

namespace phoihop::agreements {

std::unique_ptr<SignatureVerifier> VerifierFromFlags(std::string field) {
  CmsVerifierOptions options;
  options.trust_dir = absl::GetFlag(FLAGS_signature_trust_dir);
  options.crl_dir = absl::GetFlag(FLAGS_signature_crl_dir);
  options.require_revocation_lists = absl::GetFlag(FLAGS_require_revocation_lists);
  options.valid_at_receipt = true;
  options.field = std::move(field);
  return NewCmsVerifier(std::move(options));
}

}  // namespace phoihop::agreements
