#include "services/reporting/store/mysql_projection_store.h"

#include "services/reporting/testing/projection_fixture.h"

namespace phoihop::reporting {
namespace {

using absl::CivilDay;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

constexpr absl::Duration kLease = absl::Seconds(30);

class ProjectionStoreTest : public ProjectionFixture {
 protected:
  static FeedBatch BatchOf(int64_t after, std::vector<FeedRow> rows,
                           const std::string& epoch = "e1") {
    FeedBatch batch{epoch, after, after, {}, 0};
    for (FeedRow& row : rows) batch.events.push_back({++batch.position, std::move(row)});
    return batch;
  }

  static PetitionRow Petition(const std::string& id, int64_t revision = 1,
                              std::optional<CivilDay> resolved = std::nullopt) {
    return {id, revision, false, access::kAnThoi, 1, CivilDay(2023, 9, 5), resolved};
  }

  static AgreementRow Agreement(const std::string& id, const std::string& parent,
                                std::optional<CivilDay> in_force = CivilDay(2021, 3, 1)) {
    AgreementRow row;
    row.id = id;
    row.revision = 1;
    row.unit = access::kAnThoi;
    row.title = "Chương trình phối hợp";
    row.parent = parent;
    row.term_start = CivilDay(2021, 1, 1);
    row.term_end = CivilDay(2025, 12, 31);
    row.in_force_date = in_force;
    return row;
  }

  absl::StatusOr<int64_t> Apply(const FeedBatch& batch, std::string_view service = kOpinions) {
    return store_->Apply(service, batch, Soon());
  }

  // Received and resolved of complaints at An Thoi until a day.
  SegmentCounts At(CivilDay end) {
    return Count({Segment{access::kAnThoi, {CivilDay(2023, 1, 1), end}, -1, {}}}, end)[0];
  }

