// PlansService for tests.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_PLANS_TESTING_PLANS_H_
#define PHOIHOP_SERVICES_AGREEMENTS_PLANS_TESTING_PLANS_H_

#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "common/access/testing_tree.h"
#include "common/rpc/client.h"
#include "common/testing/rpc.h"
#include "gtest/gtest.h"
#include "phoihop/agreements/v1/plans.grpc.pb.h"
#include "services/agreements/plans/handlers.h"
#include "services/agreements/testing/room.h"

namespace phoihop::agreements::plans {

// A server of PlansService with a client, and good requests.
class PlansTest : public RoomTest {
 protected:
  using Stub = v1::PlansService::Stub;

  void SetUp() override;

  // One call in somebody's name.
  template <class Base, class Req, class Res>
  absl::StatusOr<Res> Call(grpc::Status (Base::*method)(grpc::ClientContext*, const Req&, Res*),
                           const std::type_identity_t<Req>& request,
                           const std::string& caller = "members/city") {
    return rpc::Call(*stub_, method, request, testing::As(caller));
  }

  // Good requests; tests spoil them.
  static v1::CreatePlanRequest PlanRequest(int year = 2024,
                                           const std::string& agreement = "agreements/a1");
  // Led by `party`, supported by `council`, due on a day.
  static v1::CreateCommitmentRequest CommitmentRequest(const std::string& plan,
                                                       const std::string& day = "2024-03-15");
  static v1::CreateEventRequest EventRequest(const std::string& day = "2024-07-10",
                                             int64_t unit = access::kOldCanTho);

  // These end the test with a failure when they are refused.
  v1::AnnualPlan NewPlan(int year = 2024, const std::string& agreement = "agreements/a1");
  v1::Commitment Add(const v1::CreateCommitmentRequest& request);
  v1::Event NewEvent(const v1::CreateEventRequest& request);
  v1::AnnualPlan Submit(const std::string& plan);
  // Each party by a member of its own where none is named.
  absl::StatusOr<v1::AnnualPlan> ApproveBy(const std::string& plan, const std::string& party,
                                           const std::string& caller = "");
  // Submits and approves by all parties, today.
  v1::AnnualPlan Approved(const std::string& plan, const std::string& suffix = "");
  v1::Commitment Get(const std::string& commitment);
  std::vector<v1::CommitmentOccurrence> Occurrences(const std::string& commitment);
  absl::StatusOr<v1::CommitmentOccurrence> Fulfil(const std::string& commitment, int number = 0,
                                                  const std::string& caller = "members/city");
  // A commitment of an approved plan of 2024, due on a day.
  std::string Active(const std::string& day = "2024-03-15");
  absl::StatusOr<v1::CommitmentOccurrence> Refuse(const std::string& commitment, int number = 0,
                                                  const std::string& body = "council",
                                                  const std::string& caller = "members/deputy");
  absl::StatusOr<v1::CommitmentOccurrence> Confirm(const std::string& commitment, int number = 0,
                                                   const std::string& body = "council",
                                                   const std::string& caller = "members/deputy");

  std::unique_ptr<PlanStore> store_;
  PlanParts parts_;
  std::unique_ptr<testing::TestServer> server_;
  std::unique_ptr<Stub> stub_;
};

}  // namespace phoihop::agreements::plans

#endif  // PHOIHOP_SERVICES_AGREEMENTS_PLANS_TESTING_PLANS_H_
