#include "services/agreements/domain/document_number.h"

#include "gtest/gtest.h"

namespace phoihop::agreements {
namespace {

TEST(DocumentNumberTest, WaysOfTypingOneNumberHaveOneKey) {
  EXPECT_EQ(DocumentKey("221 - QĐ/TW"), DocumentKey("221-QĐ/TW"));
  EXPECT_EQ(DocumentKey("221 – QĐ / TW"), DocumentKey("221-QĐ/TW"));
  EXPECT_EQ(DocumentKey("221\u00a0-\u00a0QĐ/TW"), DocumentKey("221-QD/TW"));
  EXPECT_EQ(DocumentKey("2-CTr/TU"), DocumentKey("02-CTR/TU "));
  EXPECT_EQ(DocumentKey("02-CTr/BTGTU-ĐĐHĐND-BCSĐUBNDTP"), "2-ctr/btgtu-ddhdnd-bcsdubndtp");
}

TEST(DocumentNumberTest, DifferentNumbersStayDifferent) {
  EXPECT_NE(DocumentKey("221-QĐ/TW"), DocumentKey("22-1QĐ/TW"));
  EXPECT_NE(DocumentKey("12/BC-UBND"), DocumentKey("12/BC-HĐND"));
  EXPECT_NE(DocumentKey("0/BC"), DocumentKey("1/BC"));
  EXPECT_NE(DocumentKey("9/2019/NĐ-CP"), DocumentKey("9/2020/NĐ-CP"));
}

TEST(DocumentNumberTest, OddInputIsKept) {
  EXPECT_EQ(DocumentKey(""), "");
  EXPECT_EQ(DocumentKey("0"), "0");
  EXPECT_EQ(DocumentKey("000"), "0");
  EXPECT_EQ(DocumentKey("Không số"), "khong so");
  EXPECT_EQ(DocumentKey(" - "), "-");
}

}  // namespace
}  // namespace phoihop::agreements
