#include "services/opinions/store/count_sql.h"

#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "services/opinions/domain/count_plan.h"

namespace phoihop::opinions {
namespace {

using mysql::Row;

// Units in one statement. MariaDB turns a list of 1.000 and more into a derived
// table, which loses the index ranges.
constexpr int kUnitsPerQuery = 500;

// The statements hold numbers and days that this file formats, nothing else, and
// differ in the number of units; so they are sent as text, which leaves the cache of
// prepared statements alone and costs the server no preparation.
std::string Between(std::string_view column, DayInterval days) {
  return absl::StrCat(std::string(column), " BETWEEN '", FormatDay(days.first), "' AND '",
                      FormatDay(days.last), "'");
}

std::string Between(std::string_view column, MonthInterval months) {
  return absl::StrCat(std::string(column), " BETWEEN ", MonthNumber(months.first), " AND ",
                      MonthNumber(months.last));
}

std::string WithinEdges(std::string_view column, const std::vector<DayInterval>& edges) {
  return absl::StrCat("(",
                      absl::StrJoin(edges, " OR ",
                                    [&](std::string* out, DayInterval days) {
                                      out->append(Between(column, days));
                                    }),
                      ")");
}

// A sum as a whole number, 0 of nothing.
std::string SumOf(const std::string& what) {
  return absl::StrCat("CAST(COALESCE(SUM(", what, "), 0) AS SIGNED)");
}

std::string CountIf(const std::string& condition) {
  return absl::StrCat("COUNT(CASE WHEN ", condition, " THEN 1 END)");
}

// Kinds of a group by their numbers.
constexpr char kComplaint[] = "kind IN (1, 2)";
constexpr char kRecommendation[] = "kind IN (3, 4)";
static_assert(static_cast<int>(PetitionKind::kComplaint) == 1 &&
              static_cast<int>(PetitionKind::kDenunciation) == 2 &&
              static_cast<int>(PetitionKind::kRecommendation) == 3 &&
              static_cast<int>(PetitionKind::kFeedback) == 4);

// The pieces by which a sum and a count of parts differ.
struct Grouping {
  explicit Grouping(CountBy by)
      : unit(by == CountBy::kPart ? "unit_id" : "0"),
        by_unit(by == CountBy::kPart ? " GROUP BY unit_id" : ""),
        by_topic(by == CountBy::kPart ? " GROUP BY unit_id, topic" : " GROUP BY topic") {}

