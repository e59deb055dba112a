#include "services/agreements/duties/testing_duties.h"

#include "absl/strings/str_cat.h"
#include "common/testing/status_matchers.h"

namespace phoihop::agreements::duties {

using ::phoihop::testing::IsOk;

void DutiesTest::SetUp() {
  parts_.listeners = {&duty_events_};
  PlansTest::SetUp();
  duty_store_ = NewMysqlDutyStore(pool_.get());
  figures_ = NewMysqlDutyFigures(pool_.get());
  duty_parts_ = {duty_store_.get(), events_.get(),    agreements_.get(), book_.get(),  &files_,
                 writer_.get(),     snapshots_.get(), &bodies_,          &page_tokens_};
  duty_server_ =
      Serve([&](rpc::Server::Builder& builder) { AddDutyHandlers(duty_parts_, builder); });
  ASSERT_NE(duty_server_, nullptr);
  duty_stub_ = v1::DutiesService::NewStub(duty_server_->channel());
}

v1::CreateDutyRequest DutiesTest::ScheduleRequest(const std::string& agreement,
                                                  const std::string& suffix) {
  v1::CreateDutyRequest request;
  v1::InformationDuty& duty = *request.mutable_duty();
  duty.set_agreement(agreement);
  duty.set_from_body(absl::StrCat("bodies/court", suffix));
  duty.add_to_bodies(absl::StrCat("bodies/council", suffix));
  duty.add_to_bodies(absl::StrCat("bodies/party", suffix));
  duty.set_kind(v1::InformationDuty::COURT_SCHEDULE);
  duty.set_title("Lịch xét xử các vụ án dư luận quan tâm");
  duty.set_area(v1::Agreement::DUTIES);
  duty.mutable_rhythm()->set_kind(v1::Rhythm::MONTHLY);
  duty.mutable_rhythm()->set_working_day(6);
  duty.set_start_date("2024-01-01");
  duty.set_end_date("2024-06-30");
  return request;
}

v1::CreateDutyRequest DutiesTest::ResolutionsRequest() {
  v1::CreateDutyRequest request;
  v1::InformationDuty& duty = *request.mutable_duty();
  duty.set_agreement("agreements/a1");
  duty.set_from_body("bodies/council");
  duty.add_to_bodies("bodies/party");
  duty.set_kind(v1::InformationDuty::COUNCIL_RESOLUTIONS);
  duty.set_title("Nghị quyết kỳ họp");
  duty.mutable_rhythm()->set_kind(v1::Rhythm::AFTER_EVENT);
  duty.mutable_rhythm()->set_event("COUNCIL_SESSION");
  duty.mutable_rhythm()->set_working_days(5);
  duty.set_start_date("2024-01-01");
  duty.set_end_date("2024-12-31");
  return request;
}

v1::CreateDeliveryRequest DutiesTest::DeliveryRequest(const std::string& duty, int occurrence,
                                                      const std::string& day) {
  v1::CreateDeliveryRequest request;
  v1::InformationDelivery& delivery = *request.mutable_delivery();
  delivery.set_duty(duty);
  delivery.set_occurrence(occurrence);
  delivery.set_document_number("12/LX-TA");
  delivery.set_title("Lịch xét xử tháng");
  delivery.set_delivered_date(day);
  return request;
}

v1::CreateInformationRequestRequest DutiesTest::QuestionRequest(const std::string& day) {
  v1::CreateInformationRequestRequest request;
  v1::InformationRequest& question = *request.mutable_information_request();
  question.set_agreement("agreements/a1");
  question.set_from_body("bodies/council");
  question.set_to_body("bodies/court");
  question.set_subject("Kết quả thi hành án hành chính ở Điện Biên");
  question.set_legal_basis("Điều 5 Quy chế phối hợp");
  question.set_working_days(5);
  question.set_request_date(day);
  return request;
}

v1::InformationDuty DutiesTest::NewDuty(const v1::CreateDutyRequest& request) {
  const auto duty = Do(&DutyStub::CreateDuty, request);
  EXPECT_THAT(duty, IsOk());
  return duty.value_or(v1::InformationDuty());
}

v1::InformationDelivery DutiesTest::Deliver(const v1::CreateDeliveryRequest& request) {
  const auto delivery = Do(&DutyStub::CreateDelivery, request);
  EXPECT_THAT(delivery, IsOk());
  return delivery.value_or(v1::InformationDelivery());
}

v1::InformationRequest DutiesTest::NewQuestion(const v1::CreateInformationRequestRequest& request) {
  const auto question = Do(&DutyStub::CreateInformationRequest, request);
  EXPECT_THAT(question, IsOk());
  return question.value_or(v1::InformationRequest());
}

v1::InformationDuty DutiesTest::Duty(const std::string& name) {
  v1::GetDutyRequest request;
  request.set_name(name);
  const auto got = Do(&DutyStub::GetDuty, request);
  EXPECT_THAT(got, IsOk());
  return got.value_or(v1::InformationDuty());
}

v1::InformationDelivery DutiesTest::Delivery(const std::string& name) {
  v1::GetDeliveryRequest request;
  request.set_name(name);
  const auto got = Do(&DutyStub::GetDelivery, request);
  EXPECT_THAT(got, IsOk());
  return got.value_or(v1::InformationDelivery());
}

v1::InformationRequest DutiesTest::Question(const std::string& name) {
  v1::GetInformationRequestRequest request;
  request.set_name(name);
  const auto got = Do(&DutyStub::GetInformationRequest, request);
  EXPECT_THAT(got, IsOk());
  return got.value_or(v1::InformationRequest());
}

std::vector<std::string> DutiesTest::OccurrencesOf(const std::string& duty) {
  v1::ListDutyOccurrencesRequest request;
  request.set_parent(duty);
  const auto page = Do(&DutyStub::ListDutyOccurrences, request);
  EXPECT_THAT(page, IsOk());
  std::vector<std::string> rows;
  if (!page.ok()) return rows;
  for (const v1::DutyOccurrence& occurrence : page->occurrences()) {
    rows.push_back(absl::StrCat(occurrence.number(), " ", occurrence.due().date(), " ",
                                v1::DutyOccurrence::State_Name(occurrence.state())));
  }
  return rows;
}

}  // namespace phoihop::agreements::duties
