// Deliveries through the service, and the figures that reviews read.
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "services/agreements/duties/testing_duties.h"

namespace phoihop::agreements::duties {
namespace {

using absl::StatusCode;
using ::phoihop::testing::IsOk;
using ::phoihop::testing::StatusIs;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

constexpr char kUuid[] = "7f2c1a9e-4b1d-4a53-9f0e-2d6b8c1e0a11";

class DeliveryTest : public DutiesTest {
 protected:
  void SetUp() override {
    DutiesTest::SetUp();
    duty_ = NewDuty(ScheduleRequest()).name();
    // The day on which work goes on after Tết is the 15th, when the second one is due.
    SetDay("2024-02-19");
  }

  absl::StatusOr<v1::InformationDelivery> Withdraw(const std::string& name,
                                                   const std::string& caller = "members/city") {
    v1::WithdrawDeliveryRequest request;
    request.set_name(name);
    request.set_reason("Gửi nhầm kỳ");
    return Do(&DutyStub::WithdrawDelivery, request, caller);
  }

  absl::StatusOr<v1::InformationDelivery> Acknowledge(
      const std::string& name, const std::string& body,
      const std::string& caller = "members/deputy") {
    v1::AcknowledgeDeliveryRequest request;
    request.set_name(name);
    request.set_body("bodies/" + body);
    return Do(&DutyStub::AcknowledgeDelivery, request, caller);
  }

  static v1::CorrectDeliveryRequest Correction(const std::string& name) {
    v1::CorrectDeliveryRequest request;
    request.set_name(name);
    request.mutable_delivery()->set_document_number("12a/LX-TA");
    request.mutable_delivery()->set_note("Bổ sung vụ án số 5");
    request.set_reason("Thiếu một vụ án");
    return request;
  }

