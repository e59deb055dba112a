// Certificates between processes: who this one is, and whom it talks to. Files are read again
// when they change, so they are exchanged while everything runs. See README.md.
#ifndef PHOIHOP_COMMON_RPC_TLS_H_
#define PHOIHOP_COMMON_RPC_TLS_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace grpc {
class ChannelCredentials;
class ServerCredentials;
}  // namespace grpc

namespace phoihop::rpc {

// The name that the certificate of a process must carry: `directory.phoihop.internal`.
std::string CertificateName(std::string_view process);

// Whose certificates may call the methods of a process, by the arrows of the design:
// {"gateway", "reporting", "ctl"} for `opinions`. Empty for a name that is no service:
// anybody whom the authority knows.
std::vector<std::string> CallersOf(std::string_view process);

// The certificate, key and authority of this process. Thread safe. Connections that are open
// keep what they began with; new ones take what the files say now.
class TlsIdentity {
 public:
  // `dir` holds ca.pem (one certificate or several, of which each is trusted), cert.pem
  // (with what leads up to the authority, if anything) and key.pem. FAILED_PRECONDITION that
  // names the file and what is wrong with it: missing, no certificate, a key of another
  // certificate, expired, not by this authority.
  static absl::StatusOr<std::shared_ptr<const TlsIdentity>> Open(const std::string& dir);
  ~TlsIdentity();
  TlsIdentity(const TlsIdentity&) = delete;
  TlsIdentity& operator=(const TlsIdentity&) = delete;

  // `directory` for a certificate of directory.phoihop.internal; otherwise its first name.
  const std::string& name() const;
  // When the certificate as last read ends.
  absl::Time expires_at() const;

  // For a channel to `process` ("directory"): shows this certificate, and takes only a server
  // that has one by the authority and with that name.
  std::shared_ptr<grpc::ChannelCredentials> Dial(std::string_view process) const;

  // For a port. With `clients`, whoever connects must show a certificate by the authority;
  // without, anybody may connect, encrypted.
  std::shared_ptr<grpc::ServerCredentials> Listen(bool clients) const;

 private:
  class Impl;
  explicit TlsIdentity(std::unique_ptr<Impl> impl);
  const std::unique_ptr<Impl> impl_;
};

// The identity of --tls_dir, opened once for the process; null when the flag is empty.
absl::StatusOr<std::shared_ptr<const TlsIdentity>> OwnIdentity();

}  // namespace phoihop::rpc

#endif  // PHOIHOP_COMMON_RPC_TLS_H_
