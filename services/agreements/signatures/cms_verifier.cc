#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <ctime>
#include <optional>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "services/agreements/signatures/certificates.h"
#include "services/agreements/signatures/verifier.h"

namespace phoihop::agreements {
namespace {

// Certificates in a message, and from a signer up to the anchor: real ones have two to four.
constexpr int kMaxCertificates = 20;
constexpr int kMaxDepth = 8;
// OpenSSL's level 2: 112 bits, so RSA from 2048, curves from 224, and no SHA-1 in the chain.
constexpr int kSecurityLevel = 2;
constexpr int kSecurityBits = 112;

BioPtr Memory(std::string_view bytes) {
  return BioPtr(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
}

// The message, when the bytes are one and nothing else.
CmsPtr Parse(std::string_view der) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const auto* const end = at + der.size();
  CmsPtr cms(d2i_CMS_ContentInfo(nullptr, &at, static_cast<long>(der.size())));  // NOLINT
  if (cms == nullptr || at != end) return nullptr;
  if (OBJ_obj2nid(CMS_get0_type(cms.get())) != NID_pkcs7_signed) return nullptr;
  // A signature over something else than plain data, a time stamp for example, is none here.
  if (OBJ_obj2nid(CMS_get0_eContentType(cms.get())) != NID_pkcs7_data) return nullptr;
  return cms;
}

bool IsStrongDigest(const X509_ALGOR* algorithm) {
  const ASN1_OBJECT* object = nullptr;
  X509_ALGOR_get0(&object, nullptr, nullptr, algorithm);
  switch (OBJ_obj2nid(object)) {
    case NID_sha256:
    case NID_sha384:
    case NID_sha512:
    case NID_sha512_256:
    case NID_sha3_256:
    case NID_sha3_384:
    case NID_sha3_512:
      return true;
    default:
      return false;
  }
}

// Purposes of certificates with which documents are signed and that OpenSSL has no flag for: that
// of RFC 9336, and those of Microsoft and Adobe that authorities wrote before there was it.
constexpr const char* kDocumentPurposes[] = {"1.3.6.1.5.5.7.3.36", "1.3.6.1.4.1.311.10.3.12",
                                             "1.2.840.113583.1.1.5"};

// Whether the certificate may sign documents as far as its purposes (extended key usage) say. One
// that names none, or any, is not limited. Otherwise it has to name document signing or the
// protection of e-mail: authorities give persons the latter for signatures of every kind (S/MIME
// signatures are CMS signatures, like these). A certificate for servers, programs, time stamps
// or OCSP alone was issued for machines or services, and its key often lies where no person
// watches it: what it signs is nobody's will.
bool MaySignDocuments(X509* certificate) {
  const uint32_t purposes = X509_get_extended_key_usage(certificate);
  // All bits set stands for a certificate without the extension.
  if (purposes == UINT32_MAX || (purposes & (XKU_ANYEKU | XKU_SMIME)) != 0) return true;
  const ExtendedKeyUsagePtr named(static_cast<EXTENDED_KEY_USAGE*>(
      X509_get_ext_d2i(certificate, NID_ext_key_usage, nullptr, nullptr)));
  for (int i = 0; named != nullptr && i < sk_ASN1_OBJECT_num(named.get()); ++i) {
    char text[128];
    OBJ_obj2txt(text, sizeof(text), sk_ASN1_OBJECT_value(named.get(), i), /*no_name=*/1);
    for (const char* purpose : kDocumentPurposes) {
      if (std::string_view(text) == purpose) return true;
    }
  }
  return false;
}

// The signed attribute, when it is there exactly once with one value.
std::optional<absl::Time> SigningTime(CMS_SignerInfo* signer) {
  for (const int type : {V_ASN1_UTCTIME, V_ASN1_GENERALIZEDTIME}) {
    // -3 demands one attribute with one value.
    const void* value =
        CMS_signed_get0_data_by_OBJ(signer, OBJ_nid2obj(NID_pkcs9_signingTime), -3, type);
    if (value != nullptr) return TimeOf(static_cast<const ASN1_TIME*>(value));
  }
  return std::nullopt;
}

class CmsVerifier : public SignatureVerifier {
 public:
  explicit CmsVerifier(CmsVerifierOptions options) : options_(std::move(options)) {}

