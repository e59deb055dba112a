#include "common/text/text.h"

#include <algorithm>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include "common/testing/status_matchers.h"
#include "gtest/gtest.h"

namespace phoihop {
namespace {

using testing::IsOkAndHolds;
using testing::StatusIs;

struct Pair {
  std::string in, out;
};

class FoldTest : public ::testing::TestWithParam<Pair> {};

TEST_P(FoldTest, IsWrittenWithoutMarks) { EXPECT_EQ(Fold(GetParam().in), GetParam().out); }

INSTANTIATE_TEST_SUITE_P(
    Vietnamese, FoldTest,
    ::testing::Values(Pair{"Thành", "thanh"}, Pair{"Đống Đa", "dong da"}, Pair{"đ", "d"},
                      Pair{"Đ", "d"}, Pair{"ư", "u"}, Pair{"ơ", "o"}, Pair{"Ư Ơ", "u o"},
                      Pair{"ă â ê ô", "a a e o"}, Pair{"Hoà Bình", "hoa binh"},
                      Pair{"Hòa Bình", "hoa binh"}, Pair{"Thành\u00a0Yên", "thanh yen"},
                      Pair{"  Thành   Yên\t", "thanh yen"}, Pair{"Quận 1", "quan 1"},
                      Pair{"Tha\u0300nh", "thanh"}, Pair{"Ea H'leo", "ea h'leo"}, Pair{"", ""},
                      Pair{"\xff\xfe", ""}));

class CleanTest : public ::testing::TestWithParam<Pair> {};

TEST_P(CleanTest, IsStoredInOneForm) {
  EXPECT_THAT(Clean(GetParam().in), IsOkAndHolds(GetParam().out));
}

INSTANTIATE_TEST_SUITE_P(
    Text, CleanTest,
    ::testing::Values(Pair{"Thành", "Thành"}, Pair{"Tha\u0300nh", "Thành"},
                      Pair{"Đie\u0302\u0323n Bie\u0302n", "Điện Biên"},
                      Pair{"Cần\u00a0Thơ", "Cần Thơ"}, Pair{"\u00a0 Cần Thơ \u3000", "Cần Thơ"},
                      Pair{"một\r\nhai\rba", "một\nhai\nba"}, Pair{"a\tb", "a\tb"},
                      Pair{"\ufeff238-QĐ/TW\u200b", "238-QĐ/TW"}, Pair{"", ""}));

class BadTextTest : public ::testing::TestWithParam<std::string> {};

TEST_P(BadTextTest, IsRefused) {
  EXPECT_THAT(Clean(GetParam()), StatusIs(absl::StatusCode::kInvalidArgument));
}

INSTANTIATE_TEST_SUITE_P(Text, BadTextTest,
                         ::testing::Values(std::string("a\0b", 3), "a\x1b[31m", "a\x7f", "\xff",
                                           "a\xc3", "\xed\xa0\x80", "\xc0\xaf", "a\u202eb",
                                           "a\u2066b"));

TEST(TextTest, BothFormsAndBothSpellingsFoldAlike) {
  EXPECT_EQ(Fold("Hoà"), Fold("Hòa"));
  EXPECT_EQ(Fold("Điện Biên"), Fold("Đie\u0302\u0323n Bie\u0302n"));
  EXPECT_NE(Fold("Sơn Hà"), Fold("Sơn Hạc"));
}

TEST(TextTest, CaseFoldsAndMarksStay) {
  EXPECT_EQ(FoldCase("Đất\u00a0 ĐAI"), "đất đai");
  EXPECT_EQ(FoldCase("Hoa\u0300"), FoldCase("HOÀ"));
  EXPECT_NE(FoldCase("bán"), FoldCase("bản"));
  EXPECT_EQ(FoldCase("\xff"), "");
}

TEST(TextTest, CharactersAreCountedNotBytes) {
  EXPECT_EQ(CharCount("Cần Thơ"), 7);
  EXPECT_EQ(CharCount(""), 0);
  EXPECT_EQ(CharCount("a\xff"), 2);
}

TEST(TextTest, SortKeysOrderByTheVietnameseAlphabet) {
  const std::vector<std::string> ordered = {
      "An Giang", "Ăn",  "Âu", "Bà Rịa", "Cần Thơ", "Cơ", "Dĩ An", "Đà Nẵng", "Ea",
      "Hoa",      "Hoà", "Hồ", "Hơ",     "Ô",       "Ơ",  "U",     "Ư",       "Yên"};
  std::vector<std::string> sorted = ordered;
  std::reverse(sorted.begin(), sorted.end());
  std::sort(sorted.begin(), sorted.end(),
            [](const std::string& a, const std::string& b) { return SortKey(a) < SortKey(b); });
  EXPECT_EQ(sorted, ordered);
  EXPECT_EQ(SortKey(""), "");
  EXPECT_EQ(SortKey("Tha\u0300nh"), SortKey("Thành"));
}

TEST(TextTest, SortKeysAreTheSameFromSeveralThreads) {
  const std::string expected = SortKey("Thành phố Cần Thơ");
  std::vector<std::thread> threads;
  threads.reserve(4);
  std::vector<int> wrong(4, 0);
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 1000; ++i) wrong[t] += SortKey("Thành phố Cần Thơ") != expected;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, std::vector<int>(4, 0));
}

