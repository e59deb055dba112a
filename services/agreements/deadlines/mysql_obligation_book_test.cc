#include "services/agreements/deadlines/mysql_obligation_book.h"

#include <functional>
#include <memory>
#include <thread>

#include "absl/strings/str_cat.h"
#include "common/ledger/command.h"
#include "common/ledger/gather.h"
#include "common/mysql/transaction.h"
#include "common/status/macros.h"
#include "common/testing/service_database.h"
#include "common/testing/status_matchers.h"
#include "common/time/civil.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "migrations/agreements_store.h"
#include "services/agreements/deadlines/obligation_rows.h"

namespace phoihop::agreements {
namespace {

using absl::CivilDay;
using ::phoihop::testing::IsOk;
using ::phoihop::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr CivilDay kToday(2023, 10, 24);
const absl::Time kNow = StartOfDay(kToday) + absl::Hours(9);

class MysqlObligationBookTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto database = testing::NewServiceDatabase(migrations::agreements_store(), 6);
    ASSERT_THAT(database, IsOk());
    pool_ = std::move(database->pool);
  }

  // As a lane of the ledger runs a command.
  absl::Status Write(const std::function<absl::Status(ledger::Transaction&)>& body) {
    return mysql::RunTransaction(*pool_, {}, [&](mysql::Connection& db) -> absl::Status {
      ledger::Transaction tx(db, kNow);
      RETURN_IF_ERROR(body(tx));
      return ledger::RunGathered(db, tx.TakeGathered());
    });
  }
  absl::Status Put(const std::vector<Obligation>& obligations) {
    return Write([&](ledger::Transaction& tx) { return book_->Put(tx, obligations); });
  }
  absl::StatusOr<Obligation> Close(const std::string& key, CivilDay day) {
    absl::StatusOr<Obligation> closed = absl::UnknownError("not run");
    const absl::Status status = Write([&](ledger::Transaction& tx) {
      closed = book_->Close(tx, key, day);
      return closed.status();
    });
    if (!status.ok()) return status;
    return closed;
  }
  absl::Status Reopen(const std::string& key) {
    return Write([&](ledger::Transaction& tx) { return book_->Reopen(tx, key); });
  }
  std::optional<Obligation> Find(const std::string& key) {
    std::optional<Obligation> found;
    EXPECT_THAT(Write([&](ledger::Transaction& tx) -> absl::Status {
                  ASSIGN_OR_RETURN(found, book_->Lock(tx, key));
                  return absl::OkStatus();
                }),
                IsOk());
    return found;
  }
  std::vector<std::string> Rows(const std::string& sql) {
    std::vector<std::string> rows;
    auto lease = pool_->Acquire(absl::InfiniteFuture());
    EXPECT_THAT(lease, IsOk());
    EXPECT_THAT((**lease).Query(sql, {},
                                [&](const mysql::Row& row) {
                                  rows.push_back(row.Text(0));
                                  return absl::OkStatus();
                                }),
                IsOk());
    return rows;
  }
  // Everything that leaders see, from its tables: "body unit: open overdue" and so on.
  std::vector<std::string> Totals() {
    return Rows(
        "SELECT CONCAT(body_id, ' ', unit_id, ': ', open_count, ' ', overdue_count) "
        "FROM due_totals WHERE open_count <> 0 OR overdue_count <> 0 ORDER BY body_id, unit_id");
  }
  std::vector<std::string> Days() {
    return Rows(
        "SELECT CONCAT(body_id, ' ', unit_id, ' ', day, ': ', open_count) FROM due_days "
        "WHERE open_count <> 0 ORDER BY body_id, unit_id, day");
  }
  std::vector<std::string> Done() {
    return Rows(
        "SELECT CONCAT(body_id, ' ', unit_id, ' ', year, ': ', on_time_count, ' ', late_count) "
        "FROM due_done ORDER BY body_id, unit_id, year");
  }
  std::vector<std::string> Changes() {
    return Rows(
        "SELECT o.obligation_key FROM obligation_changes c JOIN obligations o "
        "ON o.id = c.obligation_id ORDER BY c.position");
  }

