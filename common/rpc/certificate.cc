#include "common/rpc/certificate.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <memory>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"

namespace phoihop::rpc {
namespace {

template <auto kFree>
struct Freed {
  template <class T>
  void operator()(T* object) const {
    kFree(object);
  }
};

using BioPtr = std::unique_ptr<BIO, Freed<BIO_free_all>>;
using CertificatePtr = std::unique_ptr<X509, Freed<X509_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using StorePtr = std::unique_ptr<X509_STORE, Freed<X509_STORE_free>>;
using ContextPtr = std::unique_ptr<X509_STORE_CTX, Freed<X509_STORE_CTX_free>>;
using NamesPtr = std::unique_ptr<GENERAL_NAMES, Freed<GENERAL_NAMES_free>>;
void FreeStack(STACK_OF(X509) * stack) { sk_X509_pop_free(stack, X509_free); }
using StackPtr = std::unique_ptr<STACK_OF(X509), Freed<FreeStack>>;

absl::Status Bad(const std::string& path, absl::string_view what) {
  ERR_clear_error();
  return absl::FailedPreconditionError(absl::StrCat(path, ": ", what));
}

absl::StatusOr<BioPtr> OpenFile(const std::string& path) {
  BioPtr file(BIO_new_file(path.c_str(), "rb"));
  if (file == nullptr) return Bad(path, std::strerror(errno));
  return file;
}

// All certificates of a file; at least one.
absl::StatusOr<StackPtr> ReadCertificates(const std::string& path) {
  ASSIGN_OR_RETURN(const BioPtr file, OpenFile(path));
  StackPtr stack(sk_X509_new_null());
  while (X509* certificate = PEM_read_bio_X509(file.get(), nullptr, nullptr, nullptr)) {
    sk_X509_push(stack.get(), certificate);
  }
  if (sk_X509_num(stack.get()) == 0) return Bad(path, "holds no certificate (PEM)");
  ERR_clear_error();
  return stack;
}

std::vector<std::string> NamesOf(X509* certificate) {
  std::vector<std::string> names;
  const NamesPtr list(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; list != nullptr && i < sk_GENERAL_NAME_num(list.get()); ++i) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(list.get(), i);
    if (name->type != GEN_DNS) continue;
    names.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName)),
                       static_cast<size_t>(ASN1_STRING_length(name->d.dNSName)));
  }
  return names;
}

absl::Status VerifyChain(const std::string& path, X509* certificate, STACK_OF(X509) * chain,
                         STACK_OF(X509) * authorities) {
  const StorePtr store(X509_STORE_new());
  for (int i = 0; i < sk_X509_num(authorities); ++i) {
    X509_STORE_add_cert(store.get(), sk_X509_value(authorities, i));
  }
  const ContextPtr context(X509_STORE_CTX_new());
  X509_STORE_CTX_init(context.get(), store.get(), certificate, chain);
  if (X509_verify_cert(context.get()) == 1) return absl::OkStatus();
  const int error = X509_STORE_CTX_get_error(context.get());
  const std::string what = X509_verify_cert_error_string(error);
  if (error != X509_V_ERR_CERT_HAS_EXPIRED) return Bad(path, what);
  return Bad(path, what + "; put a new one there (deploy/rotate certificates, or deploy/ca renew)");
}

}  // namespace

absl::StatusOr<CertificateFacts> ReadIdentity(const std::string& dir) {
  const std::string cert_path = absl::StrCat(dir, "/cert.pem");
  const std::string key_path = absl::StrCat(dir, "/key.pem");
  ASSIGN_OR_RETURN(const StackPtr authorities, ReadCertificates(absl::StrCat(dir, "/ca.pem")));
  ASSIGN_OR_RETURN(const StackPtr chain, ReadCertificates(cert_path));
  X509* const certificate = sk_X509_value(chain.get(), 0);
  ASSIGN_OR_RETURN(const BioPtr key_file, OpenFile(key_path));
  const KeyPtr key(PEM_read_bio_PrivateKey(key_file.get(), nullptr, nullptr, nullptr));
  if (key == nullptr) return Bad(key_path, "holds no private key (PEM, without a password)");
  if (X509_check_private_key(certificate, key.get()) != 1) {
    return Bad(key_path, "is the key of another certificate");
  }
  RETURN_IF_ERROR(VerifyChain(cert_path, certificate, chain.get(), authorities.get()));
  CertificateFacts facts;
  facts.names = NamesOf(certificate);
  if (facts.names.empty()) return Bad(cert_path, "names nobody (subjectAltName, DNS)");
  std::tm end{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end) != 1) return Bad(cert_path, "no end");
  facts.not_after = absl::FromTM(end, absl::UTCTimeZone());
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  X509_digest(certificate, EVP_sha256(), digest, &size);
  facts.fingerprint.assign(reinterpret_cast<const char*>(digest), size);
  return facts;
}

}  // namespace phoihop::rpc
