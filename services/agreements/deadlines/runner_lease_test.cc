// Of several replicas the one that holds the lease works, and one that has lost it writes nothing.
#include <memory>
#include <string>

#include "absl/time/clock.h"
#include "common/lease/holder.h"
#include "services/agreements/deadlines/testing_runner.h"

namespace phoihop::agreements {
namespace {

using ::phoihop::testing::IsOk;
using ::phoihop::testing::StatusIs;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class RunnerLeaseTest : public RunnerTest {
 protected:
  std::unique_ptr<lease::Holder> NewHolder() {
    lease::Holder::Options options;
    options.connection = options_;
    options.name = "upkeep";
    options.look = absl::Milliseconds(20);
    auto holder = lease::Holder::Start(std::move(options));
    EXPECT_THAT(holder, IsOk());
    return *std::move(holder);
  }

  Runner::Options With(const lease::Holder& holder) {
    Runner::Options options = RunnerOptions(writer_.get());
    options.lease = &holder;
    return options;
  }

  void PutOverdue() {
    Put({After("a", kToday - 10, 1), After("b", kToday - 10, 1), After("c", kToday - 10, 1)});
  }
};

// A directory that is asked in the middle of a round, and answers after somebody else has
// taken the lease, as when the process was frozen there.
class FreezingSnapshot : public access::SnapshotSource {
 public:
  FreezingSnapshot(const access::SnapshotSource* inner, mysql::Connection* db)
      : inner_(inner), db_(db) {}
  absl::StatusOr<access::Snapshot> Get() const override {
    EXPECT_THAT(db_->Execute("UPDATE lease SET holder = 'another', token = token + 1"), IsOk());
    return inner_->Get();
  }

 private:
  const access::SnapshotSource* const inner_;
  mysql::Connection* const db_;
};

TEST_F(RunnerLeaseTest, WhoDoesNotHoldItLeavesTheWorkToWhoDoes) {
  auto first = NewHolder();
  const auto second = NewHolder();
  PutOverdue();
  const auto idle = Runner(With(*second)).RunOnce();
  ASSERT_THAT(idle, IsOk());
  EXPECT_TRUE(idle->left_to_another);
  EXPECT_THAT(Steps(), IsEmpty());
  const auto round = Runner(With(*first)).RunOnce();
  ASSERT_THAT(round, IsOk());
  EXPECT_FALSE(round->left_to_another);
  // The body and the leaders of its unit.
  EXPECT_EQ(round->fired, 6);
  first.reset();
  ASSERT_TRUE(second->AwaitHeld(absl::Now() + absl::Seconds(10)));
  const auto next = Runner(With(*second)).RunOnce();
  ASSERT_THAT(next, IsOk());
  EXPECT_FALSE(next->left_to_another);
  EXPECT_EQ(next->fired, 0);
  EXPECT_THAT(Notices(), SizeIs(6));
}

TEST_F(RunnerLeaseTest, AWorkerThatWasFrozenInTheMiddleOfARoundWritesNothingMore) {
  const auto holder = NewHolder();
  PutOverdue();
  auto db = mysql::Connection::Open(options_);
  ASSERT_THAT(db, IsOk());
  const FreezingSnapshot frozen(&snapshots_, db->get());
  Runner::Options options = With(*holder);
  options.snapshots = &frozen;
  EXPECT_THAT(Runner(options).RunOnce(),
              StatusIs(absl::StatusCode::kFailedPrecondition, "LEASE_LOST"));
  EXPECT_THAT(Steps(), IsEmpty());
  EXPECT_THAT(Notices(), IsEmpty());
}

}  // namespace
}  // namespace phoihop::agreements
