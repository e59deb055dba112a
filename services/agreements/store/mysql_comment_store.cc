#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/ledger/command.h"
#include "common/mysql/pool.h"
#include "common/mysql/transaction.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/status/views.h"
#include "services/agreements/store/comment_store.h"

namespace phoihop::agreements {
namespace {

using mysql::Value;

constexpr std::string_view kSelect =
    "SELECT id, agreement_id, body_id, text, author, create_time, answer, answered_by, "
    "answer_time, revision FROM agreement_comments ";

Comment CommentOf(const mysql::Row& row) {
  Comment comment{row.Text(0), row.Text(1), row.Text(2), row.Text(3), row.Text(4), row.Time(5)};
  if (!row.IsNull(6)) comment.answer = CommentAnswer{row.Text(6), row.Text(7), row.Time(8)};
  comment.revision = row.Int(9);
  return comment;
}

absl::StatusOr<std::vector<Comment>> Select(mysql::Connection& db, std::string_view rest,
                                            mysql::Params params) {
  std::vector<Comment> found;
  RETURN_IF_ERROR(
      db.Query(absl::StrCat(AbslView(kSelect), AbslView(rest)), params, [&](const mysql::Row& row) {
        found.push_back(CommentOf(row));
        return absl::OkStatus();
      }));
  return found;
}

absl::StatusOr<std::optional<Comment>> One(mysql::Connection& db, const std::string& id,
                                           std::string_view rest) {
  ASSIGN_OR_RETURN(std::vector<Comment> found, Select(db, rest, {Value(id)}));
  if (found.empty()) return std::optional<Comment>();
  return std::optional<Comment>(std::move(found.front()));
}

class MysqlCommentStore : public CommentStore {
 public:
  explicit MysqlCommentStore(mysql::Pool* pool) : pool_(*pool) {}

  absl::StatusOr<std::optional<Comment>> Find(const std::string& id, absl::Time deadline) override {
    return mysql::Read(pool_, deadline,
                       [&](mysql::Connection& db) { return One(db, id, "WHERE id = ?"); });
  }

  absl::StatusOr<std::vector<Comment>> List(const std::string& agreement, const std::string& after,
                                            int limit, absl::Time deadline) override {
    return mysql::Read(pool_, deadline, [&](mysql::Connection& db) {
      return Select(db, "WHERE agreement_id = ? AND id > ? ORDER BY id LIMIT ?",
                    {Value(agreement), Value(after), Value(static_cast<int64_t>(limit))});
    });
  }

  absl::StatusOr<std::optional<Comment>> Lock(ledger::Transaction& tx,
                                              const std::string& id) override {
    return One(tx.db(), id, "WHERE id = ? FOR UPDATE");
  }

  absl::Status Insert(ledger::Transaction& tx, const Comment& c) override {
    return tx.db()
        .Execute(
            "INSERT INTO agreement_comments (id, agreement_id, body_id, text, author, "
            "create_time, revision) VALUES (?,?,?,?,?,?,?)",
            {c.id, c.agreement, c.body, c.text, c.author, c.create_time, c.revision})
        .status();
  }

  absl::Status Replace(ledger::Transaction& tx, const Comment& c) override {
    if (!c.answer.has_value()) return Internal("only an answer can change a comment");
    ASSIGN_OR_RETURN(const int64_t found,
                     tx.db().Execute("UPDATE agreement_comments SET answer = ?, answered_by = ?, "
                                     "answer_time = ?, revision = ? WHERE id = ? AND revision = ?",
                                     {c.answer->text, c.answer->answered_by, c.answer->answer_time,
                                      c.revision, c.id, c.revision - 1}));
    return found == 1 ? absl::OkStatus() : Internal("a comment was changed without being locked");
  }

  absl::StatusOr<int> CountUnanswered(ledger::Transaction& tx,
                                      const std::string& agreement) override {
    int count = 0;
    RETURN_IF_ERROR(tx.db().Query(
        "SELECT COUNT(*) FROM agreement_comments WHERE agreement_id = ? AND answer IS NULL",
        {Value(agreement)}, [&](const mysql::Row& row) {
          count = static_cast<int>(row.Int(0));
          return absl::OkStatus();
        }));
    return count;
  }

 private:
  mysql::Pool& pool_;
};

}  // namespace

std::unique_ptr<CommentStore> NewMysqlCommentStore(mysql::Pool* pool) {
  return std::make_unique<MysqlCommentStore>(pool);
}

}  // namespace phoihop::agreements
