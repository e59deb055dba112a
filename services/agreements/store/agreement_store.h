// Where agreements are kept, in the domain's terms. Handlers and tests see this interface;
// only main.cc knows the database behind it.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_STORE_AGREEMENT_STORE_H_
#define PHOIHOP_SERVICES_AGREEMENTS_STORE_AGREEMENT_STORE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/filter/filter.h"
#include "services/agreements/domain/agreement.h"
#include "services/agreements/domain/coverage.h"

namespace phoihop::ledger {
class Transaction;
}  // namespace phoihop::ledger

namespace phoihop::agreements {

// By what a list is ordered, and then by id.
enum class ListOrder { kTermStart, kUpdateTime };

// Where a list goes on: after this agreement.
struct ListCursor {
  // Of the order's key alone.
  absl::CivilDay term_start = {};
  absl::Time update_time = absl::UnixEpoch();
  std::string id;

  friend bool operator==(const ListCursor&, const ListCursor&) = default;
};

// The number of an agreement in the form by which numbers are compared, as a field of filters
// beside those of rpc/list_fields.h.
inline constexpr std::string_view kDocumentKeyField = "document_key";

// Which agreements are listed.
struct ListQuery {
  // Ids of the units, ascending, each once.
  std::vector<int64_t> units = {};
  std::optional<State> state = std::nullopt;
  // Id of the parent; empty for all.
  std::string parent = {};
  // Amendments of this agreement; empty for agreements.
  std::string amends = {};
  // Also drafts that were deleted.
  bool deleted = false;
  // Over the fields of rpc/list_fields.h and kDocumentKeyField.
  filter::Expr filter = {};
  ListOrder order = ListOrder::kTermStart;
  // From the oldest to the newest, rather than the other way round.
  bool ascending = false;
  std::optional<ListCursor> after = std::nullopt;
  // Agreements on a page, 1 to 1.000.
  int limit = 50;
  // Whether an agreement of this unit and first day of the term may be shown; empty for all.
  std::function<bool(int64_t unit, absl::CivilDay term_start)> visible = {};
};

// A page of a list.
struct ListPage {
  // Without clauses, legal bases, attachments and the bytes of signatures.
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
  // Whether members carry the ids of their agreements.
  bool with_agreements = false;
};

// What coverage needs, from one snapshot of the database.
struct CoverageRecords {
  // Nothing when the programme does not exist or none is in force.
  std::optional<ProgrammeCandidate> programme;
  // Those that came into force by the day, also ended ones, by unit.
  std::vector<CascadeMember> members;
  // The ledger's position that this includes.
  int64_t position = 0;
};

// What an agreement was, as the contract's message of it.
struct HistoryEntry {
  // The numbers are stored.
  enum class Kind {
    // A version before the present one.
    kVersion = 1,
    // A round of signing that ended without success.
    kRound = 2,
  };
  std::string agreement;
  Kind kind = Kind::kVersion;
  int number = 0;
  std::string payload;

  friend bool operator==(const HistoryEntry&, const HistoryEntry&) = default;
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
  // The text of this digest that an agreement was opened for signing with; nothing when there
  // is none. `agreement` is set to the id of the agreement or amendment that it is the text of.
  virtual absl::StatusOr<std::optional<std::string>> FindText(const std::string& sha256,
                                                              std::string& agreement,
                                                              absl::Time deadline) = 0;
  // The document numbers of those of these agreements that have one, by id.
  virtual absl::StatusOr<std::map<std::string, std::string>> DocumentNumbers(
      const std::vector<std::string>& ids, absl::Time deadline) = 0;
  // The last 100 entries of one kind in order of their number.
  virtual absl::StatusOr<std::vector<HistoryEntry>> ReadHistory(const std::string& agreement,
                                                                HistoryEntry::Kind kind,
                                                                absl::Time deadline) = 0;

  // The rest belongs to a write and runs in its transaction.

  // The agreement, locked until the transaction ends, or nothing. Lock several in order of id.
  virtual absl::StatusOr<std::optional<Agreement>> Lock(ledger::Transaction& tx,
                                                        const std::string& id) = 0;

  // Ids of the programmes that an agreement with this parent descends from, the parent
  // first. Once an agreement is named as a parent its own parent never changes, so neither
  // does the chain.
  virtual absl::StatusOr<std::vector<std::string>> Chain(ledger::Transaction& tx,
                                                         const std::string& parent) = 0;

  // Whether some agreement, deleted drafts included, names this one as its parent.
  virtual absl::StatusOr<bool> HasChildren(ledger::Transaction& tx, const std::string& id) = 0;

  // Whether an amendment of `id`, other than `except`, is under way.
  virtual absl::StatusOr<bool> HasOpenAmendment(ledger::Transaction& tx, const std::string& id,
                                                const std::string& except) = 0;

  // OK when no other agreement has this number of its issuing body and series or, where neither is
  // given, at its unit in the year in which its term begins; otherwise ALREADY_EXISTS with
  // DOCUMENT_NUMBER_TAKEN. An empty number and that of a deleted draft are always free.
  virtual absl::Status CheckDocumentNumber(ledger::Transaction& tx, const Agreement& agreement) = 0;

  // Stores a new agreement. Two that take one number at the same time: one of them gets
  // ALREADY_EXISTS here, with DOCUMENT_NUMBER_TAKEN too.
  virtual absl::Status Insert(ledger::Transaction& tx, const Agreement& agreement) = 0;

  // Stores `after` in place of the locked `before`. One that came into force is entered in
  // the cascades of all programmes above it, and leaves them on the day on which it ends.
  virtual absl::Status Replace(ledger::Transaction& tx, const Agreement& before,
                               const Agreement& after) = 0;

  // Keeps a text that is opened for signing; one that is there already stays.
  virtual absl::Status SaveText(ledger::Transaction& tx, const std::string& agreement,
                                const std::string& sha256, const std::string& text) = 0;

  // Adds what was; each number of a kind comes once.
  virtual absl::Status AddHistory(ledger::Transaction& tx, const HistoryEntry& entry) = 0;
};

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_STORE_AGREEMENT_STORE_H_
