#include "services/agreements/signatures/bundle.h"

#include <openssl/evp.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/status/views.h"
#include "common/text/text.h"
#include "common/time/civil.h"
#include "services/agreements/signatures/text_header.h"

namespace phoihop::agreements {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kMaxDepth = 8;
constexpr size_t kMaxSignatures = 100;
// How far a signer's clock may be ahead.
constexpr absl::Duration kMaxClockAhead = absl::Minutes(5);

absl::Status Malformed() {
  return InvalidField("bundle", "BUNDLE_MALFORMED",
                      {"This file is no signed bundle of an agreement.",
                       "Tệp này không phải gói văn bản đã ký của một chương trình."});
}

// Whether it can be printed: valid UTF-8 without control characters.
bool IsPrintable(const std::string& text) { return text.empty() || Clean(text).ok(); }

// The document, when no object in it has a key twice and none lies too deep.
absl::StatusOr<Json> Parse(std::string_view text) {
  std::vector<std::set<std::string>> open;
  bool good = true;
  const auto watch = [&](int depth, Json::parse_event_t event, Json& parsed) {
    switch (event) {
      case Json::parse_event_t::object_start:
        open.emplace_back();
        break;
      case Json::parse_event_t::object_end:
        if (!open.empty()) open.pop_back();
        break;
      case Json::parse_event_t::key:
        good = good && !open.empty() && open.back().insert(parsed.get<std::string>()).second;
        break;
      default:
        break;
    }
    good = good && depth <= kMaxDepth;
    return true;
  };
  Json json = Json::parse(text.begin(), text.end(), watch, /*allow_exceptions=*/false);
  if (!good || json.is_discarded() || !json.is_object()) return Malformed();
  return json;
}

// A text of the object; empty when it is not there.
absl::Status ReadText(const Json& object, const char* key, std::string& text) {
  const auto found = object.find(key);
  if (found == object.end()) return absl::OkStatus();
  if (!found->is_string()) return Malformed();
  text = found->get<std::string>();
  return IsPrintable(text) ? absl::OkStatus() : Malformed();
}

absl::StatusOr<BundleSignature> ReadSignature(const Json& json) {
  if (!json.is_object()) return Malformed();
  BundleSignature signature;
  std::string cms;
  for (const auto& [key, text] : {std::pair<const char*, std::string*>{"kind", &signature.kind},
                                  {"party", &signature.party},
                                  {"party_name", &signature.party_name},
                                  {"signer_name", &signature.signer_name},
                                  {"signer_title", &signature.signer_title},
                                  {"capacity", &signature.capacity},
                                  {"sign_date", &signature.sign_date},
                                  {"record_time", &signature.record_time},
                                  {"text_sha256", &signature.text_sha256},
                                  {"cms", &cms},
                                  {"scan", &signature.scan}}) {
    RETURN_IF_ERROR(ReadText(json, key, *text));
  }
  if (!absl::Base64Unescape(cms, &signature.cms)) return Malformed();
  return signature;
}

// OK when the file states the day on which the signature says that it was made. It is the day
// in Viet Nam; a signer's clock may be a little ahead, also over midnight.
absl::Status CheckDay(const BundleSignature& signature, const VerifiedSignature& verified) {
  const absl::CivilDay day = VietnamDay(verified.signing_time);
  const absl::CivilDay earlier = VietnamDay(verified.signing_time - kMaxClockAhead);
  if (signature.sign_date == FormatDay(day) || signature.sign_date == FormatDay(earlier)) {
    return absl::OkStatus();
  }
  return InvalidField(
      "sign_date", "SIGN_DATE_OTHER_DAY",
      {absl::StrCat("The file states another day than the signature, which was made on ",
                    FormatDay(day), "."),
       absl::StrCat("Ngày ký nêu trong tệp khác ngày của chữ ký số, được ký ngày ",
                    FormatDayVi(day), ".")});
}

SignatureFinding VerifyOne(const BundleSignature& signature, const std::string& text,
                           const std::string& text_sha256, const SignatureVerifier& verifier,
                           absl::Time at) {
  SignatureFinding finding;
  // Those recorded before texts were fixed name none.
  if (!signature.text_sha256.empty() && signature.text_sha256 != text_sha256) {
    finding.reason = InvalidField(
        "text_sha256", "SIGNATURE_OTHER_TEXT",
        {"This was recorded over another text.", "Việc này được ghi nhận cho một văn bản khác."});
    return finding;
  }
  if (signature.kind == kCmsKind) {
    auto verified = verifier.Verify(text, signature.cms, at);
    if (!verified.ok()) {
      finding.reason = verified.status();
      return finding;
    }
    finding.verified = *std::move(verified);
    finding.reason = CheckDay(signature, *finding.verified);
    if (finding.reason.ok()) finding.kind = SignatureFinding::kVerified;
    return finding;
  }
  if (signature.kind != kInSystemKind && signature.kind != kPaperKind) {
    finding.reason =
        InvalidField("kind", "SIGNATURE_KIND",
                     {"The kind of this signature is not known.", "Không rõ loại của chữ ký này."});
    return finding;
  }
  finding.kind =
      signature.kind == kPaperKind ? SignatureFinding::kPaper : SignatureFinding::kApproval;
  return finding;
}

// Refuses a signature that is good by itself for what the text and the signatures before it say:
// each party of the text signs once, and nobody signs for two. Counts whom it does not refuse.
class Signers {
 public:
  explicit Signers(TextHeader header)
      : header_(std::move(header)), signed_(header_.parties.size(), Place::kNone) {}

