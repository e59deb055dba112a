#include "services/agreements/dissemination/session.h"

#include <string>
#include <vector>

#include "common/status/errors.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace phoihop::agreements::dissemination {
namespace {

using absl::CivilDay;
using ::phoihop::testing::IsOk;
using ::phoihop::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr CivilDay kDay(2023, 5, 4);
const absl::Time kNow = absl::FromUnixSeconds(1700000000);

Content GoodContent() {
  return {92, kDay, Kind::kConference, "Hội nghị quán triệt", 1, 412, 0, {}};
}

Facts GoodFacts() {
  return {CivilDay(2020, 9, 30), CivilDay(2026, 1, 1), true, CivilDay(2023, 10, 24)};
}

Session GoodSession() { return *Create("s", "a", GoodContent(), GoodFacts(), "members/m", kNow); }

TEST(SessionTest, IsRecordedAsItWasGiven) {
  const Session session = GoodSession();
  EXPECT_EQ(session.content, GoodContent());
  EXPECT_EQ(session.agreement, "a");
  EXPECT_EQ(session.recorded_by, "members/m");
  EXPECT_EQ(session.revision, 1);
  EXPECT_FALSE(session.delete_time.has_value());
}

TEST(SessionTest, WhatCannotHaveBeenIsRefusedWithItsField) {
  struct Row {
    std::string what;
    void (*spoil)(Content& content, Facts& facts);
    std::string reason, field;
  };
  const std::string prefix = "dissemination_session.";
  for (const Row& row : std::vector<Row>{
           {"tomorrow", [](Content&c, Facts&f) { c.date = f.today + 1; }, "DATE_IN_FUTURE",
            prefix + "session_date"},
           {"before it was in force", [](Content&c, Facts&f) { c.date = *f.in_force_from - 1; },
            "NOT_IN_FORCE_ON_DATE", prefix + "session_date"},
           {"after its end", [](Content&c, Facts&f) { f.in_force_until = c.date; },
            "NOT_IN_FORCE_ON_DATE", prefix + "session_date"},
           {"another unit", [](Content&, Facts&f) { f.unit_within = false; }, "UNIT_NOT_WITHIN",
            prefix + "unit"},
           {"people at a bulletin", [](Content&c, Facts&) { c.kind = Kind::kBulletin; },
            "COUNT_NOT_OF_KIND", prefix + "attendance_count"},
       }) {
    Content content = GoodContent();
    Facts facts = GoodFacts();
    row.spoil(content, facts);
    const auto created = Create("s", "a", content, facts, "members/m", kNow);
    EXPECT_THAT(created, StatusIs(absl::StatusCode::kInvalidArgument, row.reason)) << row.what;
    EXPECT_THAT(ViolatedFields(created.status()), ElementsAre(row.field)) << row.what;
    Content other = content;
    other.title = "Hội nghị khác";
    EXPECT_THAT(Correct(GoodSession(), other, "sửa", facts, "members/m", kNow),
                StatusIs(absl::StatusCode::kInvalidArgument, row.reason))
        << row.what;
  }
  Facts never = GoodFacts();
  never.in_force_from.reset();
  EXPECT_THAT(Create("s", "a", GoodContent(), never, "members/m", kNow),
              StatusIs(absl::StatusCode::kFailedPrecondition, "AGREEMENT_NOT_IN_FORCE"));
  // The last day counts, and so does today.
  Facts last = GoodFacts();
  last.in_force_until = kDay + 1;
  last.today = kDay;
  EXPECT_THAT(Create("s", "a", GoodContent(), last, "members/m", kNow), IsOk());
}

// Every state by every command.
TEST(SessionTest, StatesAndCommands) {
  struct Row {
    bool deleted;
    int corrections;
    bool correct;
    std::string refusal;
  };
  for (const Row& row : std::vector<Row>{
           {false, 0, true, ""},
           {false, kMaxCorrections - 1, true, ""},
           {false, kMaxCorrections, true, "TOO_MANY_CORRECTIONS"},
           {true, 0, true, "SESSION_DELETED"},
           {false, 0, false, ""},
           {false, kMaxCorrections, false, ""},
           {true, 0, false, "SESSION_DELETED"},
       }) {
    Session session = GoodSession();
    session.correction_count = row.corrections;
    if (row.deleted) session.delete_time = kNow;
    Content content = GoodContent();
    content.attendance_count = 400;
    const auto after = row.correct ? Correct(session, content, "đếm nhầm", GoodFacts(), "members/n",
                                             kNow + absl::Hours(1))
                                   : Delete(session, "ghi trùng", kNow + absl::Hours(1));
    if (!row.refusal.empty()) {
      EXPECT_THAT(after, StatusIs(absl::StatusCode::kFailedPrecondition, row.refusal));
      continue;
    }
    ASSERT_THAT(after, IsOk());
    EXPECT_EQ(after->revision, session.revision + 1);
    EXPECT_EQ(after->update_time, kNow + absl::Hours(1));
    EXPECT_EQ(after->delete_time.has_value(), !row.correct);
  }
}

TEST(SessionTest, ACorrectionKeepsWhatWasSaidBefore) {
  Session session = GoodSession();
  session.content.documents = {{"Quy định 238", "238-QĐ/TW", ""}};
  Content content = session.content;
  content.attendance_count = 400;
  const auto after =
      Correct(session, content, "đếm nhầm", GoodFacts(), "members/n", kNow + absl::Hours(1));
  ASSERT_THAT(after, IsOk());
  EXPECT_EQ(after->content.attendance_count, 400);
  EXPECT_THAT(after->content.documents, ElementsAre(session.content.documents[0]));
  EXPECT_EQ(after->correction_count, 1);
  ASSERT_EQ(after->corrections.size(), 1);
  EXPECT_EQ(after->corrections[0],
            (Correction{kNow + absl::Hours(1), "members/n", "đếm nhầm", GoodContent()}));
  EXPECT_EQ(after->recorded_by, "members/m");
  // The same again is no correction.
  EXPECT_EQ(*Correct(*after, content, "nữa", GoodFacts(), "members/n", kNow), *after);
}

TEST(SessionTest, ADeletedOneKeepsTheReason) {
  const Session deleted = *Delete(GoodSession(), "ghi trùng", kNow);
  EXPECT_EQ(deleted.delete_reason, "ghi trùng");
  EXPECT_EQ(deleted.content, GoodContent());
  EXPECT_THAT(deleted.corrections, IsEmpty());
}

}  // namespace
}  // namespace phoihop::agreements::dissemination
