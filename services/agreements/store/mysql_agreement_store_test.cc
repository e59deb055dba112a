#include "services/agreements/store/mysql_agreement_store.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/ledger/command.h"
#include "common/mysql/transaction.h"
#include "common/status/macros.h"
#include "common/testing/service_database.h"
#include "common/testing/status_matchers.h"
#include "common/time/civil.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "migrations/agreements_store.h"

namespace phoihop::agreements {
namespace {

using absl::CivilDay;
using absl::StatusCode;
using ::phoihop::testing::IsOk;
using ::phoihop::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Optional;
using ::testing::UnorderedElementsAre;

const absl::Time kNow = StartOfDay(CivilDay(2023, 10, 24)) + absl::Microseconds(123456);
constexpr CivilDay kDay(2023, 10, 24);
const absl::Time kForever = absl::InfiniteFuture();

class MysqlAgreementStoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto database = testing::NewServiceDatabase(migrations::agreements_store());
    ASSERT_THAT(database, IsOk());
    pool_ = std::move(database->pool);
    store_ = NewMysqlAgreementStore(pool_.get());
  }

  absl::Status Write(const std::function<absl::Status(ledger::Transaction&)>& body) {
    return mysql::RunTransaction(*pool_, {}, [&](mysql::Connection& db) {
      ledger::Transaction tx(db, kNow);
      return body(tx);
    });
  }
  absl::Status Insert(const Agreement& agreement) {
    return Write([&](ledger::Transaction& tx) { return store_->Insert(tx, agreement); });
  }
  absl::Status Replace(const Agreement& after) {
    return Write([&](ledger::Transaction& tx) -> absl::Status {
      ASSIGN_OR_RETURN(const std::optional<Agreement> before, store_->Lock(tx, after.id));
      return store_->Replace(tx, *before, after);
    });
  }
  std::optional<Agreement> Find(const std::string& id) { return *store_->Find(id, kForever); }

  static Agreement Draft(const std::string& id, int64_t unit,
                         CivilDay start = CivilDay(2020, 9, 30)) {
    Agreement a;
    a.id = id;
    a.unit = unit;
    a.title = "Chương trình phối hợp công tác dư luận xã hội";
    a.parties = {{"b1", std::nullopt}, {"b2", std::nullopt}};
    a.term_start = start;
    a.term_end = CivilDay(2025, 12, 31);
    a.create_time = a.update_time = kNow;
    a.revision = 1;
    return a;
  }
  static Agreement Next(Agreement a) {
    ++a.revision;
    a.update_time = kNow + absl::Seconds(5);
    return a;
  }
  // Stores one and puts it in force.
  void InForce(const std::string& id, int64_t unit, const std::string& parent = "",
               CivilDay from = CivilDay(2020, 10, 1), CivilDay start = CivilDay(2020, 9, 30)) {
    Agreement a = Draft(id, unit, start);
    a.parent = parent;
    a.state = State::kSigning;
    ASSERT_THAT(Insert(a), IsOk());
    a = Next(a);
    a.state = State::kInForce;
    a.in_force_date = from;
    ASSERT_THAT(Replace(a), IsOk());
  }
  std::vector<std::string> Ids(const ListQuery& query, std::optional<ListCursor>* next = nullptr) {
    const absl::StatusOr<ListPage> page = store_->List(query, kForever);
    EXPECT_THAT(page, IsOk());
    std::vector<std::string> ids;
    for (const Agreement& a : page->agreements) {
      EXPECT_EQ(a.parties.size(), 2);
      ids.push_back(a.id);
    }
    if (next != nullptr) *next = page->next;
    return ids;
  }

  std::unique_ptr<mysql::Pool> pool_;
  std::unique_ptr<AgreementStore> store_;
};

TEST_F(MysqlAgreementStoreTest, ReadsBackWhatWasWritten) {
  Agreement a = Draft("a", 92);
  a.title = "Chương trình phối hợp giữa Ban Tuyên giáo và ĐĐHĐND – “thử” \\ ' ; --";
  a.document_number = "02-CTr/BTGTU-ĐĐHĐND-BCSĐUBNDTP";
  a.parent = "p";
  a.parties = {{"b2", std::nullopt}, {"b1", std::nullopt}, {"b3", std::nullopt}};
  ASSERT_THAT(Insert(a), IsOk());
  EXPECT_THAT(Find("a"), Optional(a));
  EXPECT_EQ(Find("A"), std::nullopt);
}

