// What bodies were called and who carried on their duties, as a snapshot in memory. Pure; never
// changes once built; thread safe.
#ifndef PHOIHOP_COMMON_ACCESS_BODY_LINEAGE_H_
#define PHOIHOP_COMMON_ACCESS_BODY_LINEAGE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/time/civil_time.h"
#include "common/time/civil.h"

namespace phoihop::access {

// What a body was called from a day on.
struct BodyNameVersion {
  // kFirstDay when nobody knows since when.
  absl::CivilDay from = kFirstDay;
  std::string display_name;
};

// A body that carries on the duties of one that has ended.
struct BodySuccessor {
  // `bodies/{id}`.
  std::string body;
  // Id of the unit at which it is.
  int64_t unit = 0;
  // What it was called when it took over.
  std::string display_name;
};

// A body that was renamed or has an end.
struct BodyChanges {
  // `bodies/{id}`.
  std::string body;
  // Id of the unit at which it is.
  int64_t unit = 0;
  // Its names, oldest first; at least one.
  std::vector<BodyNameVersion> names;
  // First day on which it no longer existed; kEndOfDays while it exists.
  absl::CivilDay until = kEndOfDays;
  // Who carries its duties on from that day; nobody when empty.
  std::vector<BodySuccessor> successors;
};

// Knows the bodies that have changed. Any other one is called as it was always called, exists for
// all that is known here, and carries its duties itself.
class BodyLineage {
 public:
  BodyLineage() = default;
  // Each body once. The directory sees to it that no body carries on itself.
  explicit BodyLineage(std::vector<BodyChanges> bodies);

  // First day on which the body no longer existed; nothing while it has no end.
  std::optional<absl::CivilDay> EndOf(std::string_view body) const;

  // What the body was called on a day, or last when it had ended by then; empty for one that has
  // not changed and took over from nobody.
  std::string NameOn(std::string_view body, absl::CivilDay day) const;

  // Who carries the body's duties on a day, ascending: itself while it exists and when it ended
  // without a successor, otherwise its successors over as many successions as there were by then.
  std::vector<std::string> CarriersOn(std::string_view body, absl::CivilDay day) const;

  // Whether others carry the body's duties on that day.
  bool IsCarriedOn(std::string_view body, absl::CivilDay day) const;

  // The bodies, itself excluded, whose duties this one carries on that day, ascending.
  std::vector<std::string> CarriedBy(std::string_view body, absl::CivilDay day) const;

  // Whether the same body carries the duties of both on that day.
  bool MeetOn(std::string_view a, std::string_view b, absl::CivilDay day) const;

  // The bodies of a unit that ended and left successors, ascending.
  const std::vector<std::string>& SucceededAt(int64_t unit) const;

  // The units, ascending, of bodies whose duties are carried on that day by bodies of `unit`.
  std::vector<int64_t> UnitsCarriedTo(int64_t unit, absl::CivilDay day) const;

  // The unit of a body that took over from another one or has changed itself; nothing for others.
  std::optional<int64_t> UnitOf(std::string_view body) const;

 private:
  absl::flat_hash_map<std::string, BodyChanges> changed_;
  // Of those that took over: from whom, directly; and what was said of them.
  absl::flat_hash_map<std::string, std::vector<std::string>> predecessors_;
  absl::flat_hash_map<std::string, BodySuccessor> successors_;
  absl::flat_hash_map<int64_t, std::vector<std::string>> succeeded_at_;
  absl::flat_hash_map<int64_t, std::vector<std::string>> heirs_at_;
};

}  // namespace phoihop::access

#endif  // PHOIHOP_COMMON_ACCESS_BODY_LINEAGE_H_
