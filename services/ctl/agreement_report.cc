#include "services/ctl/agreement_report.h"

#include <map>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "common/status/details.h"
#include "common/status/errors.h"
#include "common/status/views.h"
#include "common/text/text.h"
#include "common/time/civil.h"

namespace phoihop::ctl {
namespace {

using agreements::Bundle;
using agreements::BundleFindings;
using agreements::BundleSignature;
using agreements::BundleVerdict;
using agreements::SignatureFinding;
using agreements::TextParty;

std::string Rfc3339(absl::Time time) {
  return absl::FormatTime(absl::RFC3339_sec, time, absl::UTCTimeZone());
}

// "24/10/2023" for a day as files write it; what is none as it stands.
std::string Day(const std::string& day) {
  const absl::StatusOr<absl::CivilDay> parsed = ParseDay(day);
  return parsed.ok() ? FormatDayVi(*parsed) : day;
}

// A capacity as documents write it.
std::string Capacity(const std::string& capacity) {
  static const auto* const known =
      new std::map<std::string, std::string>{{"HEAD", "người đứng đầu"},
                                             {"ON_BEHALF", "KT., ký thay"},
                                             {"BY_ORDER", "TL., ký thừa lệnh"},
                                             {"BY_AUTHORISATION", "TUQ., ký thừa ủy quyền"},
                                             {"FOR_COLLECTIVE", "TM., thay mặt tập thể"}};
  const auto found = known->find(capacity);
  return found == known->end() ? capacity : absl::StrCat(found->second, " (", capacity, ")");
}

std::string Party(const std::string& body, const std::string& name) {
  return name.empty() ? body : absl::StrCat(name, " [", body, "]");
}

// What a signature proves, or why it proves nothing. No word of what it does not cover.
void Prove(const SignatureFinding& finding, const BundleSignature& signature, std::string& report) {
  switch (finding.kind) {
    case SignatureFinding::kVerified: {
      const agreements::VerifiedSignature& verified = *finding.verified;
      absl::StrAppend(
          &report, "    ĐÚNG  chữ ký số CMS, đã kiểm tra  /  GOOD  CMS signature, verified\n",
          "      chứng thư / certificate: ", verified.signer_subject, "\n",
          "      số / serial: ", verified.serial, ", SHA-256 ", verified.certificate_sha256, "\n",
          "      chuỗi / chain: ", absl::StrJoin(verified.chain, " <- "), "\n",
          "      thời điểm ký theo người ký / signing time as claimed: ",
          Rfc3339(verified.signing_time), ", ngày / day ", Day(signature.sign_date), "\n",
          verified.revocation_checked
              ? "      đã đối chiếu danh sách thu hồi / revocation lists were checked\n"
              : "      chưa đối chiếu được danh sách thu hồi / no current revocation list\n");
      break;
    }
    case SignatureFinding::kApproval:
      report +=
          "    KHÔNG KIỂM TRA ĐƯỢC TỪ TỆP  phê duyệt trong hệ thống, không phải chữ ký số\n"
          "    NOT VERIFIABLE BY THE FILE  in-system approval, no signature\n";
      break;
    case SignatureFinding::kPaper:
      report +=
          "    KHÔNG KIỂM TRA ĐƯỢC TỪ TỆP  ký trên giấy; bản quét lưu ở hệ thống đã xuất tệp\n"
          "    NOT VERIFIABLE BY THE FILE  signed on paper; the exporting system keeps the scan\n";
      break;
    case SignatureFinding::kRefused: {
      // The file spells its fields as the contract does.
      const std::vector<std::string> fields = ViolatedFields(finding.reason);
      const std::string field = fields.empty() ? "" : absl::StrCat(fields.front(), ": ");
      const std::string vi = VietnameseMessage(finding.reason);
      const std::string json = fields.empty() ? "" : absl::StrCat(JsonPath(fields.front()), ": ");
      absl::StrAppend(&report, "    SAI  [", ErrorReason(finding.reason), "] ", field,
                      absl::StripPrefix(vi, json), "\n    BAD  ", finding.reason.message(), "\n");
      break;
    }
  }
  if (signature.text_sha256.empty() && signature.cms.empty()) {
    report += "      không ghi văn bản nào / names no text\n";
  }
}

// One line of what the file states, when it states it.
void State(absl::string_view vi, absl::string_view en, const std::string& value,
           std::string& report) {
  if (!value.empty()) absl::StrAppend(&report, "    ", vi, " / ", en, ": ", value, "\n");
}

// Who is said to have signed for whom, with the certificate's subject for comparison.
void StateSigner(const SignatureFinding& finding, const BundleSignature& signature,
                 std::string& report) {
  State("bên", "party", Party(signature.party, signature.party_name), report);
  State("người ký", "person", signature.signer_name, report);
  if (finding.verified.has_value() && !signature.signer_name.empty()) {
    const std::string& subject = finding.verified->signer_subject;
    const bool named = Fold(subject).find(Fold(signature.signer_name)) != std::string::npos;
    absl::StrAppend(&report, "      so với chứng thư / compare with the certificate: ", subject,
                    named ? "\n        tên này có trong chứng thư / it has this name\n"
                          : "\n        KHÁC: tên này không có trong chứng thư / DIFFERENT: it does "
                            "not have this name\n");
  }
  State("chức danh", "title", signature.signer_title, report);
  State("tư cách ký", "capacity", Capacity(signature.capacity), report);
  if (finding.kind != SignatureFinding::kVerified) {
    State("ngày ký", "day of signing", Day(signature.sign_date), report);
  }
  State("ghi nhận lúc", "recorded at", signature.record_time, report);
  State("bản quét", "scan", signature.scan, report);
}

void StateAll(const Bundle& bundle, const BundleFindings& findings, std::string& report) {
  report +=
      "Lời khai của tệp, không được chữ ký nào bảo vệ; hãy đối chiếu bằng cách khác:\n"
      "The file's statement, not covered by the signature; compare it with other sources:\n";
  State("trạng thái", "state", bundle.state, report);
  if (!bundle.version.empty()) {
    absl::StrAppend(&report, "    phiên bản / version: ", bundle.version, ", ",
                    Day(bundle.version_date), " - ", Day(bundle.version_end), "\n");
  }
  State("xuất lúc", "exported at", bundle.exported_at, report);
  for (size_t i = 0; i < findings.signatures.size(); ++i) {
    absl::StrAppend(&report, "  ", i + 1, ".\n");
    StateSigner(findings.signatures[i], bundle.signatures[i], report);
  }
}

// Which parties of the text nobody has signed for, and whether that may be.
void Missing(const BundleFindings& findings, std::string& report) {
  if (!findings.text_known) return;
  if (!findings.order_known) {
    report +=
        "  Văn bản không nêu bao nhiêu bên phải ký (dạng cũ), nên mọi bên đều phải có chữ ký.\n"
        "  The text does not say how many must sign (an older form), so all parties must have.\n";
  }
  for (const TextParty& party : findings.without_signature) {
    absl::StrAppend(&report,
                    findings.complete ? "  Không có chữ ký, và văn bản không buộc có: "
                                      : "    THIẾU  không có chữ ký của: ",
                    Party(party.body, party.display_name), "\n",
                    findings.complete ? "  no signature, and the text needs none\n"
                                      : "    MISSING  no signature of this party in the file\n");
  }
}

void Conclude(const BundleFindings& findings, std::string& report) {
  int verified = 0, stated = 0, refused = 0;
  for (const SignatureFinding& finding : findings.signatures) {
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
  also(findings.text_known && !findings.complete, "thiếu chữ ký so với yêu cầu của văn bản",
       "fewer signatures than the text calls for");
  also(findings.verdict() == BundleVerdict::kVerified, "đủ chữ ký số theo văn bản",
       "as many as the text calls for");
  also(findings.verdict() == BundleVerdict::kStated,
       "không thấy sai nhưng tệp chưa đủ để tự chứng minh",
       "nothing is wrong, but the file alone does not prove it");
  absl::StrAppend(&report, "Kết luận: ", verified, " chữ ký số đúng, ", stated,
                  " ghi nhận không kiểm tra được, ", refused, " sai", vi, ".\nResult: ", verified,
                  " verified, ", stated, " stated and not verifiable, ", refused, " bad", en,
                  ".\n");
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
    report += "    SAI  không phải văn bản do hệ thống kết xuất  /  BAD  no text of this system\n";
  }
  for (const agreements::Contradiction& one : findings.contradictions) {
    absl::StrAppend(&report, "    SAI  ", one.field, " trong tệp khác với văn bản  /  BAD  ",
                    one.field, " of the file is not that of the text\n      tệp / file: ", one.head,
                    "\n      văn bản / text: ", one.text, "\n");
  }
  for (size_t i = 0; i < findings.signatures.size(); ++i) {
    absl::StrAppend(&report, "  ", i + 1, ".\n");
    Prove(findings.signatures[i], bundle.signatures[i], report);
  }
  Missing(findings, report);
  StateAll(bundle, findings, report);
  Conclude(findings, report);
  return report;
}

}  // namespace phoihop::ctl
