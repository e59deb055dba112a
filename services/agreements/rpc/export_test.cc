// The signed file, through the handlers and verified again without them.
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_replace.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "services/agreements/domain/text.h"
#include "services/agreements/rpc/testing_lifecycle.h"
#include "services/agreements/signatures/bundle.h"
#include "services/agreements/signatures/testing_authority.h"

namespace phoihop::agreements {
namespace {

using absl::StatusCode;
using ::phoihop::testing::IsOk;
using ::phoihop::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Signs with real certificates, one for each party.
class ExportTest : public LifecycleTest {
 protected:
  void Configure(Parts& parts) override {
    CmsVerifierOptions options;
    options.trust_dir = authorities_.trust_dir();
    options.field = "cms";
    cms_verifier_ = NewCmsVerifier(options);
    parts.verifier = cms_verifier_.get();
  }
  absl::StatusOr<v1::Agreement> SignCms(const std::string& name, const std::string& body) {
    v1::SignAgreementRequest request = SignRequest(name, body, "");
    v1::GetAgreementTextRequest get;
    get.set_name(name);
    const auto text = Call(&Stub::GetAgreementText, get);
    EXPECT_THAT(text, IsOk());
    SignSpec spec;
    spec.time = absl::FromUnixSeconds(absl::ToUnixSeconds(clock_.Now()));
    request.set_kind(v1::Agreement::CMS);
    request.set_cms((body == "party" ? authorities_.signer : other_).Sign(text->text(), spec));
    return Call(&Stub::SignAgreement, request, "members/country");
  }
  absl::StatusOr<v1::ExportAgreementResponse> Export(const std::string& name, int version = 0,
                                                     const std::string& day = "",
                                                     const std::string& caller = "members/city") {
    v1::ExportAgreementRequest request;
    request.set_name(name);
    request.set_version(version);
    request.set_on_date(day);
    return Call(&Stub::ExportAgreement, request, caller);
  }
  BundleVerdict Verdict(const std::string& content) {
    const auto bundle = ReadBundle(content);
    EXPECT_THAT(bundle, IsOk());
    return VerifyBundle(*bundle, *cms_verifier_, clock_.Now()).verdict();
  }
  // An agreement with CMS signatures and an extension of it that holds from 2024 on.
  std::string WithTwoVersions() {
    const std::string name = Create(GoodRequest()).name();
    Start(name);
    EXPECT_THAT(SignCms(name, "party"), IsOk());
    EXPECT_THAT(SignCms(name, "council"), IsOk());
    v1::CreateAmendmentRequest amend = AmendmentOf(name, "2026-12-31");
    amend.mutable_agreement()->set_title("Tên mới");
    const auto amendment = Call(&Stub::CreateAmendment, amend);
    EXPECT_THAT(amendment, IsOk());
    Start(amendment->name());
    EXPECT_THAT(SignCms(amendment->name(), "party"), IsOk());
    EXPECT_THAT(SignCms(amendment->name(), "council"), IsOk());
    return name;
  }

