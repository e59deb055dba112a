// The directory as commands call it. Includes gRPC.
#ifndef PHOIHOP_SERVICES_CTL_DIRECTORY_H_
#define PHOIHOP_SERVICES_CTL_DIRECTORY_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "phoihop/directory/v1/directory.grpc.pb.h"
#include "services/ctl/client.h"

namespace phoihop::ctl {

using DirectoryStub = directory::v1::DirectoryService::Stub;

std::unique_ptr<DirectoryStub> DirectoryOf(Client& client);

// --unit, or the unit of --unit_code on --on_date; empty without either, INVALID_ARGUMENT with
// both.
absl::StatusOr<std::string> UnitFromFlags(Client& client, DirectoryStub& stub);

}  // namespace phoihop::ctl

#endif  // PHOIHOP_SERVICES_CTL_DIRECTORY_H_
