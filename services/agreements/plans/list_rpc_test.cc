#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/access/authority.h"
#include "common/status/errors.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "services/agreements/plans/testing_plans.h"

namespace phoihop::agreements::plans {
namespace {

using absl::StatusCode;
using ::phoihop::testing::IsOk;
using ::phoihop::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Commitments of old Can Tho and of Ninh Kieu below it:
//   "Đối thoại" court, due 2024-05-06, DUTIES     "An sinh" party, due 2024-03-15, confirmed late
//   "Điện Biên" party, due 2024-04-01             "Ninh Kiều" party-n, due 2024-02-01
class ListsTest : public PlansTest {
 protected:
  void SetUp() override {
    PlansTest::SetUp();
    const v1::AnnualPlan plan = NewPlan();
    v1::CreateCommitmentRequest talk = CommitmentRequest(plan.name(), "2024-05-06");
    talk.mutable_commitment()->set_title("Đối thoại");
    talk.mutable_commitment()->set_lead("bodies/court");
    talk.mutable_commitment()->set_area(v1::Agreement::DUTIES);
    Add(talk);
    v1::CreateCommitmentRequest welfare = CommitmentRequest(plan.name(), "2024-03-15");
    welfare.mutable_commitment()->set_title("An sinh");
    welfare.mutable_commitment()->set_description("Khảo sát hộ nghèo");
    const std::string late = Add(welfare).name();
    v1::CreateCommitmentRequest survey = CommitmentRequest(plan.name(), "2024-04-01");
    survey.mutable_commitment()->set_title("Điện Biên");
    Add(survey);
    Approved(plan.name());
    const v1::AnnualPlan below = NewPlan(2024, "agreements/n1");
    v1::CreateCommitmentRequest other = CommitmentRequest(below.name(), "2024-02-01");
    other.mutable_commitment()->set_title("Ninh Kiều");
    other.mutable_commitment()->set_lead("bodies/party-n");
    other.mutable_commitment()->set_supporting(0, "bodies/court-n");
    Add(other);
    Approved(below.name(), "-n");
    SetDay("2024-03-20");
    ASSERT_THAT(Fulfil(late), IsOk());
    ASSERT_THAT(Confirm(late), IsOk());
  }

  v1::ListCommitmentsRequest Request(const std::string& filter = "", const std::string& order = "",
                                     bool subtree = true) {
    v1::ListCommitmentsRequest request;
    request.set_unit("units/2");
    request.set_include_subtree(subtree);
    request.set_filter(filter);
    request.set_order_by(order);
    return request;
  }

  // Titles of all pages, `size` on each.
  std::vector<std::string> Titles(v1::ListCommitmentsRequest request, int size = 0,
                                  const std::string& caller = "members/city") {
    std::vector<std::string> titles;
    request.set_page_size(size);
    for (int pages = 0; pages < 20; ++pages) {
      const auto page = Call(&Stub::ListCommitments, request, caller);
      EXPECT_THAT(page, IsOk());
      if (!page.ok()) return titles;
      for (const v1::Commitment& commitment : page->commitments()) {
        titles.push_back(commitment.title());
      }
      if (page->next_page_token().empty()) return titles;
      request.set_page_token(page->next_page_token());
    }
    ADD_FAILURE() << "the list does not end";
    return titles;
  }

  // The same server over a store that walks the whole list in steps of two rows.
  void Walk() {
    store_ =
        NewMysqlPlanStore(pool_.get(), {.max_listed_units = 0, .max_rows_read = 2, .walk_step = 2});
    parts_.store = store_.get();
    server_ = std::make_unique<testing::TestServer>([&](rpc::Server::Builder& builder) {
      builder.set_permission_checker(
          std::make_shared<access::SnapshotPermissions>(snapshots_.get()));
      AddPlanHandlers(parts_, builder);
    });
    stub_ = v1::PlansService::NewStub(server_->channel());
  }

