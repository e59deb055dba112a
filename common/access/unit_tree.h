// The tree of administrative units in time, as a snapshot in memory. Pure; never
// changes once built; thread safe.
#ifndef PHOIHOP_COMMON_ACCESS_UNIT_TREE_H_
#define PHOIHOP_COMMON_ACCESS_UNIT_TREE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/time/civil_time.h"
#include "common/time/civil.h"

namespace phoihop::access {

// Id of the country, the root of all provinces.
inline constexpr int64_t kCountryUnit = 1;

// Names of levels that code has to name somewhere. Which levels exist on a day is
// data: ask UnitTree::LevelsOn.
inline constexpr std::string_view kCountryLevel = "COUNTRY";
inline constexpr std::string_view kProvinceLevel = "PROVINCE";
inline constexpr std::string_view kDistrictLevel = "DISTRICT";
inline constexpr std::string_view kCommuneLevel = "COMMUNE";

// What a unit was from one day until another.
struct UnitVersion {
  // First day on which it holds; kFirstDay when nobody knows since when.
  absl::CivilDay from = kFirstDay;
  // First day on which it no longer holds; kEndOfDays when it still does.
  absl::CivilDay until = kEndOfDays;
  // Official code, a zero-padded string, "92", "916", "31117". "VN" for the country.
  std::string code;
  // Full Vietnamese name, for example "Thành phố Cần Thơ".
  std::string name;
  // Kind of unit in Vietnamese, for example "Thành phố", "Phường".
  std::string kind;
  // COUNTRY, PROVINCE, DISTRICT, COMMUNE.
  std::string level;
  // Id of the unit above; 0 for the country.
  int64_t parent = 0;

  bool Holds(absl::CivilDay day) const { return from <= day && day < until; }
};

// A unit in time.
struct Unit {
  int64_t id = 0;
  // Not overlapping, oldest first. There may be gaps.
  std::vector<UnitVersion> versions;

  // The version of that day, or null when the unit did not exist.
  const UnitVersion* On(absl::CivilDay day) const;
};

// The days on which a unit belonged to a root.
struct Membership {
  int64_t unit = 0;
  absl::CivilDay from;
  // Exclusive.
  absl::CivilDay until;

  friend bool operator==(const Membership&, const Membership&) = default;
};

class UnitTree {
 public:
  // Gathers units, then builds the indexes.
  class Builder {
   public:
    // Adds a unit; a second one with the same id adds its versions.
    Builder& Add(Unit unit);
    // Adds one version of a unit.
    Builder& Add(int64_t id, UnitVersion version);
    // The tree. `version` names its state, the directory's ledger position.
    std::shared_ptr<const UnitTree> Build(int64_t version = 0) &&;

   private:
    absl::flat_hash_map<int64_t, Unit> units_;
  };

  // The unit, or null.
  const Unit* Find(int64_t id) const;

  // The unit that had `code` on `day`. Codes of different levels have different
  // lengths, so a code is enough.
  std::optional<int64_t> Resolve(std::string_view code, absl::CivilDay day) const;

  // The unit above on that day; nothing for the country and for a unit that did
  // not exist then.
  std::optional<int64_t> ParentOn(int64_t id, absl::CivilDay day) const;

  bool ExistsOn(int64_t id, absl::CivilDay day) const;

  // Whether `unit` was `root` itself or below it in the tree of `day`. False when
  // either did not exist then.
  bool IsWithin(int64_t unit, int64_t root, absl::CivilDay day) const;

  // Direct children on that day, in order of code.
  std::vector<int64_t> Children(int64_t root, absl::CivilDay day) const;

  // `root` and everything below it on that day; empty when it did not exist.
  std::vector<int64_t> Subtree(int64_t root, absl::CivilDay day) const;

  // Everything below `root`, itself excluded, that was of `level` on that day.
  std::vector<int64_t> Descendants(int64_t root, absl::CivilDay day, std::string_view level) const;

  // Each unit counts for `root` on those days on which the tree of that day had
  // it below `root`, or which is `root` itself: a unit that was moved to another
  // province counts there from that day on. Intervals are cut to `days`, adjacent
  // ones joined; ordered by unit and day.
  std::vector<Membership> MembershipsWithin(int64_t root, DayInterval days) const;

  // All levels that occur on any day, from the top down.
  const std::vector<std::string>& Levels() const { return levels_; }

  // The levels that exist on a day, from the top down.
  std::vector<std::string> LevelsOn(absl::CivilDay day) const;

  // All ids in ascending order.
  const std::vector<int64_t>& ids() const { return ids_; }

  // Names the state of the tree: the directory's ledger position.
  int64_t version() const { return version_; }

 private:
  // A unit was below another from one day until another.
  struct Link {
    int64_t child;
    absl::CivilDay from, until;
  };
  struct Coded {
    absl::CivilDay from, until;
    int64_t unit;
  };

  UnitTree() = default;
  void Index();

  absl::flat_hash_map<int64_t, Unit> units_;
  std::vector<int64_t> ids_;
  absl::flat_hash_map<int64_t, std::vector<Link>> children_;
  absl::flat_hash_map<std::string, std::vector<Coded>> by_code_;
  std::vector<std::string> levels_;
  absl::flat_hash_map<std::string, std::vector<DayInterval>> level_days_;
  int64_t version_ = 0;
};

}  // namespace phoihop::access

#endif  // PHOIHOP_COMMON_ACCESS_UNIT_TREE_H_
