// Bodies: their rows, with their names and successors, and the statements that touch them.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "common/ledger/command.h"
#include "common/mysql/in_list.h"
#include "common/mysql/transaction.h"
#include "common/status/macros.h"
#include "common/status/views.h"
#include "services/directory/store/mysql_store.h"
#include "services/directory/store/rows.h"
#include "services/directory/store/state_row.h"

namespace phoihop::directory {
namespace {

using mysql::Connection;
using mysql::Row;
using mysql::Value;

#define BODY_COLUMNS                                                                    \
  "b.body_id, b.display_name, b.abbreviation, b.unit_id, b.valid_from, b.valid_until, " \
  "b.create_time, b.revision, b.end_decision"

constexpr std::string_view kBodiesById =
    "SELECT " BODY_COLUMNS " FROM bodies b WHERE b.body_id IN ";
constexpr std::string_view kListBodies = "SELECT " BODY_COLUMNS
                                         " FROM bodies b WHERE b.unit_id = ? AND b.body_id > ?"
                                         " ORDER BY b.body_id LIMIT ?";
constexpr std::string_view kChangedBodies =
    "SELECT " BODY_COLUMNS
    " FROM bodies b WHERE b.valid_until IS NOT NULL"
    " OR b.body_id IN (SELECT n.body_id FROM body_names n) ORDER BY b.body_id";
constexpr std::string_view kPredecessors =
    "SELECT " BODY_COLUMNS
    " FROM body_successions s JOIN bodies b ON b.body_id = s.from_body"
    " WHERE s.to_body = ? ORDER BY s.change_date, s.from_body";
constexpr std::string_view kAddBody =
    "INSERT INTO bodies (body_id, display_name, abbreviation, unit_id, valid_from, valid_until,"
    " create_time, revision) VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
constexpr std::string_view kUnitOfBody = "SELECT unit_id FROM bodies WHERE body_id = ?";
constexpr std::string_view kSaveBody =
    "UPDATE bodies SET display_name = ?, abbreviation = ?, valid_until = ?, end_decision = ?,"
    " revision = ? WHERE body_id = ?";

constexpr std::string_view kNames =
    "SELECT body_id, valid_from, display_name, abbreviation, decision FROM body_names"
    " WHERE body_id IN ";
constexpr std::string_view kAddName =
    "INSERT INTO body_names (body_id, valid_from, display_name, abbreviation, decision)"
    " VALUES (?, ?, ?, ?, ?)";
constexpr std::string_view kCountNames = "SELECT COUNT(*) FROM body_names WHERE body_id = ?";

constexpr std::string_view kSuccessors =
    "SELECT s.from_body, s.to_body, b.unit_id, b.display_name FROM body_successions s"
    " JOIN bodies b ON b.body_id = s.to_body WHERE s.from_body IN ";
constexpr std::string_view kAddSuccession =
    "INSERT INTO body_successions (from_body, to_body, change_date) VALUES (?, ?, ?)";
constexpr std::string_view kCountSuccessions =
    "SELECT COUNT(*) FROM body_successions WHERE from_body = ?";
constexpr std::string_view kTookOver =
    "SELECT change_date FROM body_successions WHERE to_body = ?"
    " ORDER BY change_date DESC LIMIT 1";
constexpr std::string_view kMoveAccessVersion =
    "UPDATE directory_state SET access_version = access_version + 1 WHERE id = 1";

#undef BODY_COLUMNS

// Of how many bodies names and successors are asked at once.
constexpr size_t kChunk = 500;

Body BodyFrom(const Row& row) {
  Body body;
  body.id = row.Text(0);
  body.display_name = row.Text(1);
  body.abbreviation = row.Text(2);
  body.unit = row.Int(3);
  if (!row.IsNull(4)) body.valid_from = row.Day(4);
  if (!row.IsNull(5)) body.valid_until = row.Day(5);
  body.created = row.Time(6);
  body.revision = row.Int(7);
  body.end_decision = row.Text(8);
  return body;
}

// Adds names and successors, within the connection's snapshot.
absl::Status Complete(Connection& db, std::vector<Body>& bodies) {
  for (size_t first = 0; first < bodies.size(); first += kChunk) {
    const size_t last = std::min(bodies.size(), first + kChunk);
    absl::flat_hash_map<std::string, Body*> by_id;
    std::vector<std::string> ids;
    for (size_t i = first; i < last; ++i) {
      by_id[bodies[i].id] = &bodies[i];
      ids.push_back(bodies[i].id);
    }
    std::vector<Value> params;
    const std::string in = mysql::InList(ids, params);
    RETURN_IF_ERROR(db.Query(absl::StrCat(AbslView(kNames), in, " ORDER BY body_id, valid_from"),
                             params, [&](const Row& row) {
                               by_id.at(row.Text(0))
                                   ->names.push_back(
                                       {row.Day(1), row.Text(2), row.Text(3), row.Text(4)});
                               return absl::OkStatus();
                             }));
    RETURN_IF_ERROR(db.Query(
        absl::StrCat(AbslView(kSuccessors), in, " ORDER BY s.from_body, s.to_body"), params,
        [&](const Row& row) {
          by_id.at(row.Text(0))->successors.push_back({row.Text(1), row.Int(2), row.Text(3)});
          return absl::OkStatus();
        }));
  }
  return absl::OkStatus();
}

// The bodies of a query, complete.
absl::StatusOr<std::vector<Body>> Bodies(Connection& db, std::string_view sql,
                                         mysql::Params params) {
  ASSIGN_OR_RETURN(std::vector<Body> bodies, All<Body>(db, sql, params, BodyFrom));
  RETURN_IF_ERROR(Complete(db, bodies));
  return bodies;
}

absl::StatusOr<int64_t> Count(Connection& db, std::string_view sql, const std::string& id) {
  ASSIGN_OR_RETURN(const std::optional<int64_t> count,
                   One<int64_t>(db, sql, {id}, [](const Row& row) { return row.Int(0); }));
  return count.value_or(0);
}

}  // namespace

absl::StatusOr<std::optional<Body>> MysqlStore::FindBody(absl::Time deadline, std::string_view id) {
  ASSIGN_OR_RETURN(std::vector<Body> bodies, FindBodies(deadline, {std::string(id)}));
  if (bodies.empty()) return std::optional<Body>();
  return std::optional<Body>(std::move(bodies.front()));
}

absl::StatusOr<std::vector<Body>> MysqlStore::FindBodies(absl::Time deadline,
                                                         absl::Span<const std::string> ids) {
  if (ids.empty()) return std::vector<Body>();
  std::vector<Value> params;
  const std::string sql = absl::StrCat(AbslView(kBodiesById), mysql::InList(ids, params));
  return mysql::Read(pool_, deadline, [&](Connection& db) { return Bodies(db, sql, params); });
}

absl::StatusOr<std::vector<Body>> MysqlStore::ListBodies(absl::Time deadline, int64_t unit,
                                                         std::string_view after, int limit) {
  return mysql::Read(pool_, deadline, [&](Connection& db) {
    return Bodies(db, kListBodies, {unit, std::string(after), int64_t{limit}});
  });
}

absl::StatusOr<std::vector<Body>> MysqlStore::ListPredecessors(absl::Time deadline,
                                                               std::string_view id) {
  return mysql::Read(pool_, deadline,
                     [&](Connection& db) { return Bodies(db, kPredecessors, {std::string(id)}); });
}

absl::StatusOr<std::vector<Body>> MysqlStore::LoadChangedBodies(absl::Time deadline,
                                                                StoreState& state) {
  return mysql::Read(pool_, deadline, [&](Connection& db) -> absl::StatusOr<std::vector<Body>> {
    ASSIGN_OR_RETURN(state, ReadStateRow(db));
    return Bodies(db, kChangedBodies, {});
  });
}

absl::StatusOr<std::optional<int64_t>> MysqlStore::UnitOfBody(ledger::Transaction& transaction,
                                                              std::string_view id) {
  return One<int64_t>(transaction.db(), kUnitOfBody, {std::string(id)},
                      [](const Row& row) { return row.Int(0); });
}

absl::Status MysqlStore::AddBody(ledger::Transaction& transaction, const Body& body) {
  return transaction.db()
      .Execute(kAddBody,
               {body.id, body.display_name, body.abbreviation, body.unit, Nullable(body.valid_from),
                Nullable(body.valid_until), body.created, body.revision})
      .status();
}

absl::StatusOr<std::vector<Body>> MysqlStore::LockBodies(ledger::Transaction& transaction,
                                                         absl::Span<const std::string> ids) {
  if (ids.empty()) return std::vector<Body>();
  std::vector<Value> params;
  const std::string in = mysql::InList(ids, params);
  // In the order of the key, so that two commands never wait for each other.
  return Bodies(transaction.db(),
                absl::StrCat(AbslView(kBodiesById), in, " ORDER BY b.body_id FOR UPDATE"), params);
}

absl::StatusOr<std::optional<absl::CivilDay>> MysqlStore::TookOver(ledger::Transaction& transaction,
                                                                   std::string_view id) {
  return One<absl::CivilDay>(transaction.db(), kTookOver, {std::string(id)},
                             [](const Row& row) { return row.Day(0); });
}

absl::Status MysqlStore::SaveBody(ledger::Transaction& transaction, const Body& body) {
  Connection& db = transaction.db();
  RETURN_IF_ERROR(
      db.Execute(kSaveBody, {body.display_name, body.abbreviation, Nullable(body.valid_until),
                             body.end_decision, body.revision, body.id})
          .status());
  // Names and successors are only ever added.
  ASSIGN_OR_RETURN(const int64_t names, Count(db, kCountNames, body.id));
  for (size_t i = names; i < body.names.size(); ++i) {
    const BodyTitle& name = body.names[i];
    RETURN_IF_ERROR(db.Execute(kAddName, {body.id, name.from, name.display_name, name.abbreviation,
                                          name.decision})
                        .status());
  }
  ASSIGN_OR_RETURN(const int64_t successions, Count(db, kCountSuccessions, body.id));
  if (successions == 0 && body.valid_until.has_value()) {
    for (const BodySuccessor& successor : body.successors) {
      RETURN_IF_ERROR(
          db.Execute(kAddSuccession, {body.id, successor.body, *body.valid_until}).status());
    }
  }
  return db.Execute(kMoveAccessVersion).status();
}

}  // namespace phoihop::directory
