// What the directory knows of bodies.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_RPC_BODY_CATALOG_H_
#define PHOIHOP_SERVICES_AGREEMENTS_RPC_BODY_CATALOG_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/agreements/domain/facts.h"

namespace grpc {
class Channel;
}  // namespace grpc

namespace phoihop::agreements {

// Tells whether bodies exist, where and when. Thread safe.
class BodyCatalog {
 public:
  virtual ~BodyCatalog() = default;

  // An entry for each of these ids (at most 30), null for a body that does not exist.
  // UNAVAILABLE with DIRECTORY_UNAVAILABLE when nobody can tell before the deadline. May
  // block; never call it within a transaction.
  virtual absl::StatusOr<Bodies> Find(const std::vector<std::string>& ids,
                                      absl::Time deadline) const = 0;
};

// Asks the directory with the service's own identity: `credentials` gives a valid bearer
// token. Never waits longer than `patience`, so that a frozen directory holds no worker.
std::unique_ptr<BodyCatalog> NewDirectoryBodyCatalog(std::shared_ptr<grpc::Channel> channel,
                                                     std::function<std::string()> credentials,
                                                     absl::Duration patience = absl::Seconds(2));

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_RPC_BODY_CATALOG_H_
