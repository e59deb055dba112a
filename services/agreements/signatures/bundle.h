// The signed bundle: one file that holds an agreement's text and everything that was signed over
// it, so that anyone who has the file can verify it later, without this system.
//
// It is a JSON document in UTF-8:
//   {
//     "format": "PHOIHOP-AGREEMENT-BUNDLE/1",
//     "agreement": "agreements/{id}", "title": "...", "document_number": "...",
//     "state": "IN_FORCE", "exported_at": "2026-01-02T03:04:05Z",
//     "version": "2",           and the first and last day on which it held; not before it is
//     "version_date": "2026-01-02", "version_end": "2026-12-31",      in force
//     "text": "...",            the canonical text; signatures cover its UTF-8 bytes
//     "text_sha256": "...",     SHA-256 of these bytes, lower-case hexadecimal
//     "signatures": [ {
//       "kind": "CMS" | "IN_SYSTEM" | "PAPER",
//       "party": "bodies/{id}", "party_name": "...",
//       "signer_name": "...", "signer_title": "...", "capacity": "ON_BEHALF",
//       "sign_date": "2026-01-02", "record_time": "2026-01-02T03:04:05Z",
//       "text_sha256": "...",     of the text that it covers
//       "cms": "...",             for CMS: the detached signature, DER in base 64
//       "scan": "attachments/{sha256}"   for PAPER: the scan
//     } ]
//   }
// What it proves: a CMS signature proves by itself, against the authorities that the reader
// trusts, that the holder of a certificate signed this text, when it says that it did. Its
// `sign_date` must be the day of that time. For which party, under which name, title and capacity
// somebody signed is covered by no signature, nor are state, version and times of recording:
// they are the statement of whoever wrote the file. So are in-system approvals and scans of paper
// as a whole. Which parties have to sign stands in the text (from rendering 3 on; before, all its
// parties are taken to have to), so a signature that is missing in the file is missed.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_SIGNATURES_BUNDLE_H_
#define PHOIHOP_SERVICES_AGREEMENTS_SIGNATURES_BUNDLE_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/agreements/signatures/text_header.h"
#include "services/agreements/signatures/verifier.h"

namespace phoihop::agreements {

inline constexpr std::string_view kBundleFormat = "PHOIHOP-AGREEMENT-BUNDLE/1";
inline constexpr size_t kMaxBundleBytes = size_t{64} << 20;

// The kinds as the bundle spells them.
inline constexpr std::string_view kCmsKind = "CMS";
inline constexpr std::string_view kInSystemKind = "IN_SYSTEM";
inline constexpr std::string_view kPaperKind = "PAPER";

// A signature as the bundle has it; texts are empty where the file has none.
struct BundleSignature {
  std::string kind;
  std::string party, party_name;
  std::string signer_name, signer_title, capacity;
  std::string sign_date, record_time;
  std::string text_sha256;
  // DER.
  std::string cms;
  std::string scan;

  friend bool operator==(const BundleSignature&, const BundleSignature&) = default;
};

struct Bundle {
  std::string agreement, title, document_number, state, exported_at;
  // Empty for what is not in force yet, and in files that were written before it was stated.
  std::string version, version_date, version_end;
  std::string text, text_sha256;
  std::vector<BundleSignature> signatures;

  friend bool operator==(const Bundle&, const Bundle&) = default;
};

std::string WriteBundle(const Bundle& bundle);

// SHA-256 of the text's bytes, lower-case hexadecimal.
std::string TextDigest(std::string_view text);

// INVALID_ARGUMENT with BUNDLE_MALFORMED when the file is none, is too large, has a field
// twice or a text with control characters (it is printed to terminals).
absl::StatusOr<Bundle> ReadBundle(std::string_view json);

// What became of one signature.
struct SignatureFinding {
  enum Kind {
    // A CMS signature over the text by a trusted certificate.
    kVerified,
    // A statement of the system, over this text.
    kApproval,
    kPaper,
    // A CMS signature that does not verify or whose day of signing is not the one that the file
    // states, anything over another text, or a signature for whom the text does not name or who
    // has signed already.
    kRefused,
  };
  Kind kind = kRefused;
  // For kVerified.
  std::optional<VerifiedSignature> verified;
  // For kRefused: why, naming the field. As SignatureVerifier, or SIGNATURE_KIND,
  // SIGNATURE_OTHER_TEXT, SIGN_DATE_OTHER_DAY, NOT_A_PARTY, PARTY_TWICE, CERTIFICATE_USED (for
  // another party of this file).
  absl::Status reason;
};

// A field of the file's head of which the text says something else.
struct Contradiction {
  std::string field;
  std::string head, text;
};

// What a verification comes to.
enum class BundleVerdict {
  // Something is wrong, or signatures are missing that the text calls for.
  kBad,
  // Nothing is wrong, but without what the system states alone the text is not signed by as many
  // as it calls for: that cannot be verified by the file.
  kStated,
  // As many as the text calls for signed it with CMS signatures, all verified.
  kVerified,
};

struct BundleFindings {
  // SHA-256 of the text's bytes.
  std::string text_sha256;
  // The file names the same digest.
  bool text_intact = false;
  // The text is one that this system renders, so that it can be compared with the head.
  bool text_known = false;
  std::vector<Contradiction> contradictions;
  // In the order of the bundle's.
  std::vector<SignatureFinding> signatures;

  // The text says who has to sign. Otherwise all its parties are taken to have to.
  bool order_known = false;
  // Parties of the text for whom nothing in the file is good or stated.
  std::vector<TextParty> without_signature;
  // As many as have to are there, by what the file states; and by what is verified alone.
  bool complete = false;
  bool complete_by_verified = false;

  // kBad unless the text is intact, says of itself what the file's head says, is signed by as many
  // as have to, and nothing was refused.
  BundleVerdict verdict() const;
};

// Verifies everything that can be. `at` is as in SignatureVerifier::Verify.
BundleFindings VerifyBundle(const Bundle& bundle, const SignatureVerifier& verifier, absl::Time at);

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_SIGNATURES_BUNDLE_H_
