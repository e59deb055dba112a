#include "services/reporting/domain/indicators.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace phoihop::reporting {
namespace {

using ::testing::ElementsAre;

const std::vector<std::string> kLevels = {"DISTRICT", "COMMUNE"};

TEST(IndicatorsTest, AreNamedAndOrderedAsReportsShowThem) {
  Figures figures;
  figures.complaints = {381, 407};
  figures.recommendations = {1573, 2021};
  figures.signed_by_level = {{9, 9}, {82, 83}};
  figures.opinion_entries = 12;
  EXPECT_THAT(ToIndicators(figures, kLevels),
              ElementsAre(IndicatorValue{"petitions.complaints_and_denunciations.resolved",
                                         "Khiếu nại, tố cáo đã giải quyết", 381, 407},
                          IndicatorValue{"petitions.recommendations_and_feedback.resolved",
                                         "Kiến nghị, phản ánh đã giải quyết", 1573, 2021},
                          IndicatorValue{"agreements.signed.district",
                                         "Chương trình phối hợp đã ký ở cấp huyện", 9, 9},
                          IndicatorValue{"agreements.signed.commune",
                                         "Chương trình phối hợp đã ký ở cấp xã", 82, 83},
                          IndicatorValue{"opinions.entries", "Ý kiến dư luận xã hội đã ghi nhận",
                                         12, std::nullopt}));
}

TEST(IndicatorsTest, RatesAreReadInVietnameseAndMissingIsNotZero) {
  EXPECT_EQ(RateText({"x", "", 381, 407}), "93,6%");
  EXPECT_EQ(RateText({"x", "", 0, 7}), "0,0%");
  EXPECT_EQ(RateText({"x", "", 0, 0}), "");
  EXPECT_EQ(RateText({"x", "", 12, std::nullopt}), "");
}

TEST(IndicatorsTest, SumsAddPartByPart) {
  Figures a{{1, 2}, {3, 4}, 5, {{1, 1}}};
  a += Figures{{10, 20}, {30, 40}, 50, {{1, 2}, {3, 4}}};
  EXPECT_EQ(a, (Figures{{11, 22}, {33, 44}, 55, {{2, 3}, {3, 4}}}));
}

TEST(IndicatorsTest, KnowsItsKeys) {
  EXPECT_TRUE(IsIndicator("petitions.complaints_and_denunciations.resolved", kLevels));
  EXPECT_TRUE(IsIndicator("opinions.entries", kLevels));
  EXPECT_TRUE(IsIndicator("agreements.signed.commune", kLevels));
  EXPECT_FALSE(IsIndicator("agreements.signed.village", kLevels));
  EXPECT_FALSE(IsIndicator("agreements.signed.COMMUNE", kLevels));
  EXPECT_FALSE(IsIndicator("", kLevels));
  EXPECT_TRUE(IsRate("agreements.signed.commune"));
  EXPECT_FALSE(IsRate("opinions.entries"));
}

}  // namespace
}  // namespace phoihop::reporting
