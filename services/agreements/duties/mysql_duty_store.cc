#include <utility>

#include "absl/strings/str_cat.h"
#include "common/ledger/command.h"
#include "common/mysql/in_list.h"
#include "common/mysql/transaction.h"
#include "common/status/macros.h"
#include "services/agreements/duties/duty_store.h"
#include "services/agreements/duties/row_values.h"
#include "services/agreements/duties/rows.h"
#include "services/agreements/lists/read.h"

namespace phoihop::agreements::duties {
namespace {

using filter::Column;
using filter::Key;
using lists::First;
using lists::IdPage;
using lists::ListTable;

constexpr Column kDutyFields[] = {
    {.field = "agreement", .sql = "d.agreement_id"},
    {.field = "from_body", .sql = "d.from_id"},
    {.field = "to_body",
     .sql = "s.body_id",
     .within =
         "EXISTS (SELECT 1 FROM information_bodies s WHERE s.record_id = d.id AND s.place > 0 AND "
         "{})"},
    {.field = "body",
     .sql = "s.body_id",
     .within = "EXISTS (SELECT 1 FROM information_bodies s WHERE s.record_id = d.id AND {})"},
    {.field = "kind", .sql = "d.kind"},
    {.field = "title", .sql = "d.title_fold", .order = "d.title_key", .order_is_bytes = true},
    {.field = "description", .sql = "d.description_fold"},
    {.field = "area", .sql = "d.area"},
    {.field = "state", .sql = "d.state"},
    {.field = "start_date", .sql = "d.first_day"},
    {.field = "end_date", .sql = "d.last_day"},
    {.field = "create_time", .sql = "d.create_time"},
};
constexpr ListTable kDuties = {.from = "duties d",
                               .id = "d.id",
                               .unit = "d.unit_id",
                               .access_day = "d.term_start",
                               .alive = "TRUE",
                               .columns = kDutyFields,
                               .own = {"d.create_time", Key::Kind::kTime, true}};

constexpr Column kDeliveryFields[] = {
    {.field = "agreement", .sql = "v.agreement_id"},
    {.field = "duty", .sql = "v.duty_id"},
    {.field = "from_body", .sql = "v.from_id"},
    {.field = "to_body",
     .sql = "s.body_id",
     .within =
         "EXISTS (SELECT 1 FROM information_bodies s WHERE s.record_id = v.duty_id AND s.place > 0 "
         "AND {})"},
    {.field = "body",
     .sql = "s.body_id",
     .within = "EXISTS (SELECT 1 FROM information_bodies s WHERE s.record_id = v.duty_id AND {})"},
    {.field = "kind", .sql = "v.kind"},
    {.field = "document_number", .sql = "v.document_number"},
    {.field = "title", .sql = "v.title_fold"},
    {.field = "note", .sql = "v.note_fold"},
    {.field = "state", .sql = "v.state"},
    {.field = "late", .sql = "v.late"},
    {.field = "delivered_date", .sql = "v.delivered_day"},
    {.field = "due_date", .sql = "v.due_day"},
    {.field = "create_time", .sql = "v.create_time"},
};
constexpr ListTable kDeliveries = {.from = "deliveries v",
                                   .id = "v.id",
                                   .unit = "v.unit_id",
                                   .access_day = "v.term_start",
                                   .alive = "TRUE",
                                   .columns = kDeliveryFields,
                                   .own = {"v.delivered_day", Key::Kind::kDay, true}};

constexpr Column kRequestFields[] = {
    {.field = "agreement", .sql = "r.agreement_id"},
    {.field = "from_body", .sql = "r.from_id"},
    {.field = "to_body", .sql = "r.to_id"},
    {.field = "body",
     .sql = "s.body_id",
     .within = "EXISTS (SELECT 1 FROM information_bodies s WHERE s.record_id = r.id AND {})"},
    {.field = "subject", .sql = "r.subject_fold"},
    {.field = "description", .sql = "r.description_fold"},
    {.field = "state", .sql = "r.state"},
    {.field = "late", .sql = "r.late"},
    {.field = "request_date", .sql = "r.request_day"},
    {.field = "due_date",
     .sql = "COALESCE((SELECT b.due_day FROM obligations b WHERE r.state = 1 AND "
            "b.obligation_key = CONCAT('answer:', r.id)), r.due_day)"},
    {.field = "create_time", .sql = "r.create_time"},
};
constexpr ListTable kRequests = {.from = "information_requests r",
                                 .id = "r.id",
                                 .unit = "r.unit_id",
                                 .access_day = "r.term_start",
                                 .alive = "TRUE",
                                 .columns = kRequestFields,
                                 .own = {"r.request_day", Key::Kind::kDay, true}};

const std::string& IdOf(const KeptDuty& kept) { return kept.duty.id; }
template <class T>
const std::string& IdOf(const T& record) {
  return record.id;
}

// A page of records, loaded by their ids.
template <class T, class Load>
absl::StatusOr<ListPage<T>> ReadPage(mysql::Connection& db, const ListTable& table,
                                     const ListQuery& query, const ListLimits& limits,
                                     const Load& load) {
  ASSIGN_OR_RETURN(IdPage page, lists::ReadIds(db, table, query, limits));
  if (page.ids.empty()) return ListPage<T>{{}, std::move(page.next)};
  std::vector<mysql::Value> params;
  const std::string in = mysql::InList(page.ids, params);
  ASSIGN_OR_RETURN(std::vector<T> rows,
                   load(absl::StrCat(std::string(table.id), " IN ", in), params));
  rows = lists::InOrder(std::move(rows), page.ids, [](const T& row) { return IdOf(row); });
  return ListPage<T>{std::move(rows), std::move(page.next)};
}

class MysqlDutyStore : public DutyStore {
 public:
  MysqlDutyStore(mysql::Pool* pool, ListLimits limits) : pool_(*pool), limits_(limits) {}

