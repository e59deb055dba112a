// ReviewsService for tests, with counts of plans and duties that they set.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_REVIEWS_TESTING_REVIEWS_H_
#define PHOIHOP_SERVICES_AGREEMENTS_REVIEWS_TESTING_REVIEWS_H_

#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "common/access/testing_tree.h"
#include "common/rpc/client.h"
#include "common/testing/rpc.h"
#include "gtest/gtest.h"
#include "phoihop/agreements/v1/reviews.grpc.pb.h"
#include "services/agreements/reviews/handlers.h"
#include "services/agreements/testing/room.h"

namespace phoihop::agreements::reviews {

// Counts what a test says, and remembers the interval asked for.
class FakeFigures : public CommitmentFigures, public DutyFigures {
 public:
  absl::StatusOr<std::vector<CommitmentCount>> Count(const std::string&, const DayInterval&,
                                                     absl::Time) override {
    return commitments;
  }
  absl::StatusOr<std::vector<CommitmentCount>> Count(ledger::Transaction&,
                                                     const std::string& agreement,
                                                     const DayInterval& interval) override {
    asked = agreement + " " + FormatDay(interval.first) + " " + FormatDay(interval.last);
    return commitments;
  }
  absl::StatusOr<std::vector<DeliveryCount>> Deliveries(const std::string&, const DayInterval&,
                                                        absl::Time) override {
    return deliveries;
  }
  absl::StatusOr<std::vector<DeliveryCount>> Deliveries(ledger::Transaction&, const std::string&,
                                                        const DayInterval&) override {
    return deliveries;
  }
  absl::StatusOr<std::vector<RequestCount>> Requests(const std::string&, const DayInterval&,
                                                     absl::CivilDay, absl::Time) override {
    return requests;
  }
  absl::StatusOr<std::vector<RequestCount>> Requests(ledger::Transaction&, const std::string&,
                                                     const DayInterval&) override {
    return requests;
  }

  std::vector<CommitmentCount> commitments;
  std::vector<DeliveryCount> deliveries;
  std::vector<RequestCount> requests;
  std::string asked;
};

// A server of ReviewsService with a client, and good requests.
class ReviewsTest : public RoomTest {
 protected:
  using Stub = v1::ReviewsService::Stub;

  void SetUp() override;

  // One call in somebody's name.
  template <class Base, class Req, class Res>
  absl::StatusOr<Res> Call(grpc::Status (Base::*method)(grpc::ClientContext*, const Req&, Res*),
                           const std::type_identity_t<Req>& request,
                           const std::string& caller = "members/city") {
    return rpc::Call(*stub_, method, request, testing::As(caller));
  }

  // Good requests; tests spoil them.
  static v1::CreateVisitRequest VisitRequest(const std::string& day = "2023-06-01");
  static v1::CreateReviewRequest ReviewRequest(const std::string& first = "2021-01-01",
                                               const std::string& last = "2023-12-31");
  static v1::CreateEvaluationRequest EvaluationRequest(const std::string& first = "2023-01-01",
                                                       const std::string& last = "2023-12-31");

  // These end the test with a failure when they are refused.
  v1::SupervisionVisit NewVisit(const v1::CreateVisitRequest& request);
  v1::Review NewDraft(const v1::CreateReviewRequest& request);
  v1::Review Approved(const std::string& review);
  // The council follows up finding 2 of an approved review by a day.
  absl::StatusOr<v1::Review> FollowUp(const std::string& review, const std::string& due,
                                      const std::string& caller = "members/city");
  absl::StatusOr<v1::Review> Complete(const std::string& review, int number = 1,
                                      const std::string& body = "council",
                                      const std::string& caller = "members/city");
  absl::StatusOr<v1::Review> Get(const std::string& review,
                                 const std::string& caller = "members/city");

  // "COVERAGE DISTRICT 1/2 50,0%", "VISITS 3".
  static std::vector<std::string> FiguresOf(const v1::Review& review);
  // An approved plan of `a1` for 2024, without commitments; gives its id.
  std::string ApprovedPlan();

  FakeFigures figures_;
  std::unique_ptr<ReviewStore> store_;
  std::unique_ptr<plans::PlanStore> plan_store_;
  plans::PlanParts plan_parts_;
  std::unique_ptr<testing::TestServer> server_;
  std::unique_ptr<Stub> stub_;
};

}  // namespace phoihop::agreements::reviews

#endif  // PHOIHOP_SERVICES_AGREEMENTS_REVIEWS_TESTING_REVIEWS_H_
