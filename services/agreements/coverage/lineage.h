// How units of one day live on in units of a later day. Pure functions of the directory's
// successions and of the tree.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_COVERAGE_LINEAGE_H_
#define PHOIHOP_SERVICES_AGREEMENTS_COVERAGE_LINEAGE_H_

#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/time/civil_time.h"
#include "common/access/unit_tree.h"

namespace phoihop::agreements {

// What is known of a way from one unit to another; the weaker the higher. A way of several
// steps is as strong as its weakest step. The numbers are those of the contract.
enum class Descent {
  // The same unit, or the only one that became it.
  kContinued = 1,
  // Whole, with others.
  kMerged = 2,
  // A part of it.
  kSplit = 3,
  // Only a kept code is known.
  kCodeKept = 4,
};

// One unit followed another on a day.
struct Succession {
  int64_t from = 0;
  int64_t to = 0;
  absl::CivilDay date;
  Descent descent = Descent::kCodeKept;
};

// A unit at the other end of a way.
struct Relative {
  int64_t unit = 0;
  Descent descent = Descent::kContinued;

  friend bool operator==(const Relative&, const Relative&) = default;
};

// All successions.
class Lineage {
 public:
  Lineage() = default;
  explicit Lineage(const std::vector<Succession>& successions);

  // The units of `before` from which `unit`, which exists on `after`, descends: itself where
  // it existed, and those that went into it between the two days. Ordered by id. `before` is not
  // later than `after`.
  std::vector<Relative> Ancestors(const access::UnitTree& tree, int64_t unit, absl::CivilDay before,
                                  absl::CivilDay after) const;

  // The units of `after` in which `unit`, which exists on `before`, lives on; empty when
  // nobody knows any. Ordered by id. Where there are several, each has a part of it.
  std::vector<Relative> Descendants(const access::UnitTree& tree, int64_t unit,
                                    absl::CivilDay before, absl::CivilDay after) const;

 private:
  absl::flat_hash_map<int64_t, std::vector<Succession>> from_;
  absl::flat_hash_map<int64_t, std::vector<Succession>> to_;
};

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_COVERAGE_LINEAGE_H_