  static absl::Status NoWait(const std::vector<SourcePosition>&) { return absl::OkStatus(); }
};

TEST_F(ProjectionStoreTest, BeginsEmptyAtPositionZero) {
  EXPECT_THAT(store_->Positions(Soon()),
              IsOkAndHolds(ElementsAre(SourcePosition{"agreements", "", 0},
                                       SourcePosition{"directory", "", 0},
                                       SourcePosition{"opinions", "", 0})));
  EXPECT_EQ(At(CivilDay(2023, 12, 31)), SegmentCounts());
}

TEST_F(ProjectionStoreTest, PetitionsAreCountedByMonthsAndAtTheEdges) {
  ASSERT_THAT(Apply(BatchOf(0, {Petition("p1"), Petition("p2", 1, CivilDay(2023, 10, 24))})),
              IsOkAndHolds(2));
  EXPECT_EQ(At(CivilDay(2023, 9, 4)).complaints, (Figures::Part{0, 0}));
  EXPECT_EQ(At(CivilDay(2023, 9, 5)).complaints, (Figures::Part{0, 2}));
  EXPECT_EQ(At(CivilDay(2023, 10, 23)).complaints, (Figures::Part{0, 2}));
  EXPECT_EQ(At(CivilDay(2023, 10, 24)).complaints, (Figures::Part{1, 2}));
  EXPECT_EQ(At(CivilDay(2023, 12, 31)).complaints, (Figures::Part{1, 2}));
}

TEST_F(ProjectionStoreTest, SameBatchAgainChangesNothing) {
  const FeedBatch batch = BatchOf(0, {Petition("p1"), Petition("p1", 2, CivilDay(2023, 10, 1))});
  ASSERT_THAT(Apply(batch), IsOkAndHolds(2));
  ASSERT_THAT(Apply(batch), IsOkAndHolds(2));
  // Even when somebody lost the position.
  ASSERT_THAT(admin_->Execute("UPDATE projection_positions SET position = 0"), IsOk());
  ASSERT_THAT(Apply(batch), IsOkAndHolds(2));
  EXPECT_EQ(At(CivilDay(2023, 12, 31)).complaints, (Figures::Part{1, 1}));
  EXPECT_EQ(Number("SELECT COUNT(*) FROM projection_petitions"), 1);
}

TEST_F(ProjectionStoreTest, BatchThatDoesNotJoinOnIsNotAdded) {
  ASSERT_THAT(Apply(BatchOf(0, {Petition("p1")})), IsOkAndHolds(1));
  EXPECT_THAT(Apply(BatchOf(5, {Petition("p6")})), IsOkAndHolds(1));
  EXPECT_THAT(Apply(BatchOf(1, {Petition("p2")}, "e2")), StatusIs(absl::StatusCode::kAborted));
  EXPECT_EQ(At(CivilDay(2023, 12, 31)).complaints.denominator, 1);
}

TEST_F(ProjectionStoreTest, FilteredRecordsMoveThePositionOnly) {
  const FeedBatch batch{"e1", 0, 70, {{68, Petition("p1")}}, 70};
  ASSERT_THAT(Apply(batch), IsOkAndHolds(70));
  EXPECT_THAT(store_->Positions(Soon()),
              IsOkAndHolds(::testing::Contains(SourcePosition{"opinions", "e1", 70})));
}

TEST_F(ProjectionStoreTest, AnotherEpochStartsOver) {
  ASSERT_THAT(Apply(BatchOf(0, {Petition("p1")})), IsOk());
  ASSERT_THAT(Apply(BatchOf(0, {Agreement("a1", "")}), kAgreements), IsOk());
  ASSERT_THAT(store_->StartOver(kOpinions, "e2", Soon()), IsOk());
  EXPECT_EQ(At(CivilDay(2023, 12, 31)), SegmentCounts());
  // Another process notices the same a moment later.
  ASSERT_THAT(Apply(BatchOf(0, {Petition("p1"), Petition("p2")}, "e2")), IsOkAndHolds(2));
  ASSERT_THAT(store_->StartOver(kOpinions, "e2", Soon()), IsOk());
  EXPECT_EQ(At(CivilDay(2023, 12, 31)).complaints.denominator, 2);
  // The other feed is as it was.
  EXPECT_THAT(store_->Positions(Soon()),
              IsOkAndHolds(::testing::Contains(SourcePosition{"agreements", "e1", 1})));
  EXPECT_EQ(Number("SELECT COUNT(*) FROM projection_petitions"), 3);
  EXPECT_THAT(store_->DropUnused(Soon()), IsOkAndHolds(::testing::Gt(0)));
  EXPECT_EQ(Number("SELECT COUNT(*) FROM projection_petitions"), 2);
  EXPECT_EQ(Number("SELECT COUNT(*) FROM projection_agreements"), 1);
  EXPECT_THAT(store_->DropUnused(Soon()), IsOkAndHolds(0));
}

TEST_F(ProjectionStoreTest, DescendantsAreFoundWhateverTheOrderOfArrival) {
  ASSERT_THAT(Apply(BatchOf(0, {Agreement("commune", "district"), Agreement("other", "elsewhere"),
                                Agreement("district", "city"), Agreement("city", ""),
                                Agreement("commune2", "district", std::nullopt)}),
                    kAgreements),
              IsOk());
  EXPECT_THAT(Descendants("city"), UnorderedElementsAre(Field(&AgreementRow::id, "district"),
                                                        Field(&AgreementRow::id, "commune"),
                                                        Field(&AgreementRow::id, "commune2")));
  EXPECT_THAT(Descendants("commune"), IsEmpty());
  std::vector<AgreementRow> found;
  ASSERT_THAT(store_->Read(Soon(),
                           [&](ProjectionView& view) {
                             auto at = view.AgreementsAt({access::kAnThoi, access::kNinhKieu});
                             if (at.ok()) found = *at;
                             return at.status();
                           }),
              IsOk());
  EXPECT_THAT(found, SizeIs(4));  // not what was never signed
  EXPECT_EQ(found[0], Agreement("city", ""));
}

TEST_F(ProjectionStoreTest, CircleOfParentsEnds) {
  ASSERT_THAT(Apply(BatchOf(0, {Agreement("a", "b"), Agreement("b", "a")}), kAgreements), IsOk());
  EXPECT_THAT(Descendants("a"), SizeIs(1));
}

TEST_F(ProjectionStoreTest, CountsEqualAPlainRecountOfRandomRecords) {
  RandomRecords records(*tree_, kYears, 7);
  int64_t position = 0;
  for (int round = 0; round < 6; ++round) {
    for (int batch = 0; batch < 8; ++batch) {
      std::vector<FeedRow> rows;
      for (int i = records.Pick(60); i >= 0; --i) rows.push_back(records.NextOpinion());
      const FeedBatch made = BatchOf(position, std::move(rows));
      ASSERT_THAT(Apply(made), IsOkAndHolds(made.position));
      position = made.position;
    }
    ExpectCountsEqual(records, 25);
  }
}

TEST_F(ProjectionStoreTest, OneRebuildAtATimeUntilItsLeaseRunsOut) {
  ASSERT_THAT(store_->BeginRebuild("a", kLease, Soon()), IsOk());
  EXPECT_THAT(store_->BeginRebuild("b", kLease, Soon()),
              StatusIs(absl::StatusCode::kFailedPrecondition, "REBUILD_RUNNING"));
  EXPECT_THAT(store_->RenewRebuild("a", kLease, Soon()), IsOk());
  EXPECT_THAT(store_->EndRebuild("a", Soon()), IsOk());

  const auto crashed = store_->BeginRebuild("b", absl::Milliseconds(30), Soon());
  ASSERT_THAT(crashed, IsOk());
  absl::SleepFor(absl::Milliseconds(60));
  const auto next = store_->BeginRebuild("c", kLease, Soon());
  ASSERT_THAT(next, IsOk());
  EXPECT_THAT(store_->RenewRebuild("b", kLease, Soon()), StatusIs(absl::StatusCode::kAborted));
  // The one that crashed is cleared away, and cannot write any more when it comes back.
  EXPECT_THAT(store_->ApplyTo(*crashed, kOpinions, BatchOf(0, {Petition("p1")}), 1, Soon()),
              IsOk());
  EXPECT_THAT(store_->DropUnused(Soon()), IsOkAndHolds(2));
  EXPECT_THAT(store_->ApplyTo(*crashed, kOpinions, BatchOf(0, {Petition("p1")}), 1, Soon()),
              StatusIs(absl::StatusCode::kAborted));
  EXPECT_THAT(store_->ApplyTo(*next, kOpinions, BatchOf(0, {Petition("p1")}), 1, Soon()),
              IsOkAndHolds(1));
}

TEST_F(ProjectionStoreTest, RecountStopsWhereItIsTold) {
  const auto generation = store_->BeginRebuild("a", kLease, Soon());
  ASSERT_THAT(generation, IsOk());
  const FeedBatch batch = BatchOf(0, {Petition("p1"), Petition("p2"), Petition("p3")});
  EXPECT_THAT(store_->ApplyTo(*generation, kOpinions, batch, 2, Soon()), IsOkAndHolds(2));
  EXPECT_EQ(Number("SELECT COUNT(*) FROM projection_petitions"), 2);
  EXPECT_THAT(store_->ApplyTo(*generation, kOpinions, batch, 3, Soon()), IsOkAndHolds(3));
  EXPECT_EQ(Number("SELECT COUNT(*) FROM projection_petitions"), 3);
  EXPECT_EQ(At(CivilDay(2023, 12, 31)), SegmentCounts());  // not in use
}

TEST_F(ProjectionStoreTest, EqualGenerationsHaveOneDigest) {
  RandomRecords records(*tree_, kYears, 11);
  std::vector<FeedRow> opinions, agreements;
  for (int i = 0; i < 3000; ++i) opinions.push_back(records.NextOpinion());
  for (int i = 0; i < 300; ++i) agreements.push_back(records.NextAgreement());
  const FeedBatch first = BatchOf(0, opinions), second = BatchOf(0, agreements);
  ASSERT_THAT(Apply(first), IsOk());
  ASSERT_THAT(Apply(second, kAgreements), IsOk());
  const auto generation = store_->BeginRebuild("a", kLease, Soon());
  ASSERT_THAT(generation, IsOk());
  // In other batches: counters that come and go leave no trace.
  for (int64_t through = 1; through <= first.position; through += 97) {
    ASSERT_THAT(store_->ApplyTo(*generation, kOpinions, first, through, Soon()), IsOk());
  }
  ASSERT_THAT(store_->ApplyTo(*generation, kOpinions, first, first.position, Soon()), IsOk());
  EXPECT_THAT(store_->Compare(*generation, NoWait, Soon()),
              StatusIs(absl::StatusCode::kAborted));  // agreements are missing
  ASSERT_THAT(store_->ApplyTo(*generation, kAgreements, second, second.position, Soon()), IsOk());
  auto comparison = store_->Compare(*generation, NoWait, Soon());
  ASSERT_THAT(comparison, IsOk());
  EXPECT_TRUE(comparison->equal) << comparison->differences[0];
  EXPECT_EQ(comparison->old_digest, comparison->new_digest);

  // One row changed, one counter, one row gone: each is named.
  ASSERT_THAT(admin_->Execute("UPDATE projection_agreements SET term_end = '2199-01-01' "
                              "WHERE generation = 1 ORDER BY id LIMIT 1"),
              IsOkAndHolds(1));
  ASSERT_THAT(admin_->Execute("DELETE FROM projection_petitions WHERE generation = 1 "
                              "ORDER BY id LIMIT 1"),
              IsOkAndHolds(1));
  ASSERT_THAT(admin_->Execute("UPDATE projection_opinion_months SET entry_count = entry_count + 1 "
                              "WHERE generation = 1 ORDER BY unit DESC, heard_month DESC LIMIT 1"),
              IsOkAndHolds(1));
  comparison = store_->Compare(*generation, NoWait, Soon());
  ASSERT_THAT(comparison, IsOk());
  EXPECT_FALSE(comparison->equal);
  EXPECT_NE(comparison->old_digest, comparison->new_digest);
  EXPECT_THAT(comparison->differences, ElementsAre(HasSubstr("projection_agreements a"),
                                                   HasSubstr("projection_opinion_months"),
                                                   HasSubstr("only in the recount")));
}

TEST_F(ProjectionStoreTest, RecountIsTakenOnlyWhenItIsNotBehind) {
  ASSERT_THAT(Apply(BatchOf(0, {Petition("p1")})), IsOk());
  const auto generation = store_->BeginRebuild("a", kLease, Soon());
  ASSERT_THAT(generation, IsOk());
  EXPECT_THAT(store_->Take(*generation, NoWait, Soon()), StatusIs(absl::StatusCode::kAborted));
  const auto catch_up = [&](const std::vector<SourcePosition>&) {
    return store_
        ->ApplyTo(*generation, kOpinions, BatchOf(0, {Petition("p1"), Petition("p2")}), 2, Soon())
        .status();
  };
  ASSERT_THAT(store_->Take(*generation, catch_up, Soon()), IsOk());
  EXPECT_EQ(At(CivilDay(2023, 12, 31)).complaints.denominator, 2);
  // The follower of the feed goes on in the new one, which is ahead of it.
  EXPECT_THAT(Apply(BatchOf(1, {Petition("p2")})), IsOkAndHolds(2));
  EXPECT_THAT(Apply(BatchOf(2, {Petition("p3")})), IsOkAndHolds(3));
  ASSERT_THAT(store_->EndRebuild("a", Soon()), IsOk());
  EXPECT_THAT(store_->DropUnused(Soon()), IsOkAndHolds(2));
  EXPECT_EQ(At(CivilDay(2023, 12, 31)).complaints.denominator, 3);
}

TEST_F(ProjectionStoreTest, DeletesInSmallTransactions) {
  std::vector<FeedRow> rows;
  for (int i = 0; i < 2500; ++i) rows.push_back(Petition(absl::StrCat("p", i)));
  ASSERT_THAT(Apply(BatchOf(0, rows)), IsOk());
  ASSERT_THAT(store_->StartOver(kOpinions, "e2", Soon()), IsOk());
  EXPECT_THAT(store_->DropUnused(Soon()), IsOkAndHolds(2501));
  EXPECT_EQ(Number("SELECT COUNT(*) FROM projection_petitions"), 0);
  EXPECT_EQ(Number("SELECT COUNT(*) FROM projection_positions"), 3);
}

}  // namespace
}  // namespace phoihop::reporting
