#include "services/directory/domain/register_import.h"

#include <algorithm>
#include <string>
#include <vector>

#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace phoihop::directory {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::IsOk;
using ::testing::SizeIs;
using testing::StatusIs;

constexpr absl::CivilDay kFirst(2021, 7, 1), kSecond(2025, 1, 4), kReform(2025, 7, 1);

// Two provinces; a district each; communes A, B, C in the first, D in the second.
RegisterSnapshot FirstSnapshot() {
  return {"one@1",
          kFirst,
          Precision::kObserved,
          "",
          {{"92", "Thành phố Cần Thơ", "", "PROVINCE", "Thành phố"},
           {"93", "Tỉnh Hậu Giang", "", "PROVINCE", "Tỉnh"},
           {"916", "Quận Ninh Kiều", "92", "DISTRICT", "Quận"},
           {"930", "Thành phố Vị Thanh", "93", "DISTRICT", "Thành phố"},
           {"31117", "Phường A", "916", "COMMUNE", "Phường"},
           {"31120", "Phường B", "916", "COMMUNE", "Phường"},
           {"31123", "Xã C", "916", "COMMUNE", "Xã"},
           {"31318", "Xã D", "930", "COMMUNE", "Xã"}},
          {}};
}

// The reform: A and B become A; C goes on as C; D is split over D and E; 93 goes
// into 92.
RegisterSnapshot Reform() {
  const std::string ct = "Thành phố Cần Thơ", hg = "Tỉnh Hậu Giang";
  return {"three@1",
          kReform,
          Precision::kExact,
          "19/2025/QĐ-TTg",
          {{"92", ct, "", "PROVINCE", "Thành phố"},
           {"31117", "Phường A", "92", "COMMUNE", "Phường"},
           {"31123", "Xã C", "92", "COMMUNE", "Xã"},
           {"31318", "Xã D", "92", "COMMUNE", "Xã"},
           {"31321", "Xã E", "92", "COMMUNE", "Xã"}},
          {{"31117", "Phường A", "Quận Ninh Kiều", ct, "31117", "Phường A", "Cần Thơ"},
           {"", "Phường B", "Quận Ninh Kiều", ct, "31117", "Phường A", "Cần Thơ"},
           {"31123", "Xã C", "Quận Ninh Kiều", ct, "31123", "Xã C", "Cần Thơ"},
           {"31318", "Xã D", "Thành phố Vị Thanh", hg, "31318", "Xã D", "Cần Thơ"},
           {"31318", "Xã D", "Thành phố Vị Thanh", hg, "31321", "Xã E", "Cần Thơ"}}};
}

// Imports and returns the register afterwards; `plan` gets what was done.
Register Import(const Register& reg, const RegisterSnapshot& snapshot, ImportPlan* plan = nullptr) {
  const absl::StatusOr<ImportPlan> made = PlanImport(reg, snapshot);
  EXPECT_THAT(made, IsOk());
  if (plan != nullptr) *plan = *made;
  return Applied(reg, *made);
}

int64_t Resolve(const Register& reg, const std::string& code, absl::CivilDay day) {
  return TreeOf(reg)->Resolve(code, day).value_or(0);
}

// The succession between two units, or null.
const Succession* Find(const Register& reg, int64_t from, int64_t to) {
  for (const Succession& succession : reg.successions) {
    if (succession.from_unit == from && succession.to_unit == to) return &succession;
  }
  return nullptr;
}

std::vector<std::string> Reasons(const ImportPlan& plan) {
  std::vector<std::string> reasons;
  for (const LeftOut& left : plan.left_out) {
    reasons.push_back(left.reason + " " + std::to_string(left.count));
  }
  return reasons;
}

TEST(ImportTest, FirstSnapshotHoldsBeforeItsDayToo) {
  ImportPlan plan;
  const Register reg = Import(NewRegister(), FirstSnapshot(), &plan);
  EXPECT_EQ(plan.units_created, 8);
  EXPECT_THAT(plan.left_out, IsEmpty());
  const int64_t city = Resolve(reg, "92", absl::CivilDay(2020, 9, 30));
  ASSERT_NE(city, 0);
  const UnitVersion& version = reg.units.at(city).versions.front();
  EXPECT_EQ(version.from_precision, Precision::kUnknown);
  EXPECT_EQ(version.until, kEndOfDays);
  EXPECT_EQ(version.source, "one@1");
  EXPECT_EQ(version.parent, access::kCountryUnit);
  EXPECT_TRUE(TreeOf(reg)->IsWithin(Resolve(reg, "31117", kFirst), city, kFirst));
}

TEST(ImportTest, ImportingAgainChangesNothing) {
  Register reg = Import(NewRegister(), FirstSnapshot());
  reg = Import(reg, Reform());
  for (const RegisterSnapshot& snapshot : {FirstSnapshot(), Reform()}) {
    ImportPlan plan;
    const Register again = Import(reg, snapshot, &plan);
    EXPECT_TRUE(plan.empty());
    EXPECT_EQ(plan.units_unchanged, static_cast<int>(snapshot.rows.size()));
    EXPECT_EQ(again.units, reg.units);
    EXPECT_EQ(again.version, reg.version);
    EXPECT_EQ(again.last_import, kReform);
  }
}

