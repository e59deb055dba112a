// How fast opinions are stored, durably, through gRPC, beside the limit that the
// database sets on this machine: one-row commits by as many bare connections, in the
// same run and on the same server. Figures move from run to run by more than any
// change of ours, so the ratio is what counts.
//
//   build/bin/opinions_bench --callers=32,128 --seconds=4 --rounds=3 --units=83
//
// Everything shares the machine: the callers, the service, the database. What the calls
// cost without a database shows in the line "refused": the same calls, refused when their
// fields are checked. Where that is near the bare commits, gRPC is what bounds the ratio.
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "common/access/authority.h"
#include "common/access/snapshot.h"
#include "common/access/tokens.h"
#include "common/config/config.h"
#include "common/ledger/prepare.h"
#include "common/ledger/writer.h"
#include "common/mysql/connection.h"
#include "common/mysql/pool.h"
#include "common/names/names.h"
#include "common/paging/paging.h"
#include "common/rpc/server.h"
#include "common/testing/test_database.h"
#include "migrations/opinions_store.h"
#include "phoihop/opinions/v1/opinions.grpc.pb.h"
#include "services/opinions/rpc/register.h"
#include "services/opinions/rpc/service.h"
#include "services/opinions/store/mysql_store.h"

ABSL_FLAG(std::string, callers, "32,128", "Numbers of concurrent callers to measure");
ABSL_FLAG(double, seconds, 4, "Length of one measurement");
ABSL_FLAG(int, rounds, 3, "Measurements of each; the medians are printed");
ABSL_FLAG(int, units, 83, "Communes over which the entries are spread");
ABSL_FLAG(int, bench_lanes, 2, "Write lanes of the service");
ABSL_FLAG(bool, request_ids, true, "Whether callers send request ids, as careful ones do");
ABSL_FLAG(std::string, only, "", "Measure only this: bare or service");

namespace phoihop {
namespace {

void Check(const absl::Status& status, const char* what) {
  if (status.ok()) return;
  std::fprintf(stderr, "%s: %s\n", what, status.ToString().c_str());
  std::exit(1);
}

template <class T>
T Check(absl::StatusOr<T> value, const char* what) {
  Check(value.status(), what);
  return *std::move(value);
}

struct Result {
  double per_second = 0;
  absl::Duration p50, p99;
};

Result Summarise(std::vector<std::vector<absl::Duration>> parts, absl::Duration elapsed) {
  std::vector<absl::Duration> all;
  for (auto& part : parts) all.insert(all.end(), part.begin(), part.end());
  if (all.empty()) return {};
  std::sort(all.begin(), all.end());
  return {static_cast<double>(all.size()) / absl::ToDoubleSeconds(elapsed), all[all.size() / 2],
          all[all.size() * 99 / 100]};
}

// The text of an ordinary entry, about 200 bytes.
std::string Text() {
  return "Người dân phản ánh tuyến đường liên ấp xuống cấp, mùa mưa ngập sâu, đề nghị sớm duy "
         "tu và thông báo thời gian thi công cho các hộ hai bên đường biết.";
}

// One-row commits, each on a connection of its own.
Result MeasureBare(const mysql::ConnectionOptions& database, int callers, absl::Duration length) {
  constexpr char kInsert[] =
      "INSERT INTO bare (id, unit_id, heard_date, topic, channel, content, voiced, create_time,"
      " revision) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
  std::vector<std::vector<absl::Duration>> latencies(callers);
  std::vector<std::thread> threads;
  absl::BlockingCounter ready(callers);
  std::atomic<int64_t> start_nanos = 0;
  for (int i = 0; i < callers; ++i) {
    threads.emplace_back([&, i] {
      auto db = Check(mysql::Connection::Open(database), "connect");
      ready.DecrementCount();
      while (start_nanos == 0) std::this_thread::yield();
      const absl::Time end = absl::FromUnixNanos(start_nanos) + length;
      for (absl::Time now = absl::Now(); now < end;) {
        Check(db->Execute(kInsert, {NewId(now), int64_t{i}, absl::CivilDay(2023, 10, 24), "Đất đai",
                                    int64_t{2}, Text(), int64_t{30}, now, int64_t{1}})
                  .status(),
              "bare insert");
        const absl::Time done = absl::Now();
        latencies[i].push_back(done - now);
        now = done;
      }
    });
  }
  ready.Wait();
  start_nanos = absl::GetCurrentTimeNanos();
  for (std::thread& thread : threads) thread.join();
  return Summarise(std::move(latencies), length);
}

// A caller that sends its next request when the answer to the last has come.
class Caller {
 public:
  // With `refused` it sends requests that end at the check of their fields.
  Caller(opinions::v1::OpinionsService::Stub* stub, std::string authorization, int number,
         bool refused)
      : stub_(stub), authorization_(std::move(authorization)), number_(number), refused_(refused) {}

