// The store on a real server. The rules of counting in domain/ say what is right.
#include "services/opinions/store/mysql_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/ledger/command.h"
#include "common/mysql/connection.h"
#include "common/mysql/error.h"
#include "common/mysql/pool.h"
#include "common/names/names.h"
#include "common/status/macros.h"
#include "common/testing/service_database.h"
#include "common/testing/status_matchers.h"
#include "migrations/opinions_store.h"

namespace phoihop::opinions {
namespace {

using ::phoihop::testing::IsOk;
using ::phoihop::testing::IsOkAndHolds;
using ::phoihop::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::Eq;
using ::testing::Optional;

constexpr absl::CivilDay kDay(2024, 5, 17);

class MysqlStoreTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    auto database = testing::NewServiceDatabase(migrations::opinions_store(), 2);
    ASSERT_THAT(database, IsOk());
    pool_ = std::move(database->pool).release();
  }
  static void TearDownTestSuite() {
    delete pool_;
    pool_ = nullptr;
  }

  // Runs `write` in a transaction and commits it, or rolls back on an error.
  template <class Write>
  absl::Status Commit(Write&& write) {
    ASSIGN_OR_RETURN(mysql::Lease lease, pool_->Acquire(deadline_));
    RETURN_IF_ERROR(lease->Begin());
    ledger::Transaction tx(*lease, now_);
    absl::Status status = write(tx);
    if (status.ok()) status = ledger::RunGathered(*lease, tx.TakeGathered());
    if (!status.ok()) {
      RETURN_IF_ERROR(lease->Rollback());
      return status;
    }
    return lease->Commit();
  }

  absl::Status Add(const OpinionEntry& entry) {
    return Commit([&](ledger::Transaction& tx) { return store_.AddEntry(tx, entry); });
  }
  absl::Status Add(absl::Span<const Petition> petitions) {
    return Commit([&](ledger::Transaction& tx) { return store_.AddPetitions(tx, petitions); });
  }

  Petition NewPetition(int64_t unit, std::string reference) {
    Petition petition;
    petition.id = NewId(now_);
    petition.unit = unit;
    petition.reference = std::move(reference);
    petition.received = kDay;
    petition.created = petition.updated = now_;
    return petition;
  }

  OpinionEntry NewEntry(int64_t unit, absl::CivilDay heard) {
    OpinionEntry entry;
    entry.id = NewId(now_);
    entry.unit = unit;
    entry.topic = "Đất đai";
    entry.text = "Giá đền bù chưa sát thị trường.";
    entry.heard = heard;
    entry.created = now_;
    return entry;
  }

  // Units of one test; no two tests share any.
  static int64_t FreshUnits(int64_t count) {
    static int64_t next = 100;
    next += count;
    return next - count;
  }

  static mysql::Pool* pool_;
  const absl::Time now_ = absl::FromUnixMicros(1715900000123456);
  const absl::Time deadline_ = absl::Now() + absl::Minutes(1);
  MysqlStore store_{*pool_};
};

mysql::Pool* MysqlStoreTest::pool_ = nullptr;

TEST_F(MysqlStoreTest, EntriesReadBackAsTheyWereStored) {
  const int64_t unit = FreshUnits(1);
  OpinionEntry counted = NewEntry(unit, kDay);
  counted.voiced = 30;
  counted.channel = Channel::kBriefing;
  counted.text = std::string("Dân “phản ánh” đường hỏng 😀\n\tdòng hai '\\ \"");
  const OpinionEntry uncounted = NewEntry(unit, kDay);
  ASSERT_THAT(Add(counted), IsOk());
  ASSERT_THAT(Add(uncounted), IsOk());
  EXPECT_THAT(store_.FindEntry(deadline_, counted.id), IsOkAndHolds(Optional(counted)));
  EXPECT_THAT(store_.FindEntry(deadline_, uncounted.id), IsOkAndHolds(Optional(uncounted)));
  EXPECT_THAT(store_.FindEntry(deadline_, "nobody"), IsOkAndHolds(Eq(std::nullopt)));
}

