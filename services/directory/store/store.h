// What the directory keeps, in its own terms. MysqlStore is the implementation; who
// uses a store knows only this.
#ifndef PHOIHOP_SERVICES_DIRECTORY_STORE_STORE_H_
#define PHOIHOP_SERVICES_DIRECTORY_STORE_STORE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "services/directory/domain/body.h"
#include "services/directory/domain/calendar_table.h"
#include "services/directory/domain/people.h"
#include "services/directory/domain/register.h"
#include "services/directory/domain/register_import.h"

namespace phoihop::ledger {
class Transaction;
}  // namespace phoihop::ledger

namespace phoihop::directory {

// The state of units, grants and calendar at one moment.
struct StoreState {
  int64_t tree_version = 0;
  int64_t access_version = 0;
  int64_t calendar_revision = 0;
  // The ledger's position of that moment.
  int64_t position = 0;
};

// Thread safe. Reads see one consistent snapshot each, and end with UNAVAILABLE or
// DEADLINE_EXCEEDED when the database does not answer in time. Writes happen within
// a ledger transaction; an error of theirs must end the command.
class Store {
 public:
  virtual ~Store() = default;

  virtual absl::StatusOr<StoreState> ReadState(absl::Time deadline) = 0;

  // All units and successions; `state` gets the moment of which they are.
  virtual absl::StatusOr<Register> LoadRegister(absl::Time deadline, StoreState& state) = 0;

  // All grants that are not revoked, in order of id.
  virtual absl::StatusOr<std::vector<Grant>> LoadGrants(absl::Time deadline, StoreState& state) = 0;

  // All bodies that were renamed or have an end, in order of id. Their version is that of the
  // grants.
  virtual absl::StatusOr<std::vector<Body>> LoadChangedBodies(absl::Time deadline,
                                                              StoreState& state) = 0;

  // All tables of working days.
  virtual absl::StatusOr<CalendarTables> LoadCalendars(absl::Time deadline, StoreState& state) = 0;

  virtual absl::StatusOr<std::optional<Body>> FindBody(absl::Time deadline,
                                                       std::string_view id) = 0;
  // Those that exist, in any order. At most 100 ids.
  virtual absl::StatusOr<std::vector<Body>> FindBodies(absl::Time deadline,
                                                       absl::Span<const std::string> ids) = 0;
  // Bodies at a unit in order of id, those after `after`.
  virtual absl::StatusOr<std::vector<Body>> ListBodies(absl::Time deadline, int64_t unit,
                                                       std::string_view after, int limit) = 0;
  // The bodies whose duties this one took over, in order of day and id.
  virtual absl::StatusOr<std::vector<Body>> ListPredecessors(absl::Time deadline,
                                                             std::string_view id) = 0;
  virtual absl::StatusOr<std::optional<Member>> FindMember(absl::Time deadline,
                                                           std::string_view id) = 0;
  virtual absl::StatusOr<std::vector<Member>> ListMembers(absl::Time deadline,
                                                          std::string_view after, int limit) = 0;
  // All grants of a member in order of id, revoked ones too.
  virtual absl::StatusOr<std::vector<Grant>> ListGrants(absl::Time deadline,
                                                        std::string_view member, int limit) = 0;

  // The register, locked until the transaction ends.
  virtual absl::StatusOr<Register> LockRegister(ledger::Transaction& transaction) = 0;
  // Stores what the plan changes; `version` is the tree's version afterwards.
  virtual absl::Status SaveImport(ledger::Transaction& transaction, const ImportPlan& plan,
                                  int64_t version) = 0;

  // The unit of a body, or nothing when there is no such body; whether there is such a unit.
  // Both are read inside the transaction.
  virtual absl::StatusOr<std::optional<int64_t>> UnitOfBody(ledger::Transaction& transaction,
                                                            std::string_view id) = 0;
  virtual absl::StatusOr<bool> HasUnit(ledger::Transaction& transaction, int64_t id) = 0;
  virtual absl::Status AddBody(ledger::Transaction& transaction, const Body& body) = 0;
  // Those of these that exist, in order of id, locked until the transaction ends.
  virtual absl::StatusOr<std::vector<Body>> LockBodies(ledger::Transaction& transaction,
                                                       absl::Span<const std::string> ids) = 0;
  // The last day on which a body took over the duties of another one. The body is locked.
  virtual absl::StatusOr<std::optional<absl::CivilDay>> TookOver(ledger::Transaction& transaction,
                                                                 std::string_view id) = 0;
  // Stores the body's names, end and successors.
  virtual absl::Status SaveBody(ledger::Transaction& transaction, const Body& body) = 0;

  virtual absl::Status AddMember(ledger::Transaction& transaction, const Member& member) = 0;
  virtual absl::StatusOr<std::optional<Member>> LockMember(ledger::Transaction& transaction,
                                                           std::string_view id) = 0;

  // Both move the access version.
  virtual absl::Status AddGrant(ledger::Transaction& transaction, const Grant& grant) = 0;
  virtual absl::Status SaveGrant(ledger::Transaction& transaction, const Grant& grant) = 0;
  virtual absl::StatusOr<std::optional<Grant>> LockGrant(ledger::Transaction& transaction,
                                                         std::string_view id) = 0;

  // The tables of working days, locked until the transaction ends.
  virtual absl::StatusOr<CalendarTables> LockCalendars(ledger::Transaction& transaction) = 0;
  // Stores the table, the first of its year or in the place of another; it has at least one day
  // off. Its `calendar_revision` becomes the calendar's.
  virtual absl::Status SaveCalendar(ledger::Transaction& transaction,
                                    const CalendarTable& table) = 0;
};

}  // namespace phoihop::directory

#endif  // PHOIHOP_SERVICES_DIRECTORY_STORE_STORE_H_
