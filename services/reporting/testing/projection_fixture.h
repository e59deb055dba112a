// A projection in a real database, for tests.
#ifndef PHOIHOP_SERVICES_REPORTING_TESTING_PROJECTION_FIXTURE_H_
#define PHOIHOP_SERVICES_REPORTING_TESTING_PROJECTION_FIXTURE_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "common/access/testing_tree.h"
#include "common/mysql/migrate.h"
#include "common/mysql/pool.h"
#include "common/testing/status_matchers.h"
#include "common/testing/test_database.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "migrations/reporting_store.h"
#include "services/reporting/domain/layout.h"
#include "services/reporting/domain/rollup.h"
#include "services/reporting/store/mysql_projection_store.h"
#include "services/reporting/testing/random_records.h"

namespace phoihop::reporting {

using ::phoihop::testing::IsOk;
using ::phoihop::testing::IsOkAndHolds;
using ::phoihop::testing::StatusIs;

class ProjectionFixture : public ::testing::Test {
 protected:
  void SetUp() override {
    database_ = TestDatabase::Get().NewSchema();
    auto admin = mysql::Connection::Open(database_);
    ASSERT_THAT(admin, IsOk());
    admin_ = *std::move(admin);
    ASSERT_THAT(mysql::Migrate(*admin_, migrations::reporting_store()), IsOk());
    auto pool = mysql::Pool::Create({.connection = database_, .size = 12});
    ASSERT_THAT(pool, IsOk());
    pool_ = *std::move(pool);
    store_ = std::make_unique<MysqlProjectionStore>(*pool_);
  }

  static absl::Time Soon() { return absl::Now() + absl::Seconds(30); }

  std::vector<SegmentCounts> Count(const std::vector<Segment>& segments, absl::CivilDay end) {
    std::vector<SegmentCounts> counts;
    EXPECT_THAT(store_->Read(Soon(),
                             [&](ProjectionView& view) {
                               auto counted = view.Count(segments, end);
                               if (counted.ok()) counts = *counted;
                               return counted.status();
                             }),
                IsOk());
    return counts;
  }

  std::vector<AgreementRow> Descendants(const std::string& id) {
    std::vector<AgreementRow> found;
    EXPECT_THAT(store_->Read(Soon(),
                             [&](ProjectionView& view) {
                               auto descendants = view.Descendants(id);
                               if (descendants.ok()) found = *descendants;
                               return descendants.status();
                             }),
                IsOk());
    return found;
  }

  // Compares random reports with a plain recount of the records.
  void ExpectCountsEqual(RandomRecords& records, int reports) {
    const auto petitions = records.petitions();
    const auto opinions = records.opinions();
    for (int i = 0; i < reports; ++i) {
      DayInterval days{records.PickDay(), records.PickDay()};
      if (days.last < days.first) std::swap(days.first, days.last);
      const int64_t root = tree_->ids()[records.Pick(static_cast<int>(tree_->ids().size()))];
      const std::optional<Layout> layout = MakeLayout(*tree_, root, days);
      if (!layout.has_value()) continue;
      ASSERT_EQ(Count(layout->segments, days.last),
                CountPlainly(petitions, opinions, layout->segments, days.last))
          << "units/" << root << " " << days.first << ".." << days.last;
    }
  }

  int64_t Number(const std::string& sql) {
    int64_t number = -1;
    EXPECT_THAT(admin_->Query(sql, {},
                              [&](const mysql::Row& row) {
                                number = row.Int(0);
                                return absl::OkStatus();
                              }),
                IsOk())
        << sql;
    return number;
  }

  const std::shared_ptr<const access::UnitTree> tree_ = access::TestTree();
  mysql::ConnectionOptions database_;
  std::unique_ptr<mysql::Connection> admin_;
  std::unique_ptr<mysql::Pool> pool_;
  std::unique_ptr<MysqlProjectionStore> store_;
};

// Two years over a moved commune and the reform.
inline constexpr DayInterval kYears{absl::CivilDay(2023, 11, 15), absl::CivilDay(2025, 10, 20)};

}  // namespace phoihop::reporting

#endif  // PHOIHOP_SERVICES_REPORTING_TESTING_PROJECTION_FIXTURE_H_
