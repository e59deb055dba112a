#include "services/directory/domain/body.h"

#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace phoihop::directory {
namespace {

using ::phoihop::testing::IsOk;
using ::phoihop::testing::StatusIs;
using ::testing::ElementsAre;

constexpr absl::CivilDay kToday(2026, 1, 1);
constexpr absl::CivilDay kSpring(2025, 3, 1);
constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

// Since 2020.
Body Office(const std::string& id = "p") {
  Body body;
  body.id = id;
  body.display_name = "Ban " + id;
  body.abbreviation = "B" + id;
  body.unit = 7;
  body.valid_from = absl::CivilDay(2020, 1, 1);
  return body;
}

BodyTitle Title(absl::CivilDay from, const std::string& name = "Ban mới") {
  return {from, name, "BM", "12-QĐ/TU"};
}

BodyEnd EndOn(absl::CivilDay day, std::vector<Body> successors = {}) {
  BodyEnd end;
  end.day = day;
  end.decision = "12-QĐ/TU";
  for (size_t i = 0; i < successors.size(); ++i) {
    end.successor_fields.push_back("successors[" + std::to_string(i) + "]");
  }
  end.successors = std::move(successors);
  return end;
}

TEST(BodyTest, EachDayHasTheNameOfThatDay) {
  auto body = Rename(Office(), Title(kSpring), kToday);
  ASSERT_THAT(body, IsOk());
  body = Rename(*body, Title(absl::CivilDay(2025, 9, 1), "Ban mới hơn"), kToday);
  ASSERT_THAT(body, IsOk());
  EXPECT_EQ(NameOn(*body, absl::CivilDay(2019, 1, 1)).display_name, "Ban p");
  EXPECT_EQ(NameOn(*body, kSpring - 1).display_name, "Ban p");
  EXPECT_EQ(NameOn(*body, kSpring - 1).abbreviation, "Bp");
  EXPECT_EQ(NameOn(*body, kSpring).display_name, "Ban mới");
  EXPECT_EQ(NameOn(*body, kToday).display_name, "Ban mới hơn");
  EXPECT_EQ(body->display_name, "Ban mới hơn");
  EXPECT_EQ(body->revision, 3);
  EXPECT_EQ(body->names.front().from, absl::CivilDay(2020, 1, 1));
}

TEST(BodyTest, WhatANameMayNotBe) {
  const Body renamed = *Rename(Office(), Title(kSpring), kToday);
  Body ended = Office();
  ended.valid_until = kSpring;
  Body unknown = Office();
  unknown.valid_from.reset();
  const struct {
    const char* what;
    Body body;
    BodyTitle title;
    std::string reason;
  } cases[] = {
      {"on its first day", Office(), Title(absl::CivilDay(2020, 1, 1)), "NAME_NOT_LATER"},
      {"before it was", Office(), Title(absl::CivilDay(2019, 1, 1)), "BODY_NOT_VALID"},
      {"after its end", ended, Title(kSpring), "BODY_NOT_VALID"},
      {"on its last day", ended, Title(kSpring - 1), ""},
      {"from the same day as the newest", renamed, Title(kSpring, "Khác"), "NAME_NOT_LATER"},
      {"before the newest", renamed, Title(kSpring - 1, "Khác"), "NAME_NOT_LATER"},
      {"as it is called", renamed, Title(kSpring + 1), "NAME_UNCHANGED"},
      {"a year ahead", Office(), Title(kToday + 366), ""},
      {"more than a year ahead", Office(), Title(kToday + 367), "DATE_TOO_FAR"},
      {"since nobody knows when", unknown, Title(kSpring), ""},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.what);
    const auto result = Rename(c.body, c.title, kToday);
    if (c.reason.empty()) {
      EXPECT_THAT(result, IsOk());
    } else {
      EXPECT_THAT(result, StatusIs(kInvalid, c.reason));
    }
  }
}

TEST(BodyTest, AnEndNamesWhoCarriesOn) {
  const auto body = End(Office(), EndOn(kSpring, {Office("t"), Office("s")}), std::nullopt, kToday);
  ASSERT_THAT(body, IsOk());
  EXPECT_TRUE(ExistsOn(*body, kSpring - 1));
  EXPECT_FALSE(ExistsOn(*body, kSpring));
  EXPECT_THAT(body->successors,
              ElementsAre(BodySuccessor{"s", 7, "Ban s"}, BodySuccessor{"t", 7, "Ban t"}));
  EXPECT_EQ(body->end_decision, "12-QĐ/TU");
  EXPECT_EQ(body->revision, 2);
}

TEST(BodyTest, WhatAnEndMayNotBe) {
  Body ended = Office();
  ended.valid_until = kSpring;
  Body succeeded = ended;
  succeeded.successors = {{"s", 7, "Ban s"}};
  Body later = Office("s");
  later.valid_from = kSpring + 1;
  Body earlier = Office("s");
  earlier.valid_until = kSpring;
  const Body renamed = *Rename(Office(), Title(kSpring), kToday);
  const auto precondition = absl::StatusCode::kFailedPrecondition;
  const struct {
    const char* what;
    Body body;
    BodyEnd end;
    std::optional<absl::CivilDay> took_over;
    absl::StatusCode code;
    std::string reason;
  } cases[] = {
      {"alone", Office(), EndOn(kSpring), {}, absl::StatusCode::kOk, ""},
      {"on its first day",
       Office(),
       EndOn(absl::CivilDay(2020, 1, 1)),
       {},
       kInvalid,
       "INVALID_INTERVAL"},
      {"on the day of its name", renamed, EndOn(kSpring), {}, kInvalid, "INVALID_INTERVAL"},
      {"the day after", renamed, EndOn(kSpring + 1), {}, absl::StatusCode::kOk, ""},
      {"twice", ended, EndOn(kSpring), {}, precondition, "BODY_ENDED"},
      {"on another day", ended, EndOn(kSpring + 1, {Office("s")}), {}, precondition, "BODY_ENDED"},
      {"adding who carries on",
       ended,
       EndOn(kSpring, {Office("s")}),
       {},
       absl::StatusCode::kOk,
       ""},
      {"with other successors",
       succeeded,
       EndOn(kSpring, {Office("t")}),
       {},
       precondition,
       "BODY_ENDED"},
      {"by itself", Office(), EndOn(kSpring, {Office()}), {}, kInvalid, "SUCCEEDS_ITSELF"},
      {"by one twice",
       Office(),
       EndOn(kSpring, {Office("s"), Office("s")}),
       {},
       kInvalid,
       "BODY_TWICE"},
      {"by one that comes later",
       Office(),
       EndOn(kSpring, {later}),
       {},
       kInvalid,
       "BODY_NOT_VALID"},
      {"by one that ends with it",
       Office(),
       EndOn(kSpring, {earlier}),
       {},
       kInvalid,
       "BODY_NOT_VALID"},
      {"when it took over that day", Office(), EndOn(kSpring), kSpring, kInvalid,
       "BODY_IS_SUCCESSOR"},
      {"after it took over", Office(), EndOn(kSpring), kSpring - 1, absl::StatusCode::kOk, ""},
      {"too far ahead", Office(), EndOn(kToday + 367), {}, kInvalid, "DATE_TOO_FAR"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.what);
    const auto result = End(c.body, c.end, c.took_over, kToday);
    if (c.code == absl::StatusCode::kOk) {
      EXPECT_THAT(result, IsOk());
    } else {
      EXPECT_THAT(result, StatusIs(c.code, c.reason));
    }
  }
}

}  // namespace
}  // namespace phoihop::directory