  static Obligation Due(const std::string& key, CivilDay day, const std::string& body = "court") {
    Obligation o;
    o.key = key;
    o.kind = ObligationKind::kDeliver;
    o.resource = "duties/d1";
    o.agreement = "a1";
    o.unit = 2;
    o.body = body;
    o.area = 3;
    o.title = "Lịch xét xử tháng";
    o.basis = day - 5;
    o.working_days = 5;
    o.due = {day, {day - 5, day}, "Ngày làm việc thứ 5", "Working day 5"};
    o.calendar_revision = 4;
    return o;
  }

  std::unique_ptr<mysql::Pool> pool_;
  std::unique_ptr<ObligationBook> book_ = NewMysqlObligationBook();
};

TEST_F(MysqlObligationBookTest, WhatWasPutIsReadBackWhole) {
  Obligation whole = Due("deliver:d1:1", CivilDay(2023, 11, 3));
  whole.rhythm.emplace();
  whole.rhythm->kind = RhythmKind::kBeforeEvent;
  whole.rhythm->day = CivilDay(2024, 1, 2);
  whole.rhythm->weekday = 3;
  whole.rhythm->working_day = -2;
  whole.rhythm->event = "COUNCIL_SESSION";
  whole.rhythm->working_days = 7;
  whole.pauses = {{CivilDay(2023, 10, 30), CivilDay(2023, 10, 31)}};
  ASSERT_THAT(Put({whole}), IsOk());
  const std::optional<Obligation> found = Find("deliver:d1:1");
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->kind, whole.kind);
  EXPECT_EQ(found->resource, "duties/d1");
  EXPECT_EQ(found->agreement, "a1");
  EXPECT_EQ(found->unit, 2);
  EXPECT_EQ(found->body, "court");
  EXPECT_EQ(found->area, 3);
  EXPECT_EQ(found->title, whole.title);
  EXPECT_EQ(found->rhythm, whole.rhythm);
  EXPECT_EQ(found->working_days, 5);
  EXPECT_EQ(found->basis, whole.basis);
  EXPECT_EQ(found->due, whole.due);
  EXPECT_EQ(found->calendar_revision, 4);
  EXPECT_EQ(found->pauses, whole.pauses);
  EXPECT_EQ(found->state, ObligationState::kOpen);
  EXPECT_EQ(Find("deliver:d1:2"), std::nullopt);
}

TEST_F(MysqlObligationBookTest, FiguresFollowEveryStepOfAnObligation) {
  ASSERT_THAT(Put({Due("k1", kToday - 3), Due("k2", kToday), Due("k3", kToday + 9, "party")}),
              IsOk());
  EXPECT_THAT(Totals(), ElementsAre(" 2: 3 1", "court 2: 2 1", "party 2: 1 0"));
  EXPECT_THAT(Days(), ElementsAre(" 2 2023-10-21: 1", " 2 2023-10-24: 1", " 2 2023-11-02: 1",
                                  "court 2 2023-10-21: 1", "court 2 2023-10-24: 1",
                                  "party 2 2023-11-02: 1"));
  // The due day of an overdue one is moved ahead, another is given to another body.
  ASSERT_THAT(Put({Due("k1", kToday + 1), Due("k2", kToday, "party")}), IsOk());
  EXPECT_THAT(Totals(), ElementsAre(" 2: 3 0", "court 2: 1 0", "party 2: 2 0"));
  EXPECT_THAT(Days(), ElementsAre(" 2 2023-10-24: 1", " 2 2023-10-25: 1", " 2 2023-11-02: 1",
                                  "court 2 2023-10-25: 1", "party 2 2023-10-24: 1",
                                  "party 2 2023-11-02: 1"));
  ASSERT_THAT(Close("k1", kToday + 2), IsOk());
  ASSERT_THAT(Close("k2", kToday), IsOk());
  EXPECT_THAT(Totals(), ElementsAre(" 2: 1 0", "party 2: 1 0"));
  EXPECT_THAT(Done(), ElementsAre(" 2 2023: 1 1", "court 2 2023: 0 1", "party 2 2023: 1 0"));
  ASSERT_THAT(Reopen("k1"), IsOk());
  EXPECT_THAT(Totals(), ElementsAre(" 2: 2 0", "court 2: 1 0", "party 2: 1 0"));
  EXPECT_THAT(Done(), ElementsAre(" 2 2023: 1 0", "court 2 2023: 0 0", "party 2 2023: 1 0"));
  ASSERT_THAT(
      Write([&](ledger::Transaction& tx) { return book_->WithdrawResource(tx, "duties/d1"); }),
      IsOk());
  EXPECT_THAT(Totals(), IsEmpty());
  EXPECT_THAT(Days(), IsEmpty());
  EXPECT_EQ(Find("k2")->state, ObligationState::kDone);
  EXPECT_EQ(Find("k1")->state, ObligationState::kWithdrawn);
}

