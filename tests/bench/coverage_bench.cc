// How long the coverage of a national cascade takes in the agreements service, before and after
// the reform of 2025, beside a bare SELECT of the same rows by the same library.
//
//   build/bin/coverage_bench --calls=1000
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "common/access/authority.h"
#include "common/access/snapshot.h"
#include "common/access/unit_tree.h"
#include "common/config/config.h"
#include "common/ledger/command.h"
#include "common/ledger/prepare.h"
#include "common/mysql/pool.h"
#include "common/rpc/client.h"
#include "common/telemetry/log.h"
#include "common/testing/rpc.h"
#include "common/testing/test_database.h"
#include "common/time/clock.h"
#include "migrations/agreements_store.h"
#include "phoihop/agreements/v1/agreements.grpc.pb.h"
#include "services/agreements/rpc/handlers.h"
#include "services/agreements/store/mysql_agreement_store.h"

ABSL_FLAG(int, calls, 500, "Calls of each kind");

namespace phoihop::agreements {
namespace {

constexpr absl::CivilDay kDay(2023, 10, 24);
constexpr char kProgramme[] = "national";
constexpr char kCaller[] = "members/country";

void Check(const absl::Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "%s\n", status.ToString().c_str());
  std::exit(1);
}

// A country of so many provinces, districts (none since the reform) and communes.
struct Shape {
  const char* name;
  int provinces, districts, communes;
};

std::shared_ptr<const access::UnitTree> TreeOf(const Shape& shape, std::vector<int64_t>& units) {
  access::UnitTree::Builder builder;
  const auto add = [&](int64_t id, std::string code, std::string_view level, int64_t parent) {
    builder.Add(id, {kFirstDay, kEndOfDays, std::move(code),
                     absl::StrCat("Đơn vị hành chính số ", id), "", std::string(level), parent});
  };
  add(access::kCountryUnit, "VN", access::kCountryLevel, 0);
  int64_t id = access::kCountryUnit;
  std::vector<int64_t> above;
  for (int i = 0; i < shape.provinces; ++i) {
    above.push_back(++id);
    add(id, absl::StrFormat("%02d", i), access::kProvinceLevel, access::kCountryUnit);
  }
  units = above;
  if (shape.districts > 0) {
    std::vector<int64_t> districts;
    for (int i = 0; i < shape.districts; ++i) {
      districts.push_back(++id);
      add(id, absl::StrFormat("%03d", i), access::kDistrictLevel, above[i % above.size()]);
    }
    units.insert(units.end(), districts.begin(), districts.end());
    above = districts;
  }
  for (int i = 0; i < shape.communes; ++i) {
    units.push_back(++id);
    // Not in the order of their ids, as in the register.
    add(id, absl::StrFormat("%05d", (i * 7919) % 99991), access::kCommuneLevel,
        above[i % above.size()]);
  }
  return std::move(builder).Build(1);
}

// The country's programme, in force, and an agreement under it at nine of ten units.
void Fill(mysql::Connection& db, AgreementStore& store, const std::vector<int64_t>& units) {
  Agreement programme;
  programme.id = kProgramme;
  programme.unit = access::kCountryUnit;
  programme.title = "Chương trình phối hợp";
  programme.parties = {{"party", {}}, {"council", {}}};
  programme.term_start = absl::CivilDay(2020, 9, 30);
  programme.term_end = absl::CivilDay(2026, 12, 31);
  programme.create_time = programme.update_time = absl::FromUnixSeconds(1600000000);
  programme.state = State::kInForce;
  programme.in_force_date = absl::CivilDay(2020, 9, 30);
  programme.revision = 1;
  Check(db.Begin());
  ledger::Transaction transaction(db, absl::Now());
  Check(store.Insert(transaction, programme));
  for (size_t begin = 0; begin < units.size(); begin += 1000) {
    std::string sql =
        "INSERT INTO cascade_members (programme_id, unit_id, agreement_id, in_force_from, "
        "in_force_until) VALUES ";
    std::vector<mysql::Value> params;
    for (size_t i = begin; i < std::min(begin + 1000, units.size()); ++i) {
      if (i % 10 == 9) continue;
      sql += params.empty() ? "(?,?,?,?,?)" : ",(?,?,?,?,?)";
      params.insert(
          params.end(),
          {std::string(kProgramme), units[i], absl::StrFormat("01hx%022d", static_cast<int>(i)),
           absl::CivilDay(2020, 10, 1) + static_cast<int>(i % 900), absl::CivilDay(2027, 1, 1)});
    }
    Check(db.Execute(sql, params).status());
  }
  Check(db.Commit());
  Check(db.Query("ANALYZE TABLE cascade_members", {},
                 [](const mysql::Row&) { return absl::OkStatus(); }));
}

// What this process, client and service, has used of the processors; not the database. Unlike
// the time that a call takes, it hardly depends on what else the machine does.
double ProcessorMilliseconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto milliseconds = [](const timeval& t) { return t.tv_sec * 1e3 + t.tv_usec / 1e3; };
  return milliseconds(usage.ru_utime) + milliseconds(usage.ru_stime);
}

