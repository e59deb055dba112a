// The obligations as the rooms of this service write them, inside the transaction that
// changes their resource, so that what is due is never older or newer than what is recorded.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_DEADLINES_OBLIGATION_BOOK_H_
#define PHOIHOP_SERVICES_AGREEMENTS_DEADLINES_OBLIGATION_BOOK_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "services/agreements/deadlines/obligation.h"

namespace phoihop::ledger {
class Transaction;
}  // namespace phoihop::ledger

namespace phoihop::agreements {

// Something that a body is told once, for example that a signing was rejected. Read by
// ListNotices; kept a year.
struct Notice {
  // Unique: a notice of this key is given once, however often it is asked for. At most 150
  // ASCII characters, for example "rejected:01h...:3:{body}".
  std::string key;
  // Id of the body that is told; empty for the leaders of `unit`.
  std::string body;
  int64_t unit = 0;
  // What it is about, `agreements/{id}`, `commitments/{id}` and so on.
  std::string resource;
  // UPPER_SNAKE, for example "SIGNING_REJECTED", "DUE_DAY_MOVED", "OVERDUE".
  std::string kind;
  // One or two sentences, without names of persons.
  std::string text_vi;
  std::string text_en;
};

// Writes obligations and notices. Implemented on MariaDB in mysql_obligation_book.cc; stateless,
// thread safe. Every method runs in the caller's transaction and only there.
class ObligationBook {
 public:
  virtual ~ObligationBook() = default;

  // Adds new obligations, or replaces open ones of the same key. A done or withdrawn one of
  // the key stays as it is.
  virtual absl::Status Put(ledger::Transaction& tx, const std::vector<Obligation>& obligations) = 0;

  // The obligation, locked; nothing when there is none of this key.
  virtual absl::StatusOr<std::optional<Obligation>> Lock(ledger::Transaction& tx,
                                                         const std::string& key) = 0;

  // All obligations of a resource in order of due day.
  virtual absl::StatusOr<std::vector<Obligation>> OfResource(ledger::Transaction& tx,
                                                             const std::string& resource) = 0;

  // Met on `day`: freezes due day and lateness, and gives it back so. An obligation that is not
  // open stays as it is. NOT_FOUND when there is none.
  virtual absl::StatusOr<Obligation> Close(ledger::Transaction& tx, const std::string& key,
                                           absl::CivilDay day) = 0;

  // Open again, with the due day that it had: a delivery was withdrawn, a confirmation refused.
  virtual absl::Status Reopen(ledger::Transaction& tx, const std::string& key) = 0;

  // No longer owed: all open ones of the resource, or of the whole agreement.
  virtual absl::Status WithdrawResource(ledger::Transaction& tx, const std::string& resource) = 0;
  virtual absl::Status WithdrawAgreement(ledger::Transaction& tx, const std::string& agreement) = 0;

  // The agreement ended early, `from` is the first day on which it is no longer in force: what
  // falls due then or later is no longer owed, and no approval is, nor a comment on an amendment or
  // its signature, which nothing could follow. What fell due before stays owed, and so does the
  // confirmation of what was reported.
  virtual absl::Status EndAgreement(ledger::Transaction& tx, const std::string& agreement,
                                    absl::CivilDay from) {
    static_cast<void>(from);
    return WithdrawAgreement(tx, agreement);
  }

  // The agreement's term was shortened, `last` is its last day now: what is open and falls due
  // later is no longer owed. Comments, signatures, approvals and confirmations stay, since they are
  // about something that goes on, or was done in time.
  virtual absl::Status WithdrawAfter(ledger::Transaction& tx, const std::string& agreement,
                                     absl::CivilDay last) = 0;

  // Tells somebody something; a second notice of the key is left out.
  virtual absl::Status Tell(ledger::Transaction& tx, const std::vector<Notice>& notices) = 0;
};

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_DEADLINES_OBLIGATION_BOOK_H_
