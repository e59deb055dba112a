#include "common/names/names.h"

#include <set>
#include <string>

#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace phoihop {
namespace {

using ::testing::ElementsAre;
using testing::IsOkAndHolds;
using testing::StatusIs;

TEST(NamesTest, IdIsTakenOutOfName) {
  EXPECT_THAT(ParseName("agreements/*", "agreements/01hx-2", "name"), IsOkAndHolds("01hx-2"));
  EXPECT_THAT(ParseNameParts("agreements/*/signatures/*", "agreements/a/signatures/b", "name"),
              IsOkAndHolds(ElementsAre("a", "b")));
}

TEST(NamesTest, OtherFormsAreRefusedNamingTheField) {
  for (const std::string name : {"", "agreements", "agreements/", "agreements/A", "agreements/a/b",
                                 "bodies/a", "agreements/a b", "/agreements/a", "agreements/-a",
                                 "agreements/đ", "agreements/..", "agreements/a\n"}) {
    const auto status = ParseName("agreements/*", name, "agreement.parent").status();
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument, "INVALID_NAME")) << name;
    EXPECT_THAT(ViolatedFields(status), ElementsAre("agreement.parent")) << name;
  }
  EXPECT_THAT(ParseName("agreements/*", "agreements/" + std::string(65, 'a'), "name"),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(NamesTest, NewIdsHaveTheFormOfAUlid) {
  const absl::Time now = absl::FromUnixMillis(1469918176385);
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::string id = NewId(now);
    ASSERT_EQ(id.size(), 26u);
    EXPECT_TRUE(IsId(id)) << id;
    // The published example of the ULID specification for this millisecond.
    EXPECT_EQ(id.substr(0, 10), "01aryz6s41");
    EXPECT_EQ(id.find_first_of("ilou"), std::string::npos) << id;
    seen.insert(id);
  }
  EXPECT_EQ(seen.size(), 1000u);
}

TEST(NamesTest, NewIdsOrderByTime) {
  const absl::Time now = absl::FromUnixMillis(1469918176385);
  EXPECT_LT(NewId(now), NewId(now + absl::Milliseconds(1)));
}

TEST(NamesTest, UnitNamesAreDecimal) {
  EXPECT_THAT(ParseUnitName("units/12", "unit"), IsOkAndHolds(12));
  EXPECT_EQ(UnitName(12), "units/12");
  for (const char* name : {"units/", "units/0", "units/-1", "units/+1", "units/012", "units/1 ",
                           "units/ 1", "units/99999999999999999999", "unit/1", "units/1/2", "12"}) {
    EXPECT_THAT(ParseUnitName(name, "unit"),
                StatusIs(absl::StatusCode::kInvalidArgument, "INVALID_NAME"))
        << name;
  }
}

}  // namespace
}  // namespace phoihop
