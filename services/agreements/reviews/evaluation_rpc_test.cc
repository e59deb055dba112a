#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/errors.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "services/agreements/reviews/testing_reviews.h"

namespace phoihop::agreements::reviews {
namespace {

using absl::StatusCode;
using ::phoihop::testing::IsOk;
using ::phoihop::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class EvaluationsTest : public ReviewsTest {
 protected:
  absl::StatusOr<v1::Evaluation> Make(const v1::CreateEvaluationRequest& request,
                                      const std::string& caller = "members/city") {
    return Call(&Stub::CreateEvaluation, request, caller);
  }

  absl::StatusOr<v1::Evaluation> Get(const std::string& name,
                                     const std::string& caller = "members/viewer") {
    v1::GetEvaluationRequest request;
    request.set_name(name);
    return Call(&Stub::GetEvaluation, request, caller);
  }

  // Adds a second version that holds from 2023-07-01 on and looks at commitments alone.
  void PublishSecond() {
    Execute(
        "INSERT INTO evaluation_formulas (version, valid_from, delivery_weight, "
        "commitment_weight, request_weight, text_vi, text_en) VALUES (2, '2023-07-01', 0, 1000, "
        "0, 'vi', 'en')");
  }
};

TEST_F(EvaluationsTest, PartiesAreEvaluatedWithEveryPartAndFrozen) {
  figures_.deliveries = {{"council", 12, 11, 9}};
  figures_.commitments = {{"council", 3, 2, 1}, {"gone", 1, 0, 0}, {"party", 4, 4, 4}};
  figures_.requests = {{"council", 4, 1, 1, 0}};
  const auto made = Make(EvaluationRequest());
  ASSERT_THAT(made, IsOk());
  EXPECT_EQ(made->formula(), "evaluationFormulas/1");
  EXPECT_EQ(made->created_by(), "members/city");
  EXPECT_EQ(figures_.asked, "a1 2023-01-01 2023-12-31");
  std::vector<std::string> lines;
  for (const auto& score : made->scores()) {
    std::string& line = lines.emplace_back(
        absl::StrCat(score.body(), " ", score.has_score() ? absl::StrCat(score.score()) : "none",
                     " ", score.score_text()));
    for (const auto& part : score.parts()) {
      absl::StrAppend(&line, " ", part.weight(), ":", part.numerator(), "/", part.denominator());
    }
  }
  EXPECT_THAT(lines, ElementsAre("bodies/party 1000 100,0% 400:0/0 400:4/4 200:0/0",
                                 "bodies/council 667 66,7% 400:9/12 400:2/3 200:2/4",
                                 "bodies/court none  400:0/0 400:0/0 200:0/0",
                                 "bodies/gone 0 0,0% 400:0/0 400:0/1 200:0/0"));
  // What is recorded later changes nothing.
  figures_.commitments.clear();
  const auto read = Get(made->name());
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(read->SerializeAsString(), made->SerializeAsString());
}

TEST_F(EvaluationsTest, SameIntervalAndFormulaAgainIsRefused) {
  const auto first = Make(EvaluationRequest());
  ASSERT_THAT(first, IsOk());
  const auto second = Make(EvaluationRequest());
  EXPECT_THAT(second, StatusIs(StatusCode::kAlreadyExists, "EVALUATION_EXISTS"));
  EXPECT_THAT(Make(EvaluationRequest("2022-01-01", "2022-12-31")), IsOk());
  PublishSecond();
  v1::CreateEvaluationRequest other = EvaluationRequest();
  other.mutable_evaluation()->set_formula("evaluationFormulas/2");
  EXPECT_THAT(Make(other), IsOk());
}

TEST_F(EvaluationsTest, WhatIsNotDecidedIsNotFrozen) {
  figures_.commitments = {{"council", 3, 2, 1, 1}};
  figures_.requests = {{"court", 4, 1, 1, 0, 2}};
  const auto refused = Make(EvaluationRequest());
  EXPECT_THAT(refused, StatusIs(StatusCode::kFailedPrecondition, "EVALUATION_UNDECIDED"));
  EXPECT_THAT(std::string(refused.status().message()),
              HasSubstr("bodies/council: 1 reports to be confirmed; bodies/court: 2 requests to be "
                        "answered"));
  figures_.commitments[0].unconfirmed = 0;
  EXPECT_THAT(Make(EvaluationRequest()),
              StatusIs(StatusCode::kFailedPrecondition, "EVALUATION_UNDECIDED"));
  figures_.requests[0].pending = 0;
  EXPECT_THAT(Make(EvaluationRequest()), IsOk());
}

TEST_F(EvaluationsTest, IntervalsOfOneFormulaShareNoDay) {
  ASSERT_THAT(Make(EvaluationRequest("2022-07-01", "2023-06-30")), IsOk());
  for (const auto& [first, last] :
       std::vector<std::pair<const char*, const char*>>{{"2022-01-01", "2022-07-01"},
                                                        {"2023-06-30", "2023-12-31"},
                                                        {"2022-01-01", "2023-12-31"},
                                                        {"2022-08-01", "2022-08-31"}}) {
    const absl::Status shared = Make(EvaluationRequest(first, last)).status();
    EXPECT_THAT(shared, StatusIs(StatusCode::kFailedPrecondition, "EVALUATION_OVERLAPS")) << first;
    EXPECT_THAT(ViolatedFields(shared), ElementsAre("evaluation.first_date"));
  }
  EXPECT_THAT(Make(EvaluationRequest("2022-07-01", "2023-06-30")),
              StatusIs(StatusCode::kAlreadyExists, "EVALUATION_EXISTS"));
  EXPECT_THAT(Make(EvaluationRequest("2023-07-01", "2023-12-31")), IsOk());
  EXPECT_THAT(Make(EvaluationRequest("2022-01-01", "2022-06-30")), IsOk());
}

TEST_F(EvaluationsTest, FormulaIsTheNewestOfTheLastDay) {
  PublishSecond();
  EXPECT_EQ(Make(EvaluationRequest("2023-01-01", "2023-06-30"))->formula(), "evaluationFormulas/1");
  EXPECT_EQ(Make(EvaluationRequest("2023-01-01", "2023-07-01"))->formula(), "evaluationFormulas/2");
  v1::CreateEvaluationRequest request = EvaluationRequest("2023-01-01", "2023-06-29");
  request.mutable_evaluation()->set_formula("evaluationFormulas/2");
  EXPECT_THAT(Make(request), StatusIs(StatusCode::kInvalidArgument, "FORMULA_NOT_VALID"));
  for (const char* unknown : {"evaluationFormulas/3", "evaluationFormulas/x"}) {
    request.mutable_evaluation()->set_formula(unknown);
    const auto refused = Make(request);
    EXPECT_THAT(refused, StatusIs(StatusCode::kInvalidArgument, "FORMULA_UNKNOWN"));
    EXPECT_THAT(ViolatedFields(refused.status()), ElementsAre("evaluation.formula"));
  }
}

TEST_F(EvaluationsTest, FormulasArePublished) {
  PublishSecond();
  v1::ListEvaluationFormulasRequest request;
  request.set_page_size(1);
  auto page = Call(&Stub::ListEvaluationFormulas, request, "members/district");
  ASSERT_THAT(page, IsOk());
  ASSERT_EQ(page->evaluation_formulas_size(), 1);
  const v1::EvaluationFormula& formula = page->evaluation_formulas(0);
  EXPECT_EQ(formula.name(), "evaluationFormulas/1");
  EXPECT_EQ(formula.delivery_weight() + formula.commitment_weight() + formula.request_weight(),
            1000);
  EXPECT_NE(formula.text(), "");
  EXPECT_NE(formula.text_en(), "");
  request.set_page_token(page->next_page_token());
  page = Call(&Stub::ListEvaluationFormulas, request, "members/district");
  ASSERT_THAT(page, IsOk());
  ASSERT_EQ(page->evaluation_formulas_size(), 1);
  EXPECT_EQ(page->evaluation_formulas(0).version(), 2);
  EXPECT_EQ(page->next_page_token(), "");
}

TEST_F(EvaluationsTest, WhatHasNotEndedOrIsOutOfScopeIsRefused) {
  EXPECT_THAT(Make(EvaluationRequest("2023-01-01", "2024-01-08")),
              StatusIs(StatusCode::kInvalidArgument, "EVALUATION_NOT_ENDED"));
  EXPECT_THAT(Make(EvaluationRequest("2020-01-01", "2023-12-31")),
              StatusIs(StatusCode::kInvalidArgument, "OUTSIDE_TERM"));
  EXPECT_THAT(Make(EvaluationRequest(), "members/officer"),
              StatusIs(StatusCode::kPermissionDenied));
  EXPECT_THAT(Make(EvaluationRequest(), "members/district"), StatusIs(StatusCode::kNotFound));
  const auto made = Make(EvaluationRequest());
  ASSERT_THAT(made, IsOk());
  EXPECT_THAT(Get(made->name(), "members/district"), StatusIs(StatusCode::kNotFound));
}

TEST_F(EvaluationsTest, ListIsFiltered) {
  figures_.commitments = {{"gone", 1, 0, 0}};
  ASSERT_THAT(Make(EvaluationRequest("2022-01-01", "2022-12-31")), IsOk());
  figures_.commitments.clear();
  ASSERT_THAT(Make(EvaluationRequest()), IsOk());
  v1::ListEvaluationsRequest list;
  list.set_unit("units/2");
  const auto days = [&](const std::string& filter) {
    list.set_filter(filter);
    std::vector<std::string> found;
    const auto page = Call(&Stub::ListEvaluations, list, "members/viewer");
    EXPECT_THAT(page, IsOk());
    if (page.ok()) {
      for (const auto& evaluation : page->evaluations()) found.push_back(evaluation.last_date());
    }
    return found;
  };
  EXPECT_THAT(days(""), ElementsAre("2023-12-31", "2022-12-31"));
  EXPECT_THAT(days("body = \"bodies/gone\""), ElementsAre("2022-12-31"));
  EXPECT_THAT(days("formula = \"evaluationFormulas/1\" AND last_date > \"2023-01-01\""),
              ElementsAre("2023-12-31"));
  EXPECT_THAT(days("formula = \"evaluationFormulas/2\""), IsEmpty());
}

}  // namespace
}  // namespace phoihop::agreements::reviews