  const TestHierarchy authorities_;
  const TestHolder other_ = authorities_.issuing.Issue(TestHierarchy::SignerSpec("Hai"));
  std::unique_ptr<SignatureVerifier> cms_verifier_;
};

TEST_F(ExportTest, EveryVersionIsAFileThatVerifiesByItself) {
  const std::string name = WithTwoVersions();
  ASSERT_EQ(Get(name)->version(), 2);
  const auto first = Export(name, 1);
  const auto second = Export(name, 2);
  ASSERT_THAT(first, IsOk());
  ASSERT_THAT(second, IsOk());
  EXPECT_EQ(first->version(), 1);
  EXPECT_THAT(first->file_name(), HasSubstr("-v1.json"));
  EXPECT_EQ(Verdict(first->content()), BundleVerdict::kVerified);
  EXPECT_EQ(Verdict(second->content()), BundleVerdict::kVerified);
  EXPECT_EQ(Export(name)->content(), second->content());

  const Bundle old = *ReadBundle(first->content());
  EXPECT_EQ(old.version, "1");
  EXPECT_EQ(old.version_date, "2023-10-24");
  EXPECT_EQ(old.version_end, "2023-12-31");
  EXPECT_NE(old.title, "Tên mới");
  const Bundle latest = *ReadBundle(second->content());
  EXPECT_EQ(latest.agreement, name);
  EXPECT_EQ(latest.title, "Tên mới");
  EXPECT_NE(latest.text, old.text);
  EXPECT_NE(latest.signatures[0].cms, old.signatures[0].cms);
}

TEST_F(ExportTest, DayGivesTheVersionThatWasInForceOnIt) {
  const std::string name = WithTwoVersions();
  EXPECT_EQ(Export(name, 0, "2023-12-31")->content(), Export(name, 1)->content());
  EXPECT_EQ(Export(name, 0, "2024-01-01")->content(), Export(name, 2)->content());
  EXPECT_THAT(Export(name, 0, "2023-10-23"),
              StatusIs(StatusCode::kFailedPrecondition, "NOT_IN_FORCE_ON_DATE"));
  EXPECT_THAT(Export(name, 3), StatusIs(StatusCode::kNotFound, "NOT_FOUND"));
  const auto both = Export(name, 1, "2024-01-01");
  EXPECT_THAT(both, StatusIs(StatusCode::kInvalidArgument, "VERSION_OR_DATE"));
  EXPECT_THAT(ViolatedFields(both.status()), ElementsAre("on_date"));
  EXPECT_EQ(ViolatedFields(Export(name, -1).status()), std::vector<std::string>{"version"});
}

TEST_F(ExportTest, WhoeverReadsTheAgreementMayHaveEveryVersion) {
  const std::string name = WithTwoVersions();
  for (const char* reader : {"members/city", "members/district", "members/commune"}) {
    EXPECT_THAT(Export(name, 1, "", reader), IsOk()) << reader;
    EXPECT_THAT(Export(name, 0, "2024-01-01", reader), IsOk()) << reader;
  }
  const std::string draft = Create(GoodRequest(access::kNinhKieu)).name();
  EXPECT_THAT(Export(draft, 0, "", "members/other"), StatusIs(StatusCode::kNotFound));
}

TEST_F(ExportTest, WhatIsNotInForceYetIsExportedAsItStands) {
  const std::string name = Create(GoodRequest()).name();
  Start(name);
  ASSERT_THAT(SignCms(name, "party"), IsOk());
  const auto file = Export(name);
  ASSERT_THAT(file, IsOk());
  EXPECT_EQ(file->version(), 0);
  const Bundle bundle = *ReadBundle(file->content());
  EXPECT_EQ(bundle.state, "SIGNING");
  EXPECT_EQ(bundle.version, "");
  ASSERT_EQ(bundle.signatures.size(), 1u);
  // The council has not signed.
  EXPECT_EQ(Verdict(file->content()), BundleVerdict::kBad);
  EXPECT_THAT(Export(name, 1), StatusIs(StatusCode::kNotFound));
}

// Signing goes on over the text that was fixed, whatever rendering it is of.
TEST_F(ExportTest, TextOfAnOlderRenderingIsSignedAndVerifiedAsItIs) {
  const std::string name = Create(GoodRequest()).name();
  Start(name);
  const std::string id = name.substr(name.find('/') + 1);
  v1::GetAgreementTextRequest get;
  get.set_name(name);
  std::string text = Call(&Stub::GetAgreementText, get)->text();
  const size_t order = text.find("\nTHỨ TỰ KÝ\n");
  ASSERT_NE(order, std::string::npos);
  text.erase(order, text.find("\n\n", order) == std::string::npos
                        ? std::string::npos
                        : text.find("\n\n", order) + 1 - order);
  text = absl::StrReplaceAll(
      text, {{"TEXT/3", "TEXT/2"}, {"30/09/2020 - 31/12/2025", "2020-09-30 - 2025-12-31"}});
  const auto db = pool_->Acquire(absl::InfiniteFuture());
  ASSERT_THAT(db, IsOk());
  ASSERT_THAT(
      (*db)->Execute("UPDATE agreement_texts SET sha256 = ?, text = ? WHERE agreement_id = ?",
                     {Sha256Hex(text), mysql::Bytes(text), id}),
      IsOk());
  ASSERT_THAT(
      (*db)->Execute("UPDATE agreements SET text_sha256 = ? WHERE id = ?", {Sha256Hex(text), id}),
      IsOk());

  ASSERT_THAT(SignCms(name, "party"), IsOk());
  ASSERT_THAT(SignCms(name, "council"), IsOk());
  const auto file = Export(name, 1);
  ASSERT_THAT(file, IsOk());
  EXPECT_EQ(ReadBundle(file->content())->text, text);
  EXPECT_EQ(Verdict(file->content()), BundleVerdict::kVerified);
}

}  // namespace
}  // namespace phoihop::agreements
