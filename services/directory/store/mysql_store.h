#ifndef PHOIHOP_SERVICES_DIRECTORY_STORE_MYSQL_STORE_H_
#define PHOIHOP_SERVICES_DIRECTORY_STORE_MYSQL_STORE_H_

#include <optional>
#include <string>
#include <vector>

#include "common/mysql/pool.h"
#include "services/directory/store/store.h"

namespace phoihop::directory {

// The store on MariaDB or MySQL. Reads borrow a connection of the pool; writes use
// the ledger transaction's. The tables are those of migrations/, beside the
// ledger's in one database.
class MysqlStore : public Store {
 public:
  // `pool` must outlive the store.
  explicit MysqlStore(mysql::Pool& pool) : pool_(pool) {}

  absl::StatusOr<StoreState> ReadState(absl::Time deadline) override;
  absl::StatusOr<Register> LoadRegister(absl::Time deadline, StoreState& state) override;
  absl::StatusOr<std::vector<Grant>> LoadGrants(absl::Time deadline, StoreState& state) override;
  absl::StatusOr<std::vector<Body>> LoadChangedBodies(absl::Time deadline,
                                                      StoreState& state) override;
  absl::StatusOr<CalendarTables> LoadCalendars(absl::Time deadline, StoreState& state) override;

  absl::StatusOr<std::optional<Body>> FindBody(absl::Time deadline, std::string_view id) override;
  absl::StatusOr<std::vector<Body>> FindBodies(absl::Time deadline,
                                               absl::Span<const std::string> ids) override;
  absl::StatusOr<std::vector<Body>> ListBodies(absl::Time deadline, int64_t unit,
                                               std::string_view after, int limit) override;
  absl::StatusOr<std::vector<Body>> ListPredecessors(absl::Time deadline,
                                                     std::string_view id) override;
  absl::StatusOr<std::optional<Member>> FindMember(absl::Time deadline,
                                                   std::string_view id) override;
  absl::StatusOr<std::vector<Member>> ListMembers(absl::Time deadline, std::string_view after,
                                                  int limit) override;
  absl::StatusOr<std::vector<Grant>> ListGrants(absl::Time deadline, std::string_view member,
                                                int limit) override;

  absl::StatusOr<Register> LockRegister(ledger::Transaction& transaction) override;
  absl::Status SaveImport(ledger::Transaction& transaction, const ImportPlan& plan,
                          int64_t version) override;
  absl::StatusOr<std::optional<int64_t>> UnitOfBody(ledger::Transaction& transaction,
                                                    std::string_view id) override;
  absl::StatusOr<bool> HasUnit(ledger::Transaction& transaction, int64_t id) override;
  absl::Status AddBody(ledger::Transaction& transaction, const Body& body) override;
  absl::StatusOr<std::vector<Body>> LockBodies(ledger::Transaction& transaction,
                                               absl::Span<const std::string> ids) override;
  absl::StatusOr<std::optional<absl::CivilDay>> TookOver(ledger::Transaction& transaction,
                                                         std::string_view id) override;
  absl::Status SaveBody(ledger::Transaction& transaction, const Body& body) override;
  absl::Status AddMember(ledger::Transaction& transaction, const Member& member) override;
  absl::StatusOr<std::optional<Member>> LockMember(ledger::Transaction& transaction,
                                                   std::string_view id) override;
  absl::Status AddGrant(ledger::Transaction& transaction, const Grant& grant) override;
  absl::Status SaveGrant(ledger::Transaction& transaction, const Grant& grant) override;
  absl::StatusOr<std::optional<Grant>> LockGrant(ledger::Transaction& transaction,
                                                 std::string_view id) override;
  absl::StatusOr<CalendarTables> LockCalendars(ledger::Transaction& transaction) override;
  absl::Status SaveCalendar(ledger::Transaction& transaction, const CalendarTable& table) override;

 private:
  mysql::Pool& pool_;
};

}  // namespace phoihop::directory

#endif  // PHOIHOP_SERVICES_DIRECTORY_STORE_MYSQL_STORE_H_
