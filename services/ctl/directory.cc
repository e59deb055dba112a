#include "services/ctl/directory.h"

#include "absl/flags/flag.h"
#include "common/status/macros.h"
#include "services/ctl/flags.h"

namespace phoihop::ctl {

std::unique_ptr<DirectoryStub> DirectoryOf(Client& client) {
  return directory::v1::DirectoryService::NewStub(client.channel("directory"));
}

absl::StatusOr<std::string> UnitFromFlags(Client& client, DirectoryStub& stub) {
  const std::string given = absl::GetFlag(FLAGS_unit);
  const std::string code = absl::GetFlag(FLAGS_unit_code);
  if (!given.empty() && !code.empty()) {
    return absl::InvalidArgumentError("either --unit or --unit_code, not both");
  }
  if (code.empty()) return given;
  directory::v1::ResolveUnitRequest request;
  request.set_code(code);
  request.set_on_date(absl::GetFlag(FLAGS_on_date));
  ASSIGN_OR_RETURN(const directory::v1::AdministrativeUnit unit,
                   rpc::Call(stub, &DirectoryStub::ResolveUnit, request, client.Options()));
  return unit.name();
}

}  // namespace phoihop::ctl
