// Where agreements are kept, in the domain's terms. Handlers and tests see this interface;
// only main.cc knows the database behind it.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_STORE_AGREEMENT_STORE_H_
#define PHOIHOP_SERVICES_AGREEMENTS_STORE_AGREEMENT_STORE_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "services/agreements/domain/agreement.h"
#include "services/agreements/domain/coverage.h"

namespace phoihop::ledger {
class Transaction;
}  // namespace phoihop::ledger

namespace phoihop::agreements {

// Where a list goes on: after this agreement, in order of term_start and id, both
// descending.
struct ListCursor {
  absl::CivilDay term_start;
  std::string id;

  friend bool operator==(const ListCursor&, const ListCursor&) = default;
};

// Which agreements are listed.
struct ListQuery {
  // Ids of the units, ascending, each once.
  std::vector<int64_t> units = {};
  std::optional<State> state = std::nullopt;
  // Id of the parent; empty for all.
  std::string parent = {};
  std::optional<ListCursor> after = std::nullopt;
  // Agreements on a page, 1 to 1.000.
  int limit = 50;
  // Whether an agreement of this unit and first day of the term may be shown; empty for all.
  std::function<bool(int64_t unit, absl::CivilDay term_start)> visible = {};
};

// A page of a list.
struct ListPage {
  std::vector<Agreement> agreements;
  // Nothing on the last page. There may be a next page after one that is not full, when
  // many agreements had to be passed over.
  std::optional<ListCursor> next;
};

// Which members of which cascade are read.
struct CoverageQuery {
  // Id of the programme; when empty, ChooseProgramme decides among those in force on the day
  // at `programme_units`: the unit asked, then those above it from the nearest up.
  std::string programme = {};
  std::vector<int64_t> programme_units = {};
  absl::CivilDay day = {};
  // Only members at these units, ascending; all when empty.
  std::vector<int64_t> member_units = {};
};

// What coverage needs, from one snapshot of the database.
struct CoverageRecords {
  // Nothing when the programme does not exist or none is in force.
  std::optional<ProgrammeCandidate> programme;
  std::vector<CascadeMember> members;
  // The ledger's position that this includes.
  int64_t position = 0;
};

// Thread safe.
class AgreementStore {
 public:
  virtual ~AgreementStore() = default;

  // The agreement, or nothing. Reads see what is committed.
  virtual absl::StatusOr<std::optional<Agreement>> Find(const std::string& id,
                                                        absl::Time deadline) = 0;
  virtual absl::StatusOr<ListPage> List(const ListQuery& query, absl::Time deadline) = 0;
  virtual absl::StatusOr<CoverageRecords> ReadCoverage(const CoverageQuery& query,
                                                       absl::Time deadline) = 0;

  // The rest belongs to a write and runs in its transaction.

  // The agreement, locked until the transaction ends, or nothing. Lock several in order of id.
  virtual absl::StatusOr<std::optional<Agreement>> Lock(ledger::Transaction& tx,
                                                        const std::string& id) = 0;

  // Ids of the programmes that an agreement with this parent descends from, the parent
  // first. They are no drafts, so the chain above one never changes.
  virtual absl::StatusOr<std::vector<std::string>> Chain(ledger::Transaction& tx,
                                                         const std::string& parent) = 0;

  // OK when no other agreement than `id` has this number at this unit in the year in which
  // `term_start` lies; otherwise ALREADY_EXISTS with DOCUMENT_NUMBER_TAKEN. An empty number
  // is always free.
  virtual absl::Status CheckDocumentNumber(ledger::Transaction& tx, const Agreement& agreement) = 0;

  // Stores a new agreement. Two that take one number at the same time: one of them gets
  // ALREADY_EXISTS here, with DOCUMENT_NUMBER_TAKEN too.
  virtual absl::Status Insert(ledger::Transaction& tx, const Agreement& agreement) = 0;

  // Stores `after` in place of the locked `before`. One that came into force is entered in
  // the cascades of all programmes above it.
  virtual absl::Status Replace(ledger::Transaction& tx, const Agreement& before,
                               const Agreement& after) = 0;
};

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_STORE_AGREEMENT_STORE_H_
