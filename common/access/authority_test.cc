#include "common/access/authority.h"

#include <filesystem>

#include "common/access/credentials.h"
#include "common/access/testing_tree.h"
#include "common/testing/status_matchers.h"
#include "gtest/gtest.h"

namespace phoihop::access {
namespace {

using testing::IsOkAndHolds;
using testing::StatusIs;

constexpr char kRead[] = "opinions.petition.read";

class NoSnapshot : public SnapshotSource {
 public:
  absl::StatusOr<Snapshot> Get() const override {
    return Unavailable("DIRECTORY_STALE", {"Stale.", "Cũ."});
  }
};

TEST(SnapshotPermissionsTest, CountryNeedsAGrantOverTheCountry) {
  const StaticSnapshot source(TestTree(), {{"g1", "members/a", "viewer", "", kCountryUnit, false},
                                           {"g2", "members/b", "viewer", "", kOldCanTho, false},
                                           {"g3", "members/c", "viewer", "", kCountryUnit, true}});
  const SnapshotPermissions permissions(&source);
  const auto member = [](const char* name) { return Caller{Caller::kMember, name, "", ""}; };
  EXPECT_THAT(permissions.HoldsForCountry(member("members/a"), kRead), IsOkAndHolds(true));
  EXPECT_THAT(permissions.HoldsForCountry(member("members/b"), kRead), IsOkAndHolds(false));
  EXPECT_THAT(permissions.HoldsForCountry(member("members/c"), kRead), IsOkAndHolds(false));
  EXPECT_THAT(permissions.HoldsAnywhere(member("members/b"), kRead), IsOkAndHolds(true));
  EXPECT_THAT(permissions.HoldsAnywhere(member("members/c"), kRead), IsOkAndHolds(false));
}

TEST(SnapshotPermissionsTest, StaleGrantsDecideNothing) {
  const NoSnapshot source;
  const SnapshotPermissions permissions(&source);
  EXPECT_THAT(permissions.HoldsAnywhere(Caller(), kRead),
              StatusIs(absl::StatusCode::kUnavailable, "DIRECTORY_STALE"));
  EXPECT_THAT(permissions.HoldsForCountry(Caller(), kRead),
              StatusIs(absl::StatusCode::kUnavailable, "DIRECTORY_STALE"));
}

TEST(TokenAuthenticatorTest, CallerIsWhomTheTokenSpeaksFor) {
  char dir[] = "/tmp/phoihop_authority_XXXXXX";
  ASSERT_NE(mkdtemp(dir), nullptr);
  const std::string key = std::string(dir) + "/key";
  ASSERT_THAT(GenerateKey("services/opinions", key, dir), testing::IsOk());
  const auto signer = *TokenSigner::FromFile(key);
  const auto verifier = *TokenVerifier::Create({.trusted_keys_dir = dir});
  const TokenAuthenticator authenticator(verifier.get());
  const auto caller =
      authenticator.Authenticate(*signer->SignOwn(SystemClock()->Now(), absl::Minutes(1)));
  ASSERT_THAT(caller, testing::IsOk());
  EXPECT_EQ(caller->name, "services/opinions");
  EXPECT_THAT(authenticator.Authenticate("rubbish"),
              StatusIs(absl::StatusCode::kUnauthenticated, "TOKEN_INVALID"));
  std::filesystem::remove_all(dir);
}

TEST(CredentialsTest, TokenIsMadeAnewBeforeItEnds) {
  char dir[] = "/tmp/phoihop_credentials_XXXXXX";
  ASSERT_NE(mkdtemp(dir), nullptr);
  const std::string key = std::string(dir) + "/key";
  ASSERT_THAT(GenerateKey("services/opinions", key, dir), testing::IsOk());
  const auto signer = *TokenSigner::FromFile(key);
  FakeClock clock;
  const auto verifier = *TokenVerifier::Create({.trusted_keys_dir = dir, .clock = &clock});
  const auto credentials = OwnCredentials(signer.get(), &clock);
  const std::string first = credentials();
  EXPECT_THAT(verifier->Verify(first), testing::IsOk());
  clock.Advance(absl::Minutes(2));
  EXPECT_EQ(credentials(), first);
  clock.Advance(absl::Minutes(1));
  EXPECT_NE(credentials(), first);
  EXPECT_THAT(verifier->Verify(credentials()), testing::IsOk());

  // Nothing is signed with a key that has been replaced, however new the token is.
  const auto quick = *TokenSigner::FromFile(key, absl::ZeroDuration());
  const auto rotating = OwnCredentials(quick.get(), &clock);
  const std::string old = rotating();
  ASSERT_THAT(GenerateKey("services/opinions", key, dir), testing::IsOk());
  EXPECT_NE(rotating(), old);

  const auto checkpoints = CheckpointSigner(signer.get());
  EXPECT_TRUE(verifier->VerifyBytes(checkpoints->key_id(), "head", *checkpoints->Sign("head")));
  std::filesystem::remove_all(dir);
}

}  // namespace
}  // namespace phoihop::access
