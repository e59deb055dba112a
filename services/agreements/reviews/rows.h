// Rows of the tables of 0009_reviews.sql, to and from the domain. Private to the store.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_REVIEWS_ROWS_H_
#define PHOIHOP_SERVICES_AGREEMENTS_REVIEWS_ROWS_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/mysql/connection.h"
#include "services/agreements/reviews/evaluation.h"
#include "services/agreements/reviews/review.h"
#include "services/agreements/reviews/visit.h"

namespace phoihop::agreements::reviews {

// Visits with these ids, visiting bodies included, in no order. `suffix` is " FOR UPDATE" or
// empty.
absl::StatusOr<std::vector<Visit>> LoadVisits(mysql::Connection& db,
                                              const std::vector<std::string>& ids,
                                              std::string_view suffix);
absl::Status InsertVisitRow(mysql::Connection& db, const Visit& visit);
absl::Status UpdateVisitRow(mysql::Connection& db, const Visit& before, const Visit& after);

// Reviews with these ids and their figures; `whole` with findings and follow-ups.
absl::StatusOr<std::vector<Review>> LoadReviews(mysql::Connection& db,
                                                const std::vector<std::string>& ids,
                                                std::string_view suffix, bool whole);
absl::Status InsertReviewRow(mysql::Connection& db, const Review& review);
absl::Status UpdateReviewRow(mysql::Connection& db, const Review& before, const Review& after);

// Evaluations with these ids and their scores.
absl::StatusOr<std::vector<Evaluation>> LoadEvaluations(mysql::Connection& db,
                                                        const std::vector<std::string>& ids);
absl::Status InsertEvaluationRow(mysql::Connection& db, const Evaluation& evaluation);

}  // namespace phoihop::agreements::reviews

#endif  // PHOIHOP_SERVICES_AGREEMENTS_REVIEWS_ROWS_H_
