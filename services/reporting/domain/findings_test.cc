#include "services/reporting/domain/findings.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace phoihop::reporting {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const std::string kComplaints(kComplaintsResolved);

std::vector<IndicatorValue> Recorded() {
  Figures figures;
  figures.complaints = {381, 407};
  figures.recommendations = {1573, 2021};
  figures.opinion_entries = 48;
  return ToIndicators(figures, {});
}

TEST(FindingsTest, TypedRateOfCanThoDisagreesWithItsOwnParts) {
  TypedFigure figure;
  figure.label = "Tỷ lệ giải quyết khiếu nại, tố cáo";
  figure.rate_text = "88,1%";
  figure.numerator = 381;
  figure.denominator = 407;
  EXPECT_THAT(
      Compare({figure}, {}),
      ElementsAre(Finding{Finding::Kind::kRateDisagreesWithParts, figure.label, "", "88,1%",
                          "93,6%", "381/407",
                          "“Tỷ lệ giải quyết khiếu nại, tố cáo” ghi 88,1%, nhưng 381/407 là "
                          "93,6%."}));
}

TEST(FindingsTest, TypedRateOfCanThoDisagreesWithTheRecords) {
  TypedFigure figure;
  figure.label = "Tỷ lệ giải quyết khiếu nại, tố cáo";
  figure.indicator = kComplaints;
  figure.rate_text = "88,1%";
  EXPECT_THAT(Compare({figure}, Recorded()),
              ElementsAre(Finding{
                  Finding::Kind::kDisagreesWithRecords, figure.label, kComplaints, "88,1%", "93,6%",
                  "381/407",
                  "“Tỷ lệ giải quyết khiếu nại, tố cáo” ghi 88,1%, nhưng theo số liệu đã ghi nhận "
                  "là 93,6% (381/407)."}));
}

TEST(FindingsTest, TotalOfDienBienDisagreesWithItsParts) {
  TypedFigure figure;
  figure.label = "Văn bản đã ban hành";
  figure.total = 69;
  figure.parts = {{"Kế hoạch", 6},
                  {"Báo cáo sơ kết, tổng kết", 9},
                  {"Đề án", 1},
                  {"Chương trình", 2},
                  {"Báo cáo báo chí tuần", 52}};
  EXPECT_THAT(
      Compare({figure}, {}),
      ElementsAre(Finding{Finding::Kind::kTotalDisagreesWithParts, figure.label, "", "69", "70",
                          "6+9+1+2+52",
                          "“Văn bản đã ban hành” ghi tổng là 69, nhưng cộng các phần 6+9+1+2+52 "
                          "được 70."}));
  figure.total = 70;
  EXPECT_THAT(Compare({figure}, {}), IsEmpty());
}

TEST(FindingsTest, WhatAgreesIsNoFinding) {
  TypedFigure figure;
  figure.label = "Kiến nghị, phản ánh";
  figure.indicator = std::string(kRecommendationsResolved);
  figure.numerator = 1573;
  figure.denominator = 2021;
  for (const char* rate : {"77,8%", "78%", "77,83%", "77.8%", ""}) {
    figure.rate_text = rate;
    EXPECT_THAT(Compare({figure}, Recorded()), IsEmpty()) << rate;
  }
}

TEST(FindingsTest, EachTypedPartIsComparedWithTheRecords) {
  TypedFigure figure;
  figure.label = "Khiếu nại";
  figure.indicator = kComplaints;
  figure.numerator = 380;
  figure.denominator = 400;
  figure.rate_text = "95%";
  const auto findings = Compare({figure}, Recorded());
  ASSERT_THAT(findings, SizeIs(3));
  EXPECT_EQ(findings[0].typed_text, "95%");
  EXPECT_EQ(findings[0].computed_text, "93,6%");
  EXPECT_EQ(findings[1].message, "“Khiếu nại” ghi tử số là 380, nhưng số liệu đã ghi nhận là 381.");
  EXPECT_EQ(findings[2].message,
            "“Khiếu nại” ghi mẫu số là 400, nhưng số liệu đã ghi nhận là 407.");
  for (const Finding& finding : findings) {
    EXPECT_EQ(finding.kind, Finding::Kind::kDisagreesWithRecords);
    EXPECT_EQ(finding.computation, "381/407");
  }
}

TEST(FindingsTest, PlainCountIsComparedWithTheRecords) {
  TypedFigure figure;
  figure.label = "Ý kiến";
  figure.indicator = std::string(kOpinionEntries);
  figure.numerator = 48;
  EXPECT_THAT(Compare({figure}, Recorded()), IsEmpty());
  figure.numerator = 1050;
  const auto findings = Compare({figure}, Recorded());
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].typed_text, "1.050");
  EXPECT_EQ(findings[0].computed_text, "48");
  figure.numerator.reset();
  figure.total = 49;
  EXPECT_THAT(Compare({figure}, Recorded()), SizeIs(1));
}

TEST(FindingsTest, MissingIsNotZero) {
  TypedFigure figure;
  figure.label = "Xã đã ký";
  figure.indicator = "agreements.signed.commune";
  figure.numerator = 83;
  figure.denominator = 83;
  auto findings = Compare({figure}, Recorded());
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].typed_text, "83/83");
  EXPECT_EQ(findings[0].computed_text, "không có số liệu");

  TypedFigure rate;
  rate.label = "Khiếu nại";
  rate.indicator = kComplaints;
  rate.rate_text = "0%";
  findings = Compare({rate}, ToIndicators(Figures(), {}));
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].computed_text, "không tính được");
  EXPECT_EQ(findings[0].computation, "0/0");
}

TEST(FindingsTest, MoreTypedDecimalsShowWhereTheyDiffer) {
  TypedFigure figure;
  figure.label = "x";
  figure.rate_text = "93,62%";
  figure.numerator = 381;
  figure.denominator = 407;
  const auto findings = Compare({figure}, {});
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].computed_text, "93,61%");
}

TEST(FindingsTest, FindingsComeInTheOrderOfTheFigures) {
  TypedFigure a, b;
  a.label = "a";
  a.total = 1;
  a.parts = {{"p", 2}};
  b.label = "b";
  b.total = 3;
  b.parts = {{"p", 4}};
  const auto findings = Compare({a, b}, {});
  ASSERT_THAT(findings, SizeIs(2));
  EXPECT_EQ(findings[0].label, "a");
  EXPECT_EQ(findings[1].label, "b");
}

TEST(FindingsTest, FigureWithoutAnythingToCompareIsToldApart) {
  TypedFigure figure;
  figure.label = "x";
  EXPECT_FALSE(IsComparable(figure));
  figure.rate_text = "88,1%";
  EXPECT_FALSE(IsComparable(figure));
  figure.numerator = 1;
  EXPECT_FALSE(IsComparable(figure));
  figure.denominator = 2;
  EXPECT_TRUE(IsComparable(figure));

  TypedFigure total;
  total.total = 3;
  EXPECT_FALSE(IsComparable(total));
  total.parts = {{"p", 3}};
  EXPECT_TRUE(IsComparable(total));

  TypedFigure claim;
  claim.indicator = kComplaints;
  EXPECT_FALSE(IsComparable(claim));
  claim.rate_text = "88,1%";
  EXPECT_TRUE(IsComparable(claim));
  claim.indicator = std::string(kOpinionEntries);
  EXPECT_FALSE(IsComparable(claim));
}

}  // namespace
}  // namespace phoihop::reporting
