// The national register of administrative units in time: what the directory keeps.
#ifndef PHOIHOP_SERVICES_DIRECTORY_DOMAIN_REGISTER_H_
#define PHOIHOP_SERVICES_DIRECTORY_DOMAIN_REGISTER_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/civil_time.h"
#include "common/access/unit_tree.h"
#include "common/time/civil.h"

namespace phoihop::directory {

// How exactly a day is known. Stored as these numbers.
enum class Precision {
  // A bound that is not there: the version still holds.
  kNone = 0,
  // A decree names the day.
  kExact = 1,
  // First seen in a snapshot of that day; it may have begun earlier.
  kObserved = 2,
  // Before the records begin.
  kUnknown = 3,
};

// What a unit was from one day until another.
struct UnitVersion {
  absl::CivilDay from = kFirstDay;
  Precision from_precision = Precision::kUnknown;
  // Exclusive; kEndOfDays while it holds.
  absl::CivilDay until = kEndOfDays;
  Precision until_precision = Precision::kNone;
  // Zero-padded code.
  std::string code;
  // Full name with its kind.
  std::string name;
  std::string kind;
  std::string level;
  // 0 for the country.
  int64_t parent = 0;
  // `package@version` of the snapshot that said so.
  std::string source;

  bool Holds(absl::CivilDay day) const { return from <= day && day < until; }
  friend bool operator==(const UnitVersion&, const UnitVersion&) = default;
};

// A unit with everything that it has been.
struct UnitHistory {
  int64_t id = 0;
  // Ascends by one with every stored change.
  int64_t revision = 1;
  // Oldest first, without overlap.
  std::vector<UnitVersion> versions;

  const UnitVersion* On(absl::CivilDay day) const;
  friend bool operator==(const UnitHistory&, const UnitHistory&) = default;
};

// One unit followed another, wholly or in part.
struct Succession {
  // What is known of how. Stored as these numbers.
  enum class Kind {
    // The predecessor went into the successor whole, with others.
    kMerger = 1,
    // The predecessor went to several successors.
    kSplit = 2,
    // The predecessor alone became the successor.
    kContinuation = 3,
    // Only a kept code is known.
    kCodeKept = 4,
  };

  int64_t from_unit = 0;
  int64_t to_unit = 0;
  absl::CivilDay date;
  Precision precision = Precision::kExact;
  Kind kind = Kind::kCodeKept;
  std::string decree;
  // Placed by name, since the source lacks the predecessor's code.
  bool derived = false;
  std::string source;

  friend bool operator==(const Succession&, const Succession&) = default;
};

// All units and successions.
struct Register {
  std::map<int64_t, UnitHistory> units;
  std::vector<Succession> successions;
  // Id of the next new unit.
  int64_t next_id = access::kCountryUnit + 1;
  // The day of the newest snapshot imported; kFirstDay before the first.
  absl::CivilDay last_import = kFirstDay;
  // Ascends with every change of a unit.
  int64_t version = 0;
};

// A register that knows only the country, as a new database has it.
Register NewRegister();

// The units as a tree for deciding scope.
std::shared_ptr<const access::UnitTree> TreeOf(const Register& reg);

}  // namespace phoihop::directory

#endif  // PHOIHOP_SERVICES_DIRECTORY_DOMAIN_REGISTER_H_
