// What the methods that write share: who may, what is locked, and what follows from a change.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_RPC_WRITE_COMMON_H_
#define PHOIHOP_SERVICES_AGREEMENTS_RPC_WRITE_COMMON_H_

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "common/access/snapshot.h"
#include "common/fields/fields.h"
#include "common/ledger/command.h"
#include "common/ledger/write.h"
#include "common/status/macros.h"
#include "services/agreements/domain/commands.h"
#include "services/agreements/rpc/converters.h"
#include "services/agreements/rpc/handlers.h"
#include "services/agreements/rpc/scope.h"

namespace phoihop::agreements {

// An agreement and another one that a command needs, as the command's roots.
std::vector<std::string> Roots(const std::string& id, const std::string& other = "");

// Enters the change into the ledger and gives the answer: both are the whole agreement.
v1::Agreement Note(ledger::Transaction& tx, const Change& change);

// The agreement when the caller may do this with it; NOT_FOUND otherwise.
absl::StatusOr<Agreement> Require(std::optional<Agreement> found, const std::string& id,
                                  const access::Snapshot& snapshot, const access::Caller& caller,
                                  std::string_view permission);

// The same for a command in nobody's name: see RequireParty.
absl::StatusOr<Agreement> RequireWriter(std::optional<Agreement> found, const std::string& id,
                                        const access::Snapshot& snapshot,
                                        const access::Caller& caller, std::string_view permission);

// An agreement and another one, both locked; in order of id, so that two commands never
// wait for each other. `other` may be empty or `id` itself: then it is nothing.
struct Locked {
  std::optional<Agreement> agreement;
  std::optional<Agreement> other;
};
absl::StatusOr<Locked> LockBoth(AgreementStore& store, ledger::Transaction& tx,
                                const std::string& id, const std::string& other);

// What the rules need to know of a parent; nothing when the caller may not read it.
absl::StatusOr<std::optional<ParentFacts>> FactsOf(AgreementStore& store, ledger::Transaction& tx,
                                                   const access::Snapshot& snapshot,
                                                   const access::Caller& caller,
                                                   const std::optional<Agreement>& parent,
                                                   int64_t unit, absl::CivilDay term_start);

// Adds what the tree says of the cascade's target of an agreement at `unit`.
void AddTargetFacts(const access::UnitTree& tree, int64_t unit, const Content& content,
                    Facts& facts);

// Level of the unit on the first day of the term.
std::string LevelOf(const access::UnitTree& tree, int64_t unit, absl::CivilDay term_start);

// Has the files of the content stay readable with the agreement; INVALID_ARGUMENT naming one
// that was not uploaded for the unit. Before any other write of the command.
absl::Status LinkAttachments(const Parts& parts, ledger::Transaction& tx,
                             const Agreement& agreement);

// OK unless an amendment of `amends`, other than `except`, is under way: FAILED_PRECONDITION with
// AMENDMENT_OPEN.
absl::Status RequireNoOpenAmendment(const Parts& parts, ledger::Transaction& tx,
                                    const std::string& amends, const std::string& except);

// Stores the change with all that follows from it: the text that is signed, the round that
// ended, what the parties owe now and whom to tell. Then enters it into the ledger.
absl::StatusOr<v1::Agreement> Store(const Parts& parts, ledger::Transaction& tx,
                                    const access::Snapshot& snapshot, const Agreement& before,
                                    const Change& change);

// A command on one agreement: authorises by the record as it is read, then again by the
// locked one, checks the etag, applies the command and stores what it makes.
struct Step {
  std::string id;
  // Not checked when empty.
  std::string etag = {};
  // OK, or the answer, for the agreement as found.
  std::function<absl::Status(const access::Snapshot&, const Agreement&)> authorise = {};
  // The command, with what it needs from the database. Reads only.
  std::function<absl::StatusOr<Command>(ledger::Transaction&, const access::Snapshot&,
                                        const Agreement&)>
      command = {};
};

// Authorises by a permission over the agreement's unit, as RequireWriter does.
std::function<absl::Status(const access::Snapshot&, const Agreement&)> Permits(
    const rpc::RequestContext& ctx, std::string_view permission);

// Finds and authorises before the write begins.
absl::StatusOr<Agreement> FindFor(const Parts& parts, const rpc::RequestContext& ctx,
                                  const access::Snapshot& snapshot, const Step& step);

// Runs the step in its transaction.
absl::StatusOr<v1::Agreement> RunStep(const Parts& parts, const rpc::RequestContext& ctx,
                                      ledger::Transaction& tx, const access::Snapshot& snapshot,
                                      const Step& step);

template <class Request>
absl::StatusOr<v1::Agreement> Perform(const Parts& parts, const rpc::RequestContext& ctx,
                                      const Request& request, const Step& step) {
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  RETURN_IF_ERROR(FindFor(parts, ctx, snapshot, step).status());
  return ledger::Write<v1::Agreement>(
      *parts.writer, ctx, request, Roots(step.id),
      [&](ledger::Transaction& tx) { return RunStep(parts, ctx, tx, snapshot, step); });
}

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_RPC_WRITE_COMMON_H_
