// How the parties kept their duties to inform in an interval, and how they answered requests,
// for reviews and evaluations.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_DUTIES_DUTY_FIGURES_H_
#define PHOIHOP_SERVICES_AGREEMENTS_DUTIES_DUTY_FIGURES_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/time/civil.h"

namespace phoihop::ledger {
class Transaction;
}  // namespace phoihop::ledger
namespace phoihop::mysql {
class Pool;
}  // namespace phoihop::mysql

namespace phoihop::agreements {

// What one body was to deliver.
struct DeliveryCount {
  // Id of the body.
  std::string body;
  // Occurrences that fell due in the interval; those that nobody owes are left out.
  int64_t due = 0;
  // Of them, those delivered, late or not, at any time until now; a delivery that was withdrawn
  // does not count, a corrected one does.
  int64_t delivered = 0;
  // Of those, the ones delivered by their due day.
  int64_t on_time = 0;

  friend bool operator==(const DeliveryCount&, const DeliveryCount&) = default;
};

// What one body was asked.
struct RequestCount {
  // Id of the body.
  std::string body;
  // Requests made in the interval; withdrawn ones, and those whose answer nobody owes, are left
  // out.
  int64_t asked = 0;
  // Of them, those answered, and those refused with a legal ground, until now.
  int64_t answered = 0;
  int64_t refused = 0;
  // Of both, the ones settled by their due day.
  int64_t on_time = 0;
  // Open, and not overdue on the day of counting.
  int64_t pending = 0;

  friend bool operator==(const RequestCount&, const RequestCount&) = default;
};

// Read-only; thread safe.
class DutyFigures {
 public:
  virtual ~DutyFigures() = default;

  // The counts of every body that had something due, in order of id. One range of an index,
  // whatever the age of the agreement.
  virtual absl::StatusOr<std::vector<DeliveryCount>> Deliveries(const std::string& agreement,
                                                                const DayInterval& interval,
                                                                absl::Time deadline) = 0;
  // The counts of every body that was asked something, in order of id, counted on `today`.
  virtual absl::StatusOr<std::vector<RequestCount>> Requests(const std::string& agreement,
                                                             const DayInterval& interval,
                                                             absl::CivilDay today,
                                                             absl::Time deadline) = 0;
  // The same as seen by a command, on its day.
  virtual absl::StatusOr<std::vector<DeliveryCount>> Deliveries(ledger::Transaction& tx,
                                                                const std::string& agreement,
                                                                const DayInterval& interval) = 0;
  virtual absl::StatusOr<std::vector<RequestCount>> Requests(ledger::Transaction& tx,
                                                             const std::string& agreement,
                                                             const DayInterval& interval) = 0;
};

// `pool` outlives it.
std::unique_ptr<DutyFigures> NewMysqlDutyFigures(mysql::Pool* pool);

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_DUTIES_DUTY_FIGURES_H_
