// Reading the files of a TlsIdentity, to say what is wrong with them.
#ifndef PHOIHOP_COMMON_RPC_CERTIFICATE_H_
#define PHOIHOP_COMMON_RPC_CERTIFICATE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace phoihop::rpc {

// What a certificate says.
struct CertificateFacts {
  // DNS names, in its order.
  std::vector<std::string> names;
  absl::Time not_after;
  // SHA-256 of the certificate.
  std::string fingerprint;
};

// Reads dir/ca.pem, cert.pem and key.pem and checks that they belong together and hold now.
// FAILED_PRECONDITION naming the file and what is wrong; never what is in it.
absl::StatusOr<CertificateFacts> ReadIdentity(const std::string& dir);

}  // namespace phoihop::rpc

#endif  // PHOIHOP_COMMON_RPC_CERTIFICATE_H_
