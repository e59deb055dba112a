#include "common/access/grants.h"

#include <string>

#include "common/access/roles.h"
#include "common/access/snapshot.h"
#include "common/access/testing_tree.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace phoihop::access {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::IsOk;
using testing::StatusIs;

constexpr char kRead[] = "opinions.petition.read";
constexpr char kWrite[] = "opinions.petition.write";

Caller Member(std::string id, std::string body = "") {
  return {Caller::kMember, "members/" + id, body, "s"};
}
const Caller kService{Caller::kService, "services/reporting", "", "s"};
const Caller kAnonymous;

Grants TestGrants() {
  return Grants({
      {"g1", "members/district", "contributor", "", kNinhKieu, false},
      {"g2", "members/city", "viewer", "", kOldCanTho, false},
      {"g3", "members/gone", "administrator", "", kCountryUnit, true},
      {"g4", "members/admin", "administrator", "", kCountryUnit, false},
      {"g5", "members/signer", "leader", "bodies/court", kOldCanTho, false},
      {"g6", "members/odd", "emperor", "", kCountryUnit, false},
  });
}

struct Case {
  std::string what;
  Caller caller;
  std::string permission;
  int64_t unit;
  absl::CivilDay day;
  bool allowed;
};

class ScopeTest : public ::testing::TestWithParam<Case> {};

TEST_P(ScopeTest, IsDecidedBySubtreeRoleAndDay) {
  const Case& c = GetParam();
  EXPECT_EQ(TestGrants().Allows(c.caller, c.permission, c.unit, c.day, *TestTree()), c.allowed)
      << c.what;
}

INSTANTIATE_TEST_SUITE_P(
    Grants, ScopeTest,
    ::testing::Values(
        Case{"own district", Member("district"), kRead, kNinhKieu, kLastOldDay, true},
        Case{"own commune", Member("district"), kWrite, kCaiKhe, kLastOldDay, true},
        Case{"other district", Member("district"), kRead, kBinhThuy, kLastOldDay, false},
        Case{"commune of another district", Member("district"), kRead, kAnThoi, kLastOldDay, false},
        Case{"the city above", Member("district"), kRead, kOldCanTho, kLastOldDay, false},
        Case{"before the move", Member("district"), kRead, kMoved, kMoveDay - 1, true},
        Case{"after the move", Member("district"), kRead, kMoved, kMoveDay, false},
        Case{"after the unit ended", Member("district"), kRead, kNinhKieu, kReform, false},
        Case{"a successor is another unit", Member("city"), kRead, kNewCanTho, kReform, false},
        Case{"viewer does not write", Member("city"), kWrite, kCaiKhe, kLastOldDay, false},
        Case{"viewer reads below", Member("city"), kRead, kCaiKhe, kLastOldDay, true},
        Case{"revoked", Member("gone"), kRead, kCaiKhe, kLastOldDay, false},
        Case{"administrator everywhere", Member("admin"), kRead, kNewCaiKhe, kReform, true},
        Case{"no such unit", Member("admin"), kRead, 999, kReform, false},
        Case{"unit not yet there", Member("admin"), kRead, kNewCaiKhe, kLastOldDay, false},
        Case{"no grants at all", Member("nobody"), kRead, kCaiKhe, kLastOldDay, false},
        Case{"unknown role", Member("odd"), kRead, kCaiKhe, kLastOldDay, false},
        Case{"unknown permission", Member("admin"), "x.y.z", kCaiKhe, kLastOldDay, false},
        Case{"acting for the granted body", Member("signer", "bodies/court"), kRead, kCaiKhe,
             kLastOldDay, true},
        Case{"acting for no body", Member("signer"), kRead, kCaiKhe, kLastOldDay, true},
        Case{"acting for another body", Member("signer", "bodies/x"), kRead, kCaiKhe, kLastOldDay,
             false},
        Case{"service", kService, kRead, kCaiKhe, kLastOldDay, true},
        Case{"service, no such unit", kService, kRead, 999, kLastOldDay, false},
        Case{"anonymous", kAnonymous, kRead, kCaiKhe, kLastOldDay, false}));