  absl::StatusOr<std::optional<KeptDuty>> FindDuty(const std::string& id,
                                                   absl::Time deadline) override {
    return mysql::Read(pool_, deadline,
                       [&](mysql::Connection& db) -> absl::StatusOr<std::optional<KeptDuty>> {
                         ASSIGN_OR_RETURN(auto found, LoadDuties(db, "d.id = ?", {id}));
                         ASSIGN_OR_RETURN(auto kept, LoadSummaries(db, std::move(found)));
                         return First(std::move(kept));
                       });
  }

  absl::StatusOr<std::optional<Delivery>> FindDelivery(const std::string& id,
                                                       absl::Time deadline) override {
    return mysql::Read(pool_, deadline,
                       [&](mysql::Connection& db) -> absl::StatusOr<std::optional<Delivery>> {
                         ASSIGN_OR_RETURN(auto found, LoadDeliveries(db, "v.id = ?", {id}));
                         return First(std::move(found));
                       });
  }

  absl::StatusOr<std::optional<Request>> FindRequest(const std::string& id,
                                                     absl::Time deadline) override {
    return mysql::Read(pool_, deadline,
                       [&](mysql::Connection& db) -> absl::StatusOr<std::optional<Request>> {
                         ASSIGN_OR_RETURN(auto found, LoadRequests(db, "r.id = ?", {id}));
                         return First(std::move(found));
                       });
  }

  absl::StatusOr<ListPage<KeptDuty>> ListDuties(const ListQuery& query,
                                                absl::Time deadline) override {
    return mysql::Read(pool_, deadline, [&](mysql::Connection& db) {
      return ReadPage<KeptDuty>(
          db, kDuties, query, limits_,
          [&](const std::string& where,
              const std::vector<mysql::Value>& params) -> absl::StatusOr<std::vector<KeptDuty>> {
            ASSIGN_OR_RETURN(auto found, LoadDuties(db, where, params));
            return LoadSummaries(db, std::move(found));
          });
    });
  }

  absl::StatusOr<ListPage<Delivery>> ListDeliveries(const ListQuery& query,
                                                    absl::Time deadline) override {
    return mysql::Read(pool_, deadline, [&](mysql::Connection& db) {
      return ReadPage<Delivery>(
          db, kDeliveries, query, limits_,
          [&](const std::string& where, const std::vector<mysql::Value>& params) {
            return LoadDeliveries(db, where, params);
          });
    });
  }

  absl::StatusOr<ListPage<Request>> ListRequests(const ListQuery& query,
                                                 absl::Time deadline) override {
    return mysql::Read(pool_, deadline, [&](mysql::Connection& db) {
      return ReadPage<Request>(
          db, kRequests, query, limits_,
          [&](const std::string& where, const std::vector<mysql::Value>& params) {
            return LoadRequests(db, where, params);
          });
    });
  }

  absl::StatusOr<std::vector<Occurrence>> ListOccurrences(const std::string& duty, int after,
                                                          int limit, absl::Time deadline) override {
    return mysql::Read(pool_, deadline, [&](mysql::Connection& db) {
      return LoadOccurrences(db, "o.duty_id = ? AND o.number > ? ORDER BY o.number LIMIT ?",
                             {duty, Int(after), Int(limit)});
    });
  }

  absl::StatusOr<std::optional<Duty>> LockDuty(ledger::Transaction& tx,
                                               const std::string& id) override {
    ASSIGN_OR_RETURN(auto found, LoadDuties(tx.db(), "d.id = ? FOR UPDATE", {id}));
    return First(std::move(found));
  }

  absl::StatusOr<std::optional<Delivery>> LockDelivery(ledger::Transaction& tx,
                                                       const std::string& id) override {
    ASSIGN_OR_RETURN(auto found, LoadDeliveries(tx.db(), "v.id = ? FOR UPDATE", {id}));
    return First(std::move(found));
  }

