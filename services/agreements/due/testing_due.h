// DueService on a real database, with a clock that stands still and grants that a test takes
// away.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_DUE_TESTING_DUE_H_
#define PHOIHOP_SERVICES_AGREEMENTS_DUE_TESTING_DUE_H_

#include <functional>
#include <memory>
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
#include "common/time/civil.h"
#include "common/time/clock.h"
#include "gtest/gtest.h"
#include "phoihop/agreements/v1/due.grpc.pb.h"
#include "services/agreements/deadlines/mysql_obligation_book.h"
#include "services/agreements/due/handlers.h"
#include "services/agreements/due/mysql_due_store.h"

namespace phoihop::agreements {

// A directory whose grants a test changes.
class ChangingGrants : public access::SnapshotSource {
 public:
  absl::StatusOr<access::Snapshot> Get() const override {
    absl::MutexLock lock(&mutex_);
    return snapshot_;
  }
  void Set(access::Snapshot snapshot) {
    absl::MutexLock lock(&mutex_);
    snapshot_ = std::move(snapshot);
  }

 private:
  mutable absl::Mutex mutex_;
  access::Snapshot snapshot_ ABSL_GUARDED_BY(mutex_);
};

// It is Wednesday, 12 March 2025. The members:
//   city      leader of old Can Tho             district  leader of Ninh Kieu
//   council   leader of old Can Tho for the body `council` alone
//   officer   officer of old Can Tho            viewer    viewer of the commune Cai Khe
//   country   leader of the whole country       other     leader of Dien Bien
class DueTest : public ::testing::Test {
 protected:
  using Stub = v1::DueService::Stub;
  static constexpr absl::CivilDay kToday = absl::CivilDay(2025, 3, 12);

  void SetUp() override;
  void TearDown() override;

  template <class Base, class Req, class Res>
  absl::StatusOr<Res> Call(grpc::Status (Base::*method)(grpc::ClientContext*, const Req&, Res*),
                           const std::type_identity_t<Req>& request,
                           const std::string& caller = "members/city") {
    return rpc::Call(*stub_, method, request, testing::As(caller));
  }

  // As a room writes: in a command of the ledger that notes something.
  absl::Status Write(const std::function<absl::Status(ledger::Transaction&)>& body);
  void Put(const std::vector<Obligation>& obligations);
  void Close(const std::string& key, absl::CivilDay day);
  // To be delivered by a body of a unit on `day`.
  static Obligation Due(const std::string& key, const std::string& body, int64_t unit,
                        absl::CivilDay day);
  // Name of the obligation of this title, which is its key.
  std::string NameOf(const std::string& key);
  // The titles of what is listed.
  static std::vector<std::string> Titles(const v1::ListDueResponse& response);
  std::vector<std::string> List(const v1::ListDueRequest& request,
                                const std::string& caller = "members/city");
  // Another server on the same database whose store has these limits.
  void Serve(DueLimits limits);

  FakeClock clock_;
  ChangingGrants snapshots_;
  std::unique_ptr<mysql::Pool> pool_;
  std::unique_ptr<AgreementStore> agreements_;
  std::unique_ptr<ledger::Writer> writer_;
  std::unique_ptr<DueStore> store_;
  std::unique_ptr<ObligationBook> book_ = NewMysqlObligationBook();
  PageTokens page_tokens_{std::string(PageTokens::kKeySize, 'k')};
  std::unique_ptr<testing::TestServer> server_;
  std::unique_ptr<Stub> stub_;
};

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_DUE_TESTING_DUE_H_
