#include "common/rpc/stream_source.h"
#include "services/reporting/rpc/service_fixture.h"

namespace phoihop::reporting {
namespace {

class IndicatorsTest : public ServiceTest {
 protected:
  std::vector<std::string> Live(int64_t unit, const std::string& since, const std::string& until) {
    const auto indicators = Indicators(kNational, unit, since, until);
    EXPECT_THAT(indicators, IsOk());
    return indicators.ok() ? Texts(indicators->row().values()) : std::vector<std::string>();
  }

  // Follows a rebuild to its last message.
  absl::StatusOr<v1::RebuildProgress> AwaitRebuild(rpc::StreamSource<v1::RebuildProgress>& stream) {
    const absl::Time end = absl::Now() + absl::Seconds(30);
    while (absl::Now() < end) {
      auto next = stream.Next();
      if (!next.ok()) return next.status();
      if (next->has_value() && (*next)->done()) return **next;
      if (!next->has_value()) absl::SleepFor(absl::Milliseconds(2));
    }
    return absl::DeadlineExceededError("the rebuild does not end");
  }
};

TEST_F(IndicatorsTest, PetitionMoreCountsForItsCommuneItsDistrictAndTheCity) {
  AddCanTho();
  AwaitFeeds();
  const std::string key = "petitions.complaints_and_denunciations.resolved ";
  EXPECT_EQ(Live(access::kAnThoi, "2020-09-30", "2023-10-24")[0], key + "140/150 93,3%");
  AddPetitions(access::kAnThoi, 1, absl::CivilDay(2023, 10, 24), 1, 0, absl::CivilDay());
  AwaitFeeds();
  EXPECT_EQ(Live(access::kAnThoi, "2020-09-30", "2023-10-24")[0], key + "140/151 92,7%");
  EXPECT_EQ(Live(access::kBinhThuy, "2020-09-30", "2023-10-24")[0], key + "140/151 92,7%");
  EXPECT_EQ(Live(access::kOldCanTho, "2020-09-30", "2023-10-24")[0], key + "381/408 93,4%");
  EXPECT_EQ(Live(access::kNinhKieu, "2020-09-30", "2023-10-24")[0], key + "234/250 93,6%");
}

TEST_F(IndicatorsTest, IntervalBeginsWithTheOldestProgrammeOrTheYear) {
  AddCanTho();
  AwaitFeeds();
  auto indicators = Indicators(kNinhKieuMember, access::kNinhKieu, "", "2023-10-24");
  ASSERT_THAT(indicators, IsOk());
  EXPECT_EQ(indicators->since(), "2020-09-30");  // the city's
  EXPECT_EQ(indicators->until(), "2023-10-24");
  indicators = Indicators(kNational, access::kDienBien, "", "2023-10-24");
  ASSERT_THAT(indicators, IsOk());
  EXPECT_EQ(indicators->since(), "2023-01-01");
  // Without a last day it is today; by then the district has ended, with its programme's term
  // still running on its last day.
  indicators = Indicators(kNinhKieuMember, access::kNinhKieu, "", "");
  ASSERT_THAT(indicators, IsOk());
  EXPECT_EQ(indicators->since(), "2020-09-30");
  EXPECT_EQ(indicators->until(), "2025-12-01");
}

TEST_F(IndicatorsTest, CommuneShowsItsOwnLevelOnly) {
  AddCanTho();
  AwaitFeeds();
  EXPECT_THAT(Live(access::kCaiKhe, "", "2023-10-24"),
              ElementsAre("petitions.complaints_and_denunciations.resolved 190/200 95,0%",
                          "petitions.recommendations_and_feedback.resolved 0/0",
                          "agreements.signed.commune 1/1 100,0%", "opinions.entries 1"));
}

TEST_F(IndicatorsTest, WithoutAProgrammeNothingIsExpected) {
  AddPetitions(access::kDienBien, 4, absl::CivilDay(2023, 2, 1), 3, 1, absl::CivilDay(2023, 3, 1));
  AwaitFeeds();
  EXPECT_THAT(Live(access::kDienBien, "", "2023-10-24"),
              ElementsAre("petitions.complaints_and_denunciations.resolved 0/0",
                          "petitions.recommendations_and_feedback.resolved 1/3 33,3%",
                          "opinions.entries 0"));
}

TEST_F(IndicatorsTest, NewestReportComesWithoutItsRows) {
  AddCanTho();
  Create(ReviewOf(access::kOldCanTho, "", "2020-09-30", "2022-12-31"));
  Create(ReviewOf(access::kOldCanTho, "", "2020-09-30", "2023-10-24"));
  Create(ReviewOf(access::kNinhKieu, "", "2020-09-30", "2023-01-31"));
  auto indicators = Indicators(kCity, access::kOldCanTho, "", "2024-01-01");
  ASSERT_THAT(indicators, IsOk());
  EXPECT_EQ(indicators->latest_report().until(), "2023-10-24");
  EXPECT_THAT(indicators->latest_report().children(), IsEmpty());
  EXPECT_EQ(indicators->latest_report().total().values_size(), 5);
  indicators = Indicators(kCity, access::kOldCanTho, "", "2023-10-23");
  ASSERT_THAT(indicators, IsOk());
  EXPECT_EQ(indicators->latest_report().until(), "2022-12-31");
  indicators = Indicators(kCity, access::kBinhThuy, "", "2023-10-23");
  ASSERT_THAT(indicators, IsOk());
  EXPECT_FALSE(indicators->has_latest_report());
}

TEST_F(IndicatorsTest, BasicViewIsTheSameWithoutTheRow) {
  AddCanTho();
  Create(ReviewOf(access::kOldCanTho));
  const auto expect = [&](const std::string& since) {
    auto full = Indicators(kCity, access::kOldCanTho, since, "2023-10-24");
    const auto basic =
        Indicators(kCity, access::kOldCanTho, since, "2023-10-24", v1::GetIndicatorsRequest::BASIC);
    ASSERT_THAT(full, IsOk());
    ASSERT_THAT(basic, IsOk());
    EXPECT_TRUE(full->has_row());
    full->clear_row();
    EXPECT_EQ(basic->DebugString(), full->DebugString());
  };
  expect("");
  expect("2021-01-01");
  // An older programme, and positions that have moved.
  AddAgreement("older", access::kOldCanTho, "", absl::CivilDay(2019, 5, 1),
               absl::CivilDay(2019, 5, 1));
  AddAgreement("nk2", access::kNinhKieu, "older", absl::CivilDay(2021, 1, 5));
  AwaitFeeds();
  expect("");
  const auto moved =
      Indicators(kCity, access::kOldCanTho, "", "2023-10-24", v1::GetIndicatorsRequest::BASIC);
  ASSERT_THAT(moved, IsOk());
  EXPECT_EQ(moved->since(), "2019-05-01");
  EXPECT_THAT(ViolatedFields(Indicators(kCity, access::kOldCanTho, "", "",
                                        static_cast<v1::GetIndicatorsRequest::View>(9))
                                 .status()),
              ElementsAre("view"));
}

TEST_F(IndicatorsTest, OutOfScopeIsAsIfItDidNotExist) {
  AddCanTho();
  const absl::Status denied =
      Indicators(kNinhKieuMember, access::kBinhThuy, "", "2023-10-24").status();
  const absl::Status missing = Indicators(kNinhKieuMember, 999, "", "2023-10-24").status();
  EXPECT_THAT(denied, StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(missing, StatusIs(absl::StatusCode::kNotFound));
  EXPECT_EQ(ErrorReason(denied), ErrorReason(missing));
  EXPECT_THAT(Indicators(kNinhKieuMember, access::kOldCanTho, "", "2023-10-24"),
              StatusIs(absl::StatusCode::kNotFound));
  // The commune moved away on that day.
  EXPECT_THAT(Indicators(kNinhKieuMember, access::kMoved, "2024-01-01", "2024-02-29"), IsOk());
  EXPECT_THAT(Indicators(kNinhKieuMember, access::kMoved, "2024-01-01", "2024-03-01"),
              StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(Indicators(kBinhThuyMember, access::kMoved, "2024-01-01", "2024-03-01"), IsOk());
}

TEST_F(IndicatorsTest, WrongDaysAreNamed) {
  EXPECT_THAT(ViolatedFields(Indicators(kCity, access::kOldCanTho, "24/10/2023", "x").status()),
              ElementsAre("since", "until"));
  EXPECT_THAT(
      ViolatedFields(Indicators(kCity, access::kOldCanTho, "2023-10-25", "2023-10-24").status()),
      ElementsAre("until"));
}

// Random records, and every unit asked about random intervals, beside the rule said plainly.
TEST_F(IndicatorsTest, FiguresEqualANaiveRecount) {
  const auto tree = access::TestTree();
  RandomRecords records(*tree, {absl::CivilDay(2023, 11, 15), absl::CivilDay(2025, 10, 20)}, 99);
  for (int round = 0; round < 4; ++round) {
    for (int i = 0; i < 150; ++i) feeds_.Append(kOpinions, records.NextOpinion());
    for (int i = 0; i < 60; ++i) feeds_.Append(kAgreements, records.NextAgreement());
    AwaitFeeds();
    for (const int64_t unit : tree->ids()) {
      absl::CivilDay since = records.PickDay(), until = records.PickDay();
      if (until < since) std::swap(since, until);
      bool existed = false;
      for (absl::CivilDay day = since; day <= until; ++day) existed |= tree->ExistsOn(unit, day);
      const auto indicators = Indicators(kNational, unit, FormatDay(since), FormatDay(until));
      if (!existed) {
        EXPECT_THAT(indicators, StatusIs(absl::StatusCode::kNotFound));
        continue;
      }
      ASSERT_THAT(indicators, IsOk());
      int64_t received[2] = {0, 0}, resolved[2] = {0, 0}, entries = 0;
      for (const PetitionRow& row : records.petitions()) {
        if (row.deleted || row.received < since || until < row.received ||
            !tree->IsWithin(row.unit, unit, row.received)) {
          continue;
        }
        const int group = row.kind <= 2 ? 0 : 1;
        ++received[group];
        resolved[group] += row.resolved.has_value() && *row.resolved <= until;
      }
      for (const OpinionRow& row : records.opinions()) {
        entries +=
            since <= row.heard && row.heard <= until && tree->IsWithin(row.unit, unit, row.heard);
      }
      const auto& values = indicators->row().values();
      for (int group = 0; group < 2; ++group) {
        EXPECT_EQ(values.Get(group).denominator(), received[group]);
        EXPECT_EQ(values.Get(group).numerator(), resolved[group]);
      }
      EXPECT_EQ(values.Get(values.size() - 1).numerator(), entries);
      for (int i = 2; i + 1 < values.size(); ++i) {
        EXPECT_LE(values.Get(i).numerator(), values.Get(i).denominator());
        EXPECT_GT(values.Get(i).denominator(), 0);
      }
    }
  }
}

TEST_F(IndicatorsTest, StatusSaysHowFarEachFeedIs) {
  AddCanTho();
  AwaitFeeds();
  const auto status = service_->GetProjectionStatus(By(kReader), {});
  ASSERT_THAT(status, IsOk());
  ASSERT_THAT(status->feeds(), SizeIs(3));
  EXPECT_EQ(status->feeds(0).service(), "agreements");
  EXPECT_EQ(status->feeds(0).position(), 6);
  EXPECT_EQ(status->feeds(0).head_position(), 6);
  EXPECT_TRUE(status->feeds(0).connected());
  EXPECT_EQ(status->feeds(2).service(), "opinions");
  EXPECT_EQ(status->feeds(2).epoch(), "e1");
  EXPECT_EQ(status->feeds(2).position(), 434);
}

TEST_F(IndicatorsTest, RebuildSaysThatTheProjectionWasRight) {
  AddCanTho();
  AwaitFeeds();
  const access::Caller ctl{access::Caller::kService, "services/ctl", "", ""};
  auto stream = service_->RebuildProjection(By(ctl), {});
  ASSERT_THAT(stream, IsOk());
  EXPECT_THAT(service_->RebuildProjection(By(ctl), {}),
              StatusIs(absl::StatusCode::kFailedPrecondition, "REBUILD_RUNNING"));
  const auto last = AwaitRebuild(**stream);
  ASSERT_THAT(last, IsOk());
  EXPECT_TRUE(last->equal());
  EXPECT_EQ(last->old_digest(), last->new_digest());
  EXPECT_EQ(last->records_done(), 440);
  EXPECT_EQ(last->records_total(), 440);
  EXPECT_THAT(last->differences(), IsEmpty());
  EXPECT_THAT((*stream)->Next(), IsOkAndHolds(::testing::Eq(std::nullopt)));
  EXPECT_TRUE((*stream)->done());
  EXPECT_EQ(Live(access::kOldCanTho, "2020-09-30", "2023-10-24")[0],
            "petitions.complaints_and_denunciations.resolved 381/407 93,6%");
}

}  // namespace
}  // namespace phoihop::reporting