TEST_F(MysqlAgreementStoreTest, ReplacesContentAndSignatures) {
  const Agreement a = Draft("a", 92);
  ASSERT_THAT(Insert(a), IsOk());
  Agreement b = Next(a);
  b.title = "Khác";
  b.parties = {{"b9", std::nullopt}, {"b1", std::nullopt}, {"b2", std::nullopt}};
  b.term_end = CivilDay(2026, 1, 1);
  ASSERT_THAT(Replace(b), IsOk());
  EXPECT_THAT(Find("a"), Optional(b));
  Agreement c = Next(b);
  c.state = State::kSigning;
  c.parties[1].signature =
      Signature{CivilDay(2020, 9, 30), "members/m", "Nguyễn Văn Ử", "KT. Chủ tịch", kNow};
  ASSERT_THAT(Replace(c), IsOk());
  EXPECT_THAT(Find("a"), Optional(c));
}

TEST_F(MysqlAgreementStoreTest, ReplacingAnotherRevisionThanTheStoredIsAnError) {
  const Agreement a = Draft("a", 92);
  ASSERT_THAT(Insert(a), IsOk());
  Agreement stale = a;
  stale.revision = 7;
  EXPECT_THAT(
      Write([&](ledger::Transaction& tx) { return store_->Replace(tx, stale, Next(stale)); }),
      StatusIs(StatusCode::kInternal));
  EXPECT_THAT(Find("a"), Optional(a));
}

TEST_F(MysqlAgreementStoreTest, DocumentNumberIsTakenForOneUnitAndYearHoweverTyped) {
  Agreement a = Draft("a", 92);
  a.document_number = "221 - QĐ/TW";
  ASSERT_THAT(Insert(a), IsOk());
  const auto check = [&](const std::string& id, int64_t unit, CivilDay start,
                         const std::string& number) {
    Agreement b = Draft(id, unit, start);
    b.document_number = number;
    return Write([&](ledger::Transaction& tx) { return store_->CheckDocumentNumber(tx, b); });
  };
  const auto taken = StatusIs(StatusCode::kAlreadyExists, "DOCUMENT_NUMBER_TAKEN");
  EXPECT_THAT(check("b", 92, CivilDay(2020, 1, 1), "221-QĐ/TW"), taken);
  EXPECT_THAT(check("a", 92, CivilDay(2020, 1, 1), "221-QĐ/TW"), IsOk());
  EXPECT_THAT(check("b", 92, CivilDay(2021, 1, 1), "221-QĐ/TW"), IsOk());
  EXPECT_THAT(check("b", 93, CivilDay(2020, 1, 1), "221-QĐ/TW"), IsOk());
  EXPECT_THAT(check("b", 92, CivilDay(2020, 1, 1), ""), IsOk());
  // The key of the table says so too, for two that checked at once.
  Agreement b = Draft("b", 92);
  b.document_number = "221-qđ/tw";
  EXPECT_THAT(Insert(b), taken);
  EXPECT_EQ(Find("b"), std::nullopt);
  EXPECT_THAT(Insert(Draft("c", 92)), IsOk());
  EXPECT_THAT(Insert(Draft("d", 92)), IsOk());
}

TEST_F(MysqlAgreementStoreTest, LockMakesTheNextOneWait) {
  ASSERT_THAT(Insert(Draft("a", 92)), IsOk());
  const auto rename = [&](const char* more) {
    return Write([&](ledger::Transaction& tx) -> absl::Status {
      ASSIGN_OR_RETURN(const std::optional<Agreement> before, store_->Lock(tx, "a"));
      Agreement after = Next(*before);
      after.title += more;
      return store_->Replace(tx, *before, after);
    });
  };
  std::vector<std::thread> threads;
  threads.reserve(2);
  for (int t = 0; t < 2; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 25; ++i) EXPECT_THAT(rename("+"), IsOk());
    });
  }
  for (std::thread& thread : threads) thread.join();
  const std::optional<Agreement> last = Find("a");
  EXPECT_EQ(last->revision, 51);
  EXPECT_EQ(std::count(last->title.begin(), last->title.end(), '+'), 50);
}