TEST_F(MysqlStoreTest, PetitionsReadBackAsTheyWereStored) {
  const int64_t unit = FreshUnits(1);
  Petition resolved = NewPetition(unit, "12/ĐT-UBND");
  resolved.kind = PetitionKind::kFeedback;
  resolved.due = kDay + 30;
  resolved.resolved = kDay + 7;
  const Petition open = NewPetition(unit, "13/ĐT-UBND");
  ASSERT_THAT(Add({resolved, open}), IsOk());
  EXPECT_THAT(store_.FindPetition(deadline_, resolved.id), IsOkAndHolds(Optional(resolved)));
  EXPECT_THAT(store_.FindPetition(deadline_, open.id), IsOkAndHolds(Optional(open)));
  EXPECT_THAT(store_.FindPetition(deadline_, "nobody"), IsOkAndHolds(Eq(std::nullopt)));
}

TEST_F(MysqlStoreTest, ReferenceIsTakenWithinItsUnitOnly) {
  const int64_t unit = FreshUnits(2);
  const Petition petition = NewPetition(unit, "1/KN");
  ASSERT_THAT(Add({petition}), IsOk());
  EXPECT_THAT(Add({NewPetition(unit + 1, "1/KN")}), IsOk());
  // Identity is exact: neither case nor marks make references equal.
  EXPECT_THAT(Add({NewPetition(unit, "1/kn"), NewPetition(unit, "1/KŃ")}), IsOk());
  const absl::Status twice = Add({NewPetition(unit, "2/KN"), NewPetition(unit, "1/KN")});
  EXPECT_THAT(twice, StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_EQ(mysql::ErrorNumber(twice), mysql::kDuplicateKey);

  ASSERT_THAT(Commit([&](ledger::Transaction& tx) -> absl::Status {
                const std::vector<std::string> wanted = {"3/KN", "1/KN", "2/KN"};
                ASSIGN_OR_RETURN(const std::vector<TakenReference> taken,
                                 store_.FindTaken(tx, unit, wanted));
                EXPECT_EQ(taken.size(), 1);
                EXPECT_EQ(taken.at(0).reference, "1/KN");
                EXPECT_EQ(taken.at(0).petition_id, petition.id);
                return absl::OkStatus();
              }),
              IsOk());
}

TEST_F(MysqlStoreTest, ListsFollowTheirKeyAcrossEqualDays) {
  const int64_t unit = FreshUnits(1);
  std::vector<std::string> all;
  for (int i = 0; i < 12; ++i) {
    const OpinionEntry entry = NewEntry(unit, kDay + i / 4);
    ASSERT_THAT(Add(entry), IsOk());
  }
  ListQuery query{.unit = unit, .days = {{kDay, kDay + 9}}, .after = {}, .limit = 100};
  auto whole = store_.ListEntries(deadline_, query);
  ASSERT_THAT(whole, IsOk());
  ASSERT_EQ(whole->size(), 12);
  EXPECT_TRUE(std::is_sorted(whole->begin(), whole->end(), [](const auto& a, const auto& b) {
    return std::tie(a.heard, a.id) > std::tie(b.heard, b.id);
  }));
  std::vector<OpinionEntry> paged;
  query.limit = 5;
  for (int page = 0; page < 3; ++page) {
    auto part = store_.ListEntries(deadline_, query);
    ASSERT_THAT(part, IsOk());
    paged.insert(paged.end(), part->begin(), part->end());
    query.after = ListKey{paged.back().heard, paged.back().id};
    // A record that comes meanwhile moves no other.
    ASSERT_THAT(Add(NewEntry(unit, kDay + 9)), IsOk());
  }
  EXPECT_THAT(paged, ElementsAreArray(*whole));
}

TEST_F(MysqlStoreTest, FiltersSelectKindAndOpenOnes) {
  const int64_t unit = FreshUnits(1);
  std::vector<Petition> petitions;
  for (int i = 0; i < 8; ++i) {
    petitions.push_back(NewPetition(unit, absl::StrCat("f", i)));
    petitions.back().kind = *PetitionKindOf(1 + i % 4);
    petitions.back().received = kDay + i;
    if (i % 2 == 0) petitions.back().resolved = kDay + 20;
  }
  ASSERT_THAT(Add(petitions), IsOk());
  const ListQuery query{.unit = unit, .days = {{kDay, kDay + 9}}, .after = {}, .limit = 100};
  const PetitionFilter denunciations{.kind = PetitionKind::kDenunciation, .open_only = true};
  EXPECT_THAT(store_.ListPetitions(deadline_, query, denunciations),
              IsOkAndHolds(ElementsAre(petitions[5], petitions[1])));
  const PetitionFilter complaints{.kind = PetitionKind::kComplaint, .open_only = true};
  EXPECT_THAT(store_.ListPetitions(deadline_, query, complaints), IsOkAndHolds(ElementsAre()));
  ListQuery days = query;
  days.days = {{kDay + 6, kDay + 7}, {kDay + 1, kDay + 2}};
  EXPECT_THAT(store_.ListPetitions(deadline_, days, {}),
              IsOkAndHolds(ElementsAre(petitions[7], petitions[6], petitions[2], petitions[1])));
}

TEST_F(MysqlStoreTest, CountsOfUnitsWithoutRecordsAreZero) {
  const auto counts =
      store_.CountPetitions(deadline_, {UnitDays{FreshUnits(1), {kDay, kDay + 400}}}, kDay + 400);
  ASSERT_THAT(counts, IsOk());
  EXPECT_EQ(counts->groups, PetitionTallies{});
  EXPECT_THAT(store_.CountPetitions(deadline_, {}, kDay), IsOk());
}

// Random days around month ends and leap days, where splitting goes wrong first.
class Days {
 public:
  explicit Days(std::mt19937& random) : random_(random) {}
  int Below(int n) { return static_cast<int>(random_() % n); }
  absl::CivilDay Any() {
    const absl::CivilMonth month = absl::CivilMonth(2023, 11) + Below(9);
    switch (Below(4)) {
      case 0:
        return absl::CivilDay(month);
      case 1:
        return absl::CivilDay(month + 1) - 1;
      default:
        return absl::CivilDay(month) + Below(31);
    }
  }
  DayInterval Interval() {
    const absl::CivilDay a = Any(), b = Any();
    return {std::min(a, b), std::max(a, b)};
  }

 private:
  std::mt19937& random_;
};

// Units with one or two intervals each, all of which end by `end`.
std::vector<UnitDays> RandomWhere(Days& days, int64_t unit, int units, DayInterval asked) {
  std::vector<UnitDays> where;
  for (int64_t u = unit; u < unit + units; ++u) {
    switch (days.Below(4)) {
      case 0:
        break;
      case 1: {
        const DayInterval cut = days.Interval();
        const DayInterval both{std::max(cut.first, asked.first), std::min(cut.last, asked.last)};
        if (!both.empty()) where.push_back({u, both});
        break;
      }
      case 2: {
        const absl::CivilDay middle = asked.first + days.Below(200);
        if (middle + 3 < asked.last) {
          where.push_back({u, {asked.first, middle}});
          where.push_back({u, {middle + 3, asked.last}});
          break;
        }
        [[fallthrough]];
      }
      default:
        where.push_back({u, asked});
    }
  }
  return where;
}

TEST_F(MysqlStoreTest, PetitionCountsEqualTheRulesOnRandomRecords) {
  constexpr int kUnits = 6;
  const int64_t unit = FreshUnits(kUnits);
  std::mt19937 random(20231024);
  Days days(random);
  std::vector<Petition> all;
  for (int round = 0; round < 12; ++round) {
    std::vector<Petition> batch;
    const int64_t at = unit + days.Below(kUnits);
    for (int i = 0; i < 60; ++i) {
      Petition p = NewPetition(at, absl::StrCat("r", round, "-", i));
      p.kind = *PetitionKindOf(1 + days.Below(4));
      p.received = days.Any();
      if (days.Below(3) > 0) p.resolved = std::max(p.received, days.Any());
      batch.push_back(p);
    }
    ASSERT_THAT(Add(batch), IsOk());
    all.insert(all.end(), batch.begin(), batch.end());
    // Some are resolved, moved to another day, or opened again.
    for (int i = 0; i < 40; ++i) {
      Petition& p = all[days.Below(static_cast<int>(all.size()))];
      Petition next = p;
      next.resolved = std::nullopt;
      if (days.Below(3) > 0) next.resolved = std::max(p.received, days.Any());
      ++next.revision;
      ASSERT_THAT(Commit([&](ledger::Transaction& tx) -> absl::Status {
                    ASSIGN_OR_RETURN(const auto before, store_.LockPetition(tx, p.id));
                    EXPECT_EQ(before, p);
                    return store_.SavePetition(tx, *before, next);
                  }),
                  IsOk());
      p = next;
    }
    for (int i = 0; i < 40; ++i) {
      const DayInterval asked = days.Interval();
      const std::vector<UnitDays> where = RandomWhere(days, unit, kUnits, asked);
      const auto counts = store_.CountPetitions(deadline_, where, asked.last);
      ASSERT_THAT(counts, IsOk());
      ASSERT_EQ(counts->groups, CountPetitions(all, where, asked.last))
          << FormatDay(asked.first) << ".." << FormatDay(asked.last);
    }
  }
}

TEST_F(MysqlStoreTest, TopicCountsEqualTheRulesOnRandomRecords) {
  constexpr int kUnits = 4;
  const int64_t unit = FreshUnits(kUnits);
  const char* topics[] = {"Đất đai", "đất đai", "Y tế", "Giáo dục", "ĐẤT ĐAI", "Dat dai"};
  std::mt19937 random(7);
  Days days(random);
  std::vector<OpinionEntry> all;
  for (int i = 0; i < 500; ++i) {
    OpinionEntry entry = NewEntry(unit + days.Below(kUnits), days.Any());
    entry.topic = topics[days.Below(6)];
    if (days.Below(2) == 0) entry.voiced = 1 + days.Below(500);
    ASSERT_THAT(Add(entry), IsOk());
    all.push_back(entry);
  }
  for (int i = 0; i < 200; ++i) {
    const DayInterval asked = days.Interval();
    const std::vector<UnitDays> where = RandomWhere(days, unit, kUnits, asked);
    const auto counts = store_.CountTopics(deadline_, where);
    ASSERT_THAT(counts, IsOk());
    ASSERT_EQ(counts->topics, CountTopics(all, where))
        << FormatDay(asked.first) << ".." << FormatDay(asked.last);
  }
}

TEST_F(MysqlStoreTest, MoreUnitsThanOneStatementTakesAreAllCounted) {
  constexpr int kUnits = 1203;
  const int64_t unit = FreshUnits(kUnits);
  std::vector<UnitDays> where;
  for (int64_t u = unit; u < unit + kUnits; ++u) {
    where.push_back({u, {absl::CivilDay(2024, 1, 15), absl::CivilDay(2024, 6, 15)}});
  }
  std::vector<Petition> all;
  for (const int64_t u : {unit, unit + 499, unit + 500, unit + 999, unit + 1000, unit + 1202}) {
    Petition p = NewPetition(u, "1");
    p.resolved = kDay + 28;
    ASSERT_THAT(Add({p}), IsOk());
    all.push_back(p);
  }
  const auto counts = store_.CountPetitions(deadline_, where, absl::CivilDay(2024, 6, 15));
  ASSERT_THAT(counts, IsOk());
  EXPECT_EQ(counts->groups[0], (PetitionTally{6, 6}));
}

TEST_F(MysqlStoreTest, FailedTransactionLeavesTheCountsAlone) {
  const int64_t unit = FreshUnits(1);
  const absl::Status failed = Commit([&](ledger::Transaction& tx) -> absl::Status {
    RETURN_IF_ERROR(store_.AddPetitions(tx, {NewPetition(unit, "1")}));
    RETURN_IF_ERROR(store_.AddEntry(tx, NewEntry(unit, kDay)));
    return absl::CancelledError("");
  });
  EXPECT_THAT(failed, StatusIs(absl::StatusCode::kCancelled));
  const UnitDays may{unit, {absl::CivilDay(2024, 5, 1), absl::CivilDay(2024, 5, 31)}};
  const auto petitions = store_.CountPetitions(deadline_, {may}, may.days.last);
  ASSERT_THAT(petitions, IsOk());
  EXPECT_EQ(petitions->groups[0], PetitionTally{});
  const auto topics = store_.CountTopics(deadline_, {may});
  ASSERT_THAT(topics, IsOk());
  EXPECT_TRUE(topics->topics.empty());
}

}  // namespace
}  // namespace phoihop::opinions
