#include "services/ctl/agreement_report.h"

#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "common/status/errors.h"
#include "common/status/views.h"
#include "services/agreements/signatures/text_header.h"

namespace phoihop::ctl {
namespace {

using agreements::Bundle;
using agreements::BundleFindings;
using agreements::BundleSignature;
using agreements::SignatureFinding;
namespace pb = ::phoihop::agreements::v1;

std::string Rfc3339(absl::Time time) {
  return absl::FormatTime(absl::RFC3339_sec, time, absl::UTCTimeZone());
}

// Who signed for which party, as the file says.
std::string Who(const BundleSignature& signature) {
  return absl::StrCat(signature.party_name.empty() ? signature.party : signature.party_name, ": ",
                      signature.signer_name, signature.signer_title.empty() ? "" : ", ",
                      signature.signer_title,
                      signature.sign_date.empty() ? "" : absl::StrCat(", ", signature.sign_date));
}

void Describe(const SignatureFinding& finding, const BundleSignature& signature,
              std::string& report) {
  switch (finding.kind) {
    case SignatureFinding::kVerified: {
      const agreements::VerifiedSignature& verified = *finding.verified;
      absl::StrAppend(
          &report, "    ĐÚNG  chữ ký số CMS, đã kiểm tra  /  GOOD  CMS signature, verified\n",
          "      chứng thư / certificate: ", verified.signer_subject, "\n",
          "      số / serial: ", verified.serial, ", SHA-256 ", verified.certificate_sha256, "\n",
          "      chuỗi / chain: ", absl::StrJoin(verified.chain, " <- "), "\n",
          "      thời điểm ký theo người ký / signing time as claimed: ",
          Rfc3339(verified.signing_time), "\n",
          verified.revocation_checked
              ? "      đã đối chiếu danh sách thu hồi / revocation lists were checked\n"
              : "      chưa đối chiếu được danh sách thu hồi / no current revocation list\n");
      break;
    }
    case SignatureFinding::kApproval:
      absl::StrAppend(&report,
                      "    GHI NHẬN  phê duyệt trong hệ thống, không phải chữ ký số  /  STATED  "
                      "in-system approval, no signature: the exporting system says so\n");
      break;
    case SignatureFinding::kPaper:
      absl::StrAppend(&report,
                      "    GHI NHẬN  ký trên giấy, có bản quét  /  STATED  signed on paper, scan ",
                      signature.scan, ": the exporting system says so\n");
      break;
    case SignatureFinding::kRefused:
      absl::StrAppend(&report, "    SAI  [", ErrorReason(finding.reason), "] ",
                      VietnameseMessage(finding.reason), "\n    BAD  ", finding.reason.message(),
                      "\n");
      break;
  }
}

}  // namespace

std::string AgreementReport(const Bundle& bundle, const BundleFindings& findings) {
  std::string report = absl::StrCat(bundle.agreement, "\n  ", bundle.title, "\n");
  if (!bundle.document_number.empty()) {
    absl::StrAppend(&report, "  Số / number: ", bundle.document_number, "\n");
  }
  absl::StrAppend(&report, "  Văn bản / text: SHA-256 ", findings.text_sha256, "\n",
                  findings.text_intact
                      ? "    ĐÚNG  khớp với mã băm ghi trong tệp  /  GOOD  as the file states\n"
                      : "    SAI  không khớp với mã băm ghi trong tệp  /  BAD  not what the file "
                        "states\n");
  if (!findings.text_known) {
    absl::StrAppend(&report,
                    "    SAI  không phải văn bản do hệ thống kết xuất  /  BAD  no text of this "
                    "system\n");
  }
  for (const agreements::Contradiction& one : findings.contradictions) {
    absl::StrAppend(&report, "    SAI  ", one.field, " trong tệp khác với văn bản  /  BAD  ",
                    one.field, " of the file is not that of the text\n      tệp / file: ", one.head,
                    "\n      văn bản / text: ", one.text, "\n");
  }
  int verified = 0, stated = 0, refused = 0;
  for (size_t i = 0; i < findings.signatures.size(); ++i) {
    const SignatureFinding& finding = findings.signatures[i];
    absl::StrAppend(&report, "  ", i + 1, ". ", Who(bundle.signatures[i]), "\n");
    Describe(finding, bundle.signatures[i], report);
    if (bundle.signatures[i].text_sha256.empty() && bundle.signatures[i].cms.empty()) {
      absl::StrAppend(&report, "      không ghi văn bản nào / names no text\n");
    }
    ++(finding.kind == SignatureFinding::kVerified  ? verified
       : finding.kind == SignatureFinding::kRefused ? refused
                                                    : stated);
  }
  std::string vi, en;
  const auto also = [&](bool so, std::string_view in_vi, std::string_view in_en) {
    if (!so) return;
    absl::StrAppend(&vi, ", ", AbslView(in_vi));
    absl::StrAppend(&en, ", ", AbslView(in_en));
  };
  also(!findings.text_intact, "văn bản đã bị sửa", "the text was changed");
  also(!findings.text_known, "văn bản lạ", "a text of another form");
  also(!findings.contradictions.empty(), "tệp mâu thuẫn với văn bản",
       "the file contradicts the text");
  also(findings.signatures.empty(), "chưa ai ký", "nobody has signed");
  absl::StrAppend(&report, "Kết luận: ", verified, " chữ ký số đúng, ", stated,
                  " ghi nhận của hệ thống, ", refused, " sai", vi, ".\nResult: ", verified,
                  " verified, ", stated, " stated by the system, ", refused, " bad", en, ".\n");
  return report;
}

Bundle MakeBundle(const pb::Agreement& agreement, const pb::AgreementText& text,
                  std::string exported_at) {
  Bundle bundle;
  bundle.agreement = agreement.name();
  // A later version was signed under the title and number of its amendment: the head of the file
  // names what the text names.
  const auto head = agreements::ReadTextHeader(text.text());
  bundle.title = head.has_value() ? head->title : agreement.title();
  bundle.document_number = head.has_value() ? head->document_number : agreement.document_number();
  bundle.state = pb::Agreement::State_Name(agreement.state());
  bundle.exported_at = std::move(exported_at);
  bundle.text = text.text();
  bundle.text_sha256 = text.sha256();
  for (const pb::Agreement::Party& party : agreement.parties()) {
    if (!party.has_signature()) continue;
    const pb::Agreement::Signature& wire = party.signature();
    BundleSignature signature;
    // Those recorded before kinds were are approvals in the system.
    signature.kind = std::string(wire.kind() == pb::Agreement::CMS     ? agreements::kCmsKind
                                 : wire.kind() == pb::Agreement::PAPER ? agreements::kPaperKind
                                                                       : agreements::kInSystemKind);
    signature.party = party.body();
    signature.party_name = party.display_name();
    signature.signer_name = wire.signer_name();
    signature.signer_title = wire.signer_title();
    if (wire.capacity() != pb::Agreement::CAPACITY_UNSPECIFIED) {
      signature.capacity = pb::Agreement::Capacity_Name(wire.capacity());
    }
    signature.sign_date = wire.sign_date();
    if (wire.has_record_time()) {
      signature.record_time = Rfc3339(absl::FromUnixSeconds(wire.record_time().seconds()));
    }
    signature.text_sha256 = wire.text_sha256();
    signature.cms = wire.cms();
    signature.scan = wire.scan();
    bundle.signatures.push_back(std::move(signature));
  }
  return bundle;
}

}  // namespace phoihop::ctl
