// Counts by subtree over the days of moves and of the reform of 2025.
#include <random>

#include "services/opinions/rpc/scope.h"
#include "services/opinions/rpc/service_fixture.h"

namespace phoihop::opinions {
namespace {

using absl::StatusCode;
using namespace access;  // NOLINT: the units of the test tree

// (received, resolved) of both groups.
using Figures = std::vector<std::pair<int, int>>;

class CountsTest : public ServiceTest {
 protected:
  absl::StatusOr<v1::CountPetitionsResponse> Count(const Caller& caller, int64_t unit,
                                                   const std::string& since,
                                                   const std::string& until) {
    v1::CountPetitionsRequest request;
    request.set_unit(UnitName(unit));
    request.set_since(since);
    request.set_until(until);
    return service_->CountPetitions(By(caller), request);
  }
  Figures FiguresOf(int64_t unit, const std::string& since, const std::string& until) {
    const auto counts = Count(kNational, unit, since, until);
    EXPECT_THAT(counts, IsOk());
    Figures figures;
    if (!counts.ok()) return figures;
    for (const v1::PetitionCount& group : counts->groups()) {
      figures.emplace_back(group.received_count(), group.resolved_count());
    }
    return figures;
  }
  void Add(int64_t unit, const std::string& reference, const std::string& received,
           const std::string& resolved = "", v1::Petition::Kind kind = v1::Petition::COMPLAINT) {
    v1::Petition petition = SomePetition(unit, reference, received, kind);
    petition.set_resolved_date(resolved);
    Register(petition);
  }
};

TEST_F(CountsTest, BothGroupsAreAnsweredAlsoWhenZero) {
  const auto counts = Count(kCity, kOldCanTho, "2020-09-30", "2023-10-24");
  ASSERT_THAT(counts, IsOk());
  ASSERT_EQ(counts->groups_size(), 2);
  EXPECT_EQ(counts->groups(0).group(), v1::COMPLAINTS_AND_DENUNCIATIONS);
  EXPECT_EQ(counts->groups(1).group(), v1::RECOMMENDATIONS_AND_FEEDBACK);
  EXPECT_EQ(counts->groups(0).received_count(), 0);
  EXPECT_EQ(counts->groups(0).rate_text(), "");
}

TEST_F(CountsTest, CommunesAddUpToDistrictsAndThoseToTheCity) {
  Add(kCaiKhe, "1", "2021-03-05", "2021-04-01");
  Add(kCaiKhe, "2", "2021-03-06", "", v1::Petition::DENUNCIATION);
  Add(kCaiKhe, "3", "2021-03-06", "2021-03-06", v1::Petition::FEEDBACK);
  Add(kAnThoi, "1", "2022-08-01", "2023-10-24", v1::Petition::RECOMMENDATION);
  Add(kNinhKieu, "1", "2022-01-01");
  Add(kOldCanTho, "1", "2022-01-01", "2022-01-02");
  const auto of = [&](int64_t unit) { return FiguresOf(unit, "2020-09-30", "2023-10-24"); };
  EXPECT_EQ(of(kCaiKhe), (Figures{{2, 1}, {1, 1}}));
  EXPECT_EQ(of(kNinhKieu), (Figures{{3, 1}, {1, 1}}));
  EXPECT_EQ(of(kBinhThuy), (Figures{{0, 0}, {1, 1}}));
  EXPECT_EQ(of(kOldCanTho), (Figures{{4, 2}, {2, 2}}));
  EXPECT_EQ(of(kCountryUnit), (Figures{{4, 2}, {2, 2}}));
  EXPECT_EQ(of(kHauGiang), (Figures{{0, 0}, {0, 0}}));
  const auto counts = Count(kCity, kOldCanTho, "2020-09-30", "2023-10-24");
  ASSERT_THAT(counts, IsOk());
  EXPECT_EQ(counts->groups(0).rate_text(), "50,0%");
}

TEST_F(CountsTest, EdgeDaysOfReceiptAndTheLastDayOfResolutionCount) {
  Add(kCaiKhe, "1", "2023-01-14", "2023-01-20");
  Add(kCaiKhe, "2", "2023-01-15", "2023-04-10");
  Add(kCaiKhe, "3", "2023-04-10", "2023-04-10");
  Add(kCaiKhe, "4", "2023-04-11", "2023-04-11");
  Add(kCaiKhe, "5", "2023-02-10", "2023-04-11");
  Add(kCaiKhe, "6", "2023-02-28", "2023-04-10");
  EXPECT_EQ(FiguresOf(kCaiKhe, "2023-01-15", "2023-04-10"), (Figures{{4, 3}, {0, 0}}));
  EXPECT_EQ(FiguresOf(kCaiKhe, "2023-01-15", "2023-04-11"), (Figures{{5, 5}, {0, 0}}));
  EXPECT_EQ(FiguresOf(kCaiKhe, "2023-02-01", "2023-02-28"), (Figures{{2, 0}, {0, 0}}));
  EXPECT_EQ(FiguresOf(kCaiKhe, "2023-04-10", "2023-04-10"), (Figures{{1, 1}, {0, 0}}));
}

TEST_F(CountsTest, MovedCommuneCountsWhereTheTreeOfTheDayOfReceiptHadIt) {
  Add(kMoved, "1", "2024-02-29", "2024-05-05");
  Add(kMoved, "2", "2024-03-01");
  Add(kMoved, "3", "2024-01-31");
  const std::string since = "2024-01-01", until = "2024-12-31";
  EXPECT_EQ(FiguresOf(kNinhKieu, since, until), (Figures{{2, 1}, {0, 0}}));
  EXPECT_EQ(FiguresOf(kBinhThuy, since, until), (Figures{{1, 0}, {0, 0}}));
  EXPECT_EQ(FiguresOf(kMoved, since, until), (Figures{{3, 1}, {0, 0}}));
  EXPECT_EQ(FiguresOf(kOldCanTho, since, until), (Figures{{3, 1}, {0, 0}}));
  // Resolved after the unit had left, and after the end asked for.
  EXPECT_EQ(FiguresOf(kNinhKieu, since, "2024-05-04"), (Figures{{2, 0}, {0, 0}}));
}

TEST_F(CountsTest, ReformEndsTheOldUnitsAndBeginsTheNew) {
  Add(kCaiKhe, "1", "2025-06-30", "2025-09-15");
  Add(kNewCaiKhe, "1", "2025-07-01");
  Add(kOldCanTho, "9", "2025-06-30");
  const std::string since = "2024-01-01", until = "2025-11-30";
  EXPECT_EQ(FiguresOf(kCaiKhe, since, until), (Figures{{1, 1}, {0, 0}}));
  EXPECT_EQ(FiguresOf(kOldCanTho, since, until), (Figures{{2, 1}, {0, 0}}));
  EXPECT_EQ(FiguresOf(kNewCanTho, since, until), (Figures{{1, 0}, {0, 0}}));
  EXPECT_EQ(FiguresOf(kCountryUnit, since, until), (Figures{{3, 1}, {0, 0}}));
  // Outside its days a unit does not exist.
  EXPECT_THAT(Count(kNational, kCaiKhe, "2025-07-01", until), StatusIs(StatusCode::kNotFound));
  EXPECT_THAT(Count(kNational, kNewCanTho, since, "2025-06-30"), StatusIs(StatusCode::kNotFound));
}

TEST_F(CountsTest, ResolvingMovesTheFiguresAndReopeningMovesThemBack) {
  v1::Petition petition = Register(SomePetition(kCaiKhe, "1", "2023-01-15"));
  const auto change = [&](const std::string& resolved) {
    v1::UpdatePetitionRequest request;
    *request.mutable_petition() = petition;
    request.mutable_petition()->set_resolved_date(resolved);
    request.mutable_update_mask()->add_paths("resolved_date");
    const auto changed = service_->UpdatePetition(By(kNational), request);
    ASSERT_THAT(changed, IsOk());
    petition = *changed;
  };
  const auto figures = [&] { return FiguresOf(kNinhKieu, "2023-01-01", "2023-06-30"); };
  EXPECT_EQ(figures(), (Figures{{1, 0}, {0, 0}}));
  change("2023-03-01");
  EXPECT_EQ(figures(), (Figures{{1, 1}, {0, 0}}));
  change("2023-07-01");
  EXPECT_EQ(figures(), (Figures{{1, 0}, {0, 0}}));
  change("2023-06-30");
  EXPECT_EQ(figures(), (Figures{{1, 1}, {0, 0}}));
  change("");
  EXPECT_EQ(figures(), (Figures{{1, 0}, {0, 0}}));
}

TEST_F(CountsTest, AnswerNamesThePositionThatItIncludes) {
  for (int i = 1; i <= 3; ++i) {
    Add(kCaiKhe, std::to_string(i), "2023-01-15");
    const auto counts = Count(kCity, kCaiKhe, "2023-01-01", "2023-01-31");
    ASSERT_THAT(counts, IsOk());
    EXPECT_EQ(counts->position(), i);
    EXPECT_EQ(counts->groups(0).received_count(), i);
  }
}

TEST_F(CountsTest, FiguresOutOfScopeAndOfUnknownUnitsGetOneAnswer) {
  const std::string since = "2023-01-01", until = "2023-12-31";
  EXPECT_THAT(Count(kNinhKieuMember, kNinhKieu, since, until), IsOk());
  EXPECT_THAT(Count(kNinhKieuMember, kCaiKhe, since, until), IsOk());
  const auto outside = Count(kNinhKieuMember, kBinhThuy, since, until);
  const auto above = Count(kNinhKieuMember, kOldCanTho, since, until);
  const auto unknown = Count(kNinhKieuMember, 987654, since, until);
  for (const auto* answer : {&outside, &above, &unknown}) {
    EXPECT_THAT(*answer, StatusIs(StatusCode::kNotFound, "NOT_FOUND"));
    EXPECT_EQ(answer->status().message(), unknown.status().message());
  }
}

TEST_F(CountsTest, CountOverDaysThatWereNotTheCallersIsRefusedWhole) {
  EXPECT_THAT(Count(kNinhKieuMember, kMoved, "2024-01-01", "2024-02-29"), IsOk());
  EXPECT_THAT(Count(kNinhKieuMember, kMoved, "2024-01-01", "2024-03-01"),
              StatusIs(StatusCode::kNotFound));
  EXPECT_THAT(Count(kBinhThuyMember, kMoved, "2024-03-01", "2025-12-31"), IsOk());
  EXPECT_THAT(Count(kCity, kMoved, "2024-01-01", "2025-12-31"), IsOk());
}

TEST_F(CountsTest, BadIntervalsAreNamed) {
  EXPECT_THAT(ViolatedFields(Count(kCity, kCaiKhe, "", "2023-13-01").status()),
              ElementsAre("since", "until"));
  EXPECT_THAT(ViolatedFields(Count(kCity, kCaiKhe, "2023-01-02", "2023-01-01").status()),
              ElementsAre("until"));
}

TEST_F(CountsTest, TopicsAreCountedBySubtreeAndRanked) {
  Record(SomeEntry(kCaiKhe, "2024-02-10", "Đất đai"));
  v1::CreateOpinionEntryRequest voiced = SomeEntry(kMoved, "2024-02-29", "đất  đai");
  voiced.mutable_opinion_entry()->set_voiced_count(30);
  Record(voiced);
  Record(SomeEntry(kMoved, "2024-03-01", "Đất đai"));
  Record(SomeEntry(kNinhKieu, "2024-01-15", "Y tế"));
  v1::CountOpinionEntriesRequest request;
  request.set_unit(UnitName(kNinhKieu));
  request.set_since("2024-01-15");
  request.set_until("2024-06-30");
  const auto counts = service_->CountOpinionEntries(By(kNinhKieuMember), request);
  ASSERT_THAT(counts, IsOk());
  ASSERT_EQ(counts->topics_size(), 2);
  EXPECT_EQ(counts->topics(0).topic(), "Đất đai");
  EXPECT_EQ(counts->topics(0).entry_count(), 2);
  EXPECT_EQ(counts->topics(0).voiced_sum(), 30);
  EXPECT_EQ(counts->topics(1).topic(), "Y tế");
  EXPECT_EQ(counts->entry_count(), 3);
  EXPECT_EQ(counts->position(), 4);
  request.set_unit(UnitName(kBinhThuy));
  EXPECT_THAT(service_->CountOpinionEntries(By(kNinhKieuMember), request),
              StatusIs(StatusCode::kNotFound));
}

// What is remembered and brought up to date, beside a store that counts anew each time.
TEST_F(CountsTest, RememberedCountsEqualFreshOnesAfterEveryWrite) {
  MysqlStore fresh(*pool_);
  std::mt19937 random(41);
  const auto below = [&](int n) { return static_cast<int>(random() % n); };
  const auto day = [&] { return absl::CivilDay(2024, 1, 20) + below(100); };
  const std::vector<int64_t> units = {kCaiKhe, kAnThoi, kMoved, kNinhKieu};
  const std::vector<std::pair<int64_t, DayInterval>> questions = {
      {kOldCanTho, {absl::CivilDay(2024, 1, 25), absl::CivilDay(2024, 4, 12)}},
      {kNinhKieu, {absl::CivilDay(2024, 2, 1), absl::CivilDay(2024, 3, 31)}},
      {kBinhThuy, {absl::CivilDay(2024, 2, 10), absl::CivilDay(2024, 5, 5)}},
      {kCaiKhe, {absl::CivilDay(2024, 2, 3), absl::CivilDay(2024, 2, 20)}}};
  const char* topics[] = {"Đất đai", "đất đai", "Y tế"};
  std::vector<v1::Petition> petitions;
  for (int write = 0; write < 120; ++write) {
    if (const int what = below(3); what == 0) {
      Record(SomeEntry(units[below(4)], FormatDay(day()), topics[below(3)]));
    } else if (what == 1 || petitions.empty()) {
      petitions.push_back(
          Register(SomePetition(units[below(4)], std::to_string(write), FormatDay(day()),
                                below(2) == 0 ? v1::Petition::COMPLAINT : v1::Petition::FEEDBACK)));
    } else {
      v1::Petition& petition = petitions[below(static_cast<int>(petitions.size()))];
      v1::UpdatePetitionRequest request;
      *request.mutable_petition() = petition;
      request.mutable_petition()->set_resolved_date(
          below(3) == 0 ? "" : std::max(petition.received_date(), FormatDay(day())));
      request.mutable_update_mask()->add_paths("resolved_date");
      const auto changed = service_->UpdatePetition(By(kNational), request);
      ASSERT_THAT(changed, IsOk());
      petition = *changed;
    }
    // Some questions are asked after several writes.
    const auto& [unit, days] = questions[below(4)];
    const std::vector<UnitDays> where = UnitDaysWithin(*snapshots_.Get(), unit, days);
    const absl::Time deadline = absl::Now() + absl::Minutes(1);
    const auto known = store_->CountPetitions(deadline, where, days.last);
    const auto counted = fresh.CountPetitions(deadline, where, days.last);
    ASSERT_THAT(known, IsOk());
    ASSERT_THAT(counted, IsOk());
    ASSERT_EQ(known->groups, counted->groups) << "after write " << write;
    ASSERT_EQ(known->position, counted->position);
    const auto known_topics = store_->CountTopics(deadline, where);
    const auto counted_topics = fresh.CountTopics(deadline, where);
    ASSERT_THAT(known_topics, IsOk());
    ASSERT_THAT(counted_topics, IsOk());
    ASSERT_EQ(known_topics->topics, counted_topics->topics) << "after write " << write;
    ASSERT_EQ(known_topics->position, counted_topics->position);
  }
}

TEST_F(CountsTest, NothingRememberedOutlivesARestoredDatabase) {
  Add(kCaiKhe, "1", "2023-01-15");
  EXPECT_EQ(FiguresOf(kCaiKhe, "2023-01-01", "2023-01-31"), (Figures{{1, 0}, {0, 0}}));
  // What a restore leaves: fewer records, another epoch, a position that comes again.
  ClearDatabase();
  ASSERT_THAT(admin_->Execute("UPDATE ledger_head SET epoch = 'another', position = 1"), IsOk());
  EXPECT_EQ(FiguresOf(kCaiKhe, "2023-01-01", "2023-01-31"), (Figures{{0, 0}, {0, 0}}));
}

}  // namespace
}  // namespace phoihop::opinions
