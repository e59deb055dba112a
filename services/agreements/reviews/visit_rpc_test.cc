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
using ::testing::IsEmpty;

class VisitsTest : public ReviewsTest {
 protected:
  absl::StatusOr<v1::SupervisionVisit> Get(const std::string& name,
                                           const std::string& caller = "members/viewer") {
    v1::GetVisitRequest request;
    request.set_name(name);
    return Call(&Stub::GetVisit, request, caller);
  }

  // Dates of the visits listed.
  std::vector<std::string> Listed(const std::string& filter, const std::string& order_by = "",
                                  int64_t unit = access::kOldCanTho) {
    v1::ListVisitsRequest request;
    request.set_unit(absl::StrCat("units/", unit));
    request.set_on_date("2023-01-01");
    request.set_filter(filter);
    request.set_order_by(order_by);
    request.set_page_size(2);
    std::vector<std::string> dates;
    do {
      const auto page = Call(&Stub::ListVisits, request);
      EXPECT_THAT(page, IsOk());
      if (!page.ok()) break;
      for (const auto& visit : page->visits()) dates.push_back(visit.visit_date());
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return dates;
  }
};

TEST_F(VisitsTest, WhatIsRecordedIsReadAndChanged) {
  v1::CreateVisitRequest request = VisitRequest();
  request.set_request_id("6f1b7a52-7b6b-4a57-9d40-0d2f3a0c1d11");
  const v1::SupervisionVisit created = NewVisit(request);
  EXPECT_EQ(created.state(), v1::SupervisionVisit::RECORDED);
  EXPECT_EQ(created.recorded_by(), "members/city");
  EXPECT_EQ(created.revision(), 1);
  EXPECT_THAT(created.visiting_bodies(), ElementsAre("bodies/party", "bodies/council"));
  // A repeat gives the first answer.
  EXPECT_EQ(NewVisit(request).name(), created.name());
  auto read = Get(created.name());
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(read->SerializeAsString(), created.SerializeAsString());

  v1::UpdateVisitRequest update;
  update.mutable_visit()->set_name(created.name());
  update.mutable_visit()->set_etag(created.etag());
  update.mutable_visit()->set_findings("Đã ký kết đầy đủ.\nCòn chậm.");
  update.mutable_visit()->add_visiting_bodies("bodies/court");
  const auto updated = Call(&Stub::UpdateVisit, update, "members/officer");
  ASSERT_THAT(updated, IsOk());
  EXPECT_EQ(updated->findings(), "Đã ký kết đầy đủ.\nCòn chậm.");
  EXPECT_THAT(updated->visiting_bodies(), ElementsAre("bodies/court"));
  EXPECT_EQ(updated->subject(), created.subject());
  EXPECT_EQ(updated->revision(), 2);
  EXPECT_THAT(Call(&Stub::UpdateVisit, update), StatusIs(StatusCode::kAborted, "ETAG_MISMATCH"));
  update.mutable_visit()->clear_etag();
  update.mutable_visit()->set_agreement("agreements/n1");
  EXPECT_THAT(Call(&Stub::UpdateVisit, update),
              StatusIs(StatusCode::kInvalidArgument, "NOT_UPDATABLE"));
}

TEST_F(VisitsTest, CancelledVisitStaysReadable) {
  const v1::SupervisionVisit created = NewVisit(VisitRequest());
  v1::CancelVisitRequest request;
  request.set_name(created.name());
  EXPECT_THAT(Call(&Stub::CancelVisit, request), StatusIs(StatusCode::kInvalidArgument));
  request.set_reason("Hoãn vì bão");
  ASSERT_THAT(Call(&Stub::CancelVisit, request), IsOk());
  const auto read = Get(created.name());
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(read->state(), v1::SupervisionVisit::CANCELLED);
  EXPECT_EQ(read->cancel_reason(), "Hoãn vì bão");
  EXPECT_THAT(Call(&Stub::CancelVisit, request),
              StatusIs(StatusCode::kFailedPrecondition, "VISIT_CANCELLED"));
}

TEST_F(VisitsTest, WhatIsWrongIsRefusedAndNothingStored) {
  const auto reason = [&](void (*spoil)(v1::SupervisionVisit&)) {
    v1::CreateVisitRequest request = VisitRequest();
    spoil(*request.mutable_visit());
    return ErrorReason(Call(&Stub::CreateVisit, request).status());
  };
  EXPECT_EQ(reason([](auto& v) { v.set_agreement("agreements/draft"); }), "AGREEMENT_NOT_IN_FORCE");
  EXPECT_EQ(reason([](auto& v) { v.set_visit_date("2025-07-01"); }), "INVALID_FIELDS");
  EXPECT_EQ(reason([](auto& v) { v.set_visit_date("2020-12-31"); }), "NOT_IN_FORCE_ON_DATE");
  EXPECT_EQ(reason([](auto& v) { v.set_unit("units/4"); }), "INVALID_FIELDS");
  EXPECT_EQ(reason([](auto& v) { v.set_body("bodies/nobody"); }), "BODY_NOT_VALID");
  EXPECT_EQ(reason([](auto& v) { v.set_body("bodies/party"); }), "INVALID_FIELDS");
  EXPECT_EQ(reason([](auto& v) { v.add_visiting_bodies("bodies/party-n"); }), "NOT_A_PARTY");
  EXPECT_EQ(reason([](auto& v) { v.add_visiting_bodies("bodies/party"); }), "BODY_TWICE");
  EXPECT_EQ(reason([](auto& v) { v.clear_visiting_bodies(); }), "OUT_OF_RANGE");
  EXPECT_NE(reason([](auto& v) { v.set_subject(""); }), "");
  EXPECT_NE(reason([](auto& v) { v.set_subject("Dòng\nhai"); }), "");
  EXPECT_EQ(reason([](auto& v) {
              v.set_visit_date("2024-06-01");
              v.set_findings("Tốt");
            }),
            "FINDINGS_BEFORE_VISIT");
  EXPECT_THAT(Listed(""), IsEmpty());
}

TEST_F(VisitsTest, OutOfScopeIsNotFound) {
  const v1::SupervisionVisit created = NewVisit(VisitRequest());
  const auto missing = Get("visits/none", "members/district");
  const auto foreign = Get(created.name(), "members/district");
  EXPECT_THAT(missing, StatusIs(StatusCode::kNotFound));
  EXPECT_THAT(foreign, StatusIs(StatusCode::kNotFound));
  EXPECT_THAT(Call(&Stub::CreateVisit, VisitRequest(), "members/district"),
              StatusIs(StatusCode::kNotFound));
  EXPECT_THAT(Call(&Stub::CreateVisit, VisitRequest(), "members/viewer"),
              StatusIs(StatusCode::kPermissionDenied));
}

TEST_F(VisitsTest, ListIsFilteredAndPaged) {
  for (const char* day : {"2022-03-01", "2023-06-01", "2021-09-15", "2023-12-31"}) {
    NewVisit(VisitRequest(day));
  }
  EXPECT_THAT(Listed(""), ElementsAre("2023-12-31", "2023-06-01", "2022-03-01", "2021-09-15"));
  EXPECT_THAT(Listed("", "visit_date"),
              ElementsAre("2021-09-15", "2022-03-01", "2023-06-01", "2023-12-31"));
  EXPECT_THAT(Listed("visit_date >= \"2023-01-01\" AND subject:\"dien bien\""),
              ElementsAre("2023-12-31", "2023-06-01"));
  EXPECT_THAT(Listed("visiting_body = \"bodies/council\" AND visit_date < \"2022-01-01\""),
              ElementsAre("2021-09-15"));
  EXPECT_THAT(Listed("body = \"bodies/court\""), IsEmpty());
  EXPECT_THAT(Listed("unit = \"units/20\" AND state = RECORDED AND agreement = \"agreements/a1\""),
              ElementsAre("2023-12-31", "2023-06-01", "2022-03-01", "2021-09-15"));
  // They belong to the city's agreement, not to the district that was visited.
  EXPECT_THAT(Listed("", "", access::kNinhKieu), IsEmpty());
}

}  // namespace
}  // namespace phoihop::agreements::reviews