  void Run(absl::Time end, absl::BlockingCounter* done) {
    end_ = end;
    done_ = done;
    Send();
  }

  std::vector<absl::Duration> latencies;
  int64_t failed = 0;

 private:
  void Send() {
    context_ = std::make_unique<grpc::ClientContext>();
    context_->AddMetadata("authorization", authorization_);
    if (!refused_) FillRequest();
    sent_ = absl::Now();
    stub_->async()->CreateOpinionEntry(context_.get(), &request_, &response_,
                                       [this](const grpc::Status& status) { Done(status); });
  }

  void FillRequest() {
    const int units = absl::GetFlag(FLAGS_units);
    auto& entry = *request_.mutable_opinion_entry();
    entry.set_unit(UnitName(100 + (number_ * 7 + count_) % units));
    entry.set_topic(count_ % 3 == 0 ? "Đất đai" : "Giao thông nông thôn");
    entry.set_channel(opinions::v1::OpinionEntry::COLLABORATOR);
    entry.set_text(Text());
    entry.set_voiced_count(30);
    entry.set_heard_date("2023-10-24");
    if (absl::GetFlag(FLAGS_request_ids)) {
      char id[40];
      std::snprintf(id, sizeof(id), "%08x-0000-4000-8000-%012llx", number_,
                    static_cast<unsigned long long>(absl::GetCurrentTimeNanos() & 0xffffffffffff));
      request_.set_request_id(id);
    }
    ++count_;
  }

  void Done(const grpc::Status& status) {
    const absl::Time now = absl::Now();
    if (refused_ ? status.error_code() == grpc::INVALID_ARGUMENT : status.ok()) {
      latencies.push_back(now - sent_);
    } else if (++failed == 1) {
      std::fprintf(stderr, "a call failed: %d %s\n", status.error_code(),
                   status.error_message().c_str());
    }
    if (now < end_) {
      Send();
    } else {
      done_->DecrementCount();
    }
  }