  absl::StatusOr<VerifiedSignature> Verify(std::string_view text, std::string_view cms_der,
                                           absl::Time at) const override {
    const auto forget = absl::MakeCleanup([] { ERR_clear_error(); });
    if (cms_der.empty() || cms_der.size() > kMaxCmsBytes || text.size() > kMaxSignedTextBytes) {
      return Malformed();
    }
    const CmsPtr cms = Parse(cms_der);
    if (cms == nullptr || CMS_is_detached(cms.get()) != 1) return Malformed();
    ASSIGN_OR_RETURN(CMS_SignerInfo* const signer, TheSigner(cms.get()));
    X509* certificate = nullptr;
    RETURN_IF_ERROR(CheckStrength(signer, certificate));
    RETURN_IF_ERROR(CheckContent(cms.get(), signer, text));

    const std::optional<absl::Time> signing_time = SigningTime(signer);
    RETURN_IF_ERROR(CheckTime(signing_time, certificate, at));
    const CertificatesPtr included(CMS_get1_certs(cms.get()));
    ASSIGN_OR_RETURN(const CertificatesPtr chain,
                     CheckChain(certificate, included.get(), *signing_time));
    if (options_.valid_at_receipt) {
      RETURN_IF_ERROR(CheckChain(certificate, included.get(), at).status());
    }
    RETURN_IF_ERROR(CheckUsage(certificate, chain.get()));
    ASSIGN_OR_RETURN(const std::vector<CrlPtr> lists, ReadRevocationLists(options_.crl_dir));
    const Revocation revocation = CheckRevocation(chain.get(), lists, at);
    if (revocation == Revocation::kRevoked) return Revoked();
    if (revocation == Revocation::kUnknown && options_.require_revocation_lists) {
      return RevocationUnknown();
    }

    VerifiedSignature verified;
    verified.signer_subject = NameText(X509_get_subject_name(certificate));
    verified.issuer = NameText(X509_get_issuer_name(certificate));
    verified.serial = SerialText(certificate);
    verified.signing_time = *signing_time;
    verified.certificate_sha256 = FingerprintText(certificate);
    verified.revocation_checked = revocation == Revocation::kClear;
    for (int i = 0; i < sk_X509_num(chain.get()); ++i) {
      verified.chain.push_back(NameText(X509_get_subject_name(sk_X509_value(chain.get(), i))));
    }
    return verified;
  }

