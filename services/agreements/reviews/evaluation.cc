#include "services/agreements/reviews/evaluation.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/errors.h"
#include "common/status/macros.h"

namespace phoihop::agreements::reviews {

std::string EvaluationName(const std::string& id) { return absl::StrCat("evaluations/", id); }

absl::StatusOr<Formula> ChooseFormula(absl::Span<const Formula> formulas, int asked,
                                      const DayInterval& interval, const std::string& agreement) {
  if (asked == 0) {
    const Formula* newest = NewestOn(formulas, interval.last);
    if (newest != nullptr) return *newest;
    return Precondition("NO_FORMULA",
                        {"No formula was published that holds on the interval's last day.",
                         "Chưa có công thức đánh giá nào có hiệu lực vào ngày cuối của khoảng thời "
                         "gian này."},
                        AgreementName(agreement));
  }
  for (const Formula& formula : formulas) {
    if (formula.version != asked) continue;
    if (formula.valid_from <= interval.last) return formula;
    return InvalidField("evaluation.formula", "FORMULA_NOT_VALID",
                        {"This version does not hold yet on the interval's last day.",
                         "Phiên bản công thức này chưa có hiệu lực vào ngày cuối của khoảng thời "
                         "gian."});
  }
  return InvalidField("evaluation.formula", "FORMULA_UNKNOWN",
                      {"No such version of the formula was published.",
                       "Không có phiên bản công thức này được công bố."});
}

absl::StatusOr<Evaluation> NewEvaluation(std::string id, const Ground& ground,
                                         const DayInterval& interval, const Formula& formula,
                                         const PartyRecords& records, std::string actor,
                                         absl::Time now) {
  RETURN_IF_ERROR(
      CheckInterval(ground, interval, VietnamDay(now), "evaluation", "EVALUATION_NOT_ENDED"));
  Evaluation evaluation;
  evaluation.id = std::move(id);
  evaluation.agreement = ground.agreement;
  evaluation.unit = ground.unit;
  evaluation.term_start = ground.term_start;
  evaluation.interval = interval;
  evaluation.formula = formula.version;
  evaluation.scores = Evaluate(formula, ground.parties, records);
  evaluation.created_by = std::move(actor);
  evaluation.create_time = now;
  return evaluation;
}

}  // namespace phoihop::agreements::reviews
