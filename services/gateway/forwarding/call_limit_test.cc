#include "services/gateway/forwarding/call_limit.h"

#include <memory>
#include <vector>

#include "gtest/gtest.h"

namespace phoihop::gateway {
namespace {

using Answer = CallLimit::Answer;
using Calls = std::vector<std::shared_ptr<void>>;

constexpr absl::Time kStart = absl::FromUnixSeconds(1'700'000'000);

// Opens all that may be open.
Calls Fill(CallLimit& limit) {
  Calls calls;
  while (auto room = limit.Take()) calls.push_back(std::move(room));
  return calls;
}

// Opens all that may be open, and says how many that were when all have been answered so.
size_t Round(CallLimit& limit, Answer answer, absl::Time now) {
  Calls calls = Fill(limit);
  const size_t open = calls.size();
  while (!calls.empty()) {
    limit.Heard(answer, now);
    calls.pop_back();
  }
  return open;
}

TEST(CallLimitTest, OpensAsManyAsMayBeAndOneMoreForEachThatEnds) {
  CallLimit limit("x", {.first = 3, .least = 1});
  Calls calls = Fill(limit);
  EXPECT_EQ(calls.size(), 3);
  calls.pop_back();
  EXPECT_NE(limit.Take(), nullptr);
  calls.clear();
  EXPECT_EQ(Fill(limit).size(), 3);
}

TEST(CallLimitTest, RoomMayOutliveTheLimit) {
  auto limit = std::make_unique<CallLimit>("x");
  std::shared_ptr<void> room = limit->Take();
  limit.reset();
  room.reset();
}

TEST(CallLimitTest, RefusalsOfOneMomentDecreaseItOnce) {
  CallLimit limit("x", {.first = 100});
  EXPECT_EQ(Round(limit, Answer::kRefused, kStart), 100);
  EXPECT_EQ(Round(limit, Answer::kRefused, kStart + absl::Milliseconds(100)), 90);
  EXPECT_EQ(Fill(limit).size(), 81);
}

TEST(CallLimitTest, NeverBelowTheLeastHoweverMuchIsRefused) {
  CallLimit limit("x", {.first = 100, .least = 16});
  for (int i = 0; i < 100; ++i) limit.Heard(Answer::kRefused, kStart + absl::Seconds(i));
  EXPECT_EQ(Fill(limit).size(), 16);
}

TEST(CallLimitTest, GrowsWithGoodAnswersWhileManyAreOpenUpToTheMost) {
  CallLimit limit("x", {.first = 10, .most = 12});
  // Of each round those count that are answered while more than half are open.
  size_t open = 10;
  for (int round = 0; round < 10; ++round) {
    const size_t now = Round(limit, Answer::kGood, kStart);
    EXPECT_LE(now, open + 1);
    open = now;
  }
  EXPECT_EQ(open, 12);
}

TEST(CallLimitTest, FewCallsProveNothingAndOtherFailuresNeither) {
  CallLimit limit("x", {.first = 10});
  for (int i = 0; i < 1000; ++i) {
    const auto room = limit.Take();
    limit.Heard(Answer::kGood, kStart);
  }
  for (int i = 0; i < 10; ++i) EXPECT_EQ(Round(limit, Answer::kOther, kStart), 10);
}

}  // namespace
}  // namespace phoihop::gateway
