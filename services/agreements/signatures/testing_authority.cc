#include "services/agreements/signatures/testing_authority.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <utility>

#include "services/agreements/signatures/openssl_handles.h"

namespace phoihop::agreements {
namespace {

void Check(bool good, const char* what) {
  if (good) return;
  std::fprintf(stderr, "OpenSSL: %s\n", what);
  ERR_print_errors_fp(stderr);
  std::abort();
}

using Asn1TimePtr = std::unique_ptr<ASN1_TIME, OpenSslDeleter<ASN1_TIME_free>>;

Asn1TimePtr TimeValue(absl::Time time) {
  Asn1TimePtr value(ASN1_TIME_set(nullptr, absl::ToTimeT(time)));
  Check(value != nullptr, "time");
  return value;
}

std::string TextOf(const BioPtr& out) {
  char* data = nullptr;
  const auto size = BIO_get_mem_data(out.get(), &data);
  return std::string(data, static_cast<size_t>(size));
}

void SetName(X509_NAME* name, const std::string& text) {
  Check(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                   reinterpret_cast<const unsigned char*>(text.data()),
                                   static_cast<int>(text.size()), -1, 0) == 1,
        "name");
}

void AddExtension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  Check(extension != nullptr, "extension");
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

std::atomic<long> next_serial = 0x1000;  // NOLINT(google-runtime-int): OpenSSL's type

}  // namespace

struct TestHolder::Impl {
  KeyPtr key;
  CertificatePtr certificate;
  // Nothing for a root.
  std::shared_ptr<const Impl> issuer;

