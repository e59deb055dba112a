#include "services/agreements/store/coverage_records.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/ledger/reader.h"
#include "common/mysql/in_list.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/status/views.h"
#include "services/agreements/store/rows.h"

namespace phoihop::agreements {
namespace {

using mysql::Value;

// Candidates for ChooseProgramme: the key in_force_at_unit finds them, a handful for each
// of the few units. EXISTS reads one row of the primary key.
constexpr std::string_view kCandidateColumns =
    "id, title, unit_id, term_start, parent_id IS NOT NULL, "
    "EXISTS (SELECT 1 FROM cascade_members m WHERE m.programme_id = agreements.id), "
    "in_force_from, cascade_levels, cascade_subtree, cascade_units, cascade_due, version_date";

absl::StatusOr<ProgrammeCandidate> CandidateOf(const mysql::Row& row) {
  ProgrammeCandidate candidate{row.Text(0), row.Text(1),     row.Int(2),
                               row.Day(3),  row.Int(4) != 0, row.Int(5) != 0};
  if (!row.IsNull(6)) candidate.in_force_from = row.Day(6);
  candidate.target.levels = absl::StrSplit(row.Text(7), ',', absl::SkipEmpty());
  candidate.target.subtree = row.Int(8);
  for (const absl::string_view unit : absl::StrSplit(row.Text(9), ',', absl::SkipEmpty())) {
    if (!absl::SimpleAtoi(unit, &candidate.target.units.emplace_back())) {
      return Internal("a cascade names a unit that is no number");
    }
  }
  if (!row.IsNull(10)) candidate.target.due = row.Day(10);
  if (!row.IsNull(11)) candidate.version_date = row.Day(11);
  return candidate;
}

absl::StatusOr<std::optional<ProgrammeCandidate>> FindProgramme(mysql::Connection& db,
                                                                const CoverageQuery& query) {
  std::string sql = absl::StrCat("SELECT ", AbslView(kCandidateColumns), " FROM agreements WHERE ");
  std::vector<Value> params;
  if (!query.programme.empty()) {
    sql += "id = ?";
    params.emplace_back(query.programme);
  } else {
    if (query.programme_units.empty()) return std::optional<ProgrammeCandidate>();
    absl::StrAppend(&sql, "unit_id IN ", mysql::InList(query.programme_units, params),
                    " AND in_force_from <= ? AND in_force_until > ?");
    params.insert(params.end(), {query.day, query.day});
  }
  std::vector<ProgrammeCandidate> candidates;
  RETURN_IF_ERROR(db.Query(sql, params, [&](const mysql::Row& row) -> absl::Status {
    ASSIGN_OR_RETURN(candidates.emplace_back(), CandidateOf(row));
    return absl::OkStatus();
  }));
  const ProgrammeCandidate* chosen = query.programme.empty()
                                         ? ChooseProgramme(candidates, query.programme_units)
                                     : candidates.empty() ? nullptr
                                                          : &candidates.front();
  if (chosen == nullptr) return std::optional<ProgrammeCandidate>();
  return std::optional<ProgrammeCandidate>(*chosen);
}

// Both days of a member come as one number, since reading thousands of dates as text takes
// longer than the query does: TO_DAYS of each has 20 bits.
constexpr std::string_view kMemberDays = "TO_DAYS(in_force_from) << 20 | TO_DAYS(in_force_until)";

// Turns such numbers into days. Few days come often, and civil arithmetic takes its time.
class Days {
 public:
  absl::CivilDay Of(int64_t number) {
    constexpr absl::CivilDay kEpoch(1970, 1, 1);
    constexpr int64_t kEpochNumber = 719528;  // TO_DAYS('1970-01-01')
    number &= 0xFFFFF;
    const auto [it, is_new] = known_.try_emplace(number);
    if (is_new) it->second = kEpoch + (number - kEpochNumber);
    return it->second;
  }

 private:
  absl::flat_hash_map<int64_t, absl::CivilDay> known_;
};

// A range of the primary key, in its order: all agreements of one programme, or those of a few
// units. Most units have one row, so ended ones cost little.
absl::Status ReadMembers(mysql::Connection& db, const CoverageQuery& query,
                         CoverageRecords& records) {
  std::string sql = absl::StrCat(
      "SELECT unit_id, ", AbslView(kMemberDays), query.with_agreements ? ", agreement_id" : "",
      " FROM cascade_members WHERE programme_id = ? AND in_force_from <= ?");
  std::vector<Value> params = {records.programme->id, query.day};
  if (!query.member_units.empty()) {
    absl::StrAppend(&sql, " AND unit_id IN ", mysql::InList(query.member_units, params));
  }
  sql += " ORDER BY programme_id, unit_id";
  Days known;
  return db.Query(sql, params, [&](const mysql::Row& row) {
    CascadeMember& member = records.members.emplace_back();
    member.unit = row.Int(0);
    const int64_t days = row.Int(1);
    member.in_force_from = known.Of(days >> 20);
    member.in_force_until = known.Of(days);
    if (query.with_agreements) member.agreement = row.Text(2);
    return absl::OkStatus();
  });
}

}  // namespace

absl::StatusOr<CoverageRecords> ReadCoverageRecords(mysql::Connection& db,
                                                    const CoverageQuery& query) {
  CoverageRecords records;
  ASSIGN_OR_RETURN(const ledger::Head head, ledger::ReadHead(db));
  records.position = head.position;
  ASSIGN_OR_RETURN(records.programme, FindProgramme(db, query));
  if (records.programme.has_value()) RETURN_IF_ERROR(ReadMembers(db, query, records));
  return records;
}

}  // namespace phoihop::agreements
