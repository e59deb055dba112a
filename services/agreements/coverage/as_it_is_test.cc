#include "services/agreements/coverage/as_it_is.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace phoihop::agreements {
namespace {

using absl::CivilDay;
using ::testing::ElementsAre;

constexpr CivilDay kThen(2023, 10, 24);
constexpr CivilDay kReform(2025, 7, 1);
constexpr CivilDay kNow(2026, 1, 1);
constexpr int64_t kCity = 92, kOther = 93, kNewCity = 192;

// A city of one district and six communes, and a province beside it with one; after the reform
// one city of communes 1101 to 1107.
const access::UnitTree& Tree() {
  static const auto* const tree = [] {
    access::UnitTree::Builder builder;
    const auto add = [&](int64_t id, CivilDay from, CivilDay until, std::string level,
                         int64_t parent) {
      builder.Add(id, {from, until, absl::StrCat(id), "", "", std::move(level), parent});
    };
    add(1, kFirstDay, kEndOfDays, "COUNTRY", 0);
    add(kCity, kFirstDay, kReform, "PROVINCE", 1);
    add(kOther, kFirstDay, kReform, "PROVINCE", 1);
    add(916, kFirstDay, kReform, "DISTRICT", kCity);
    add(930, kFirstDay, kReform, "DISTRICT", kOther);
    for (int64_t id = 1001; id <= 1006; ++id) add(id, kFirstDay, kReform, "COMMUNE", 916);
    add(1007, kFirstDay, kReform, "COMMUNE", 930);
    add(kNewCity, kReform, kEndOfDays, "PROVINCE", 1);
    for (int64_t id = 1101; id <= 1107; ++id) add(id, kReform, kEndOfDays, "COMMUNE", kNewCity);
    // Stayed as it was, under another parent.
    add(1008, kFirstDay, kReform, "COMMUNE", 916);
    add(1008, kReform, kEndOfDays, "COMMUNE", kNewCity);
    return new std::shared_ptr<const access::UnitTree>(std::move(builder).Build());
  }();
  return **tree;
}

Lineage TestLineage() {
  return Lineage({
      {kCity, kNewCity, kReform, Descent::kMerged},
      {kOther, kNewCity, kReform, Descent::kMerged},
      {1001, 1101, kReform, Descent::kMerged},
      {1002, 1101, kReform, Descent::kMerged},
      {1003, 1102, kReform, Descent::kSplit},
      {1003, 1103, kReform, Descent::kSplit},
      {1004, 1103, kReform, Descent::kMerged},
      {1005, 1104, kReform, Descent::kCodeKept},
      {1007, 1105, kReform, Descent::kContinued},
      // 1006 has no known successor, 1106 and 1107 no known predecessor.
  });
}

struct Seen {
  AsItIs view;
  std::vector<std::string> units;
  std::vector<std::string> levels;
  std::vector<std::string> fates;
};

Seen See(const std::vector<int64_t>& signed_units, int64_t asked = kCity,
         int64_t programme_unit = kCity, CivilDay day = kThen, CivilDay view_day = kNow) {
  std::vector<CascadeMember> members;
  for (const int64_t unit : signed_units) {
    members.push_back({unit, CivilDay(2021, 1, 1), CivilDay(2030, 1, 1), ""});
  }
  const std::vector<ExpectedUnit> expected = ExpectedUnits(Tree(), asked, programme_unit, day);
  const Standings standings(members, day, CivilDay(2020, 1, 1));
  Seen seen{
      SeeAsItIs(Tree(), TestLineage(), asked, programme_unit, day, view_day, expected, standings),
      {},
      {},
      {}};
  static constexpr const char* kStates[] = {"",       "signed",       "missing",
                                            "partly", "not expected", "not explained"};
  int all_units = 0, all_fates = 0;
  for (const ViewUnit& unit : seen.view.units) {
    seen.units.push_back(
        absl::StrCat(unit.unit.version->code, " ", kStates[static_cast<int>(unit.state)]));
  }
  for (const ViewLevel& l : seen.view.levels) {
    seen.levels.push_back(absl::StrCat(l.level, " ", l.units, " = ", l.signed_units, " signed + ",
                                       l.partly_signed, " partly + ", l.missing, " missing + ",
                                       l.not_expected, " not expected + ", l.not_explained,
                                       " not explained"));
    EXPECT_EQ(l.units,
              l.signed_units + l.partly_signed + l.missing + l.not_expected + l.not_explained);
    all_units += l.units;
  }
  for (const Fate& f : seen.view.fates) {
    seen.fates.push_back(absl::StrCat(f.level, f.is_signed ? " signed " : " missing ", f.units,
                                      " = ", f.continued, " continued + ", f.merged, " merged + ",
                                      f.split, " split + ", f.not_explained, " not explained + ",
                                      f.elsewhere, " elsewhere + ", f.ended, " ended"));
    EXPECT_EQ(f.units, f.continued + f.merged + f.split + f.not_explained + f.elsewhere + f.ended);
    all_fates += f.units;
  }
  // Nobody is lost or counted twice.
  EXPECT_EQ(all_units, static_cast<int>(seen.view.units.size()));
  EXPECT_EQ(all_fates, static_cast<int>(expected.size()));
  return seen;
}

TEST(AsItIsTest, UnitsOfTodayStandByWhatTheyDescendFrom) {
  const Seen seen = See({916, 1001, 1002, 1003, 1005, 1006, 1008});
  EXPECT_THAT(seen.view.roots, ElementsAre(kNewCity));
  EXPECT_THAT(seen.units, ElementsAre("1008 signed", "1101 signed", "1102 signed", "1103 partly",
                                      "1104 not explained", "1105 not expected",
                                      "1106 not explained", "1107 not explained"));
  EXPECT_THAT(seen.levels, ElementsAre("COMMUNE 8 = 3 signed + 1 partly + 0 missing + 1 not "
                                       "expected + 3 not explained"));
  EXPECT_THAT(
      seen.fates,
      ElementsAre("DISTRICT signed 1 = 0 continued + 0 merged + 0 split + 0 not explained "
                  "+ 0 elsewhere + 1 ended",
                  "DISTRICT missing 0 = 0 continued + 0 merged + 0 split + 0 not explained "
                  "+ 0 elsewhere + 0 ended",
                  "COMMUNE signed 6 = 1 continued + 2 merged + 1 split + 1 not explained + "
                  "0 elsewhere + 1 ended",
                  "COMMUNE missing 1 = 0 continued + 1 merged + 0 split + 0 not explained + "
                  "0 elsewhere + 0 ended"));
}

TEST(AsItIsTest, NoneSignedIsMissingAndSomeIsPartly) {
  EXPECT_THAT(See({}).units, ElementsAre("1008 missing", "1101 missing", "1102 missing",
                                         "1103 missing", "1104 not explained", "1105 not expected",
                                         "1106 not explained", "1107 not explained"));
  EXPECT_THAT(See({1002}).units[1], "1101 partly");
}

TEST(AsItIsTest, OnItsOwnDayTheViewIsTheCascadeItself) {
  const Seen seen = See({916, 1001}, kCity, kCity, kThen, kThen);
  EXPECT_THAT(seen.view.roots, ElementsAre(kCity));
  EXPECT_THAT(seen.units,
              ElementsAre("916 signed", "1001 signed", "1002 missing", "1003 missing",
                          "1004 missing", "1005 missing", "1006 missing", "1008 missing"));
}

TEST(AsItIsTest, AUnitWithoutASuccessorIsSeenThroughTheUnitsBelowIt) {
  // The district was abolished with its level; its communes are not.
  const Seen seen = See({1001, 1002}, 916);
  EXPECT_THAT(seen.view.roots, ElementsAre(1008, 1101, 1102, 1103, 1104));
  EXPECT_THAT(seen.units, ElementsAre("1008 missing", "1101 signed", "1102 missing", "1103 missing",
                                      "1104 not explained"));
}

TEST(AsItIsTest, OneUnitIsSeenAsWhatItBecame) {
  // Half of what it went into is of others, who are not asked about.
  const Seen seen = See({1001}, 1001);
  EXPECT_THAT(seen.units, ElementsAre("1101 partly"));
  EXPECT_THAT(seen.view.units[0].predecessors.size(), 2);
}

TEST(AsItIsTest, TheCountrysCascadeCountsTheProvincesToo) {
  const Seen seen = See({kCity, 1001, 1002}, 1, 1);
  EXPECT_THAT(seen.view.roots, ElementsAre(1));
  EXPECT_THAT(seen.units[0], "192 partly");
  EXPECT_THAT(seen.levels[0],
              "PROVINCE 1 = 0 signed + 1 partly + 0 missing + 0 not expected + 0 "
              "not explained");
  EXPECT_THAT(seen.levels[1],
              "COMMUNE 8 = 1 signed + 0 partly + 4 missing + 0 not expected + 3 "
              "not explained");
}

}  // namespace
}  // namespace phoihop::agreements
