#include "services/agreements/coverage/csv.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "services/agreements/coverage/table.h"

namespace phoihop::agreements {
namespace {

std::string Row(const std::vector<std::string>& cells) {
  CsvWriter csv(false);
  csv.AddRow(cells);
  return csv.Take();
}

TEST(CsvTest, CellsAreQuotedAsRfc4180HasIt) {
  EXPECT_EQ(Row({"a", "", "Cần Thơ"}), "a,,Cần Thơ\r\n");
  EXPECT_EQ(Row({"a,b", "say \"so\"", "two\nlines"}),
            "\"a,b\",\"say \"\"so\"\"\",\"two\nlines\"\r\n");
  EXPECT_EQ(Row({}), "\r\n");
}

TEST(CsvTest, NothingIsAFormula) {
  for (const std::string cell : {"=1+1", "+1", "-1", "@SUM(A1)", "\t=1"}) {
    EXPECT_EQ(Row({cell}), "'" + cell + "\r\n");
  }
  EXPECT_EQ(Row({"=HYPERLINK(\"x\",\"y\")"}), "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\"\r\n");
  EXPECT_EQ(Row({"\r\n=1"}), "\"'\r\n=1\"\r\n");
  // Only the first character tells.
  EXPECT_EQ(Row({"a=1", "31117"}), "a=1,31117\r\n");
}

TEST(CsvTest, ByteOrderMarkComesFirstWhenAsked) {
  CsvWriter csv(true);
  csv.AddRow(std::vector<std::string>{"a"});
  EXPECT_EQ(csv.Take(),
            "\xEF\xBB\xBF"
            "a\r\n");
}

TEST(CoverageTableTest, EndsBeyondItsLimit) {
  const access::UnitVersion version{kFirstDay, kEndOfDays, "31117", "Phường Cái Khế",
                                    "",        "COMMUNE",  0};
  access::UnitTree::Builder builder;
  const auto tree = std::move(builder.Add(1, version)).Build();
  CoverageRow row;
  row.unit = {1, &version, 0};
  row.state = CoverageState::kSigned;
  row.since = row.first_in_force = absl::CivilDay(2020, 1, 2);
  row.last_in_force = absl::CivilDay(2022, 3, 4);
  row.agreement = "id";
  row.agreement_number = "02-CTr/QU";
  std::vector<CoverageRow> rows(100, row);
  SetDue(absl::CivilDay(2020, 6, 30), absl::CivilDay(2023, 1, 1), rows);
  EXPECT_FALSE(rows[0].overdue) << "late, but signed";
  const auto csv = ToCsv(*tree, rows, absl::CivilDay(2023, 1, 1), false, false, 100000);
  ASSERT_TRUE(csv.has_value());
  EXPECT_EQ(csv->substr(0, csv->find("Xã,")),
            "Cấp,Mã đơn vị,Tên đơn vị,Tình trạng,Kể từ ngày,Số văn bản,Chương trình phối hợp,"
            "Ký lần đầu (ngày hiệu lực),Ký gần nhất (ngày hiệu lực),Hạn ký,Quá hạn\r\n");
  EXPECT_NE(csv->find("Xã,31117,Phường Cái Khế,Đã ký,02/01/2020,02-CTr/QU,agreements/id,"
                      "02/01/2020,04/03/2022,30/06/2020,\r\n"),
            std::string::npos);
  EXPECT_FALSE(ToCsv(*tree, rows, absl::CivilDay(2023, 1, 1), false, false, 1000).has_value());
}

}  // namespace
}  // namespace phoihop::agreements