 private:
  // Each error, once.
  absl::Status Malformed() const {
    return InvalidField(options_.field, "SIGNATURE_MALFORMED",
                        {"This is no detached CMS signature (DER, up to 65,536 bytes) by one "
                         "signer whose certificate is included. Sign the text again and send the "
                         ".p7s file.",
                         "Đây không phải chữ ký CMS tách rời (DER, tối đa 65.536 byte) của một "
                         "người ký có kèm chứng thư. Hãy ký lại văn bản và gửi tệp .p7s."});
  }
  absl::Status Altered() const {
    return InvalidField(options_.field, "SIGNATURE_ALTERED",
                        {"The signature does not verify: it was changed after it was made, or is "
                         "not by the key of its certificate. Get the .p7s file again from whoever "
                         "signed, or sign again.",
                         "Chữ ký không xác minh được: đã bị sửa sau khi ký, hoặc không do khóa "
                         "của chứng thư tạo ra. Hãy lấy lại tệp .p7s từ người ký, hoặc ký lại."});
  }
  absl::Status OtherText() const {
    return InvalidField(options_.field, "SIGNATURE_OTHER_TEXT",
                        {"The signature is over another text. Get the text to be signed again and "
                         "sign exactly its bytes.",
                         "Chữ ký là của một văn bản khác. Hãy lấy lại văn bản cần ký và ký đúng "
                         "nguyên văn."});
  }
  absl::Status Weak() const {
    return InvalidField(options_.field, "SIGNATURE_WEAK",
                        {"The signature's algorithm is too weak: at least SHA-256 and a key of 112 "
                         "bits of security (RSA 2048) are needed.",
                         "Thuật toán của chữ ký quá yếu: cần ít nhất SHA-256 và khóa có độ an toàn "
                         "112 bit (RSA 2048)."});
  }
  absl::Status BadTime() const {
    return InvalidField(options_.field, "SIGNING_TIME_INVALID",
                        {"The signature has no signing time, or one in the future or before its "
                         "certificate began. Check the clock of the machine that signs.",
                         "Chữ ký không có thời điểm ký, hoặc thời điểm ký ở tương lai hay trước "
                         "khi chứng thư có hiệu lực. Hãy kiểm tra đồng hồ của máy ký."});
  }
  absl::Status Expired() const {
    return InvalidField(options_.field, "CERTIFICATE_EXPIRED",
                        {"The certificate, or one above it, has expired. Sign with a valid one.",
                         "Chứng thư, hoặc chứng thư cấp trên của nó, đã hết hạn. Hãy ký bằng chứng "
                         "thư còn hiệu lực."});
  }
  absl::Status Untrusted() const {
    return InvalidField(options_.field, "CERTIFICATE_UNTRUSTED",
                        {"The certificate does not lead to a trusted authority. Use one issued by "
                         "an authority that is trusted here, and include the intermediate "
                         "certificates.",
                         "Chứng thư không dẫn đến tổ chức chứng thực được tin cậy. Hãy dùng chứng "
                         "thư do tổ chức được tin cậy ở đây cấp và kèm các chứng thư trung gian."});
  }
  absl::Status NotForSigning() const {
    return InvalidField(options_.field, "CERTIFICATE_NOT_FOR_SIGNING",
                        {"The certificate was not issued for signing documents (it is a server's, "
                         "for example). Sign with a certificate for digital signatures.",
                         "Chứng thư không được cấp để ký văn bản (ví dụ là chứng thư máy chủ). Hãy "
                         "ký bằng chứng thư chữ ký số."});
  }
  absl::Status Revoked() const {
    return InvalidField(options_.field, "CERTIFICATE_REVOKED",
                        {"The certificate, or one above it, is revoked. Sign with another one.",
                         "Chứng thư, hoặc chứng thư cấp trên của nó, đã bị thu hồi. Hãy ký bằng "
                         "chứng thư khác."});
  }
  absl::Status RevocationUnknown() const {
    return InvalidField(
        options_.field, "REVOCATION_UNKNOWN",
        {"No current revocation list covers the certificate. Have the administrator "
         "bring the lists of its authority up to date.",
         "Không có danh sách thu hồi còn hiệu lực cho chứng thư này. Hãy đề nghị "
         "quản trị viên cập nhật danh sách của tổ chức chứng thực."});
  }

  // The only signer, with its certificate found in the message.
  absl::StatusOr<CMS_SignerInfo*> TheSigner(CMS_ContentInfo* cms) const {
    const CertificatesPtr included(CMS_get1_certs(cms));
    STACK_OF(CMS_SignerInfo)* const signers = CMS_get0_SignerInfos(cms);
    if (signers == nullptr || sk_CMS_SignerInfo_num(signers) != 1 || included == nullptr ||
        sk_X509_num(included.get()) > kMaxCertificates ||
        CMS_set1_signers_certs(cms, nullptr, 0) != 1) {
      return Malformed();
    }
    return sk_CMS_SignerInfo_value(signers, 0);
  }

  absl::Status CheckStrength(CMS_SignerInfo* signer, X509*& certificate) const {
    EVP_PKEY* key = nullptr;
    X509_ALGOR* digest = nullptr;
    X509_ALGOR* signature = nullptr;
    CMS_SignerInfo_get0_algs(signer, &key, &certificate, &digest, &signature);
    if (key == nullptr || certificate == nullptr || digest == nullptr) return Malformed();
    if (!IsStrongDigest(digest) || EVP_PKEY_get_security_bits(key) < kSecurityBits) return Weak();
    return absl::OkStatus();
  }

  // The signature is the key's over the signed attributes, and these name the digest of `text`.
  absl::Status CheckContent(CMS_ContentInfo* cms, CMS_SignerInfo* signer,
                            std::string_view text) const {
    if (CMS_signed_get_attr_count(signer) <= 0) return BadTime();
    if (CMS_SignerInfo_verify(signer) != 1) return Altered();
    const BioPtr content = Memory(text);
    // The chain is checked afterwards, at the signing time.
    constexpr unsigned int kFlags = CMS_BINARY | CMS_NO_SIGNER_CERT_VERIFY;
    if (CMS_verify(cms, nullptr, nullptr, content.get(), nullptr, kFlags) != 1) return OtherText();
    return absl::OkStatus();
  }

