// Bodies in time: what they were called, and who carried on their duties.
#ifndef PHOIHOP_SERVICES_DIRECTORY_DOMAIN_BODY_H_
#define PHOIHOP_SERVICES_DIRECTORY_DOMAIN_BODY_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/time/civil.h"

namespace phoihop::directory {

// What a body was called from a day on.
struct BodyTitle {
  // kFirstDay when nobody knows since when.
  absl::CivilDay from = kFirstDay;
  std::string display_name;
  std::string abbreviation;
  // Number of the decision that gave the name; empty for the first.
  std::string decision;

  friend bool operator==(const BodyTitle&, const BodyTitle&) = default;
};

// A body that carries on the duties of one that has ended.
struct BodySuccessor {
  std::string body;
  int64_t unit = 0;
  // Its newest name.
  std::string display_name;

  friend bool operator==(const BodySuccessor&, const BodySuccessor&) = default;
};

// An organisation at a unit.
struct Body {
  std::string id;
  // The newest name, which may hold from a later day only; see NameOn.
  std::string display_name;
  std::string abbreviation;
  int64_t unit = 0;
  // Nothing when not known.
  std::optional<absl::CivilDay> valid_from;
  // Exclusive; nothing while it exists.
  std::optional<absl::CivilDay> valid_until;
  absl::Time created;
  int64_t revision = 1;
  // All its names, oldest first; empty when it was never renamed.
  std::vector<BodyTitle> names;
  // Number of the decision by which it ends.
  std::string end_decision;
  // Who carries its duties on from `valid_until`, in order of id.
  std::vector<BodySuccessor> successors;

  friend bool operator==(const Body&, const Body&) = default;
};

// How far ahead a change may be recorded: a day beyond is a slip of the pen.
inline constexpr int kMostDaysAhead = 366;
inline constexpr int kMaxSuccessors = 10;

bool ExistsOn(const Body& body, absl::CivilDay day);

// What the body was called on a day: its first name before its beginning, its last one after its
// end.
BodyTitle NameOn(const Body& body, absl::CivilDay day);

// The body with another name from `name.from` on. INVALID_ARGUMENT: NAME_NOT_LATER, BODY_NOT_VALID
// and DATE_TOO_FAR naming `effective_date`, NAME_UNCHANGED naming `display_name`.
absl::StatusOr<Body> Rename(Body body, BodyTitle name, absl::CivilDay today);

// An end as it is asked for, with the fields of the request in which its parts stand.
struct BodyEnd {
  // First day on which the body no longer exists.
  absl::CivilDay day;
  std::string decision;
  // As they are now.
  std::vector<Body> successors;
  std::string day_field = "end_date";
  // Of each successor.
  std::vector<std::string> successor_fields;
  // Of the body itself.
  std::string body_field = "name";
};

// The body with an end. `took_over` is the last day on which it took over from another one. See
// EndBody of the contract for what is refused, and why.
absl::StatusOr<Body> End(Body body, const BodyEnd& end, std::optional<absl::CivilDay> took_over,
                         absl::CivilDay today);

}  // namespace phoihop::directory

#endif  // PHOIHOP_SERVICES_DIRECTORY_DOMAIN_BODY_H_