  std::string duty_;
};

TEST_F(DeliveryTest, OnTimeOrLateByTheDueDayOfThatDay) {
  const v1::InformationDelivery first = Deliver(DeliveryRequest(duty_, 1, "2024-01-09"));
  EXPECT_FALSE(first.late());
  EXPECT_EQ(first.due().date(), "2024-01-09");
  EXPECT_EQ(first.from_body(), "bodies/court");
  EXPECT_THAT(first.to_bodies(), ElementsAre("bodies/council", "bodies/party"));
  EXPECT_EQ(first.recorded_by(), "members/city");
  // Without a number the one that falls due first.
  const v1::InformationDelivery second = Deliver(DeliveryRequest(duty_));
  EXPECT_EQ(second.occurrence(), 2);
  EXPECT_EQ(second.delivered_date(), "2024-02-19");
  EXPECT_TRUE(second.late());
  EXPECT_EQ(second.late_working_days(), 2);
  EXPECT_EQ(Delivery(second.name()).SerializeAsString(), second.SerializeAsString());

  EXPECT_THAT(OccurrencesOf(duty_), Contains("2 2024-02-15 DELIVERED"));
  EXPECT_THAT(Owed("deliver:"), Contains("deliver court 2024-02-15 late"));
  EXPECT_THAT(Told(),
              UnorderedElementsAre("INFORMATION_DELIVERED council", "INFORMATION_DELIVERED party",
                                   "INFORMATION_DELIVERED council", "INFORMATION_DELIVERED party"));
  const v1::InformationDuty::Figures figures = Duty(duty_).figures();
  EXPECT_EQ(figures.occurrence_count(), 6);
  EXPECT_EQ(figures.delivered_count(), 2);
  EXPECT_EQ(figures.late_count(), 1);
  EXPECT_EQ(figures.next_occurrence(), 3);
  EXPECT_EQ(figures.next_due_date(), "2024-03-08");
}

TEST_F(DeliveryTest, AMovedDueDayCountsAndIsFrozen) {
  const auto move_to = [&](absl::CivilDay day) {
    Commit([&](ledger::Transaction& tx) -> absl::Status {
      ASSIGN_OR_RETURN(auto owed, book_->OfResource(tx, duty_ + "/occurrences/2"));
      owed.at(0).due.day = day;
      return book_->Put(tx, owed);
    });
  };
  move_to(absl::CivilDay(2024, 2, 19));
  EXPECT_THAT(OccurrencesOf(duty_), Contains("2 2024-02-19 OPEN"));
  const v1::InformationDelivery delivery = Deliver(DeliveryRequest(duty_, 2));
  EXPECT_FALSE(delivery.late());
  EXPECT_EQ(delivery.due().date(), "2024-02-19");
  move_to(absl::CivilDay(2024, 2, 1));
  EXPECT_THAT(OccurrencesOf(duty_), Contains("2 2024-02-19 DELIVERED"));
}

TEST_F(DeliveryTest, BadInputNamesItsFieldAndStoresNothing) {
  const auto expect = [&](const v1::CreateDeliveryRequest& request, const char* reason,
                          const char* field) {
    const auto made = Do(&DutyStub::CreateDelivery, request);
    EXPECT_THAT(made, StatusIs(StatusCode::kInvalidArgument, reason)) << field;
    EXPECT_THAT(ViolatedFields(made.status()), ElementsAre(field)) << reason;
  };
  expect(DeliveryRequest(duty_, 2, "2024-02-20"), "DATE_IN_FUTURE", "delivery.delivered_date");
  expect(DeliveryRequest(duty_, 2, "2024-01-31"), "DATE_TOO_EARLY", "delivery.delivered_date");
  expect(DeliveryRequest(duty_, 7), "OCCURRENCE_UNKNOWN", "delivery.occurrence");
  v1::CreateDeliveryRequest request = DeliveryRequest(duty_, 2);
  request.mutable_delivery()->clear_document_number();
  request.mutable_delivery()->clear_title();
  expect(request, "DELIVERY_EMPTY", "delivery");
  request.mutable_delivery()->set_note("a\x02");
  expect(request, "INVALID_TEXT", "delivery.note");
  request.mutable_delivery()->set_note("x");
  for (int i = 0; i < 21; ++i) request.mutable_delivery()->add_attachments("attachments/a");
  expect(request, "TOO_MANY_ATTACHMENTS", "delivery.attachments");
  EXPECT_THAT(Duty(duty_).figures().delivered_count(), 0);
  EXPECT_THAT(Told(), IsEmpty());
}

TEST_F(DeliveryTest, FilesBelongToTheDelivery) {
  v1::CreateDeliveryRequest request = DeliveryRequest(duty_, 1);
  const std::string file = "attachments/" + std::string(64, 'a');
  request.mutable_delivery()->add_attachments(file);
  const v1::InformationDelivery delivery = Deliver(request);
  EXPECT_THAT(Delivery(delivery.name()).attachments(), ElementsAre(file));
  EXPECT_THAT(files_.linked, Contains(delivery.name()));
}

TEST_F(DeliveryTest, AWithdrawnOneStaysVisibleAndIsOwedAgain) {
  const v1::InformationDelivery delivery = Deliver(DeliveryRequest(duty_, 2, "2024-02-15"));
  EXPECT_FALSE(delivery.late());
  const auto withdrawn = Withdraw(delivery.name());
  ASSERT_THAT(withdrawn, IsOk());
  EXPECT_EQ(withdrawn->state(), v1::InformationDelivery::WITHDRAWN);
  EXPECT_EQ(withdrawn->withdraw_date(), "2024-02-19");
  const v1::InformationDelivery seen = Delivery(delivery.name());
  EXPECT_EQ(seen.document_number(), "12/LX-TA");
  EXPECT_EQ(seen.withdraw_reason(), "Gửi nhầm kỳ");
  EXPECT_THAT(OccurrencesOf(duty_), Contains("2 2024-02-15 OPEN"));
  EXPECT_THAT(Owed("deliver:"), Contains("deliver court 2024-02-15 open"));
  EXPECT_THAT(Told(), Contains("DELIVERY_WITHDRAWN council"));
  EXPECT_THAT(Withdraw(delivery.name()),
              StatusIs(StatusCode::kFailedPrecondition, "DELIVERY_WITHDRAWN"));
  // Anew, it is late: the due day is the one that it had.
  const v1::InformationDelivery anew = Deliver(DeliveryRequest(duty_, 2));
  EXPECT_TRUE(anew.late());
  EXPECT_EQ(anew.due().date(), "2024-02-15");
  v1::ListDutyOccurrencesRequest request;
  request.set_parent(duty_);
  const auto page = Do(&DutyStub::ListDutyOccurrences, request);
  ASSERT_THAT(page, IsOk());
  EXPECT_EQ(page->occurrences(1).withdrawal_count(), 1);
  EXPECT_EQ(page->occurrences(1).delivery(), anew.name());
}

TEST_F(DeliveryTest, ALateOneThatIsWithdrawnIsNotGivenAgainAsPunctual) {
  const v1::InformationDelivery late = Deliver(DeliveryRequest(duty_, 2, "2024-02-16"));
  ASSERT_TRUE(late.late());
  ASSERT_THAT(Withdraw(late.name()), IsOk());
  const auto early = Do(&DutyStub::CreateDelivery, DeliveryRequest(duty_, 2, "2024-02-15"));
  EXPECT_THAT(early, StatusIs(StatusCode::kInvalidArgument, "DATE_TOO_EARLY"));
  EXPECT_THAT(ViolatedFields(early.status()), ElementsAre("delivery.delivered_date"));
  EXPECT_THAT(OccurrencesOf(duty_), Contains("2 2024-02-15 OPEN"));
  const v1::InformationDelivery later = Deliver(DeliveryRequest(duty_, 2, "2024-02-19"));
  ASSERT_THAT(Withdraw(later.name()), IsOk());
  // The latest of those withdrawn counts.
  EXPECT_THAT(Do(&DutyStub::CreateDelivery, DeliveryRequest(duty_, 2, "2024-02-16")),
              StatusIs(StatusCode::kInvalidArgument, "DATE_TOO_EARLY"));
  EXPECT_TRUE(Deliver(DeliveryRequest(duty_, 2, "2024-02-19")).late());
  EXPECT_EQ(Duty(duty_).figures().late_count(), 1);
}

TEST_F(DeliveryTest, WithdrawnAfterTheDutyEndedIsNotOwedAgain) {
  SetDay("2024-03-04");
  const v1::InformationDelivery early = Deliver(DeliveryRequest(duty_, 3));
  v1::EndDutyRequest end;
  end.set_name(duty_);
  end.set_reason("Sửa quy chế");
  ASSERT_THAT(Do(&DutyStub::EndDuty, end), IsOk());
  EXPECT_THAT(OccurrencesOf(duty_), Contains("3 2024-03-08 DELIVERED"));
  ASSERT_THAT(Withdraw(early.name()), IsOk());
  EXPECT_THAT(OccurrencesOf(duty_), Contains("3 2024-03-08 CANCELLED"));
  EXPECT_THAT(Owed("deliver:"), Contains("deliver court 2024-03-08 withdrawn"));
}

TEST_F(DeliveryTest, ACorrectionTakesThePlaceAndTheOldTextStays) {
  const v1::InformationDelivery old = Deliver(DeliveryRequest(duty_, 2));
  ASSERT_THAT(Acknowledge(old.name(), "party"), IsOk());
  v1::CorrectDeliveryRequest request = Correction(old.name());
  request.set_etag(old.etag());
  EXPECT_THAT(Do(&DutyStub::CorrectDelivery, request),
              StatusIs(StatusCode::kAborted, "ETAG_MISMATCH"));
  request.clear_etag();
  request.set_request_id(kUuid);
  SetDay("2024-02-21");
  const auto corrected = Do(&DutyStub::CorrectDelivery, request);
  ASSERT_THAT(corrected, IsOk());
  EXPECT_EQ(corrected->replaces(), old.name());
  EXPECT_EQ(corrected->document_number(), "12a/LX-TA");
  EXPECT_EQ(corrected->title(), "");
  EXPECT_EQ(corrected->delivered_date(), "2024-02-19");
  EXPECT_TRUE(corrected->late());
  EXPECT_EQ(corrected->late_working_days(), 2);
  EXPECT_THAT(corrected->receipts(), IsEmpty());
  const v1::InformationDelivery before = Delivery(old.name());
  EXPECT_EQ(before.state(), v1::InformationDelivery::CORRECTED);
  EXPECT_EQ(before.replaced_by(), corrected->name());
  EXPECT_EQ(before.title(), "Lịch xét xử tháng");
  EXPECT_THAT(before.receipts(), SizeIs(1));
  EXPECT_THAT(Owed("deliver:"), Contains("deliver court 2024-02-15 late"));
  EXPECT_THAT(Told(), Contains("DELIVERY_CORRECTED party"));

  const auto repeat = Do(&DutyStub::CorrectDelivery, request);
  ASSERT_THAT(repeat, IsOk());
  EXPECT_EQ(repeat->name(), corrected->name());
  request.clear_request_id();
  EXPECT_THAT(Do(&DutyStub::CorrectDelivery, request),
              StatusIs(StatusCode::kFailedPrecondition, "DELIVERY_CORRECTED"));
  EXPECT_THAT(Acknowledge(old.name(), "council"),
              StatusIs(StatusCode::kFailedPrecondition, "DELIVERY_CORRECTED"));
  EXPECT_THAT(Withdraw(old.name()),
              StatusIs(StatusCode::kFailedPrecondition, "DELIVERY_CORRECTED"));
  EXPECT_THAT(Withdraw(corrected->name()), IsOk());
}

TEST_F(DeliveryTest, EachReceiverAcknowledgesForItself) {
  const v1::InformationDelivery delivery = Deliver(DeliveryRequest(duty_, 2));
  const auto once = Acknowledge(delivery.name(), "council", "members/council");
  ASSERT_THAT(once, IsOk());
  ASSERT_THAT(once->receipts(), SizeIs(1));
  EXPECT_EQ(once->receipts(0).body(), "bodies/council");
  EXPECT_EQ(once->receipts(0).acknowledged_by(), "members/council");
  EXPECT_THAT(Acknowledge(delivery.name(), "council"),
              StatusIs(StatusCode::kFailedPrecondition, "ALREADY_ACKNOWLEDGED"));
  EXPECT_THAT(Acknowledge(delivery.name(), "party", "members/council"),
              StatusIs(StatusCode::kPermissionDenied));
  EXPECT_THAT(Acknowledge(delivery.name(), "court"),
              StatusIs(StatusCode::kInvalidArgument, "NOT_A_RECIPIENT"));
  EXPECT_THAT(Acknowledge(delivery.name(), "party"), IsOk());
  EXPECT_THAT(Delivery(delivery.name()).receipts(), SizeIs(2));
}

TEST_F(DeliveryTest, NobodyAcknowledgesWhatTheOwnSideDelivered) {
  const v1::InformationDelivery delivery = Deliver(DeliveryRequest(duty_, 2));
  EXPECT_THAT(Acknowledge(delivery.name(), "council", "members/city"),
              StatusIs(StatusCode::kFailedPrecondition, "ACKNOWLEDGER_DELIVERED"));
  EXPECT_THAT(Acknowledge(delivery.name(), "council", "members/deputy as bodies/court"),
              StatusIs(StatusCode::kFailedPrecondition, "ACKNOWLEDGER_DELIVERED"));
  EXPECT_THAT(Delivery(delivery.name()).receipts(), IsEmpty());
  EXPECT_THAT(Acknowledge(delivery.name(), "council", "members/deputy as bodies/council"), IsOk());
}

TEST_F(DeliveryTest, OnlyTheDelivererDeliversCorrectsAndWithdraws) {
  EXPECT_THAT(Do(&DutyStub::CreateDelivery, DeliveryRequest(duty_, 2), "members/council"),
              StatusIs(StatusCode::kPermissionDenied));
  EXPECT_THAT(Do(&DutyStub::CreateDelivery, DeliveryRequest(duty_, 2), "members/district"),
              StatusIs(StatusCode::kNotFound));
  const v1::InformationDelivery delivery = Deliver(DeliveryRequest(duty_, 2));
  EXPECT_THAT(Withdraw(delivery.name(), "members/council"),
              StatusIs(StatusCode::kPermissionDenied));
  EXPECT_THAT(Do(&DutyStub::CorrectDelivery, Correction(delivery.name()), "members/council"),
              StatusIs(StatusCode::kPermissionDenied));
  EXPECT_THAT(Withdraw(delivery.name(), "members/district"), StatusIs(StatusCode::kNotFound));
  v1::GetDeliveryRequest get;
  get.set_name(delivery.name());
  EXPECT_THAT(Do(&DutyStub::GetDelivery, get, "members/district"), StatusIs(StatusCode::kNotFound));
  EXPECT_THAT(Do(&DutyStub::GetDelivery, get, "members/viewer"), IsOk());
}

TEST_F(DeliveryTest, NothingIsOwedUnderAnAgreementThatEnded) {
  Deliver(DeliveryRequest(duty_, 1));
  Commit([&](ledger::Transaction& tx) {
    return book_->EndAgreement(tx, "a1", absl::CivilDay(2024, 2, 19));
  });
  // What was overdue by then stays owed and counts; the rest is not owed.
  EXPECT_THAT(OccurrencesOf(duty_), Contains("2 2024-02-15 OPEN"));
  EXPECT_THAT(OccurrencesOf(duty_), Contains("3 2024-03-08 CANCELLED"));
  EXPECT_EQ(Duty(duty_).figures().occurrence_count(), 2);
  EXPECT_EQ(Duty(duty_).figures().next_occurrence(), 2);
  EXPECT_THAT(*figures_->Deliveries("a1", {absl::CivilDay(2024, 1, 1), absl::CivilDay(2024, 2, 18)},
                                    absl::Now() + absl::Seconds(10)),
              ElementsAre(DeliveryCount{"court", 2, 1, 0}));
  EXPECT_THAT(Do(&DutyStub::CreateDelivery, DeliveryRequest(duty_, 3)),
              StatusIs(StatusCode::kFailedPrecondition, "OCCURRENCE_NOT_OPEN"));
  EXPECT_TRUE(Deliver(DeliveryRequest(duty_, 2)).late());
  EXPECT_THAT(Do(&DutyStub::CreateDelivery, DeliveryRequest(duty_)),
              StatusIs(StatusCode::kFailedPrecondition, "NOTHING_OPEN"));
}

TEST_F(DeliveryTest, ListsByUnitFilterAndOrder) {
  const std::string first = Deliver(DeliveryRequest(duty_, 1, "2024-01-09")).name();
  clock_.Advance(absl::Minutes(1));
  const std::string second = Deliver(DeliveryRequest(duty_, 2)).name();
  clock_.Advance(absl::Minutes(1));
  const auto third = Do(&DutyStub::CorrectDelivery, Correction(first));
  ASSERT_THAT(third, IsOk());
  const auto list = [&](const std::string& filter, const std::string& order_by = "") {
    v1::ListDeliveriesRequest request;
    request.set_unit("units/2");
    request.set_filter(filter);
    request.set_order_by(order_by);
    request.set_page_size(2);
    std::vector<std::string> names;
    do {
      const auto page = Do(&DutyStub::ListDeliveries, request);
      EXPECT_THAT(page, IsOk()) << filter;
      if (!page.ok()) break;
      for (const v1::InformationDelivery& found : page->deliveries()) {
        names.push_back(found.name());
      }
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return names;
  };
  EXPECT_THAT(list(""), ElementsAre(second, third->name(), first));
  EXPECT_THAT(list("", "create_time"), ElementsAre(first, second, third->name()));
  EXPECT_THAT(list("late = true"), ElementsAre(second));
  EXPECT_THAT(list("state = CORRECTED"), ElementsAre(first));
  EXPECT_THAT(list("bo sung vu an"), ElementsAre(third->name()));
  EXPECT_THAT(list("body = bodies/party AND due_date >= 2024-02-01"), ElementsAre(second));
  EXPECT_THAT(list("document_number = \"12/*\" AND duty = " + duty_), ElementsAre(second, first));
}

TEST_F(DeliveryTest, FiguresCountWhatFellDueInAnInterval) {
  Deliver(DeliveryRequest(duty_, 1, "2024-01-09"));
  Deliver(DeliveryRequest(duty_, 2));
  const v1::InformationDelivery third = Deliver([&] {
    SetDay("2024-03-08");
    return DeliveryRequest(duty_, 3);
  }());
  const auto count = [&](absl::CivilDay first, absl::CivilDay last) {
    return *figures_->Deliveries("a1", {first, last}, absl::Now() + absl::Seconds(10));
  };
  EXPECT_THAT(count(absl::CivilDay(2024, 1, 1), absl::CivilDay(2024, 4, 30)),
              ElementsAre(DeliveryCount{"court", 4, 3, 2}));
  EXPECT_THAT(count(absl::CivilDay(2024, 2, 1), absl::CivilDay(2024, 2, 29)),
              ElementsAre(DeliveryCount{"court", 1, 1, 0}));
  EXPECT_THAT(count(absl::CivilDay(2023, 1, 1), absl::CivilDay(2023, 12, 31)), IsEmpty());
  ASSERT_THAT(Withdraw(third.name()), IsOk());
  EXPECT_THAT(count(absl::CivilDay(2024, 1, 1), absl::CivilDay(2024, 4, 30)),
              ElementsAre(DeliveryCount{"court", 4, 2, 1}));
}

}  // namespace
}  // namespace phoihop::agreements::duties
