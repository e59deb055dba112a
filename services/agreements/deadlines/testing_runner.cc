#include "services/agreements/deadlines/testing_runner.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/ledger/reader.h"
#include "common/status/macros.h"
#include "common/testing/service_database.h"
#include "migrations/agreements_store.h"

namespace phoihop::agreements {

using absl::CivilDay;
using ::phoihop::testing::IsOk;

void ChangingSnapshot::Set(WorkCalendar calendar) {
  absl::MutexLock lock(&mutex_);
  snapshot_.tree = access::TestTree();
  snapshot_.grants = std::make_shared<const access::Grants>();
  snapshot_.calendar = std::make_shared<const WorkCalendar>(std::move(calendar));
}

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

void RunnerTest::SetUp() {
  auto database = testing::NewServiceDatabase(migrations::agreements_store(), 8);
  ASSERT_THAT(database, IsOk());
  options_ = database->connection;
  pool_ = std::move(database->pool);
  store_ = std::make_unique<RunnerStore>(pool_.get());
  clock_.Set(StartOfDay(kToday) + absl::Hours(8));
  snapshots_.Set(VietnamCalendar());
  writer_ = NewWriter();
}

std::unique_ptr<ledger::Writer> RunnerTest::NewWriter() {
  auto writer = testing::StartWriter(options_, "agreements", clock_);
  EXPECT_THAT(writer, IsOk());
  return *std::move(writer);
}

Runner::Options RunnerTest::RunnerOptions(ledger::Writer* writer) {
  Runner::Options options;
  options.store = store_.get();
  options.writer = writer;
  options.snapshots = &snapshots_;
  options.clock = &clock_;
  options.batch = 7;
  return options;
}

Runner::Round RunnerTest::Run() {
  const auto round = Runner(RunnerOptions(writer_.get())).RunOnce();
  EXPECT_THAT(round, IsOk());
  return round.value_or(Runner::Round());
}

absl::Status RunnerTest::Write(const std::function<absl::Status(ledger::Transaction&)>& body) {
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

void RunnerTest::Put(const std::vector<Obligation>& obligations) {
  ASSERT_THAT(Write([&](ledger::Transaction& tx) { return book_->Put(tx, obligations); }), IsOk());
}

void RunnerTest::Close(const std::string& key, CivilDay day) {
  ASSERT_THAT(Write([&](ledger::Transaction& tx) { return book_->Close(tx, key, day).status(); }),
              IsOk());
}

Obligation RunnerTest::After(const std::string& key, CivilDay basis, int days, int64_t unit) {
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

Obligation RunnerTest::Find(const std::string& key) {
  Obligation found;
  EXPECT_THAT(Write([&](ledger::Transaction& tx) -> absl::Status {
                ASSIGN_OR_RETURN(const auto locked, book_->Lock(tx, key));
                found = *locked;
                return absl::OkStatus();
              }),
              IsOk());
  return found;
}

std::vector<std::string> RunnerTest::Rows(const std::string& sql) {
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

std::vector<std::string> RunnerTest::Notices() {
  return Rows("SELECT CONCAT(kind, ' ', body_id, ' ', unit_id) FROM notices ORDER BY id");
}

std::vector<std::string> RunnerTest::Steps() {
  return Rows(
      "SELECT CONCAT(o.obligation_key, ' ', s.step) FROM obligation_steps s JOIN obligations o "
      "ON o.id = s.obligation_id ORDER BY o.obligation_key, s.step");
}

std::vector<v1::Obligation> RunnerTest::Recorded() {
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

}  // namespace phoihop::agreements
