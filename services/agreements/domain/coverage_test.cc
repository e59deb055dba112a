#include "services/agreements/domain/coverage.h"

#include <string>
#include <vector>

#include "absl/strings/str_format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace phoihop::agreements {
namespace {

using absl::CivilDay;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr CivilDay kReform(2025, 7, 1);
constexpr CivilDay kBefore(2023, 10, 24);
constexpr CivilDay kAfter(2026, 1, 1);
constexpr int64_t kOldCity = 92, kNewCity = 192, kNinhKieu = 916, kBinhThuy = 918;

// A small Can Tho: until the reform a city with two districts and five communes, of which one
// ended early; then another city with two communes, one of them an old one that went on.
std::shared_ptr<const access::UnitTree> MakeTree() {
  access::UnitTree::Builder builder;
  const CivilDay first = kFirstDay, end = kEndOfDays;
  builder.Add(1, {first, end, "VN", "Việt Nam", "", "COUNTRY", 0});
  builder.Add(kOldCity, {first, kReform, "92", "Thành phố Cần Thơ", "", "PROVINCE", 1});
  builder.Add(kNinhKieu, {first, kReform, "916", "Quận Ninh Kiều", "", "DISTRICT", kOldCity});
  builder.Add(kBinhThuy, {first, kReform, "918", "Quận Bình Thủy", "", "DISTRICT", kOldCity});
  builder.Add(1001, {first, kReform, "31117", "Phường Cái Khế", "", "COMMUNE", kNinhKieu});
  builder.Add(1002,
              {first, CivilDay(2024, 11, 1), "31120", "Phường An Hòa", "", "COMMUNE", kNinhKieu});
  builder.Add(1003, {first, kReform, "31168", "Phường Bình Thủy", "", "COMMUNE", kBinhThuy});
  builder.Add(1004, {first, kReform, "31174", "Phường Trà An", "", "COMMUNE", kBinhThuy});
  builder.Add(kNewCity, {kReform, end, "92", "Thành phố Cần Thơ", "", "PROVINCE", 1});
  builder.Add(1101, {kReform, end, "31120", "Phường Cái Khế", "", "COMMUNE", kNewCity});
  // The commune that stayed as it was, under another parent.
  builder.Add(1005, {first, kReform, "31186", "Xã Thới An Đông", "", "COMMUNE", kBinhThuy});
  builder.Add(1005, {kReform, end, "31186", "Xã Thới An Đông", "", "COMMUNE", kNewCity});
  return std::move(builder).Build();
}

const access::UnitTree& Tree() {
  static const auto* const tree = new std::shared_ptr<const access::UnitTree>(MakeTree());
  return **tree;
}

CascadeMember Member(int64_t unit, CivilDay from = CivilDay(2020, 12, 1),
                     CivilDay until = CivilDay(2026, 6, 1)) {
  return {unit, from, until};
}

// "DISTRICT 2/2, COMMUNE 4/5"
std::string Summary(absl::Span<const LevelCoverage> levels) {
  std::string out;
  for (const LevelCoverage& level : levels) {
    absl::StrAppendFormat(&out, "%s%s %d/%d", out.empty() ? "" : ", ", level.level,
                          level.signed_count, level.expected_count);
  }
  return out;
}

constexpr CivilDay kProgrammeFrom(2020, 10, 1);

std::vector<LevelCoverage> Count(const std::vector<ExpectedUnit>& expected,
                                 const std::vector<CascadeMember>& members, CivilDay day,
                                 int missing_limit = 9) {
  return CountCoverage(Tree(), expected, Standings(members, day, kProgrammeFrom), missing_limit);
}

std::string Coverage(int64_t asked, int64_t programme_unit, CivilDay day,
                     const std::vector<CascadeMember>& members, const CascadeTarget& target = {}) {
  return Summary(Count(ExpectedUnits(Tree(), asked, programme_unit, day, target), members, day));
}

const std::vector<CascadeMember>& AllSigned() {
  static const auto* const all = new std::vector<CascadeMember>{
      Member(kNinhKieu), Member(kBinhThuy), Member(1001), Member(1002),
      Member(1003),      Member(1004),      Member(1005)};
  return *all;
}

TEST(CoverageTest, FiguresFollowTheTreeOfTheDayAcrossTheReform) {
  struct Row {
    int64_t asked, programme_unit;
    CivilDay day;
    std::string expected;
  };
  const std::vector<Row> table = {
      {kOldCity, kOldCity, kBefore, "DISTRICT 2/2, COMMUNE 5/5"},
      {kNinhKieu, kOldCity, kBefore, "DISTRICT 1/1, COMMUNE 2/2"},
      {1001, kOldCity, kBefore, "COMMUNE 1/1"},
      {1001, kNinhKieu, kBefore, "COMMUNE 1/1"},
      {kNinhKieu, kNinhKieu, kBefore, "COMMUNE 2/2"},
      // A commune ended: its agreement does not count any more.
      {kOldCity, kOldCity, CivilDay(2025, 3, 1), "DISTRICT 2/2, COMMUNE 4/4"},
      {kOldCity, kOldCity, kReform - 1, "DISTRICT 2/2, COMMUNE 4/4"},
      // The programme's unit has ended with its districts.
      {kOldCity, kOldCity, kReform, ""},
      {kNewCity, kOldCity, kReform, ""},
      // Of all who signed only one still exists; the successor has not signed.
      {kNewCity, kNewCity, kAfter, "COMMUNE 1/2"},
      {1, 1, kBefore, "PROVINCE 0/1, DISTRICT 2/2, COMMUNE 5/5"},
      {1, 1, kAfter, "PROVINCE 0/1, COMMUNE 1/2"},
      // Asked above or beside the programme's unit.
      {1, kOldCity, kBefore, ""},
      {kBinhThuy, kNinhKieu, kBefore, ""},
      {77, kOldCity, kBefore, ""},
  };
  for (const Row& row : table) {
    SCOPED_TRACE(::testing::Message() << row.asked << " on " << row.day);
    EXPECT_EQ(Coverage(row.asked, row.programme_unit, row.day, AllSigned()), row.expected);
  }
}

TEST(CoverageTest, MembersCountFromTheirFirstToTheirLastDayInForce) {
  const std::vector<CascadeMember> one = {Member(1001, CivilDay(2021, 3, 1), CivilDay(2024, 1, 1))};
  const auto on = [&](CivilDay day) { return Coverage(kNinhKieu, kNinhKieu, day, one); };
  EXPECT_EQ(on(CivilDay(2021, 2, 28)), "COMMUNE 0/2");
  EXPECT_EQ(on(CivilDay(2021, 3, 1)), "COMMUNE 1/2");
  EXPECT_EQ(on(CivilDay(2023, 12, 31)), "COMMUNE 1/2");
  EXPECT_EQ(on(CivilDay(2024, 1, 1)), "COMMUNE 0/2");
}

TEST(CoverageTest, SignedNeverExceedsExpected) {
  std::vector<CascadeMember> many = AllSigned();
  for (const CascadeMember& member : AllSigned()) many.push_back(member);  // two agreements each
  many.push_back(Member(kOldCity));                                        // not expected
  many.push_back(Member(4711));                                            // unknown
  EXPECT_EQ(Coverage(kOldCity, kOldCity, kBefore, many), "DISTRICT 2/2, COMMUNE 5/5");
}

TEST(CoverageTest, SaysWhoIsMissingInOrderOfCodeUpToTheLimit) {
  const auto expected = ExpectedUnits(Tree(), kOldCity, kOldCity, kBefore);
  const std::vector<CascadeMember> two = {Member(kBinhThuy), Member(1003)};
  const auto levels = Count(expected, two, kBefore, 2);
  ASSERT_EQ(Summary(levels), "DISTRICT 1/2, COMMUNE 1/5");
  const auto codes = [](const LevelCoverage& level) {
    std::vector<std::string> result;
    for (const auto& missing : level.missing) {
      result.push_back(missing.unit.version->code + " " + missing.unit.version->name);
    }
    return result;
  };
  EXPECT_THAT(codes(levels[0]), ElementsAre("916 Quận Ninh Kiều"));
  EXPECT_THAT(codes(levels[1]), ElementsAre("31117 Phường Cái Khế", "31120 Phường An Hòa"));
  EXPECT_THAT(Count(expected, two, kBefore, 0)[1].missing, IsEmpty());
}

TEST(CoverageTest, TargetNamesLevelsASubtreeOrAList) {
  const auto coverage = [&](const CascadeTarget& target, int64_t asked = kOldCity) {
    return Coverage(asked, kOldCity, kBefore, AllSigned(), target);
  };
  EXPECT_EQ(coverage({}), "DISTRICT 2/2, COMMUNE 5/5");
  EXPECT_EQ(coverage({.levels = {"DISTRICT"}}), "DISTRICT 2/2");
  EXPECT_EQ(coverage({.levels = {"COMMUNE", "PROVINCE"}}), "COMMUNE 5/5");
  EXPECT_EQ(coverage({.subtree = kBinhThuy}), "DISTRICT 1/1, COMMUNE 3/3");
  EXPECT_EQ(coverage({.levels = {"COMMUNE"}, .subtree = kBinhThuy}), "COMMUNE 3/3");
  EXPECT_EQ(coverage({.units = {1001, kNinhKieu, 1001, 4711}}), "DISTRICT 1/1, COMMUNE 1/1");
  EXPECT_EQ(coverage({.levels = {"COMMUNE"}, .units = {1001, kNinhKieu}}), "COMMUNE 1/1");
  // Within the unit asked, too; and never the programme's own.
  EXPECT_EQ(coverage({.units = {1001, 1003}}, kBinhThuy), "COMMUNE 1/1");
  EXPECT_EQ(coverage({.units = {kOldCity}}), "");
  EXPECT_EQ(coverage({.subtree = kOldCity}), "DISTRICT 2/2, COMMUNE 5/5");
  // A unit that has ended is named in vain.
  EXPECT_EQ(
      Coverage(kOldCity, kOldCity, CivilDay(2025, 1, 1), AllSigned(), {.units = {1002, 1001}}),
      "COMMUNE 1/1");
}

TEST(StandingTest, SinceIsTheFirstDayOfTheUnbrokenTime) {
  struct Row {
    std::string what;
    int64_t unit;
    CivilDay day;
    std::vector<CascadeMember> members;
    std::string standing;
  };
  const CivilDay d2021(2021, 1, 1), d2022(2022, 1, 1), d2023(2023, 1, 1), d2027(2027, 1, 1);
  for (const Row& row : std::vector<Row>{
           {"never signed", 1001, kBefore, {}, "missing 2020-10-01"},
           {"came to be later", 1101, kAfter, {}, "missing 2025-07-01"},
           {"another parent is no end", 1005, kAfter, {}, "missing 2020-10-01"},
           {"its agreement ended",
            1001,
            kBefore,
            {Member(1001, d2021, d2022)},
            "missing 2022-01-01"},
           {"the later end of two",
            1001,
            kBefore,
            {Member(1001, d2021, d2023), Member(1001, d2021, d2022)},
            "missing 2023-01-01"},
           {"begins only tomorrow",
            1001,
            kBefore,
            {Member(1001, kBefore + 1, d2027)},
            "missing 2020-10-01"},
           {"another's agreement",
            1001,
            kBefore,
            {Member(1003, d2021, d2027)},
            "missing 2020-10-01"},
           {"signed", 1001, kBefore, {Member(1001, d2021, d2027)}, "signed 2021-01-01"},
           {"without a gap",
            1001,
            kBefore,
            {Member(1001, d2021, d2022), Member(1001, d2022, d2027)},
            "signed 2021-01-01"},
           {"with a gap",
            1001,
            kBefore,
            {Member(1001, d2021, d2022), Member(1001, d2022 + 1, d2027)},
            "signed 2022-01-02"},
           {"overlapping, in any order",
            1001,
            kBefore,
            {Member(1001, d2022, d2027), Member(1003), Member(1001, d2021, d2023)},
            "signed 2021-01-01"},
       }) {
    const Standings standings(row.members, row.day, kProgrammeFrom);
    const Standing standing = standings.Of(Tree(), row.unit);
    EXPECT_EQ(standings.IsSigned(row.unit), standing.member != nullptr) << row.what;
    EXPECT_EQ((standing.member != nullptr ? "signed " : "missing ") +
                  absl::FormatCivilTime(standing.since.value_or(kFirstDay)),
              row.standing)
        << row.what;
  }
  EXPECT_FALSE(Standings({}, kBefore, std::nullopt).Of(Tree(), 1001).since.has_value());
}

TEST(StandingTest, OfSeveralAgreementsTheOneThatLastsLongestCounts) {
  const std::vector<CascadeMember> members = {
      {1001, CivilDay(2021, 1, 1), CivilDay(2024, 1, 1), "short"},
      {1001, CivilDay(2022, 1, 1), CivilDay(2026, 1, 1), "long"}};
  const Standing standing = Standings(members, kBefore, kProgrammeFrom).Of(Tree(), 1001);
  ASSERT_NE(standing.member, nullptr);
  EXPECT_EQ(standing.member->agreement, "long");
  EXPECT_EQ(standing.in_force_from, CivilDay(2021, 1, 1));
}

TEST(CoverageTest, FirstAndLastDayAreThoseOnWhichUnitsCameUnderAnAgreement) {
  const std::vector<CascadeMember> members = {
      Member(1001, CivilDay(2021, 5, 1)),
      // Two agreements of one unit: it came under the first.
      Member(1002, CivilDay(2023, 1, 1)), Member(1002, CivilDay(2021, 1, 1)),
      // Over, or not yet begun: neither counts.
      Member(1001, CivilDay(2020, 1, 1), CivilDay(2020, 2, 1)), Member(1001, CivilDay(2024, 1, 1))};
  const auto levels = Count(ExpectedUnits(Tree(), kNinhKieu, kNinhKieu, kBefore), members, kBefore);
  ASSERT_EQ(Summary(levels), "COMMUNE 2/2");
  EXPECT_EQ(levels[0].first_in_force, CivilDay(2021, 1, 1));
  EXPECT_EQ(levels[0].last_in_force, CivilDay(2021, 5, 1));
  const auto none = Count(ExpectedUnits(Tree(), kNinhKieu, kNinhKieu, kBefore), {}, kBefore);
  EXPECT_FALSE(none[0].first_in_force.has_value());
}

TEST(ChooseProgrammeTest, OldestWithACascadeWinsThenTheOldestWithoutAParent) {
  const ProgrammeCandidate bilateral{"a", "", 92, CivilDay(2017, 1, 1), false, false};
  const ProgrammeCandidate city{"b", "", 92, CivilDay(2020, 9, 30), false, true};
  const ProgrammeCandidate district{"c", "", 916, CivilDay(2020, 10, 30), true, true};
  const ProgrammeCandidate commune{"d", "", 1001, CivilDay(2016, 1, 1), true, false};
  const ProgrammeCandidate twin{"e", "", 92, CivilDay(2020, 9, 30), false, true};
  const ProgrammeCandidate same_day{"A", "", 916, CivilDay(2020, 9, 30), true, true};
  const auto chosen = [](const std::vector<ProgrammeCandidate>& candidates) {
    const ProgrammeCandidate* programme = ChooseProgramme(candidates, {1001, 916, 92, 1});
    return programme == nullptr ? "" : programme->id;
  };
  EXPECT_EQ(chosen({bilateral, district, city, commune}), "b");
  EXPECT_EQ(chosen({twin, city}), "b");
  EXPECT_EQ(chosen({same_day, city, district}), "b");
  EXPECT_EQ(chosen({bilateral, district}), "c");
  EXPECT_EQ(chosen({commune, bilateral}), "a");
  EXPECT_EQ(chosen({commune}), "");
  EXPECT_EQ(chosen({}), "");
}

TEST(StandingTest, MissingSinceTheVersionThatAskedForIt) {
  const CivilDay levels(2021, 1, 1), list(2022, 1, 1), all(2023, 1, 1);
  const std::vector<TargetVersion> versions = {{kProgrammeFrom, {.levels = {"DISTRICT"}}},
                                               {levels, {.levels = {"DISTRICT", "COMMUNE"}}},
                                               {list, {.units = {1001, 1004, kNinhKieu}}},
                                               {all, {}}};
  const auto since = [&](int64_t unit, size_t count = 4) {
    Standings standings({}, kBefore, kProgrammeFrom);
    standings.SetTargets(absl::MakeSpan(versions).subspan(0, count), kOldCity);
    return standings.Of(Tree(), unit).since;
  };
  EXPECT_EQ(since(kNinhKieu), kProgrammeFrom);
  EXPECT_EQ(since(kBinhThuy), all);
  EXPECT_EQ(since(kBinhThuy, 2), kProgrammeFrom);
  EXPECT_EQ(since(1001), levels);
  EXPECT_EQ(since(1003), all);
}

}  // namespace
}  // namespace phoihop::agreements
