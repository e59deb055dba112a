#ifndef PHOIHOP_COMMON_LEDGER_COMMAND_H_
#define PHOIHOP_COMMON_LEDGER_COMMAND_H_

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/ledger/gather.h"
#include "common/mysql/connection.h"

namespace phoihop::ledger {

// Who acts.
struct Actor {
  // `members/{id}`, `services/{name}` or `anonymous`. For an anonymous caller whose request
  // id must not be mistaken for another's, append a key: `anonymous/{key}` keys the request
  // memory and is recorded as `anonymous`.
  std::string name;
  // The body acted for, `bodies/{id}`; may be empty.
  std::string body;
};

// One change of one resource, to become a ledger record.
struct Change {
  // Resource name, `agreements/01h...`; at most 255 bytes.
  std::string resource;
  // Full protobuf name of the resource's message; at most 255 bytes.
  std::string resource_type;
  // Revision after the change, ascending from 1.
  int64_t revision = 0;
  // The day from which the change holds.
  absl::CivilDay effective;
  // The unit that the resource belongs to, `units/{id}`; empty for none.
  std::string unit;
  int schema_version = 1;
  // The change removed the resource.
  bool deleted = false;
  // The resource after the change, serialised; at most 4 MB.
  std::string payload;
};

// What a command sees of the transaction that it runs in.
class Transaction {
 public:
  Transaction(mysql::Connection& db, absl::Time now) : db_(db), now_(now) {}
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  // The lane's connection, within an open transaction. Commands of others share the
  // transaction: no BEGIN, COMMIT, ROLLBACK, SAVEPOINT or SET here.
  mysql::Connection& db() { return db_; }

  // When it is recorded, in whole microseconds. The same for a transaction's commands.
  absl::Time now() const { return now_; }

  // Adds a row to a statement that the transaction's commands share, if the command ends
  // well. It is run after the last of them, so commands do not see its effect; if it
  // fails, the commands are run again one by one, and its error is then the command's.
  // For rows that nothing in a command reads back: plain inserts, counters.
  void Gather(SharedStatement statement, std::string order, std::vector<mysql::Value> values) {
    gathered_.push_back({statement, std::move(order), std::move(values)});
  }

  // Adds a change to the ledger, if the command ends well.
  void Note(Change change) { changes_.push_back(std::move(change)); }

  const std::vector<Change>& changes() const { return changes_; }

  // Takes the changes out, for the ledger itself.
  std::vector<Change> TakeChanges() { return std::move(changes_); }

  // The same for the gathered rows.
  std::vector<GatheredRow> TakeGathered() { return std::move(gathered_); }

 private:
  mysql::Connection& db_;
  const absl::Time now_;
  std::vector<Change> changes_;
  std::vector<GatheredRow> gathered_;
};

// One write, as a service hands it to the ledger.
struct Command {
  // The aggregate roots that it changes, by resource name. Commands with the same first
  // root (in order of bytes) run one after the other in this process; across processes the
  // row locks decide, so `run` locks the roots FOR UPDATE in this order.
  std::vector<std::string> roots;
  // Full name of the method.
  std::string method;
  Actor actor;
  // Empty, or the caller's request id: a repeat with the same body gets the stored answer.
  std::string request_id;
  // Bytes that are equal for equal requests (without the request id).
  std::string body;
  // Does the work and returns the serialised response. May be run several times, each time
  // in a new transaction, so it has no effects but through `Transaction`. Domain errors are
  // returned before anything is written.
  std::function<absl::StatusOr<std::string>(Transaction&)> run;
  // Called with a stored answer before it is given out again, to authorise anew; may be
  // empty. An error is returned instead of the answer.
  std::function<absl::Status(const std::string& response)> before_replay;
  // Work that did not start by then, in the machine's own time, ends with DEADLINE_EXCEEDED.
  absl::Time deadline = absl::InfiniteFuture();
  // True when the caller has left; work that did not start yet then ends with CANCELLED.
  std::function<bool()> cancelled;
};

// The answer to a command that was stored.
struct Committed {
  // The serialised response; for a repeat the one of the first time.
  std::string response;
  // Position of the command's last record, for reading one's own writes; when it noted
  // nothing, the ledger's position at that time.
  int64_t position = 0;
  // True when this is the stored answer of an earlier command with this request id.
  bool replayed = false;
};

}  // namespace phoihop::ledger

#endif  // PHOIHOP_COMMON_LEDGER_COMMAND_H_