  opinions::v1::OpinionsService::Stub* const stub_;
  const std::string authorization_;
  const int number_;
  const bool refused_;
  int64_t count_ = 0;
  absl::Time end_, sent_;
  absl::BlockingCounter* done_ = nullptr;
  std::unique_ptr<grpc::ClientContext> context_;
  opinions::v1::CreateOpinionEntryRequest request_;
  opinions::v1::OpinionEntry response_;
};

// The real service, but for the directory that it would follow.
class Service {
 public:
  explicit Service(const mysql::ConnectionOptions& database) {
    ledger::Writer::Options writer;
    writer.connection = database;
    writer.lanes = absl::GetFlag(FLAGS_bench_lanes);
    writer.service = "opinions";
    writer_ = Check(ledger::Writer::Start(writer), "writer");
    pool_ = Check(mysql::Pool::Create({.connection = database, .size = 8}), "pool");
    store_ = std::make_unique<opinions::MysqlStore>(*pool_);

    access::UnitTree::Builder tree;
    const auto unit = [](const char* level, int64_t parent) {
      return access::UnitVersion{kFirstDay, kEndOfDays, "", "", "", level, parent};
    };
    tree.Add(1, unit("COUNTRY", 0)).Add(2, unit("PROVINCE", 1)).Add(3, unit("DISTRICT", 2));
    for (int i = 0; i < absl::GetFlag(FLAGS_units); ++i) tree.Add(100 + i, unit("COMMUNE", 3));
    snapshots_ = std::make_unique<access::StaticSnapshot>(
        std::move(tree).Build(1),
        std::vector<access::Grant>{{"g", "members/bench", "officer", "", 2, false}});
    service_ = std::make_unique<opinions::OpinionsService>(opinions::OpinionsService::Parts{
        store_.get(), writer_.get(), snapshots_.get(), &page_tokens_});

    char folder[] = "/tmp/phoihop-bench-XXXXXX";
    if (mkdtemp(folder) == nullptr) std::exit(1);
    keys_ = folder;
    Check(access::GenerateKey("services/gateway", keys_ + "/key", keys_).status(), "key");
    verifier_ = Check(access::TokenVerifier::Create({.trusted_keys_dir = keys_}), "verifier");
    const auto signer = Check(access::TokenSigner::FromFile(keys_ + "/key"), "signer");
    const absl::Time now = absl::Now();
    access::Claims claims;
    claims.subject = "members/bench";
    claims.id = "bench";
    claims.issued_at = now;
    claims.expires_at = now + absl::Hours(1);
    token_ = Check(signer->Sign(claims), "token");

    rpc::ServerOptions options;
    options.workers = 256;
    rpc::Server::Builder builder(options);
    builder.set_authenticator(std::make_shared<access::TokenAuthenticator>(verifier_.get()));
    builder.set_permission_checker(std::make_shared<access::SnapshotPermissions>(snapshots_.get()));
    opinions::RegisterOpinions(builder, service_.get());
    server_ = Check(builder.Start(), "server");
  }

  ~Service() {
    server_->Drain(absl::Seconds(5));
    server_.reset();
    writer_.reset();
    std::filesystem::remove_all(keys_);
  }

  Result Measure(int callers, absl::Duration length, bool refused = false) {
    std::vector<std::unique_ptr<opinions::v1::OpinionsService::Stub>> stubs;
    for (int i = 0; i < 4; ++i) {
      grpc::ChannelArguments arguments;
      arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
      stubs.push_back(opinions::v1::OpinionsService::NewStub(
          grpc::CreateCustomChannel(absl::StrCat("127.0.0.1:", server_->port()),
                                    grpc::InsecureChannelCredentials(), arguments)));
    }
    std::vector<std::unique_ptr<Caller>> all;
    for (int i = 0; i < callers; ++i) {
      all.push_back(std::make_unique<Caller>(stubs[i % stubs.size()].get(), "Bearer " + token_,
                                             ++number_, refused));
    }
    absl::BlockingCounter done(callers);
    const absl::Time start = absl::Now();
    for (auto& caller : all) caller->Run(start + length, &done);
    done.Wait();
    const absl::Duration elapsed = absl::Now() - start;
    std::vector<std::vector<absl::Duration>> latencies;
    int64_t failed = 0;
    for (auto& caller : all) {
      latencies.push_back(std::move(caller->latencies));
      failed += caller->failed;
    }
    if (failed > 0) std::printf("  %lld calls failed\n", static_cast<long long>(failed));
    return Summarise(std::move(latencies), elapsed);
  }

  ledger::Writer::Stats stats() const { return writer_->stats(); }

