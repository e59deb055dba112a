// The service as tests run it: a real database with the service's own user, a clock that stands
// still, a tree and grants that do not change.
#ifndef PHOIHOP_SERVICES_OPINIONS_RPC_SERVICE_FIXTURE_H_
#define PHOIHOP_SERVICES_OPINIONS_RPC_SERVICE_FIXTURE_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/access/snapshot.h"
#include "common/access/testing_tree.h"
#include "common/ledger/prepare.h"
#include "common/ledger/reader.h"
#include "common/ledger/writer.h"
#include "common/mysql/pool.h"
#include "common/names/names.h"
#include "common/paging/paging.h"
#include "common/rpc/context.h"
#include "common/status/errors.h"
#include "common/testing/status_matchers.h"
#include "common/testing/test_database.h"
#include "common/time/civil.h"
#include "common/time/clock.h"
#include "migrations/opinions_store.h"
#include "services/opinions/rpc/service.h"
#include "services/opinions/store/mysql_store.h"

namespace phoihop::opinions {

using ::phoihop::testing::IsOk;
using ::phoihop::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class ServiceTest : public ::testing::Test {
 protected:
  // Members: of the country, of old Can Tho, of its district Ninh Kieu, of Binh Thuy.
  static inline const access::Caller kNational{access::Caller::kMember, "members/national", "", ""};
  static inline const access::Caller kCity{access::Caller::kMember, "members/city", "", ""};
  static inline const access::Caller kNinhKieuMember{access::Caller::kMember, "members/nk", "", ""};
  static inline const access::Caller kBinhThuyMember{access::Caller::kMember, "members/bt", "", ""};

  void SetUp() override {
    ClearDatabase();
    auto pool = mysql::Pool::Create({.connection = database_, .size = 4});
    ASSERT_THAT(pool, IsOk());
    pool_ = *std::move(pool);
    ledger::Writer::Options options;
    options.connection = database_;
    options.clock = &clock_;
    options.service = "opinions";
    auto writer = ledger::Writer::Start(options);
    ASSERT_THAT(writer, IsOk());
    writer_ = *std::move(writer);
    store_ = std::make_unique<MysqlStore>(*pool_, MysqlStore::kRemembered);
    service_ = std::make_unique<OpinionsService>(
        OpinionsService::Parts{store_.get(), writer_.get(), &snapshots_, &page_tokens_});
  }

  // One database for all tests of the process, since creating tables is what takes time;
  // emptied before each.
  void ClearDatabase() {
    static mysql::Connection* admin = nullptr;
    static mysql::ConnectionOptions database;
    if (admin == nullptr) {
      database = TestDatabase::Get().NewSchema();
      auto opened = mysql::Connection::Open(database);
      ASSERT_THAT(opened, IsOk());
      admin = opened->release();
      ledger::PrepareOptions prepare;
      prepare.database = database.database;
      prepare.migrations = migrations::opinions_store();
      prepare.grants = StoreGrants();
      prepare.user = "opinions_test";
      prepare.password = "secret";
      ASSERT_THAT(ledger::PrepareDatabase(*admin, prepare), IsOk());
      database.user = prepare.user;
      database.password = prepare.password;
    }
    database_ = database;
    admin_ = admin;
    ASSERT_THAT(admin->Begin(), IsOk());
    for (const char* table :
         {"opinion_entries", "petitions", "opinion_month_counts", "petition_month_counts",
          "ledger_records", "ledger_payloads", "ledger_checkpoints", "request_memory"}) {
      ASSERT_THAT(admin->Execute(std::string("DELETE FROM ") + table), IsOk());
    }
    ASSERT_THAT(admin->Execute("UPDATE ledger_head SET position = 0, hash = ''"), IsOk());
    ASSERT_THAT(admin->Commit(), IsOk());
  }

  // The context of a call.
  rpc::RequestContext By(const access::Caller& caller, std::string method = "test/Test") {
    return rpc::RequestContext({.caller = caller,
                                .method = std::move(method),
                                .deadline = absl::InfiniteFuture(),
                                .clock = &clock_,
                                .trace = {},
                                .bearer = ""});
  }

  // A petition that nothing is wrong with.
  static v1::Petition SomePetition(int64_t unit, const std::string& reference,
                                   const std::string& received = "2023-05-02",
                                   v1::Petition::Kind kind = v1::Petition::COMPLAINT) {
    v1::Petition petition;
    petition.set_unit(UnitName(unit));
    petition.set_reference(reference);
    petition.set_kind(kind);
    petition.set_received_date(received);
    return petition;
  }

  static v1::CreatePetitionRequest Creation(v1::Petition petition,
                                            const std::string& request_id = "") {
    v1::CreatePetitionRequest request;
    *request.mutable_petition() = std::move(petition);
    request.set_request_id(request_id);
    return request;
  }

  // Registers a petition as the national member and expects that it works.
  v1::Petition Register(v1::Petition petition) {
    const auto stored = service_->CreatePetition(By(kNational), Creation(std::move(petition)));
    EXPECT_THAT(stored, IsOk());
    return stored.value_or(v1::Petition());
  }

  static v1::CreateOpinionEntryRequest SomeEntry(int64_t unit,
                                                 const std::string& heard = "2023-05-02",
                                                 const std::string& topic = "Đất đai") {
    v1::CreateOpinionEntryRequest request;
    v1::OpinionEntry& entry = *request.mutable_opinion_entry();
    entry.set_unit(UnitName(unit));
    entry.set_topic(topic);
    entry.set_channel(v1::OpinionEntry::VOTER_MEETING);
    entry.set_text("Giá đền bù chưa sát thị trường.");
    entry.set_heard_date(heard);
    return request;
  }

  v1::OpinionEntry Record(const v1::CreateOpinionEntryRequest& request) {
    const auto stored = service_->CreateOpinionEntry(By(kNational), request);
    EXPECT_THAT(stored, IsOk());
    return stored.value_or(v1::OpinionEntry());
  }

  std::vector<ledger::Record> Ledger() {
    auto page = ledger::ReadRecords(*pool_, absl::Now() + absl::Minutes(1), 0, 1000, 1 << 24);
    EXPECT_THAT(page, IsOk());
    return page.ok() ? page->records : std::vector<ledger::Record>();
  }

  static access::Grant GrantOf(std::string id, std::string member, int64_t unit) {
    return {std::move(id), std::move(member), "officer", "", unit, false};
  }

  // After all dates of the tests.
  FakeClock clock_{StartOfDay(absl::CivilDay(2025, 12, 1)) + absl::Hours(9)};
  access::StaticSnapshot snapshots_{access::TestTree(),
                                    {GrantOf("g1", "members/national", access::kCountryUnit),
                                     GrantOf("g2", "members/city", access::kOldCanTho),
                                     GrantOf("g3", "members/nk", access::kNinhKieu),
                                     GrantOf("g4", "members/bt", access::kBinhThuy)}};
  PageTokens page_tokens_{std::string(32, 'k')};
  mysql::ConnectionOptions database_;
  // May do everything; lives as long as the process.
  mysql::Connection* admin_ = nullptr;
  std::unique_ptr<mysql::Pool> pool_;
  std::unique_ptr<ledger::Writer> writer_;
  std::unique_ptr<MysqlStore> store_;
  std::unique_ptr<OpinionsService> service_;
};

inline constexpr char kId1[] = "6f0f3e5a-57a4-4a0a-9d3c-0d2b6d6f0001";
inline constexpr char kId2[] = "6f0f3e5a-57a4-4a0a-9d3c-0d2b6d6f0002";

}  // namespace phoihop::opinions

#endif  // PHOIHOP_SERVICES_OPINIONS_RPC_SERVICE_FIXTURE_H_
