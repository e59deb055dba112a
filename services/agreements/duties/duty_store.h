// Where duties, deliveries and requests are kept, in the domain's terms. Handlers and tests see
// this interface; only main.cc knows the database behind it.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_DUTIES_DUTY_STORE_H_
#define PHOIHOP_SERVICES_AGREEMENTS_DUTIES_DUTY_STORE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "services/agreements/duties/delivery.h"
#include "services/agreements/duties/duty.h"
#include "services/agreements/duties/request.h"
#include "services/agreements/lists/query.h"

namespace phoihop::ledger {
class Transaction;
}  // namespace phoihop::ledger
namespace phoihop::mysql {
class Pool;
}  // namespace phoihop::mysql

namespace phoihop::agreements::duties {

using lists::ListLimits;
using lists::ListPage;
using lists::ListQuery;

// A duty and how it is kept, read together.
struct KeptDuty {
  Duty duty;
  DutySummary summary;
};

// Where a duty lies.
struct DutyKey {
  std::string agreement;
  std::string duty;

  friend auto operator<=>(const DutyKey&, const DutyKey&) = default;
};

// Thread safe. An open occurrence or request has the due day of its obligation; one whose
// obligation was withdrawn, since its agreement ended early, is cancelled or not owed.
class DutyStore {
 public:
  virtual ~DutyStore() = default;

  // Reads see what is committed.
  virtual absl::StatusOr<std::optional<KeptDuty>> FindDuty(const std::string& id,
                                                           absl::Time deadline) = 0;
  virtual absl::StatusOr<std::optional<Delivery>> FindDelivery(const std::string& id,
                                                               absl::Time deadline) = 0;
  virtual absl::StatusOr<std::optional<Request>> FindRequest(const std::string& id,
                                                             absl::Time deadline) = 0;
  virtual absl::StatusOr<ListPage<KeptDuty>> ListDuties(const ListQuery& query,
                                                        absl::Time deadline) = 0;
  virtual absl::StatusOr<ListPage<Delivery>> ListDeliveries(const ListQuery& query,
                                                            absl::Time deadline) = 0;
  virtual absl::StatusOr<ListPage<Request>> ListRequests(const ListQuery& query,
                                                         absl::Time deadline) = 0;
  // Up to `limit` occurrences after the number `after`, in order of number.
  virtual absl::StatusOr<std::vector<Occurrence>> ListOccurrences(const std::string& duty,
                                                                  int after, int limit,
                                                                  absl::Time deadline) = 0;

  // The rest belongs to a write and runs in its transaction, after the agreement was locked.

  // Nothing when there is none.
  virtual absl::StatusOr<std::optional<Duty>> LockDuty(ledger::Transaction& tx,
                                                       const std::string& id) = 0;
  virtual absl::StatusOr<std::optional<Delivery>> LockDelivery(ledger::Transaction& tx,
                                                               const std::string& id) = 0;
  virtual absl::StatusOr<std::optional<Request>> LockRequest(ledger::Transaction& tx,
                                                             const std::string& id) = 0;

  // All occurrences of a duty in order of number.
  virtual absl::StatusOr<std::vector<Occurrence>> OccurrencesOf(ledger::Transaction& tx,
                                                                const std::string& duty) = 0;
  virtual absl::StatusOr<std::optional<Occurrence>> FindOccurrence(ledger::Transaction& tx,
                                                                   const std::string& duty,
                                                                   int number) = 0;
  // The open one that falls due first.
  virtual absl::StatusOr<std::optional<Occurrence>> NextOpen(ledger::Transaction& tx,
                                                             const std::string& duty) = 0;
  // Duties at a unit that count from events of a kind on `day`, in order of key.
  virtual absl::StatusOr<std::vector<DutyKey>> CountingFrom(ledger::Transaction& tx, int64_t unit,
                                                            const std::string& kind,
                                                            absl::CivilDay day) = 0;
  // Those of an agreement at its unit, in order of key.
  virtual absl::StatusOr<std::vector<DutyKey>> DutiesOf(ledger::Transaction& tx, int64_t unit,
                                                        const std::string& agreement) = 0;
  // Duties with occurrences that count from an event.
  virtual absl::StatusOr<std::vector<DutyKey>> CountedFrom(ledger::Transaction& tx,
                                                           const std::string& event) = 0;

  virtual absl::Status InsertDuty(ledger::Transaction& tx, const Duty& duty) = 0;
  // These store `after` in place of the locked `before`.
  virtual absl::Status ReplaceDuty(ledger::Transaction& tx, const Duty& before,
                                   const Duty& after) = 0;
  // Inserts those of revision 1 and stores the others in place of what was found.
  virtual absl::Status SaveOccurrences(ledger::Transaction& tx,
                                       const std::vector<Occurrence>& occurrences) = 0;
  virtual absl::Status InsertDelivery(ledger::Transaction& tx, const Delivery& delivery) = 0;
  virtual absl::Status ReplaceDelivery(ledger::Transaction& tx, const Delivery& before,
                                       const Delivery& after) = 0;
  virtual absl::Status InsertRequest(ledger::Transaction& tx, const Request& request) = 0;
  virtual absl::Status ReplaceRequest(ledger::Transaction& tx, const Request& before,
                                      const Request& after) = 0;
};

// Kept in the tables of 0008_duties.sql; `pool` outlives it.
std::unique_ptr<DutyStore> NewMysqlDutyStore(mysql::Pool* pool, ListLimits limits = {});

}  // namespace phoihop::agreements::duties

#endif  // PHOIHOP_SERVICES_AGREEMENTS_DUTIES_DUTY_STORE_H_