  void ExpectOrders() {
    EXPECT_THAT(Titles(Request()), ElementsAre("Ninh Kiều", "Điện Biên", "Đối thoại", "An sinh"));
    EXPECT_THAT(Titles(Request("", "next_due_date desc"), 1),
                ElementsAre("An sinh", "Đối thoại", "Điện Biên", "Ninh Kiều"));
    // By the alphabet.
    EXPECT_THAT(Titles(Request("", "title"), 2),
                ElementsAre("An sinh", "Điện Biên", "Đối thoại", "Ninh Kiều"));
    EXPECT_THAT(Titles(Request("", "title desc"), 3),
                ElementsAre("Ninh Kiều", "Đối thoại", "Điện Biên", "An sinh"));
    EXPECT_THAT(Titles(Request("", "", false), 2),
                ElementsAre("Điện Biên", "Đối thoại", "An sinh"));
    EXPECT_THAT(Titles(Request("title:\"dien bien\"")), ElementsAre("Điện Biên"));
  }
};

TEST_F(ListsTest, OrdersAndPagesAreWholeWithoutRepeats) {
  ExpectOrders();
  std::vector<std::string> by_time = Titles(Request("", "create_time"), 2);
  EXPECT_EQ(by_time.size(), 4);
}

TEST_F(ListsTest, AWalkOverAllShowsTheSame) {
  Walk();
  ExpectOrders();
}

TEST_F(ListsTest, FiltersFindByEveryField) {
  const auto found = [&](const std::string& filter) { return Titles(Request(filter, "title")); };
  EXPECT_THAT(found("doi thoai"), ElementsAre("Đối thoại"));
  EXPECT_THAT(found("description:\"ho ngheo\""), ElementsAre("An sinh"));
  EXPECT_THAT(found("area = DUTIES"), ElementsAre("Đối thoại"));
  EXPECT_THAT(found("lead = \"bodies/court\""), ElementsAre("Đối thoại"));
  EXPECT_THAT(found("supporting = \"bodies/court-n\""), ElementsAre("Ninh Kiều"));
  EXPECT_THAT(found("supporting = \"bodies/court\""), IsEmpty());
  EXPECT_THAT(found("body = \"bodies/court\""), ElementsAre("Đối thoại"));
  EXPECT_THAT(found("body = \"bodies/council\""), ElementsAre("An sinh", "Điện Biên", "Đối thoại"));
  EXPECT_THAT(found("state = CONFIRMED"), ElementsAre("An sinh"));
  EXPECT_THAT(found("late = true"), ElementsAre("An sinh"));
  EXPECT_THAT(found("next_due_date <= \"2024-04-01\""), ElementsAre("Điện Biên", "Ninh Kiều"));
  EXPECT_THAT(found("next_due_date >= \"2024-04-01\""), ElementsAre("Điện Biên", "Đối thoại"));
  EXPECT_THAT(found("agreement = \"agreements/n1\""), ElementsAre("Ninh Kiều"));
  EXPECT_THAT(found("year = 2023"), IsEmpty());
  EXPECT_THAT(found("year = 2024 AND NOT state = ACTIVE"), ElementsAre("An sinh"));
}

TEST_F(ListsTest, WhatIsNotKnownIsRefused) {
  const auto field = [&](const v1::ListCommitmentsRequest& request) {
    return ViolatedFields(Call(&Stub::ListCommitments, request).status());
  };
  EXPECT_THAT(field(Request("colour = 1")), ElementsAre("filter"));
  EXPECT_THAT(field(Request("", "description")), ElementsAre("order_by"));
  EXPECT_THAT(field(Request("", "title, next_due_date")), ElementsAre("order_by"));
  v1::ListCommitmentsRequest request = Request();
  request.set_page_size(1);
  const auto page = Call(&Stub::ListCommitments, request);
  ASSERT_THAT(page, IsOk());
  request.set_page_token(page->next_page_token());
  request.set_filter("state = ACTIVE");
  EXPECT_THAT(field(request), ElementsAre("page_token"));
  request.set_unit("units/4711");
  EXPECT_THAT(Call(&Stub::ListCommitments, Request(), "members/district"),
              StatusIs(StatusCode::kNotFound));
}

TEST_F(ListsTest, EverybodySeesTheirOwnUnits) {
  v1::ListCommitmentsRequest request = Request();
  request.set_unit("units/20");
  EXPECT_THAT(Titles(request, 0, "members/district"), ElementsAre("Ninh Kiều"));
  EXPECT_THAT(Titles(Request(), 0, "members/viewer").size(), 4);
}

TEST_F(ListsTest, PlansAndEventsAreListedToo) {
  NewPlan(2023);
  v1::ListPlansRequest plans;
  plans.set_unit("units/2");
  plans.set_include_subtree(true);
  plans.set_page_size(2);
  const auto first = Call(&Stub::ListPlans, plans);
  ASSERT_THAT(first, IsOk());
  ASSERT_EQ(first->plans_size(), 2);
  EXPECT_EQ(first->plans(0).year(), 2024);
  EXPECT_EQ(first->plans(0).approvals_size(), 3);
  plans.set_page_token(first->next_page_token());
  const auto second = Call(&Stub::ListPlans, plans);
  ASSERT_THAT(second, IsOk());
  ASSERT_EQ(second->plans_size(), 1);
  EXPECT_EQ(second->plans(0).year(), 2023);
  plans.clear_page_token();
  plans.set_filter("state = DRAFT AND title:\"ke hoach\"");
  EXPECT_EQ(Call(&Stub::ListPlans, plans)->plans_size(), 1);

  NewEvent(EventRequest("2024-07-10"));
  v1::CreateEventRequest meeting = EventRequest("2024-12-05");
  meeting.mutable_event()->set_kind("VOTER_MEETING");
  meeting.mutable_event()->set_title("Tiếp xúc cử tri");
  NewEvent(meeting);
  v1::ListEventsRequest events;
  events.set_unit("units/2");
  const auto all = Call(&Stub::ListEvents, events);
  ASSERT_THAT(all, IsOk());
  ASSERT_EQ(all->events_size(), 2);
  EXPECT_EQ(all->events(0).title(), "Tiếp xúc cử tri");
  events.set_filter("tiep xuc AND date > \"2024-12-01\"");
  EXPECT_EQ(Call(&Stub::ListEvents, events)->events_size(), 1);
  events.set_filter("kind = \"COUNCIL_SESSION\"");
  EXPECT_EQ(Call(&Stub::ListEvents, events)->events(0).date(), "2024-07-10");
}

}  // namespace
}  // namespace phoihop::agreements::plans
