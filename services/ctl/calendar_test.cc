#include "services/ctl/calendar.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/testing/status_matchers.h"
#include "phoihop/directory/v1/calendars.pb.h"

namespace phoihop::ctl {
namespace {

using ::phoihop::testing::IsOk;
using ::phoihop::testing::StatusIs;

TEST(CalendarTest, ShippedTablesCanBeRead) {
  for (const int year : {2024, 2025, 2026, 2027}) {
    const auto text = ReadFile("deploy/calendars/" + std::to_string(year) + ".json");
    ASSERT_THAT(text, IsOk()) << year;
    const auto table = ReadCalendar(*text);
    ASSERT_THAT(table, IsOk()) << year;
    EXPECT_EQ(table->name(), "calendarYears/" + std::to_string(year));
    EXPECT_GE(table->holidays_size(), 11);
    EXPECT_FALSE(table->source().empty());
  }
}

class BadCalendarTest : public ::testing::TestWithParam<const char*> {};

TEST_P(BadCalendarTest, IsRefused) {
  EXPECT_THAT(ReadCalendar(GetParam()), StatusIs(absl::StatusCode::kInvalidArgument));
}

INSTANTIATE_TEST_SUITE_P(CalendarTest, BadCalendarTest,
                         ::testing::Values("", "[]", "{", "{}", R"({"name": 1})",
                                           R"({"name": "calendarYears/2026", "holiday": []})"));

}  // namespace
}  // namespace phoihop::ctl
