#include "services/agreements/coverage/lineage.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace phoihop::agreements {
namespace {

using absl::CivilDay;

constexpr CivilDay kFirst(2020, 1, 1);
constexpr CivilDay kStep(2025, 1, 4);
constexpr CivilDay kReform(2025, 7, 1);
constexpr CivilDay kNow(2026, 1, 1);

// Units 1 to 9 until the reform (3 until the step before it, and 31 then), 11 and more since.
// 8 exists all the time, 9 ended without a successor, 19 came from nowhere.
std::shared_ptr<const access::UnitTree> Tree() {
  access::UnitTree::Builder builder;
  const auto add = [&](int64_t id, CivilDay from, CivilDay until) {
    builder.Add(id, {from, until, absl::StrCat(id), "", "", "COMMUNE", 0});
  };
  for (const int64_t id : {1, 2, 4, 5, 6, 7, 9}) add(id, kFirstDay, kReform);
  add(3, kFirstDay, kStep);
  add(31, kStep, kReform);
  add(8, kFirstDay, kEndOfDays);
  for (const int64_t id : {11, 12, 13, 14, 15, 19}) add(id, kReform, kEndOfDays);
  return std::move(builder).Build();
}

Lineage TestLineage() {
  return Lineage({
      {1, 11, kReform, Descent::kMerged},
      {2, 11, kReform, Descent::kMerged},
      // A name changed without a source, then it merged.
      {3, 31, kStep, Descent::kCodeKept},
      {31, 11, kReform, Descent::kMerged},
      {4, 12, kReform, Descent::kContinued},
      {5, 13, kReform, Descent::kSplit},
      {5, 14, kReform, Descent::kSplit},
      {6, 13, kReform, Descent::kMerged},
      // Into one that goes on, and a part of one that goes on into another.
      {7, 8, kReform, Descent::kMerged},
      {8, 15, kReform, Descent::kSplit},
  });
}

std::string Show(const std::vector<Relative>& relatives) {
  std::string text;
  for (const Relative& one : relatives) {
    static constexpr const char* kNames[] = {"", "continued", "merged", "split", "code kept"};
    absl::StrAppend(&text, text.empty() ? "" : ", ", one.unit, " ",
                    kNames[static_cast<int>(one.descent)]);
  }
  return text;
}

TEST(LineageTest, DescendantsAreWhereAUnitLivesOn) {
  const auto tree = Tree();
  const Lineage lineage = TestLineage();
  struct Row {
    int64_t unit;
    CivilDay before, after;
    std::string descendants;
  };
  for (const Row& row : std::vector<Row>{
           {1, kFirst, kNow, "11 merged"},
           {1, kFirst, kReform, "11 merged"},
           {1, kFirst, kReform - 1, "1 continued"},
           {3, kFirst, kStep, "31 code kept"},
           // As weak as the weakest step.
           {3, kFirst, kNow, "11 code kept"},
           {31, kStep, kNow, "11 merged"},
           {4, kFirst, kNow, "12 continued"},
           {5, kFirst, kNow, "13 split, 14 split"},
           {7, kFirst, kNow, "8 merged"},
           {8, kFirst, kNow, "8 split, 15 split"},
           // What happened before the first day does not count.
           {8, kReform, kNow, "8 continued"},
           {9, kFirst, kNow, ""},
       }) {
    EXPECT_EQ(Show(lineage.Descendants(*tree, row.unit, row.before, row.after)), row.descendants)
        << row.unit;
  }
}

TEST(LineageTest, AncestorsAreFromWhichAUnitDescends) {
  const auto tree = Tree();
  const Lineage lineage = TestLineage();
  struct Row {
    int64_t unit;
    CivilDay before, after;
    std::string ancestors;
  };
  for (const Row& row : std::vector<Row>{
           {11, kFirst, kNow, "1 merged, 2 merged, 3 code kept"},
           {11, kStep, kNow, "1 merged, 2 merged, 31 merged"},
           {11, kReform, kNow, "11 continued"},
           {12, kFirst, kNow, "4 continued"},
           {13, kFirst, kNow, "5 split, 6 merged"},
           {14, kFirst, kNow, "5 split"},
           // It took one in and gave a part of itself away.
           {8, kFirst, kNow, "7 merged, 8 split"},
           {15, kFirst, kNow, "8 split"},
           {8, kFirst, kReform - 1, "8 continued"},
           {19, kFirst, kNow, ""},
       }) {
    EXPECT_EQ(Show(lineage.Ancestors(*tree, row.unit, row.before, row.after)), row.ancestors)
        << row.unit;
  }
}

TEST(LineageTest, EveryDescendantHasTheUnitAmongItsAncestors) {
  const auto tree = Tree();
  const Lineage lineage = TestLineage();
  int ways = 0;
  for (const int64_t unit : tree->ids()) {
    if (!tree->ExistsOn(unit, kFirst)) continue;
    for (const Relative& heir : lineage.Descendants(*tree, unit, kFirst, kNow)) {
      const auto ancestors = lineage.Ancestors(*tree, heir.unit, kFirst, kNow);
      EXPECT_TRUE(std::any_of(ancestors.begin(), ancestors.end(),
                              [&](const Relative& one) { return one.unit == unit; }))
          << unit << " in " << heir.unit;
      ++ways;
    }
  }
  EXPECT_EQ(ways, 10);
}

TEST(LineageTest, ACircleEnds) {
  access::UnitTree::Builder builder;
  builder.Add(1, {kFirstDay, kEndOfDays, "1", "", "", "COMMUNE", 0});
  builder.Add(2, {kFirstDay, kEndOfDays, "2", "", "", "COMMUNE", 0});
  const auto tree = std::move(builder).Build();
  const Lineage lineage({{1, 2, kReform, Descent::kMerged}, {2, 1, kReform, Descent::kMerged}});
  EXPECT_EQ(lineage.Descendants(*tree, 1, kFirst, kNow).size(), 2);
  EXPECT_EQ(lineage.Ancestors(*tree, 1, kFirst, kNow).size(), 2);
}

}  // namespace
}  // namespace phoihop::agreements
