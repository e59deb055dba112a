#include "services/agreements/domain/text.h"

#include <functional>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace phoihop::agreements {
namespace {

using absl::CivilDay;

Agreement Full() {
  Agreement a;
  a.id = "a";
  a.unit = 92;
  a.title = "Chương trình phối hợp";
  a.document_number = "02-CTr/TU";
  a.issuing_body = "party";
  a.document_series = "2020-2025";
  a.parties = {{.body = "party", .display_name = "Ban Tuyên giáo"}, {.body = "council"}};
  a.term_start = CivilDay(2020, 9, 30);
  a.term_end = CivilDay(2025, 9, 30);
  a.parent = "p";
  a.legal_bases = {{"238-QĐ/TW", "Quy định", CivilDay(2020, 9, 30), "Ban Bí thư"},
                   {"12/BC", "", {}, ""}};
  a.clauses = {{Area::kDuties, "Trách nhiệm", "Dòng một\nCÁC BÊN"}, {Area::kOther, "", "Khác"}};
  a.cascade_target = {{"DISTRICT", "COMMUNE"}, 0, {7, 8}, CivilDay(2021, 1, 1)};
  a.attachments = {{std::string(64, 'a'), "phu-luc.pdf"}};
  a.state = State::kSigning;
  a.signing_round = 3;
  return a;
}

TEST(TextTest, TextIsExactlyThis) {
  EXPECT_EQ(RenderText(Full()), R"(PHOIHOP-AGREEMENT-TEXT/3
Chương trình: agreements/a
Lượt ký: 3
Tên: Chương trình phối hợp
Số: 02-CTr/TU
Cơ quan cấp số: bodies/party
Kỳ đánh số: 2020-2025
Đơn vị: units/92
Thời hạn: 30/09/2020 - 30/09/2025
Thực hiện: agreements/p

CĂN CỨ
1. 238-QĐ/TW, ngày 30/09/2020, của Ban Bí thư, Quy định
2. 12/BC

CÁC BÊN
1. Ban Tuyên giáo [bodies/party]
2. [bodies/council]

THỨ TỰ KÝ
1. Cần 2 trong 2 bên ký: 1, 2

NỘI DUNG
Điều 1. [Trách nhiệm các bên] Trách nhiệm
  Dòng một
  CÁC BÊN
Điều 2. [Nội dung khác]
  Khác

ĐƠN VỊ TRIỂN KHAI
Cấp: DISTRICT, COMMUNE
Đơn vị: units/7, units/8
Hạn: 01/01/2021

TÀI LIỆU KÈM THEO
1. phu-luc.pdf [sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa]
)");
}

TEST(TextTest, EveryPartOfTheContentIsInTheText) {
  const std::vector<std::function<void(Agreement&)>> changes = {
      [](Agreement& a) { a.id = "b"; },
      [](Agreement& a) { a.unit = 93; },
      [](Agreement& a) { a.signing_round = 4; },
      [](Agreement& a) { a.title += "."; },
      [](Agreement& a) { a.document_number = "03-CTr/TU"; },
      [](Agreement& a) { a.issuing_body = "council"; },
      [](Agreement& a) { a.document_series = "2025-2030"; },
      [](Agreement& a) { a.parties[0].display_name = "Ban khác"; },
      [](Agreement& a) { std::swap(a.parties[0], a.parties[1]); },
      [](Agreement& a) { a.required_signatures = {1}; },
      [](Agreement& a) {
        a.required_signatures = {1, 1};
        a.parties[1].group = 1;
      },
      [](Agreement& a) { a.term_start = a.term_start + 1; },
      [](Agreement& a) { a.term_end = a.term_end + 1; },
      [](Agreement& a) { a.parent = "q"; },
      [](Agreement& a) { a.legal_bases[0].title += "."; },
      [](Agreement& a) { a.legal_bases[0].issuer += "."; },
      [](Agreement& a) { a.legal_bases.pop_back(); },
      [](Agreement& a) { a.clauses[0].area = Area::kOther; },
      [](Agreement& a) { a.clauses[0].heading += "."; },
      [](Agreement& a) { a.clauses[0].text += "."; },
      [](Agreement& a) { a.cascade_target.levels.pop_back(); },
      [](Agreement& a) { a.cascade_target.due.reset(); },
      [](Agreement& a) { a.attachments[0].sha256[0] = 'b'; },
      [](Agreement& a) { a.attachments[0].file_name += "x"; },
      [](Agreement& a) {
        a.amendment = Amendment{"x", AmendmentKind::kAmendment, CivilDay(2022, 1, 1)};
      },
  };
  for (size_t i = 0; i < changes.size(); ++i) {
    Agreement changed = Full();
    changes[i](changed);
    EXPECT_NE(RenderText(changed), RenderText(Full())) << "change " << i;
  }
}

TEST(TextTest, OrderOfSigningNamesThePartiesOfEachGroup) {
  Agreement a = Full();
  a.parties.push_back({.body = "court"});
  a.parties[0].group = 1;
  a.required_signatures = {1, 1};
  EXPECT_THAT(RenderText(a), ::testing::HasSubstr("\n\nTHỨ TỰ KÝ\n"
                                                  "1. Cần 1 trong 2 bên ký: 2, 3\n"
                                                  "2. Cần 1 trong 1 bên ký: 1\n\n"));
}

TEST(TextTest, AmendmentNamesItsDayLikeAllOthers) {
  Agreement a = Full();
  a.amendment = Amendment{"x", AmendmentKind::kAmendment, CivilDay(2022, 1, 31)};
  EXPECT_THAT(RenderText(a), ::testing::HasSubstr("\nHiệu lực từ: 31/01/2022\n"));
}

TEST(TextTest, SigningItselfLeavesTheTextAsItIs) {
  Agreement later = Full();
  later.parties[0].signature = Signature{.sign_date = CivilDay(2020, 10, 1)};
  later.parties[1].sign_by = CivilDay(2021, 1, 1);
  later.revision = 9;
  later.state = State::kInForce;
  later.in_force_date = CivilDay(2020, 10, 1);
  later.text_sha256 = "x";
  EXPECT_EQ(RenderText(later), RenderText(Full()));
}

TEST(TextTest, DraftIsShownAsItWillBeSignedInTheRoundToCome) {
  Agreement draft = Full();
  draft.state = State::kDraft;
  draft.signing_round = 2;
  EXPECT_EQ(RenderText(draft), RenderText(Full()));
}

TEST(TextTest, DigestIsSha256) {
  EXPECT_EQ(Sha256Hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(Sha256Hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace phoihop::agreements