  absl::Status CheckTime(std::optional<absl::Time> signing_time, const X509* certificate,
                         absl::Time at) const {
    const std::optional<absl::Time> from = TimeOf(X509_get0_notBefore(certificate));
    const std::optional<absl::Time> until = TimeOf(X509_get0_notAfter(certificate));
    if (!signing_time.has_value() || !from.has_value() || !until.has_value()) return BadTime();
    if (*signing_time > at + options_.clock_skew || *signing_time < *from) return BadTime();
    if (*signing_time > *until) return Expired();
    return absl::OkStatus();
  }

  // The chain from the certificate to an anchor, valid at the signing time.
  absl::StatusOr<CertificatesPtr> CheckChain(X509* certificate, STACK_OF(X509) * included,
                                             absl::Time signing_time) const {
    ASSIGN_OR_RETURN(const std::vector<CertificatePtr> anchors,
                     ReadTrustAnchors(options_.trust_dir));
    const StorePtr store(X509_STORE_new());
    for (const CertificatePtr& anchor : anchors) X509_STORE_add_cert(store.get(), anchor.get());
    const StoreContextPtr context(X509_STORE_CTX_new());
    if (context == nullptr ||
        X509_STORE_CTX_init(context.get(), store.get(), certificate, included) != 1) {
      return Internal("OpenSSL cannot verify a chain");
    }
    X509_VERIFY_PARAM* const param = X509_STORE_CTX_get0_param(context.get());
    X509_VERIFY_PARAM_set_time(param, absl::ToTimeT(signing_time));
    X509_VERIFY_PARAM_set_depth(param, kMaxDepth);
    X509_VERIFY_PARAM_set_auth_level(param, kSecurityLevel);
    // An anchor need not be a root: a folder may name the authority that issues.
    X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN);
    if (X509_verify_cert(context.get()) == 1) {
      return CertificatesPtr(X509_STORE_CTX_get1_chain(context.get()));
    }
    switch (X509_STORE_CTX_get_error(context.get())) {
      case X509_V_ERR_CERT_HAS_EXPIRED:
        return Expired();
      case X509_V_ERR_CERT_NOT_YET_VALID:
        return BadTime();
      case X509_V_ERR_EE_KEY_TOO_SMALL:
      case X509_V_ERR_CA_KEY_TOO_SMALL:
      case X509_V_ERR_CA_MD_TOO_WEAK:
        return Weak();
      default:
        return Untrusted();
    }
  }

  // A certificate that says for what it is, and says signing; not that of an authority. Nor does an
  // authority whose own certificate is for other purposes issue those of signers.
  absl::Status CheckUsage(X509* certificate, const STACK_OF(X509) * chain) const {
    constexpr uint32_t kSigning = KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION;
    const uint32_t usage = X509_get_key_usage(certificate);
    // All bits set stands for a certificate without the extension.
    if (usage == UINT32_MAX || (usage & kSigning) == 0 || X509_check_ca(certificate) != 0) {
      return NotForSigning();
    }
    // The anchor is trusted for whatever it is.
    for (int i = 0; i < std::max(sk_X509_num(chain) - 1, 1); ++i) {
      if (!MaySignDocuments(sk_X509_value(chain, i))) return NotForSigning();
    }
    return absl::OkStatus();
  }

  const CmsVerifierOptions options_;
};

}  // namespace

std::unique_ptr<SignatureVerifier> NewCmsVerifier(CmsVerifierOptions options) {
  return std::make_unique<CmsVerifier>(std::move(options));
}

bool IsSignedCms(std::string_view der) {
  const auto forget = absl::MakeCleanup([] { ERR_clear_error(); });
  if (der.empty() || der.size() > INT32_MAX) return false;
  const CmsPtr cms = Parse(der);
  if (cms == nullptr) return false;
  STACK_OF(CMS_SignerInfo)* const signers = CMS_get0_SignerInfos(cms.get());
  return signers != nullptr && sk_CMS_SignerInfo_num(signers) > 0;
}

}  // namespace phoihop::agreements
