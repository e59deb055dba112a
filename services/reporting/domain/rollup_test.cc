#include "services/reporting/domain/rollup.h"

#include <random>

#include "absl/strings/str_cat.h"
#include "common/access/testing_tree.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace phoihop::reporting {
namespace {

using absl::CivilDay;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

Cascade CityCascade(CivilDay as_of) {
  Cascade cascade;
  cascade.programme.id = "city";
  cascade.programme.unit = access::kOldCanTho;
  cascade.as_of = as_of;
  cascade.signed_units = {access::kOldCanTho, access::kNinhKieu, access::kBinhThuy,
                          access::kCaiKhe,    access::kMoved,    access::kNewCaiKhe};
  return cascade;
}

std::vector<SegmentCounts> NoCounts(const Layout& layout) {
  return std::vector<SegmentCounts>(layout.segments.size());
}

TEST(RollupTest, SignedOfExpectedByLevelAndChild) {
  const auto tree = access::TestTree();
  const CivilDay day(2023, 10, 24);
  const auto layout = MakeLayout(*tree, access::kOldCanTho, {CivilDay(2020, 9, 30), day});
  const Rollup rollup = RollUp(*layout, NoCounts(*layout), CityCascade(day), *tree);
  EXPECT_THAT(rollup.signed_levels, ElementsAre("DISTRICT", "COMMUNE"));
  EXPECT_THAT(rollup.total.signed_by_level, ElementsAre(Figures::Part{2, 2}, Figures::Part{2, 3}));
  // Ninh Kieu has two communes that signed, Binh Thuy one that did not.
  EXPECT_THAT(rollup.children[0].signed_by_level,
              ElementsAre(Figures::Part{1, 1}, Figures::Part{2, 2}));
  EXPECT_THAT(rollup.children[1].signed_by_level,
              ElementsAre(Figures::Part{1, 1}, Figures::Part{0, 1}));
  // What is at a district is not below it.
  EXPECT_THAT(rollup.levels[1].signed_by_level,
              ElementsAre(Figures::Part{0, 0}, Figures::Part{2, 3}));
  EXPECT_THAT(rollup.own.signed_by_level, ElementsAre(Figures::Part{}, Figures::Part{}));
}

TEST(RollupTest, DistrictIsExpectedItselfBelowTheCitysProgramme) {
  const auto tree = access::TestTree();
  const CivilDay day(2023, 10, 24);
  const auto layout = MakeLayout(*tree, access::kNinhKieu, {CivilDay(2023, 1, 1), day});
  const Rollup rollup = RollUp(*layout, NoCounts(*layout), CityCascade(day), *tree);
  EXPECT_THAT(rollup.total.signed_by_level, ElementsAre(Figures::Part{1, 1}, Figures::Part{2, 2}));
  EXPECT_THAT(rollup.own.signed_by_level, ElementsAre(Figures::Part{1, 1}, Figures::Part{}));
}

TEST(RollupTest, UnitsThatEndedAreNotExpectedLater) {
  const auto tree = access::TestTree();
  const auto layout =
      MakeLayout(*tree, access::kCountryUnit, {CivilDay(2025, 1, 1), CivilDay(2025, 12, 31)});
  Cascade cascade = CityCascade(CivilDay(2025, 12, 31));
  cascade.programme.unit = access::kCountryUnit;
  const Rollup rollup = RollUp(*layout, NoCounts(*layout), cascade, *tree);
  EXPECT_THAT(rollup.signed_levels, ElementsAre("PROVINCE", "COMMUNE"));
  EXPECT_THAT(rollup.total.signed_by_level, ElementsAre(Figures::Part{0, 2}, Figures::Part{1, 1}));
}

TEST(RollupTest, WithoutAProgrammeNothingIsExpected) {
  const auto tree = access::TestTree();
  const CivilDay day(2023, 10, 24);
  const auto layout = MakeLayout(*tree, access::kOldCanTho, {CivilDay(2020, 9, 30), day});
  EXPECT_THAT(RollUp(*layout, NoCounts(*layout), std::nullopt, *tree).signed_levels, IsEmpty());
}

TEST(RollupTest, PetitionOfACommuneCountsForItselfItsDistrictAndTheCity) {
  const auto tree = access::TestTree();
  const CivilDay day(2023, 10, 24);
  const auto layout = MakeLayout(*tree, access::kOldCanTho, {CivilDay(2023, 1, 1), day});
  const PetitionRow petition{"p", 1, false, access::kAnThoi, 2, CivilDay(2023, 5, 1), day};
  const auto counts = CountPlainly({petition}, {}, layout->segments, day);
  const Rollup rollup = RollUp(*layout, counts, std::nullopt, *tree);
  EXPECT_EQ(rollup.total.complaints, (Figures::Part{1, 1}));
  EXPECT_EQ(rollup.children[0].complaints, (Figures::Part{0, 0}));
  EXPECT_EQ(rollup.children[1].complaints, (Figures::Part{1, 1}));
  EXPECT_EQ(rollup.levels[0].complaints, (Figures::Part{1, 1}));
  EXPECT_EQ(rollup.levels[1].complaints, (Figures::Part{1, 1}));
  // Not yet resolved the day before.
  EXPECT_EQ(CountPlainly({petition}, {}, layout->segments, day - 1)[0].complaints.numerator, 0);
}

// Random records over the reform and a moved commune: nothing is lost or counted twice.
TEST(RollupTest, TotalsAreConserved) {
  const auto tree = access::TestTree();
  std::mt19937 random(20231024);
  const auto pick = [&](int n) { return static_cast<int>(random() % n); };
  for (int round = 0; round < 40; ++round) {
    std::vector<PetitionRow> petitions;
    std::vector<OpinionRow> opinions;
    for (int i = 0; i < 200; ++i) {
      const int64_t unit = tree->ids()[pick(static_cast<int>(tree->ids().size()))];
      const CivilDay day = CivilDay(2023, 10, 1) + pick(900);
      if (!tree->ExistsOn(unit, day)) continue;
      std::optional<CivilDay> resolved;
      if (pick(2) == 0) resolved = day + pick(200);
      petitions.push_back({absl::StrCat("p", i), 1, false, unit, 1 + pick(4), day, resolved});
      opinions.push_back({absl::StrCat("o", i), 1, false, unit, day});
    }
    const DayInterval days{CivilDay(2023, 10, 1) + pick(300), CivilDay(2024, 12, 1) + pick(400)};
    for (const int64_t root : tree->ids()) {
      const auto layout = MakeLayout(*tree, root, days);
      if (!layout.has_value()) continue;
      const Rollup rollup =
          RollUp(*layout, CountPlainly(petitions, opinions, layout->segments, days.last),
                 CityCascade(layout->days.last), *tree);
      Figures sum = rollup.own;
      for (const Figures& child : rollup.children) sum += child;
      ASSERT_EQ(sum, rollup.total);

      // Each level holds what is recorded at its units and below them.
      Figures expected;
      for (const PetitionRow& row : petitions) {
        if (!days.Contains(row.received) || !tree->IsWithin(row.unit, root, row.received)) continue;
        Figures::Part& part = row.kind <= 2 ? expected.complaints : expected.recommendations;
        ++part.denominator;
        part.numerator += row.resolved.has_value() && *row.resolved <= days.last;
      }
      ASSERT_EQ(rollup.total.complaints, expected.complaints);
      ASSERT_EQ(rollup.total.recommendations, expected.recommendations);
      for (size_t level = 0; level < layout->levels.size(); ++level) {
        int64_t entries = 0;
        for (const OpinionRow& row : opinions) {
          if (!days.Contains(row.heard) || !tree->IsWithin(row.unit, root, row.heard)) continue;
          for (const int64_t unit : UnitAndAbove(*tree, row.unit, row.heard)) {
            if (unit == root) break;
            if (tree->Find(unit)->On(row.heard)->level == layout->levels[level]) ++entries;
          }
        }
        ASSERT_EQ(rollup.levels[level].opinion_entries, entries) << layout->levels[level];
      }
    }
  }
}

}  // namespace
}  // namespace phoihop::reporting
