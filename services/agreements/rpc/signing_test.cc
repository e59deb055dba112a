// Signing by groups, kinds of signatures, refusal and expiry, through the handlers.
#include <string>
#include <thread>
#include <vector>

#include "common/testing/status_matchers.h"
#include "common/time/civil.h"
#include "gmock/gmock.h"
#include "services/agreements/domain/text.h"
#include "services/agreements/rpc/testing_service.h"
#include "services/agreements/signatures/text_header.h"

namespace phoihop::agreements {
namespace {

using absl::StatusCode;
using ::phoihop::testing::IsOk;
using ::phoihop::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class SigningTest : public ServiceTest {
 protected:
  // Three parties, and a plan of groups with how many of each must sign.
  std::string Opened(const std::vector<std::pair<std::vector<std::string>, int>>& groups,
                     const std::string& sign_by = "") {
    v1::CreateAgreementRequest request = GoodRequest();
    v1::Agreement& agreement = *request.mutable_agreement();
    agreement.add_parties()->set_body("bodies/court");
    if (!sign_by.empty()) agreement.mutable_parties(1)->set_sign_by(sign_by);
    for (const auto& [parties, required] : groups) {
      auto& group = *agreement.mutable_signing_plan()->add_groups();
      for (const std::string& body : parties) group.add_parties("bodies/" + body);
      group.set_required_count(required);
    }
    const std::string name = Create(request).name();
    Start(name);
    return name;
  }
  std::string TextOf(const std::string& name, const std::string& sha256 = "") {
    v1::GetAgreementTextRequest request;
    request.set_name(name);
    request.set_sha256(sha256);
    const auto text = Call(&Stub::GetAgreementText, request);
    EXPECT_THAT(text, IsOk());
    EXPECT_EQ(Sha256Hex(text->text()), text->sha256());
    return text->text();
  }
  absl::StatusOr<v1::Agreement> Reject(const std::string& name, const std::string& body,
                                       const std::string& caller = "members/city") {
    v1::RejectSigningRequest request;
    request.set_name(name);
    request.set_party("bodies/" + body);
    request.set_reason("Chưa thống nhất điều 2");
    return Call(&Stub::RejectSigning, request, caller);
  }
};

TEST_F(SigningTest, GroupsSignInOrderAndAsManyAsMust) {
  const std::string name = Opened({{{"council", "court"}, 1}, {{"party"}, 0}});
  EXPECT_THAT(obligations_.Summary(), ElementsAre("SIGN council open", "SIGN court open"));
  EXPECT_THAT(Sign(name, "party"), StatusIs(StatusCode::kFailedPrecondition, "NOT_YET_TO_SIGN"));
  ASSERT_THAT(Sign(name, "court"), IsOk());
  EXPECT_THAT(obligations_.Summary(),
              ElementsAre("SIGN council open", "SIGN court done", "SIGN party open"));
  const auto last = Sign(name, "party");
  ASSERT_THAT(last, IsOk());
  EXPECT_EQ(last->state(), v1::Agreement::IN_FORCE);
  EXPECT_FALSE(last->parties(1).has_signature());
  EXPECT_THAT(obligations_.Summary(),
              ElementsAre("SIGN council withdrawn", "SIGN court done", "SIGN party done"));
  EXPECT_THAT(Sign(name, "council"), StatusIs(StatusCode::kFailedPrecondition, "SIGNING_COMPLETE"));
}

TEST_F(SigningTest, LastOfAGroupSignedTwiceAtOnceIsInForceOnce) {
  for (int i = 0; i < 30; ++i) {
    const std::string name = Opened({{{"party"}, 0}, {{"council", "court"}, 1}});
    ASSERT_THAT(Sign(name, "party"), IsOk());
    absl::StatusOr<v1::Agreement> one, two;
    std::thread first([&] { one = Sign(name, "council"); });
    std::thread second([&] { two = Sign(name, "court"); });
    first.join();
    second.join();
    // One of them completes it; the other one finds that nothing is left to sign.
    EXPECT_NE(one.ok(), two.ok());
    const auto& refused = one.ok() ? two : one;
    EXPECT_THAT(refused, StatusIs(StatusCode::kFailedPrecondition, "SIGNING_COMPLETE"));
    const auto after = Get(name);
    EXPECT_EQ(after->state(), v1::Agreement::IN_FORCE);
    EXPECT_EQ(after->revision(), 4);
  }
}

TEST_F(SigningTest, TextNamesThePartiesAsTheyWereWhenSigningBegan) {
  const std::string name = Opened({});
  const std::string text = TextOf(name);
  EXPECT_THAT(text,
              StartsWith("PHOIHOP-AGREEMENT-TEXT/3\nChương trình: " + name + "\nLượt ký: 1\n"));
  EXPECT_THAT(text, HasSubstr("1. Tên party [bodies/party]\n"));
  bodies_.known["party"]->display_name = "Tên mới";
  EXPECT_EQ(TextOf(name), text);
  const auto agreement = Get(name);
  EXPECT_EQ(agreement->text_sha256(), Sha256Hex(text));
  EXPECT_EQ(agreement->parties(0).display_name(), "Tên party");

  v1::SignAgreementRequest sign = SignRequest(name, "party", "");
  sign.set_text_sha256(std::string(64, '0'));
  EXPECT_THAT(Call(&Stub::SignAgreement, sign),
              StatusIs(StatusCode::kFailedPrecondition, "TEXT_CHANGED"));
  sign.set_text_sha256("ABC");
  EXPECT_THAT(Call(&Stub::SignAgreement, sign),
              StatusIs(StatusCode::kInvalidArgument, "INVALID_SHA256"));
  sign.set_text_sha256(agreement->text_sha256());
  sign.set_capacity(v1::Agreement::ON_BEHALF);
  const auto signed_ = Call(&Stub::SignAgreement, sign);
  ASSERT_THAT(signed_, IsOk());
  EXPECT_EQ(signed_->parties(0).signature().kind(), v1::Agreement::IN_SYSTEM);
  EXPECT_EQ(signed_->parties(0).signature().capacity(), v1::Agreement::ON_BEHALF);
  EXPECT_EQ(signed_->parties(0).signature().text_sha256(), agreement->text_sha256());
}

TEST_F(SigningTest, CmsSignatureIsVerifiedOverTheTextAndKeptWithItsCertificate) {
  const std::string name = Opened({});
  v1::SignAgreementRequest sign = SignRequest(name, "party", "");
  sign.set_kind(v1::Agreement::CMS);
  EXPECT_EQ(ViolatedFields(Call(&Stub::SignAgreement, sign).status()),
            std::vector<std::string>{"cms"});
  sign.set_cms("good:another text");
  const auto other = Call(&Stub::SignAgreement, sign);
  EXPECT_THAT(other, StatusIs(StatusCode::kInvalidArgument, "SIGNATURE_OTHER_TEXT"));
  EXPECT_FALSE(Get(name)->parties(0).has_signature());
  sign.set_cms("good:" + TextOf(name));
  const auto signed_ = Call(&Stub::SignAgreement, sign);
  ASSERT_THAT(signed_, IsOk());
  const v1::Agreement::Signature& signature = signed_->parties(0).signature();
  EXPECT_EQ(signature.kind(), v1::Agreement::CMS);
  EXPECT_EQ(signature.cms(), sign.cms());
  EXPECT_EQ(signature.certificate().subject(), "CN=Nguyễn Văn Ử");
  EXPECT_THAT(signature.certificate().chain(), ElementsAre("CN=Nguyễn Văn Ử", "CN=CA"));
  EXPECT_EQ(signature.certificate().signing_time().seconds(),
            absl::ToUnixSeconds(clock_.Now()) - 60);
  EXPECT_TRUE(signature.certificate().revocation_checked());
  EXPECT_EQ(Get(name)->SerializeAsString(), signed_->SerializeAsString());

  // Only CMS has the bytes; and without a verifier nobody can sign so.
  sign = SignRequest(name, "council", "");
  sign.set_cms("x");
  EXPECT_THAT(Call(&Stub::SignAgreement, sign),
              StatusIs(StatusCode::kInvalidArgument, "NOT_OF_THIS_KIND"));
  sign.set_kind(v1::Agreement::CMS);
  Parts without = parts_;
  without.verifier = nullptr;
  rpc::RequestContext ctx({.caller = testing::Member("city"), .clock = &clock_});
  EXPECT_THAT(SignAgreement(without, ctx, sign),
              StatusIs(StatusCode::kFailedPrecondition, "CMS_NOT_CONFIGURED"));
}

TEST_F(SigningTest, CmsSignatureCountsForOnePartyOfOneRound) {
  const std::string name = Opened({});
  const std::string text = TextOf(name);
  const auto sign = [&](const std::string& party, const std::string& cms) {
    v1::SignAgreementRequest request = SignRequest(name, party, "");
    request.set_kind(v1::Agreement::CMS);
    request.set_cms(cms);
    return Call(&Stub::SignAgreement, request);
  };
  ASSERT_THAT(sign("party", "good:" + text), IsOk());
  EXPECT_THAT(sign("council", "good:" + text),
              StatusIs(StatusCode::kFailedPrecondition, "CERTIFICATE_USED"));
  ASSERT_THAT(sign("council", "good/d:" + text), IsOk());
  // Nothing of the text changes but the round, and that is enough.
  ASSERT_THAT(Reject(name, "court"), IsOk());
  Start(name);
  const std::string again = TextOf(name);
  EXPECT_NE(again, text);
  EXPECT_THAT(sign("party", "good:" + text),
              StatusIs(StatusCode::kInvalidArgument, "SIGNATURE_OTHER_TEXT"));
  // Nor does a certificate stay taken in a later round.
  EXPECT_THAT(sign("council", "good:" + again), IsOk());
}

TEST_F(SigningTest, OnlyPaperStatesItsDay) {
  const std::string name = Opened({});
  v1::SignAgreementRequest sign = SignRequest(name, "party", "");
  for (const char* day : {"2020-10-01", "2023-10-24"}) {
    sign.set_sign_date(day);
    EXPECT_THAT(Call(&Stub::SignAgreement, sign),
                StatusIs(StatusCode::kInvalidArgument, "NOT_OF_THIS_KIND"));
  }
  sign.clear_sign_date();
  const absl::CivilDay opened = VietnamDay(clock_.Now());
  clock_.Advance(absl::Hours(48));
  const auto in_system = Call(&Stub::SignAgreement, sign);
  ASSERT_THAT(in_system, IsOk());
  EXPECT_EQ(in_system->parties(0).signature().sign_date(), "2023-10-26");
  sign = SignRequest(name, "council", "");
  sign.set_kind(v1::Agreement::CMS);
  sign.set_cms("good:" + TextOf(name));
  const auto cms = Call(&Stub::SignAgreement, sign);
  ASSERT_THAT(cms, IsOk());
  EXPECT_EQ(cms->parties(1).signature().sign_date(),
            FormatDay(VietnamDay(clock_.Now() - absl::Minutes(1))));
  const auto paper = Sign(name, "court", "2023-10-01");
  ASSERT_THAT(paper, IsOk());
  EXPECT_EQ(paper->parties(2).signature().sign_date(), "2023-10-01");
  // What was owed was met on the day of signing, and never before it was owed.
  for (const auto& [key, owed] : obligations_.all()) {
    ASSERT_TRUE(owed.done_day.has_value());
    if (owed.body == "party") {
      EXPECT_EQ(*owed.done_day, opened + 2);
    }
    if (owed.body == "court") {
      EXPECT_EQ(*owed.done_day, opened);
    }
  }
}

TEST_F(SigningTest, ApprovalNamesTheTextThatWasShown) {
  const std::string name = Opened({});
  v1::SignAgreementRequest sign = SignRequest(name, "party", "");
  const std::string shown = sign.text_sha256();
  sign.clear_text_sha256();
  EXPECT_EQ(ViolatedFields(Call(&Stub::SignAgreement, sign).status()),
            std::vector<std::string>{"text_sha256"});
  // Taken back, changed and opened anew between reading and signing.
  v1::ReturnToDraftRequest take_back;
  take_back.set_name(name);
  ASSERT_THAT(Call(&Stub::ReturnToDraft, take_back), IsOk());
  Start(name);
  sign.set_text_sha256(shown);
  EXPECT_THAT(Call(&Stub::SignAgreement, sign),
              StatusIs(StatusCode::kFailedPrecondition, "TEXT_CHANGED"));
  v1::RejectSigningRequest reject;
  reject.set_name(name);
  reject.set_party("bodies/party");
  reject.set_reason("Chưa thống nhất");
  reject.set_text_sha256(shown);
  EXPECT_THAT(Call(&Stub::RejectSigning, reject),
              StatusIs(StatusCode::kFailedPrecondition, "TEXT_CHANGED"));
  reject.set_text_sha256(Get(name)->text_sha256());
  reject.set_etag("\"1\"");
  EXPECT_THAT(Call(&Stub::RejectSigning, reject), StatusIs(StatusCode::kAborted, "ETAG_MISMATCH"));
  reject.set_etag(Get(name)->etag());
  EXPECT_THAT(Call(&Stub::RejectSigning, reject), IsOk());
}

TEST_F(SigningTest, BodyThatEndedSinceTheDraftIsReplacedBeforeSigning) {
  const std::string drafted_before = Create(GoodRequest()).name();
  clock_.Advance(absl::Hours(24));
  bodies_.known["council"]->until = absl::CivilDay(2023, 10, 25);
  v1::StartSigningRequest start;
  start.set_name(drafted_before);
  EXPECT_THAT(Call(&Stub::StartSigning, start),
              StatusIs(StatusCode::kFailedPrecondition, "PARTY_ENDED"));
  // What is recorded afterwards was signed on paper while it existed.
  const std::string recorded = Create(GoodRequest()).name();
  Start(recorded);
  EXPECT_THAT(Sign(recorded, "council", ""),
              StatusIs(StatusCode::kFailedPrecondition, "PARTY_ENDED"));
  EXPECT_THAT(Sign(recorded, "council", "2023-10-25"),
              StatusIs(StatusCode::kFailedPrecondition, "PARTY_ENDED"));
  EXPECT_THAT(Sign(recorded, "council", "2023-10-24"), IsOk());
}

TEST_F(SigningTest, HeadOfTheTextIsReadOutOfItAgain) {
  const std::string name = Opened({});
  const auto header = ReadTextHeader(TextOf(name));
  ASSERT_TRUE(header.has_value());
  EXPECT_EQ(header->agreement, name);
  EXPECT_EQ(header->title, Get(name)->title());
  EXPECT_THAT(header->parties, ElementsAre(TextParty{"bodies/party", "Tên party"},
                                           TextParty{"bodies/council", "Tên council"},
                                           TextParty{"bodies/court", "Tên court"}));
}

TEST_F(SigningTest, PaperNeedsAScanThatIsThereAndTheTextThatWasSigned) {
  const std::string name = Opened({});
  const std::string digest(64, 'a');
  v1::SignAgreementRequest sign = SignRequest(name, "party", "2023-10-20");
  sign.clear_scan();
  sign.clear_text_sha256();
  EXPECT_THAT(ViolatedFields(Call(&Stub::SignAgreement, sign).status()),
              ElementsAre("scan", "text_sha256"));
  sign.set_scan("attachments/" + digest);
  sign.set_text_sha256(Get(name)->text_sha256());
  EXPECT_THAT(Call(&Stub::SignAgreement, sign),
              StatusIs(StatusCode::kInvalidArgument, "ATTACHMENT_UNKNOWN"));
  attachments_.known = {digest};
  const auto signed_ = Call(&Stub::SignAgreement, sign);
  ASSERT_THAT(signed_, IsOk());
  EXPECT_EQ(signed_->parties(0).signature().scan(), sign.scan());
}

TEST_F(SigningTest, RejectionTellsEarlierSignersAndKeepsTheRoundReadable) {
  const std::string name = Opened({});
  ASSERT_THAT(Sign(name, "party"), IsOk());
  const std::string text = TextOf(name);
  EXPECT_THAT(Reject(name, "party"), StatusIs(StatusCode::kFailedPrecondition, "PARTY_HAS_SIGNED"));
  EXPECT_THAT(Reject(name, "court", "members/council"), StatusIs(StatusCode::kPermissionDenied));
  EXPECT_THAT(Reject(name, "council", "members/other"), StatusIs(StatusCode::kNotFound));
  const auto rejected = Reject(name, "council", "members/council");
  ASSERT_THAT(rejected, IsOk());
  EXPECT_EQ(rejected->state(), v1::Agreement::DRAFT);
  EXPECT_EQ(rejected->return_reason(), "Chưa thống nhất điều 2");
  EXPECT_FALSE(rejected->parties(0).has_signature());
  EXPECT_THAT(obligations_.Told(), ElementsAre("SIGNING_REJECTED party"));
  EXPECT_THAT(obligations_.Summary(),
              ElementsAre("SIGN council withdrawn", "SIGN court withdrawn", "SIGN party done"));

  v1::ListSigningRoundsRequest list;
  list.set_name(name);
  const auto rounds = Call(&Stub::ListSigningRounds, list);
  ASSERT_THAT(rounds, IsOk());
  ASSERT_EQ(rounds->rounds_size(), 1);
  EXPECT_EQ(rounds->rounds(0).outcome(), v1::SigningRound::REJECTED);
  EXPECT_EQ(rounds->rounds(0).rejected_by(), "bodies/council");
  EXPECT_EQ(rounds->rounds(0).parties(0).signature().signer_name(), "Nguyễn Văn Ử");
  EXPECT_EQ(TextOf(name, rounds->rounds(0).text_sha256()), text);
  EXPECT_THAT(Call(&Stub::ListSigningRounds, list, "members/other"),
              StatusIs(StatusCode::kNotFound));

  // Signed anew, and taken back by the author.
  Start(name);
  ASSERT_THAT(Sign(name, "party"), IsOk());
  v1::ReturnToDraftRequest take_back;
  take_back.set_name(name);
  take_back.set_etag("\"1\"");
  EXPECT_THAT(Call(&Stub::ReturnToDraft, take_back),
              StatusIs(StatusCode::kAborted, "ETAG_MISMATCH"));
  take_back.clear_etag();
  ASSERT_THAT(Call(&Stub::ReturnToDraft, take_back), IsOk());
  EXPECT_THAT(obligations_.Told(), ElementsAre("SIGNING_REJECTED party", "SIGNING_RETURNED party"));
  EXPECT_EQ(Call(&Stub::ListSigningRounds, list)->rounds_size(), 2);
}

TEST_F(SigningTest, ExpiredPartySignsAfterItWasExtended) {
  const std::string name = Opened({}, "2023-10-25");
  clock_.Set(StartOfDay(absl::CivilDay(2023, 10, 26)));
  EXPECT_THAT(Sign(name, "council"), StatusIs(StatusCode::kFailedPrecondition, "SIGNING_EXPIRED"));
  v1::ExtendSigningRequest extend;
  extend.set_name(name);
  extend.set_party("bodies/council");
  extend.set_sign_by("2023-10-25");
  EXPECT_THAT(Call(&Stub::ExtendSigning, extend),
              StatusIs(StatusCode::kInvalidArgument, "SIGN_BY_PASSED"));
  extend.set_sign_by("2026-01-01");
  EXPECT_THAT(Call(&Stub::ExtendSigning, extend),
              StatusIs(StatusCode::kInvalidArgument, "SIGN_BY_AFTER_TERM"));
  extend.set_sign_by("2023-11-01");
  const auto extended = Call(&Stub::ExtendSigning, extend);
  ASSERT_THAT(extended, IsOk());
  EXPECT_EQ(extended->parties(1).sign_by(), "2023-11-01");
  for (const auto& [key, owed] : obligations_.all()) {
    if (owed.body != "council") continue;
    EXPECT_EQ(owed.due.day, absl::CivilDay(2023, 11, 1));
  }
  EXPECT_THAT(Sign(name, "council"), IsOk());
}

TEST_F(SigningTest, DirectoryMustNameThePartiesBeforeSigningBegins) {
  const std::string name = Create(GoodRequest()).name();
  bodies_.reachable = false;
  v1::StartSigningRequest request;
  request.set_name(name);
  EXPECT_THAT(Call(&Stub::StartSigning, request),
              StatusIs(StatusCode::kUnavailable, "DIRECTORY_UNAVAILABLE"));
  EXPECT_EQ(Get(name)->state(), v1::Agreement::DRAFT);
}

}  // namespace
}  // namespace phoihop::agreements
