// What the rules need to know of the world around an agreement, as values, so that the
// rules themselves look nothing up.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_DOMAIN_FACTS_H_
#define PHOIHOP_SERVICES_AGREEMENTS_DOMAIN_FACTS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/time/civil_time.h"
#include "common/time/civil.h"
#include "services/agreements/domain/agreement.h"

namespace phoihop::agreements {

// Where and when a body exists.
struct BodyFacts {
  // Id of the unit at which it is.
  int64_t unit = 0;
  // Nothing: not known since when.
  std::optional<absl::CivilDay> from;
  // Exclusive; nothing while it exists.
  std::optional<absl::CivilDay> until;
  // Its name as the directory has it now.
  std::string display_name = {};
  // Others carry on its duties from `until` on.
  bool carried_on = false;

  bool Contains(absl::CivilDay day) const {
    return (!from.has_value() || *from <= day) && (!until.has_value() || day < *until);
  }

  // Whether the body, or who carries on its duties, takes part on some day of `days` in what it
  // agreed to before. A new agreement asks Contains instead: nobody agrees for a body that is gone.
  bool TakesPart(const DayInterval& days) const {
    return (!from.has_value() || *from <= days.last) &&
           (carried_on || !until.has_value() || *until > days.first);
  }
};

// Bodies by id, as the directory knew them just before the command. A null entry says that
// the body does not exist; a missing one that nobody asked.
using Bodies = absl::flat_hash_map<std::string, std::optional<BodyFacts>>;

// The agreement that another one names as its parent.
struct ParentFacts {
  std::string id;
  State state = State::kDraft;
  // Its unit lies above the unit of the agreement, on the first day of the latter's term.
  bool above = false;
  // Ids of the programmes that it descends from itself, nearest first.
  std::vector<std::string> ancestors;
};

// The agreement that an amendment changes.
struct AmendedFacts {
  absl::CivilDay term_start;
  absl::CivilDay term_end;
  std::string parent;
};

// What a command that sets content needs to know.
struct Facts {
  Bodies bodies;
  // Nothing when the content names no parent, or one that the caller cannot see.
  std::optional<ParentFacts> parent;
  // Of the cascade's target: levels that no unit has, and units that do not lie below the
  // agreement's unit on the first day of the term (those of `units`, or the subtree's).
  std::vector<std::string> unknown_levels = {};
  std::vector<int64_t> units_not_below = {};
  // Some agreement names this one as its parent already.
  bool has_children = false;
  // For an amendment.
  std::optional<AmendedFacts> amended = std::nullopt;
};

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_DOMAIN_FACTS_H_
