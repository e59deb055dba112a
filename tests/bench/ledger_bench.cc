// How many commands per second the write lanes store, against the raw limit taken in the same
// run: one-row commits by as many bare connections with the same durability (flush at commit,
// binlog synced).
//
//   build/bin/ledger_bench [--rounds=5] [--lanes=1,2,4] [--callers=32,128] [--gather]

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/ledger/prepare.h"
#include "common/ledger/writer.h"
#include "common/mysql/connection.h"
#include "common/mysql/migrate.h"
#include "common/testing/test_database.h"

ABSL_FLAG(double, seconds, 0.6, "how long each measurement takes");
ABSL_FLAG(int, rounds, 5, "measurements of each kind, taken in turn");
ABSL_FLAG(std::vector<std::string>, lanes, (std::vector<std::string>{"1", "2", "4"}),
          "numbers of write lanes to measure");
ABSL_FLAG(std::vector<std::string>, callers, (std::vector<std::string>{"32", "128"}),
          "numbers of callers to measure");
ABSL_FLAG(bool, gather, false, "let the commands share one INSERT (Transaction::Gather)");

namespace phoihop {
namespace {

constexpr char kInsert[] = "INSERT INTO things (id, value) VALUES (?, ?)";
constexpr mysql::Migration kTables[] = {
    {"bench", 1, "things",
     "CREATE TABLE things (id VARBINARY(40) PRIMARY KEY, value VARBINARY(200) NOT NULL)"}};

template <class T>
T OrDie(absl::StatusOr<T> value) {
  if (!value.ok()) {
    std::fprintf(stderr, "%s\n", value.status().ToString().c_str());
    std::exit(1);
  }
  return *std::move(value);
}

// Calls of `step(thread)` per second by so many threads; a step that fails ends the program.
double PerSecond(int threads, const std::function<bool(int)>& step) {
  std::atomic<bool> stop = false;
  std::atomic<int64_t> steps = 0;
  std::vector<std::thread> running;
  for (int t = 0; t < threads; ++t) {
    running.emplace_back([&, t] {
      while (!stop) {
        if (!step(t)) std::exit(1);
        ++steps;
      }
    });
  }
  absl::SleepFor(absl::Milliseconds(100));  // caches and statements
  const int64_t first = steps;
  const absl::Time start = absl::Now();
  absl::SleepFor(absl::Seconds(absl::GetFlag(FLAGS_seconds)));
  const double result =
      static_cast<double>(steps - first) / absl::ToDoubleSeconds(absl::Now() - start);
  stop = true;
  for (std::thread& thread : running) thread.join();
  return result;
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

mysql::ConnectionOptions NewDatabase() {
  const mysql::ConnectionOptions options = TestDatabase::Get().NewSchema();
  const auto admin = OrDie(mysql::Connection::Open(options));
  ledger::PrepareOptions prepare;
  prepare.database = options.database;
  prepare.migrations = kTables;
  const absl::Status status = ledger::PrepareDatabase(*admin, prepare);
  if (!status.ok()) OrDie<int>(status);
  return options;
}

// One-row commits, each caller with a connection of its own.
class Bare {
 public:
  explicit Bare(int callers) : next_(callers) {
    const mysql::ConnectionOptions options = NewDatabase();
    for (int i = 0; i < callers; ++i) {
      connections_.push_back(OrDie(mysql::Connection::Open(options)));
    }
  }
  bool Step(int caller) {
    return connections_[caller]
        ->Execute(kInsert, {mysql::Bytes(absl::StrCat("t", caller, "-", ++next_[caller])),
                            mysql::Bytes(value_)})
        .ok();
  }

 private:
  const std::string value_ = std::string(100, 'v');
  std::vector<std::unique_ptr<mysql::Connection>> connections_;
  std::vector<int64_t> next_;
};

// The same row through the write lanes, with request memory, record and payload.
class Lanes {
 public:
  Lanes(int callers, int lanes) : next_(callers) {
    ledger::Writer::Options options;
    options.connection = NewDatabase();
    options.lanes = lanes;
    options.service = "bench";
    writer_ = OrDie(ledger::Writer::Start(options));
  }
  bool Step(int caller) {
    const int64_t number = ++next_[caller];
    const std::string id = absl::StrCat("t", caller, "-", number);
    ledger::Command command;
    command.roots = {id};
    command.method = "phoihop.bench.v1.BenchService/CreateThing";
    command.actor = {"members/01hzzzzzzzzzzzzzzzzzzzzzzz", "bodies/01hzzzzzzzzzzzzzzzzzzzzzzz"};
    command.request_id = absl::StrCat("00000000-0000-4000-8000-",
                                      absl::Hex(caller * 100000000LL + number, absl::kZeroPad12));
    command.body = value_;
    command.run = [&](ledger::Transaction& tx) { return Create(tx, id); };
    const auto committed = writer_->Commit(std::move(command));
    if (!committed.ok()) std::fprintf(stderr, "%s\n", committed.status().ToString().c_str());
    return committed.ok();
  }
  int64_t Reruns() const { return writer_->stats().reruns; }
  double BatchSize() const {
    const auto stats = writer_->stats();
    return static_cast<double>(stats.committed) / static_cast<double>(stats.transactions);
  }

 private:
  absl::StatusOr<std::string> Create(ledger::Transaction& tx, const std::string& id) {
    constexpr ledger::SharedStatement kShared = {.head = "INSERT INTO things (id, value)",
                                                 .columns = 2};
    std::vector<mysql::Value> row = {mysql::Bytes(id), mysql::Bytes(value_)};
    if (gather_) {
      tx.Gather(kShared, id, std::move(row));
    } else if (const auto rows = tx.db().Execute(kInsert, row); !rows.ok()) {
      return rows.status();
    }
    ledger::Change change;
    change.resource = "things/" + id;
    change.resource_type = "phoihop.bench.v1.Thing";
    change.revision = 1;
    change.unit = "units/12";
    change.payload = value_;
    tx.Note(std::move(change));
    return value_;
  }

  const std::string value_ = std::string(100, 'v');
  const bool gather_ = absl::GetFlag(FLAGS_gather);
  std::unique_ptr<ledger::Writer> writer_;
  std::vector<int64_t> next_;
};

void Run() {
  TestDatabase::AddServerOption("--log-bin=binlog");
  TestDatabase::AddServerOption("--sync-binlog=1");
  std::printf("medians of %d rounds; the ratio is the median of each round's\n",
              absl::GetFlag(FLAGS_rounds));
  std::printf("%8s %6s %12s %12s %10s %8s %8s\n", "callers", "lanes", "bare/s", "lanes/s",
              "per batch", "reruns", "ratio");
  for (const std::string& callers_text : absl::GetFlag(FLAGS_callers)) {
    int callers = 0;
    if (!absl::SimpleAtoi(callers_text, &callers)) continue;
    Bare bare(callers);
    for (const std::string& lanes_text : absl::GetFlag(FLAGS_lanes)) {
      int count = 0;
      if (!absl::SimpleAtoi(lanes_text, &count)) continue;
      Lanes lanes(callers, count);
      std::vector<double> raw, stored, ratios;
      for (int round = 0; round < absl::GetFlag(FLAGS_rounds); ++round) {
        raw.push_back(PerSecond(callers, [&](int caller) { return bare.Step(caller); }));
        stored.push_back(PerSecond(callers, [&](int caller) { return lanes.Step(caller); }));
        ratios.push_back(stored.back() / raw.back());
      }
      std::printf("%8d %6d %12.0f %12.0f %10.1f %8d %8.2f\n", callers, count, Median(raw),
                  Median(stored), lanes.BatchSize(), static_cast<int>(lanes.Reruns()),
                  Median(ratios));
      std::fflush(stdout);
    }
  }
}

}  // namespace
}  // namespace phoihop

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  phoihop::mysql::InitDriver();
  phoihop::Run();
  return 0;
}
