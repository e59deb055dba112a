// Every signature here is made with a real hierarchy of authorities.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "common/testing/status_matchers.h"
#include "services/agreements/signatures/testing_authority.h"
#include "services/agreements/signatures/verifier.h"

namespace phoihop::agreements {
namespace {

using ::phoihop::testing::IsOk;
using ::phoihop::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

constexpr std::string_view kText = "CHƯƠNG TRÌNH PHỐI HỢP\r\nĐiều 1. Nội dung\n";

absl::Time Day(int year, int month, int day) {
  return absl::FromCivil(absl::CivilDay(year, month, day), absl::UTCTimeZone());
}

// It is 2023-10-24.
const absl::Time kNow = Day(2023, 10, 24);

class CmsVerifierTest : public ::testing::Test {
 protected:
  CmsVerifierOptions Options() const {
    CmsVerifierOptions options;
    options.trust_dir = authorities_.trust_dir();
    options.crl_dir = authorities_.crl_dir();
    return options;
  }
  static SignSpec Good() {
    SignSpec spec;
    spec.time = kNow - absl::Hours(1);
    return spec;
  }
  absl::StatusOr<VerifiedSignature> Verify(std::string_view cms, std::string_view text = kText,
                                           absl::Time at = kNow) const {
    return NewCmsVerifier(Options())->Verify(text, cms, at);
  }
  // The reason for which the signature is refused; "" when it is not.
  std::string Reason(std::string_view cms, std::string_view text = kText) const {
    const absl::StatusOr<VerifiedSignature> verified = Verify(cms, text);
    if (verified.ok()) return "";
    EXPECT_EQ(verified.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(ViolatedFields(verified.status()), ElementsAre("cms_signature"));
    EXPECT_NE(VietnameseMessage(verified.status()), "");
    return ErrorReason(verified.status());
  }
  // The same for a good signature by a certificate of this kind.
  std::string ReasonFor(const CertificateSpec& spec) const {
    return Reason(authorities_.issuing.Issue(spec).Sign(kText, Good()));
  }

  const TestHierarchy authorities_;
};

TEST_F(CmsVerifierTest, GoodSignatureTellsSignerTimeAndChain) {
  const auto verified = Verify(authorities_.signer.Sign(kText, Good()));
  ASSERT_THAT(verified, IsOk());
  EXPECT_EQ(verified->signer_subject, "CN=Nguyễn Văn Ử");
  EXPECT_EQ(verified->issuer, "CN=Cấp phát thử nghiệm");
  EXPECT_THAT(verified->serial, MatchesRegex("[0-9A-F]+"));
  EXPECT_EQ(verified->signing_time, kNow - absl::Hours(1));
  EXPECT_THAT(verified->chain,
              ElementsAre("CN=Nguyễn Văn Ử", "CN=Cấp phát thử nghiệm", "CN=Gốc thử nghiệm"));
  EXPECT_THAT(verified->certificate_sha256, MatchesRegex("[0-9a-f]+"));
  EXPECT_EQ(verified->certificate_sha256.size(), 64u);
  EXPECT_FALSE(verified->revocation_checked);
}

TEST_F(CmsVerifierTest, RsaAndStrongerDigestsAreTaken) {
  CertificateSpec spec = TestHierarchy::SignerSpec();
  spec.rsa_bits = 2048;
  SignSpec sign = Good();
  sign.digest = "SHA512";
  EXPECT_EQ(Reason(authorities_.issuing.Issue(spec).Sign(kText, sign)), "");
}

TEST_F(CmsVerifierTest, TamperedTextIsRefused) {
  const std::string cms = authorities_.signer.Sign(kText, Good());
  EXPECT_EQ(Reason(cms, std::string(kText) + " "), "SIGNATURE_OTHER_TEXT");
  EXPECT_EQ(Reason(cms, ""), "SIGNATURE_OTHER_TEXT");
  // The bytes are signed, not their lines.
  EXPECT_EQ(Reason(cms, "CHƯƠNG TRÌNH PHỐI HỢP\nĐiều 1. Nội dung\n"), "SIGNATURE_OTHER_TEXT");
}

// Any single byte that is changed: refused for whatever reason, never taken.
TEST_F(CmsVerifierTest, NoTamperedByteIsTakenForAnotherSignature) {
  const std::string cms = authorities_.signer.Sign(kText, Good());
  const auto good = Verify(cms);
  ASSERT_THAT(good, IsOk());
  int refused = 0;
  for (size_t i = 0; i < cms.size(); ++i) {
    std::string changed = cms;
    changed[i] = static_cast<char>(changed[i] ^ 0x01);
    const auto verified = Verify(changed);
    if (!verified.ok()) {
      ++refused;
      continue;
    }
    // What no signature covers: the message's own header and unused copies of names.
    EXPECT_EQ(verified->certificate_sha256, good->certificate_sha256) << "byte " << i;
    EXPECT_EQ(verified->signing_time, good->signing_time) << "byte " << i;
  }
  EXPECT_GT(refused, static_cast<int>(cms.size()) * 9 / 10);
}

TEST_F(CmsVerifierTest, ForeignBytesAreMalformed) {
  const std::string cms = authorities_.signer.Sign(kText, Good());
  EXPECT_EQ(Reason(""), "SIGNATURE_MALFORMED");
  EXPECT_EQ(Reason("no signature"), "SIGNATURE_MALFORMED");
  EXPECT_EQ(Reason(cms + "x"), "SIGNATURE_MALFORMED");
  EXPECT_EQ(Reason(cms.substr(0, cms.size() - 1)), "SIGNATURE_MALFORMED");
  EXPECT_EQ(Reason(std::string(kMaxCmsBytes + 1, '0')), "SIGNATURE_MALFORMED");
}

TEST_F(CmsVerifierTest, AlteredSignatureValueIsNamedAsThat) {
  // The value stands last in the message.
  std::string cms = authorities_.signer.Sign(kText, Good());
  cms.back() = static_cast<char>(cms.back() ^ 0x01);
  EXPECT_EQ(Reason(cms), "SIGNATURE_ALTERED");
}

TEST_F(CmsVerifierTest, MessageOfAnErrorNamesTheLimitThatHolds) {
  const absl::Status status = Verify(std::string(65537, '0')).status();
  EXPECT_THAT(VietnameseMessage(status), HasSubstr("65.536"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("65,536"));
}

TEST_F(CmsVerifierTest, AttachedUnsignedAndSecondSignersAreMalformed) {
  SignSpec attached = Good();
  attached.detached = false;
  EXPECT_EQ(Reason(authorities_.signer.Sign(kText, attached)), "SIGNATURE_MALFORMED");
  SignSpec bare = Good();
  bare.include_signer = false;
  EXPECT_EQ(Reason(authorities_.signer.Sign(kText, bare)), "SIGNATURE_MALFORMED");
  const TestHolder second = authorities_.issuing.Issue(TestHierarchy::SignerSpec("Hai"));
  EXPECT_EQ(Reason(authorities_.signer.Sign(kText, Good(), &second)), "SIGNATURE_MALFORMED");
}

TEST_F(CmsVerifierTest, WeakDigestAndWeakKeyAreRefused) {
  SignSpec sha1 = Good();
  sha1.digest = "SHA1";
  EXPECT_EQ(Reason(authorities_.signer.Sign(kText, sha1)), "SIGNATURE_WEAK");
  CertificateSpec small = TestHierarchy::SignerSpec();
  small.rsa_bits = 1024;
  EXPECT_EQ(ReasonFor(small), "SIGNATURE_WEAK");
  CertificateSpec weak_authority = TestHierarchy::AuthoritySpec("Yếu");
  weak_authority.rsa_bits = 1024;
  const TestHolder weak = authorities_.root.Issue(weak_authority);
  EXPECT_EQ(Reason(weak.Issue(TestHierarchy::SignerSpec()).Sign(kText, Good())), "SIGNATURE_WEAK");
}

TEST_F(CmsVerifierTest, SigningTimeMustBeThereAndPast) {
  SignSpec without = Good();
  without.signed_attributes = false;
  EXPECT_EQ(Reason(authorities_.signer.Sign(kText, without)), "SIGNING_TIME_INVALID");
  SignSpec future = Good();
  future.time = kNow + absl::Hours(1);
  EXPECT_EQ(Reason(authorities_.signer.Sign(kText, future)), "SIGNING_TIME_INVALID");
  SignSpec early = Good();
  early.time = Day(2019, 12, 31);
  EXPECT_EQ(Reason(authorities_.signer.Sign(kText, early)), "SIGNING_TIME_INVALID");
  SignSpec ahead = Good();
  ahead.time = kNow + absl::Minutes(2);
  EXPECT_EQ(Reason(authorities_.signer.Sign(kText, ahead)), "") << "clocks differ a little";
}

TEST_F(CmsVerifierTest, ExpiredCertificateIsRefusedUnlessItWasValidWhenSigning) {
  CertificateSpec spec = TestHierarchy::SignerSpec();
  spec.until = Day(2023, 1, 1);
  EXPECT_EQ(ReasonFor(spec), "CERTIFICATE_EXPIRED");
  SignSpec in_time = Good();
  in_time.time = Day(2022, 6, 1);
  EXPECT_EQ(Reason(authorities_.issuing.Issue(spec).Sign(kText, in_time)), "");
}

TEST_F(CmsVerifierTest, WhoeverKeepsAnExpiredCertificateCannotSignWithAClockSetBack) {
  CertificateSpec spec = TestHierarchy::SignerSpec();
  spec.until = Day(2023, 1, 1);
  SignSpec back = Good();
  back.time = Day(2022, 6, 1);
  const std::string cms = authorities_.issuing.Issue(spec).Sign(kText, back);
  CmsVerifierOptions incoming = Options();
  incoming.valid_at_receipt = true;
  EXPECT_THAT(NewCmsVerifier(incoming)->Verify(kText, cms, kNow),
              StatusIs(absl::StatusCode::kInvalidArgument, "CERTIFICATE_EXPIRED"));
  EXPECT_THAT(NewCmsVerifier(incoming)->Verify(kText, cms, Day(2022, 6, 2)), IsOk());
  EXPECT_THAT(
      NewCmsVerifier(incoming)->Verify(kText, authorities_.signer.Sign(kText, Good()), kNow),
      IsOk());
}

TEST_F(CmsVerifierTest, ExpiredIntermediateIsRefused) {
  CertificateSpec spec = TestHierarchy::AuthoritySpec("Hết hạn");
  spec.until = Day(2023, 1, 1);
  const TestHolder ended = authorities_.root.Issue(spec);
  EXPECT_EQ(Reason(ended.Issue(TestHierarchy::SignerSpec()).Sign(kText, Good())),
            "CERTIFICATE_EXPIRED");
}

TEST_F(CmsVerifierTest, OtherRootIsUntrustedEvenWithTheSameName) {
  const TestHierarchy other;
  EXPECT_EQ(Reason(other.signer.Sign(kText, Good())), "CERTIFICATE_UNTRUSTED");
}

TEST_F(CmsVerifierTest, ChainWithoutItsIntermediateIsUntrusted) {
  SignSpec spec = Good();
  spec.include_intermediates = false;
  EXPECT_EQ(Reason(authorities_.signer.Sign(kText, spec)), "CERTIFICATE_UNTRUSTED");
}

TEST_F(CmsVerifierTest, SignerCannotIssueCertificates) {
  const TestHolder forged = authorities_.signer.Issue(TestHierarchy::SignerSpec("Giả"));
  EXPECT_EQ(Reason(forged.Sign(kText, Good())), "CERTIFICATE_UNTRUSTED");
}

TEST_F(CmsVerifierTest, CertificateThatIsNotForSigningIsRefused) {
  for (const char* usage : {"", "critical,keyEncipherment", "critical,cRLSign"}) {
    CertificateSpec spec = TestHierarchy::SignerSpec();
    spec.key_usage = usage;
    EXPECT_EQ(ReasonFor(spec), "CERTIFICATE_NOT_FOR_SIGNING") << usage;
  }
  CertificateSpec authority = TestHierarchy::AuthoritySpec("CA");
  authority.key_usage = "critical,keyCertSign,digitalSignature";
  EXPECT_EQ(ReasonFor(authority), "CERTIFICATE_NOT_FOR_SIGNING");
  CertificateSpec only_digital = TestHierarchy::SignerSpec();
  only_digital.key_usage = "digitalSignature";
  EXPECT_EQ(ReasonFor(only_digital), "");
}

TEST_F(CmsVerifierTest, PurposesDecideWhoSignsDocuments) {
  const std::string refused = "CERTIFICATE_NOT_FOR_SIGNING";
  const std::vector<std::pair<std::string, std::string>> table = {
      {"", ""},
      {"emailProtection", ""},
      {"clientAuth,emailProtection", ""},
      {"serverAuth,emailProtection", ""},
      {"anyExtendedKeyUsage", ""},
      {"1.3.6.1.5.5.7.3.36", ""},
      {"critical,1.3.6.1.4.1.311.10.3.12", ""},
      {"clientAuth,1.2.840.113583.1.1.5", ""},
      {"serverAuth", refused},
      {"serverAuth,clientAuth", refused},
      {"clientAuth", refused},
      {"critical,timeStamping", refused},
      {"codeSigning", refused},
      {"OCSPSigning", refused},
      {"1.3.6.1.5.5.7.3.99", refused},
  };
  for (const auto& [purposes, reason] : table) {
    CertificateSpec spec = TestHierarchy::SignerSpec();
    spec.extended_key_usage = purposes;
    EXPECT_EQ(ReasonFor(spec), reason) << purposes;
  }
  CertificateSpec servers = TestHierarchy::AuthoritySpec("Máy chủ");
  servers.extended_key_usage = "serverAuth";
  EXPECT_EQ(
      Reason(
          authorities_.root.Issue(servers).Issue(TestHierarchy::SignerSpec()).Sign(kText, Good())),
      refused);
}

TEST_F(CmsVerifierTest, WithoutAnchorsNobodyIsTrusted) {
  const std::string cms = authorities_.signer.Sign(kText, Good());
  EXPECT_THAT(NewCmsVerifier({})->Verify(kText, cms, kNow),
              StatusIs(absl::StatusCode::kInvalidArgument, "CERTIFICATE_UNTRUSTED"));
  CmsVerifierOptions missing;
  missing.trust_dir = authorities_.trust_dir() + "/none";
  EXPECT_THAT(NewCmsVerifier(missing)->Verify(kText, cms, kNow),
              StatusIs(absl::StatusCode::kUnavailable, "TRUST_ANCHORS_UNAVAILABLE"));
}

TEST_F(CmsVerifierTest, IssuingAuthorityCanBeAnAnchor) {
  const TestHierarchy other;
  std::ofstream(authorities_.trust_dir() + "/issuing.crt") << other.issuing.CertificatePem();
  const auto verified = Verify(other.signer.Sign(kText, Good()));
  ASSERT_THAT(verified, IsOk());
  EXPECT_THAT(verified->chain, ElementsAre("CN=Nguyễn Văn Ử", "CN=Cấp phát thử nghiệm"));
}

class RevocationTest : public CmsVerifierTest {
 protected:
  // Current empty lists of both authorities, the issuing one's with these entries.
  void Publish(const std::vector<RevokedHolder>& revoked,
               absl::Time next = Day(2023, 11, 1)) const {
    authorities_.WriteList("issuing.crl",
                           authorities_.issuing.RevocationListPem(revoked, Day(2023, 10, 1), next));
    authorities_.WriteList(
        "root.crl", authorities_.root.RevocationListPem({}, Day(2023, 10, 1), Day(2024, 1, 1)));
  }
};

TEST_F(RevocationTest, CurrentListsOfTheWholeChainAreRecorded) {
  Publish({});
  const auto verified = Verify(authorities_.signer.Sign(kText, Good()));
  ASSERT_THAT(verified, IsOk());
  EXPECT_TRUE(verified->revocation_checked);
}

TEST_F(RevocationTest, RevokedSignerIsRefusedWhateverTimeItClaims) {
  Publish({{authorities_.signer, Day(2023, 10, 10)}});
  EXPECT_EQ(Reason(authorities_.signer.Sign(kText, Good())), "CERTIFICATE_REVOKED");
  SignSpec backdated = Good();
  backdated.time = Day(2023, 9, 1);
  EXPECT_EQ(Reason(authorities_.signer.Sign(kText, backdated)), "CERTIFICATE_REVOKED");
  const TestHolder other = authorities_.issuing.Issue(TestHierarchy::SignerSpec("Khác"));
  EXPECT_EQ(Reason(other.Sign(kText, Good())), "");
}

TEST_F(RevocationTest, SignatureThatCameInBeforeTheRevocationStands) {
  Publish({{authorities_.signer, Day(2023, 10, 10)}});
  SignSpec earlier = Good();
  earlier.time = Day(2023, 10, 1);
  EXPECT_THAT(Verify(authorities_.signer.Sign(kText, earlier), kText, Day(2023, 10, 2)), IsOk());
}

TEST_F(RevocationTest, RevokedIntermediateIsRefused) {
  authorities_.WriteList(
      "root.crl", authorities_.root.RevocationListPem({{authorities_.issuing, Day(2023, 10, 10)}},
                                                      Day(2023, 10, 11), Day(2024, 1, 1)));
  EXPECT_EQ(Reason(authorities_.signer.Sign(kText, Good())), "CERTIFICATE_REVOKED");
}

TEST_F(RevocationTest, ListThatSomebodyElseSignedDoesNotCount) {
  const TestHierarchy other;
  authorities_.WriteList("forged.crl",
                         other.issuing.RevocationListPem({{authorities_.signer, Day(2023, 10, 10)}},
                                                         Day(2023, 10, 11), Day(2024, 1, 1)));
  const auto verified = Verify(authorities_.signer.Sign(kText, Good()));
  ASSERT_THAT(verified, IsOk());
  EXPECT_FALSE(verified->revocation_checked);
}

TEST_F(RevocationTest, OutdatedListIsNoCheckAndIsRefusedWhereListsAreDemanded) {
  Publish({}, Day(2023, 10, 20));
  const std::string cms = authorities_.signer.Sign(kText, Good());
  const auto verified = Verify(cms);
  ASSERT_THAT(verified, IsOk());
  EXPECT_FALSE(verified->revocation_checked);
  CmsVerifierOptions strict = Options();
  strict.require_revocation_lists = true;
  EXPECT_THAT(NewCmsVerifier(strict)->Verify(kText, cms, kNow),
              StatusIs(absl::StatusCode::kInvalidArgument, "REVOCATION_UNKNOWN"));
  Publish({});
  EXPECT_THAT(NewCmsVerifier(strict)->Verify(kText, cms, kNow), IsOk());
}

TEST(IsSignedCmsTest, TellsSignaturesFromOtherBytes) {
  const TestHierarchy authorities;
  EXPECT_TRUE(IsSignedCms(authorities.signer.Sign(kText, {})));
  EXPECT_FALSE(IsSignedCms(authorities.root.CertificatePem()));
  EXPECT_FALSE(IsSignedCms(""));
}

}  // namespace
}  // namespace phoihop::agreements