 private:
  PageTokens page_tokens_{std::string(32, 'k')};
  std::string keys_, token_;
  std::unique_ptr<ledger::Writer> writer_;
  std::unique_ptr<mysql::Pool> pool_;
  std::unique_ptr<opinions::MysqlStore> store_;
  std::unique_ptr<access::StaticSnapshot> snapshots_;
  std::unique_ptr<opinions::OpinionsService> service_;
  std::unique_ptr<access::TokenVerifier> verifier_;
  std::unique_ptr<rpc::Server> server_;
  int number_ = 0;
};

Result Median(std::vector<Result> results) {
  std::sort(results.begin(), results.end(),
            [](const Result& a, const Result& b) { return a.per_second < b.per_second; });
  return results[results.size() / 2];
}

void Print(const char* name, int callers, const Result& result) {
  std::printf("%-8s %4d callers %9.0f/s  p50 %6.2f ms  p99 %6.2f ms\n", name, callers,
              result.per_second, absl::ToDoubleMilliseconds(result.p50),
              absl::ToDoubleMilliseconds(result.p99));
  std::fflush(stdout);
}

int Main() {
  // As RunService does.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  // Durable in the strict sense: what was answered survives a power cut.
  TestDatabase::AddServerOption("--innodb-flush-log-at-trx-commit=1");
  TestDatabase::AddServerOption("--log-bin=binlog");
  TestDatabase::AddServerOption("--sync-binlog=1");
  TestDatabase::AddServerOption("--server-id=1");
  TestDatabase::AddServerOption("--innodb-buffer-pool-size=256M");
  TestDatabase::AddServerOption("--innodb-log-file-size=256M");
  TestDatabase::AddServerOption("--max-connections=400");
  const mysql::ConnectionOptions database = TestDatabase::Get().NewSchema();
  auto admin = Check(mysql::Connection::Open(database), "connect");
  ledger::PrepareOptions prepare;
  prepare.database = database.database;
  prepare.migrations = migrations::opinions_store();
  Check(ledger::PrepareDatabase(*admin, prepare), "prepare");
  Check(admin
            ->Execute("CREATE TABLE bare (id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT"
                      " NULL PRIMARY KEY, unit_id BIGINT NOT NULL, heard_date DATE NOT NULL,"
                      " topic VARCHAR(100) NOT NULL, channel TINYINT NOT NULL, content TEXT NOT"
                      " NULL, voiced INT, create_time DATETIME(6) NOT NULL, revision BIGINT NOT"
                      " NULL) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")
            .status(),
        "table");
  Service service(database);
  const absl::Duration length = absl::Seconds(absl::GetFlag(FLAGS_seconds));
  const std::string only = absl::GetFlag(FLAGS_only);
  service.Measure(32, absl::Seconds(1));  // warm up
  for (const auto& text : absl::StrSplit(absl::GetFlag(FLAGS_callers), ',')) {
    int callers = 0;
    if (!absl::SimpleAtoi(text, &callers) || callers < 1) return 2;
    std::vector<Result> bare, ours, refused;
    const ledger::Writer::Stats before = service.stats();
    for (int round = 0; round < absl::GetFlag(FLAGS_rounds); ++round) {
      if (only != "service") bare.push_back(MeasureBare(database, callers, length));
      if (only != "bare") ours.push_back(service.Measure(callers, length));
      if (only.empty()) refused.push_back(service.Measure(callers, length / 2, true));
    }
    const ledger::Writer::Stats after = service.stats();
    if (!bare.empty()) Print("bare", callers, Median(bare));
    if (!ours.empty()) {
      Print("service", callers, Median(ours));
      std::printf("  commands in a transaction %.1f, run again %lld\n",
                  static_cast<double>(after.committed - before.committed) /
                      std::max<int64_t>(1, after.transactions - before.transactions),
                  static_cast<long long>(after.reruns - before.reruns));
    }
    if (!refused.empty()) Print("refused", callers, Median(refused));
    if (!bare.empty() && !ours.empty()) {
      std::printf("ratio at %d callers: %.2f\n", callers,
                  Median(ours).per_second / Median(bare).per_second);
    }
  }
  return 0;
}

}  // namespace
}  // namespace phoihop

int main(int argc, char** argv) {
  phoihop::config::Init(argc, argv, "Measures CreateOpinionEntry against bare commits.");
  return phoihop::Main();
}
