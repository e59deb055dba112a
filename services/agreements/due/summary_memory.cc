#include "services/agreements/due/summary_memory.h"

#include <utility>
#include <vector>

#include "common/status/macros.h"

namespace phoihop::agreements {
namespace {

// Sets of figures that are kept: one for each number of days that count as soon, of today.
constexpr size_t kMostKnown = 8;
// Beyond so many changes or units everything is read again.
constexpr int64_t kMostChanges = 2000;
constexpr size_t kMostUnits = 128;

// The units whose obligations changed after a position.
absl::StatusOr<std::vector<int64_t>> ChangedUnits(mysql::Connection& db, int64_t position) {
  std::vector<int64_t> units;
  RETURN_IF_ERROR(
      db.Query("SELECT DISTINCT o.unit_id FROM obligation_changes c JOIN obligations o "
               "ON o.id = c.obligation_id WHERE c.position > ?",
               {position}, [&](const mysql::Row& row) {
                 units.push_back(row.Int(0));
                 return absl::OkStatus();
               }));
  return units;
}

}  // namespace

std::optional<SummaryMemory::Known> SummaryMemory::Find(const SummaryDays& days, const Log& log) {
  absl::MutexLock lock(&mutex_);
  for (auto at = known_.begin(); at != known_.end(); ++at) {
    if (!(at->days == days)) continue;
    if (at->epoch != log.epoch || at->position < log.pruned_to) return std::nullopt;
    known_.splice(known_.begin(), known_, at);
    return known_.front();
  }
  return std::nullopt;
}

void SummaryMemory::Keep(Known known) {
  absl::MutexLock lock(&mutex_);
  for (auto at = known_.begin(); at != known_.end();) {
    if (at->days == known.days) {
      // Somebody has kept newer ones meanwhile.
      if (at->epoch == known.epoch && at->position >= known.position) return;
      at = known_.erase(at);
    } else {
      ++at;
    }
  }
  known_.push_front(std::move(known));
  if (known_.size() > kMostKnown) known_.pop_back();
}

absl::StatusOr<std::shared_ptr<const UnitNumbers>> SummaryMemory::Get(mysql::Connection& db,
                                                                      const SummaryDays& days,
                                                                      const Log& log) {
  const std::optional<Known> known = Find(days, log);
  if (known.has_value() && known->position == log.position) return known->numbers;
  if (known.has_value() && known->position < log.position &&
      log.position - known->position <= kMostChanges) {
    ASSIGN_OR_RETURN(const std::vector<int64_t> units, ChangedUnits(db, known->position));
    if (!units.empty() && units.size() <= kMostUnits) {
      ASSIGN_OR_RETURN(const UnitNumbers changed, ReadUnitNumbers(db, units, days));
      auto numbers = std::make_shared<UnitNumbers>(*known->numbers);
      for (const int64_t unit : units) {
        const auto found = changed.find(unit);
        (*numbers)[unit] = found == changed.end() ? DueNumbers() : found->second;
      }
      Keep({days, log.epoch, log.position, numbers});
      return std::shared_ptr<const UnitNumbers>(std::move(numbers));
    }
  }
  ASSIGN_OR_RETURN(UnitNumbers all, ReadUnitNumbers(db, {}, days));
  auto numbers = std::make_shared<const UnitNumbers>(std::move(all));
  Keep({days, log.epoch, log.position, numbers});
  return numbers;
}

}  // namespace phoihop::agreements