TEST_F(MysqlObligationBookTest, ClosingFreezesDueDayAndLateness) {
  ASSERT_THAT(Put({Due("k1", kToday - 1), Due("k2", kToday)}), IsOk());
  const absl::StatusOr<Obligation> late = Close("k1", kToday);
  ASSERT_THAT(late, IsOk());
  EXPECT_TRUE(late->late());
  EXPECT_EQ(late->done_day, kToday);
  // Neither a second closing nor a new due day changes it.
  EXPECT_EQ(Close("k1", kToday - 10)->done_day, kToday);
  ASSERT_THAT(Put({Due("k1", kToday + 30)}), IsOk());
  EXPECT_EQ(Find("k1")->due.day, kToday - 1);
  EXPECT_FALSE(Close("k2", kToday)->late());
  EXPECT_THAT(Close("none", kToday), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(Reopen("none"), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(MysqlObligationBookTest, WithdrawnOnesStaySo) {
  Obligation other = Due("k2", kToday);
  other.agreement = "a2";
  ASSERT_THAT(Put({Due("k1", kToday), other}), IsOk());
  ASSERT_THAT(Write([&](ledger::Transaction& tx) { return book_->WithdrawAgreement(tx, "a1"); }),
              IsOk());
  ASSERT_THAT(Put({Due("k1", kToday + 3)}), IsOk());
  ASSERT_THAT(Reopen("k1"), IsOk());
  EXPECT_EQ(Close("k1", kToday)->state, ObligationState::kWithdrawn);
  EXPECT_EQ(Find("k1")->due.day, kToday);
  EXPECT_EQ(Find("k2")->state, ObligationState::kOpen);
}

TEST_F(MysqlObligationBookTest, AnAgreementThatEndsLeavesWhatFellDueBefore) {
  Obligation approval = Due("k3", kToday - 1), confirmation = Due("k4", kToday + 1);
  approval.kind = ObligationKind::kApprove;
  confirmation.kind = ObligationKind::kConfirm;
  ASSERT_THAT(Put({Due("k1", kToday - 1), Due("k2", kToday), approval, confirmation}), IsOk());
  ASSERT_THAT(Write([&](ledger::Transaction& tx) { return book_->EndAgreement(tx, "a1", kToday); }),
              IsOk());
  EXPECT_EQ(Find("k1")->state, ObligationState::kOpen);
  EXPECT_EQ(Find("k2")->state, ObligationState::kWithdrawn);
  EXPECT_EQ(Find("k3")->state, ObligationState::kWithdrawn);
  EXPECT_EQ(Find("k4")->state, ObligationState::kOpen);
}

TEST_F(MysqlObligationBookTest, PuttingTheSameAgainChangesNothing) {
  ASSERT_THAT(Put({Due("k1", kToday), Due("k2", kToday)}), IsOk());
  ASSERT_THAT(Put({Due("k1", kToday), Due("k2", kToday + 1)}), IsOk());
  EXPECT_THAT(Rows("SELECT CONCAT(obligation_key, ' ', revision) FROM obligations ORDER BY 1"),
              ElementsAre("k1 1", "k2 2"));
  // Changes of one command have no order among each other.
  EXPECT_THAT(Changes(), UnorderedElementsAre("k1", "k2", "k2"));
}

TEST_F(MysqlObligationBookTest, RecordedPausesOutliveANewRule) {
  ASSERT_THAT(Put({Due("k1", kToday)}), IsOk());
  ASSERT_THAT(Write([&](ledger::Transaction& tx) -> absl::Status {
                ASSIGN_OR_RETURN(const auto found,
                                 LockObligations(tx.db(), "obligation_key", {"k1"}));
                StoredObligation after = found.at(0);
                after.obligation.pauses = {{kToday, kToday + 1}};
                after.pause_reasons = {"Chờ hướng dẫn của tỉnh"};
                after.obligation.due.day = kToday + 2;
                return UpdateObligation(tx, found.at(0), after);
              }),
              IsOk());
  // The same rule: the day with its pause stands.
  ASSERT_THAT(Put({Due("k1", kToday)}), IsOk());
  EXPECT_EQ(Find("k1")->due.day, kToday + 2);
  // Another rule: its day, until the worker adds the pause.
  Obligation changed = Due("k1", kToday + 7);
  ASSERT_THAT(Put({changed}), IsOk());
  EXPECT_EQ(Find("k1")->due.day, kToday + 7);
  EXPECT_EQ(Find("k1")->pauses.size(), 1);
  EXPECT_EQ(Find("k1")->calendar_revision, -1);
  EXPECT_THAT(Rows("SELECT pauses FROM obligations"),
              ElementsAre("2023-10-24 2023-10-25 Chờ hướng dẫn của tỉnh\n"));
}

TEST_F(MysqlObligationBookTest, ObligationsOfAResourceComeByDueDay) {
  std::vector<Obligation> many;
  for (int i = 99; i >= 0; --i) many.push_back(Due(absl::StrCat("k", i), kToday + i));
  ASSERT_THAT(Put(many), IsOk());
  std::vector<Obligation> found;
  ASSERT_THAT(Write([&](ledger::Transaction& tx) -> absl::Status {
                ASSIGN_OR_RETURN(found, book_->OfResource(tx, "duties/d1"));
                return absl::OkStatus();
              }),
              IsOk());
  ASSERT_EQ(found.size(), 100);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(found[i].due.day, kToday + i);
  EXPECT_THAT(Totals(), ElementsAre(" 2: 100 0", "court 2: 100 0"));
}

TEST_F(MysqlObligationBookTest, NoticeOfOneKeyIsGivenOnce) {
  Notice notice{"rejected:a1:3:court", "court",       2,          "agreements/a1",
                "SIGNING_REJECTED",    "Bị từ chối.", "Rejected."};
  const auto tell = [&] {
    return Write([&](ledger::Transaction& tx) { return book_->Tell(tx, {notice, notice}); });
  };
  ASSERT_THAT(tell(), IsOk());
  notice.text_en = "Another.";
  ASSERT_THAT(tell(), IsOk());
  EXPECT_THAT(Rows("SELECT text_en FROM notices"), ElementsAre("Rejected."));
}

// Eight writers on the figures of the same bodies: what they add up to is what is open.
TEST_F(MysqlObligationBookTest, FiguresAreRightUnderConcurrentWriters) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 15; ++i) {
        const std::string key = absl::StrCat("k", t, "-", i);
        EXPECT_THAT(Put({Due(key + "a", kToday - 1), Due(key + "b", kToday + i % 3, "party")}),
                    IsOk());
        EXPECT_THAT(Close(key + "a", kToday), IsOk());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(Totals(), ElementsAre(" 2: 60 0", "party 2: 60 0"));
  EXPECT_THAT(Done(), ElementsAre(" 2 2023: 0 60", "court 2 2023: 0 60"));
  // Each change once, in order of commits: a closing after its opening.
  EXPECT_THAT(Rows("SELECT COUNT(*) FROM obligation_changes"), ElementsAre("180"));
}

}  // namespace
}  // namespace phoihop::agreements
