#include "services/agreements/dissemination/totals.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/access/testing_tree.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace phoihop::agreements::dissemination {
namespace {

using absl::CivilDay;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(TotalsTest, LevelsAndKindsAddUpToTheSame) {
  const auto tree = access::TestTree();
  const auto memberships =
      tree->MembershipsWithin(access::kOldCanTho, {CivilDay(2021, 1, 1), CivilDay(2023, 12, 31)});
  const Totals totals = AddUp(*tree, memberships,
                              std::vector<UnitFigures>{
                                  {access::kOldCanTho, Kind::kConference, {1, 1, 100, 0}},
                                  {access::kNinhKieu, Kind::kConference, {2, 3, 412, 0}},
                                  {access::kNinhKieu, Kind::kBulletin, {1, 12, 0, 5000}},
                                  {access::kBinhThuy, Kind::kConference, {1, 1, 8, 0}},
                                  // A unit may come in several rows.
                                  {access::kCaiKhe, Kind::kTraining, {1, 1, 30, 0}},
                                  {access::kCaiKhe, Kind::kTraining, {1, 1, 12, 0}},
                                  // Deleted ones leave zeros behind.
                                  {access::kAnThoi, Kind::kOther, {}},
                                  // Not below the unit asked.
                                  {access::kDienBien, Kind::kConference, {9, 9, 9, 9}},
                              });
  std::vector<std::string> levels;
  Figures sum;
  for (const LevelTotals& level : totals.levels) {
    Figures kinds;
    for (const auto& [kind, figures] : level.kinds) kinds += figures;
    EXPECT_EQ(kinds, level.figures);
    sum += level.figures;
    levels.push_back(absl::StrCat(level.level, " ", level.figures.sessions, " ",
                                  level.figures.attendances, " ", level.figures.copies));
  }
  EXPECT_THAT(levels, ElementsAre("PROVINCE 1 100 0", "DISTRICT 16 420 5000", "COMMUNE 2 42 0"));
  EXPECT_EQ(sum, totals.figures);
  EXPECT_EQ(totals.kinds.at(Kind::kConference), (Figures{4, 5, 520, 0}));
  EXPECT_EQ(totals.kinds.size(), 3);
  EXPECT_THAT(AddUp(*tree, memberships, {}).levels, IsEmpty());
}

TEST(TotalsTest, ADeletedSessionCountsNothing) {
  Session session;
  session.content.attendance_count = 412;
  session.content.session_count = 2;
  EXPECT_EQ(FiguresOf(session), (Figures{1, 2, 412, 0}));
  session.delete_time = absl::UnixEpoch();
  EXPECT_TRUE(FiguresOf(session).empty());
}

TEST(CutTest, PartsCoverTheIntervalOnceAndMonthsAreWhole) {
  const CivilDay first(2022, 11, 1);
  for (CivilDay from = first; from < first + 70; ++from) {
    for (CivilDay until = from; until < first + 130; ++until) {
      const Cut cut = CutToMonths(from, until);
      int days = 0;
      for (const Cut::Part& part : {cut.before, cut.months, cut.after}) {
        if (part.empty()) continue;
        days += static_cast<int>(part.until - part.from);
        EXPECT_LE(from, part.from);
        EXPECT_LE(part.until, until);
      }
      ASSERT_EQ(days, until - from) << from << " " << until;
      if (!cut.months.empty()) {
        EXPECT_EQ(cut.months.from.day(), 1);
        EXPECT_EQ(cut.months.until.day(), 1);
        if (!cut.before.empty()) {
          EXPECT_EQ(cut.before.until, cut.months.from);
        }
        if (!cut.after.empty()) {
          EXPECT_EQ(cut.after.from, cut.months.until);
        }
      } else {
        EXPECT_TRUE(cut.after.empty());
      }
    }
  }
}

}  // namespace
}  // namespace phoihop::agreements::dissemination