TEST(ImportTest, OlderSnapshotWithOtherContentIsRefused) {
  const Register reg = Import(Import(NewRegister(), FirstSnapshot()), Reform());
  RegisterSnapshot other = FirstSnapshot();
  other.rows[4].name = "Phường Khác";
  EXPECT_THAT(PlanImport(reg, other),
              StatusIs(absl::StatusCode::kFailedPrecondition, "SNAPSHOT_OUT_OF_ORDER"));
  other.date = kReform;
  EXPECT_THAT(PlanImport(reg, other),
              StatusIs(absl::StatusCode::kFailedPrecondition, "SNAPSHOT_OUT_OF_ORDER"));
}

TEST(ImportTest, WithoutMappingsTheSameCodeAndFoldedNameIsTheSameUnit) {
  Register reg = Import(NewRegister(), FirstSnapshot());
  RegisterSnapshot second = FirstSnapshot();
  second.source = "two@1";
  second.date = kSecond;
  second.rows[4].name = "Phường Á";    // only a mark: the same unit, renamed
  second.rows[5].name = "Phường Bê";   // another name: another unit
  second.rows[6].parent_code = "930";  // moved
  second.rows.pop_back();              // ended
  second.rows.push_back({"31400", "Xã F", "930", "COMMUNE", "Xã"});
  ImportPlan plan;
  reg = Import(reg, second, &plan);
  EXPECT_EQ(plan.units_created, 2);
  EXPECT_EQ(plan.units_changed, 2);
  EXPECT_EQ(plan.units_closed, 2);
  EXPECT_EQ(plan.units_unchanged, 4);

  const int64_t a = Resolve(reg, "31117", kSecond);
  EXPECT_EQ(a, Resolve(reg, "31117", kFirst));
  EXPECT_THAT(reg.units.at(a).versions, SizeIs(2));
  EXPECT_EQ(reg.units.at(a).revision, 2);
  EXPECT_EQ(reg.units.at(a).versions[0].until, kSecond);
  EXPECT_EQ(reg.units.at(a).versions[0].until_precision, Precision::kObserved);

  const int64_t old_b = Resolve(reg, "31120", kFirst), new_b = Resolve(reg, "31120", kSecond);
  EXPECT_NE(old_b, new_b);
  ASSERT_THAT(reg.successions, SizeIs(1));
  EXPECT_EQ(reg.successions[0], (Succession{old_b, new_b, kSecond, Precision::kObserved,
                                            Succession::Kind::kCodeKept, "", false, "two@1"}));
  const auto tree = TreeOf(reg);
  const int64_t c = Resolve(reg, "31123", kSecond);
  EXPECT_EQ(tree->ParentOn(c, kSecond - 1), Resolve(reg, "916", kFirst));
  EXPECT_EQ(tree->ParentOn(c, kSecond), Resolve(reg, "930", kFirst));
  EXPECT_EQ(Resolve(reg, "31318", kSecond - 1) != 0, true);
  EXPECT_EQ(Resolve(reg, "31318", kSecond), 0);
}

TEST(ImportTest, ReformKeepsOnlyWhatDidNotChange) {
  ImportPlan plan;
  const Register reg = Import(Import(NewRegister(), FirstSnapshot()), Reform(), &plan);
  EXPECT_THAT(plan.left_out, IsEmpty());
  const auto was = [&](const char* code) { return Resolve(reg, code, kReform - 1); };
  const auto is = [&](const char* code) { return Resolve(reg, code, kReform); };
  EXPECT_EQ(was("31123"), is("31123")) << "C went on alone";
  EXPECT_NE(was("31117"), is("31117")) << "A took B in";
  EXPECT_NE(was("31318"), is("31318")) << "D was split";
  EXPECT_NE(was("92"), is("92")) << "Can Tho took Hau Giang in";
  EXPECT_EQ(is("93"), 0);
  EXPECT_EQ(is("916"), 0);
  EXPECT_THAT(TreeOf(reg)->LevelsOn(kReform), ElementsAre("COUNTRY", "PROVINCE", "COMMUNE"));

  const auto kind = [&](int64_t from, int64_t to) {
    const Succession* found = Find(reg, from, to);
    return found == nullptr ? 0 : static_cast<int>(found->kind);
  };
  using Kind = Succession::Kind;
  EXPECT_EQ(kind(was("31117"), is("31117")), static_cast<int>(Kind::kMerger));
  EXPECT_EQ(kind(was("31120"), is("31117")), static_cast<int>(Kind::kMerger));
  EXPECT_EQ(kind(was("31318"), is("31318")), static_cast<int>(Kind::kSplit));
  EXPECT_EQ(kind(was("31318"), is("31321")), static_cast<int>(Kind::kSplit));
  EXPECT_EQ(kind(was("92"), is("92")), static_cast<int>(Kind::kMerger));
  EXPECT_EQ(kind(was("93"), is("92")), static_cast<int>(Kind::kMerger));
  EXPECT_THAT(reg.successions, SizeIs(6));
  EXPECT_TRUE(Find(reg, was("31120"), is("31117"))->derived);
  EXPECT_FALSE(Find(reg, was("31117"), is("31117"))->derived);
  EXPECT_EQ(plan.successions_derived, 1);
  EXPECT_EQ(Find(reg, was("93"), is("92"))->decree, "19/2025/QĐ-TTg");
}

