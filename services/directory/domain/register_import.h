// Placing one dated snapshot of the national register into the register in time.
// Pure: rows and the current register in, changes out.
#ifndef PHOIHOP_SERVICES_DIRECTORY_DOMAIN_REGISTER_IMPORT_H_
#define PHOIHOP_SERVICES_DIRECTORY_DOMAIN_REGISTER_IMPORT_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/directory/domain/register.h"

namespace phoihop::directory {

// One unit in a snapshot.
struct SnapshotRow {
  std::string code, name, parent_code, level, kind;
};

// One published row that says where a commune went.
struct MappingRow {
  // May be empty: then the unit is placed by the three names below.
  std::string old_code;
  std::string old_name, old_district_name, old_province_name;
  std::string new_code, new_name, new_province_name;

  friend auto operator<=>(const MappingRow&, const MappingRow&) = default;
};

// A snapshot as an exporter found it, its texts cleaned.
struct RegisterSnapshot {
  std::string source;
  absl::CivilDay date;
  // kExact or kObserved.
  Precision precision = Precision::kObserved;
  std::string decree;
  std::vector<SnapshotRow> rows;
  std::vector<MappingRow> mappings;
};

// Rows that are left out for one reason.
struct LeftOut {
  // INVALID_ROW             a code, name or level that no unit has
  // REPEATED_CODE           a code that an earlier row of the snapshot has
  // UNKNOWN_PARENT          the parent's code is not in the snapshot
  // UNKNOWN_NEW_CODE        no commune of the snapshot has the new code
  // NEW_PROVINCE_MISMATCH   the commune with the new code lies in another province
  //                         than the row says, so one of the two is wrong
  // NO_OLD_UNIT             the row names no predecessor at all
  // UNKNOWN_OLD_CODE        no commune had the old code on the day before
  // UNKNOWN_OLD_NAME        no older commune has these names
  // AMBIGUOUS_OLD_NAME      several have
  // REPEATED_SUCCESSION     an earlier row says the same
  std::string reason;
  int count = 0;
  // `code name` of the rows; at most 1.000.
  std::vector<std::string> rows;
};

// What the mapping rows of a snapshot are like, whether they can be used or not.
struct MappingCounts {
  int without_old_code = 0;
  // Of those, rows whose three names are those of exactly one older unit.
  int placed_by_name = 0;
  // Different codes in UNKNOWN_NEW_CODE.
  int unknown_new_codes = 0;
  // Different rows that occur more than once, word for word.
  int repeated_rows = 0;
};

// What importing a snapshot does.
struct ImportPlan {
  // New units, and units with a version added or closed; each whole, with its new
  // revision. In order of id.
  std::vector<UnitHistory> changed;
  std::vector<Succession> successions;
  // The register's counters afterwards.
  int64_t next_id = 0;
  absl::CivilDay last_import;

  int units_created = 0;
  int units_closed = 0;
  // Name, kind or parent changed.
  int units_changed = 0;
  int units_unchanged = 0;
  int successions_derived = 0;
  std::vector<LeftOut> left_out;
  MappingCounts mapping_counts;

  bool empty() const { return changed.empty() && successions.empty(); }
};

// Plans the import of `snapshot` on top of `reg`.
//
// Identity. A unit is taken to be the same when level, code and folded name agree.
// Where the snapshot brings mapping rows (the reform of July 2025), a commune
// keeps its identity only when the rows also name it as its own only predecessor
// and only successor, and a province only when no other province's communes came
// and none of its own went elsewhere. Otherwise the old unit ends on the
// snapshot's day and a new one begins, connected by the rows, or by an edge of
// kind CODE_KEPT where only the code is known to have stayed.
//
// Bounds. What the first snapshot shows is taken to have held before it, too:
// its lower bounds are kFirstDay, marked UNKNOWN, so that days before it resolve.
// All later bounds are the snapshot's day with the snapshot's precision.
//
// Importing a snapshot again changes nothing. FAILED_PRECONDITION with the reason
// SNAPSHOT_OUT_OF_ORDER when a snapshot of this day or a later one was imported
// before and this one says something else about the day.
absl::StatusOr<ImportPlan> PlanImport(const Register& reg, const RegisterSnapshot& snapshot);

// The register after the plan.
Register Applied(Register reg, const ImportPlan& plan);

}  // namespace phoihop::directory

#endif  // PHOIHOP_SERVICES_DIRECTORY_DOMAIN_REGISTER_IMPORT_H_
