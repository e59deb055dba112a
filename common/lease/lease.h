// Leases: work that one replica of a service does at a time.
#ifndef PHOIHOP_COMMON_LEASE_LEASE_H_
#define PHOIHOP_COMMON_LEASE_LEASE_H_

#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "common/mysql/connection.h"

namespace phoihop::lease {

// Makes the table `lease` in the connection's database.
absl::Status Migrate(mysql::Connection& admin);

// What somebody who holds a lease shows when he writes. The token ascends with each new holder, so
// one who has lost the lease without knowing it, because he was frozen or cut off, is found out.
class Fence {
 public:
  // Of no lease: lets everything pass, for work that is alone anyway.
  Fence() = default;
  Fence(std::string name, std::string holder, int64_t token)
      : name_(std::move(name)), holder_(std::move(holder)), token_(token) {}

  // First thing in the transaction that writes. Locks the lease's row in share mode, so that
  // nobody can become the new holder before this transaction has ended. FAILED_PRECONDITION with
  // the reason LEASE_LOST when another one holds it, or did meanwhile: then write nothing.
  absl::Status Check(mysql::Connection& db) const;

  // 0 of no lease.
  int64_t token() const { return token_; }

 private:
  std::string name_;
  // Beside the token, which goes back when a backup is restored.
  std::string holder_;
  int64_t token_ = 0;
};

}  // namespace phoihop::lease

#endif  // PHOIHOP_COMMON_LEASE_LEASE_H_
