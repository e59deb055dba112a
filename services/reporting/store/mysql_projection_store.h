#ifndef PHOIHOP_SERVICES_REPORTING_STORE_MYSQL_PROJECTION_STORE_H_
#define PHOIHOP_SERVICES_REPORTING_STORE_MYSQL_PROJECTION_STORE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/mysql/pool.h"
#include "services/reporting/store/agreement_memory.h"
#include "services/reporting/store/projection_store.h"

namespace phoihop::reporting {

// The projection in MariaDB. The pool outlives the store; while a recount is compared or
// taken it needs three connections and one for each feed.
class MysqlProjectionStore : public ProjectionStore {
 public:
  explicit MysqlProjectionStore(mysql::Pool& pool) : pool_(pool) {}

  absl::Status Read(absl::Time deadline,
                    absl::FunctionRef<absl::Status(ProjectionView&)> body) override;
  absl::Status ReadAgreements(absl::Time deadline,
                              absl::FunctionRef<absl::Status(AgreementView&)> body) override;
  absl::StatusOr<std::vector<SourcePosition>> Positions(absl::Time deadline) override;
  absl::StatusOr<int64_t> Apply(std::string_view service, const FeedBatch& batch,
                                absl::Time deadline, const lease::Fence& fence = {}) override;
  absl::Status StartOver(std::string_view service, std::string_view epoch, absl::Time deadline,
                         const lease::Fence& fence = {}) override;
  absl::StatusOr<int64_t> BeginRebuild(const std::string& owner, absl::Duration lease,
                                       absl::Time deadline) override;
  absl::Status RenewRebuild(const std::string& owner, absl::Duration lease,
                            absl::Time deadline) override;
  absl::Status EndRebuild(const std::string& owner, absl::Time deadline) override;
  absl::StatusOr<int64_t> ApplyTo(int64_t generation, std::string_view service,
                                  const FeedBatch& batch, int64_t through,
                                  absl::Time deadline) override;
  absl::StatusOr<Comparison> Compare(int64_t generation, CatchUp catch_up,
                                     absl::Time deadline) override;
  absl::Status Take(int64_t generation, CatchUp catch_up, absl::Time deadline) override;
  absl::StatusOr<int64_t> DropUnused(absl::Time deadline) override;

 private:
  mysql::Pool& pool_;
  AgreementMemory agreements_;
};

}  // namespace phoihop::reporting

#endif  // PHOIHOP_SERVICES_REPORTING_STORE_MYSQL_PROJECTION_STORE_H_
