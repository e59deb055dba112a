#include "services/agreements/deadlines/runner.h"

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/access/testing_tree.h"
#include "common/ledger/prepare.h"
#include "common/ledger/reader.h"
#include "common/mysql/pool.h"
#include "common/status/macros.h"
#include "common/testing/status_matchers.h"
#include "common/testing/test_database.h"
#include "common/time/civil.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "migrations/agreements_store.h"
#include "phoihop/agreements/v1/due.pb.h"
#include "services/agreements/deadlines/mysql_obligation_book.h"
#include "services/agreements/deadlines/testing_calendar.h"
#include "services/agreements/due/mysql_due_store.h"

namespace phoihop::agreements {
namespace {

using absl::CivilDay;
using ::phoihop::testing::IsOk;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

// Wednesday.
constexpr CivilDay kToday(2026, 3, 4);

// A directory whose calendar a test changes.
class ChangingSnapshot : public access::SnapshotSource {
 public:
  absl::StatusOr<access::Snapshot> Get() const override {
    absl::MutexLock lock(&mutex_);
    return snapshot_;
  }
  void Set(WorkCalendar calendar) {
    absl::MutexLock lock(&mutex_);
    snapshot_.tree = access::TestTree();
    snapshot_.grants = std::make_shared<const access::Grants>();
    snapshot_.calendar = std::make_shared<const WorkCalendar>(std::move(calendar));
  }

 private:
  mutable absl::Mutex mutex_;
  access::Snapshot snapshot_ ABSL_GUARDED_BY(mutex_);
};

// The tables of 2024 to 2027 with one more day off.
WorkCalendar WithHoliday(CivilDay day, int64_t revision) {
  const WorkCalendar calendar = VietnamCalendar();
  std::vector<CalendarYear> years;
  for (auto [year, table] : calendar.years()) {
    if (year == day.year()) {
      table.holidays.push_back({day, "Quốc tang"});
      std::sort(table.holidays.begin(), table.holidays.end(),
                [](const Holiday& a, const Holiday& b) { return a.day < b.day; });
    }
    years.push_back(table);
  }
  return {std::move(years), revision};
}

class RunnerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    options_ = TestDatabase::Get().NewSchema();
    auto admin = mysql::Connection::Open(options_);
    ASSERT_THAT(admin, IsOk());
    ledger::PrepareOptions prepare;
    prepare.database = options_.database;
    prepare.migrations = migrations::agreements_store();
    ASSERT_THAT(ledger::PrepareDatabase(**admin, prepare), IsOk());
    auto pool = mysql::Pool::Create({.connection = options_, .size = 8});
    ASSERT_THAT(pool, IsOk());
    pool_ = *std::move(pool);
    store_ = std::make_unique<RunnerStore>(pool_.get());
    clock_.Set(StartOfDay(kToday) + absl::Hours(8));
    snapshots_.Set(VietnamCalendar());
    writer_ = NewWriter();
  }

  std::unique_ptr<ledger::Writer> NewWriter() {
    ledger::Writer::Options writing;
    writing.connection = options_;
    writing.clock = &clock_;
    writing.service = "agreements";
    auto writer = ledger::Writer::Start(writing);
    EXPECT_THAT(writer, IsOk());
    return *std::move(writer);
  }
  Runner::Options RunnerOptions(ledger::Writer* writer) {
    Runner::Options options;
    options.store = store_.get();
    options.writer = writer;
    options.snapshots = &snapshots_;
    options.clock = &clock_;
    options.batch = 7;
    return options;
  }
  Runner::Round Run() {
    const auto round = Runner(RunnerOptions(writer_.get())).RunOnce();
    EXPECT_THAT(round, IsOk());
    return round.value_or(Runner::Round());
  }

  absl::Status Write(const std::function<absl::Status(ledger::Transaction&)>& body) {
    ledger::Command command;
    command.roots = {"agreements/a1"};
    command.method = "test/Write";
    command.actor.name = "members/test";
    command.run = [&](ledger::Transaction& tx) -> absl::StatusOr<std::string> {
      RETURN_IF_ERROR(body(tx));
      return std::string();
    };
    return writer_->Commit(std::move(command)).status();
  }
  void Put(const std::vector<Obligation>& obligations) {
    ASSERT_THAT(Write([&](ledger::Transaction& tx) { return book_->Put(tx, obligations); }),
                IsOk());
  }
  void Close(const std::string& key, CivilDay day) {
    ASSERT_THAT(Write([&](ledger::Transaction& tx) { return book_->Close(tx, key, day).status(); }),
                IsOk());
  }
  // So many working days after `basis`.
  Obligation After(const std::string& key, CivilDay basis, int days, int64_t unit = 30) {
    Obligation o;
    o.key = key;
    o.kind = ObligationKind::kAnswer;
    o.resource = "informationRequests/r1";
    o.agreement = "a1";
    o.unit = unit;
    o.body = "court";
    o.title = absl::StrCat("Trả lời ", key);
    o.basis = basis;
    o.working_days = days;
    o.due = DueAfter(basis, days, VietnamCalendar());
    o.calendar_revision = 4;
    return o;
  }
  Obligation Find(const std::string& key) {
    Obligation found;
    EXPECT_THAT(Write([&](ledger::Transaction& tx) -> absl::Status {
                  ASSIGN_OR_RETURN(const auto locked, book_->Lock(tx, key));
                  found = *locked;
                  return absl::OkStatus();
                }),
                IsOk());
    return found;
  }
  std::vector<std::string> Rows(const std::string& sql) {
    std::vector<std::string> rows;
    auto lease = pool_->Acquire(absl::InfiniteFuture());
    EXPECT_THAT((**lease).Query(sql, {},
                                [&](const mysql::Row& row) {
                                  rows.push_back(row.Text(0));
                                  return absl::OkStatus();
                                }),
                IsOk());
    return rows;
  }
  // "OVERDUE court 30" and so on, in order of giving.
  std::vector<std::string> Notices() {
    return Rows("SELECT CONCAT(kind, ' ', body_id, ' ', unit_id) FROM notices ORDER BY id");
  }
  std::vector<std::string> Steps() {
    return Rows(
        "SELECT CONCAT(o.obligation_key, ' ', s.step) FROM obligation_steps s JOIN obligations o "
        "ON o.id = s.obligation_id ORDER BY o.obligation_key, s.step");
  }
  // The obligations of the ledger's records.
  std::vector<v1::Obligation> Recorded() {
    std::vector<v1::Obligation> recorded;
    auto page = ledger::ReadRecords(*pool_, absl::InfiniteFuture(), 0, 1000, 1 << 20,
                                    {"phoihop.agreements.v1.Obligation"});
    EXPECT_THAT(page, IsOk());
    for (const ledger::Record& record : page->records) {
      EXPECT_EQ(record.actor, "services/agreements");
      EXPECT_TRUE(recorded.emplace_back().ParseFromString(record.payload));
      EXPECT_EQ(recorded.back().name(), record.resource);
    }
    return recorded;
  }

  mysql::ConnectionOptions options_;
  std::unique_ptr<mysql::Pool> pool_;
  std::unique_ptr<RunnerStore> store_;
  FakeClock clock_;
  ChangingSnapshot snapshots_;
  std::unique_ptr<ledger::Writer> writer_;
  std::unique_ptr<ObligationBook> book_ = NewMysqlObligationBook();
};

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
  EXPECT_THAT(on(CivilDay(2026, 12, 31)), SizeIs(4));
  EXPECT_THAT(Steps(), ElementsAre("k 1", "k 2", "k 3", "k 4"));
  EXPECT_THAT(Recorded(), SizeIs(4));
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
