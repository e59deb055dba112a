#include "services/reporting/domain/typed_rate.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace phoihop::reporting {
namespace {

using ::testing::Optional;

TEST(TypedRateTest, ReadsWhatPeopleType) {
  EXPECT_THAT(ParseTypedRate("88,1%"), Optional(TypedRate{881, 1}));
  EXPECT_THAT(ParseTypedRate(" 88.1 % "), Optional(TypedRate{881, 1}));
  EXPECT_THAT(ParseTypedRate("94%"), Optional(TypedRate{94, 0}));
  EXPECT_THAT(ParseTypedRate("94"), Optional(TypedRate{94, 0}));
  EXPECT_THAT(ParseTypedRate("93,62%"), Optional(TypedRate{9362, 2}));
  EXPECT_THAT(ParseTypedRate("0,0%"), Optional(TypedRate{0, 1}));
  EXPECT_THAT(ParseTypedRate("100%"), Optional(TypedRate{100, 0}));
}

TEST(TypedRateTest, RefusesWhatIsNoFigure) {
  for (const char* text : {"", "%", ",5%", "5,%", "-5%", "khoảng 90%", "90%%", "9 0%", "1,2,3%",
                           "12345%", "1,00001%", "1e3%", "90%\n90%"}) {
    EXPECT_EQ(ParseTypedRate(text), std::nullopt) << text;
  }
}

TEST(TypedRateTest, AgreesAtItsOwnNumberOfDecimals) {
  struct Case {
    TypedRate typed;
    int64_t numerator, denominator;
    bool agrees;
  };
  const Case cases[] = {
      {{936, 1}, 381, 407, true},    // 93,6117...
      {{881, 1}, 381, 407, false},   //
      {{94, 0}, 381, 407, true},     //
      {{93, 0}, 381, 407, false},    //
      {{9361, 2}, 381, 407, true},   //
      {{9362, 2}, 381, 407, false},  //
      {{778, 1}, 1573, 2021, true},  // 77,8327...
      {{779, 1}, 1573, 2021, false},
      {{100, 0}, 83, 83, true},
      {{1000, 1}, 83, 83, true},
      {{99, 0}, 83, 83, false},
      {{0, 1}, 0, 5, true},
      {{125, 1}, 1, 8, true},  // 12,5 exactly
      {{12, 0}, 1, 8, true},   // between 12 and 13: rounded either way
      {{13, 0}, 1, 8, true},
      {{11, 0}, 1, 8, false},
      {{14, 0}, 1, 8, false},
      {{0, 0}, 0, 0, false},
      {{100, 0}, 0, 0, false},
      {{5000, 2}, 500'000'000'000, 1'000'000'000'000, true},
      {{5001, 2}, 500'000'000'000, 1'000'000'000'000, false},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(Agrees(c.typed, c.numerator, c.denominator), c.agrees)
        << c.typed.digits << "/" << c.typed.decimals << " of " << c.numerator << "/"
        << c.denominator;
  }
}

TEST(TypedRateTest, FormatsWithAsManyDecimalsAsAsked) {
  EXPECT_EQ(FormatRate(381, 407, 1), "93,6%");
  EXPECT_EQ(FormatRate(381, 407, 0), "94%");
  EXPECT_EQ(FormatRate(381, 407, 3), "93,612%");
  EXPECT_EQ(FormatRate(1, 8, 0), "13%");
  EXPECT_EQ(FormatRate(1, 2000, 2), "0,05%");
  EXPECT_EQ(FormatRate(30, 1, 1), "3.000,0%");
  EXPECT_EQ(FormatRate(0, 0, 1), "");
}

}  // namespace
}  // namespace phoihop::reporting
