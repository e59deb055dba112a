// What the service keeps, in its own terms. MysqlStore is the implementation; who
// uses a store knows only this.
#ifndef PHOIHOP_SERVICES_OPINIONS_STORE_STORE_H_
#define PHOIHOP_SERVICES_OPINIONS_STORE_STORE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/time/civil.h"
#include "services/opinions/domain/counting.h"
#include "services/opinions/domain/opinion_entry.h"
#include "services/opinions/domain/petition.h"

namespace phoihop::ledger {
class Transaction;
}  // namespace phoihop::ledger

namespace phoihop::opinions {

// Where a list stands: the last record that was given out.
struct ListKey {
  absl::CivilDay day;
  std::string id;
};

// A part of a list. Records are ordered by day and then id, both descending, so
// a record that is added meanwhile moves no other to another page.
struct ListQuery {
  int64_t unit = 0;
  // Only records of these days; no two intervals overlap.
  std::vector<DayInterval> days;
  // Only records after this one in the order of the list.
  std::optional<ListKey> after;
  int limit = 0;
};

// Which petitions to list.
struct PetitionFilter {
  std::optional<PetitionKind> kind;
  bool open_only = false;
};

// A reference that a unit has already given.
struct TakenReference {
  std::string reference;
  std::string petition_id;
};

// Counts, and the ledger position whose records they include: all up to it and
// none after it.
struct TopicCounts {
  // Every topic, ordered by RankTopics.
  std::vector<TopicTally> topics;
  int64_t position = 0;
};
struct PetitionCounts {
  PetitionTallies groups{};
  int64_t position = 0;
};

// Thread safe. Reads see one consistent snapshot each, and end with UNAVAILABLE
// or DEADLINE_EXCEEDED when the database does not answer in time. Writes happen
// within a ledger transaction, which commits them together with their ledger
// records; an error of theirs must end the command.
class Store {
 public:
  virtual ~Store() = default;

  // The record, or nothing.
  virtual absl::StatusOr<std::optional<OpinionEntry>> FindEntry(absl::Time deadline,
                                                                std::string_view id) = 0;
  virtual absl::StatusOr<std::optional<Petition>> FindPetition(absl::Time deadline,
                                                               std::string_view id) = 0;

  // By the day on which they were heard.
  virtual absl::StatusOr<std::vector<OpinionEntry>> ListEntries(absl::Time deadline,
                                                                const ListQuery& query) = 0;
  // By the day of receipt.
  virtual absl::StatusOr<std::vector<Petition>> ListPetitions(absl::Time deadline,
                                                              const ListQuery& query,
                                                              const PetitionFilter& filter) = 0;

  // Counts as domain/counting.h says.
  virtual absl::StatusOr<TopicCounts> CountTopics(absl::Time deadline,
                                                  absl::Span<const UnitDays> where) = 0;
  virtual absl::StatusOr<PetitionCounts> CountPetitions(absl::Time deadline,
                                                        absl::Span<const UnitDays> where,
                                                        absl::CivilDay end) = 0;

  // Stores a new entry and counts it.
  virtual absl::Status AddEntry(ledger::Transaction& transaction, const OpinionEntry& entry) = 0;

  // Those of the references that the unit has given already, at most 20.
  virtual absl::StatusOr<std::vector<TakenReference>> FindTaken(
      ledger::Transaction& transaction, int64_t unit, absl::Span<const std::string> references) = 0;

  // Stores new petitions of one unit, 1 to kMaxBatch, and counts them. The
  // references must be free. ALREADY_EXISTS when another process took one since
  // FindTaken, which now finds it; nothing else may be written then.
  virtual absl::Status AddPetitions(ledger::Transaction& transaction,
                                    absl::Span<const Petition> petitions) = 0;

  // The petition, or nothing; nobody else changes it until the transaction ends.
  virtual absl::StatusOr<std::optional<Petition>> LockPetition(ledger::Transaction& transaction,
                                                               std::string_view id) = 0;

  // Replaces a petition that was locked in the same transaction, and its counts.
  virtual absl::Status SavePetition(ledger::Transaction& transaction, const Petition& before,
                                    const Petition& after) = 0;
};

}  // namespace phoihop::opinions

#endif  // PHOIHOP_SERVICES_OPINIONS_STORE_STORE_H_
