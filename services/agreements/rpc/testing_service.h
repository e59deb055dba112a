// The whole service on a real database, with a clock that stands still, a fixed snapshot of
// tree and grants, and a directory that a test fills: for tests of the handlers.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_RPC_TESTING_SERVICE_H_
#define PHOIHOP_SERVICES_AGREEMENTS_RPC_TESTING_SERVICE_H_

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "common/access/snapshot.h"
#include "common/access/testing_tree.h"
#include "common/ledger/writer.h"
#include "common/mysql/pool.h"
#include "common/paging/paging.h"
#include "common/rpc/client.h"
#include "common/testing/rpc.h"
#include "common/time/clock.h"
#include "gtest/gtest.h"
#include "phoihop/agreements/v1/agreements.grpc.pb.h"
#include "services/agreements/attachments/catalog.h"
#include "services/agreements/deadlines/obligation_book.h"
#include "services/agreements/rpc/handlers.h"
#include "services/agreements/signatures/verifier.h"

namespace phoihop::agreements {

// A directory of bodies that a test fills.
class FakeBodies : public BodyCatalog {
 public:
  absl::StatusOr<Bodies> Find(const std::vector<std::string>& ids,
                              absl::Time deadline) const override;

  Bodies known;
  bool reachable = true;
  mutable std::atomic<int> calls = 0;
};

// A book of obligations in memory. A command that is run again writes the same again, so
// nothing has to be taken back.
class FakeObligations : public ObligationBook {
 public:
  absl::Status Put(ledger::Transaction& tx, const std::vector<Obligation>& obligations) override;
  absl::StatusOr<std::optional<Obligation>> Lock(ledger::Transaction& tx,
                                                 const std::string& key) override;
  absl::StatusOr<std::vector<Obligation>> OfResource(ledger::Transaction& tx,
                                                     const std::string& resource) override;
  absl::StatusOr<Obligation> Close(ledger::Transaction& tx, const std::string& key,
                                   absl::CivilDay day) override;
  absl::Status Reopen(ledger::Transaction& tx, const std::string& key) override;
  absl::Status WithdrawResource(ledger::Transaction& tx, const std::string& resource) override;
  absl::Status WithdrawAgreement(ledger::Transaction& tx, const std::string& agreement) override;
  absl::Status WithdrawAfter(ledger::Transaction& tx, const std::string& agreement,
                             absl::CivilDay last) override;
  absl::Status Tell(ledger::Transaction& tx, const std::vector<Notice>& notices) override;

  // "SIGN party open", in order of key, of all that is or was owed; and "kind body" of those
  // told, in the order of telling.
  std::vector<std::string> Summary() const;
  std::vector<std::string> Told() const;
  std::map<std::string, Obligation> all() const;

 private:
  mutable absl::Mutex mutex_;
  std::map<std::string, Obligation> all_;
  std::vector<Notice> notices_;
};

// Digest of a scan that is always there.
inline const char* const kTestScan =
    "5555555555555555555555555555555555555555555555555555555555555555";

// Knows kTestScan and the files that a test fills in, for every unit.
class FakeAttachments : public AttachmentCatalog {
 public:
  absl::StatusOr<bool> Holds(ledger::Transaction& tx, std::string_view sha256,
                             int64_t unit) override;
  absl::StatusOr<std::string> MediaType(ledger::Transaction& tx, std::string_view sha256,
                                        int64_t unit) override;
  absl::Status SetLinks(ledger::Transaction& tx, const AttachmentReference& reference,
                        absl::Span<const std::string> digests, std::string_view field) override;

  std::set<std::string, std::less<>> known;
  // Of all of them.
  std::string media_type = "application/pdf";
};

// Takes "good:" and the text for a signature over the text, and "good/x:" and the text for one by
// another certificate, with the digest "xxx...".
class FakeVerifier : public SignatureVerifier {
 public:
  absl::StatusOr<VerifiedSignature> Verify(std::string_view text, std::string_view cms_der,
                                           absl::Time at) const override;
};

// It is 2023-10-24 in Can Tho (see common/access/testing_tree.h). The members:
//   city      leader of old Can Tho            newcity  leader of Can Tho after the reform
//   district  leader of Ninh Kieu              other    leader of Binh Thuy
//   council   leader of old Can Tho for the body `council` alone
//   officer   officer of old Can Tho           commune  viewer of Cai Khe
//   moved     viewer of the commune that moved
//   country   leader of the whole country
// The bodies `party`, `council`, `court` of old Can Tho exist, and those of other units as
// BodyAt tells; `late` of old Can Tho begins on 2021-01-01, `ended` ended on 2020-01-01.
class ServiceTest : public ::testing::Test {
 protected:
  using Stub = v1::AgreementsService::Stub;

  void SetUp() override;
  // Last word on what the handlers stand on, before the service starts.
  virtual void Configure(Parts& parts) {}

  // One call in somebody's name.
  template <class Base, class Req, class Res>
  absl::StatusOr<Res> Call(grpc::Status (Base::*method)(grpc::ClientContext*, const Req&, Res*),
                           const std::type_identity_t<Req>& request,
                           const std::string& caller = "members/city",
                           std::optional<int64_t>* position = nullptr) {
    return rpc::Call(*stub_, method, request, testing::As(caller), position);
  }

  // Id of the body at a unit: `party` at old Can Tho, `party-20` at units/20.
  static std::string BodyAt(const std::string& body, int64_t unit);
  // A good request; tests spoil it.
  static v1::CreateAgreementRequest GoodRequest(int64_t unit = access::kOldCanTho,
                                                const std::string& parent = "");
  // These end the test with a failure when they are refused.
  v1::Agreement Create(const v1::CreateAgreementRequest& request,
                       const std::string& caller = "members/country");
  v1::Agreement Start(const std::string& name, const std::string& caller = "members/country");
  // On paper on that day; without a day in the system. Over the text as it is now.
  v1::SignAgreementRequest SignRequest(const std::string& name, const std::string& body,
                                       const std::string& day);
  absl::StatusOr<v1::Agreement> Sign(const std::string& name, const std::string& body,
                                     const std::string& day = "2020-10-01",
                                     const std::string& caller = "members/country");
  // Creates, opens and signs by all parties on `day`.
  v1::Agreement InForce(const v1::CreateAgreementRequest& request,
                        const std::string& day = "2020-10-01");
  absl::StatusOr<v1::Agreement> Get(const std::string& name,
                                    const std::string& caller = "members/city");
  // Names of the agreements on the first page of a list of old Can Tho.
  std::vector<std::string> Listed(const std::function<void(v1::ListAgreementsRequest&)>& asked);

  FakeClock clock_;
  FakeBodies bodies_;
  std::unique_ptr<mysql::Pool> pool_;
  std::unique_ptr<AgreementStore> store_;
  std::unique_ptr<CommentStore> comments_;
  FakeObligations obligations_;
  FakeAttachments attachments_;
  FakeVerifier verifier_;
  std::unique_ptr<ledger::Writer> writer_;
  std::unique_ptr<access::StaticSnapshot> snapshots_;
  PageTokens page_tokens_{std::string(PageTokens::kKeySize, 'k')};
  Parts parts_;
  std::unique_ptr<testing::TestServer> server_;
  std::unique_ptr<Stub> stub_;
};

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_RPC_TESTING_SERVICE_H_
