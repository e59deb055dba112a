#include "common/time/civil.h"

#include "common/testing/status_matchers.h"
#include "common/time/clock.h"
#include "gtest/gtest.h"

namespace phoihop {
namespace {

using testing::IsOkAndHolds;
using testing::StatusIs;

TEST(CivilTest, DayBeginsAtMidnightInVietnam) {
  const absl::TimeZone utc = absl::UTCTimeZone();
  EXPECT_EQ(VietnamDay(absl::FromCivil(absl::CivilSecond(2023, 10, 23, 16, 59, 59), utc)),
            absl::CivilDay(2023, 10, 23));
  const absl::Time midnight = absl::FromCivil(absl::CivilSecond(2023, 10, 23, 17, 0, 0), utc);
  EXPECT_EQ(VietnamDay(midnight), absl::CivilDay(2023, 10, 24));
  EXPECT_EQ(StartOfDay(absl::CivilDay(2023, 10, 24)), midnight);
}

TEST(CivilTest, IsoDayIsReadAndWritten) {
  EXPECT_THAT(ParseDay("2023-10-24"), IsOkAndHolds(absl::CivilDay(2023, 10, 24)));
  EXPECT_THAT(ParseDay("2024-02-29"), IsOkAndHolds(absl::CivilDay(2024, 2, 29)));
  EXPECT_THAT(ParseDay("1900-01-01"), IsOkAndHolds(kFirstDay));
  EXPECT_EQ(FormatDay(absl::CivilDay(2023, 1, 4)), "2023-01-04");
  EXPECT_EQ(FormatDayVi(absl::CivilDay(2023, 1, 4)), "04/01/2023");
}

class BadDayTest : public ::testing::TestWithParam<const char*> {};

TEST_P(BadDayTest, IsRefused) {
  EXPECT_THAT(ParseDay(GetParam()), StatusIs(absl::StatusCode::kInvalidArgument));
}

INSTANTIATE_TEST_SUITE_P(CivilTest, BadDayTest,
                         ::testing::Values("", "2023-02-29", "2023-13-01", "2023-00-10",
                                           "2023-10-00", "2023-1-4", "24/10/2023", "2023/10/24",
                                           "1899-12-31", "2200-01-01", " 2023-10-24", "2023-10-24 ",
                                           "2023-10-24T", "-023-10-24", "2023-+1-24"));

TEST(CivilTest, IntervalIncludesBothEnds) {
  const DayInterval days{absl::CivilDay(2023, 1, 1), absl::CivilDay(2023, 12, 31)};
  EXPECT_TRUE(days.Contains(absl::CivilDay(2023, 1, 1)));
  EXPECT_TRUE(days.Contains(absl::CivilDay(2023, 12, 31)));
  EXPECT_FALSE(days.Contains(absl::CivilDay(2024, 1, 1)));
  EXPECT_FALSE(days.empty());
  EXPECT_TRUE((DayInterval{absl::CivilDay(2023, 1, 2), absl::CivilDay(2023, 1, 1)}).empty());
}

TEST(ClockTest, FakeClockStandsStillUntilMoved) {
  FakeClock clock;
  const absl::Time start = clock.Now();
  EXPECT_EQ(clock.Now(), start);
  EXPECT_EQ(VietnamDay(start), absl::CivilDay(2023, 10, 24));
  clock.Advance(absl::Minutes(3));
  EXPECT_EQ(clock.Now(), start + absl::Minutes(3));
  clock.Set(start - absl::Hours(1));
  EXPECT_EQ(clock.Now(), start - absl::Hours(1));
}

TEST(ClockTest, SystemClockHasWholeMicroseconds) {
  const absl::Time now = SystemClock()->Now();
  EXPECT_EQ(now, absl::FromUnixMicros(absl::ToUnixMicros(now)));
  EXPECT_LT(absl::AbsDuration(absl::Now() - now), absl::Minutes(1));
}

}  // namespace
}  // namespace phoihop
