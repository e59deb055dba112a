#include "common/access/tokens.h"

#include <sodium.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>

#include "absl/time/clock.h"
#include "common/access/key_files.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace phoihop::access {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using testing::IsOk;
using ::testing::Not;
using testing::StatusIs;

class TokensTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char pattern[] = "/tmp/phoihop_tokens_XXXXXX";
    ASSERT_NE(mkdtemp(pattern), nullptr);
    dir_ = pattern;
    std::filesystem::create_directory(Trusted());
    gateway_ = NewSigner("services/gateway");
    opinions_ = NewSigner("services/opinions");
    verifier_ = NewVerifier();
  }
  void TearDown() override { std::filesystem::remove_all(dir_); }

  std::string Trusted() const { return dir_ + "/trusted"; }
  std::string KeyFile(const std::string& owner) const { return dir_ + "/" + owner.substr(9); }

  std::unique_ptr<TokenSigner> NewSigner(const std::string& owner) {
    EXPECT_THAT(GenerateKey(owner, KeyFile(owner), Trusted()), IsOk());
    auto signer = TokenSigner::FromFile(KeyFile(owner));
    EXPECT_THAT(signer, IsOk());
    return *std::move(signer);
  }

  std::unique_ptr<TokenVerifier> NewVerifier() {
    TokenVerifier::Options options;
    options.trusted_keys_dir = Trusted();
    options.clock = &clock_;
    options.reread_interval = absl::ZeroDuration();
    auto verifier = TokenVerifier::Create(options);
    EXPECT_THAT(verifier, IsOk());
    return *std::move(verifier);
  }

  Claims MemberClaims() const {
    Claims claims;
    claims.subject = "members/an";
    claims.issued_at = clock_.Now();
    claims.expires_at = clock_.Now() + absl::Minutes(10);
    claims.id = "t1";
    claims.body = "bodies/b1";
    claims.act = "members/admin";
    return claims;
  }

  // A token of the gateway's real key over any header and payload.
  std::string Forge(const json& header, const json& payload) {
    const std::string text = ToBase64Url(header.dump()) + "." + ToBase64Url(payload.dump());
    return text + "." + ToBase64Url(gateway_->SignBytes(text, gateway_->key_id()).value());
  }
  json GoodHeader() const {
    return {{"alg", "EdDSA"}, {"typ", "JWT"}, {"kid", gateway_->key_id()}};
  }
  json GoodPayload() const {
    const int64_t now = absl::ToUnixSeconds(clock_.Now());
    return {{"iss", "services/gateway"}, {"sub", "members/an"}, {"aud", "phoihop"}, {"iat", now},
            {"exp", now + 60},           {"jti", "t1"}};
  }

  std::string dir_;
  FakeClock clock_;
  std::unique_ptr<TokenSigner> gateway_, opinions_;
  std::unique_ptr<TokenVerifier> verifier_;
};

TEST_F(TokensTest, SignedClaimsComeBack) {
  const std::string token = *gateway_->Sign(MemberClaims());
  const auto claims = verifier_->Verify(token);
  ASSERT_THAT(claims, IsOk());
  EXPECT_EQ(claims->issuer, "services/gateway");
  EXPECT_EQ(claims->act, "members/admin");
  EXPECT_EQ(claims->expires_at, clock_.Now() + absl::Minutes(10));
  EXPECT_EQ(CallerOf(*claims), (Caller{Caller::kMember, "members/an", "bodies/b1", "t1"}));
}

TEST_F(TokensTest, ServiceSpeaksForItself) {
  const auto claims = verifier_->Verify(*opinions_->SignOwn(clock_.Now(), absl::Minutes(5)));
  ASSERT_THAT(claims, IsOk());
  EXPECT_EQ(CallerOf(*claims).kind, Caller::kService);
  EXPECT_EQ(CallerOf(*claims).name, "services/opinions");
}

TEST_F(TokensTest, ServiceDoesNotSpeakForMembersOrOtherServices) {
  EXPECT_THAT(verifier_->Verify(*opinions_->Sign(MemberClaims())),
              StatusIs(absl::StatusCode::kUnauthenticated, "TOKEN_INVALID"));
  Claims other = MemberClaims();
  other.subject = "services/ctl";
  EXPECT_THAT(verifier_->Verify(*gateway_->Sign(other)),
              StatusIs(absl::StatusCode::kUnauthenticated, "TOKEN_INVALID"));
}

