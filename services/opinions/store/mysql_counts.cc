// Counting: whole months from the counters, the days at an interval's edges from
// the records, both for many units at once.
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/ledger/reader.h"
#include "common/mysql/transaction.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "services/opinions/domain/count_plan.h"
#include "services/opinions/store/mysql_store.h"

namespace phoihop::opinions {
namespace {

using mysql::Connection;
using mysql::Row;

// Units in one statement. MariaDB turns a list of 1.000 and more into a derived
// table, which loses the index ranges.
constexpr int kUnitsPerQuery = 500;

// The statements hold numbers and days that this file formats, nothing else, and
// differ in the number of units; so they are text, which leaves the cache of
// prepared statements alone.
std::string Between(std::string_view column, DayInterval days) {
  return absl::StrCat(std::string(column), " BETWEEN '", FormatDay(days.first), "' AND '",
                      FormatDay(days.last), "'");
}

std::string Between(std::string_view column, MonthInterval months) {
  return absl::StrCat(std::string(column), " BETWEEN ", MonthNumber(months.first), " AND ",
                      MonthNumber(months.last));
}

std::string WithinUnits(const UnitGroup& group) {
  return absl::StrCat("unit_id IN (", absl::StrJoin(group.units, ","), ")");
}

std::string WithinEdges(std::string_view column, const std::vector<DayInterval>& edges) {
  return absl::StrCat("(",
                      absl::StrJoin(edges, " OR ",
                                    [&](std::string* out, DayInterval days) {
                                      out->append(Between(column, days));
                                    }),
                      ")");
}

// Adds rows of (kind, received, resolved).
absl::Status AddKinds(Connection& db, const std::string& sql, PetitionTallies& tallies) {
  return db.Query(sql, {}, [&](const Row& row) -> absl::Status {
    const std::optional<PetitionKind> kind = PetitionKindOf(static_cast<int>(row.Int(0)));
    if (!kind.has_value()) return Internal("petitions are counted under an unknown kind");
    PetitionTally& tally = tallies[static_cast<int>(GroupOf(*kind))];
    tally.received += row.Int(1);
    tally.resolved += row.Int(2);
    return absl::OkStatus();
  });
}

// A sum as a whole number, 0 of nothing.
std::string SumOf(const std::string& what) {
  return absl::StrCat("CAST(COALESCE(SUM(", what, "), 0) AS SIGNED)");
}

// Adds one row of received and resolved for each group.
absl::Status AddGroups(Connection& db, const std::string& sql, PetitionTallies& tallies) {
  return db.Query(sql, {}, [&](const Row& row) {
    for (int group = 0; group < kPetitionGroups; ++group) {
      tallies[group].received += row.Int(2 * group);
      tallies[group].resolved += row.Int(2 * group + 1);
    }
    return absl::OkStatus();
  });
}

absl::Status CountGroup(Connection& db, const UnitGroup& group, const ResolvedSplit& resolved,
                        absl::CivilDay end, PetitionTallies& tallies) {
  const MonthSplit split = SplitByMonth(group.days);
  const std::string units = WithinUnits(group);
  if (split.whole.has_value()) {
    const std::string done =
        absl::StrCat("resolved_month BETWEEN 1 AND ", MonthNumber(resolved.through));
    RETURN_IF_ERROR(
        AddGroups(db,
                  absl::StrCat("SELECT ", SumOf("complaints + denunciations"), ", ",
                               SumOf("CASE WHEN " + done + " THEN complaints + denunciations END"),
                               ", ", SumOf("recommendations + feedback"), ", ",
                               SumOf("CASE WHEN " + done + " THEN recommendations + feedback END"),
                               " FROM petition_month_counts WHERE ", units, " AND ",
                               Between("received_month", *split.whole)),
                  tallies));
    if (resolved.edge.has_value()) {
      RETURN_IF_ERROR(AddKinds(
          db,
          absl::StrCat("SELECT kind, 0, COUNT(*) FROM petitions FORCE INDEX (by_resolution) WHERE ",
                       units, " AND ", Between("resolved_date", *resolved.edge), " AND ",
                       Between("received_date", split.whole->days()), " GROUP BY kind"),
          tallies));
    }
  }
  if (split.edges.empty()) return absl::OkStatus();
  return AddKinds(
      db,
      absl::StrCat("SELECT kind, COUNT(*), COUNT(CASE WHEN resolved_date <= '", FormatDay(end),
                   "' THEN 1 END) FROM petitions FORCE INDEX (by_receipt) WHERE ", units, " AND ",
                   WithinEdges("received_date", split.edges), " GROUP BY kind"),
      tallies);
}

using TopicMap = absl::flat_hash_map<std::string, TopicTally>;

// Adds rows of (topic, entries, voiced).
absl::Status AddTopics(Connection& db, const std::string& sql, TopicMap& topics) {
  return db.Query(sql, {}, [&](const Row& row) {
    std::string topic = row.Text(0);
    std::string key = TopicKey(topic);
    TopicTally& tally = topics[key];
    if (tally.entries == 0 || topic < tally.topic) tally.topic = std::move(topic);
    tally.key = std::move(key);
    tally.entries += row.Int(1);
    tally.voiced += row.Int(2);
    return absl::OkStatus();
  });
}

absl::Status CountGroup(Connection& db, const UnitGroup& group, TopicMap& topics) {
  const MonthSplit split = SplitByMonth(group.days);
  const std::string units = WithinUnits(group);
  if (split.whole.has_value()) {
    RETURN_IF_ERROR(AddTopics(
        db,
        absl::StrCat("SELECT topic, CAST(SUM(entries) AS SIGNED), CAST(SUM(voiced) AS SIGNED)"
                     " FROM opinion_month_counts WHERE ",
                     units, " AND ", Between("heard_month", *split.whole), " GROUP BY topic"),
        topics));
  }
  if (split.edges.empty()) return absl::OkStatus();
  return AddTopics(
      db,
      absl::StrCat("SELECT topic, COUNT(*), CAST(COALESCE(SUM(voiced), 0) AS SIGNED)"
                   " FROM opinion_entries FORCE INDEX (by_day) WHERE ",
                   units, " AND ", WithinEdges("heard_date", split.edges), " GROUP BY topic"),
      topics);
}

}  // namespace

std::vector<mysql::TableGrant> StoreGrants() {
  return {{"opinion_entries", "SELECT, INSERT"},
          {"petitions", "SELECT, INSERT, UPDATE"},
          {"opinion_month_counts", "SELECT, INSERT, UPDATE"},
          {"petition_month_counts", "SELECT, INSERT, UPDATE"}};
}

absl::StatusOr<PetitionCounts> MysqlStore::CountPetitions(absl::Time deadline,
                                                          absl::Span<const UnitDays> where,
                                                          absl::CivilDay end) {
  const std::vector<UnitGroup> groups = GroupByDays(where, kUnitsPerQuery);
  const ResolvedSplit resolved = SplitResolved(end);
  return mysql::Read(pool_, deadline, [&](Connection& db) -> absl::StatusOr<PetitionCounts> {
    PetitionCounts counts;
    ASSIGN_OR_RETURN(const ledger::Head head, ledger::ReadHead(db));
    counts.position = head.position;
    for (const UnitGroup& group : groups) {
      RETURN_IF_ERROR(CountGroup(db, group, resolved, end, counts.groups));
    }
    return counts;
  });
}

absl::StatusOr<TopicCounts> MysqlStore::CountTopics(absl::Time deadline,
                                                    absl::Span<const UnitDays> where) {
  const std::vector<UnitGroup> groups = GroupByDays(where, kUnitsPerQuery);
  return mysql::Read(pool_, deadline, [&](Connection& db) -> absl::StatusOr<TopicCounts> {
    TopicCounts counts;
    ASSIGN_OR_RETURN(const ledger::Head head, ledger::ReadHead(db));
    counts.position = head.position;
    TopicMap topics;
    for (const UnitGroup& group : groups) RETURN_IF_ERROR(CountGroup(db, group, topics));
    for (auto& [key, tally] : topics) counts.topics.push_back(std::move(tally));
    RankTopics(counts.topics);
    return counts;
  });
}

}  // namespace phoihop::opinions
