// The petition register: its rows, and the statements that touch them.
#include <array>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "common/ledger/command.h"
#include "common/mysql/transaction.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "services/opinions/domain/count_plan.h"
#include "services/opinions/store/list_parts.h"
#include "services/opinions/store/mysql_store.h"
#include "services/opinions/store/order.h"

namespace phoihop::opinions {
namespace {

using mysql::Connection;
using mysql::Row;
using mysql::Value;

// Followed by one group of question marks for each petition.
constexpr std::string_view kInsertPetitions =
    "INSERT INTO petitions (petition_id, unit_id, reference, kind, received_date, due_date,"
    " resolved_date, create_time, update_time, revision) VALUES ";
constexpr std::string_view kInsertPetitionsRow = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

// The kinds are columns in the order of their numbers.
constexpr ledger::SharedStatement kCountPetitions = {
    .head =
        "INSERT INTO petition_month_counts (unit_id, received_month, resolved_month, complaints,"
        " denunciations, recommendations, feedback)",
    .columns = 7,
    .tail =
        " ON DUPLICATE KEY UPDATE complaints = complaints + VALUES(complaints),"
        " denunciations = denunciations + VALUES(denunciations),"
        " recommendations = recommendations + VALUES(recommendations),"
        " feedback = feedback + VALUES(feedback)"};

constexpr std::string_view kUpdatePetition =
    "UPDATE petitions SET due_date = ?, resolved_date = ?, update_time = ?, revision = ?"
    " WHERE petition_id = ? AND revision = ?";

constexpr std::string_view kFindPetition =
    "SELECT petition_id, unit_id, reference, kind, received_date, due_date, resolved_date,"
    " create_time, update_time, revision FROM petitions WHERE petition_id = ?";

constexpr std::string_view kLockPetition =
    "SELECT petition_id, unit_id, reference, kind, received_date, due_date, resolved_date,"
    " create_time, update_time, revision FROM petitions WHERE petition_id = ? FOR UPDATE";

// Followed by the conditions of a filter and kListPetitionsEnd.
constexpr std::string_view kListPetitions =
    "SELECT petition_id, unit_id, reference, kind, received_date, due_date, resolved_date,"
    " create_time, update_time, revision FROM petitions"
    " WHERE unit_id = ? AND received_date BETWEEN ? AND ?";
constexpr std::string_view kListPetitionsEnd =
    " ORDER BY received_date DESC, petition_id DESC LIMIT ?";

// The columns in the order of the statements above.
absl::StatusOr<Petition> PetitionFrom(const Row& row) {
  Petition petition;
  petition.id = row.Text(0);
  petition.unit = row.Int(1);
  petition.reference = row.Text(2);
  const std::optional<PetitionKind> kind = PetitionKindOf(static_cast<int>(row.Int(3)));
  if (!kind.has_value()) return Internal("petitions has an unknown kind");
  petition.kind = *kind;
  petition.received = row.Day(4);
  if (!row.IsNull(5)) petition.due = row.Day(5);
  if (!row.IsNull(6)) petition.resolved = row.Day(6);
  petition.created = row.Time(7);
  petition.updated = row.Time(8);
  petition.revision = row.Int(9);
  return petition;
}

absl::Status Append(const Row& row, std::vector<Petition>& petitions) {
  ASSIGN_OR_RETURN(Petition petition, PetitionFrom(row));
  petitions.push_back(std::move(petition));
  return absl::OkStatus();
}

absl::StatusOr<std::optional<Petition>> FindOne(Connection& db, std::string_view sql,
                                                std::string_view id) {
  std::vector<Petition> found;
  RETURN_IF_ERROR(
      db.Query(sql, {std::string(id)}, [&](const Row& row) { return Append(row, found); }));
  if (found.empty()) return std::optional<Petition>();
  return std::optional<Petition>(std::move(found.front()));
}

Value DayOrNull(const std::optional<absl::CivilDay>& day) {
  return day.has_value() ? Value(*day) : Value(nullptr);
}

// Changes of counters: by key (unit, month received, month resolved), for each kind.
using CounterChanges = std::map<std::array<int64_t, 3>, std::array<int64_t, 4>>;

void Add(const Petition& petition, int64_t n, CounterChanges& changes) {
  const int64_t resolved = petition.resolved.has_value() ? MonthNumber(*petition.resolved) : 0;
  auto& kinds = changes[{petition.unit, MonthNumber(petition.received), resolved}];
  kinds[static_cast<int>(petition.kind) - 1] += n;
}

void Count(ledger::Transaction& transaction, const CounterChanges& changes) {
  for (const auto& [key, n] : changes) {
    if (n == std::array<int64_t, 4>{}) continue;
    transaction.Gather(kCountPetitions, OrderOf(key),
                       {key[0], key[1], key[2], n[0], n[1], n[2], n[3]});
  }
}

}  // namespace

absl::StatusOr<std::vector<TakenReference>> MysqlStore::FindTaken(
    ledger::Transaction& transaction, int64_t unit, absl::Span<const std::string> references) {
  std::vector<TakenReference> taken;
  if (references.empty()) return taken;
  std::string sql =
      "SELECT reference, petition_id FROM petitions WHERE unit_id = ?"
      " AND reference IN (";
  std::vector<Value> params = {unit};
  for (const std::string& reference : references) {
    sql += params.size() == 1 ? "?" : ", ?";
    params.emplace_back(reference);
  }
  sql += ") ORDER BY reference LIMIT 20";
  RETURN_IF_ERROR(transaction.db().Query(sql, params, [&](const Row& row) {
    taken.push_back({row.Text(0), row.Text(1)});
    return absl::OkStatus();
  }));
  return taken;
}

absl::Status MysqlStore::AddPetitions(ledger::Transaction& transaction,
                                      absl::Span<const Petition> petitions) {
  if (petitions.empty()) return absl::OkStatus();
  std::string sql(kInsertPetitions);
  std::vector<Value> params;
  CounterChanges changes;
  for (const Petition& p : petitions) {
    if (!params.empty()) sql += ", ";
    sql += kInsertPetitionsRow;
    params.insert(params.end(),
                  {p.id, p.unit, p.reference, static_cast<int64_t>(p.kind), p.received,
                   DayOrNull(p.due), DayOrNull(p.resolved), p.created, p.updated, p.revision});
    Add(p, 1, changes);
  }
  RETURN_IF_ERROR(transaction.db().Execute(sql, params).status());
  Count(transaction, changes);
  return absl::OkStatus();
}

absl::StatusOr<std::optional<Petition>> MysqlStore::LockPetition(ledger::Transaction& transaction,
                                                                 std::string_view id) {
  return FindOne(transaction.db(), kLockPetition, id);
}

absl::Status MysqlStore::SavePetition(ledger::Transaction& transaction, const Petition& before,
                                      const Petition& after) {
  ASSIGN_OR_RETURN(
      const int64_t rows,
      transaction.db().Execute(kUpdatePetition,
                               {DayOrNull(after.due), DayOrNull(after.resolved), after.updated,
                                after.revision, after.id, before.revision}));
  if (rows != 1) return Internal("a locked petition changed");
  CounterChanges changes;
  Add(before, -1, changes);
  Add(after, 1, changes);
  Count(transaction, changes);
  return absl::OkStatus();
}

absl::StatusOr<std::optional<Petition>> MysqlStore::FindPetition(absl::Time deadline,
                                                                 std::string_view id) {
  return mysql::Read(pool_, deadline,
                     [&](Connection& db) { return FindOne(db, kFindPetition, id); });
}

absl::StatusOr<std::vector<Petition>> MysqlStore::ListPetitions(absl::Time deadline,
                                                                const ListQuery& query,
                                                                const PetitionFilter& filter) {
  return mysql::Read(pool_, deadline, [&](Connection& db) -> absl::StatusOr<std::vector<Petition>> {
    std::vector<Petition> petitions;
    for (const ListPart& part : ListParts(query)) {
      const int64_t left = query.limit - static_cast<int64_t>(petitions.size());
      if (left <= 0) break;
      std::string sql(kListPetitions);
      std::vector<Value> params = {query.unit, part.days.first, part.days.last};
      if (part.after.has_value()) {
        sql += " AND (received_date < ? OR petition_id < ?)";
        params.insert(params.end(), {part.after->day, part.after->id});
      }
      if (filter.kind.has_value()) {
        sql += " AND kind = ?";
        params.emplace_back(static_cast<int64_t>(*filter.kind));
      }
      if (filter.open_only) sql += " AND resolved_date IS NULL";
      sql += kListPetitionsEnd;
      params.emplace_back(left);
      RETURN_IF_ERROR(
          db.Query(sql, params, [&](const Row& row) { return Append(row, petitions); }));
    }
    return petitions;
  });
}

}  // namespace phoihop::opinions