  const std::string unit, by_unit, by_topic;
};

// Of (unit or 0, complaints received, resolved, recommendations received, resolved), one or
// more rows for a unit. Empty when there is nothing to count.
std::string PetitionSql(const UnitGroup& group, absl::CivilDay end, CountBy by) {
  const MonthSplit split = SplitByMonth(group.days);
  const ResolvedSplit resolved = SplitResolved(end);
  const Grouping grouping(by);
  const std::string units = absl::StrCat("unit_id IN (", absl::StrJoin(group.units, ","), ")");
  std::vector<std::string> selects;
  if (split.whole.has_value()) {
    const std::string done =
        absl::StrCat("CASE WHEN resolved_month BETWEEN 1 AND ", MonthNumber(resolved.through));
    selects.push_back(absl::StrCat(
        "SELECT ", grouping.unit, ", ", SumOf("complaints + denunciations"), ", ",
        SumOf(done + " THEN complaints + denunciations END"), ", ",
        SumOf("recommendations + feedback"), ", ",
        SumOf(done + " THEN recommendations + feedback END"), " FROM petition_month_counts WHERE ",
        units, " AND ", Between("received_month", *split.whole), grouping.by_unit));
    if (resolved.edge.has_value()) {
      selects.push_back(absl::StrCat(
          "SELECT ", grouping.unit, ", 0, ", CountIf(kComplaint), ", 0, ", CountIf(kRecommendation),
          " FROM petitions FORCE INDEX (by_resolution) WHERE ", units, " AND ",
          Between("resolved_date", *resolved.edge), " AND ",
          Between("received_date", split.whole->days()), grouping.by_unit));
    }
  }
  if (!split.edges.empty()) {
    const std::string done = absl::StrCat(" AND resolved_date <= '", FormatDay(end), "'");
    selects.push_back(absl::StrCat(
        "SELECT ", grouping.unit, ", ", CountIf(kComplaint), ", ", CountIf(kComplaint + done), ", ",
        CountIf(kRecommendation), ", ", CountIf(kRecommendation + done),
        " FROM petitions FORCE INDEX (by_receipt) WHERE ", units, " AND ",
        WithinEdges("received_date", split.edges), grouping.by_unit));
  }
  return absl::StrJoin(selects, " UNION ALL ");
}

// Of (unit or 0, topic, entries, voiced).
std::string TopicSql(const UnitGroup& group, CountBy by) {
  const MonthSplit split = SplitByMonth(group.days);
  const Grouping grouping(by);
  const std::string units = absl::StrCat("unit_id IN (", absl::StrJoin(group.units, ","), ")");
  std::vector<std::string> selects;
  if (split.whole.has_value()) {
    selects.push_back(absl::StrCat("SELECT ", grouping.unit, ", topic, ", SumOf("entries"), ", ",
                                   SumOf("voiced"), " FROM opinion_month_counts WHERE ", units,
                                   " AND ", Between("heard_month", *split.whole),
                                   grouping.by_topic));
  }
  if (!split.edges.empty()) {
    selects.push_back(absl::StrCat("SELECT ", grouping.unit, ", topic, COUNT(*), ", SumOf("voiced"),
                                   " FROM opinion_entries FORCE INDEX (by_day) WHERE ", units,
                                   " AND ", WithinEdges("heard_date", split.edges),
                                   grouping.by_topic));
  }
  return absl::StrJoin(selects, " UNION ALL ");
}

// Where the counts of a unit go.
class Parts {
 public:
  Parts(absl::Span<const UnitDays> where, CountBy by) : by_(by) {
    if (by == CountBy::kSum) return;
    for (size_t i = 0; i < where.size(); ++i) index_[KeyOf(where[i].unit, where[i].days)] = i;
  }

  // `unit` as the statement answered it for a group of these days.
  size_t Of(int64_t unit, DayInterval days) const {
    return by_ == CountBy::kSum ? 0 : index_.at(KeyOf(unit, days));
  }

 private:
  using Key = std::tuple<int64_t, absl::CivilDay, absl::CivilDay>;
  static Key KeyOf(int64_t unit, DayInterval days) { return {unit, days.first, days.last}; }

  const CountBy by_;
  std::map<Key, size_t> index_;
};

}  // namespace

absl::StatusOr<std::vector<PetitionTallies>> SelectPetitionCounts(mysql::Connection& db,
                                                                  absl::Span<const UnitDays> where,
                                                                  absl::CivilDay end, CountBy by) {
  std::vector<PetitionTallies> counts(by == CountBy::kSum ? 1 : where.size());
  const Parts parts(where, by);
  for (const UnitGroup& group : GroupByDays(where, kUnitsPerQuery)) {
    const std::string sql = PetitionSql(group, end, by);
    if (sql.empty()) continue;
    RETURN_IF_ERROR(db.Query(sql, {}, [&](const Row& row) {
      PetitionTallies& tallies = counts[parts.Of(row.Int(0), group.days)];
      for (int i = 0; i < kPetitionGroups; ++i) {
        tallies[i].received += row.Int(1 + 2 * i);
        tallies[i].resolved += row.Int(2 + 2 * i);
      }
      return absl::OkStatus();
    }));
  }
  return counts;
}

absl::StatusOr<std::vector<std::vector<TopicTally>>> SelectTopicCounts(
    mysql::Connection& db, absl::Span<const UnitDays> where, CountBy by) {
  std::vector<std::vector<TopicTally>> counts(by == CountBy::kSum ? 1 : where.size());
  const Parts parts(where, by);
  for (const UnitGroup& group : GroupByDays(where, kUnitsPerQuery)) {
    const std::string sql = TopicSql(group, by);
    if (sql.empty()) continue;
    RETURN_IF_ERROR(db.Query(sql, {}, [&](const Row& row) {
      std::string topic = row.Text(1);
      std::string key = TopicKey(topic);
      counts[parts.Of(row.Int(0), group.days)].push_back(
          {std::move(key), std::move(topic), row.Int(2), row.Int(3)});
      return absl::OkStatus();
    }));
  }
  return counts;
}

}  // namespace phoihop::opinions
