#include "common/rpc/testing/authority.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace phoihop::testing {
namespace {

namespace fs = std::filesystem;

void Check(bool good, const char* what) {
  if (good) return;
  std::fprintf(stderr, "OpenSSL: %s\n", what);
  std::abort();
}

std::string TextOf(BIO* out) {
  char* data = nullptr;
  const auto size = BIO_get_mem_data(out, &data);
  std::string text(data, static_cast<size_t>(size));
  BIO_free_all(out);
  return text;
}

std::string Pem(X509* certificate) {
  BIO* const out = BIO_new(BIO_s_mem());
  Check(PEM_write_bio_X509(out, certificate) == 1, "certificate as PEM");
  return TextOf(out);
}

std::string Pem(EVP_PKEY* key) {
  BIO* const out = BIO_new(BIO_s_mem());
  Check(PEM_write_bio_PKCS8PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr) == 1,
        "key as PEM");
  return TextOf(out);
}

void AddExtension(X509* certificate, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, nullptr, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  Check(extension != nullptr, "extension");
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

// Of `key`, not signed yet. A life that ends before now began an hour before its end.
X509* Draft(EVP_PKEY* key, const std::string& common_name, absl::Duration lifetime) {
  static std::atomic<int64_t> serial = absl::ToUnixMicros(absl::Now());
  X509* const certificate = X509_new();
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_INTEGER_set_int64(X509_get_serialNumber(certificate), ++serial);
  const absl::Time end = absl::Now() + lifetime;
  ASN1_TIME_set(X509_getm_notBefore(certificate),
                absl::ToTimeT(std::min(absl::Now(), end) - absl::Hours(1)));
  ASN1_TIME_set(X509_getm_notAfter(certificate), absl::ToTimeT(end));
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1,
                             0);
  X509_set_pubkey(certificate, key);
  return certificate;
}

EVP_PKEY* NewKey() {
  EVP_PKEY* const key = EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256");
  Check(key != nullptr, "key");
  return key;
}

void Write(const fs::path& file, const std::string& text) {
  std::ofstream out(file);
  out << text;
}

}  // namespace

struct TestAuthority::Impl {
  EVP_PKEY* key = NewKey();
  X509* certificate = nullptr;
};

TestAuthority::TestAuthority() : impl_(std::make_unique<Impl>()) {
  static std::atomic<int> number = 0;
  // A name of its own: an issuer is looked for by name.
  impl_->certificate =
      Draft(impl_->key, absl::StrCat("Test authority ", ++number), absl::Hours(24));
  X509* const certificate = impl_->certificate;
  X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
  AddExtension(certificate, NID_basic_constraints, "critical,CA:TRUE");
  AddExtension(certificate, NID_key_usage, "critical,keyCertSign");
  Check(X509_sign(certificate, impl_->key, EVP_sha256()) > 0, "authority");
}

TestAuthority::~TestAuthority() {
  X509_free(impl_->certificate);
  EVP_PKEY_free(impl_->key);
}

std::string TestAuthority::Issue(const std::string& dir, const std::string& name,
                                 absl::Duration lifetime) const {
  static std::atomic<int> generation = 0;
  EVP_PKEY* const key = NewKey();
  X509* const certificate = Draft(key, name, lifetime);
  X509_set_issuer_name(certificate, X509_get_subject_name(impl_->certificate));
  AddExtension(certificate, NID_basic_constraints, "critical,CA:FALSE");
  AddExtension(certificate, NID_subject_alt_name,
               absl::StrCat("DNS:", name, ".phoihop.internal,IP:127.0.0.1"));
  AddExtension(certificate, NID_ext_key_usage, "serverAuth,clientAuth");
  Check(X509_sign(certificate, impl_->key, EVP_sha256()) > 0, "certificate");

  const fs::path folder = dir;
  const std::string next = absl::StrCat("generation-", ++generation);
  fs::create_directories(folder / next);
  Write(folder / next / "ca.pem", Pem(impl_->certificate));
  Write(folder / next / "cert.pem", Pem(certificate));
  Write(folder / next / "key.pem", Pem(key));
  X509_free(certificate);
  EVP_PKEY_free(key);
  // gRPC tells by whole seconds whether both have changed.
  if (fs::exists(folder / "cert.pem")) {
    const auto later = fs::last_write_time(folder / "cert.pem") + std::chrono::seconds(1);
    for (const char* file : {"cert.pem", "key.pem"}) {
      fs::last_write_time(folder / next / file, later);
    }
  }
  fs::create_symlink(next, folder / "current.new");
  fs::rename(folder / "current.new", folder / "current");
  for (const char* file : {"ca.pem", "cert.pem", "key.pem"}) {
    if (!fs::is_symlink(folder / file)) {
      fs::create_symlink(fs::path("current") / file, folder / file);
    }
  }
  return dir;
}

}  // namespace phoihop::testing