  static std::shared_ptr<const Impl> Make(const CertificateSpec& spec,
                                          std::shared_ptr<const Impl> issuer) {
    auto made = std::make_shared<Impl>();
    made->key.reset(spec.rsa_bits > 0
                        ? EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", size_t(spec.rsa_bits))
                        : EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
    Check(made->key != nullptr, "key");
    made->certificate.reset(X509_new());
    X509* const certificate = made->certificate.get();
    X509* const above = issuer == nullptr ? certificate : issuer->certificate.get();
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++next_serial);
    X509_set1_notBefore(certificate, TimeValue(spec.from).get());
    X509_set1_notAfter(certificate, TimeValue(spec.until).get());
    SetName(X509_get_subject_name(certificate), spec.name);
    X509_set_issuer_name(certificate, X509_get_subject_name(above));
    X509_set_pubkey(certificate, made->key.get());
    AddExtension(certificate, above, NID_basic_constraints,
                 spec.authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
    if (!spec.key_usage.empty()) AddExtension(certificate, above, NID_key_usage, spec.key_usage);
    if (!spec.extended_key_usage.empty()) {
      AddExtension(certificate, above, NID_ext_key_usage, spec.extended_key_usage);
    }
    AddExtension(certificate, above, NID_subject_key_identifier, "hash");
    if (issuer != nullptr) {
      AddExtension(certificate, above, NID_authority_key_identifier, "keyid:always");
    }
    EVP_PKEY* const signing = issuer == nullptr ? made->key.get() : issuer->key.get();
    Check(X509_sign(certificate, signing, EVP_sha256()) > 0, "certificate");
    made->issuer = std::move(issuer);
    return made;
  }
};

TestHolder TestHolder::Root(const CertificateSpec& spec) {
  TestHolder root;
  root.impl_ = Impl::Make(spec, nullptr);
  return root;
}

TestHolder TestHolder::Issue(const CertificateSpec& spec) const {
  TestHolder issued;
  issued.impl_ = Impl::Make(spec, impl_);
  return issued;
}

std::string TestHolder::CertificatePem() const {
  const BioPtr out(BIO_new(BIO_s_mem()));
  Check(PEM_write_bio_X509(out.get(), impl_->certificate.get()) == 1, "PEM");
  return TextOf(out);
}

std::string TestHolder::Sign(std::string_view text, const SignSpec& spec,
                             const TestHolder* second) const {
  unsigned int flags = CMS_BINARY | CMS_PARTIAL;
  if (spec.detached) flags |= CMS_DETACHED;
  const BioPtr content(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  const CmsPtr cms(CMS_sign(nullptr, nullptr, nullptr, content.get(), flags));
  Check(cms != nullptr, "CMS_sign");
  const EVP_MD* const digest = EVP_get_digestbyname(spec.digest.c_str());
  Check(digest != nullptr, "digest");
  for (const TestHolder* holder : {this, second}) {
    if (holder == nullptr) continue;
    unsigned int signer_flags = flags;
    if (!spec.signed_attributes) signer_flags |= CMS_NOATTR;
    if (!spec.include_signer) signer_flags |= CMS_NOCERTS;
    CMS_SignerInfo* const info = CMS_add1_signer(cms.get(), holder->impl_->certificate.get(),
                                                 holder->impl_->key.get(), digest, signer_flags);
    Check(info != nullptr, "signer");
    if (!spec.signed_attributes) continue;
    const Asn1TimePtr time = TimeValue(spec.time);
    Check(CMS_signed_add1_attr_by_NID(info, NID_pkcs9_signingTime, ASN1_STRING_type(time.get()),
                                      time.get(), -1) == 1,
          "signing time");
  }
  if (spec.include_intermediates) {
    for (auto at = impl_->issuer; at != nullptr && at->issuer != nullptr; at = at->issuer) {
      CMS_add1_cert(cms.get(), at->certificate.get());
    }
  }
  Check(CMS_final(cms.get(), content.get(), nullptr, flags) == 1, "CMS_final");
  unsigned char* der = nullptr;
  const int size = i2d_CMS_ContentInfo(cms.get(), &der);
  Check(size > 0, "CMS");
  const OpenSslBytesPtr owned(der);
  return std::string(reinterpret_cast<const char*>(der), static_cast<size_t>(size));
}

std::string TestHolder::RevocationListPem(const std::vector<RevokedHolder>& revoked,
                                          absl::Time this_update, absl::Time next_update) const {
  const CrlPtr list(X509_CRL_new());
  X509_CRL_set_version(list.get(), X509_CRL_VERSION_2);
  X509_CRL_set_issuer_name(list.get(), X509_get_subject_name(impl_->certificate.get()));
  X509_CRL_set1_lastUpdate(list.get(), TimeValue(this_update).get());
  X509_CRL_set1_nextUpdate(list.get(), TimeValue(next_update).get());
  for (const RevokedHolder& one : revoked) {
    X509_REVOKED* const entry = X509_REVOKED_new();
    X509_REVOKED_set_serialNumber(entry,
                                  X509_get_serialNumber(one.holder.impl_->certificate.get()));
    X509_REVOKED_set_revocationDate(entry, TimeValue(one.when).get());
    X509_CRL_add0_revoked(list.get(), entry);
  }
  X509_CRL_sort(list.get());
  Check(X509_CRL_sign(list.get(), impl_->key.get(), EVP_sha256()) > 0, "revocation list");
  const BioPtr out(BIO_new(BIO_s_mem()));
  Check(PEM_write_bio_X509_CRL(out.get(), list.get()) == 1, "PEM");
  return TextOf(out);
}

CertificateSpec TestHierarchy::AuthoritySpec(const std::string& name) {
  CertificateSpec spec = SignerSpec(name);
  spec.authority = true;
  spec.key_usage = "critical,keyCertSign,cRLSign";
  return spec;
}

CertificateSpec TestHierarchy::SignerSpec(const std::string& name) {
  CertificateSpec spec;
  spec.name = name;
  spec.from = absl::FromCivil(absl::CivilDay(2020, 1, 1), absl::UTCTimeZone());
  spec.until = absl::FromCivil(absl::CivilDay(2030, 1, 1), absl::UTCTimeZone());
  return spec;
}

TestHierarchy::TestHierarchy() {
  std::string pattern = (std::filesystem::temp_directory_path() / "phoihop-ca-XXXXXX").string();
  Check(mkdtemp(pattern.data()) != nullptr, "temporary folder");
  folder_ = pattern;
  trust_dir_ = folder_ + "/trust";
  crl_dir_ = folder_ + "/crl";
  std::filesystem::create_directory(trust_dir_);
  std::filesystem::create_directory(crl_dir_);
  std::ofstream(trust_dir_ + "/root.pem") << root.CertificatePem();
}

TestHierarchy::~TestHierarchy() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void TestHierarchy::WriteList(const std::string& file, const std::string& pem) const {
  std::ofstream(crl_dir_ + "/" + file) << pem;
}

}  // namespace phoihop::agreements