TEST_F(TokensTest, TokenEndsWithItsTime) {
  const std::string token = *gateway_->Sign(MemberClaims());
  clock_.Advance(absl::Minutes(10) + absl::Seconds(4));
  EXPECT_THAT(verifier_->Verify(token), IsOk());
  clock_.Advance(absl::Seconds(1));
  EXPECT_THAT(verifier_->Verify(token),
              StatusIs(absl::StatusCode::kUnauthenticated, "TOKEN_EXPIRED"));
}

TEST_F(TokensTest, TokenOfTheFutureIsRefused) {
  Claims claims = MemberClaims();
  claims.issued_at += absl::Seconds(6);
  EXPECT_THAT(verifier_->Verify(*gateway_->Sign(claims)),
              StatusIs(absl::StatusCode::kUnauthenticated, "TOKEN_INVALID"));
  claims = MemberClaims();
  claims.not_before = clock_.Now() + absl::Seconds(6);
  EXPECT_THAT(verifier_->Verify(*gateway_->Sign(claims)),
              StatusIs(absl::StatusCode::kUnauthenticated, "TOKEN_INVALID"));
  clock_.Advance(absl::Seconds(1));
  EXPECT_THAT(verifier_->Verify(*gateway_->Sign(claims)), IsOk());
}

TEST_F(TokensTest, TokenThatLivesTooLongIsRefused) {
  Claims claims = MemberClaims();
  claims.expires_at = claims.issued_at + absl::Hours(25);
  EXPECT_THAT(verifier_->Verify(*gateway_->Sign(claims)),
              StatusIs(absl::StatusCode::kUnauthenticated, "TOKEN_INVALID"));
}

TEST_F(TokensTest, HandmadeTokenOfGoodFormIsAccepted) {
  EXPECT_THAT(verifier_->Verify(Forge(GoodHeader(), GoodPayload())), IsOk());
}

TEST_F(TokensTest, OtherHeadersAreRefused) {
  const auto expect_refused = [&](json header) {
    EXPECT_THAT(verifier_->Verify(Forge(header, GoodPayload())),
                StatusIs(absl::StatusCode::kUnauthenticated, "TOKEN_INVALID"))
        << header;
  };
  for (const char* alg : {"none", "HS256", "RS256", "ES256", "eddsa", ""}) {
    json header = GoodHeader();
    header["alg"] = alg;
    expect_refused(header);
  }
  json header = GoodHeader();
  header["crit"] = json::array({"exp"});
  expect_refused(header);
  header = GoodHeader();
  header["jwk"] = {{"kty", "OKP"}};
  expect_refused(header);
  header = GoodHeader();
  header["kid"] = "nobody-1";
  expect_refused(header);
  header["kid"] = "../" + gateway_->key_id();
  expect_refused(header);
  header.erase("kid");
  expect_refused(header);
  header = GoodHeader();
  header["typ"] = "at+jwt";
  expect_refused(header);
  expect_refused(json::array());
}

TEST_F(TokensTest, OtherPayloadsAreRefused) {
  const auto expect_refused = [&](const char* key, json value) {
    json payload = GoodPayload();
    if (value.is_null()) {
      payload.erase(key);
    } else {
      payload[key] = value;
    }
    EXPECT_THAT(verifier_->Verify(Forge(GoodHeader(), payload)),
                StatusIs(absl::StatusCode::kUnauthenticated, "TOKEN_INVALID"))
        << payload;
  };
  for (const char* key : {"iss", "sub", "aud", "iat", "exp", "jti"}) expect_refused(key, nullptr);
  expect_refused("aud", "other");
  expect_refused("aud", json::array({"phoihop"}));
  expect_refused("iss", "services/opinions");
  expect_refused("sub", "members/");
  expect_refused("sub", "members/a/b");
  expect_refused("sub", "anonymous");
  expect_refused("exp", "9999999999");
  expect_refused("exp", 1e12);
  expect_refused("exp", absl::ToUnixSeconds(clock_.Now()) - 1);
  expect_refused("nbf", "soon");
}

