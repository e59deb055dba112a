#include "services/agreements/plans/event.h"

#include "common/testing/status_matchers.h"
#include "gtest/gtest.h"

namespace phoihop::agreements {
namespace {

using absl::StatusCode;
using ::phoihop::testing::IsOk;
using ::phoihop::testing::StatusIs;

const absl::Time kNow = absl::FromUnixSeconds(1767225600);

Event Session() {
  Event event;
  event.id = "e1";
  event.unit = 2;
  event.kind = "COUNCIL_SESSION";
  event.date = absl::CivilDay(2026, 7, 8);
  event.title = "Kỳ họp thứ 2";
  event.revision = 1;
  return event;
}

TEST(EventTest, KindsAreUpperSnake) {
  for (const char* good : {"A", "COUNCIL_SESSION", "VOTER_MEETING_2"}) {
    EXPECT_TRUE(IsEventKind(good)) << good;
  }
  for (const std::string& bad :
       {std::string(), std::string("council"), std::string("_X"), std::string("2ND"),
        std::string("KỲ_HỌP"), std::string("A B"), std::string(51, 'A')}) {
    EXPECT_FALSE(IsEventKind(bad)) << bad;
  }
}

TEST(EventTest, AScheduledEventMovesAndIsCancelledOnce) {
  const auto moved = ChangeEvent(Session(), absl::CivilDay(2026, 7, 15), "Kỳ họp giữa năm", kNow);
  ASSERT_THAT(moved, IsOk());
  EXPECT_EQ(moved->date, absl::CivilDay(2026, 7, 15));
  EXPECT_EQ(moved->title, "Kỳ họp giữa năm");
  EXPECT_EQ(moved->revision, 2);
  const auto cancelled = Cancel(*moved, "hoãn", kNow);
  ASSERT_THAT(cancelled, IsOk());
  EXPECT_EQ(cancelled->state, EventState::kCancelled);
  EXPECT_EQ(cancelled->cancel_reason, "hoãn");
  EXPECT_THAT(Cancel(*cancelled, "x", kNow),
              StatusIs(StatusCode::kFailedPrecondition, "EVENT_CANCELLED"));
  EXPECT_THAT(ChangeEvent(*cancelled, cancelled->date, "x", kNow),
              StatusIs(StatusCode::kFailedPrecondition, "EVENT_CANCELLED"));
}

}  // namespace
}  // namespace phoihop::agreements
