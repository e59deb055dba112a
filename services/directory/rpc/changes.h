// Resources on their way into the ledger.
#ifndef PHOIHOP_SERVICES_DIRECTORY_RPC_CHANGES_H_
#define PHOIHOP_SERVICES_DIRECTORY_RPC_CHANGES_H_

#include <cstdint>
#include <string>
#include <utility>

#include "absl/time/civil_time.h"
#include "common/ledger/command.h"
#include "google/protobuf/message.h"

namespace phoihop::directory {

// The change of a resource that is a message of the contract.
inline ledger::Change ChangeOf(const google::protobuf::Message& resource, std::string name,
                               int64_t revision, absl::CivilDay effective, std::string unit) {
  ledger::Change change;
  change.resource = std::move(name);
  change.resource_type = resource.GetDescriptor()->full_name();
  change.revision = revision;
  change.effective = effective;
  change.unit = std::move(unit);
  change.payload = resource.SerializeAsString();
  return change;
}

}  // namespace phoihop::directory

#endif  // PHOIHOP_SERVICES_DIRECTORY_RPC_CHANGES_H_
