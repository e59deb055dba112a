#include "services/agreements/domain/signing.h"

#include <functional>
#include <string>
#include <vector>

#include "common/status/errors.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace phoihop::agreements {
namespace {

using absl::CivilDay;
using absl::StatusCode;
using ::phoihop::testing::IsOk;
using ::phoihop::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr CivilDay kToday(2023, 10, 24);

Signature On(CivilDay day) { return {.sign_date = day, .signer_name = "A", .signer_title = "B"}; }

// Parties a, b | c, d, e | f: both of the first group, two of the second, the last one.
SigningRound Grouped() {
  std::vector<Party> parties;
  for (const auto& [body, group] : std::vector<std::pair<std::string, int>>{
           {"a", 0}, {"b", 0}, {"c", 1}, {"d", 1}, {"e", 1}, {"f", 2}}) {
    parties.push_back({.body = body, .group = group});
  }
  return {"agreements/x", parties, {2, 2, 1}};
}

TEST(SigningRoundTest, OrderTableOfGroupsAndNOfM) {
  // Steps sign in turn; "" is done, anything else the refusal's reason.
  struct Step {
    std::string body, reason;
    std::vector<std::string> may_sign;
    bool complete = false;
  };
  const std::vector<std::vector<Step>> table = {
      {{"c", "NOT_YET_TO_SIGN", {"a", "b"}},
       {"b", "", {"a"}},
       {"f", "NOT_YET_TO_SIGN", {"a"}},
       {"b", "PARTY_HAS_SIGNED", {"a"}},
       {"x", "NOT_A_PARTY", {"a"}},
       {"a", "", {"c", "d", "e"}},
       {"e", "", {"c", "d"}},
       {"f", "NOT_YET_TO_SIGN", {"c", "d"}},
       {"c", "", {"d", "f"}},
       {"f", "", {}, true},
       {"d", "SIGNING_COMPLETE", {}, true},
       {"f", "PARTY_HAS_SIGNED", {}, true}},
      // The third of a group of two may sign while others are still to.
      {{"a", "", {"b"}},
       {"b", "", {"c", "d", "e"}},
       {"c", "", {"d", "e"}},
       {"d", "", {"e", "f"}},
       {"e", "", {"f"}},
       {"f", "", {}, true}},
  };
  for (const std::vector<Step>& steps : table) {
    SigningRound round = Grouped();
    EXPECT_THAT(round.MaySign(), ElementsAre("a", "b"));
    int number = 0;
    for (const Step& step : steps) {
      SCOPED_TRACE(::testing::Message() << "step " << ++number << ", " << step.body);
      EXPECT_EQ(ErrorReason(round.Sign(step.body, On(kToday), kToday)), step.reason);
      EXPECT_EQ(round.MaySign(), step.may_sign);
      EXPECT_EQ(round.Complete(), step.complete);
      EXPECT_EQ(round.LastSigned().has_value(), step.complete);
    }
  }
}

TEST(SigningRoundTest, WithoutAPlanAllSignInAnyOrder) {
  for (const std::vector<std::string>& order :
       std::vector<std::vector<std::string>>{{"a", "b", "c"}, {"c", "b", "a"}, {"b", "c", "a"}}) {
    SigningRound round("agreements/x", {{.body = "a"}, {.body = "b"}, {.body = "c"}}, {});
    int days = 0;
    for (const std::string& body : order) {
      EXPECT_FALSE(round.Complete());
      ASSERT_THAT(round.Sign(body, On(kToday - days++ % 2), kToday), IsOk());
    }
    EXPECT_TRUE(round.Complete());
    EXPECT_EQ(round.LastSigned(), kToday);
    EXPECT_THAT(round.Signed(), ElementsAre("a", "b", "c"));
  }
}

TEST(SigningRoundTest, ExpiredPartySignsOnlyAfterItWasExtended) {
  SigningRound round("agreements/x", {{.body = "a", .sign_by = kToday}, {.body = "b"}}, {});
  EXPECT_THAT(round.CheckTurn("a", kToday), IsOk());
  EXPECT_THAT(round.Sign("a", On(kToday), kToday + 1),
              StatusIs(StatusCode::kFailedPrecondition, "SIGNING_EXPIRED"));
  EXPECT_THAT(round.Sign("b", On(kToday), kToday + 1), IsOk());
  EXPECT_THAT(round.Signed(), ElementsAre("b"));
  // One who may sign no more may still refuse.
  EXPECT_THAT(round.CheckReject("a"), IsOk());
  EXPECT_THAT(round.Extend("a", kToday, kToday + 1),
              StatusIs(StatusCode::kInvalidArgument, "SIGN_BY_PASSED"));
  EXPECT_THAT(round.Extend("b", kToday + 5, kToday + 1),
              StatusIs(StatusCode::kFailedPrecondition, "PARTY_HAS_SIGNED"));
  EXPECT_THAT(round.Extend("x", kToday + 5, kToday + 1),
              StatusIs(StatusCode::kInvalidArgument, "NOT_A_PARTY"));
  ASSERT_THAT(round.Extend("a", kToday + 1, kToday + 1), IsOk());
  EXPECT_THAT(round.Sign("a", On(kToday), kToday + 1), IsOk());
  EXPECT_TRUE(round.Complete());
  EXPECT_THAT(round.MaySign(), IsEmpty());
}

TEST(SigningRoundTest, CertificateSignsForOneParty) {
  SigningRound round("agreements/x", {{.body = "a"}, {.body = "b"}, {.body = "c"}}, {});
  const auto by = [](const std::string& certificate) {
    Signature signature = On(kToday);
    signature.certificate = Certificate{"CN=A", "CN=CA", "0A", certificate};
    return signature;
  };
  ASSERT_THAT(round.Sign("a", by("x"), kToday), IsOk());
  const absl::Status used = round.Sign("b", by("x"), kToday);
  EXPECT_THAT(used, StatusIs(StatusCode::kFailedPrecondition, "CERTIFICATE_USED"));
  EXPECT_THAT(ViolatedFields(used), ElementsAre("cms"));
  EXPECT_THAT(round.Signed(), ElementsAre("a"));
  EXPECT_THAT(round.Sign("b", by("y"), kToday), IsOk());
  EXPECT_THAT(round.Sign("c", On(kToday), kToday), IsOk());
}

TEST(SigningRoundTest, PartyMayRefuseBeforeItsTurnButNotAfterItSigned) {
  SigningRound round = Grouped();
  EXPECT_THAT(round.CheckReject("f"), IsOk());
  EXPECT_THAT(round.CheckReject("x"), StatusIs(StatusCode::kInvalidArgument, "NOT_A_PARTY"));
  ASSERT_THAT(round.Sign("a", On(kToday), kToday), IsOk());
  EXPECT_THAT(round.CheckReject("a"),
              StatusIs(StatusCode::kFailedPrecondition, "PARTY_HAS_SIGNED"));
}

TEST(SigningRoundTest, MemberSignsInTheSystemForOnePartyAndRecordsPaperForAll) {
  SigningRound round("agreements/x", {{.body = "a"}, {.body = "b", .display_name = "Tòa án"}}, {});
  const auto by = [](const std::string& member, SignatureKind kind) {
    Signature signature = On(kToday);
    signature.recorded_by = member;
    signature.kind = kind;
    return signature;
  };
  EXPECT_THAT(round.Sign("a", by("members/m", SignatureKind::kInSystem), kToday), IsOk());
  const absl::Status refused = round.Sign("b", by("members/m", SignatureKind::kInSystem), kToday);
  EXPECT_THAT(refused, StatusIs(StatusCode::kFailedPrecondition, "MEMBER_HAS_SIGNED"));
  EXPECT_THAT(std::string(refused.message()), ::testing::HasSubstr("the leader of “Tòa án”"));
  SigningRound paper = round;
  EXPECT_THAT(paper.Sign("b", by("members/m", SignatureKind::kPaper), kToday), IsOk());
  EXPECT_THAT(round.Sign("b", by("members/n", SignatureKind::kInSystem), kToday), IsOk());
}

}  // namespace
}  // namespace phoihop::agreements
