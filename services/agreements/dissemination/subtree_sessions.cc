#include "services/agreements/dissemination/subtree_sessions.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/filter/sql.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/status/views.h"
#include "common/time/civil.h"
#include "services/agreements/dissemination/session_rows.h"

namespace phoihop::agreements::dissemination {
namespace {

using mysql::Value;

// Keys that are read at once.
constexpr int kBatch = 1000;

// A place in the order of the list: by day, then unit, then id.
struct Place {
  absl::CivilDay day;
  int64_t unit = 0;
  std::string id;
};

std::string Format(const Place& place) {
  return absl::StrCat(FormatDay(place.day), " ", place.unit, " ", place.id);
}

absl::StatusOr<std::optional<Place>> Parse(const std::string& cursor) {
  if (cursor.empty()) return std::optional<Place>();
  const std::vector<std::string> parts = absl::StrSplit(cursor, ' ');
  Place place;
  if (parts.size() != 3 || !absl::SimpleAtoi(parts[1], &place.unit)) {
    return Internal("a cursor of sessions cannot be read");
  }
  ASSIGN_OR_RETURN(place.day, ParseDay(parts[0]));
  place.id = parts[2];
  return std::optional<Place>(std::move(place));
}

// The next keys: of the agreement, of a few units, or of all in the order of the list.
absl::StatusOr<std::vector<Place>> ReadKeys(mysql::Connection& db, const ListQuery& query,
                                            const std::vector<int64_t>& units,
                                            const std::optional<Place>& after, int limit) {
  std::string sql = "SELECT s.session_date, s.unit_id, s.id FROM dissemination_sessions s ";
  std::vector<Value> params;
  if (!query.agreement.empty()) {
    sql += "FORCE INDEX (by_agreement) WHERE s.agreement_id = ?";
    params.emplace_back(query.agreement);
  } else if (!units.empty()) {
    absl::StrAppend(&sql, "FORCE INDEX (by_unit) WHERE s.unit_id IN (", Marks(units.size()), ")");
    for (const int64_t unit : units) params.emplace_back(unit);
  } else {
    sql += "FORCE INDEX (by_date) WHERE TRUE";
  }
  const char* beyond = query.ascending ? ">" : "<";
  if (after.has_value()) {
    absl::StrAppend(&sql, " AND s.session_date ", beyond, "= ? AND (s.session_date ", beyond,
                    " ? OR s.unit_id ", beyond, " ? OR (s.unit_id = ? AND s.id ", beyond, " ?))");
    params.insert(params.end(), {after->day, after->day, after->unit, after->unit, after->id});
  }
  const char* order = query.ascending ? "" : " DESC";
  absl::StrAppend(&sql, " ORDER BY s.session_date", order, ", s.unit_id", order, ", s.id", order,
                  " LIMIT ?");
  params.emplace_back(int64_t{limit});
  std::vector<Place> keys;
  RETURN_IF_ERROR(db.Query(sql, params, [&](const mysql::Row& row) {
    keys.push_back({row.Day(0), row.Int(1), row.Text(2)});
    return absl::OkStatus();
  }));
  return keys;
}

// Those of these sessions that the query lets through, by id.
absl::StatusOr<absl::flat_hash_map<std::string, Session>> ReadSessions(
    mysql::Connection& db, const ListQuery& query, absl::Span<const Place> keys) {
  absl::flat_hash_map<std::string, Session> found;
  if (keys.empty()) return found;
  ASSIGN_OR_RETURN(const filter::Sql where, filter::Condition(query.filter, SessionColumns()));
  size_t padded = 1;
  while (padded < keys.size()) padded *= 2;
  std::vector<Value> params;
  for (size_t i = 0; i < padded; ++i) {
    params.emplace_back(keys[std::min(i, keys.size() - 1)].id);
  }
  params.insert(params.end(), where.params.begin(), where.params.end());
  RETURN_IF_ERROR(db.Query(
      absl::StrCat("SELECT ", AbslView(kSessionColumns),
                   ", a.unit_id, a.term_start FROM dissemination_sessions s JOIN agreements a ON "
                   "a.id = s.agreement_id WHERE s.id IN (",
                   Marks(padded), ")", query.show_deleted ? "" : " AND s.delete_time IS NULL",
                   " AND ", where.text),
      params, [&](const mysql::Row& row) {
        if (query.visible == nullptr ||
            query.visible(row.Int(kSessionColumnCount), row.Day(kSessionColumnCount + 1))) {
          Session session = SessionOf(row);
          const std::string id = session.id;
          found.emplace(id, std::move(session));
        }
        return absl::OkStatus();
      }));
  return found;
}

}  // namespace

bool BelongsOn(absl::Span<const access::Membership> memberships, int64_t unit, absl::CivilDay day) {
  auto at = std::lower_bound(
      memberships.begin(), memberships.end(), unit,
      [](const access::Membership& one, int64_t wanted) { return one.unit < wanted; });
  for (; at != memberships.end() && at->unit == unit; ++at) {
    if (at->from <= day && day < at->until) return true;
  }
  return false;
}

absl::StatusOr<ListPage> ReadSubtreePage(mysql::Connection& db, const ListQuery& query,
                                         const SubtreeLimits& limits) {
  ASSIGN_OR_RETURN(std::optional<Place> after, Parse(query.cursor));
  std::vector<int64_t> units;
  for (const access::Membership& one : *query.within) {
    if (units.empty() || units.back() != one.unit) units.push_back(one.unit);
  }
  ListPage page;
  if (units.empty()) return page;
  if (units.size() > limits.most_named_units) units.clear();
  bool more = true;
  for (int read = 0; more && read < limits.most_keys;) {
    const int limit = std::min(kBatch, limits.most_keys - read);
    ASSIGN_OR_RETURN(const std::vector<Place> keys, ReadKeys(db, query, units, after, limit));
    read += static_cast<int>(keys.size());
    more = static_cast<int>(keys.size()) == limit;
    // In parts of about a page, so that few rows are read for nothing.
    for (size_t at = 0; at < keys.size();) {
      std::vector<Place> part;
      for (; at < keys.size() && part.size() < 64; ++at) {
        if (BelongsOn(*query.within, keys[at].unit, keys[at].day)) part.push_back(keys[at]);
      }
      ASSIGN_OR_RETURN(auto sessions, ReadSessions(db, query, part));
      for (const Place& place : part) {
        const auto found = sessions.find(place.id);
        if (found == sessions.end()) continue;
        if (static_cast<int>(page.sessions.size()) == query.limit) {
          const Session& last = page.sessions.back();
          page.next = Format({last.content.date, last.content.unit, last.id});
          RETURN_IF_ERROR(LoadDocuments(db, absl::MakeSpan(page.sessions)));
          return page;
        }
        page.sessions.push_back(std::move(found->second));
      }
    }
    if (!keys.empty()) after = keys.back();
  }
  if (more) page.next = Format(*after);
  RETURN_IF_ERROR(LoadDocuments(db, absl::MakeSpan(page.sessions)));
  return page;
}

}  // namespace phoihop::agreements::dissemination
