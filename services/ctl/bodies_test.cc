#include "services/ctl/bodies.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "phoihop/directory/v1/directory.pb.h"

namespace phoihop::ctl {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(BodiesTest, AHistorySaysEveryNameAndWhoCarriesOn) {
  directory::v1::BodyHistory history;
  directory::v1::Body& body = *history.mutable_body();
  body.set_name("bodies/p");
  body.set_unit("units/3");
  body.set_valid_until("2025-07-01");
  body.set_end_decision_number("09-QĐ/TU");
  auto& first = *body.add_names();
  first.set_display_name("Ban Tuyên giáo");
  first.set_valid_until("2025-02-10");
  auto& second = *body.add_names();
  second.set_display_name("Ban Tuyên giáo và Dân vận");
  second.set_valid_from("2025-02-10");
  second.set_decision_number("07-QĐ/TU");
  auto& to = *history.add_successors();
  to.set_to_body("bodies/s");
  to.set_to_display_name("Ban mới");
  auto& carrier = *history.add_carried_by();
  carrier.set_name("bodies/s");
  carrier.set_display_name("Ban mới");
  const std::string text = DescribeHistory(history, "");
  EXPECT_THAT(text, HasSubstr("Ban Tuyên giáo  (? .. 2025-02-10)\n"));
  EXPECT_THAT(text, HasSubstr("Ban Tuyên giáo và Dân vận  (2025-02-10 .. 2025-07-01)  07-QĐ/TU\n"));
  EXPECT_THAT(text, HasSubstr("no more since: 2025-07-01  09-QĐ/TU\n"));
  EXPECT_THAT(text, HasSubstr("succeeded by: bodies/s  Ban mới\n"));
  EXPECT_THAT(text, HasSubstr("carries the duties (hôm nay / today): bodies/s  Ban mới\n"));

  history.clear_carried_by();
  EXPECT_THAT(DescribeHistory(history, "2026-01-01"),
              HasSubstr("(2026-01-01): không có / nobody\n"));
}

TEST(BodiesTest, ABodyThatNeverChangedHasOneName) {
  directory::v1::BodyHistory history;
  history.mutable_body()->set_name("bodies/p");
  history.mutable_body()->set_display_name("Tòa án");
  const std::string text = DescribeHistory(history, "");
  EXPECT_THAT(text, HasSubstr("name: Tòa án  (? .. )\n"));
  EXPECT_THAT(text, Not(HasSubstr("no more since")));
}

}  // namespace
}  // namespace phoihop::ctl
