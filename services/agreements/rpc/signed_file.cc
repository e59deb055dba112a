#include "services/agreements/rpc/signed_file.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "services/agreements/signatures/text_header.h"

namespace phoihop::agreements {
namespace {

std::string Rfc3339(absl::Time time) {
  return absl::FormatTime(absl::RFC3339_sec, time, absl::UTCTimeZone());
}

BundleSignature SignatureOf(const v1::Agreement::Party& party) {
  const v1::Agreement::Signature& wire = party.signature();
  BundleSignature signature;
  // Those recorded before kinds were are approvals in the system.
  signature.kind = std::string(wire.kind() == v1::Agreement::CMS     ? kCmsKind
                               : wire.kind() == v1::Agreement::PAPER ? kPaperKind
                                                                     : kInSystemKind);
  signature.party = party.body();
  signature.party_name = party.display_name();
  signature.signer_name = wire.signer_name();
  signature.signer_title = wire.signer_title();
  if (wire.capacity() != v1::Agreement::CAPACITY_UNSPECIFIED) {
    signature.capacity = v1::Agreement::Capacity_Name(wire.capacity());
  }
  signature.sign_date = wire.sign_date();
  if (wire.has_record_time()) {
    signature.record_time = Rfc3339(absl::FromUnixSeconds(wire.record_time().seconds()));
  }
  signature.text_sha256 = wire.text_sha256();
  signature.cms = wire.cms();
  signature.scan = wire.scan();
  return signature;
}

}  // namespace

Bundle SignedFile(const v1::AgreementVersion& version, const std::string& text, absl::Time now) {
  const v1::Agreement& agreement = version.agreement();
  Bundle bundle;
  bundle.agreement = agreement.name();
  const std::optional<TextHeader> head = ReadTextHeader(text);
  bundle.title = head.has_value() ? head->title : agreement.title();
  bundle.document_number = head.has_value() ? head->document_number : agreement.document_number();
  bundle.state = v1::Agreement::State_Name(agreement.state());
  bundle.exported_at = Rfc3339(now);
  if (version.version() > 0) bundle.version = absl::StrCat(version.version());
  bundle.version_date = version.effective_date();
  bundle.version_end = version.end_date();
  bundle.text = text;
  bundle.text_sha256 = TextDigest(text);
  for (const v1::Agreement::Party& party : agreement.parties()) {
    if (party.has_signature()) bundle.signatures.push_back(SignatureOf(party));
  }
  return bundle;
}

std::string SignedFileName(const v1::AgreementVersion& version) {
  std::string name =
      absl::StrCat("agreement-", absl::StripPrefix(version.agreement().name(), "agreements/"));
  if (version.version() > 0) absl::StrAppend(&name, "-v", version.version());
  return name + ".json";
}

}  // namespace phoihop::agreements
