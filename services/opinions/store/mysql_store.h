#ifndef PHOIHOP_SERVICES_OPINIONS_STORE_MYSQL_STORE_H_
#define PHOIHOP_SERVICES_OPINIONS_STORE_MYSQL_STORE_H_

#include <cstddef>
#include <memory>
#include <vector>

#include "common/mysql/pool.h"
#include "common/mysql/provision.h"
#include "services/opinions/store/store.h"

namespace phoihop::opinions {

// What the service's user may do with the store's tables, and no more: records are never
// deleted, and entries never changed.
std::vector<mysql::TableGrant> StoreGrants();

// The store on MariaDB or MySQL. Reads borrow a connection of the pool; writes use
// the ledger transaction's. The tables are those of migrations/, beside the
// ledger's in one database.
class MysqlStore : public Store {
 public:
  // Counts of so many units are kept in memory and brought up to date from the ledger; a
  // unit takes some 100 bytes, or as much for each of its topics.
  static constexpr size_t kRemembered = 60'000;

  // `pool` must outlive the store. Counts may be remembered when each change is committed
  // together with its ledger record; with 0 they never are.
  explicit MysqlStore(mysql::Pool& pool, size_t remembered_parts = 0);
  ~MysqlStore() override;

  absl::StatusOr<std::optional<OpinionEntry>> FindEntry(absl::Time deadline,
                                                        std::string_view id) override;
  absl::StatusOr<std::optional<Petition>> FindPetition(absl::Time deadline,
                                                       std::string_view id) override;
  absl::StatusOr<std::vector<OpinionEntry>> ListEntries(absl::Time deadline,
                                                        const ListQuery& query) override;
  absl::StatusOr<std::vector<Petition>> ListPetitions(absl::Time deadline, const ListQuery& query,
                                                      const PetitionFilter& filter) override;
  absl::StatusOr<TopicCounts> CountTopics(absl::Time deadline,
                                          absl::Span<const UnitDays> where) override;
  absl::StatusOr<PetitionCounts> CountPetitions(absl::Time deadline,
                                                absl::Span<const UnitDays> where,
                                                absl::CivilDay end) override;

  absl::Status AddEntry(ledger::Transaction& transaction, const OpinionEntry& entry) override;
  absl::StatusOr<std::vector<TakenReference>> FindTaken(
      ledger::Transaction& transaction, int64_t unit,
      absl::Span<const std::string> references) override;
  absl::Status AddPetitions(ledger::Transaction& transaction,
                            absl::Span<const Petition> petitions) override;
  absl::StatusOr<std::optional<Petition>> LockPetition(ledger::Transaction& transaction,
                                                       std::string_view id) override;
  absl::Status SavePetition(ledger::Transaction& transaction, const Petition& before,
                            const Petition& after) override;

 private:
  struct Memory;

  mysql::Pool& pool_;
  // Null when nothing is remembered.
  const std::unique_ptr<Memory> memory_;
};

}  // namespace phoihop::opinions

#endif  // PHOIHOP_SERVICES_OPINIONS_STORE_MYSQL_STORE_H_
