// What the worker does when the working-day calendar changes, and when a day passes.
#include "gmock/gmock.h"
#include "services/agreements/deadlines/testing_runner.h"
#include "services/agreements/due/mysql_due_store.h"

namespace phoihop::agreements {
namespace {

using absl::CivilDay;
using ::phoihop::testing::IsOk;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST_F(RunnerTest, NobodyIsWarnedOfADayBeforeAllMovesAreDone) {
  Put({After("a", kToday - 7, 5), After("b", kToday - 7, 5)});
  // Both are due on 4 March; the 4th becomes a day off, so neither is overdue on the 5th.
  snapshots_.Set(WithHoliday(kToday, 5));
  clock_.Advance(absl::Hours(24));
  Runner::Options options = RunnerOptions(writer_.get());
  options.batch = 1;
  options.max_batches = 1;
  Runner slow(options);
  EXPECT_EQ(slow.RunOnce()->moved, 1);
  EXPECT_THAT(Rows("SELECT kind FROM notices WHERE kind <> 'DUE_DAY_MOVED'"), IsEmpty());
  while (slow.RunOnce()->moved > 0) {
  }
  Run();
  EXPECT_THAT(Rows("SELECT DISTINCT kind FROM notices ORDER BY kind"),
              ElementsAre("DUE_DAY_MOVED", "DUE_SOON"));
}

TEST_F(RunnerTest, EachDueDayHasItsOwnStepsAndEachOfThemOnce) {
  Put({After("k", kToday - 7, 5)});
  clock_.Advance(absl::Hours(24));
  EXPECT_EQ(Run().fired, 1);
  EXPECT_THAT(Notices(), ElementsAre("OVERDUE court 30"));
  // The day off moves it to the 5th, which is today; on the 6th it is overdue again.
  snapshots_.Set(WithHoliday(kToday, 5));
  EXPECT_EQ(Run().moved, 1);
  EXPECT_THAT(Steps(), ElementsAre("k 1", "k 2"));
  clock_.Advance(absl::Hours(24));
  EXPECT_EQ(Run().fired, 1);
  EXPECT_THAT(Steps(), ElementsAre("k 1", "k 2", "k 2"));
  // Back to the 4th, of which its body has heard.
  WorkCalendar again = WithHoliday(CivilDay(2026, 12, 31), 6);
  snapshots_.Set(again);
  EXPECT_EQ(Run().moved, 1);
  EXPECT_EQ(Run().fired, 0);
}

TEST_F(RunnerTest, CalendarOfARestoredDirectoryIsFollowed) {
  snapshots_.Set(WithHoliday(CivilDay(2026, 3, 5), 5));
  Put({After("k", kToday, 3)});
  Run();
  ASSERT_EQ(Find("k").due.day, CivilDay(2026, 3, 10));
  // The backup knows no such day off and has a smaller revision; or the same one, by another table.
  for (const int64_t revision : {4, 5}) {
    snapshots_.Set(WithHoliday(CivilDay(2026, 3, 5), 5));
    Runner::Options options = RunnerOptions(writer_.get());
    options.restore_patience = absl::ZeroDuration();
    Runner patient(options);
    ASSERT_THAT(patient.RunOnce(), IsOk());
    snapshots_.Set(WithHoliday(CivilDay(2026, 3, 6), revision));
    options.restore_patience = absl::Hours(1);
    EXPECT_EQ(Runner(options).RunOnce()->moved, 0) << "may be a slow replica";
    options.restore_patience = absl::ZeroDuration();
    EXPECT_THAT(Runner(options).RunOnce(), IsOk());
    EXPECT_EQ(Find("k").calendar_revision, revision);
    EXPECT_THAT(Rows("SELECT calculation_en FROM obligations WHERE calculation_en LIKE "
                     "'%2026-03-06%'"),
                SizeIs(1));
  }
}

TEST_F(RunnerTest, RoomsHearOfWhatHasMoved) {
  Put({After("k", kToday, 3), After("unmoved", kToday + 10, 3)});
  snapshots_.Set(WithHoliday(CivilDay(2026, 3, 5), 5));
  std::vector<std::string> heard;
  Runner::Options options = RunnerOptions(writer_.get());
  options.on_moved = [&](ledger::Transaction&, const std::vector<StoredObligation>& moved) {
    heard.clear();
    for (const StoredObligation& one : moved) heard.push_back(one.obligation.key);
    return absl::OkStatus();
  };
  EXPECT_EQ(Runner(options).RunOnce()->moved, 1);
  EXPECT_THAT(heard, ElementsAre("k"));
}

TEST_F(RunnerTest, WatchersHearOnceOfWhatHasBecomeOverdue) {
  Put({After("old", kToday - 60, 1)});
  Run();
  Put({After("a", kToday, 1), After("b", kToday, 1), After("later", kToday, 30)});
  Close("b", kToday);
  const std::unique_ptr<DueStore> due = NewMysqlDueStore(pool_.get());
  const int64_t before = due->Changes(std::nullopt, 1, absl::InfiniteFuture())->position;
  EXPECT_EQ(Run().passed, 0);
  clock_.Advance(absl::Hours(48));
  EXPECT_EQ(Run().passed, 1);
  EXPECT_EQ(Run().passed, 0);
  const auto changes = due->Changes(before, 100, absl::InfiniteFuture());
  std::vector<std::string> keys;
  for (const DueRecord& record : changes->records) keys.push_back(record.stored.obligation.key);
  EXPECT_THAT(keys, ElementsAre("a"));
}

}  // namespace
}  // namespace phoihop::agreements
