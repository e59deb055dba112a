#include "services/agreements/signatures/text_header.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace phoihop::agreements {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(TextHeaderTest, HeadAndPartiesAreRead) {
  const auto header = ReadTextHeader(
      "PHOIHOP-AGREEMENT-TEXT/2\nChương trình: agreements/b\nGia hạn: agreements/a\nLượt ký: 2\n"
      "Tên: Số: 7\nSố: 02-CTr/BTGTU\n\nCĂN CỨ\n1. 238-QĐ/TW\n\n"
      "CÁC BÊN\n1. Ban [khối Đảng] [bodies/x]\n2. [bodies/y]\n\n"
      "NỘI DUNG\nĐiều 1. [Nội dung khác]\n  \n  CÁC BÊN\n  3. Ai đó [bodies/z]\n");
  ASSERT_TRUE(header.has_value());
  EXPECT_EQ(header->agreement, "agreements/b");
  EXPECT_EQ(header->amends, "agreements/a");
  EXPECT_EQ(header->title, "Số: 7");
  EXPECT_EQ(header->document_number, "02-CTr/BTGTU");
  EXPECT_THAT(header->parties,
              ElementsAre(TextParty{"bodies/x", "Ban [khối Đảng]"}, TextParty{"bodies/y", ""}));
}

TEST(TextHeaderTest, WhoHasToSignIsRead) {
  const std::string head =
      "PHOIHOP-AGREEMENT-TEXT/3\nChương trình: agreements/b\n\n"
      "CÁC BÊN\n1. A [bodies/a]\n2. B [bodies/b]\n3. C [bodies/c]\n";
  const auto groups = [&](const std::string& rest) { return ReadTextHeader(head + rest)->groups; };
  EXPECT_THAT(groups("\nTHỨ TỰ KÝ\n1. Cần 1 trong 2 bên ký: 1, 3\n2. Cần 1 trong 1 bên ký: 2\n\n"
                     "NỘI DUNG\n"),
              ElementsAre(TextGroup{1, {0, 2}}, TextGroup{1, {1}}));
  // What is not understood is not guessed.
  EXPECT_THAT(groups(""), IsEmpty());
  EXPECT_THAT(groups("\nTHỨ TỰ KÝ\n1. Cần 1 trong 1 bên ký: 4\n"), IsEmpty());
  EXPECT_THAT(groups("\nTHỨ TỰ KÝ\n1. Cần 1 trong 1 bên ký: 1\nkhác\n"), IsEmpty());
  EXPECT_THAT(groups("\nNỘI DUNG\nĐiều 1. [Nội dung khác]\n  \n  THỨ TỰ KÝ\n"
                     "  1. Cần 1 trong 1 bên ký: 1\n"),
              IsEmpty());
}

TEST(TextHeaderTest, OtherTextsAreNone) {
  EXPECT_FALSE(ReadTextHeader("").has_value());
  EXPECT_FALSE(ReadTextHeader("Chương trình: agreements/a\n").has_value());
  EXPECT_FALSE(ReadTextHeader("PHOIHOP-AGREEMENT-TEXT/2\nTên: A\n").has_value());
  EXPECT_FALSE(
      ReadTextHeader("PHOIHOP-AGREEMENT-TEXT/4\nChương trình: agreements/a\n").has_value());
  EXPECT_TRUE(ReadTextHeader("PHOIHOP-AGREEMENT-TEXT/1\nChương trình: agreements/a\n").has_value());
}

}  // namespace
}  // namespace phoihop::agreements
