// How the projection is counted: by months where they are whole, by rows at the edges.
#include <map>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/status/macros.h"
#include "common/status/views.h"
#include "services/reporting/domain/months.h"
#include "services/reporting/store/projection_sql.h"

namespace phoihop::reporting::sql {
namespace {

// Units in one statement, so that each stays small.
constexpr size_t kUnitsAtOnce = 1000;

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

constexpr std::string_view kComplaint = "kind IN (1, 2)";
constexpr std::string_view kRecommendation = "kind IN (3, 4)";

// A sum over the rows of a condition, as a whole number.
std::string SumIf(std::string_view condition, std::string_view more) {
  return absl::StrCat("CAST(SUM(CASE WHEN ", AbslView(condition), AbslView(more),
                      " THEN petition_count ELSE 0 END) AS SIGNED)");
}

std::string CountIf(std::string_view condition, std::string_view more) {
  return absl::StrCat("COUNT(CASE WHEN ", AbslView(condition), AbslView(more), " THEN 1 END)");
}

// "a BETWEEN .. AND .. OR a BETWEEN .. AND ..": all edges of an interval are one look at an
// index.
std::string WithinEdges(std::string_view column, absl::Span<const DayInterval> edges) {
  return absl::StrCat("(",
                      absl::StrJoin(edges, " OR ",
                                    [&](std::string* out, const DayInterval& days) {
                                      absl::StrAppend(out, AbslView(column), " BETWEEN ",
                                                      Literal(days.first), " AND ",
                                                      Literal(days.last));
                                    }),
                      ")");
}

// One statement for all that is counted of a group. Its rows are (unit, complaints received,
// resolved, recommendations received, resolved, opinion entries), several for a unit. The
// indexes are named, since estimating each of many ranges in each index takes the server
// longer than reading them.
std::string CountSql(int64_t generation, const Group& group, absl::CivilDay end) {
  const MonthSplit split = SplitByMonth(group.days);
  const std::string where = absl::StrCat(
      " WHERE generation = ", generation, " AND unit IN (",
      absl::StrJoin(group.segment_of_unit, ",",
                    [](std::string* out, const auto& unit) { absl::StrAppend(out, unit.first); }),
      ")");
  std::vector<std::string> selects;
  if (split.whole.has_value()) {
    const DayInterval days = split.whole->days();
    const int64_t first = MonthNumber(days.first), last = MonthNumber(days.last);
    const ResolvedSplit resolved = SplitResolved(end);
    const std::string done = absl::StrCat(" AND resolved_month BETWEEN 1 AND ", resolved.through);
    selects.push_back(
        absl::StrCat("SELECT unit, ", SumIf(kComplaint, ""), ", ", SumIf(kComplaint, done), ", ",
                     SumIf(kRecommendation, ""), ", ", SumIf(kRecommendation, done),
                     ", 0 FROM projection_petition_months", where, " AND kind BETWEEN 1 AND 4 ",
                     "AND received_month BETWEEN ", first, " AND ", last, " GROUP BY unit"));
    if (resolved.edge.has_value()) {
      selects.push_back(absl::StrCat(
          "SELECT unit, 0, ", CountIf(kComplaint, ""), ", 0, ", CountIf(kRecommendation, ""),
          ", 0 FROM projection_petitions FORCE INDEX (by_resolved)", where, " AND deleted = 0 AND ",
          WithinEdges("resolved", {*resolved.edge}), " AND ", WithinEdges("received", {days}),
          " GROUP BY unit"));
    }
    selects.push_back(absl::StrCat(
        "SELECT unit, 0, 0, 0, 0, CAST(SUM(entry_count) AS SIGNED) FROM projection_opinion_months",
        where, " AND heard_month BETWEEN ", first, " AND ", last, " GROUP BY unit"));
  }
  if (!split.edges.empty()) {
    const std::string done = absl::StrCat(" AND resolved <= ", Literal(end));
    selects.push_back(absl::StrCat(
        "SELECT unit, ", CountIf(kComplaint, ""), ", ", CountIf(kComplaint, done), ", ",
        CountIf(kRecommendation, ""), ", ", CountIf(kRecommendation, done),
        ", 0 FROM projection_petitions FORCE INDEX (by_received)", where, " AND deleted = 0 AND ",
        WithinEdges("received", split.edges), " GROUP BY unit"));
    selects.push_back(absl::StrCat(
        "SELECT unit, 0, 0, 0, 0, COUNT(*) FROM projection_opinions FORCE INDEX (by_heard)", where,
        " AND deleted = 0 AND ", WithinEdges("heard", split.edges), " GROUP BY unit"));
  }
  return absl::StrJoin(selects, " UNION ALL ");
}

constexpr char kSelectAgreements[] =
    "SELECT a.id, a.revision, a.unit, a.title, a.parent, a.term_start, a.term_end, "
    "a.in_force_date FROM projection_agreements a";

// The ids of all that descends from an agreement, step by step through by_parent. UNION leaves
// out what was found before, so a circle in bad data ends.
constexpr char kBelow[] =
    "WITH RECURSIVE below AS (SELECT id FROM projection_agreements FORCE INDEX (by_parent) "
    "WHERE generation = ? AND parent = ? AND deleted = 0 UNION SELECT c.id FROM below b "
    "STRAIGHT_JOIN projection_agreements c FORCE INDEX (by_parent) "
    "ON c.generation = ? AND c.parent = b.id AND c.deleted = 0) ";
constexpr char kOfBelow[] = " JOIN below b ON b.id = a.id WHERE a.generation = ? AND a.id <> ?";

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
    RETURN_IF_ERROR(db.Query(CountSql(generation, group, end), {}, [&](const mysql::Row& row) {
      SegmentCounts& count = counts[group.segment_of_unit.at(row.Int(0))];
      count.complaints.denominator += row.Int(1);
      count.complaints.numerator += row.Int(2);
      count.recommendations.denominator += row.Int(3);
      count.recommendations.numerator += row.Int(4);
      count.opinion_entries += row.Int(5);
      return absl::OkStatus();
    }));
  }
  return counts;
}

absl::StatusOr<std::vector<AgreementRow>> AgreementsAt(mysql::Connection& db, int64_t generation,
                                                       absl::Span<const int64_t> units) {
  std::vector<AgreementRow> agreements;
  if (units.empty()) return agreements;
  RETURN_IF_ERROR(
      db.Query(absl::StrCat(kSelectAgreements, " WHERE a.generation = ", generation,
                            " AND a.unit IN (", absl::StrJoin(units, ","),
                            ") AND a.deleted = 0 AND a.in_force_date IS NOT NULL ORDER BY a.id"),
               {}, [&](const mysql::Row& row) {
                 agreements.push_back(AgreementOf(row));
                 return absl::OkStatus();
               }));
  return agreements;
}

absl::StatusOr<std::vector<AgreementRow>> Descendants(mysql::Connection& db, int64_t generation,
                                                      const std::string& id) {
  std::vector<AgreementRow> found;
  RETURN_IF_ERROR(db.Query(absl::StrCat(kBelow, kSelectAgreements, kOfBelow),
                           {generation, id, generation, generation, id},
                           [&](const mysql::Row& row) {
                             found.push_back(AgreementOf(row));
                             return absl::OkStatus();
                           }));
  return found;
}

}  // namespace phoihop::reporting::sql
