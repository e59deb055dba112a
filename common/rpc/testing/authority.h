// An authority for tests, and what can be wrong with certificates.
#ifndef PHOIHOP_COMMON_RPC_TESTING_AUTHORITY_H_
#define PHOIHOP_COMMON_RPC_TESTING_AUTHORITY_H_

#include <memory>
#include <string>

#include "absl/time/time.h"

namespace phoihop::testing {

// A fresh authority with its own key. Aborts where OpenSSL fails.
class TestAuthority {
 public:
  TestAuthority();
  ~TestAuthority();

  // Puts ca.pem, cert.pem and key.pem for `name`.phoihop.internal, and 127.0.0.1, into the folder
  // `dir`, in one step when they are there already, as deploy/ca does: links to a folder that
  // changes. Returns `dir`, for which it makes parents.
  std::string Issue(const std::string& dir, const std::string& name,
                    absl::Duration lifetime = absl::Hours(1)) const;

 private:
  struct Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace phoihop::testing

#endif  // PHOIHOP_COMMON_RPC_TESTING_AUTHORITY_H_
