// What is read out of certificates, and the folders of trust anchors and revocation lists.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_SIGNATURES_CERTIFICATES_H_
#define PHOIHOP_SERVICES_AGREEMENTS_SIGNATURES_CERTIFICATES_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/agreements/signatures/openssl_handles.h"

namespace phoihop::agreements {

// RFC 2253, in UTF-8.
std::string NameText(const X509_NAME* name);

// Upper-case hexadecimal.
std::string SerialText(const X509* certificate);

// Lower-case hexadecimal SHA-256 of the DER form.
std::string FingerprintText(const X509* certificate);

// Nothing when it is no valid time.
std::optional<absl::Time> TimeOf(const ASN1_TIME* time);

// The certificates of the folder's *.pem, *.crt and *.cer files, none for an empty path.
// UNAVAILABLE with TRUST_ANCHORS_UNAVAILABLE when it cannot be read.
absl::StatusOr<std::vector<CertificatePtr>> ReadTrustAnchors(const std::string& folder);

// The lists of the folder's *.crl and *.pem files, in PEM or DER.
absl::StatusOr<std::vector<CrlPtr>> ReadRevocationLists(const std::string& folder);

// What is known of a chain's revocation.
enum class Revocation {
  // A current list covers every certificate, and none of them is on it.
  kClear,
  // For some certificate there is no current list.
  kUnknown,
  kRevoked,
};

// Looks for each certificate of `chain` (leaf first) but the last, which is the anchor, in the
// lists of its issuer. Only lists that the issuer signed count. A list is current when its next
// update is not before `at`; an entry counts on whichever list it stands, when it was made by
// `at`.
Revocation CheckRevocation(const STACK_OF(X509) * chain, const std::vector<CrlPtr>& lists,
                           absl::Time at);

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_SIGNATURES_CERTIFICATES_H_