TEST(TextTest, CountsAreGrouped) {
  EXPECT_EQ(FormatCountVi(0), "0");
  EXPECT_EQ(FormatCountVi(407), "407");
  EXPECT_EQ(FormatCountVi(1573), "1.573");
  EXPECT_EQ(FormatCountVi(2470523), "2.470.523");
  EXPECT_EQ(FormatCountVi(-1000), "-1.000");
  EXPECT_EQ(FormatCountVi(std::numeric_limits<int64_t>::min()), "-9.223.372.036.854.775.808");
}

struct Rate {
  int64_t numerator, denominator;
  std::string text;
};

class RateTest : public ::testing::TestWithParam<Rate> {};

TEST_P(RateTest, IsRoundedHalfUp) {
  EXPECT_EQ(FormatRateVi(GetParam().numerator, GetParam().denominator), GetParam().text);
}

INSTANTIATE_TEST_SUITE_P(Rates, RateTest,
                         ::testing::Values(Rate{381, 407, "93,6%"}, Rate{1573, 2021, "77,8%"},
                                           Rate{9, 9, "100,0%"}, Rate{0, 7, "0,0%"}, Rate{1, 0, ""},
                                           Rate{0, 0, ""}, Rate{-1, 5, ""}, Rate{1, -5, ""},
                                           Rate{1, 2000, "0,1%"}, Rate{1, 2001, "0,0%"},
                                           Rate{125, 10000, "1,3%"}, Rate{3, 2, "150,0%"},
                                           Rate{15, 1, "1.500,0%"},
                                           Rate{9007199254740993, 9007199254740993, "100,0%"}));

TEST(TextTest, TypedPercentagesAreRead) {
  EXPECT_EQ(ParsePermilleVi("88,1%"), 881);
  EXPECT_EQ(ParsePermilleVi(" 88.1 % "), 881);
  EXPECT_EQ(ParsePermilleVi("88,1\u00a0%"), 881);
  EXPECT_EQ(ParsePermilleVi("88%"), 880);
  EXPECT_EQ(ParsePermilleVi("88,10"), 881);
  EXPECT_EQ(ParsePermilleVi("100,0%"), 1000);
  for (const char* bad : {"", "%", ",1%", "88,%", "88,15%", "8 8%", "-1%", "+1%", "88,1%%",
                          "1.234,5%", "12345678%", "tám"}) {
    EXPECT_EQ(ParsePermilleVi(bad), std::nullopt) << bad;
  }
}

TEST(TextTest, TypedRateOfCanThoDiffersFromItsParts) {
  EXPECT_NE(ParsePermilleVi("88,1%"), RatePermille(381, 407));
  EXPECT_EQ(ParsePermilleVi(FormatRateVi(381, 407)), RatePermille(381, 407));
}

}  // namespace
}  // namespace phoihop
