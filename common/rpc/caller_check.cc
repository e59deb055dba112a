#include "common/rpc/caller_check.h"

#include <grpc/grpc_security_constants.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/rpc/tls.h"
#include "common/status/errors.h"

namespace phoihop::rpc {

CallerCheck::CallerCheck(const ServerOptions& options) {
  if (options.tls == nullptr || !options.client_certificates) return;
  for (const std::string& caller : options.callers) names_.push_back(CertificateName(caller));
}

absl::Status CallerCheck::Check(const grpc::ServerContextBase& context) const {
  if (names_.empty()) return absl::OkStatus();
  const std::vector<grpc::string_ref> found =
      context.auth_context()->FindPropertyValues(GRPC_PEER_DNS_PROPERTY_NAME);
  std::vector<std::string> theirs;
  for (const grpc::string_ref& name : found) {
    theirs.emplace_back(name.data(), name.size());
    if (std::find(names_.begin(), names_.end(), theirs.back()) != names_.end()) {
      return absl::OkStatus();
    }
  }
  const std::string who = theirs.empty() ? "-" : absl::StrJoin(theirs, ", ");
  return Unauthenticated(
      "CALLER_CERTIFICATE",
      {absl::StrCat("The certificate of ", who, " may not be used to call this service."),
       absl::StrCat("Chứng chỉ của ", who, " không được dùng để gọi dịch vụ này.")});
}

}  // namespace phoihop::rpc
