#include "services/agreements/reviews/evaluation.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/status/errors.h"
#include "common/status/macros.h"

namespace phoihop::agreements::reviews {
namespace {

// OK when all that fell due is kept or not: no report waits for its confirmation, and no request
// runs. The error says what of whom is open.
absl::Status CheckDecided(const PartyRecords& records, const Ground& ground) {
  const auto name = [&](const std::string& body) {
    const auto known = ground.names.find(body);
    return known == ground.names.end() ? absl::StrCat("bodies/", body) : known->second;
  };
  std::vector<std::string> en, vi;
  for (const CommitmentCount& count : records.commitments) {
    if (count.unconfirmed == 0) continue;
    en.push_back(
        absl::StrCat(name(count.body), ": ", count.unconfirmed, " reports to be confirmed"));
    vi.push_back(absl::StrCat(name(count.body), ": ", count.unconfirmed, " báo cáo chờ xác nhận"));
  }
  for (const RequestCount& count : records.requests) {
    if (count.pending == 0) continue;
    en.push_back(absl::StrCat(name(count.body), ": ", count.pending, " requests to be answered"));
    vi.push_back(
        absl::StrCat(name(count.body), ": ", count.pending, " yêu cầu còn trong hạn trả lời"));
  }
  if (en.empty()) return absl::OkStatus();
  return Precondition("EVALUATION_UNDECIDED",
                      {absl::StrCat("Something of the interval is not decided yet; evaluate once "
                                    "it is. ",
                                    absl::StrJoin(en, "; "), "."),
                       absl::StrCat("Còn nội dung trong khoảng thời gian này chưa có kết quả; hãy "
                                    "đánh giá sau khi đã rõ. ",
                                    absl::StrJoin(vi, "; "), ".")},
                      AgreementName(ground.agreement));
}

}  // namespace

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
  RETURN_IF_ERROR(CheckDecided(records, ground));
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
