// Counts that were made before, which the ledger tells how to bring up to date. Private to the
// store.
#ifndef PHOIHOP_SERVICES_OPINIONS_STORE_COUNT_MEMORY_H_
#define PHOIHOP_SERVICES_OPINIONS_STORE_COUNT_MEMORY_H_

#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/ledger/changes.h"
#include "common/ledger/reader.h"
#include "common/mysql/pool.h"
#include "common/mysql/read_statement.h"
#include "common/mysql/transaction.h"
#include "common/status/macros.h"
#include "services/opinions/domain/counting.h"

namespace phoihop::opinions {

// What is counted: these days of these units, resolved by that day. Says nothing about who
// asks, so whoever may see all of it may share it.
std::string CountKey(absl::Span<const UnitDays> where, absl::CivilDay end);

// The elements of `where` whose units have changed.
std::vector<size_t> ChangedParts(absl::Span<const UnitDays> where, const ledger::Changes& changes);

// Every change of a counted record is a ledger record that names its unit, committed with it.
// So a count of position p holds at a later position q for the units that no record in (p, q]
// names, and only the others have to be counted again: most requests cost one look at the end
// of the ledger, however many records there are. Counts and position are always those of one
// snapshot; of another epoch (the database was restored) nothing is used. Thread safe.
//
// `Part` is the count of one unit, `Total` what all parts add up to.
template <class Part, class Total>
class CountMemory {
 public:
  struct Known {
    std::string epoch;
    int64_t position = 0;
    // In the order of what was asked.
    std::shared_ptr<const std::vector<Part>> parts;
    std::shared_ptr<const Total> total;
  };
  // Counts some parts on a connection.
  using Count = absl::FunctionRef<absl::StatusOr<std::vector<Part>>(mysql::Connection&,
                                                                    absl::Span<const UnitDays>)>;
  using AddUp = absl::FunctionRef<Total(absl::Span<const Part>)>;

  // Keeps so many parts in all; the least recently used counts go first. Changes of resources of
  // the type `unrelated` do not matter to what is counted.
  CountMemory(size_t max_parts, std::string_view unrelated)
      : max_parts_(max_parts), unrelated_(unrelated) {}

  // The count as of now, from memory where it can be.
  absl::StatusOr<std::shared_ptr<const Known>> Get(mysql::Pool& pool, absl::Time deadline,
                                                   absl::Span<const UnitDays> where,
                                                   absl::CivilDay end, Count count, AddUp add_up) {
    std::string key = CountKey(where, end);
    const std::shared_ptr<const Known> known = Find(key);
    if (known != nullptr) {
      ASSIGN_OR_RETURN(const ledger::Changes changes,
                       mysql::ReadStatement(pool, deadline, [&](mysql::Connection& db) {
                         return ChangesSince(db, *known);
                       }));
      if (Follows(*known, changes) && ChangedParts(where, changes).empty()) {
        return Keep(std::move(key), Moved(*known, changes.position));
      }
    }
    ASSIGN_OR_RETURN(std::shared_ptr<const Known> counted,
                     mysql::Read(pool, deadline, [&](mysql::Connection& db) {
                       return CountAgain(db, known.get(), where, count, add_up);
                     }));
    return Keep(std::move(key), std::move(counted));
  }

 private:
  // After more records than this the count is made anew.
  static constexpr int kMostChanges = 1000;

  using Entry = std::pair<std::string, std::shared_ptr<const Known>>;

  // Whether `changes` are all that happened since.
  static bool Follows(const Known& known, const ledger::Changes& changes) {
    return changes.complete && changes.epoch == known.epoch && changes.position >= known.position;
  }

  static std::shared_ptr<const Known> Moved(const Known& known, int64_t position) {
    auto moved = std::make_shared<Known>(known);
    moved->position = position;
    return moved;
  }

  absl::StatusOr<ledger::Changes> ChangesSince(mysql::Connection& db, const Known& known) const {
    return ledger::ChangesAfter(db, known.position, kMostChanges, unrelated_);
  }

  absl::StatusOr<std::shared_ptr<const Known>> CountAgain(mysql::Connection& db, const Known* known,
                                                          absl::Span<const UnitDays> where,
                                                          Count count, AddUp add_up) const {
    auto next = std::make_shared<Known>();
    std::vector<Part> parts;
    bool counted = false;
    if (known != nullptr) {
      ASSIGN_OR_RETURN(const ledger::Changes changes, ChangesSince(db, *known));
      next->epoch = changes.epoch;
      next->position = changes.position;
      if (Follows(*known, changes)) {
        const std::vector<size_t> changed = ChangedParts(where, changes);
        std::vector<UnitDays> again;
        for (const size_t i : changed) again.push_back(where[i]);
        ASSIGN_OR_RETURN(std::vector<Part> fresh, count(db, again));
        parts = *known->parts;
        for (size_t i = 0; i < changed.size(); ++i) parts[changed[i]] = std::move(fresh[i]);
        counted = true;
      }
    } else {
      ASSIGN_OR_RETURN(const ledger::Head head, ledger::ReadHead(db));
      next->epoch = head.epoch;
      next->position = head.position;
    }
    if (!counted) {
      ASSIGN_OR_RETURN(parts, count(db, where));
    }
    next->total = std::make_shared<const Total>(add_up(parts));
    next->parts = std::make_shared<const std::vector<Part>>(std::move(parts));
    return std::shared_ptr<const Known>(std::move(next));
  }

  std::shared_ptr<const Known> Find(const std::string& key) {
    absl::MutexLock lock(&mutex_);
    const auto found = by_key_.find(key);
    if (found == by_key_.end()) return nullptr;
    recent_.splice(recent_.begin(), recent_, found->second);
    return found->second->second;
  }

  // Remembers what is newer than what is known, and returns `known`.
  std::shared_ptr<const Known> Keep(std::string key, std::shared_ptr<const Known> known) {
    absl::MutexLock lock(&mutex_);
    const auto found = by_key_.find(key);
    if (found != by_key_.end()) {
      std::shared_ptr<const Known>& kept = found->second->second;
      if (kept->epoch != known->epoch || kept->position < known->position) kept = known;
      return known;
    }
    const size_t size = known->parts->size();
    if (size > max_parts_) return known;
    recent_.emplace_front(std::move(key), known);
    by_key_.emplace(recent_.front().first, recent_.begin());
    kept_parts_ += size;
    while (kept_parts_ > max_parts_) {
      kept_parts_ -= recent_.back().second->parts->size();
      by_key_.erase(recent_.back().first);
      recent_.pop_back();
    }
    return known;
  }

  const size_t max_parts_;
  const std::string unrelated_;
  absl::Mutex mutex_;
  std::list<Entry> recent_ ABSL_GUARDED_BY(mutex_);
  // Keys lie in the list.
  absl::flat_hash_map<absl::string_view, typename std::list<Entry>::iterator> by_key_
      ABSL_GUARDED_BY(mutex_);
  size_t kept_parts_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace phoihop::opinions

#endif  // PHOIHOP_SERVICES_OPINIONS_STORE_COUNT_MEMORY_H_
