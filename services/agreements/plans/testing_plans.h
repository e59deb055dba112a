// PlansService on a real database, with a clock that stands still, a fixed snapshot of tree,
// grants and working days, and agreements that a test puts there.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_PLANS_TESTING_PLANS_H_
#define PHOIHOP_SERVICES_AGREEMENTS_PLANS_TESTING_PLANS_H_

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <type_traits>
#include <utility>
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
#include "phoihop/agreements/v1/plans.grpc.pb.h"
#include "services/agreements/plans/handlers.h"

namespace phoihop::agreements::plans {

// Knows the bodies of a test.
class FakeBodies : public BodyCatalog {
 public:
  absl::StatusOr<Bodies> Find(const std::vector<std::string>& ids,
                              absl::Time deadline) const override;

  Bodies known;
  bool reachable = true;
};

// Knows the files of a test.
class FakeFiles : public AttachmentCatalog {
 public:
  absl::StatusOr<bool> Holds(ledger::Transaction&, std::string_view sha256, int64_t) override {
    return known.contains(std::string(sha256));
  }
  absl::Status SetLinks(ledger::Transaction&, const AttachmentReference& reference,
                        absl::Span<const std::string> digests, std::string_view) override {
    linked.insert(reference.resource);
    return absl::OkStatus();
  }

  std::set<std::string> known;
  std::set<std::string> linked;
};

// It is Monday, 2024-01-08, in Can Tho, with the working days of 2024 to 2027. The agreements
// `a1` of old Can Tho (its parties: party, council, court) and `n1` of Ninh Kieu (the same with
// -n) are in force from 2021-01-01 to 2025-06-30; `draft` of old Can Tho is a draft. Members:
//   city     leader of old Can Tho          officer  officer of old Can Tho
//   deputy   leader of old Can Tho, who confirms what others report
//   council  leader of old Can Tho for the body `council` alone
//   district leader of Ninh Kieu            viewer   viewer of old Can Tho
class PlansTest : public ::testing::Test {
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
  absl::StatusOr<v1::AnnualPlan> ApproveBy(const std::string& plan, const std::string& party,
                                           const std::string& caller = "members/city");
  // Submits and approves by all parties, today.
  v1::AnnualPlan Approved(const std::string& plan, const std::string& suffix = "");
  v1::Commitment Get(const std::string& commitment);
  std::vector<v1::CommitmentOccurrence> Occurrences(const std::string& commitment);
  absl::StatusOr<v1::CommitmentOccurrence> Fulfil(const std::string& commitment, int number = 0,
                                                  const std::string& caller = "members/city");
  absl::StatusOr<v1::CommitmentOccurrence> Confirm(const std::string& commitment, int number = 0,
                                                   const std::string& body = "council",
                                                   const std::string& caller = "members/deputy");

  // "kind body due state" of the obligations whose key begins so, in order of key; the state
  // is open, done, late or withdrawn.
  std::vector<std::string> Owed(const std::string& key);
  // "kind body" of the notices, in order of making.
  std::vector<std::string> Told();
  // Runs a command beside the service.
  void Commit(const std::function<absl::Status(ledger::Transaction&)>& run);
  // Today, from now on.
  void SetDay(const std::string& day);

  FakeClock clock_;
  FakeBodies bodies_;
  FakeFiles files_;
  std::unique_ptr<mysql::Pool> pool_;
  std::unique_ptr<AgreementStore> agreements_;
  std::unique_ptr<PlanStore> store_;
  std::unique_ptr<EventStore> events_;
  std::unique_ptr<ObligationBook> book_;
  std::unique_ptr<ledger::Writer> writer_;
  std::unique_ptr<access::StaticSnapshot> snapshots_;
  PageTokens page_tokens_{std::string(PageTokens::kKeySize, 'k')};
  PlanParts parts_;
  std::unique_ptr<testing::TestServer> server_;
  std::unique_ptr<Stub> stub_;

 private:
  void PutAgreement(const std::string& id, int64_t unit, State state, const std::string& suffix);
};

}  // namespace phoihop::agreements::plans

#endif  // PHOIHOP_SERVICES_AGREEMENTS_PLANS_TESTING_PLANS_H_