  absl::Status Add(const BundleSignature& signature, const SignatureFinding& finding) {
    const auto party =
        std::find_if(header_.parties.begin(), header_.parties.end(),
                     [&](const TextParty& named) { return named.body == signature.party; });
    if (party == header_.parties.end() || party->display_name != signature.party_name) {
      return InvalidField("party", "NOT_A_PARTY",
                          {"The text does not name this party, or names it otherwise.",
                           "Văn bản không nêu bên này, hoặc nêu bằng tên khác."});
    }
    Place& place = signed_[party - header_.parties.begin()];
    if (place != Place::kNone) {
      return InvalidField(
          "party", "PARTY_TWICE",
          {"This party has signed already in this file.", "Bên này đã ký ở trên trong tệp."});
    }
    if (finding.verified.has_value() &&
        !certificates_.insert(finding.verified->certificate_sha256).second) {
      return InvalidField("cms", "CERTIFICATE_USED",
                          {"Another party of this file signed with the same certificate.",
                           "Một bên khác trong tệp đã ký bằng chính chứng thư này."});
    }
    place = finding.verified.has_value() ? Place::kVerified : Place::kStated;
    return absl::OkStatus();
  }

  void Conclude(BundleFindings& findings) const {
    findings.order_known = !header_.groups.empty();
    for (size_t i = 0; i < signed_.size(); ++i) {
      if (signed_[i] == Place::kNone) findings.without_signature.push_back(header_.parties[i]);
    }
    findings.complete = HasEnough(Place::kStated);
    findings.complete_by_verified = HasEnough(Place::kVerified);
  }

 private:
  // What the file has for a party.
  enum class Place { kNone, kStated, kVerified };

  // Whether as many as have to have at least that.
  bool HasEnough(Place least) const {
    std::vector<TextGroup> groups = header_.groups;
    if (groups.empty()) {
      TextGroup& all = groups.emplace_back();
      for (size_t i = 0; i < signed_.size(); ++i) all.parties.push_back(i);
      all.required = static_cast<int>(signed_.size());
    }
    return std::all_of(groups.begin(), groups.end(), [&](const TextGroup& group) {
      return std::count_if(group.parties.begin(), group.parties.end(),
                           [&](size_t party) { return signed_[party] >= least; }) >= group.required;
    });
  }

  const TextHeader header_;
  std::vector<Place> signed_;
  std::set<std::string> certificates_;
};

std::vector<Contradiction> Compare(const Bundle& bundle, const TextHeader& text) {
  std::vector<Contradiction> found;
  const auto compare = [&](std::string field, const std::string& head, const std::string& said) {
    if (head != said) found.push_back({std::move(field), head, said});
  };
  // The text of a later version is that of the amendment which made it.
  if (text.amends.empty() || bundle.agreement != text.amends) {
    compare("agreement", bundle.agreement, text.agreement);
  }
  compare("title", bundle.title, text.title);
  compare("document_number", bundle.document_number, text.document_number);
  return found;
}

}  // namespace

std::string TextDigest(std::string_view text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  size_t size = 0;
  if (EVP_Q_digest(nullptr, "SHA256", nullptr, text.data(), text.size(), digest, &size) != 1) {
    return "";
  }
  return absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(digest), size));
}

