#include "services/ctl/ledger_source.h"

#include <utility>

#include "absl/flags/flag.h"
#include "absl/time/clock.h"
#include "common/rpc/client.h"
#include "common/status/macros.h"
#include "phoihop/ledger/v1/ledger.grpc.pb.h"
#include "services/ctl/client.h"
#include "services/ctl/database.h"
#include "services/ctl/flags.h"
#include "services/ctl/ledger_convert.h"

namespace phoihop::ctl {
namespace {

namespace pb = ::phoihop::ledger::v1;

constexpr int kPageRecords = 1000;
constexpr int64_t kPageBytes = 4 << 20;

class ServiceLedger : public LedgerSource {
 public:
  ServiceLedger(Client& client, const std::string& service)
      : client_(client), stub_(pb::LedgerService::NewStub(client.channel(service))) {}

  absl::StatusOr<std::vector<ledger::Checkpoint>> Checkpoints(int64_t after) override {
    pb::ListCheckpointsRequest request;
    request.set_after_position(after);
    ASSIGN_OR_RETURN(
        const pb::ListCheckpointsResponse page,
        rpc::Call(*stub_, &pb::LedgerService::Stub::ListCheckpoints, request, client_.Options()));
    std::vector<ledger::Checkpoint> checkpoints;
    for (const pb::Checkpoint& checkpoint : page.checkpoints()) {
      checkpoints.push_back(FromProto(checkpoint));
    }
    return checkpoints;
  }

  absl::StatusOr<ledger::RecordPage> Records(int64_t after) override {
    pb::ListRecordsRequest request;
    request.set_after_position(after);
    ASSIGN_OR_RETURN(
        const pb::ListRecordsResponse page,
        rpc::Call(*stub_, &pb::LedgerService::Stub::ListRecords, request, client_.Options()));
    ledger::RecordPage result;
    for (const pb::Record& record : page.records()) result.records.push_back(FromProto(record));
    result.head.epoch = page.head().epoch();
    result.head.position = page.head().position();
    result.head.hash = page.head().hash();
    return result;
  }

 private:
  Client& client_;
  const std::unique_ptr<pb::LedgerService::Stub> stub_;
};

class DatabaseLedger : public LedgerSource {
 public:
  explicit DatabaseLedger(std::unique_ptr<mysql::Pool> pool) : pool_(std::move(pool)) {}

  absl::StatusOr<std::vector<ledger::Checkpoint>> Checkpoints(int64_t after) override {
    return ledger::ReadCheckpoints(*pool_, Deadline(), after);
  }

  absl::StatusOr<ledger::RecordPage> Records(int64_t after) override {
    return ledger::ReadRecords(*pool_, Deadline(), after, kPageRecords, kPageBytes);
  }

 private:
  static absl::Time Deadline() { return absl::Now() + absl::GetFlag(FLAGS_timeout); }
  const std::unique_ptr<mysql::Pool> pool_;
};

}  // namespace

std::unique_ptr<LedgerSource> LedgerOfService(Client& client, const std::string& service) {
  return std::make_unique<ServiceLedger>(client, service);
}

absl::StatusOr<std::unique_ptr<LedgerSource>> LedgerOfDatabase(const std::string& service) {
  mysql::Pool::Options options;
  options.connection = DatabaseOf(service);
  options.size = 1;
  ASSIGN_OR_RETURN(std::unique_ptr<mysql::Pool> pool, mysql::Pool::Create(std::move(options)));
  return std::make_unique<DatabaseLedger>(std::move(pool));
}

}  // namespace phoihop::ctl