TEST_F(TokensTest, DamagedTokensAreRefused) {
  const std::string token = *gateway_->Sign(MemberClaims());
  for (size_t i = 0; i < token.size(); i += 7) {
    std::string damaged = token;
    damaged[i] = damaged[i] == 'A' ? 'B' : 'A';
    EXPECT_THAT(verifier_->Verify(damaged), StatusIs(absl::StatusCode::kUnauthenticated)) << i;
  }
  for (const std::string& bad :
       {std::string(), std::string("."), std::string(".."), std::string("a.b.c"), token + ".",
        token + "=", token + "A", token.substr(0, token.rfind('.') + 1), "x" + token,
        std::string(5000, 'a'), token + std::string(5000, 'a')}) {
    EXPECT_THAT(verifier_->Verify(bad),
                StatusIs(absl::StatusCode::kUnauthenticated, "TOKEN_INVALID"));
  }
}

TEST_F(TokensTest, ClaimsBeyondTheSizeAreNotSigned) {
  Claims claims = MemberClaims();
  claims.body = std::string(4000, 'b');
  EXPECT_THAT(gateway_->Sign(claims), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(TokensTest, KeysRotateWithoutARestart) {
  const std::string old_token = *gateway_->Sign(MemberClaims());
  const std::string old_key = Trusted() + "/" + gateway_->key_id() + ".pub";
  const auto next = NewSigner("services/gateway");
  EXPECT_NE(next->key_id(), gateway_->key_id());
  EXPECT_THAT(verifier_->Verify(*next->Sign(MemberClaims())), IsOk());
  EXPECT_THAT(verifier_->Verify(old_token), IsOk());
  std::filesystem::remove(old_key);
  EXPECT_THAT(verifier_->Verify(old_token), StatusIs(absl::StatusCode::kUnauthenticated));
  EXPECT_THAT(verifier_->Verify(*next->Sign(MemberClaims())), IsOk());
}

TEST_F(TokensTest, TokenOfAKeyThatHasJustComeIsAccepted) {
  TokenVerifier::Options options;
  options.trusted_keys_dir = Trusted();
  options.clock = &clock_;
  options.reread_interval = absl::Hours(1);
  const auto verifier = TokenVerifier::Create(options);
  ASSERT_THAT(verifier, IsOk());
  EXPECT_THAT((*verifier)->Verify(*gateway_->Sign(MemberClaims())), IsOk());
  const auto next = NewSigner("services/gateway");
  EXPECT_THAT((*verifier)->Verify(*next->Sign(MemberClaims())), IsOk());
}

TEST_F(TokensTest, PublicKeyIsReadableWhateverTheUmaskIs) {
  const mode_t before = ::umask(077);
  const auto next = NewSigner("services/gateway");
  ::umask(before);
  struct stat info;
  ASSERT_EQ(::stat((Trusted() + "/" + next->key_id() + ".pub").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0644u);
}

TEST_F(TokensTest, BadKeyFilesLockNobodyOut) {
  std::ofstream(Trusted() + "/rubbish.pub") << "not a key";
  std::filesystem::copy_file(Trusted() + "/" + gateway_->key_id() + ".pub",
                             Trusted() + "/renamed-1.pub");
  EXPECT_THAT(NewVerifier()->Verify(*gateway_->Sign(MemberClaims())), IsOk());
  json header = GoodHeader();
  header["kid"] = "renamed-1";
  EXPECT_THAT(NewVerifier()->Verify(Forge(header, GoodPayload())),
              StatusIs(absl::StatusCode::kUnauthenticated));
}

TEST_F(TokensTest, KnownKeysServeWhileTheFolderIsGone) {
  const std::string token = *gateway_->Sign(MemberClaims());
  std::filesystem::rename(Trusted(), Trusted() + "_away");
  EXPECT_THAT(verifier_->Verify(token), IsOk());
}

TEST_F(TokensTest, MissingFolderAndKeyAreNamed) {
  TokenVerifier::Options options;
  options.trusted_keys_dir = dir_ + "/none";
  EXPECT_THAT(TokenVerifier::Create(options), StatusIs(absl::StatusCode::kFailedPrecondition));
  const auto signer = TokenSigner::FromFile(dir_ + "/none");
  EXPECT_THAT(signer, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(std::string(signer.status().message()), HasSubstr(dir_ + "/none"));
}

TEST_F(TokensTest, PrivateKeyIsReadableByItsOwnerOnlyAndNotPublished) {
  struct stat info;
  ASSERT_EQ(::stat(KeyFile("services/gateway").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  std::ifstream file(Trusted() + "/" + gateway_->key_id() + ".pub");
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  EXPECT_THAT(text, HasSubstr("services/gateway"));
  EXPECT_THAT(text, Not(HasSubstr("seed")));
}

TEST_F(TokensTest, SignerTakesTheNewKeyOfItsFileAfterAWhile) {
  constexpr absl::Duration kSettle = absl::Milliseconds(300);
  const auto signer = TokenSigner::FromFile(KeyFile("services/gateway"), kSettle);
  const auto idle = TokenSigner::FromFile(KeyFile("services/gateway"), kSettle);
  ASSERT_THAT(signer, IsOk());
  ASSERT_THAT(idle, IsOk());
  const std::string first = (*signer)->key_id();
  const std::string second =
      *GenerateKey("services/gateway", KeyFile("services/gateway"), Trusted());
  // Not before every verifier has had the time to learn it.
  EXPECT_EQ((*signer)->key_id(), first);
  const absl::Time until = absl::Now() + absl::Seconds(10);
  while ((*signer)->key_id() != second) {
    ASSERT_LT(absl::Now(), until);
    EXPECT_THAT(verifier_->Verify(*(*signer)->Sign(MemberClaims())), IsOk());
    absl::SleepFor(absl::Milliseconds(20));
  }
  EXPECT_THAT(verifier_->Verify(*(*signer)->Sign(MemberClaims())), IsOk());
  // Who has had nothing to sign since then takes it at once: the first one may have been retired.
  EXPECT_EQ((*idle)->key_id(), second);
  // Whoever has named the first one may still sign with it.
  const auto late = (*signer)->SignBytes("checkpoint", first);
  ASSERT_THAT(late, IsOk());
  EXPECT_TRUE(verifier_->VerifyBytes(first, "checkpoint", *late));
  EXPECT_THAT((*signer)->SignBytes("checkpoint", "gateway-unknown"),
              StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(TokensTest, SignerKeepsItsKeyWhenTheFileIsGoneOrOfAnother) {
  const auto signer = TokenSigner::FromFile(KeyFile("services/gateway"), absl::Milliseconds(50));
  ASSERT_THAT(signer, IsOk());
  const std::string first = (*signer)->key_id();
  const auto asked_for_a_while = [&] {
    for (int i = 0; i < 20; ++i) {
      EXPECT_EQ((*signer)->key_id(), first);
      absl::SleepFor(absl::Milliseconds(20));
    }
  };
  std::filesystem::copy_file(KeyFile("services/opinions"), KeyFile("services/gateway"),
                             std::filesystem::copy_options::overwrite_existing);
  asked_for_a_while();
  std::filesystem::remove(KeyFile("services/gateway"));
  asked_for_a_while();
}

TEST_F(TokensTest, RetiredKeyVerifiesCheckpointsAndNoTokens) {
  const std::string token = *gateway_->Sign(MemberClaims());
  const std::string signature = *gateway_->SignBytes("checkpoint", gateway_->key_id());
  const std::string name = "/" + gateway_->key_id() + ".pub";
  std::filesystem::create_directory(Trusted() + "/retired");
  std::filesystem::rename(Trusted() + name, Trusted() + "/retired" + name);
  EXPECT_THAT(verifier_->Verify(token), StatusIs(absl::StatusCode::kUnauthenticated));
  EXPECT_TRUE(verifier_->VerifyBytes(gateway_->key_id(), "checkpoint", signature));
}

TEST_F(TokensTest, SignedBytesAreVerifiedByKey) {
  const std::string signature = *gateway_->SignBytes("checkpoint", gateway_->key_id());
  EXPECT_TRUE(verifier_->VerifyBytes(gateway_->key_id(), "checkpoint", signature));
  EXPECT_FALSE(verifier_->VerifyBytes(gateway_->key_id(), "checkpoinT", signature));
  EXPECT_FALSE(verifier_->VerifyBytes(opinions_->key_id(), "checkpoint", signature));
  EXPECT_FALSE(verifier_->VerifyBytes(gateway_->key_id(), "checkpoint", "short"));
}

}  // namespace
}  // namespace phoihop::access
