#include "services/agreements/signatures/bundle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_replace.h"
#include "common/status/errors.h"
#include "common/testing/status_matchers.h"
#include "common/time/civil.h"
#include "services/agreements/signatures/testing_authority.h"

namespace phoihop::agreements {
namespace {

using ::phoihop::testing::IsOk;
using ::phoihop::testing::IsOkAndHolds;
using ::phoihop::testing::StatusIs;

const absl::Time kNow = absl::FromCivil(absl::CivilDay(2023, 10, 24), absl::UTCTimeZone());
constexpr char kText[] =
    "PHOIHOP-AGREEMENT-TEXT/2\nChương trình: agreements/a\nTên: Chương trình phối hợp\n"
    "Số: 02-CTr/BTGTU\n\nCÁC BÊN\n1. Ban Tuyên giáo [bodies/party]\n"
    "2. Hội đồng nhân dân [bodies/council]\n3. [bodies/court]\n";

class BundleTest : public ::testing::Test {
 protected:
  Bundle Good() const {
    Bundle bundle;
    bundle.agreement = "agreements/a";
    bundle.title = "Chương trình phối hợp";
    bundle.document_number = "02-CTr/BTGTU";
    bundle.state = "IN_FORCE";
    bundle.exported_at = "2023-10-24T00:00:00Z";
    bundle.version = "1";
    bundle.version_date = "2023-10-24";
    bundle.version_end = "2025-12-31";
    bundle.text = kText;
    bundle.text_sha256 = TextDigest(kText);
    SignSpec sign;
    sign.time = kNow - absl::Hours(1);
    BundleSignature cms;
    cms.kind = "CMS";
    cms.party = "bodies/party";
    cms.party_name = "Ban Tuyên giáo";
    cms.signer_name = "Nguyễn Văn Ử";
    // An hour before midnight in UTC is the next day in Viet Nam.
    cms.sign_date = "2023-10-24";
    cms.text_sha256 = bundle.text_sha256;
    cms.cms = authorities_.signer.Sign(kText, sign);
    BundleSignature approval = cms;
    approval.kind = "IN_SYSTEM";
    approval.party = "bodies/council";
    approval.party_name = "Hội đồng nhân dân";
    approval.cms.clear();
    BundleSignature paper = approval;
    paper.kind = "PAPER";
    paper.party = "bodies/court";
    paper.party_name = "";
    paper.scan = "attachments/0";
    bundle.signatures = {cms, approval, paper};
    return bundle;
  }
  BundleFindings Verify(const Bundle& bundle) const {
    CmsVerifierOptions options;
    options.trust_dir = authorities_.trust_dir();
    return VerifyBundle(bundle, *NewCmsVerifier(options), kNow);
  }

