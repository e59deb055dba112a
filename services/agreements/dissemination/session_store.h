// Where sessions are kept, in the domain's terms. Handlers and tests see this interface; only
// main.cc knows the database behind it.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_DISSEMINATION_SESSION_STORE_H_
#define PHOIHOP_SERVICES_AGREEMENTS_DISSEMINATION_SESSION_STORE_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/access/unit_tree.h"
#include "common/filter/filter.h"
#include "services/agreements/dissemination/session.h"
#include "services/agreements/dissemination/totals.h"

namespace phoihop::ledger {
class Transaction;
}  // namespace phoihop::ledger
namespace phoihop::mysql {
class Pool;
}  // namespace phoihop::mysql

namespace phoihop::agreements::dissemination {

// What filters and orders of the list may name.
const filter::Fields& SessionFields();

// Which sessions are listed.
struct ListQuery {
  // Id; with `within` it may be empty: sessions of all agreements.
  std::string agreement = {};
  // The sessions that units held on days on which they belong here, in order of unit; then the
  // order is by day, unit and id, `ascending` or not, and a page may be short and not the last.
  std::optional<std::vector<access::Membership>> within = {};
  bool ascending = false;
  // With `within`: whether sessions of an agreement of this unit and first day of the term may be
  // shown; empty for all.
  std::function<bool(int64_t unit, absl::CivilDay term_start)> visible = {};
  filter::Expr filter = {};
  // Newest first when empty.
  filter::Order order = {};
  // Where the list goes on, as ListPage::next had it; empty from the beginning.
  std::string cursor = {};
  bool show_deleted = false;
  // Rows of a page, 1 to 1.000.
  int limit = 50;
};

// A page.
struct ListPage {
  // With documents, without corrections.
  std::vector<Session> sessions;
  // Empty on the last page.
  std::string next;
};

// What totals are added up from, from one snapshot of the database.
struct TotalsRecords {
  std::vector<UnitFigures> rows;
  // The ledger's position that this includes.
  int64_t position = 0;
};

// Thread safe.
class SessionStore {
 public:
  virtual ~SessionStore() = default;

  // The session with its corrections, or nothing. Reads see what is committed.
  virtual absl::StatusOr<std::optional<Session>> Find(const std::string& id,
                                                      absl::Time deadline) = 0;
  virtual absl::StatusOr<ListPage> List(const ListQuery& query, absl::Time deadline) = 0;
  // What these units did on these days, by unit and kind; a unit may come in several rows.
  // `memberships` are in order of unit. With an agreement's id what made that one known.
  virtual absl::StatusOr<TotalsRecords> ReadTotals(absl::Span<const access::Membership> memberships,
                                                   const std::string& agreement,
                                                   absl::Time deadline) = 0;

  // The rest belongs to a write and runs in its transaction.

  // The session, locked until the transaction ends, or nothing.
  virtual absl::StatusOr<std::optional<Session>> Lock(ledger::Transaction& tx,
                                                      const std::string& id) = 0;
  virtual absl::Status Insert(ledger::Transaction& tx, const Session& session) = 0;
  // Stores `after` in place of the locked `before`.
  virtual absl::Status Replace(ledger::Transaction& tx, const Session& before,
                               const Session& after) = 0;
};

// How lists of a subtree are read; tests make it small to see every path.
struct SubtreeLimits {
  // Up to so many units are looked up by unit; for more, all sessions are walked by date.
  size_t most_named_units = 64;
  // Keys that are looked at for one page at most.
  int most_keys = 20000;
};

std::unique_ptr<SessionStore> NewMysqlSessionStore(mysql::Pool* pool, SubtreeLimits limits = {});

}  // namespace phoihop::agreements::dissemination

#endif  // PHOIHOP_SERVICES_AGREEMENTS_DISSEMINATION_SESSION_STORE_H_
