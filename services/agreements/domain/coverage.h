// How far a programme is followed by the units below it. Pure functions of the tree of
// units and of what was signed.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_DOMAIN_COVERAGE_H_
#define PHOIHOP_SERVICES_AGREEMENTS_DOMAIN_COVERAGE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "absl/types/span.h"
#include "common/access/unit_tree.h"
#include "services/agreements/domain/agreement.h"

namespace phoihop::agreements {

// An agreement that descends from a programme, as far as coverage needs it.
struct CascadeMember {
  // Id of the unit at which it was signed.
  int64_t unit = 0;
  absl::CivilDay in_force_from;
  // Exclusive.
  absl::CivilDay in_force_until;
  // Its id; empty where nobody asked for it.
  std::string agreement = {};

  friend bool operator==(const CascadeMember&, const CascadeMember&) = default;
};

// A programme that may be the one whose coverage is asked.
struct ProgrammeCandidate {
  std::string id;
  std::string title;
  int64_t unit = 0;
  absl::CivilDay term_start;
  // Names a parent itself.
  bool has_parent = false;
  // Agreements that descend from it have come into force.
  bool has_cascade = false;
  // The day on which it came into force itself; nothing when it has not.
  std::optional<absl::CivilDay> in_force_from = std::nullopt;
  // Which units are to carry it out, as its present version says.
  CascadeTarget target = {};
  // Day from which that version holds; nothing where versions were not counted yet.
  std::optional<absl::CivilDay> version_date = std::nullopt;

  friend bool operator==(const ProgrammeCandidate&, const ProgrammeCandidate&) = default;
};

// The programme to report on when none was named: the one of the oldest term that has a
// cascade; while none has one, the oldest without a parent. Of terms that begin on one day
// the highest unit's comes first, since the others carry it out, then that of the least id.
// Null when there is none. `candidates` are in force on the day at one of `units`: the unit
// asked, then those above it from the nearest up.
const ProgrammeCandidate* ChooseProgramme(absl::Span<const ProgrammeCandidate> candidates,
                                          absl::Span<const int64_t> units);

// A unit that ought to have an agreement, as it was on the day asked.
struct ExpectedUnit {
  int64_t id = 0;
  // Of the tree that it was taken from, which must outlive it; never null.
  const access::UnitVersion* version = nullptr;
  // Place of its level among the tree's, from the top down.
  int level = 0;
};

// The units of `ids` that exist on `day`, in the order of `ids`.
std::vector<ExpectedUnit> OnDay(const access::UnitTree& tree, absl::Span<const int64_t> ids,
                                absl::CivilDay day);

// Orders units by level from the top down, then by code.
void SortInOrder(std::vector<ExpectedUnit>& units);

// The units of `subtree`, which is that of the unit asked on `day`, that lie below
// `programme_unit`, that excluded; of them those that `target` names. `asked` lies within the
// programme's unit, or there are none. In no order.
std::vector<ExpectedUnit> ExpectedUnits(const access::UnitTree& tree, int64_t asked,
                                        absl::Span<const int64_t> subtree, int64_t programme_unit,
                                        absl::CivilDay day, const CascadeTarget& target);
// The same with the subtree of `asked`, in order. Empty when a unit did not exist on the day.
std::vector<ExpectedUnit> ExpectedUnits(const access::UnitTree& tree, int64_t asked,
                                        int64_t programme_unit, absl::CivilDay day,
                                        const CascadeTarget& target = {});

// Which units were to carry a programme out from a day on, as one of its versions says.
struct TargetVersion {
  absl::CivilDay from;
  CascadeTarget target;
};

// How one unit stands to a programme on a day.
struct Standing {
  // The agreement that covers it, of several the one that lasts longest; null when none does.
  const CascadeMember* member = nullptr;
  // The earliest day on which one of those that cover it came into force. Nothing when missing.
  std::optional<absl::CivilDay> in_force_from;
  // First day of the unbroken time up to the day asked in which it was covered or, when it
  // is missing, in which it was expected and not covered. Nothing when missing while no programme
  // is in force.
  std::optional<absl::CivilDay> since;
  // The days on which its first and its last agreement came into force, also ended ones; nothing
  // when it never signed.
  std::optional<absl::CivilDay> first_in_force;
  std::optional<absl::CivilDay> last_in_force;
};

// The standing of all units at once.
class Standings {
 public:
  // `members` are those of the programme that came into force by `day`, also ended ones, of
  // all units asked about; they must outlive it. `programme_from` is the day on which the
  // programme came into force; nothing when none is.
  Standings(absl::Span<const CascadeMember> members, absl::CivilDay day,
            std::optional<absl::CivilDay> programme_from);

  // The versions of the programme's target that held by `day`, in order, which outlive it; the
  // first one holds from the beginning. Where nobody tells, the target was always the same.
  void SetTargets(absl::Span<const TargetVersion> versions, int64_t programme_unit) {
    targets_ = versions;
    programme_unit_ = programme_unit;
  }

  // Whether an agreement is in force at the unit: the quick part of Of.
  bool IsSigned(int64_t unit) const;
  // The unit exists in the tree on the day.
  Standing Of(const access::UnitTree& tree, int64_t unit) const;
  // The earliest day on which an agreement that covers the unit came into force; nothing when none
  // is in force there. `at`, 0 at first, makes it quick for many units in ascending order.
  std::optional<absl::CivilDay> SignedFrom(int64_t unit, size_t& at) const;

 private:
  struct Signed {
    int64_t unit = 0;
    absl::CivilDay from;
    // Of the members of one unit, which lie together in `members_`.
    int first = 0;
    int count = 0;
    bool in_force = false;
  };

  const absl::Span<const CascadeMember> members_;
  const absl::CivilDay day_;
  const std::optional<absl::CivilDay> programme_from_;
  absl::Span<const TargetVersion> targets_;
  int64_t programme_unit_ = 0;
  // Indexes into `members_`, by unit.
  std::vector<int> order_;
  // Ascending: a search in it is as quick as in a hash table, and it is built in a tenth of the
  // time.
  std::vector<Signed> units_;

  // The first of the days up to the one asked on which every version's target had the unit.
  absl::CivilDay ExpectedFrom(const access::UnitTree& tree, int64_t unit,
                              absl::CivilDay programme_from) const;
  // The unit's entry, looked for from `at` on where that may be; null when it has none.
  const Signed* FindUnit(int64_t unit, size_t& at) const;
};

// The coverage of one level.
struct LevelCoverage {
  std::string level;
  int expected_count = 0;
  // Never more than expected: only expected units are counted, and each once.
  int signed_count = 0;
  // A unit without an agreement in force.
  struct Missing {
    ExpectedUnit unit;
    std::optional<absl::CivilDay> since;
  };
  // The first of them in order of code.
  std::vector<Missing> missing;
  // The earliest and latest day on which one of the signed units came under an agreement
  // that is in force; nothing when none has signed.
  std::optional<absl::CivilDay> first_in_force;
  std::optional<absl::CivilDay> last_in_force;
};

// Counts what is signed of `expected`, in whatever order; quickest in ascending order of id.
// Members of units that are not expected do not count. At most `missing_limit` missing units are
// listed for a level; levels without an expected unit are left out, the others come from the top
// down.
std::vector<LevelCoverage> CountCoverage(const access::UnitTree& tree,
                                         absl::Span<const ExpectedUnit> expected,
                                         const Standings& standings, int missing_limit);

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_DOMAIN_COVERAGE_H_
