// How long a leader waits for what is due: the summary and the first page of the country, of a
// province and of a commune, over 10.000 and 1.000.000 obligations, beside a raw point select.
//
//   build/bin/due_bench --sizes=10000,1000000
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
#include "common/access/snapshot.h"
#include "common/config/config.h"
#include "common/ledger/prepare.h"
#include "common/ledger/writer.h"
#include "common/mysql/pool.h"
#include "common/paging/paging.h"
#include "common/rpc/context.h"
#include "common/testing/rpc.h"
#include "common/testing/test_database.h"
#include "common/time/civil.h"
#include "migrations/agreements_store.h"
#include "services/agreements/deadlines/mysql_obligation_book.h"
#include "services/agreements/due/handlers.h"
#include "services/agreements/due/mysql_due_store.h"

ABSL_FLAG(std::vector<std::string>, sizes, std::vector<std::string>({"10000", "1000000"}),
          "Obligations of each run");
ABSL_FLAG(int, calls, 300, "Calls of each kind");

namespace phoihop::agreements {
namespace {

constexpr int kProvinces = 34;
constexpr int kCommunes = 3321;
constexpr int kBodies = 4;
constexpr absl::CivilDay kToday(2026, 3, 4);
constexpr int64_t kFirstProvince = 2;
constexpr int64_t kFirstCommune = 100;

void Check(const absl::Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "%s\n", status.ToString().c_str());
  std::exit(1);
}

std::shared_ptr<const access::UnitTree> Country() {
  access::UnitTree::Builder builder;
  const auto add = [&](int64_t id, const std::string& code, std::string_view level,
                       int64_t parent) {
    builder.Add(
        id, access::UnitVersion{kFirstDay, kEndOfDays, code, code, "", std::string(level), parent});
  };
  add(access::kCountryUnit, "VN", access::kCountryLevel, 0);
  for (int i = 0; i < kProvinces; ++i) {
    add(kFirstProvince + i, absl::StrFormat("%02d", i), access::kProvinceLevel,
        access::kCountryUnit);
  }
  for (int i = 0; i < kCommunes; ++i) {
    add(kFirstCommune + i, absl::StrFormat("%05d", i), access::kCommuneLevel,
        kFirstProvince + i % kProvinces);
  }
  return std::move(builder).Build(1);
}

// Spread over the country's units and their bodies, due from half a year ago to a year and a
// half from now; of what was due before today two in five are still open.
void Fill(mysql::Connection& db, int count) {
  const int units = kProvinces + kCommunes;
  Check(db.Begin());
  for (int at = 0; at < count;) {
    std::string sql =
        "INSERT INTO obligations (id, obligation_key, kind, resource, agreement_id, unit_id, "
        "body_id, area, title, basis, due_day, period_first, period_last, calculation_vi, "
        "calculation_en, calendar_revision, pauses, state, done_day, late, escalated, "
        "create_time, update_time, revision) VALUES ";
    const int end = std::min(count, at + 500);
    for (const int first = at; at < end; ++at) {
      const int place = static_cast<int>((at * 7919LL) % units);
      const int64_t unit =
          place < kProvinces ? kFirstProvince + place : kFirstCommune + place - kProvinces;
      const absl::CivilDay due = kToday - 180 + static_cast<int>((at * 104729LL) % 720);
      const bool done = due < kToday && at % 5 < 3;
      const std::string day = FormatDay(due);
      absl::StrAppendFormat(
          &sql,
          "%s('%026d','k%d',%d,'commitments/%d','a%d',%d,'b%d-%d',1,"
          "'Cung cấp lịch xét xử và kết quả giải quyết',"
          "'%s','%s','%s','%s','Ngày làm việc thứ 5 của tháng: %s.','Working day 5: %s.',1,'',%d,"
          "%s,%d,0,NOW(6),NOW(6),1)",
          at == first ? "" : ",", at, at, 3 + at % 4, at / 20, unit, unit, unit, at % kBodies, day,
          day, day, day, day, day, done ? 2 : 1, done ? absl::StrCat("'", day, "'") : "NULL",
          at % 7 == 0);
    }
    Check(db.Execute(sql).status());
    if (at % 20000 == 0) {
      Check(db.Commit());
      Check(db.Begin());
    }
  }
  // The figures as the book keeps them.
  for (const char* body : {"''", "body_id"}) {
    Check(db.Execute(absl::StrCat("INSERT INTO due_days SELECT ", body,
                                  ", due_day, unit_id, COUNT(*) FROM obligations WHERE state = 1 "
                                  "GROUP BY 1, 2, 3"))
              .status());
    Check(db.Execute(absl::StrCat("INSERT INTO due_totals SELECT ", body,
                                  ", unit_id, COUNT(*), SUM(due_day < '", FormatDay(kToday),
                                  "'), '", FormatDay(kToday), "', '", FormatDay(kToday),
                                  "' FROM obligations WHERE state = 1 GROUP BY 1, 2"))
              .status());
    Check(db.Execute(absl::StrCat("INSERT INTO due_done SELECT ", body,
                                  ", YEAR(done_day), unit_id, SUM(NOT late), SUM(late) FROM "
                                  "obligations WHERE state = 2 GROUP BY 1, 2, 3"))
              .status());
  }
  Check(db.Commit());
  Check(db.Execute("ANALYZE TABLE obligations, due_days, due_totals, due_done").status());
}

void Measure(const std::string& name, const std::function<std::string()>& call) {
  std::vector<absl::Duration> took;
  std::string result;
  for (int i = 0; i < absl::GetFlag(FLAGS_calls); ++i) {
    const absl::Time start = absl::Now();
    result = call();
    took.push_back(absl::Now() - start);
  }
  std::sort(took.begin(), took.end());
  std::printf("  %-34s p50 %7.2f ms  p99 %7.2f ms  %s\n", name.c_str(),
              absl::ToDoubleMilliseconds(took[took.size() / 2]),
              absl::ToDoubleMilliseconds(took[took.size() * 99 / 100]), result.c_str());
}

void Run(int count) {
  const mysql::ConnectionOptions database = TestDatabase::Get().NewSchema();
  mysql::ConnectionOptions patient = database;
  patient.statement_timeout = absl::ZeroDuration();
  patient.read_timeout = absl::Minutes(10);
  auto admin = mysql::Connection::Open(patient);
  Check(admin.status());
  ledger::PrepareOptions prepare;
  prepare.database = database.database;
  prepare.migrations = migrations::agreements_store();
  Check(ledger::PrepareDatabase(**admin, prepare));
  const absl::Time start = absl::Now();
  Fill(**admin, count);
  std::printf("%d obligations (stored in %.0f s)\n", count,
              absl::ToDoubleSeconds(absl::Now() - start));

  auto pool = mysql::Pool::Create({.connection = database, .size = 2});
  Check(pool.status());
  FakeClock clock(StartOfDay(kToday) + absl::Hours(9));
  ledger::Writer::Options writing;
  writing.connection = database;
  writing.clock = &clock;
  writing.service = "agreements";
  auto writer = ledger::Writer::Start(writing);
  Check(writer.status());
  const std::unique_ptr<DueStore> store = NewMysqlDueStore(pool->get());
  const std::unique_ptr<ObligationBook> book = NewMysqlObligationBook();
  const access::StaticSnapshot snapshots(
      Country(), {{"g1", "members/leader", "leader", "", access::kCountryUnit}});
  const PageTokens tokens(std::string(PageTokens::kKeySize, 'k'));
  const DueParts parts{store.get(), book.get(), writer->get(), &snapshots, &tokens};
  const rpc::RequestContext ctx({.caller = testing::Member("leader"), .clock = &clock});

  int n = 0;
  Measure("raw point select", [&] {
    std::string title;
    const std::string id = absl::StrFormat("%026d", (n += 7919) % count);
    Check(
        (**pool->get()->Acquire(absl::InfiniteFuture()))
            .Query("SELECT title FROM obligations WHERE id = ?", {id}, [&](const mysql::Row& row) {
              title = row.Text(0);
              return absl::OkStatus();
            }));
    return std::string();
  });
  for (const auto& [name, unit] : {std::pair<std::string, int64_t>{"country", access::kCountryUnit},
                                   {"province", kFirstProvince},
                                   {"commune", kFirstCommune}}) {
    v1::GetDueSummaryRequest summary;
    summary.set_unit(absl::StrCat("units/", unit));
    Measure(name + ": summary", [&] {
      const auto answer = GetDueSummary(parts, ctx, summary);
      Check(answer.status());
      return absl::StrCat("(open ", answer->total().open(), ", overdue ", answer->total().overdue(),
                          ", soon ", answer->total().upcoming(), ")");
    });
    v1::ListDueRequest list;
    list.set_unit(summary.unit());
    for (const auto bucket : {v1::ListDueRequest::BUCKET_UNSPECIFIED, v1::ListDueRequest::UPCOMING,
                              v1::ListDueRequest::TO_DELIVER}) {
      list.set_bucket(bucket);
      Measure(absl::StrCat(name, ": first page ",
                           bucket == 0 ? "" : v1::ListDueRequest::Bucket_Name(bucket)),
              [&] {
                const auto answer = ListDue(parts, ctx, list);
                Check(answer.status());
                return absl::StrCat("(", answer->items_size(), " items)");
              });
    }
  }
}

}  // namespace
}  // namespace phoihop::agreements

int main(int argc, char** argv) {
  phoihop::config::Init(argc, argv, "Measures how long a leader waits for what is due.");
  phoihop::TestDatabase::AddServerOption("--innodb-buffer-pool-size=1G");
  for (const std::string& size : absl::GetFlag(FLAGS_sizes)) {
    phoihop::agreements::Run(std::atoi(size.c_str()));
  }
  return 0;
}
