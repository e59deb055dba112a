// DutiesService beside PlansService on a real database, see plans/testing_plans.h.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_DUTIES_TESTING_DUTIES_H_
#define PHOIHOP_SERVICES_AGREEMENTS_DUTIES_TESTING_DUTIES_H_

#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "phoihop/agreements/v1/duties.grpc.pb.h"
#include "services/agreements/duties/duty_events.h"
#include "services/agreements/duties/duty_figures.h"
#include "services/agreements/duties/handlers.h"
#include "services/agreements/plans/testing_plans.h"

namespace phoihop::agreements::duties {

// Agreement, members and calendar are those of PlansTest; it is Monday, 2024-01-08.
class DutiesTest : public plans::PlansTest {
 protected:
  using DutyStub = v1::DutiesService::Stub;

  void SetUp() override;

  // One call of DutiesService in somebody's name.
  template <class Base, class Req, class Res>
  absl::StatusOr<Res> Do(grpc::Status (Base::*method)(grpc::ClientContext*, const Req&, Res*),
                         const std::type_identity_t<Req>& request,
                         const std::string& caller = "members/city") {
    return rpc::Call(*duty_stub_, method, request, testing::As(caller));
  }

  // Good requests; tests spoil them. The court tells council and party its schedule on the sixth
  // working day of each month from January to June 2024: 9/1, 15/2 (after Tết), 8/3, 8/4,
  // 8/5, 10/6.
  static v1::CreateDutyRequest ScheduleRequest(const std::string& agreement = "agreements/a1",
                                               const std::string& suffix = "");
  // The council tells the others its resolutions five working days after each session.
  static v1::CreateDutyRequest ResolutionsRequest();
  static v1::CreateDeliveryRequest DeliveryRequest(const std::string& duty, int occurrence = 0,
                                                   const std::string& day = "");
  // The council asks the court for an answer within five working days.
  static v1::CreateInformationRequestRequest QuestionRequest(const std::string& day = "");

  // These end the test with a failure when they are refused.
  v1::InformationDuty NewDuty(const v1::CreateDutyRequest& request);
  v1::InformationDelivery Deliver(const v1::CreateDeliveryRequest& request);
  v1::InformationRequest NewQuestion(const v1::CreateInformationRequestRequest& request);
  v1::InformationDuty Duty(const std::string& name);
  v1::InformationDelivery Delivery(const std::string& name);
  v1::InformationRequest Question(const std::string& name);
  // "number due state" of a duty's occurrences.
  std::vector<std::string> OccurrencesOf(const std::string& duty);

  std::unique_ptr<DutyStore> duty_store_;
  std::unique_ptr<DutyFigures> figures_;
  DutyParts duty_parts_;
  DutyEvents duty_events_{&duty_parts_};
  std::unique_ptr<testing::TestServer> duty_server_;
  std::unique_ptr<DutyStub> duty_stub_;
};

}  // namespace phoihop::agreements::duties

#endif  // PHOIHOP_SERVICES_AGREEMENTS_DUTIES_TESTING_DUTIES_H_
