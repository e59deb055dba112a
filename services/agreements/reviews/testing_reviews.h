// ReviewsService on a real database, with a clock that stands still, a fixed snapshot of tree
// and grants, agreements that a test puts there, and counts of plans and duties that it sets.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_REVIEWS_TESTING_REVIEWS_H_
#define PHOIHOP_SERVICES_AGREEMENTS_REVIEWS_TESTING_REVIEWS_H_

#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "common/access/snapshot.h"
#include "common/access/testing_tree.h"
#include "common/ledger/writer.h"
#include "common/mysql/pool.h"
#include "common/paging/paging.h"
#include "common/rpc/client.h"
#include "common/testing/rpc.h"
#include "common/time/clock.h"
#include "gtest/gtest.h"
#include "phoihop/agreements/v1/reviews.grpc.pb.h"
#include "services/agreements/reviews/handlers.h"

namespace phoihop::agreements::reviews {

// Knows the bodies of a test.
class FakeBodies : public BodyCatalog {
 public:
  absl::StatusOr<Bodies> Find(const std::vector<std::string>& ids,
                              absl::Time deadline) const override;

  Bodies known;
  bool reachable = true;
};

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

// It is Monday, 2024-01-08, in Can Tho. The programme `a1` of old Can Tho (its parties: party,
// council, court) is in force from 2021-01-01 to 2025-06-30, and `n1` of Ninh Kieu, which carries
// it out, from 2021-05-04; `draft` of old Can Tho is a draft. Members:
//   city     leader of old Can Tho          officer  officer of old Can Tho
//   council  leader of old Can Tho for the body `council` alone
//   district leader of Ninh Kieu            viewer   viewer of old Can Tho
class ReviewsTest : public ::testing::Test {
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
  // "kind body due state" of the obligations in order of key; the state is open, done, late or
  // withdrawn.
  std::vector<std::string> Owed();
  // Runs a statement as a command.
  void Execute(const std::string& sql);
  // An approved plan of `a1` for 2024, without commitments; gives its id.
  std::string ApprovedPlan();
  // Today, from now on.
  void SetDay(const std::string& day);

  FakeClock clock_;
  FakeBodies bodies_;
  FakeFigures figures_;
  std::unique_ptr<mysql::Pool> pool_;
  std::unique_ptr<AgreementStore> agreements_;
  std::unique_ptr<ReviewStore> store_;
  std::unique_ptr<plans::PlanStore> plan_store_;
  std::unique_ptr<EventStore> events_;
  plans::PlanParts plan_parts_;
  std::unique_ptr<ObligationBook> book_;
  std::unique_ptr<ledger::Writer> writer_;
  std::unique_ptr<access::StaticSnapshot> snapshots_;
  PageTokens page_tokens_{std::string(PageTokens::kKeySize, 'k')};
  std::unique_ptr<testing::TestServer> server_;
  std::unique_ptr<Stub> stub_;

 private:
  void PutAgreement(const std::string& id, int64_t unit, const std::string& in_force_from,
                    const std::string& parent, const std::string& suffix);
};

}  // namespace phoihop::agreements::reviews

#endif  // PHOIHOP_SERVICES_AGREEMENTS_REVIEWS_TESTING_REVIEWS_H_
