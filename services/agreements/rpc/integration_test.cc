// Signing with what runs in production: OpenSSL, and obligations in MariaDB.
#include <memory>
#include <string>
#include <vector>

#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "services/agreements/deadlines/mysql_obligation_book.h"
#include "services/agreements/rpc/testing_service.h"
#include "services/agreements/signatures/testing_authority.h"

namespace phoihop::agreements {
namespace {

using absl::StatusCode;
using ::phoihop::testing::IsOk;
using ::phoihop::testing::StatusIs;
using ::testing::ElementsAre;

class IntegrationTest : public ServiceTest {
 protected:
  void Configure(Parts& parts) override {
    CmsVerifierOptions options;
    options.trust_dir = hierarchy_.trust_dir();
    options.crl_dir = hierarchy_.crl_dir();
    options.field = "cms";
    verifier_ = NewCmsVerifier(std::move(options));
    book_ = NewMysqlObligationBook();
    parts.verifier = verifier_.get();
    parts.obligations = book_.get();
  }
  std::string TextOf(const std::string& name) {
    v1::GetAgreementTextRequest request;
    request.set_name(name);
    const auto text = Call(&Stub::GetAgreementText, request);
    EXPECT_THAT(text, IsOk());
    return text->text();
  }
  absl::StatusOr<v1::Agreement> SignCms(const std::string& name, const std::string& body,
                                        const std::string& cms) {
    v1::SignAgreementRequest request = SignRequest(name, body, "");
    request.set_kind(v1::Agreement::CMS);
    request.set_cms(cms);
    return Call(&Stub::SignAgreement, request);
  }
  // "body state", in order of body, of what is or was owed for the agreement.
  std::vector<std::string> Owed(const std::string& name) {
    std::vector<std::string> owed;
    const auto lease = pool_->Acquire(absl::InfiniteFuture());
    EXPECT_THAT(lease, IsOk());
    ledger::Transaction tx(**lease, clock_.Now());
    const auto all = book_->OfResource(tx, name);
    EXPECT_THAT(all, IsOk());
    for (const Obligation& one : *all) {
      owed.push_back(absl::StrCat(one.body, " ", static_cast<int>(one.state)));
    }
    std::sort(owed.begin(), owed.end());
    return owed;
  }

  const TestHierarchy hierarchy_;
  std::unique_ptr<SignatureVerifier> verifier_;
  std::unique_ptr<ObligationBook> book_;
};

TEST_F(IntegrationTest, SignatureOfARealAuthorityIsKeptAndTamperedTextChainAndTimeAreNot) {
  const std::string name = Create(GoodRequest()).name();
  Start(name);
  const std::string text = TextOf(name);
  SignSpec spec;
  spec.time = clock_.Now() - absl::Minutes(2);
  const auto refused = [&](const std::string& cms, const std::string& reason) {
    const auto answer = SignCms(name, "party", cms);
    EXPECT_THAT(answer, StatusIs(StatusCode::kInvalidArgument, reason));
    EXPECT_THAT(ViolatedFields(answer.status()), ElementsAre("cms"));
  };
  refused("junk", "SIGNATURE_MALFORMED");
  refused(hierarchy_.signer.Sign(text + " ", spec), "SIGNATURE_OTHER_TEXT");
  const TestHolder stranger =
      TestHolder::Root(TestHierarchy::AuthoritySpec("Another")).Issue(TestHierarchy::SignerSpec());
  refused(stranger.Sign(text, spec), "CERTIFICATE_UNTRUSTED");
  SignSpec late = spec;
  late.time = clock_.Now() + absl::Hours(1);
  refused(hierarchy_.signer.Sign(text, late), "SIGNING_TIME_INVALID");
  EXPECT_FALSE(Get(name)->parties(0).has_signature());

  const auto signed_ = SignCms(name, "party", hierarchy_.signer.Sign(text, spec));
  ASSERT_THAT(signed_, IsOk());
  const v1::Agreement::Signature& signature = signed_->parties(0).signature();
  EXPECT_EQ(signature.certificate().chain_size(), 3);
  EXPECT_EQ(signature.certificate().signing_time().seconds(), absl::ToUnixSeconds(spec.time));
  EXPECT_EQ(Get(name)->SerializeAsString(), signed_->SerializeAsString());
}

TEST_F(IntegrationTest, ObligationsFollowSigningInTheDatabase) {
  const std::string name = Create(GoodRequest()).name();
  Start(name);
  EXPECT_THAT(Owed(name), ElementsAre("council 1", "party 1"));
  ASSERT_THAT(Sign(name, "party"), IsOk());
  EXPECT_THAT(Owed(name), ElementsAre("council 1", "party 2"));
  v1::RejectSigningRequest reject;
  reject.set_name(name);
  reject.set_party("bodies/council");
  reject.set_reason("Chưa thống nhất");
  ASSERT_THAT(Call(&Stub::RejectSigning, reject), IsOk());
  EXPECT_THAT(Owed(name), ElementsAre("council 3", "party 2"));
  Start(name);
  ASSERT_THAT(Sign(name, "party"), IsOk());
  ASSERT_THAT(Sign(name, "council"), IsOk());
  EXPECT_THAT(Owed(name), ElementsAre("council 2", "council 3", "party 2", "party 2"));
  v1::TerminateAgreementRequest terminate;
  terminate.set_name(name);
  terminate.set_reason("Giải thể");
  terminate.set_decision_number("9-QĐ/TU");
  EXPECT_THAT(Call(&Stub::TerminateAgreement, terminate), IsOk());
}

}  // namespace
}  // namespace phoihop::agreements
