#include "services/agreements/due/pauses.h"

#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/agreements/deadlines/testing_calendar.h"

namespace phoihop::agreements {
namespace {

using absl::CivilDay;
using absl::StatusCode;
using ::phoihop::testing::IsOk;
using ::phoihop::testing::StatusIs;

constexpr CivilDay kToday(2025, 3, 12);

StoredObligation DueOn(CivilDay day, ObligationState state = ObligationState::kOpen) {
  StoredObligation stored;
  stored.id = "o1";
  stored.obligation.due.day = day;
  stored.obligation.state = state;
  return stored;
}

absl::StatusOr<StoredObligation> Pause(const StoredObligation& stored, CivilDay first,
                                       CivilDay last) {
  return Paused(stored, {first, last}, "vì", kToday, VietnamCalendar());
}

TEST(PausesTest, EveryStateAllowsOrRefusesAPauseAndItsEnd) {
  const CivilDay due = kToday + 5;
  struct Case {
    ObligationState state;
    const char* reason;
  };
  for (const Case& c :
       {Case{ObligationState::kOpen, ""}, Case{ObligationState::kDone, "OBLIGATION_NOT_OPEN"},
        Case{ObligationState::kWithdrawn, "OBLIGATION_NOT_OPEN"}}) {
    StoredObligation stored = DueOn(due, c.state);
    const auto paused = Pause(stored, kToday, kToday + 1);
    stored.obligation.pauses = {{kToday - 3, kToday + 3}};
    const auto resumed = Resumed(stored, "vì", kToday, VietnamCalendar());
    if (*c.reason == 0) {
      EXPECT_THAT(paused, IsOk());
      EXPECT_THAT(resumed, IsOk());
    } else {
      EXPECT_THAT(paused, StatusIs(StatusCode::kFailedPrecondition, c.reason));
      EXPECT_THAT(resumed, StatusIs(StatusCode::kFailedPrecondition, c.reason));
    }
  }
}

TEST(PausesTest, DaysThatCannotBeAreRefusedWithTheFieldNamed) {
  const StoredObligation stored = DueOn(kToday + 5);
  EXPECT_THAT(Pause(DueOn(kToday - 1), kToday, kToday),
              StatusIs(StatusCode::kFailedPrecondition, "OBLIGATION_OVERDUE"));
  EXPECT_THAT(Pause(stored, kToday - 1, kToday),
              StatusIs(StatusCode::kInvalidArgument, "PAUSE_IN_PAST"));
  EXPECT_THAT(Pause(stored, kToday + 6, kToday + 7),
              StatusIs(StatusCode::kInvalidArgument, "PAUSE_AFTER_DUE_DATE"));
  EXPECT_THAT(Pause(stored, kToday, kToday + 366),
              StatusIs(StatusCode::kInvalidArgument, "PAUSE_TOO_LONG"));
  EXPECT_THAT(Pause(stored, kToday, kToday + 365), IsOk());
  EXPECT_THAT(Pause(stored, kToday + 5, kToday + 5), IsOk());
}

TEST(PausesTest, SeveralPausesStandInOrderWithTheirReasons) {
  auto stored = Paused(DueOn(kToday + 5), {kToday + 5, kToday + 6}, "b", kToday, VietnamCalendar());
  ASSERT_THAT(stored, IsOk());
  stored = Paused(*stored, {kToday, kToday + 1}, "a", kToday, VietnamCalendar());
  ASSERT_THAT(stored, IsOk());
  EXPECT_EQ(stored->obligation.pauses[0].first, kToday);
  EXPECT_EQ(stored->pause_reasons, (std::vector<std::string>{"a", "b"}));
  // Monday the 17th; two working days twice.
  EXPECT_EQ(stored->obligation.due.day, CivilDay(2025, 3, 21));
  EXPECT_THAT(Pause(*stored, kToday + 1, kToday + 2),
              StatusIs(StatusCode::kInvalidArgument, "PAUSES_OVERLAP"));
}

TEST(PausesTest, PauseOfAFixedDayCanBeTakenBackWhole) {
  const auto paused = Pause(DueOn(kToday + 5), kToday + 1, kToday + 1);
  ASSERT_THAT(paused, IsOk());
  EXPECT_EQ(paused->obligation.due.day, kToday + 6);
  EXPECT_EQ(paused->previous_due, kToday + 5);
  const auto resumed = Resumed(*paused, "vì", kToday, VietnamCalendar());
  ASSERT_THAT(resumed, IsOk());
  EXPECT_TRUE(resumed->obligation.pauses.empty());
  EXPECT_EQ(resumed->obligation.due.day, kToday + 5);
  EXPECT_THAT(Resumed(*resumed, "vì", kToday, VietnamCalendar()),
              StatusIs(StatusCode::kFailedPrecondition, "OBLIGATION_NOT_PAUSED"));
}

}  // namespace
}  // namespace phoihop::agreements
