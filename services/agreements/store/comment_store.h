// Where comments on drafts are kept, in the domain's terms.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_STORE_COMMENT_STORE_H_
#define PHOIHOP_SERVICES_AGREEMENTS_STORE_COMMENT_STORE_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/agreements/domain/comment.h"

namespace phoihop::ledger {
class Transaction;
}  // namespace phoihop::ledger
namespace phoihop::mysql {
class Pool;
}  // namespace phoihop::mysql

namespace phoihop::agreements {

// Thread safe.
class CommentStore {
 public:
  virtual ~CommentStore() = default;

  // The comment, or nothing. Reads see what is committed.
  virtual absl::StatusOr<std::optional<Comment>> Find(const std::string& id,
                                                      absl::Time deadline) = 0;
  // Up to `limit` comments on an agreement in order of id, those after the comment `after`.
  virtual absl::StatusOr<std::vector<Comment>> List(const std::string& agreement,
                                                    const std::string& after, int limit,
                                                    absl::Time deadline) = 0;

  // The rest belongs to a write and runs in its transaction; the agreement is locked before.

  virtual absl::StatusOr<std::optional<Comment>> Lock(ledger::Transaction& tx,
                                                      const std::string& id) = 0;
  virtual absl::Status Insert(ledger::Transaction& tx, const Comment& comment) = 0;
  // Stores the answer and revision.
  virtual absl::Status Replace(ledger::Transaction& tx, const Comment& comment) = 0;
  // How many comments on an agreement nobody has answered.
  virtual absl::StatusOr<int> CountUnanswered(ledger::Transaction& tx,
                                              const std::string& agreement) = 0;
};

// Comments in MariaDB. `pool` is for reads and outlives the store.
std::unique_ptr<CommentStore> NewMysqlCommentStore(mysql::Pool* pool);

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_STORE_COMMENT_STORE_H_
