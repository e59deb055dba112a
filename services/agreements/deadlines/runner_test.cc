#include "services/agreements/deadlines/runner.h"

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "services/agreements/deadlines/testing_runner.h"
#include "services/agreements/due/mysql_due_store.h"

namespace phoihop::agreements {
namespace {

using absl::CivilDay;
using ::phoihop::testing::IsOk;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

TEST_F(RunnerTest, HolidayAddedLaterMovesWhatIsOpenAndTellsWhom) {
  Put({After("open", kToday, 3), After("done", kToday, 3), After("past", kToday - 30, 3),
       After("after", kToday + 7, 3)});
  ASSERT_EQ(Find("open").due.day, CivilDay(2026, 3, 9));
  Close("done", kToday);
  snapshots_.Set(WithHoliday(CivilDay(2026, 3, 5), 5));
  EXPECT_EQ(Run().moved, 1);
  EXPECT_EQ(Find("open").due.day, CivilDay(2026, 3, 10));
  EXPECT_EQ(Find("open").calendar_revision, 5);
  EXPECT_EQ(Find("done").due.day, CivilDay(2026, 3, 9));
  EXPECT_EQ(Find("done").calendar_revision, 4);
  EXPECT_EQ(Find("after").due.day, CivilDay(2026, 3, 16));
  EXPECT_EQ(Find("after").calendar_revision, 5);
  const std::vector<std::string> told =
      Rows("SELECT text_vi FROM notices WHERE kind = 'DUE_DAY_MOVED'");
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_THAT(told[0], HasSubstr("“Trả lời open” chuyển từ 09/03/2026 sang 10/03/2026"));
  EXPECT_THAT(told[0], HasSubstr("Quốc tang"));
  const std::vector<v1::Obligation> recorded = Recorded();
  const auto moved = std::find_if(recorded.begin(), recorded.end(), [](const auto& obligation) {
    return !obligation.previous_due_date().empty();
  });
  ASSERT_NE(moved, recorded.end());
  EXPECT_EQ(moved->previous_due_date(), "2026-03-09");
  EXPECT_EQ(moved->due().date(), "2026-03-10");
  EXPECT_EQ(Run().moved, 0);
}

TEST_F(RunnerTest, OlderCalendarOfASlowReplicaMovesNothingBack) {
  Put({After("k", kToday, 3)});
  snapshots_.Set(WithHoliday(CivilDay(2026, 3, 5), 5));
  EXPECT_EQ(Run().moved, 1);
  snapshots_.Set(VietnamCalendar());
  EXPECT_EQ(Run().moved, 0);
  EXPECT_EQ(Find("k").due.day, CivilDay(2026, 3, 10));
}

// Due on Wednesday, 4 March, at the commune Cai Khe below Ninh Kieu (see testing_tree.h, where
// that commune ended in 2025: its last superior counts).
TEST_F(RunnerTest, StepsOfEscalationComeInTurnAndOnce) {
  Put({After("k", CivilDay(2026, 2, 25), 5)});
  ASSERT_EQ(Find("k").due.day, kToday);
  const auto on = [&](CivilDay day) {
    clock_.Set(StartOfDay(day) + absl::Hours(1));
    Run();
    Run();
    return Notices();
  };
  EXPECT_THAT(on(CivilDay(2026, 2, 26)), IsEmpty());
  EXPECT_THAT(on(CivilDay(2026, 2, 27)), ElementsAre("DUE_SOON court 30"));
  EXPECT_THAT(on(CivilDay(2026, 3, 4)), SizeIs(1));
  EXPECT_THAT(on(CivilDay(2026, 3, 5)), SizeIs(2));
  EXPECT_EQ(Notices().back(), "OVERDUE court 30");
  EXPECT_THAT(on(CivilDay(2026, 3, 10)), SizeIs(2));
  EXPECT_THAT(on(CivilDay(2026, 3, 11)), SizeIs(3));
  EXPECT_EQ(Notices().back(), "OVERDUE_AT_UNIT  30");
  EXPECT_THAT(on(CivilDay(2026, 3, 18)), SizeIs(4));
  EXPECT_EQ(Notices().back(), "OVERDUE_BELOW  20");
  EXPECT_THAT(
      Rows("SELECT text_vi FROM notices WHERE kind LIKE 'OVERDUE!_%' ESCAPE '!' ORDER BY id"),
      ElementsAre(StartsWith("Một cơ quan của đơn vị quá hạn 5 ngày làm việc"),
                  StartsWith("Phường Cái Khế quá hạn 10 ngày làm việc")));
  EXPECT_THAT(on(CivilDay(2026, 12, 31)), SizeIs(4));
  EXPECT_THAT(Steps(), ElementsAre("k 1", "k 2", "k 3", "k 4"));
  EXPECT_THAT(Recorded(), SizeIs(4));
}

TEST_F(RunnerTest, LeadersAreToldWhichBodyIsLate) {
  ASSERT_THAT(Write([&](ledger::Transaction& tx) {
                return tx.db()
                    .Execute(
                        "INSERT INTO agreement_parties (agreement_id, place, body_id, "
                        "display_name) VALUES ('a1', 0, 'court', 'Tòa án nhân dân')",
                        {})
                    .status();
              }),
              IsOk());
  Put({After("k", kToday - 40, 5)});
  Run();
  EXPECT_THAT(Rows("SELECT text_vi FROM notices WHERE kind = 'OVERDUE_AT_UNIT'"),
              ElementsAre(StartsWith("Tòa án nhân dân quá hạn ")));
  EXPECT_THAT(Rows("SELECT text_en FROM notices WHERE kind = 'OVERDUE_BELOW'"),
              ElementsAre(StartsWith("Tòa án nhân dân (Phường Cái Khế) is ")));
}

TEST_F(RunnerTest, WhatWasMetOrWithdrawnIsNotEscalated) {
  Put({After("met", kToday - 20, 5), After("withdrawn", kToday - 20, 5)});
  Close("met", kToday);
  ASSERT_THAT(Write([&](ledger::Transaction& tx) { return book_->WithdrawAgreement(tx, "a1"); }),
              IsOk());
  EXPECT_EQ(Run().fired, 0);
  EXPECT_THAT(Notices(), IsEmpty());
}

// The service was down for ten days: each target hears once, of the latest that has come.
TEST_F(RunnerTest, AfterAnOutageMissedStepsComeLateAndOnce) {
  Put({After("soon", kToday, 4), After("due", kToday - 7, 5), After("far", kToday, 30)});
  Run();
  ASSERT_THAT(Notices(), UnorderedElementsAre("DUE_SOON court 30"));
  clock_.Advance(absl::Hours(24 * 10));
  EXPECT_EQ(Run().fired, 3);
  // `due` (4 March): its body and its unit's leaders; `soon` (10 March): its body, which never
  // heard the reminder. Both reminders that nobody needs any more stay away.
  EXPECT_THAT(Notices(), UnorderedElementsAre("DUE_SOON court 30", "OVERDUE court 30",
                                              "OVERDUE_AT_UNIT  30", "OVERDUE court 30"));
  EXPECT_THAT(Steps(), ElementsAre("due 1", "due 2", "due 3", "soon 2"));
  EXPECT_EQ(Run().fired, 0);
}

TEST_F(RunnerTest, ThreeRunnersAtOnceDoEverythingOnce) {
  std::vector<Obligation> many;
  for (int i = 0; i < 60; ++i) {
    many.push_back(After(absl::StrCat("k", i), kToday - 20 + i % 5, 3 + i % 4, 30 + i % 2));
  }
  Put(many);
  // 13 February, through which some of them count, becomes a day off as well.
  snapshots_.Set(WithHoliday(CivilDay(2026, 2, 13), 5));
  std::vector<std::unique_ptr<ledger::Writer>> writers;
  std::vector<std::unique_ptr<Runner>> runners;
  for (int i = 0; i < 3; ++i) {
    writers.push_back(NewWriter());
    runners.push_back(std::make_unique<Runner>(RunnerOptions(writers.back().get())));
  }
  std::atomic<int> moved = 0;
  std::atomic<int> fired = 0;
  std::vector<std::thread> threads;
  for (const auto& runner : runners) {
    threads.emplace_back([&, runner = runner.get()] {
      const auto round = runner->RunOnce();
      ASSERT_THAT(round, IsOk());
      moved += round->moved;
      fired += round->fired;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(Run().fired, 0);
  int expected_moves = 0;
  int expected_notices = 0;
  const WorkCalendar calendar = WithHoliday(CivilDay(2026, 2, 13), 5);
  for (const Obligation& o : many) {
    const CivilDay due = Recompute(o, calendar).day;
    EXPECT_EQ(Find(o.key).due.day, due);
    if (due != o.due.day) ++expected_moves;
    for (const int days : {1, 5, 10}) {
      if (calendar.Add(due, days) <= kToday) ++expected_notices;
    }
  }
  ASSERT_GT(expected_moves, 0);
  ASSERT_GT(expected_notices, 60);
  EXPECT_EQ(moved, expected_moves);
  EXPECT_EQ(fired, expected_notices);
  EXPECT_THAT(Notices(), SizeIs(expected_moves + expected_notices));
  EXPECT_THAT(Recorded(), SizeIs(expected_moves + 60));
}

TEST_F(RunnerTest, FiguresOfOverdueFollowTheDaysAlsoBeforeTheWorkerComes) {
  Put({After("a", kToday, 1), After("b", kToday, 2), After("c", kToday, 2, 31)});
  const std::unique_ptr<DueStore> due = NewMysqlDueStore(pool_.get());
  SummaryQuery query;
  query.unit = 30;
  query.units = {30, 31};
  const auto summary = [&] {
    query.today = VietnamDay(clock_.Now());
    auto numbers = due->Summarise(query, absl::InfiniteFuture());
    EXPECT_THAT(numbers, IsOk());
    return *std::move(numbers);
  };
  EXPECT_EQ(summary().by_unit[30], (DueNumbers{2, 0, 2, 0, 0}));
  clock_.Advance(absl::Hours(48));
  // The day of "b" and "c" is today; "a" is overdue, though nobody moved the figures on.
  EXPECT_EQ(summary().by_unit[30], (DueNumbers{2, 1, 1, 0, 0}));
  EXPECT_EQ(summary().by_body["court"], (DueNumbers{2, 1, 1, 0, 0}));
  EXPECT_EQ(Run().rolled, 4);
  EXPECT_EQ(summary().by_unit[30], (DueNumbers{2, 1, 1, 0, 0}));
  EXPECT_EQ(Run().rolled, 0);
  Close("a", VietnamDay(clock_.Now()));
  Close("c", VietnamDay(clock_.Now()));
  EXPECT_EQ(summary().by_unit[30], (DueNumbers{1, 0, 1, 0, 1}));
  EXPECT_EQ(summary().by_unit[31], (DueNumbers{0, 0, 0, 1, 0}));
  clock_.Advance(absl::Hours(24));
  Run();
  EXPECT_EQ(summary().by_unit[30], (DueNumbers{1, 1, 0, 0, 1}));
  // Figures of past days that became zero are gone.
  EXPECT_THAT(Rows("SELECT COUNT(*) FROM due_days WHERE open_count = 0"), ElementsAre("0"));
}

// The worker moves figures on while others count in them.
TEST_F(RunnerTest, FiguresStayRightWhileTheyAreMovedOn) {
  std::vector<Obligation> many;
  for (int i = 0; i < 40; ++i) many.push_back(After(absl::StrCat("k", i), kToday - 1, 1 + i % 2));
  Put(many);
  const std::unique_ptr<ledger::Writer> other = NewWriter();
  clock_.Advance(absl::Hours(24));
  std::thread closing([&] {
    for (int i = 0; i < 30; ++i) Close(absl::StrCat("k", i), kToday + 1);
  });
  Runner runner(RunnerOptions(other.get()));
  for (int day = 0; day < 5; ++day) {
    EXPECT_THAT(runner.RunOnce(), IsOk());
    clock_.Advance(absl::Hours(24));
  }
  closing.join();
  EXPECT_THAT(runner.RunOnce(), IsOk());
  EXPECT_THAT(
      Rows("SELECT CONCAT(open_count, ' ', overdue_count) FROM due_totals ORDER BY body_id"),
      ElementsAre("10 10", "10 10"));
}

TEST_F(RunnerTest, OldChangesAndNoticesAreRemoved) {
  Put({After("k", kToday - 40, 5)});
  Run();
  EXPECT_THAT(Notices(), SizeIs(3));
  const std::unique_ptr<DueStore> due = NewMysqlDueStore(pool_.get());
  clock_.Advance(absl::Hours(24 * 8));
  Run();
  EXPECT_TRUE(due->Changes(0, 10, absl::InfiniteFuture())->expired);
  EXPECT_THAT(Notices(), SizeIs(3));
  clock_.Advance(absl::Hours(24 * 366));
  Run();
  EXPECT_THAT(Notices(), IsEmpty());
}

TEST_F(RunnerTest, ThreadRunsRoundsUntilItIsStopped) {
  Put({After("k", kToday - 40, 5)});
  Runner::Options options = RunnerOptions(writer_.get());
  options.interval = absl::Milliseconds(10);
  Runner runner(options);
  runner.Start();
  const absl::Time limit = absl::Now() + absl::Seconds(20);
  while (Notices().empty() && absl::Now() < limit) absl::SleepFor(absl::Milliseconds(10));
  runner.Stop();
  EXPECT_THAT(Notices(), SizeIs(3));
}

}  // namespace
}  // namespace phoihop::agreements
