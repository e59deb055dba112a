// Where a ledger is read from: the service's API, or its tables when no service runs.
#ifndef PHOIHOP_SERVICES_CTL_LEDGER_SOURCE_H_
#define PHOIHOP_SERVICES_CTL_LEDGER_SOURCE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/ledger/reader.h"
#include "common/ledger/record.h"

namespace phoihop::ctl {

class Client;

// One service's ledger, read page by page.
class LedgerSource {
 public:
  virtual ~LedgerSource() = default;
  // Checkpoints after a position, oldest first; none at the end.
  virtual absl::StatusOr<std::vector<ledger::Checkpoint>> Checkpoints(int64_t after) = 0;
  // Records after a position, with the head of the same snapshot; none at the end.
  virtual absl::StatusOr<ledger::RecordPage> Records(int64_t after) = 0;
};

// Over the API of the running service.
std::unique_ptr<LedgerSource> LedgerOfService(Client& client, const std::string& service);

// From the tables, at the database of --mysql_socket as --mysql_user.
absl::StatusOr<std::unique_ptr<LedgerSource>> LedgerOfDatabase(const std::string& service);

}  // namespace phoihop::ctl

#endif  // PHOIHOP_SERVICES_CTL_LEDGER_SOURCE_H_
