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

TEST(DocumentNumberTest, PartsOfTheUsualFormsOfPartyAndState) {
  const auto parsed = [](std::string_view typed) { return ParseDocumentNumber(typed); };
  EXPECT_EQ(parsed("02-CTr/BTGTU-ĐĐHĐND-BCSĐUBNDTP"),
            (DocumentNumber{2, 0, "CTr", "BTGTU-ĐĐHĐND-BCSĐUBNDTP", true}));
  EXPECT_EQ(parsed("221 - QĐ/TW"), (DocumentNumber{221, 0, "QĐ", "TW", true}));
  EXPECT_EQ(parsed("221–QĐ / TW"), (DocumentNumber{221, 0, "QĐ", "TW", true}));
  EXPECT_EQ(parsed("\u00a0221\u00a0-\u00a0QĐ/TW\u202f"),
            (DocumentNumber{221, 0, "QĐ", "TW", true}));
  EXPECT_EQ(parsed("12/BC-UBND"), (DocumentNumber{12, 0, "BC", "UBND", false}));
  EXPECT_EQ(parsed("09/2019/NĐ-CP"), (DocumentNumber{9, 2019, "NĐ", "CP", false}));
  EXPECT_EQ(parsed("7/KH"), (DocumentNumber{7, 0, "KH", "", false}));
}

TEST(DocumentNumberTest, WhatIsNoNumberHasNoParts) {
  for (const char* typed : {"", "Không số", "12", "CTr/TU", "1234567890-CTr/TU"}) {
    EXPECT_EQ(ParseDocumentNumber(typed), DocumentNumber()) << typed;
  }
  EXPECT_EQ(ParseDocumentNumber("5-").number, 5);
}

}  // namespace
}  // namespace phoihop::agreements