TEST_F(MysqlAgreementStoreTest, ChainNamesTheParentFirst) {
  InForce("top", 1);
  InForce("city", 92, "top");
  InForce("district", 916, "city");
  std::vector<std::string> chain;
  ASSERT_THAT(Write([&](ledger::Transaction& tx) -> absl::Status {
                ASSIGN_OR_RETURN(chain, store_->Chain(tx, "district"));
                return absl::OkStatus();
              }),
              IsOk());
  EXPECT_THAT(chain, ElementsAre("district", "city", "top"));
}

TEST_F(MysqlAgreementStoreTest, AgreementInForceIsAMemberOfEveryProgrammeAbove) {
  InForce("top", 1);
  InForce("city", 92, "top");
  InForce("district", 916, "city", CivilDay(2020, 11, 1));
  InForce("commune", 31117, "district", CivilDay(2020, 12, 1));
  Agreement unsigned_one = Draft("unsigned", 917);
  unsigned_one.parent = "city";
  ASSERT_THAT(Insert(unsigned_one), IsOk());
  const auto members = [&](const std::string& programme, CivilDay day,
                           const std::vector<int64_t>& units = {}) {
    const auto read =
        store_->ReadCoverage({.programme = programme, .day = day, .member_units = units}, kForever);
    EXPECT_THAT(read, IsOk());
    std::vector<int64_t> found;
    for (const CascadeMember& m : read->members) {
      if (day < m.in_force_until) found.push_back(m.unit);
    }
    return found;
  };
  EXPECT_THAT(members("top", kDay), ElementsAre(92, 916, 31117));
  EXPECT_THAT(members("city", kDay), ElementsAre(916, 31117));
  EXPECT_THAT(members("district", kDay), ElementsAre(31117));
  EXPECT_THAT(members("commune", kDay), IsEmpty());
  EXPECT_THAT(members("top", kDay, {31117, 31120, 916}), ElementsAre(916, 31117));
  EXPECT_THAT(members("city", CivilDay(2020, 11, 30)), ElementsAre(916));
  EXPECT_THAT(members("city", CivilDay(2025, 12, 31)), ElementsAre(916, 31117));
  EXPECT_THAT(members("city", CivilDay(2026, 1, 1)), IsEmpty());
  EXPECT_THAT(members("nowhere", kDay), IsEmpty());
}

TEST_F(MysqlAgreementStoreTest, FindsTheOldestProgrammeInForceThatHasACascade) {
  InForce("bilateral", 92, "", CivilDay(2017, 1, 1), CivilDay(2017, 1, 1));
  InForce("city", 92);
  InForce("district", 916, "city", CivilDay(2020, 11, 1));
  const auto programme = [&](const std::vector<int64_t>& units, CivilDay day) -> std::string {
    const auto read = store_->ReadCoverage({.programme_units = units, .day = day}, kForever);
    EXPECT_THAT(read, IsOk());
    return read->programme.has_value() ? read->programme->id : "";
  };
  EXPECT_EQ(programme({916, 92, 1}, kDay), "city");
  EXPECT_EQ(programme({92, 1}, kDay), "city");
  EXPECT_EQ(programme({92, 1}, CivilDay(2020, 9, 30)), "bilateral");
  EXPECT_EQ(programme({92, 1}, CivilDay(2026, 1, 1)), "");
  EXPECT_EQ(programme({93, 1}, kDay), "");
  EXPECT_EQ(programme({}, kDay), "");
  ProgrammeCandidate city{"city", Draft("", 0).title, 92, CivilDay(2020, 9, 30), false, true};
  city.in_force_from = CivilDay(2020, 10, 1);
  EXPECT_EQ(store_->ReadCoverage({.programme = "city", .day = kDay}, kForever)->programme, city);
}

TEST_F(MysqlAgreementStoreTest, ListsNewestTermFirstPageByPageByEveryWayOfReading) {
  // 60 agreements at units 1..6, terms that repeat, in mixed order of id.
  std::vector<std::tuple<CivilDay, std::string>> all;
  for (int i = 0; i < 60; ++i) {
    const CivilDay start(2018 + i % 5, 1 + i % 2, 1);
    const std::string id = absl::StrFormat("a%02d", (i * 37) % 60);
    Agreement a = Draft(id, 1 + i % 6, start);
    if (i % 3 == 0) a.parent = "p";
    ASSERT_THAT(Insert(a), IsOk());
    if (a.unit != 6) all.emplace_back(start, id);
  }
  std::sort(all.rbegin(), all.rend());
  std::vector<std::string> expected;
  expected.reserve(all.size());
  for (const auto& [start, id] : all) expected.push_back(id);

  for (const StoreLimits limits :
       {StoreLimits{512, 5000}, StoreLimits{2, 5000}, StoreLimits{2, 7}, StoreLimits{512, 3}}) {
    store_ = NewMysqlAgreementStore(pool_.get(), limits);
    for (const int size : {1, 7, 50, 1000}) {
      SCOPED_TRACE(absl::StrCat(limits.max_listed_units, " units, ", limits.max_rows_read,
                                " rows, pages of ", size));
      ListQuery query{.units = {1, 2, 3, 4, 5}, .limit = size};
      std::vector<std::string> got;
      int pages = 0;
      do {
        ASSERT_LE(++pages, 100);
        const std::vector<std::string> ids = Ids(query, &query.after);
        EXPECT_LE(ids.size(), size);
        got.insert(got.end(), ids.begin(), ids.end());
      } while (query.after.has_value());
      EXPECT_EQ(got, expected);
    }
  }
}

