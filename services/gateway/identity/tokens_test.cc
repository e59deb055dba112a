#include "services/gateway/identity/tokens.h"

#include <cstdlib>
#include <filesystem>
#include <optional>

#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace phoihop::gateway {
namespace {

using access::Caller;
using ::phoihop::testing::IsOk;
using ::phoihop::testing::StatusIs;

class TokensTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string folder = ::testing::TempDir() + "/gateway_tokens_XXXXXX";
    ASSERT_NE(mkdtemp(folder.data()), nullptr);
    folder_ = folder;
    std::filesystem::create_directory(trusted());
    gateway_ = Signer("services/gateway");
    ctl_ = Signer("services/ctl");
    opinions_ = Signer("services/opinions");
    auto authenticator = ClientAuthenticator::Create(trusted(), &clock_);
    ASSERT_THAT(authenticator, IsOk());
    clients_ = *std::move(authenticator);
    auto verifier =
        access::TokenVerifier::Create({.trusted_keys_dir = trusted(), .clock = &clock_});
    ASSERT_THAT(verifier, IsOk());
    services_ = *std::move(verifier);
    mint_.emplace(gateway_.get(), &clock_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string trusted() const { return folder_ + "/trusted"; }

  std::unique_ptr<access::TokenSigner> Signer(const std::string& owner) {
    const std::string file = folder_ + "/" + owner.substr(owner.find('/') + 1) + ".key";
    EXPECT_THAT(access::GenerateKey(owner, file, trusted()), IsOk());
    auto signer = access::TokenSigner::FromFile(file);
    EXPECT_THAT(signer, IsOk());
    return *std::move(signer);
  }

  access::Claims ClaimsOf(const std::string& subject) {
    access::Claims claims;
    claims.subject = subject;
    claims.body = "bodies/b";
    claims.id = "session-1";
    claims.issued_at = clock_.Now();
    claims.expires_at = clock_.Now() + absl::Minutes(10);
    return claims;
  }

  FakeClock clock_;
  std::string folder_;
  std::unique_ptr<access::TokenSigner> gateway_, ctl_, opinions_;
  std::shared_ptr<const ClientAuthenticator> clients_;
  std::unique_ptr<access::TokenVerifier> services_;
  std::optional<TokenMint> mint_;
};

TEST_F(TokensTest, AClientsTokenIsAcceptedByTheGatewayAlone) {
  const auto token = mint_->ForClient(ClaimsOf("members/m"));
  ASSERT_THAT(token, IsOk());
  const auto caller = clients_->Authenticate(*token);
  ASSERT_THAT(caller, IsOk());
  EXPECT_EQ(*caller, (Caller{Caller::kMember, "members/m", "bodies/b", "session-1"}));
  EXPECT_THAT(services_->Verify(*token), StatusIs(absl::StatusCode::kUnauthenticated));
  clock_.Advance(absl::Minutes(11));
  EXPECT_THAT(clients_->Authenticate(*token),
              StatusIs(absl::StatusCode::kUnauthenticated, "TOKEN_EXPIRED"));
}

TEST_F(TokensTest, TheTokenForServicesIsAcceptedByThemAlone) {
  const Caller member{Caller::kMember, "members/m", "bodies/b", "session-1"};
  const auto token = mint_->ForServices(member);
  ASSERT_THAT(token, IsOk());
  const auto claims = services_->Verify(*token);
  ASSERT_THAT(claims, IsOk());
  EXPECT_EQ(access::CallerOf(*claims), member);
  EXPECT_EQ(claims->issuer, "services/gateway");
  EXPECT_EQ(claims->expires_at - claims->issued_at, absl::Seconds(60));
  EXPECT_THAT(clients_->Authenticate(*token), StatusIs(absl::StatusCode::kUnauthenticated));
}

TEST_F(TokensTest, TokensForServicesAreUsedAgainForAWhile) {
  const Caller member{Caller::kMember, "members/m", "", "s1"},
      other{Caller::kMember, "members/m", "", "s2"};
  const std::string first = *mint_->ForServices(member);
  EXPECT_EQ(*mint_->ForServices(member), first);
  EXPECT_NE(*mint_->ForServices(other), first);
  clock_.Advance(absl::Seconds(29));
  EXPECT_EQ(*mint_->ForServices(member), first);
  const std::string own = mint_->Own();
  EXPECT_EQ(mint_->Own(), own);
  clock_.Advance(absl::Seconds(31));
  EXPECT_NE(*mint_->ForServices(member), first);
  EXPECT_NE(mint_->Own(), own);
}

TEST_F(TokensTest, AfterTheClockWasSetBackNoTokenOfTheFutureIsUsed) {
  Caller member;
  member.kind = Caller::kMember;
  member.name = "members/m";
  member.session = "session-1";
  ASSERT_THAT(mint_->ForServices(member), IsOk());
  ASSERT_NE(mint_->Own(), "");
  clock_.Advance(-absl::Hours(1));
  const absl::StatusOr<std::string> token = mint_->ForServices(member);
  ASSERT_THAT(token, IsOk());
  EXPECT_THAT(services_->Verify(*token), IsOk());
  EXPECT_THAT(services_->Verify(mint_->Own()), IsOk());
}

TEST_F(TokensTest, OfTheServicesOnlyTheCommandLineIsLetIn) {
  const auto ctl = clients_->Authenticate(*ctl_->SignOwn(clock_.Now(), absl::Seconds(60)));
  ASSERT_THAT(ctl, IsOk());
  EXPECT_EQ(ctl->kind, Caller::kService);
  EXPECT_EQ(ctl->name, "services/ctl");
  EXPECT_THAT(clients_->Authenticate(*opinions_->SignOwn(clock_.Now(), absl::Seconds(60))),
              StatusIs(absl::StatusCode::kUnauthenticated));
  // Nor may the command line make tokens of members for the gateway.
  access::Claims claims = ClaimsOf("members/m");
  claims.audience = std::string(kClientAudience);
  EXPECT_THAT(clients_->Authenticate(*ctl_->Sign(claims)),
              StatusIs(absl::StatusCode::kUnauthenticated));
  EXPECT_THAT(clients_->Authenticate("nonsense"), StatusIs(absl::StatusCode::kUnauthenticated));
  clock_.Advance(absl::Hours(1));
}

}  // namespace
}  // namespace phoihop::gateway
