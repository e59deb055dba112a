// Visits, reviews and evaluations on the wire, to and from the domain.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_REVIEWS_CONVERTERS_H_
#define PHOIHOP_SERVICES_AGREEMENTS_REVIEWS_CONVERTERS_H_

#include <string>
#include <string_view>

#include "absl/types/span.h"
#include "common/fields/fields.h"
#include "common/filter/filter.h"
#include "phoihop/agreements/v1/reviews.pb.h"
#include "services/agreements/reviews/evaluation.h"
#include "services/agreements/reviews/formula.h"
#include "services/agreements/reviews/review.h"
#include "services/agreements/reviews/visit.h"

namespace phoihop::agreements::reviews {

// The fields of a visit, and of a draft, that a client may change, in the order of the contract.
absl::Span<const std::string_view> VisitFields();
absl::Span<const std::string_view> ReviewFields();

// Puts the fields named by `paths` into `content`; what is wrong with them goes to `check`,
// with field paths below `visit` and `review`.
void ReadVisit(const v1::SupervisionVisit& wire, absl::Span<const std::string> paths,
               Checker& check, VisitContent& content);
void ReadReview(const v1::Review& wire, absl::Span<const std::string> paths, Checker& check,
                ReviewContent& content);

v1::SupervisionVisit ToProto(const Visit& visit);
v1::Review ToProto(const Review& review);
v1::EvaluationFormula ToProto(const Formula& formula);
v1::Evaluation ToProto(const Evaluation& evaluation);

// What filters and orders of the lists may name.
const filter::Fields& VisitFilter();
const filter::Fields& ReviewFilter();
const filter::Fields& EvaluationFilter();

}  // namespace phoihop::agreements::reviews

#endif  // PHOIHOP_SERVICES_AGREEMENTS_REVIEWS_CONVERTERS_H_
