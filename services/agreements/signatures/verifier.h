// Verifies detached CMS signatures (PKCS#7, RFC 5652) over a text. Free of OpenSSL types, so
// that whoever asks sees only what a signature proves.
//
// What the time of a signature proves: `signingTime` is a signed attribute, so nobody but the
// holder of the key can have put it there; but it is the signer's own clock, and whoever holds
// the key can write any time into it, an earlier one too. It is taken for what it can carry:
// it chooses the moment at which the chain has to be valid, it must lie within the
// certificate's validity, and it must not lie after `at`. It does not prove that the
// signature existed then. That is proven from `at` on only, by whoever vouches for `at`: the
// ledger records when a signature came in. A revocation therefore counts when it was declared by
// `at`, whatever time the signer claims; one declared later leaves the signature standing. And
// where a signature comes in, its certificate has to be valid at that moment too
// (CmsVerifierOptions::valid_at_receipt): otherwise whoever keeps an expired one could sign with
// a clock set back.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_SIGNATURES_VERIFIER_H_
#define PHOIHOP_SERVICES_AGREEMENTS_SIGNATURES_VERIFIER_H_

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace phoihop::agreements {

// Largest signature and largest text that are looked at, in bytes.
inline constexpr size_t kMaxCmsBytes = 65536;
inline constexpr size_t kMaxSignedTextBytes = size_t{8} << 20;

// The request's field that errors name, unless Options says otherwise.
inline constexpr std::string_view kCmsField = "cms_signature";

// What a good signature says.
struct VerifiedSignature {
  // Distinguished names as RFC 2253 writes them, in UTF-8.
  std::string signer_subject;
  std::string issuer;
  // Serial number of the signer's certificate, in upper-case hexadecimal.
  std::string serial;
  // As the signer claims; see the head of this file.
  absl::Time signing_time;
  // Subjects from the signer's certificate to the trust anchor, both included.
  std::vector<std::string> chain;
  // SHA-256 of the signer's certificate (DER), 64 lower-case hexadecimal digits.
  std::string certificate_sha256;
  // Whether current revocation lists covered every certificate of the chain below the anchor.
  bool revocation_checked = false;
};

// Thread safe.
class SignatureVerifier {
 public:
  virtual ~SignatureVerifier() = default;

  // What the signature says, when it is one over exactly these bytes of `text` by one
  // certificate that leads to a trust anchor. `at` is the moment by which the signature was
  // there: now, for one that comes in. All errors are INVALID_ARGUMENT naming the field, with
  // one of the reasons
  //   SIGNATURE_MALFORMED     no detached CMS signature by exactly one signer whose certificate
  //                           is included, or too large
  //   SIGNATURE_ALTERED       its value is none by that certificate's key: the signature, or what
  //                           it says of itself, was changed after it was made
  //   SIGNATURE_OTHER_TEXT    good, but over another text
  //   SIGNATURE_WEAK          digest below SHA-256, or a key below 112 bits of security
  //   SIGNING_TIME_INVALID    no signing time, one after `at`, or one before the certificate
  //   CERTIFICATE_EXPIRED     the certificate or one above it had expired at the signing time, or,
  //                           where Options demand it, at `at`
  //   CERTIFICATE_UNTRUSTED   does not lead to a trust anchor
  //   CERTIFICATE_NOT_FOR_SIGNING   its key usage is no signing, or it is an authority's; or it, or
  //                           one above it, names purposes of which none is signing documents
  //   CERTIFICATE_REVOKED     revoked by `at`, or one above it
  //   REVOCATION_UNKNOWN      no current revocation list, where Options demand one
  // UNAVAILABLE with TRUST_ANCHORS_UNAVAILABLE when the folders cannot be read.
  virtual absl::StatusOr<VerifiedSignature> Verify(std::string_view text, std::string_view cms_der,
                                                   absl::Time at) const = 0;
};

// What signatures are verified against.
struct CmsVerifierOptions {
  // Folder of trust anchors: every certificate in its files `*.pem`, `*.crt` and `*.cer` (PEM).
  // Intermediate certificates come with the signature. When empty nobody is trusted.
  std::string trust_dir = {};
  // Folder of revocation lists, `*.crl` and `*.pem` (PEM or DER), put there by whoever fetches
  // them; none when empty.
  std::string crl_dir = {};
  // Refuses a signature when no current list covers its chain, instead of recording
  // `revocation_checked = false`.
  bool require_revocation_lists = false;
  // Refuses a signature whose chain was valid at the signing time but no longer is at `at`: for
  // those that come in, not for those that are verified again later.
  bool valid_at_receipt = false;
  // How far a signer's clock may be ahead.
  absl::Duration clock_skew = absl::Minutes(5);
  // The field that errors name.
  std::string field = std::string(kCmsField);
};

// Verifies with OpenSSL. The folders are read with each signature, so that a new list or
// anchor counts at once.
std::unique_ptr<SignatureVerifier> NewCmsVerifier(CmsVerifierOptions options);

// Whether these bytes are a CMS message (DER) with signatures, without verifying any.
bool IsSignedCms(std::string_view der);

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_SIGNATURES_VERIFIER_H_