TEST(GrantsTest, PermissionAnywhereIsTold) {
  const Grants grants = TestGrants();
  EXPECT_TRUE(grants.Has(Member("district"), kWrite));
  EXPECT_FALSE(grants.Has(Member("city"), kWrite));
  EXPECT_FALSE(grants.Has(Member("gone"), kRead));
  EXPECT_FALSE(grants.Has(kService, kRead));
  EXPECT_FALSE(grants.Has(kAnonymous, kRead));
  EXPECT_THAT(grants.UnitsOf(Member("district"), kRead), ElementsAre(kNinhKieu));
  EXPECT_THAT(grants.UnitsOf(Member("gone"), kRead), IsEmpty());
}

TEST(GrantsTest, ServiceNamedAsAMemberHasNoGrants) {
  // A service whose name were to collide with a member's still lives from rules.
  EXPECT_FALSE(TestGrants().Has({Caller::kService, "members/admin", "", ""}, kRead));
}

TEST(GrantsTest, GrantIsAddedAndReplacedById) {
  const Grants before = TestGrants();
  const Grants revoked = before.With({"g2", "members/city", "viewer", "", kOldCanTho, true});
  EXPECT_TRUE(before.Has(Member("city"), kRead));
  EXPECT_FALSE(revoked.Has(Member("city"), kRead));
  EXPECT_EQ(revoked.all().size(), before.all().size());
  EXPECT_TRUE(before.With({"g9", "members/new", "viewer", "", 1, false}).Has(Member("new"), kRead));
}

TEST(RequireUnitTest, OutsideScopeAndMissingGiveTheSameAnswer) {
  const StaticSnapshot source(TestTree(), TestGrants().all());
  const Snapshot snapshot = *source.Get();
  const auto require = [&](int64_t unit) {
    return RequireUnit(snapshot, Member("district"), kRead, unit, kLastOldDay, "Petition",
                       "petitions/p1");
  };
  EXPECT_THAT(require(kCaiKhe), IsOk());
  EXPECT_THAT(require(kBinhThuy), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_EQ(require(kBinhThuy), require(999));
}

TEST(RolesTest, EachRoleHasWhatItIsFor) {
  EXPECT_TRUE(RoleHas("viewer", "gateway.overview.read"));
  EXPECT_FALSE(RoleHas("viewer", "opinions.entry.write"));
  EXPECT_TRUE(RoleHas("contributor", "opinions.entry.write"));
  EXPECT_FALSE(RoleHas("contributor", "agreements.agreement.write"));
  EXPECT_TRUE(RoleHas("officer", "agreements.agreement.write"));
  EXPECT_FALSE(RoleHas("officer", "agreements.agreement.sign"));
  EXPECT_TRUE(RoleHas("leader", "agreements.agreement.sign"));
  EXPECT_FALSE(RoleHas("leader", "directory.grant.write"));
  EXPECT_TRUE(RoleHas("administrator", "directory.grant.write"));
  EXPECT_FALSE(RoleHas("administrator", "agreements.agreement.sign"));
  EXPECT_FALSE(RoleHas("auditor", "opinions.entry.read"));
  EXPECT_FALSE(RoleHas("", "opinions.entry.read"));
  EXPECT_FALSE(RoleHas("viewer", ""));
  EXPECT_EQ(Roles().size(), 6u);
  EXPECT_TRUE(IsRole("auditor"));
  EXPECT_FALSE(IsRole("Auditor"));
  EXPECT_TRUE(IsPermission("directory.unit.import"));
  EXPECT_FALSE(IsPermission("directory.unit.burn"));
}

}  // namespace
}  // namespace phoihop::access