std::string WriteBundle(const Bundle& bundle) {
  Json json;
  json["format"] = std::string(kBundleFormat);
  json["agreement"] = bundle.agreement;
  json["title"] = bundle.title;
  json["document_number"] = bundle.document_number;
  json["state"] = bundle.state;
  json["exported_at"] = bundle.exported_at;
  if (!bundle.version.empty()) json["version"] = bundle.version;
  if (!bundle.version_date.empty()) json["version_date"] = bundle.version_date;
  if (!bundle.version_end.empty()) json["version_end"] = bundle.version_end;
  json["text"] = bundle.text;
  json["text_sha256"] = bundle.text_sha256;
  json["signatures"] = Json::array();
  for (const BundleSignature& signature : bundle.signatures) {
    Json one;
    one["kind"] = signature.kind;
    one["party"] = signature.party;
    one["party_name"] = signature.party_name;
    one["signer_name"] = signature.signer_name;
    one["signer_title"] = signature.signer_title;
    one["capacity"] = signature.capacity;
    one["sign_date"] = signature.sign_date;
    one["record_time"] = signature.record_time;
    one["text_sha256"] = signature.text_sha256;
    if (!signature.cms.empty()) one["cms"] = absl::Base64Escape(signature.cms);
    if (!signature.scan.empty()) one["scan"] = signature.scan;
    json["signatures"].push_back(std::move(one));
  }
  // Text that is no UTF-8 cannot come from the service; it would be replaced, not thrown at us.
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

absl::StatusOr<Bundle> ReadBundle(std::string_view json) {
  if (json.size() > kMaxBundleBytes) return Malformed();
  ASSIGN_OR_RETURN(const Json parsed, Parse(json));
  Bundle bundle;
  std::string format;
  for (const auto& [key, text] : {std::pair<const char*, std::string*>{"format", &format},
                                  {"agreement", &bundle.agreement},
                                  {"title", &bundle.title},
                                  {"document_number", &bundle.document_number},
                                  {"state", &bundle.state},
                                  {"exported_at", &bundle.exported_at},
                                  {"version", &bundle.version},
                                  {"version_date", &bundle.version_date},
                                  {"version_end", &bundle.version_end},
                                  {"text", &bundle.text},
                                  {"text_sha256", &bundle.text_sha256}}) {
    RETURN_IF_ERROR(ReadText(parsed, key, *text));
  }
  if (format != kBundleFormat || bundle.text.empty()) return Malformed();
  const auto signatures = parsed.find("signatures");
  if (signatures == parsed.end() || !signatures->is_array() ||
      signatures->size() > kMaxSignatures) {
    return Malformed();
  }
  for (const Json& one : *signatures) {
    ASSIGN_OR_RETURN(BundleSignature signature, ReadSignature(one));
    bundle.signatures.push_back(std::move(signature));
  }
  return bundle;
}

BundleVerdict BundleFindings::verdict() const {
  const bool refused = std::any_of(
      signatures.begin(), signatures.end(),
      [](const SignatureFinding& finding) { return finding.kind == SignatureFinding::kRefused; });
  if (!text_intact || !text_known || !contradictions.empty() || signatures.empty() || refused ||
      !complete) {
    return BundleVerdict::kBad;
  }
  return complete_by_verified ? BundleVerdict::kVerified : BundleVerdict::kStated;
}

BundleFindings VerifyBundle(const Bundle& bundle, const SignatureVerifier& verifier,
                            absl::Time at) {
  BundleFindings findings;
  findings.text_sha256 = TextDigest(bundle.text);
  findings.text_intact = findings.text_sha256 == bundle.text_sha256;
  const std::optional<TextHeader> header = ReadTextHeader(bundle.text);
  findings.text_known = header.has_value();
  if (header.has_value()) findings.contradictions = Compare(bundle, *header);
  Signers signers(header.value_or(TextHeader()));
  for (const BundleSignature& signature : bundle.signatures) {
    SignatureFinding finding =
        VerifyOne(signature, bundle.text, findings.text_sha256, verifier, at);
    if (header.has_value() && finding.kind != SignatureFinding::kRefused) {
      absl::Status allowed = signers.Add(signature, finding);
      if (!allowed.ok()) {
        finding.kind = SignatureFinding::kRefused;
        finding.reason = std::move(allowed);
      }
    }
    findings.signatures.push_back(std::move(finding));
  }
  signers.Conclude(findings);
  return findings;
}

}  // namespace phoihop::agreements
