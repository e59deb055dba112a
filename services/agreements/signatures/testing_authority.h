// Certificate authorities for tests: a real hierarchy made with OpenSSL, with keys, signatures
// and revocation lists. No OpenSSL types, so that any room's tests can sign.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_SIGNATURES_TESTING_AUTHORITY_H_
#define PHOIHOP_SERVICES_AGREEMENTS_SIGNATURES_TESTING_AUTHORITY_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"

namespace phoihop::agreements {

// What a certificate says. The defaults are those of a good signer.
struct CertificateSpec {
  // Common name.
  std::string name = "Nguyễn Văn Ử";
  absl::Time from = absl::UnixEpoch();
  absl::Time until = absl::UnixEpoch();
  bool authority = false;
  // As OpenSSL's configuration writes it; no such extension when empty.
  std::string key_usage = "critical,digitalSignature,nonRepudiation";
  // The same for the purposes: "emailProtection", an OID.
  std::string extended_key_usage = "";
  // 0 for a key on P-256.
  int rsa_bits = 0;
};

// How a signature is made. The defaults are those of a good one.
struct SignSpec {
  absl::Time time = absl::UnixEpoch();
  std::string digest = "SHA256";
  bool signed_attributes = true;
  bool include_signer = true;
  bool include_intermediates = true;
  // The text within the signature instead of beside it.
  bool detached = true;
};

struct RevokedHolder;

// The holder of a key and its certificate: an authority or a signer. Cheap to copy. Failures
// of OpenSSL end the process.
class TestHolder {
 public:
  // An authority that nobody signed but itself.
  static TestHolder Root(const CertificateSpec& spec);

  TestHolder Issue(const CertificateSpec& spec) const;

  std::string CertificatePem() const;

  // A CMS signature (DER) over the text. A second signer may join.
  std::string Sign(std::string_view text, const SignSpec& spec,
                   const TestHolder* second = nullptr) const;

  // A list (PEM) that this authority signed.
  std::string RevocationListPem(const std::vector<RevokedHolder>& revoked, absl::Time this_update,
                                absl::Time next_update) const;

 private:
  struct Impl;
  std::shared_ptr<const Impl> impl_;
};

// An entry of a revocation list.
struct RevokedHolder {
  TestHolder holder;
  absl::Time when;
};

// Root -> issuing authority -> `signer`, all valid from 2020-01-01 to 2030-01-01, and a
// folder `trust_dir` that holds the root alone. Removed with the object.
class TestHierarchy {
 public:
  TestHierarchy();
  ~TestHierarchy();
  TestHierarchy(const TestHierarchy&) = delete;

  const std::string& trust_dir() const { return trust_dir_; }
  const std::string& crl_dir() const { return crl_dir_; }
  // Puts a list into `crl_dir`.
  void WriteList(const std::string& file, const std::string& pem) const;

  static CertificateSpec AuthoritySpec(const std::string& name);
  static CertificateSpec SignerSpec(const std::string& name = "Nguyễn Văn Ử");

 private:
  std::string folder_, trust_dir_, crl_dir_;

 public:
  const TestHolder root = TestHolder::Root(AuthoritySpec("Gốc thử nghiệm"));
  const TestHolder issuing = root.Issue(AuthoritySpec("Cấp phát thử nghiệm"));
  const TestHolder signer = issuing.Issue(SignerSpec());
};

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_SIGNATURES_TESTING_AUTHORITY_H_