  absl::StatusOr<std::optional<Request>> LockRequest(ledger::Transaction& tx,
                                                     const std::string& id) override {
    ASSIGN_OR_RETURN(auto found, LoadRequests(tx.db(), "r.id = ? FOR UPDATE", {id}));
    return First(std::move(found));
  }

  // Occurrences change only under the lock of their agreement.
  absl::StatusOr<std::vector<Occurrence>> OccurrencesOf(ledger::Transaction& tx,
                                                        const std::string& duty) override {
    return LoadOccurrences(tx.db(), "o.duty_id = ? ORDER BY o.number", {duty});
  }

  absl::StatusOr<std::optional<Occurrence>> FindOccurrence(ledger::Transaction& tx,
                                                           const std::string& duty,
                                                           int number) override {
    ASSIGN_OR_RETURN(auto found, LoadOccurrences(tx.db(), "o.duty_id = ? AND o.number = ?",
                                                 {duty, Int(number)}));
    return First(std::move(found));
  }

  absl::StatusOr<std::optional<Occurrence>> NextOpen(ledger::Transaction& tx,
                                                     const std::string& duty) override {
    ASSIGN_OR_RETURN(auto found,
                     LoadOccurrences(tx.db(),
                                     "o.duty_id = ? AND o.state = 1 AND b.state = 1 ORDER BY "
                                     "b.due_day, o.number LIMIT 1",
                                     {duty}));
    return First(std::move(found));
  }

  absl::StatusOr<std::vector<DutyKey>> CountingFrom(ledger::Transaction& tx, int64_t unit,
                                                    const std::string& kind,
                                                    absl::CivilDay day) override {
    return ReadKeys(tx.db(),
                    "SELECT agreement_id, id FROM duties WHERE unit_id = ? AND rhythm_event = ? "
                    "AND last_day >= ? AND first_day <= ? ORDER BY agreement_id, id",
                    {unit, kind, day, day});
  }

  absl::StatusOr<std::vector<DutyKey>> DutiesOf(ledger::Transaction& tx, int64_t unit,
                                                const std::string& agreement) override {
    return ReadKeys(tx.db(),
                    "SELECT agreement_id, id FROM duties WHERE unit_id = ? AND agreement_id = ? "
                    "ORDER BY id",
                    {unit, agreement});
  }

  absl::StatusOr<std::vector<DutyKey>> CountedFrom(ledger::Transaction& tx,
                                                   const std::string& event) override {
    return ReadKeys(tx.db(),
                    "SELECT DISTINCT d.agreement_id, d.id FROM duty_occurrences o JOIN duties d "
                    "ON d.id = o.duty_id WHERE o.event_id = ? ORDER BY d.agreement_id, d.id",
                    {event});
  }

  absl::Status InsertDuty(ledger::Transaction& tx, const Duty& duty) override {
    return InsertDutyRow(tx.db(), duty);
  }

  absl::Status ReplaceDuty(ledger::Transaction& tx, const Duty& before,
                           const Duty& after) override {
    return UpdateDutyRow(tx.db(), before, after);
  }

  absl::Status SaveOccurrences(ledger::Transaction& tx,
                               const std::vector<Occurrence>& occurrences) override {
    std::vector<Occurrence> added;
    for (const Occurrence& occurrence : occurrences) {
      if (occurrence.revision == 1) {
        added.push_back(occurrence);
      } else {
        RETURN_IF_ERROR(UpdateOccurrenceRow(tx.db(), occurrence));
      }
    }
    return InsertOccurrenceRows(tx.db(), added);
  }

  absl::Status InsertDelivery(ledger::Transaction& tx, const Delivery& delivery) override {
    return InsertDeliveryRow(tx.db(), delivery);
  }

  absl::Status ReplaceDelivery(ledger::Transaction& tx, const Delivery& before,
                               const Delivery& after) override {
    return UpdateDeliveryRow(tx.db(), before, after);
  }

  absl::Status InsertRequest(ledger::Transaction& tx, const Request& request) override {
    return InsertRequestRow(tx.db(), request);
  }

  absl::Status ReplaceRequest(ledger::Transaction& tx, const Request& before,
                              const Request& after) override {
    return UpdateRequestRow(tx.db(), before, after);
  }

 private:
  static absl::StatusOr<std::vector<DutyKey>> ReadKeys(mysql::Connection& db, std::string_view sql,
                                                       const std::vector<mysql::Value>& params) {
    std::vector<DutyKey> keys;
    RETURN_IF_ERROR(db.Query(sql, params, [&](const mysql::Row& row) {
      keys.push_back({row.Text(0), row.Text(1)});
      return absl::OkStatus();
    }));
    return keys;
  }

  mysql::Pool& pool_;
  const ListLimits limits_;
};

}  // namespace

std::unique_ptr<DutyStore> NewMysqlDutyStore(mysql::Pool* pool, ListLimits limits) {
  return std::make_unique<MysqlDutyStore>(pool, limits);
}

}  // namespace phoihop::agreements::duties