TEST_F(MysqlAgreementStoreTest, ListsInOrderOfTheLastChangeByEveryWayOfReading) {
  std::vector<std::tuple<absl::Time, std::string>> all;
  for (int i = 0; i < 40; ++i) {
    Agreement a =
        Draft(absl::StrFormat("a%02d", (i * 37) % 40), 1 + i % 6, CivilDay(2018 + i % 5, 1, 1));
    // Some at the same moment.
    a.update_time = kNow + absl::Microseconds(i * 13 % 20);
    ASSERT_THAT(Insert(a), IsOk());
    if (a.unit != 6) all.emplace_back(a.update_time, a.id);
  }
  for (const bool ascending : {true, false}) {
    std::sort(all.begin(), all.end());
    if (!ascending) std::reverse(all.begin(), all.end());
    std::vector<std::string> expected;
    for (const auto& [time, id] : all) expected.push_back(id);
    for (const StoreLimits limits :
         {StoreLimits{512, 5000}, StoreLimits{2, 5000}, StoreLimits{2, 7}}) {
      store_ = NewMysqlAgreementStore(pool_.get(), limits);
      ListQuery query{.units = {1, 2, 3, 4, 5},
                      .order = ListOrder::kUpdateTime,
                      .ascending = ascending,
                      .limit = 7};
      std::vector<std::string> got;
      int pages = 0;
      do {
        ASSERT_LE(++pages, 100);
        const std::vector<std::string> ids = Ids(query, &query.after);
        got.insert(got.end(), ids.begin(), ids.end());
      } while (query.after.has_value());
      EXPECT_EQ(got, expected);
    }
  }
}

TEST_F(MysqlAgreementStoreTest, ListFiltersByStateParentAndWhatMayBeSeen) {
  InForce("top", 1);
  InForce("x", 2, "top");
  ASSERT_THAT(Insert(Draft("y", 2)), IsOk());
  Agreement z = Draft("z", 3);
  z.parent = "top";
  ASSERT_THAT(Insert(z), IsOk());
  EXPECT_THAT(Ids({.units = {1, 2, 3}, .state = State::kInForce}),
              UnorderedElementsAre("top", "x"));
  EXPECT_THAT(Ids({.units = {1, 2, 3}, .parent = "top"}), UnorderedElementsAre("x", "z"));
  EXPECT_THAT(Ids({.units = {1, 2, 3}, .state = State::kDraft, .parent = "top"}), ElementsAre("z"));
  EXPECT_THAT(
      Ids({.units = {1, 2, 3}, .visible = [](int64_t unit, CivilDay) { return unit == 2; }}),
      UnorderedElementsAre("x", "y"));
  EXPECT_THAT(Ids({.units = {}}), IsEmpty());
}

TEST_F(MysqlAgreementStoreTest, CoverageOfAProgrammeReadsOneRangeOfItsKey) {
  const auto lease = pool_->Acquire(kForever);
  ASSERT_THAT(lease, IsOk());
  std::string key, kind;
  ASSERT_THAT((*lease)->Query("EXPLAIN SELECT unit_id, in_force_from, in_force_until FROM "
                              "cascade_members WHERE programme_id = 'p'",
                              {},
                              [&](const mysql::Row& row) {
                                kind = row.Text(3);
                                key = row.Text(5);
                                return absl::OkStatus();
                              }),
              IsOk());
  EXPECT_EQ(key, "PRIMARY");
  EXPECT_EQ(kind, "ref");
}

}  // namespace
}  // namespace phoihop::agreements
