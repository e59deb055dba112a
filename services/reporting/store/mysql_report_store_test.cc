#include "services/reporting/store/mysql_report_store.h"

#include "services/reporting/testing/projection_fixture.h"

namespace phoihop::reporting {
namespace {

using absl::CivilDay;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ReportStoreTest : public ProjectionFixture {
 protected:
  void Insert(const std::string& id, CivilDay first, CivilDay last, int64_t unit = 2) {
    ledger::Transaction tx(*admin_, kNow);
    StoredReport report{id, unit, {first, last}, kNow, "head " + id, std::string("rows\0", 5) + id};
    ASSERT_THAT(reports().Insert(tx, report), IsOk());
  }

  MysqlReportStore& reports() {
    if (!reports_.has_value()) reports_.emplace(*pool_);
    return *reports_;
  }

  std::vector<std::string> List(CivilDay by, const std::optional<ReportKey>& after = std::nullopt,
                                int limit = 10) {
    const auto found = reports().List(2, by, after, limit, Soon());
    EXPECT_THAT(found, IsOk());
    std::vector<std::string> ids;
    for (const StoredReport& report : *found) {
      EXPECT_EQ(report.head, "head " + report.id);
      EXPECT_THAT(report.rows_below, IsEmpty());
      ids.push_back(report.id);
    }
    return ids;
  }

  const absl::Time kNow = absl::FromUnixMicros(1'698'112'800'123'456);

 private:
  std::optional<MysqlReportStore> reports_;
};

TEST_F(ReportStoreTest, ReportIsReadAsItWasStored) {
  Insert("r1", CivilDay(2020, 9, 30), CivilDay(2023, 10, 24));
  const auto found = reports().Get("r1", Soon());
  ASSERT_THAT(found, IsOk());
  ASSERT_TRUE(found->has_value());
  EXPECT_EQ((*found)->unit, 2);
  EXPECT_EQ((*found)->days, (DayInterval{CivilDay(2020, 9, 30), CivilDay(2023, 10, 24)}));
  EXPECT_EQ((*found)->create_time, kNow);
  EXPECT_EQ((*found)->rows_below, std::string("rows\0", 5) + "r1");
  EXPECT_THAT(reports().Get("R1", Soon()), IsOkAndHolds(::testing::Eq(std::nullopt)));
}

TEST_F(ReportStoreTest, ListIsNewestFirstAndContinuesByKey) {
  Insert("a", CivilDay(2020, 1, 1), CivilDay(2023, 10, 24));
  Insert("b", CivilDay(2021, 1, 1), CivilDay(2023, 10, 24));
  Insert("c", CivilDay(2021, 1, 1), CivilDay(2023, 10, 24));
  Insert("d", CivilDay(2022, 1, 1), CivilDay(2022, 12, 31));
  Insert("e", CivilDay(2022, 1, 1), CivilDay(2024, 12, 31));
  Insert("x", CivilDay(2022, 1, 1), CivilDay(2024, 12, 31), 3);
  const CivilDay end(2199, 12, 31);
  EXPECT_THAT(List(end), ElementsAre("e", "c", "b", "a", "d"));
  EXPECT_THAT(List(CivilDay(2023, 12, 31)), ElementsAre("c", "b", "a", "d"));
  EXPECT_THAT(List(CivilDay(2022, 12, 30)), IsEmpty());
  EXPECT_THAT(List(end, std::nullopt, 2), ElementsAre("e", "c"));
  EXPECT_THAT(List(end, ReportKey{CivilDay(2023, 10, 24), CivilDay(2021, 1, 1), "c"}, 2),
              ElementsAre("b", "a"));
  EXPECT_THAT(List(end, ReportKey{CivilDay(2023, 10, 24), CivilDay(2020, 1, 1), "a"}),
              ElementsAre("d"));
}

}  // namespace
}  // namespace phoihop::reporting
