// agreements export and verify, as far as they need no server.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "absl/flags/flag.h"
#include "absl/flags/reflection.h"
#include "absl/strings/str_cat.h"
#include "services/agreements/signatures/bundle.h"
#include "services/agreements/signatures/testing_authority.h"
#include "services/ctl/commands.h"
#include "services/ctl/flags.h"

namespace phoihop::ctl {
namespace {

using agreements::Bundle;
using agreements::BundleSignature;
using agreements::SignSpec;
using agreements::TestHierarchy;
using agreements::TestHolder;
using ::testing::HasSubstr;
using ::testing::Not;

const absl::Time kSigned = absl::FromUnixSeconds(1'700'000'000);
constexpr char kText[] =
    "PHOIHOP-AGREEMENT-TEXT/3\nChương trình: agreements/a\nTên: Chương trình phối hợp\n\n"
    "CÁC BÊN\n1. Ban Tuyên giáo [bodies/b0]\n2. Ban Tuyên giáo [bodies/b1]\n"
    "3. Ban Tuyên giáo [bodies/b2]\n4. [bodies/not-needed]\n\n"
    "THỨ TỰ KÝ\n1. Cần 3 trong 4 bên ký: 1, 2, 3, 4\n";

// A file with a signature of each kind.
class AgreementsTest : public ::testing::Test {
 protected:
  BundleSignature Cms(int party, const TestHolder& holder) const {
    SignSpec sign;
    sign.time = kSigned;
    BundleSignature signature = Stated("CMS", party);
    // Past midnight in Viet Nam.
    signature.sign_date = "2023-11-15";
    signature.cms = holder.Sign(kText, sign);
    return signature;
  }
  static BundleSignature Stated(const std::string& kind, int party) {
    BundleSignature signature;
    signature.kind = kind;
    signature.party = absl::StrCat("bodies/b", party);
    signature.party_name = "Ban Tuyên giáo";
    signature.signer_name = "Nguyễn Văn Ử";
    signature.signer_title = "Phó Trưởng ban";
    signature.capacity = "ON_BEHALF";
    signature.sign_date = "2023-11-14";
    signature.text_sha256 = agreements::TextDigest(kText);
    return signature;
  }
  Bundle Made() const {
    Bundle bundle;
    bundle.agreement = "agreements/a";
    bundle.title = "Chương trình phối hợp";
    bundle.state = "IN_FORCE";
    bundle.text = kText;
    bundle.text_sha256 = agreements::TextDigest(kText);
    bundle.signatures = {Cms(0, authorities_.signer), Stated("IN_SYSTEM", 1), Stated("PAPER", 2)};
    return bundle;
  }
  Bundle AllDigital() const {
    Bundle bundle = Made();
    bundle.signatures[1] = Cms(1, authorities_.issuing.Issue(TestHierarchy::SignerSpec("Hai")));
    bundle.signatures[2] = Cms(2, authorities_.issuing.Issue(TestHierarchy::SignerSpec("Ba")));
    return bundle;
  }

  // The exit code and the output of `agreements verify` on this bundle.
  int Verify(const std::string& content, const std::string& trust) {
    const std::string path = ::testing::TempDir() + "signed.json";
    std::ofstream(path) << content;
    absl::SetFlag(&FLAGS_trust, trust);
    ::testing::internal::CaptureStdout();
    const int code = VerifyAgreement({}, {path});
    output_ = ::testing::internal::GetCapturedStdout();
    return code;
  }
  int Verify(const Bundle& bundle) { return Verify(WriteBundle(bundle), authorities_.trust_dir()); }
  // The output before the part of what the file states, and that part.
  std::string Proven() const { return output_.substr(0, output_.find("Lời khai của tệp")); }
  std::string Statement() const { return output_.substr(output_.find("Lời khai của tệp")); }

  const absl::FlagSaver saver_;
  const TestHierarchy authorities_;
  std::string output_;
};

TEST_F(AgreementsTest, DigitalSignaturesAreVerifiedWithoutAServer) {
  EXPECT_EQ(Verify(AllDigital()), 0) << output_;
  EXPECT_THAT(output_, HasSubstr("GOOD  CMS signature, verified"));
  EXPECT_THAT(output_, HasSubstr("CN=Nguyễn Văn Ử <- CN=Cấp phát thử nghiệm"));
  EXPECT_THAT(output_, HasSubstr("signing time as claimed: 2023-11-14T22:13:20+00:00, "
                                 "ngày / day 15/11/2023"));
  EXPECT_THAT(output_, HasSubstr("no signature, and the text needs none"));
  EXPECT_THAT(output_, HasSubstr("Kết luận: 3 chữ ký số đúng, 0 ghi nhận"));
}

TEST_F(AgreementsTest, WhatTheSystemStatesAloneIsNotVerified) {
  EXPECT_EQ(Verify(Made()), 3) << output_;
  EXPECT_THAT(output_, HasSubstr("NOT VERIFIABLE BY THE FILE  in-system approval"));
  EXPECT_THAT(output_, HasSubstr("NOT VERIFIABLE BY THE FILE  signed on paper"));
  EXPECT_THAT(output_, HasSubstr("Kết luận: 1 chữ ký số đúng, 2 ghi nhận không kiểm tra được, "
                                 "0 sai"));
  Bundle disguised = AllDigital();
  disguised.signatures[1].kind = "IN_SYSTEM";
  EXPECT_EQ(Verify(disguised), 3) << output_;
}

TEST_F(AgreementsTest, WhatNoSignatureCoversStandsApart) {
  EXPECT_EQ(Verify(AllDigital()), 0);
  for (const char* uncovered :
       {"Ban Tuyên giáo", "Phó Trưởng ban", "KT., ký thay (ON_BEHALF)", "IN_FORCE"}) {
    EXPECT_THAT(Proven(), Not(HasSubstr(uncovered))) << uncovered;
    EXPECT_THAT(Statement(), HasSubstr(uncovered));
  }
  EXPECT_THAT(Statement(), HasSubstr("The file's statement, not covered by the signature"));
  EXPECT_THAT(Statement(), HasSubstr("compare with the certificate: CN=Nguyễn Văn Ử\n"
                                     "        tên này có trong chứng thư"));
  // The second one has another certificate than the name that is stated.
  EXPECT_THAT(Statement(), HasSubstr("compare with the certificate: CN=Hai\n        KHÁC"));
}

TEST_F(AgreementsTest, AlteredDayOfADigitalSignatureIsNamed) {
  Bundle altered = AllDigital();
  altered.signatures[0].sign_date = "2023-11-10";
  EXPECT_EQ(Verify(altered), 1);
  EXPECT_THAT(output_, HasSubstr("SAI  [SIGN_DATE_OTHER_DAY] sign_date: Ngày ký"));
  EXPECT_THAT(output_, HasSubstr("BAD  sign_date: "));
  EXPECT_THAT(output_, HasSubstr("15/11/2023"));
}

TEST_F(AgreementsTest, RemovedOrReassignedSignatureIsMissed) {
  Bundle removed = AllDigital();
  removed.signatures.erase(removed.signatures.begin() + 1);
  EXPECT_EQ(Verify(removed), 1);
  EXPECT_THAT(output_, HasSubstr("THIẾU  không có chữ ký của: Ban Tuyên giáo [bodies/b1]"));
  EXPECT_THAT(output_, HasSubstr("fewer signatures than the text calls for"));

  Bundle reassigned = AllDigital();
  reassigned.signatures[0].party = "bodies/b1";
  EXPECT_EQ(Verify(reassigned), 1);
  EXPECT_THAT(output_, HasSubstr("PARTY_TWICE"));
}

TEST_F(AgreementsTest, TamperedTextAndForeignAuthoritiesExitWithOne) {
  Bundle tampered = Made();
  tampered.text += "x\n";
  EXPECT_EQ(Verify(tampered), 1);
  EXPECT_THAT(output_, HasSubstr("SIGNATURE_OTHER_TEXT"));
  EXPECT_THAT(output_, HasSubstr("văn bản đã bị sửa"));
  EXPECT_THAT(output_, Not(HasSubstr("GOOD  CMS")));

  const TestHierarchy others;
  EXPECT_EQ(Verify(WriteBundle(Made()), others.trust_dir()), 1);
  EXPECT_THAT(output_, HasSubstr("CERTIFICATE_UNTRUSTED"));
  EXPECT_EQ(Verify(WriteBundle(Made()), ""), 1);
  EXPECT_THAT(output_, HasSubstr("without --trust"));
}

TEST_F(AgreementsTest, FileThatContradictsItsTextOrThatNobodySignedExitsWithOne) {
  Bundle renamed = Made();
  renamed.title = "Chương trình khác";
  EXPECT_EQ(Verify(renamed), 1);
  EXPECT_THAT(output_, HasSubstr("title of the file is not that of the text"));
  EXPECT_THAT(output_, HasSubstr("tệp mâu thuẫn với văn bản"));

  Bundle unsigned_ = Made();
  unsigned_.signatures.clear();
  EXPECT_EQ(Verify(unsigned_), 1);
  EXPECT_THAT(output_, HasSubstr("0 bad, nobody has signed"));

  Bundle foreign = unsigned_;
  foreign.text = "Văn bản khác\n";
  foreign.text_sha256 = agreements::TextDigest(foreign.text);
  EXPECT_EQ(Verify(foreign), 1);
  EXPECT_THAT(output_, HasSubstr("a text of another form"));
}

TEST_F(AgreementsTest, ForeignFilesAndBadUseAreRefused) {
  EXPECT_EQ(Verify("{}", authorities_.trust_dir()), 1);
  EXPECT_EQ(VerifyAgreement({}, {}), 2);
  EXPECT_EQ(VerifyAgreement({}, {"/no/such/file"}), 2);
  absl::SetFlag(&FLAGS_as_of, "yesterday");
  EXPECT_EQ(Verify(Made()), 2);
  // Before the signature was made.
  absl::SetFlag(&FLAGS_as_of, "2023-01-01T00:00:00Z");
  EXPECT_EQ(Verify(Made()), 1);
  EXPECT_THAT(output_, HasSubstr("SIGNING_TIME_INVALID"));
}

}  // namespace
}  // namespace phoihop::ctl
