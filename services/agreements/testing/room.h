// What the tests of the rooms stand on: a real database, a clock that stands still, a fixed
// snapshot of tree, grants and working days, and agreements.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_TESTING_ROOM_H_
#define PHOIHOP_SERVICES_AGREEMENTS_TESTING_ROOM_H_

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/access/snapshot.h"
#include "common/access/testing_tree.h"
#include "common/ledger/writer.h"
#include "common/mysql/pool.h"
#include "common/paging/paging.h"
#include "common/rpc/server.h"
#include "common/testing/rpc.h"
#include "common/time/clock.h"
#include "gtest/gtest.h"
#include "services/agreements/attachments/catalog.h"
#include "services/agreements/deadlines/obligation_book.h"
#include "services/agreements/plans/event_store.h"
#include "services/agreements/rpc/body_catalog.h"
#include "services/agreements/store/agreement_store.h"

namespace phoihop::agreements {

// Knows the bodies of a test.
class KnownBodies : public BodyCatalog {
 public:
  absl::StatusOr<Bodies> Find(const std::vector<std::string>& ids,
                              absl::Time deadline) const override;

  Bodies known;
  bool reachable = true;
};

// Knows the files of a test.
class KnownFiles : public AttachmentCatalog {
 public:
  absl::StatusOr<bool> Holds(ledger::Transaction&, std::string_view sha256, int64_t) override {
    return known.contains(std::string(sha256));
  }
  absl::Status SetLinks(ledger::Transaction&, const AttachmentReference& reference,
                        absl::Span<const std::string> digests, std::string_view) override {
    linked.insert(reference.resource);
    return absl::OkStatus();
  }

  std::set<std::string> known;
  std::set<std::string> linked;
};

// It is Monday, 2024-01-08, in Can Tho, with the working days of 2024 to 2027. The programme `a1`
// of old Can Tho (its parties: party, council, court) is in force from 2021-01-01 to 2025-06-30,
// and `n1` of Ninh Kieu (the same with -n), which carries it out, from 2021-05-04; `draft` of old
// Can Tho is a draft. Members:
//   city     leader of old Can Tho          officer  officer of old Can Tho
//   deputy   leader of old Can Tho, who confirms what others report
//   third    leader of old Can Tho           council  leader of it for the body `council` alone
//   stranger leader of old Can Tho for the body `stranger` alone, which is no party
//   district leader of Ninh Kieu            viewer   viewer of old Can Tho
class RoomTest : public ::testing::Test {
 protected:
  void SetUp() override;

  // A server with these handlers; the test has failed when it is null.
  std::unique_ptr<testing::TestServer> Serve(
      const std::function<void(rpc::Server::Builder&)>& add_handlers);

  // "kind body due state" of the obligations whose key begins so, in order of key; the state
  // is open, done, late or withdrawn.
  std::vector<std::string> Owed(const std::string& key = "");
  // "kind body" of the notices, in order of making.
  std::vector<std::string> Told();
  // Runs a command, or one statement, beside the service.
  void Commit(const std::function<absl::Status(ledger::Transaction&)>& run);
  void Execute(const std::string& sql);
  // Today, from now on.
  void SetDay(const std::string& day);

  FakeClock clock_;
  KnownBodies bodies_;
  KnownFiles files_;
  std::unique_ptr<mysql::Pool> pool_;
  std::unique_ptr<AgreementStore> agreements_;
  std::unique_ptr<EventStore> events_;
  std::unique_ptr<ObligationBook> book_;
  std::unique_ptr<ledger::Writer> writer_;
  std::unique_ptr<access::StaticSnapshot> snapshots_;
  PageTokens page_tokens_{std::string(PageTokens::kKeySize, 'k')};

 private:
  // In force from a day; a draft when that is empty.
  void PutAgreement(const std::string& id, int64_t unit, const std::string& in_force_from,
                    const std::string& parent, const std::string& suffix);
};

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_TESTING_ROOM_H_
