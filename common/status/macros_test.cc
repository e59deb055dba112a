#include "common/status/macros.h"

#include <map>
#include <memory>

#include "common/testing/status_matchers.h"
#include "gtest/gtest.h"

namespace phoihop {
namespace {

using ::phoihop::testing::IsOk;
using ::phoihop::testing::IsOkAndHolds;
using ::phoihop::testing::StatusIs;
using ::testing::Eq;
using ::testing::Gt;
using ::testing::Not;

absl::StatusOr<std::unique_ptr<int>> Half(int number) {
  if (number % 2 != 0) return absl::OutOfRangeError("odd");
  return std::make_unique<int>(number / 2);
}

absl::StatusOr<int> Quarter(int number) {
  ASSIGN_OR_RETURN(const std::unique_ptr<int> half, Half(number));
  ASSIGN_OR_RETURN(auto quarter, Half(*half));
  return *quarter;
}

absl::Status Divisible(int number) {
  RETURN_IF_ERROR(Quarter(number).status());
  return absl::OkStatus();
}

TEST(MacrosTest, ValueIsMovedAndErrorReturned) {
  EXPECT_THAT(Quarter(8), IsOkAndHolds(2));
  EXPECT_THAT(Quarter(8), IsOkAndHolds(Gt(1)));
  EXPECT_THAT(Quarter(8), Not(IsOkAndHolds(Eq(3))));
  EXPECT_THAT(Quarter(6), StatusIs(absl::StatusCode::kOutOfRange));
  EXPECT_THAT(Quarter(6), Not(IsOkAndHolds(Eq(3))));
  EXPECT_THAT(Divisible(8), IsOk());
  EXPECT_THAT(Divisible(7), Not(IsOk()));
}

}  // namespace
}  // namespace phoihop
