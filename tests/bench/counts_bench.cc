// How long it takes to count petitions of a province and of the country over three
// years, in a register of ordinary size.
//
//   build/bin/counts_bench --communes=10600 --each=36
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/config/config.h"
#include "common/ledger/command.h"
#include "common/ledger/prepare.h"
#include "common/mysql/pool.h"
#include "common/names/names.h"
#include "common/testing/test_database.h"
#include "migrations/opinions_store.h"
#include "services/opinions/store/mysql_store.h"

ABSL_FLAG(int, communes, 10600, "Communes of the country");
ABSL_FLAG(int, province, 92, "Units of the province, which are among them");
ABSL_FLAG(int, each, 36, "Petitions of an ordinary commune in three years");
ABSL_FLAG(int, busy, 1200, "Petitions of a unit of the province in three years");

namespace phoihop::opinions {
namespace {

void Check(const absl::Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "%s\n", status.ToString().c_str());
  std::exit(1);
}

constexpr absl::CivilDay kFirst(2020, 10, 1);
constexpr int kDays = 1095;

// Stores `count` petitions of a unit, spread over three years, most resolved in a month.
void Fill(MysqlStore& store, mysql::Connection& db, int64_t unit, int count) {
  for (int done = 0; done < count;) {
    std::vector<Petition> batch;
    for (; done < count && batch.size() < kMaxBatch; ++done) {
      Petition petition;
      petition.created = petition.updated = absl::Now();
      petition.id = NewId(petition.created);
      petition.unit = unit;
      petition.reference = absl::StrCat(done);
      petition.kind = *PetitionKindOf(1 + done % 4);
      petition.received = kFirst + (done * 37 + static_cast<int>(unit) * 11) % kDays;
      if (done % 10 != 0) petition.resolved = petition.received + done % 45;
      batch.push_back(std::move(petition));
    }
    ledger::Transaction transaction(db, absl::Now());
    Check(store.AddPetitions(transaction, batch));
    Check(ledger::RunGathered(db, transaction.TakeGathered()));
  }
}

void Measure(MysqlStore& store, const char* name, absl::Span<const UnitDays> where,
             absl::CivilDay end, int times) {
  std::vector<absl::Duration> took;
  PetitionCounts counts;
  for (int i = 0; i < times; ++i) {
    const absl::Time start = absl::Now();
    auto counted = store.CountPetitions(start + absl::Minutes(1), where, end);
    Check(counted.status());
    took.push_back(absl::Now() - start);
    counts = *counted;
  }
  std::sort(took.begin(), took.end());
  std::printf("%-40s p50 %8.2f ms  p99 %8.2f ms  (%lld received)\n", name,
              absl::ToDoubleMilliseconds(took[took.size() / 2]),
              absl::ToDoubleMilliseconds(took[took.size() * 99 / 100]),
              static_cast<long long>(counts.groups[0].received) + counts.groups[1].received);
}

std::vector<UnitDays> Units(int64_t first, int count, DayInterval days) {
  std::vector<UnitDays> where;
  for (int i = 0; i < count; ++i) where.push_back({first + i, days});
  return where;
}

int Main() {
  TestDatabase::AddServerOption("--innodb-buffer-pool-size=512M");
  const mysql::ConnectionOptions database = TestDatabase::Get().NewSchema();
  auto admin = mysql::Connection::Open(database);
  Check(admin.status());
  ledger::PrepareOptions prepare;
  prepare.database = database.database;
  prepare.migrations = migrations::opinions_store();
  Check(ledger::PrepareDatabase(**admin, prepare));
  auto pool = mysql::Pool::Create({.connection = database, .size = 2});
  Check(pool.status());
  MysqlStore store(**pool);
  const int province = absl::GetFlag(FLAGS_province);
  const int communes = absl::GetFlag(FLAGS_communes);
  Check((*admin)->Begin());
  for (int i = 0; i < communes; ++i) {
    Fill(store, **admin, 100 + i,
         i < province ? absl::GetFlag(FLAGS_busy) : absl::GetFlag(FLAGS_each));
    if (i % 500 == 499) {
      Check((*admin)->Commit());
      Check((*admin)->Begin());
    }
  }
  Check((*admin)->Commit());
  Check((*admin)->Execute("ANALYZE TABLE petitions, petition_month_counts").status());

  const DayInterval review{absl::CivilDay(2020, 9, 30), absl::CivilDay(2023, 10, 24)};
  const DayInterval edges{absl::CivilDay(2020, 10, 15), absl::CivilDay(2023, 9, 15)};
  Measure(store, "province, the review's interval", Units(100, province, review), review.last, 200);
  Measure(store, "province, edges within months", Units(100, province, edges), edges.last, 200);
  Measure(store, "one commune", Units(100, 1, edges), edges.last, 200);
  Measure(store, "country, edges within months", Units(100, communes, edges), edges.last, 10);
  return 0;
}

}  // namespace
}  // namespace phoihop::opinions

int main(int argc, char** argv) {
  phoihop::config::Init(argc, argv, "Measures how long counting petitions takes.");
  return phoihop::opinions::Main();
}
