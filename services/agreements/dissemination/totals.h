// Adding up what units of several levels did. Pure.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_DISSEMINATION_TOTALS_H_
#define PHOIHOP_SERVICES_AGREEMENTS_DISSEMINATION_TOTALS_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "absl/types/span.h"
#include "common/access/unit_tree.h"
#include "services/agreements/dissemination/session.h"

namespace phoihop::agreements::dissemination {

// Sums. There is no base to any of them, so no rate follows from them.
struct Figures {
  int64_t records = 0;
  int64_t sessions = 0;
  // Attendances, never people.
  int64_t attendances = 0;
  int64_t copies = 0;

  Figures& operator+=(const Figures& other);
  Figures operator-() const;
  bool empty() const { return *this == Figures(); }
  friend bool operator==(const Figures&, const Figures&) = default;
};

// What one session adds; nothing for one that was deleted.
Figures FiguresOf(const Session& session);

// What one unit did by one kind, on days on which it belonged to the unit asked.
struct UnitFigures {
  int64_t unit = 0;
  Kind kind = Kind::kOther;
  Figures figures;
};

// What units of one level did.
struct LevelTotals {
  std::string level;
  std::map<Kind, Figures> kinds;
  Figures figures;
};

// The whole.
struct Totals {
  // From the top down; without levels at which nothing took place.
  std::vector<LevelTotals> levels;
  std::map<Kind, Figures> kinds;
  Figures figures;
};

// Adds up `rows` by the level that each unit has in `memberships`, where it is found.
Totals AddUp(const access::UnitTree& tree, absl::Span<const access::Membership> memberships,
             absl::Span<const UnitFigures> rows);

// An interval cut for reading: whole months from counters, days from sessions. All ends are
// exclusive; an empty part has `from` == `until`.
struct Cut {
  struct Part {
    absl::CivilDay from, until;
    bool empty() const { return until <= from; }
    friend bool operator==(const Part&, const Part&) = default;
  };
  // First days of months.
  Part months;
  Part before, after;
};
Cut CutToMonths(absl::CivilDay from, absl::CivilDay until);

}  // namespace phoihop::agreements::dissemination

#endif  // PHOIHOP_SERVICES_AGREEMENTS_DISSEMINATION_TOTALS_H_
