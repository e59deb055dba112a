// Where visits, reviews and evaluations are kept, in the domain's terms. Handlers and tests see
// this interface; only main.cc knows the database behind it.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_REVIEWS_REVIEW_STORE_H_
#define PHOIHOP_SERVICES_AGREEMENTS_REVIEWS_REVIEW_STORE_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/agreements/lists/query.h"
#include "services/agreements/reviews/evaluation.h"
#include "services/agreements/reviews/figures.h"
#include "services/agreements/reviews/formula.h"
#include "services/agreements/reviews/review.h"
#include "services/agreements/reviews/visit.h"

namespace phoihop::ledger {
class Transaction;
}  // namespace phoihop::ledger
namespace phoihop::mysql {
class Pool;
}  // namespace phoihop::mysql

namespace phoihop::agreements::reviews {

using lists::ListLimits;
using lists::ListPage;
using lists::ListQuery;

// Thread safe. An open follow-up has the due day of its obligation, and is withdrawn when that
// is.
class ReviewStore {
 public:
  virtual ~ReviewStore() = default;

  // Reads see what is committed.
  virtual absl::StatusOr<std::optional<Visit>> FindVisit(const std::string& id,
                                                         absl::Time deadline) = 0;
  virtual absl::StatusOr<std::optional<Review>> FindReview(const std::string& id,
                                                           absl::Time deadline) = 0;
  virtual absl::StatusOr<std::optional<Evaluation>> FindEvaluation(const std::string& id,
                                                                   absl::Time deadline) = 0;
  virtual absl::StatusOr<ListPage<Visit>> ListVisits(const ListQuery& query,
                                                     absl::Time deadline) = 0;
  // Without findings and follow-ups.
  virtual absl::StatusOr<ListPage<Review>> ListReviews(const ListQuery& query,
                                                       absl::Time deadline) = 0;
  virtual absl::StatusOr<ListPage<Evaluation>> ListEvaluations(const ListQuery& query,
                                                               absl::Time deadline) = 0;
  // All versions in their order.
  virtual absl::StatusOr<std::vector<Formula>> ListFormulas(absl::Time deadline) = 0;

  // The rest belongs to a write and runs in its transaction, after the agreement was locked.

  // Nothing when there is none.
  virtual absl::StatusOr<std::optional<Visit>> LockVisit(ledger::Transaction& tx,
                                                         const std::string& id) = 0;
  virtual absl::StatusOr<std::optional<Review>> LockReview(ledger::Transaction& tx,
                                                           const std::string& id) = 0;
  // What an agreement's records count in an interval: sessions that were not deleted and visits
  // that were not cancelled.
  virtual absl::StatusOr<RecordCounts> Count(ledger::Transaction& tx, const std::string& agreement,
                                             const DayInterval& interval) = 0;
  virtual absl::Status InsertVisit(ledger::Transaction& tx, const Visit& visit) = 0;
  virtual absl::Status ReplaceVisit(ledger::Transaction& tx, const Visit& before,
                                    const Visit& after) = 0;
  virtual absl::Status InsertReview(ledger::Transaction& tx, const Review& review) = 0;
  virtual absl::Status ReplaceReview(ledger::Transaction& tx, const Review& before,
                                     const Review& after) = 0;
  // ALREADY_EXISTS with EVALUATION_EXISTS, naming it, when the agreement has one of this
  // interval and formula.
  virtual absl::Status InsertEvaluation(ledger::Transaction& tx, const Evaluation& evaluation) = 0;
};

// Kept in the tables of 0009_reviews.sql; `pool` outlives it.
std::unique_ptr<ReviewStore> NewMysqlReviewStore(mysql::Pool* pool, ListLimits limits = {});

}  // namespace phoihop::agreements::reviews

#endif  // PHOIHOP_SERVICES_AGREEMENTS_REVIEWS_REVIEW_STORE_H_