  const TestHierarchy authorities_;
};

TEST_F(BundleTest, WhatIsWrittenIsReadAgain) {
  const Bundle bundle = Good();
  EXPECT_THAT(ReadBundle(WriteBundle(bundle)), IsOkAndHolds(bundle));
}

TEST_F(BundleTest, EachKindIsShownAsWhatItIs) {
  const BundleFindings findings = Verify(Good());
  EXPECT_EQ(findings.verdict(), BundleVerdict::kStated);
  ASSERT_EQ(findings.signatures.size(), 3u);
  EXPECT_EQ(findings.signatures[0].kind, SignatureFinding::kVerified);
  EXPECT_EQ(findings.signatures[0].verified->signer_subject, "CN=Nguyễn Văn Ử");
  EXPECT_EQ(findings.signatures[1].kind, SignatureFinding::kApproval);
  EXPECT_EQ(findings.signatures[2].kind, SignatureFinding::kPaper);
}

TEST_F(BundleTest, TamperedTextIsSeenAlsoWhenTheDigestWasChangedWithIt) {
  Bundle bundle = Good();
  bundle.text += "Thêm.\n";
  EXPECT_FALSE(Verify(bundle).text_intact);
  EXPECT_EQ(Verify(bundle).verdict(), BundleVerdict::kBad);
  bundle.text_sha256 = TextDigest(bundle.text);
  const BundleFindings findings = Verify(bundle);
  EXPECT_TRUE(findings.text_intact);
  EXPECT_EQ(findings.verdict(), BundleVerdict::kBad);
  for (const SignatureFinding& finding : findings.signatures) {
    EXPECT_EQ(finding.kind, SignatureFinding::kRefused);
    EXPECT_EQ(ErrorReason(finding.reason), "SIGNATURE_OTHER_TEXT");
  }
}

TEST_F(BundleTest, TextThatNobodySignedIsNotGood) {
  Bundle bundle = Good();
  bundle.signatures.clear();
  const BundleFindings findings = Verify(bundle);
  EXPECT_TRUE(findings.text_intact);
  EXPECT_EQ(findings.verdict(), BundleVerdict::kBad);
}

TEST_F(BundleTest, HeadThatSaysOtherThanTheTextIsNotGood) {
  const auto contradicted = [&](auto spoil) {
    Bundle bundle = Good();
    spoil(bundle);
    const BundleFindings findings = Verify(bundle);
    EXPECT_EQ(findings.verdict() != BundleVerdict::kBad, findings.contradictions.empty());
    std::string fields;
    for (const Contradiction& one : findings.contradictions) fields += one.field + " ";
    return fields;
  };
  EXPECT_EQ(contradicted([](Bundle&) {}), "");
  EXPECT_EQ(contradicted([](Bundle& b) { b.agreement = "agreements/b"; }), "agreement ");
  EXPECT_EQ(contradicted([](Bundle& b) { b.title = "Chương trình khác"; }), "title ");
  EXPECT_EQ(contradicted([](Bundle& b) { b.document_number = ""; }), "document_number ");
}

TEST_F(BundleTest, VersionMadeByAnAmendmentIsThatOfTheAgreement) {
  Bundle bundle = Good();
  bundle.signatures.erase(bundle.signatures.begin());
  bundle.text =
      absl::StrReplaceAll(bundle.text, {{"agreements/a\n", "agreements/b\nGia hạn: agreements/a\n"},
                                        {"1. Ban Tuyên giáo [bodies/party]\n", ""}});
  bundle.text_sha256 = TextDigest(bundle.text);
  for (BundleSignature& signature : bundle.signatures) signature.text_sha256 = bundle.text_sha256;
  EXPECT_EQ(Verify(bundle).verdict(), BundleVerdict::kStated);
  bundle.agreement = "agreements/c";
  EXPECT_EQ(Verify(bundle).verdict(), BundleVerdict::kBad);
}

TEST_F(BundleTest, TextOfAnotherFormIsNotGood) {
  Bundle bundle = Good();
  bundle.text = "Văn bản khác\n";
  bundle.text_sha256 = TextDigest(bundle.text);
  bundle.signatures.erase(bundle.signatures.begin() + 1, bundle.signatures.end());
  SignSpec sign;
  sign.time = kNow - absl::Hours(1);
  bundle.signatures[0].cms = authorities_.signer.Sign(bundle.text, sign);
  bundle.signatures[0].text_sha256 = bundle.text_sha256;
  const BundleFindings findings = Verify(bundle);
  EXPECT_EQ(findings.signatures[0].kind, SignatureFinding::kVerified);
  EXPECT_FALSE(findings.text_known);
  EXPECT_EQ(findings.verdict(), BundleVerdict::kBad);
}

TEST_F(BundleTest, EachPartyOfTheTextSignsOnceWithACertificateOfItsOwn) {
  // Why the second signature is refused.
  const auto refused = [&](auto spoil) {
    Bundle bundle = Good();
    spoil(bundle.signatures[0], bundle.signatures[1]);
    const BundleFindings findings = Verify(bundle);
    EXPECT_EQ(findings.signatures[0].kind, SignatureFinding::kVerified);
    EXPECT_EQ(findings.verdict() == BundleVerdict::kBad,
              findings.signatures[1].kind == SignatureFinding::kRefused);
    return ErrorReason(findings.signatures[1].reason);
  };
  EXPECT_EQ(refused([](auto&, auto&) {}), "");
  EXPECT_EQ(refused([](auto& first, auto& second) { second.party = first.party; }), "NOT_A_PARTY");
  EXPECT_EQ(refused([](auto&, auto& second) { second.party_name = "Tòa án"; }), "NOT_A_PARTY");
  EXPECT_EQ(refused([](auto& first, auto& second) {
              second.party = first.party;
              second.party_name = first.party_name;
            }),
            "PARTY_TWICE");
  // The very signature again, or another one by the same certificate.
  EXPECT_EQ(refused([](auto& first, auto& second) {
              second.kind = "CMS";
              second.sign_date = first.sign_date;
              second.cms = first.cms;
            }),
            "CERTIFICATE_USED");
  EXPECT_EQ(refused([&](auto&, auto& second) {
              SignSpec sign;
              sign.time = kNow - absl::Hours(2);
              second.kind = "CMS";
              second.sign_date = "2023-10-24";
              second.cms = authorities_.signer.Sign(kText, sign);
            }),
            "CERTIFICATE_USED");
  EXPECT_EQ(refused([&](auto&, auto& second) {
              SignSpec sign;
              sign.time = kNow - absl::Hours(2);
              second.kind = "CMS";
              second.sign_date = "2023-10-24";
              second.cms =
                  authorities_.issuing.Issue(TestHierarchy::SignerSpec("Hai")).Sign(kText, sign);
            }),
            "");
}

TEST_F(BundleTest, StatedDayIsTheDayOfTheSignature) {
  const auto refused = [&](const std::string& day, absl::Time time) {
    Bundle bundle = Good();
    SignSpec sign;
    sign.time = time;
    bundle.signatures[0].cms = authorities_.signer.Sign(kText, sign);
    bundle.signatures[0].sign_date = day;
    const BundleFindings findings = Verify(bundle);
    EXPECT_EQ(findings.verdict() == BundleVerdict::kBad,
              findings.signatures[0].kind == SignatureFinding::kRefused);
    const std::vector<std::string> fields = ViolatedFields(findings.signatures[0].reason);
    return fields.empty() ? "" : fields[0] + " " + ErrorReason(findings.signatures[0].reason);
  };
  const absl::Time midnight = StartOfDay(absl::CivilDay(2023, 10, 23));
  const std::string other = "sign_date SIGN_DATE_OTHER_DAY";
  EXPECT_EQ(refused("2023-10-23", midnight + absl::Minutes(6)), "");
  EXPECT_EQ(refused("2023-10-22", midnight + absl::Minutes(6)), other);
  EXPECT_EQ(refused("2023-10-24", midnight + absl::Minutes(6)), other);
  EXPECT_EQ(refused("", midnight + absl::Minutes(6)), other);
  EXPECT_EQ(refused("23/10/2023", midnight + absl::Minutes(6)), other);
  EXPECT_EQ(refused("2023-10-22", midnight - absl::Seconds(1)), "");
  EXPECT_EQ(refused("2023-10-23", midnight - absl::Seconds(1)), other);
  // A clock that was ahead: it was recorded before midnight.
  EXPECT_EQ(refused("2023-10-22", midnight + absl::Minutes(4)), "");
  EXPECT_EQ(refused("2023-10-23", midnight + absl::Minutes(4)), "");
}

TEST_F(BundleTest, SignatureThatWasTakenOutIsMissed) {
  for (int i = 0; i < 3; ++i) {
    Bundle bundle = Good();
    bundle.signatures.erase(bundle.signatures.begin() + i);
    const BundleFindings findings = Verify(bundle);
    EXPECT_EQ(findings.verdict(), BundleVerdict::kBad);
    EXPECT_FALSE(findings.order_known);
    ASSERT_EQ(findings.without_signature.size(), 1u);
    EXPECT_EQ(findings.without_signature[0].body, Good().signatures[i].party);
  }
}

// Rendering 3 says how many of which parties have to sign.
TEST_F(BundleTest, TextSaysHowManyHaveToSign) {
  const auto verdict = [&](const std::string& order, std::vector<int> present) {
    Bundle bundle = Good();
    bundle.text = absl::StrReplaceAll(bundle.text, {{"TEXT/2", "TEXT/3"}}) + order;
    bundle.text_sha256 = TextDigest(bundle.text);
    SignSpec sign;
    sign.time = kNow - absl::Hours(1);
    bundle.signatures[0].cms = authorities_.signer.Sign(bundle.text, sign);
    std::vector<BundleSignature> kept;
    for (const int i : present) {
      kept.push_back(bundle.signatures[i]);
      kept.back().text_sha256 = bundle.text_sha256;
    }
    bundle.signatures = kept;
    const BundleFindings findings = Verify(bundle);
    EXPECT_EQ(findings.order_known, order.find("Cần") != std::string::npos);
    EXPECT_EQ(findings.without_signature.size(), 3 - present.size());
    return findings.verdict();
  };
  const std::string one_of_two = "\nTHỨ TỰ KÝ\n1. Cần 1 trong 2 bên ký: 1, 2\n";
  const std::string then_all = one_of_two + "2. Cần 1 trong 1 bên ký: 3\n";
  EXPECT_EQ(verdict(one_of_two, {0}), BundleVerdict::kVerified);
  EXPECT_EQ(verdict(one_of_two, {0, 1}), BundleVerdict::kVerified);
  EXPECT_EQ(verdict(one_of_two, {1}), BundleVerdict::kStated);
  EXPECT_EQ(verdict(one_of_two, {2}), BundleVerdict::kBad);
  EXPECT_EQ(verdict(then_all, {0}), BundleVerdict::kBad);
  EXPECT_EQ(verdict(then_all, {0, 2}), BundleVerdict::kStated);
  EXPECT_EQ(verdict("", {0, 1, 2}), BundleVerdict::kStated);
  EXPECT_EQ(verdict("", {0, 1}), BundleVerdict::kBad);
}

// Who turns a digital signature into a statement, or takes another's place, gains nothing.
TEST_F(BundleTest, DigitalSignatureThatIsDeclaredAnApprovalIsNoLongerVerified) {
  Bundle bundle = Good();
  bundle.text = absl::StrReplaceAll(
      bundle.text, {{"2. Hội đồng nhân dân [bodies/council]\n3. [bodies/court]\n", ""}});
  bundle.text_sha256 = TextDigest(bundle.text);
  bundle.signatures.resize(1);
  SignSpec sign;
  sign.time = kNow - absl::Hours(1);
  bundle.signatures[0].cms = authorities_.signer.Sign(bundle.text, sign);
  bundle.signatures[0].text_sha256 = bundle.text_sha256;
  EXPECT_EQ(Verify(bundle).verdict(), BundleVerdict::kVerified);
  bundle.signatures[0].kind = "IN_SYSTEM";
  EXPECT_EQ(Verify(bundle).verdict(), BundleVerdict::kStated);
}

TEST_F(BundleTest, WhoTrustsNobodyVerifiesNoCms) {
  const BundleFindings findings = VerifyBundle(Good(), *NewCmsVerifier({}), kNow);
  EXPECT_EQ(findings.verdict(), BundleVerdict::kBad);
  EXPECT_EQ(ErrorReason(findings.signatures[0].reason), "CERTIFICATE_UNTRUSTED");
}

TEST_F(BundleTest, UnknownKindAndEmptySignatureAreRefused) {
  Bundle bundle = Good();
  bundle.signatures[1].kind = "";
  bundle.signatures[0].cms = "";
  const BundleFindings findings = Verify(bundle);
  EXPECT_EQ(ErrorReason(findings.signatures[0].reason), "SIGNATURE_MALFORMED");
  EXPECT_EQ(ErrorReason(findings.signatures[1].reason), "SIGNATURE_KIND");
}

TEST_F(BundleTest, FilesThatAreNoBundlesAreRefused) {
  const std::string good = WriteBundle(Good());
  for (const std::string& bad :
       {std::string(), std::string("{}"), std::string("[]"), std::string("null"),
        good.substr(0, good.size() / 2), good + "x",
        absl::StrReplaceAll(good, {{"BUNDLE/1", "BUNDLE/2"}}),
        // Which of the two texts would be meant?
        absl::StrReplaceAll(good, {{"\"text\":", "\"text\": \"other\", \"text\":"}}),
        // A terminal would obey it.
        absl::StrReplaceAll(good, {{"\"title\": \"", "\"title\": \"\\u001b[2J"}}),
        absl::StrReplaceAll(good, {{"\"title\": \"", "\"title\": 7, \"x\": \""}}),
        absl::StrReplaceAll(good, {{"\"signatures\": [", "\"signatures\": [7, "}}),
        absl::StrReplaceAll(good, {{"\"cms\": \"", "\"cms\": \"***"}})}) {
    EXPECT_THAT(ReadBundle(bad), StatusIs(absl::StatusCode::kInvalidArgument, "BUNDLE_MALFORMED"))
        << bad;
  }
  EXPECT_THAT(ReadBundle(good), IsOk());
}

}  // namespace
}  // namespace phoihop::agreements
