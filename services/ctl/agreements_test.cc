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
#include "services/ctl/agreement_report.h"
#include "services/ctl/commands.h"
#include "services/ctl/flags.h"

namespace phoihop::ctl {
namespace {

namespace pb = ::phoihop::agreements::v1;
using agreements::Bundle;
using agreements::SignSpec;
using agreements::TestHierarchy;
using ::testing::HasSubstr;
using ::testing::Not;

const absl::Time kSigned = absl::FromUnixSeconds(1'700'000'000);
constexpr char kText[] =
    "PHOIHOP-AGREEMENT-TEXT/2\nChương trình: agreements/a\nTên: Chương trình phối hợp\n\n"
    "CÁC BÊN\n1. Ban Tuyên giáo [bodies/b0]\n2. Ban Tuyên giáo [bodies/b1]\n"
    "3. Ban Tuyên giáo [bodies/b2]\n4. [bodies/not-yet]\n";

// An agreement with a signature of each kind, as the service answers.
class AgreementsTest : public ::testing::Test {
 protected:
  AgreementsTest() {
    SignSpec sign;
    sign.time = kSigned;
    text_.set_text(kText);
    text_.set_sha256(agreements::TextDigest(kText));
    agreement_.set_name("agreements/a");
    agreement_.set_title("Chương trình phối hợp");
    agreement_.set_state(pb::Agreement::IN_FORCE);
    for (const auto kind : {pb::Agreement::CMS, pb::Agreement::IN_SYSTEM, pb::Agreement::PAPER}) {
      pb::Agreement::Party& party = *agreement_.add_parties();
      party.set_body(absl::StrCat("bodies/b", agreement_.parties_size() - 1));
      party.set_display_name("Ban Tuyên giáo");
      pb::Agreement::Signature& signature = *party.mutable_signature();
      signature.set_kind(kind);
      signature.set_signer_name("Nguyễn Văn Ử");
      signature.set_capacity(pb::Agreement::ON_BEHALF);
      signature.set_text_sha256(text_.sha256());
      if (kind == pb::Agreement::CMS) {
        signature.set_cms(authorities_.signer.Sign(kText, sign));
      }
    }
    agreement_.add_parties()->set_body("bodies/not-yet");
  }

  Bundle Made() const { return MakeBundle(agreement_, text_, "2023-11-15T00:00:00Z"); }

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

  const absl::FlagSaver saver_;
  const TestHierarchy authorities_;
  pb::Agreement agreement_;
  pb::AgreementText text_;
  std::string output_;
};

TEST_F(AgreementsTest, BundleHoldsWhatWasSignedAndNothingOfWhoHasNot) {
  const Bundle bundle = Made();
  ASSERT_EQ(bundle.signatures.size(), 3u);
  EXPECT_EQ(bundle.signatures[0].kind, "CMS");
  EXPECT_EQ(bundle.signatures[0].capacity, "ON_BEHALF");
  EXPECT_EQ(bundle.signatures[1].kind, "IN_SYSTEM");
  EXPECT_EQ(bundle.signatures[2].kind, "PAPER");
  EXPECT_EQ(bundle.state, "IN_FORCE");
}

TEST_F(AgreementsTest, GoodFileIsVerifiedWithoutAServer) {
  EXPECT_EQ(Verify(WriteBundle(Made()), authorities_.trust_dir()), 0) << output_;
  EXPECT_THAT(output_, HasSubstr("GOOD  CMS signature, verified"));
  EXPECT_THAT(output_, HasSubstr("CN=Nguyễn Văn Ử <- CN=Cấp phát thử nghiệm"));
  EXPECT_THAT(output_, HasSubstr("signing time as claimed: 2023-11-14T22:13:20"));
  EXPECT_THAT(output_, HasSubstr("in-system approval, no signature"));
  EXPECT_THAT(output_, HasSubstr("signed on paper"));
  EXPECT_THAT(output_, HasSubstr("Kết luận: 1 chữ ký số đúng, 2 ghi nhận của hệ thống, 0 sai."));
}

TEST_F(AgreementsTest, TamperedTextAndForeignAuthoritiesExitWithOne) {
  Bundle tampered = Made();
  tampered.text += "x\n";
  EXPECT_EQ(Verify(WriteBundle(tampered), authorities_.trust_dir()), 1);
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
  EXPECT_EQ(Verify(WriteBundle(renamed), authorities_.trust_dir()), 1);
  EXPECT_THAT(output_, HasSubstr("title of the file is not that of the text"));
  EXPECT_THAT(output_, HasSubstr("tệp mâu thuẫn với văn bản"));

  Bundle unsigned_ = Made();
  unsigned_.signatures.clear();
  EXPECT_EQ(Verify(WriteBundle(unsigned_), authorities_.trust_dir()), 1);
  EXPECT_THAT(output_, HasSubstr("0 bad, nobody has signed."));

  Bundle foreign = unsigned_;
  foreign.text = "Hợp đồng\n";
  foreign.text_sha256 = agreements::TextDigest(foreign.text);
  EXPECT_EQ(Verify(WriteBundle(foreign), authorities_.trust_dir()), 1);
  EXPECT_THAT(output_, HasSubstr("a text of another form"));
}

TEST_F(AgreementsTest, LaterVersionIsExportedUnderTheTitleOfItsAmendment) {
  agreement_.set_title("Tên cũ");
  agreement_.set_document_number("02-CTr");
  const Bundle bundle = Made();
  EXPECT_EQ(bundle.title, "Chương trình phối hợp");
  EXPECT_EQ(bundle.document_number, "");
}

TEST_F(AgreementsTest, ForeignFilesAndBadUseAreRefused) {
  EXPECT_EQ(Verify("{}", authorities_.trust_dir()), 1);
  EXPECT_EQ(VerifyAgreement({}, {}), 2);
  EXPECT_EQ(VerifyAgreement({}, {"/no/such/file"}), 1);
  absl::SetFlag(&FLAGS_as_of, "yesterday");
  EXPECT_EQ(Verify(WriteBundle(Made()), authorities_.trust_dir()), 2);
  // Before the signature was made.
  absl::SetFlag(&FLAGS_as_of, "2023-01-01T00:00:00Z");
  EXPECT_EQ(Verify(WriteBundle(Made()), authorities_.trust_dir()), 1);
  EXPECT_THAT(output_, HasSubstr("SIGNING_TIME_INVALID"));
}

}  // namespace
}  // namespace phoihop::ctl
