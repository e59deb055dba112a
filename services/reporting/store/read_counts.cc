// How the projection is counted: by months where they are whole, by rows at the edges.
#include <map>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/substitute.h"
#include "common/status/macros.h"
#include "services/reporting/domain/months.h"
#include "services/reporting/store/projection_sql.h"

namespace phoihop::reporting::sql {
namespace {

// Units in one statement, so that each stays small.
constexpr size_t kUnitsAtOnce = 1000;

// Steps of a cascade that are followed. Real ones have two or three.
constexpr int kMaxSteps = 32;

// Numbers and days go into the text: both are made here, and the statements differ anyway.
std::string Literal(absl::CivilDay day) { return absl::StrCat("'", FormatDay(day), "'"); }

// Segments of different units on the same days: one set of statements counts them all.
struct Group {
  DayInterval days;
  absl::flat_hash_map<int64_t, size_t> segment_of_unit;
};

std::vector<Group> GroupByDays(absl::Span<const Segment> segments) {
  std::vector<Group> groups;
  std::map<std::pair<absl::CivilDay, absl::CivilDay>, size_t> open;
  for (size_t i = 0; i < segments.size(); ++i) {
    if (segments[i].days.empty()) continue;
    const auto key = std::pair(segments[i].days.first, segments[i].days.last);
    auto found = open.find(key);
    // A unit twice on the same days (it never is) would need a group of its own.
    if (found == open.end() || groups[found->second].segment_of_unit.size() >= kUnitsAtOnce ||
        groups[found->second].segment_of_unit.contains(segments[i].unit)) {
      open[key] = groups.size();
      groups.push_back({segments[i].days, {}});
      found = open.find(key);
    }
    groups[found->second].segment_of_unit.emplace(segments[i].unit, i);
  }
  return groups;
}

class GroupCounter {
 public:
  GroupCounter(mysql::Connection& db, int64_t generation, const Group& group, absl::CivilDay end,
               std::vector<SegmentCounts>& counts)
      : db_(db), group_(group), split_(SplitByMonth(group.days)), end_(end), counts_(counts) {
    where_ = absl::StrCat(
        " WHERE generation = ", generation, " AND unit IN (",
        absl::StrJoin(group.segment_of_unit, ",",
                      [](std::string* out, const auto& unit) { absl::StrAppend(out, unit.first); }),
        ")");
  }

  absl::Status Count() {
    if (split_.whole.has_value()) RETURN_IF_ERROR(CountMonths());
    for (const DayInterval& edge : split_.edges) RETURN_IF_ERROR(CountEdge(edge));
    return absl::OkStatus();
  }

 private:
  // Adds rows of (unit, kind, received, resolved).
  absl::Status Petitions(const std::string& sql) {
    return db_.Query(sql, {}, [&](const mysql::Row& row) {
      SegmentCounts& counts = Of(row.Int(0));
      Figures::Part& part = row.Int(1) <= 2 ? counts.complaints : counts.recommendations;
      part.denominator += row.Int(2);
      part.numerator += row.Int(3);
      return absl::OkStatus();
    });
  }

  // Adds rows of (unit, entries).
  absl::Status Opinions(const std::string& sql) {
    return db_.Query(sql, {}, [&](const mysql::Row& row) {
      Of(row.Int(0)).opinion_entries += row.Int(1);
      return absl::OkStatus();
    });
  }

  SegmentCounts& Of(int64_t unit) { return counts_[group_.segment_of_unit.at(unit)]; }

  absl::Status CountMonths() {
    const DayInterval days = split_.whole->days();
    const int64_t first = MonthNumber(days.first), last = MonthNumber(days.last);
    const ResolvedSplit resolved = SplitResolved(end_);
    RETURN_IF_ERROR(Petitions(absl::Substitute(
        "SELECT unit, kind, CAST(SUM(petition_count) AS SIGNED), CAST(SUM(CASE WHEN "
        "resolved_month BETWEEN 1 AND $0 THEN petition_count ELSE 0 END) AS SIGNED) "
        "FROM projection_petition_months$1 AND kind BETWEEN 1 AND 4 "
        "AND received_month BETWEEN $2 AND $3 GROUP BY unit, kind",
        resolved.through, where_, first, last)));
    if (resolved.edge.has_value()) {
      RETURN_IF_ERROR(Petitions(absl::Substitute(
          "SELECT unit, kind, 0, COUNT(*) FROM projection_petitions$0 AND deleted = 0 "
          "AND resolved BETWEEN $1 AND $2 AND received BETWEEN $3 AND $4 GROUP BY unit, kind",
          where_, Literal(resolved.edge->first), Literal(resolved.edge->last), Literal(days.first),
          Literal(days.last))));
    }
    return Opinions(absl::Substitute(
        "SELECT unit, CAST(SUM(entry_count) AS SIGNED) FROM projection_opinion_months$0 "
        "AND heard_month BETWEEN $1 AND $2 GROUP BY unit",
        where_, first, last));
  }