double Measure(const char* name, const std::function<void()>& call) {
  const int calls = absl::GetFlag(FLAGS_calls);
  for (int i = 0; i < calls / 10; ++i) call();
  std::vector<double> took;
  const double busy = ProcessorMilliseconds();
  for (int i = 0; i < calls; ++i) {
    const absl::Time start = absl::Now();
    call();
    took.push_back(absl::ToDoubleMilliseconds(absl::Now() - start));
  }
  std::sort(took.begin(), took.end());
  std::printf("  %-34s p50 %7.2f ms  p99 %7.2f ms  processor %6.2f ms\n", name,
              took[took.size() / 2], took[took.size() * 99 / 100],
              (ProcessorMilliseconds() - busy) / calls);
  return took[took.size() / 2];
}

void Run(const Shape& shape) {
  std::vector<int64_t> units;
  const std::shared_ptr<const access::UnitTree> tree = TreeOf(shape, units);
  const mysql::ConnectionOptions database = TestDatabase::Get().NewSchema();
  auto admin = mysql::Connection::Open(database);
  Check(admin.status());
  ledger::PrepareOptions prepare;
  prepare.database = database.database;
  prepare.migrations = migrations::agreements_store();
  Check(ledger::PrepareDatabase(**admin, prepare));
  auto pool = mysql::Pool::Create({.connection = database, .size = 2});
  Check(pool.status());
  const std::unique_ptr<AgreementStore> store = NewMysqlAgreementStore(pool->get());
  Fill(**admin, *store, units);

  const access::StaticSnapshot snapshots(tree,
                                         {{"g1", kCaller, "leader", "", access::kCountryUnit}});
  FakeClock clock;
  rpc::ServerOptions options;
  options.clock = &clock;
  const PageTokens tokens(std::string(PageTokens::kKeySize, 'k'));
  Parts parts;
  parts.store = store.get();
  parts.snapshots = &snapshots;
  parts.page_tokens = &tokens;
  testing::TestServer server(
      [&](rpc::Server::Builder& builder) {
        builder.set_permission_checker(std::make_shared<access::SnapshotPermissions>(&snapshots));
        AddHandlers(parts, builder);
      },
      options);
  const auto stub = v1::AgreementsService::NewStub(server.channel());

  std::printf("%s: %d/%d/%d units\n", shape.name, shape.provinces, shape.districts, shape.communes);
  int64_t rows = 0;
  const double raw = Measure("bare SELECT of the members' rows", [&] {
    Check((*admin)->Query(
        "SELECT unit_id, in_force_from, in_force_until FROM cascade_members WHERE programme_id = ?",
        {std::string(kProgramme)}, [&](const mysql::Row&) {
          ++rows;
          return absl::OkStatus();
        }));
  });
  CoverageQuery query{.programme = kProgramme, .day = kDay};
  CoverageRecords records;
  Measure("reading them as the service does", [&] {
    auto read = store->ReadCoverage(query, absl::InfiniteFuture());
    Check(read.status());
    records = *std::move(read);
  });
  Measure("counting", [&] {
    const auto expected =
        ExpectedUnits(*tree, access::kCountryUnit, tree->Subtree(access::kCountryUnit, kDay),
                      access::kCountryUnit, kDay, CascadeTarget());
    const auto levels = CountCoverage(
        *tree, expected, Standings(records.members, kDay, absl::CivilDay(2020, 9, 30)), 100);
    if (levels.empty()) std::exit(1);
  });
  std::string figures;
  const double service = Measure("GetCoverage of the country", [&] {
    v1::GetCoverageRequest request;
    request.set_unit("units/1");
    request.set_on_date("2023-10-24");
    const auto coverage =
        rpc::Call(*stub, &v1::AgreementsService::Stub::GetCoverage, request, testing::As(kCaller));
    Check(coverage.status());
    figures.clear();
    for (const auto& level : coverage->levels()) {
      absl::StrAppend(&figures, " ", level.level(), " ", level.signed_count(), "/",
                      level.expected_count());
    }
  });
  Measure("GetCoverage of one province", [&] {
    v1::GetCoverageRequest request;
    request.set_unit("units/2");
    request.set_on_date("2023-10-24");
    Check(rpc::Call(*stub, &v1::AgreementsService::Stub::GetCoverage, request, testing::As(kCaller))
              .status());
  });
  std::printf("  coverage to bare SELECT, p50: %.2f;%s\n", service / raw, figures.c_str());
}

int Main() {
  InitLogging("coverage_bench", LogLevel::kError);
  TestDatabase::AddServerOption("--innodb-buffer-pool-size=256M");
  Run({"after the reform", 34, 0, 3321});
  Run({"before the reform", 63, 705, 10599});
  return 0;
}

}  // namespace
}  // namespace phoihop::agreements

int main(int argc, char** argv) {
  phoihop::config::Init(argc, argv, "Measures how long coverage of a national cascade takes.");
  return phoihop::agreements::Main();
}
