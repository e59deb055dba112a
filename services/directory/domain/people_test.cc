#include "services/directory/domain/people.h"

#include "common/access/roles.h"
#include "gtest/gtest.h"

namespace phoihop::directory {
namespace {

TEST(PeopleTest, EveryRoleIsInTheTableOfPermissions) {
  for (int role = 1; role <= 6; ++role) {
    EXPECT_TRUE(access::IsRole(RoleName(static_cast<Role>(role)))) << role;
  }
}

TEST(PeopleTest, RevokingAgainKeepsTheFirstTime) {
  const absl::Time now = absl::FromUnixSeconds(1700000000);
  const Grant once = Revoked(Grant(), now);
  EXPECT_EQ(once.revoked, now);
  EXPECT_EQ(once.revision, 2);
  EXPECT_EQ(Revoked(once, now + absl::Hours(1)), once);
}

}  // namespace
}  // namespace phoihop::directory