TEST(ImportTest, RenamedCommuneContinuesAsAnotherUnit) {
  RegisterSnapshot reform = Reform();
  reform.rows[2].name = "Phường C Mới";
  const Register reg = Import(Import(NewRegister(), FirstSnapshot()), reform);
  const Succession* found =
      Find(reg, Resolve(reg, "31123", kReform - 1), Resolve(reg, "31123", kReform));
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->kind, Succession::Kind::kContinuation);
}

TEST(ImportTest, ProvinceThatTookNobodyInStaysTheSame) {
  RegisterSnapshot first = FirstSnapshot();
  RegisterSnapshot reform = Reform();
  reform.rows.push_back({"93", "Tỉnh Hậu Giang", "", "PROVINCE", "Tỉnh"});
  for (size_t i : {3, 4}) {
    reform.rows[i].parent_code = "93";
    reform.mappings[i].new_province_name = "Hậu Giang";
  }
  const Register reg = Import(Import(NewRegister(), first), reform);
  EXPECT_EQ(Resolve(reg, "92", kReform - 1), Resolve(reg, "92", kReform));
  EXPECT_EQ(Resolve(reg, "93", kReform - 1), Resolve(reg, "93", kReform));
}

TEST(ImportTest, WhatCannotBePlacedIsListedByReason) {
  RegisterSnapshot reform = Reform();
  const std::string ct = "Thành phố Cần Thơ", q = "Quận Ninh Kiều";
  reform.mappings.insert(reform.mappings.end(),
                         {{"31117", "Phường A", q, ct, "99999", "Phường X", "Cần Thơ"},
                          {"31117", "Phường A", q, ct, "31123", "Xã C", "Hà Nội"},
                          {"", "", "", "", "31321", "Xã E", "Cần Thơ"},
                          {"88888", "Phường Z", q, ct, "31321", "Xã E", "Cần Thơ"},
                          {"", "Phường Z", q, ct, "31321", "Xã E", "Cần Thơ"},
                          {"31117", "Phường A", q, ct, "31117", "Phường A", "Cần Thơ"}});
  reform.rows.push_back({"31117", "Phường A lần nữa", "92", "COMMUNE", ""});
  reform.rows.push_back({"31555", "Xã mồ côi", "77", "COMMUNE", "Xã"});
  reform.rows.push_back({"3x", "Xã lạ", "92", "COMMUNE", "Xã"});
  ImportPlan plan;
  Import(Import(NewRegister(), FirstSnapshot()), reform, &plan);
  EXPECT_THAT(Reasons(plan),
              ElementsAre("REPEATED_CODE 1", "INVALID_ROW 1", "UNKNOWN_PARENT 1",
                          "UNKNOWN_NEW_CODE 1", "NEW_PROVINCE_MISMATCH 1", "NO_OLD_UNIT 1",
                          "UNKNOWN_OLD_CODE 1", "UNKNOWN_OLD_NAME 1", "REPEATED_SUCCESSION 1"));
  EXPECT_THAT(plan.left_out[0].rows, ElementsAre("31117 Phường A lần nữa"));
  EXPECT_EQ(plan.mapping_counts.repeated_rows, 1);
}

TEST(ImportTest, TwoOlderUnitsOfOneNameAreNotGuessedBetween) {
  RegisterSnapshot first = FirstSnapshot();
  first.rows[4].name = "Phường B";  // now two of that name in one district
  RegisterSnapshot reform = Reform();
  reform.mappings.erase(reform.mappings.begin());
  ImportPlan plan;
  Import(Import(NewRegister(), first), reform, &plan);
  EXPECT_THAT(Reasons(plan), ElementsAre("AMBIGUOUS_OLD_NAME 1"));
}

TEST(ImportTest, LeftOutRowDoesNotEndItsUnit) {
  RegisterSnapshot second = FirstSnapshot();
  second.date = kSecond;
  second.rows[4].parent_code = "000";
  ImportPlan plan;
  const Register reg = Import(Import(NewRegister(), FirstSnapshot()), second, &plan);
  EXPECT_THAT(Reasons(plan), ElementsAre("UNKNOWN_PARENT 1"));
  EXPECT_EQ(plan.units_closed, 0);
  EXPECT_NE(Resolve(reg, "31117", kSecond), 0);
}

TEST(ImportTest, RingOfParentsIsLeftOut) {
  RegisterSnapshot first = FirstSnapshot();
  first.rows[2].parent_code = "930";
  first.rows[3].parent_code = "916";
  ImportPlan plan;
  Import(NewRegister(), first, &plan);
  EXPECT_THAT(Reasons(plan), ElementsAre("UNKNOWN_PARENT 6"));
  EXPECT_EQ(plan.units_created, 2);
}

}  // namespace
}  // namespace phoihop::directory