  absl::Status CountEdge(const DayInterval& edge) {
    RETURN_IF_ERROR(Petitions(absl::Substitute(
        "SELECT unit, kind, COUNT(*), CAST(SUM(CASE WHEN resolved <= $0 THEN 1 ELSE 0 END) AS "
        "SIGNED) FROM projection_petitions$1 AND deleted = 0 AND received BETWEEN $2 AND $3 "
        "GROUP BY unit, kind",
        Literal(end_), where_, Literal(edge.first), Literal(edge.last))));
    return Opinions(
        absl::Substitute("SELECT unit, COUNT(*) FROM projection_opinions$0 AND deleted = 0 "
                         "AND heard BETWEEN $1 AND $2 GROUP BY unit",
                         where_, Literal(edge.first), Literal(edge.last)));
  }

  mysql::Connection& db_;
  const Group& group_;
  const MonthSplit split_;
  const absl::CivilDay end_;
  std::vector<SegmentCounts>& counts_;
  std::string where_;
};

constexpr char kSelectAgreements[] =
    "SELECT id, revision, unit, title, parent, term_start, term_end, in_force_date "
    "FROM projection_agreements WHERE generation = ";

AgreementRow AgreementOf(const mysql::Row& row) {
  AgreementRow agreement;
  agreement.id = row.Text(0);
  agreement.revision = row.Int(1);
  agreement.unit = row.Int(2);
  agreement.title = row.Text(3);
  agreement.parent = row.Text(4);
  agreement.term_start = row.Day(5);
  agreement.term_end = row.Day(6);
  if (!row.IsNull(7)) agreement.in_force_date = row.Day(7);
  return agreement;
}

}  // namespace

absl::StatusOr<std::vector<SegmentCounts>> CountSegments(mysql::Connection& db, int64_t generation,
                                                         absl::Span<const Segment> segments,
                                                         absl::CivilDay end) {
  std::vector<SegmentCounts> counts(segments.size());
  for (const Group& group : GroupByDays(segments)) {
    RETURN_IF_ERROR(GroupCounter(db, generation, group, end, counts).Count());
  }
  return counts;
}

absl::StatusOr<std::vector<AgreementRow>> AgreementsAt(mysql::Connection& db, int64_t generation,
                                                       absl::Span<const int64_t> units) {
  std::vector<AgreementRow> agreements;
  if (units.empty()) return agreements;
  RETURN_IF_ERROR(db.Query(
      absl::StrCat(kSelectAgreements, generation, " AND unit IN (", absl::StrJoin(units, ","),
                   ") AND deleted = 0 AND in_force_date IS NOT NULL ORDER BY id"),
      {}, [&](const mysql::Row& row) {
        agreements.push_back(AgreementOf(row));
        return absl::OkStatus();
      }));
  return agreements;
}

absl::StatusOr<std::vector<AgreementRow>> Descendants(mysql::Connection& db, int64_t generation,
                                                      const std::string& id) {
  std::vector<AgreementRow> found;
  absl::flat_hash_set<std::string> seen = {id};
  std::vector<std::string> parents = {id};
  for (int step = 0; step < kMaxSteps && !parents.empty(); ++step) {
    std::vector<std::string> next;
    size_t at = 0;
    for (const size_t size : ChunkSizes(parents.size())) {
      std::vector<mysql::Value> values(parents.begin() + at, parents.begin() + at + size);
      at += size;
      RETURN_IF_ERROR(db.Query(absl::StrCat(kSelectAgreements, generation, " AND parent IN ",
                                            Placeholders(1, size), " AND deleted = 0"),
                               values, [&](const mysql::Row& row) {
                                 AgreementRow agreement = AgreementOf(row);
                                 if (seen.insert(agreement.id).second) {
                                   next.push_back(agreement.id);
                                   found.push_back(std::move(agreement));
                                 }
                                 return absl::OkStatus();
                               }));
    }
    parents = std::move(next);
  }
  return found;
}

}  // namespace phoihop::reporting::sql
