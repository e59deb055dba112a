// The rules of signing.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/errors.h"
#include "common/testing/status_matchers.h"
#include "common/time/civil.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/agreements/domain/testing_commands.h"

namespace phoihop::agreements {
namespace {

using namespace testing;  // NOLINT: the agreements of testing_commands.h
using absl::StatusCode;
using ::phoihop::testing::IsOk;
using ::phoihop::testing::StatusIs;
using ::testing::ElementsAre;

TEST(SignTest, TextThatTheSignerDidNotSeeIsNotSigned) {
  const Agreement signing = Signing();
  ASSERT_EQ(signing.text_sha256.size(), 64);
  Sign sign = SignOf("party");
  for (const std::string& other : {std::string(64, '0'), std::string()}) {
    sign.text_sha256 = other;
    const absl::Status refused = Apply(signing, sign, kNow, "m").status();
    EXPECT_THAT(refused, StatusIs(StatusCode::kFailedPrecondition, "TEXT_CHANGED"));
    EXPECT_THAT(ViolatedFields(refused), ElementsAre("text_sha256"));
  }
  sign.text_sha256 = signing.text_sha256;
  // Nor a CMS signature that was not verified over this text.
  sign.kind = SignatureKind::kCms;
  EXPECT_THAT(Apply(signing, sign, kNow, "m"),
              StatusIs(StatusCode::kFailedPrecondition, "TEXT_CHANGED"));
  sign.kind = SignatureKind::kInSystem;
  const auto change = Apply(signing, sign, kNow, "m");
  ASSERT_THAT(change, IsOk());
  EXPECT_EQ(change->after.parties[0].signature->text_sha256, signing.text_sha256);
}

TEST(SignTest, RejectionVoidsSignaturesAndKeepsThemInTheClosedRound) {
  const Agreement half = HalfSigned();
  const auto change = Apply(half, Reject{"council", "Chưa thống nhất"}, kNow, "m");
  ASSERT_THAT(change, IsOk());
  EXPECT_FALSE(change->after.parties[0].signature.has_value());
  EXPECT_EQ(change->after.return_reason, "Chưa thống nhất");
  EXPECT_EQ(change->after.text_sha256, "");
  ASSERT_TRUE(change->closed_round.has_value());
  EXPECT_EQ(change->closed_round->round, 1);
  EXPECT_EQ(change->closed_round->rejected_by, "council");
  EXPECT_EQ(change->closed_round->text_sha256, half.text_sha256);
  EXPECT_EQ(change->closed_round->parties, half.parties);
  // The next round starts without any signature, and is another one.
  const Agreement again = After(change->after, OpenForSigning{});
  EXPECT_EQ(again.signing_round, 2);
  EXPECT_FALSE(again.parties[0].signature.has_value());
}

TEST(SignTest, ChangedContentIsAnotherText) {
  Content content = TwoParties();
  content.clauses = {{Area::kDuties, "", "Điều khoản"}};
  const Agreement changed =
      After(After(Draft(), Update{content, Known(content)}), OpenForSigning{});
  EXPECT_NE(changed.text_sha256, Signing().text_sha256);
  // Names are part of the text.
  EXPECT_NE(After(Draft(), OpenForSigning{{{"party", "Ban Tuyên giáo"}}}).text_sha256,
            Signing().text_sha256);
}

TEST(SignTest, SigningDoesNotBeginAfterTheLastDayOfAParty) {
  Agreement draft = Draft();
  draft.parties[1].sign_by = CivilDay(2023, 10, 23);
  const absl::Status refused = Apply(draft, OpenForSigning{}, kNow, "m").status();
  EXPECT_THAT(refused, StatusIs(StatusCode::kFailedPrecondition, "SIGN_BY_PASSED"));
  EXPECT_THAT(ViolatedFields(refused), ElementsAre("agreement.parties[1].sign_by"));
  draft.parties[1].sign_by = CivilDay(2023, 10, 24);
  EXPECT_THAT(Apply(draft, OpenForSigning{}, kNow, "m"), IsOk());
}

TEST(SignTest, LastSignaturePutsInForceOnTheLatestSignDateInWhateverOrder) {
  const CivilDay early(2020, 9, 1), late(2020, 12, 5);
  for (const bool late_first : {true, false}) {
    const Agreement half = After(Signing(), SignOf("party", late_first ? late : early));
    EXPECT_FALSE(half.in_force_date.has_value());
    const auto last = Apply(half, SignOf("council", late_first ? early : late), kNow, "members/m");
    ASSERT_THAT(last, IsOk());
    EXPECT_EQ(last->after.in_force_date, late);
    EXPECT_EQ(last->effective, late);
    EXPECT_TRUE(last->put_in_force);
  }
}

TEST(SignTest, KeepsWhoSignedWhoRecordedAndWhen) {
  const auto change = Apply(Signing(), SignOf("council", CivilDay(2020, 10, 2)), kNow, "members/m");
  ASSERT_THAT(change, IsOk());
  EXPECT_FALSE(change->after.parties[0].signature.has_value());
  EXPECT_EQ(change->after.parties[1].signature, (Signature{.sign_date = CivilDay(2020, 10, 2),
                                                           .recorded_by = "members/m",
                                                           .signer_name = "Nguyễn Văn A",
                                                           .signer_title = "Trưởng ban",
                                                           .record_time = kNow,
                                                           .kind = SignatureKind::kPaper,
                                                           .text_sha256 = Signing().text_sha256}));
  EXPECT_EQ(change->effective, CivilDay(2020, 10, 2));
}

TEST(SignTest, DayIsBoundedByTodayInVietnamAndTheTerm) {
  const absl::Time late_evening_utc = StartOfDay(CivilDay(2023, 10, 25));  // 24th 17:00 UTC
  EXPECT_THAT(Apply(Signing(), SignOf("party", CivilDay(2023, 10, 25)), late_evening_utc, "m"),
              IsOk());
  EXPECT_THAT(Apply(Signing(), SignOf("party", CivilDay(2023, 10, 25)),
                    late_evening_utc - absl::Seconds(1), "m"),
              StatusIs(StatusCode::kInvalidArgument, "SIGN_DATE_IN_FUTURE"));
  const absl::Time after_term = StartOfDay(kEnd + 30);
  EXPECT_THAT(Apply(Signing(), SignOf("party", kEnd), after_term, "m"), IsOk());
  EXPECT_THAT(Apply(Signing(), SignOf("party", kEnd + 1), after_term, "m"),
              StatusIs(StatusCode::kInvalidArgument, "SIGN_DATE_AFTER_TERM"));
}

TEST(SignTest, DayFollowsFromWhenAndHowItIsSigned) {
  const CivilDay today = VietnamDay(kNow);
  EXPECT_EQ(Signing().signing_opened, today);
  struct Row {
    SignatureKind kind;
    absl::Duration signed_before;
    std::string reason;
    CivilDay day;
  };
  const std::vector<Row> table = {
      {SignatureKind::kPaper, {}, "", CivilDay(2020, 10, 1)},
      {SignatureKind::kInSystem, {}, "", today + 1},
      {SignatureKind::kCms, absl::Minutes(1), "", today + 1},
      {SignatureKind::kCms, absl::Hours(24), "", today},
      // Opened a day before. A clock may be five minutes behind.
      {SignatureKind::kCms, absl::Hours(24) + absl::Minutes(5), "", today},
      {SignatureKind::kCms, absl::Hours(24) + absl::Seconds(301), "SIGNED_BEFORE_OPENED", today},
      {SignatureKind::kCms, absl::Hours(48), "SIGNED_BEFORE_OPENED", today},
      // A clock that is ahead, just before midnight.
      {SignatureKind::kCms, -absl::Hours(16), "", today + 1},
  };
  const absl::Time later = kNow + absl::Hours(24);
  for (const Row& row : table) {
    Sign sign = SignOf("party");
    sign.kind = row.kind;
    if (row.kind == SignatureKind::kCms) {
      sign.certificate = Certificate{"CN=A", "CN=CA", "0A", std::string(64, 'c')};
      sign.certificate->signing_time = later - row.signed_before;
    }
    const auto change = Apply(Signing(), sign, later, "m");
    EXPECT_EQ(ErrorReason(change.status()), row.reason);
    if (change.ok()) {
      EXPECT_EQ(change->after.parties[0].signature->sign_date, row.day);
    }
  }
}

TEST(SignTest, RoundOfWhichOnlyTheDayIsKnownIsCheckedByDay) {
  Agreement old = Signing();
  EXPECT_EQ(old.signing_opened_time, kNow);
  old.signing_opened_time.reset();
  Sign sign = SignOf("party");
  sign.kind = SignatureKind::kCms;
  sign.certificate = Certificate{"CN=A", "CN=CA", "0A", std::string(64, 'c')};
  sign.certificate->signing_time = StartOfDay(VietnamDay(kNow));
  EXPECT_THAT(Apply(old, sign, kNow, "m"), IsOk());
  sign.certificate->signing_time = StartOfDay(VietnamDay(kNow)) - absl::Seconds(1);
  EXPECT_THAT(Apply(old, sign, kNow, "m"),
              StatusIs(StatusCode::kInvalidArgument, "SIGNED_BEFORE_OPENED"));
}

TEST(SignTest, RoundWithoutATextIsOpenedAnew) {
  Agreement old = Signing();
  old.text_sha256.clear();
  EXPECT_THAT(Apply(old, SignOf("party"), kNow, "m"),
              StatusIs(StatusCode::kFailedPrecondition, "TEXT_NOT_FIXED"));
}

TEST(SignTest, TextOfEveryRoundIsItsOwn) {
  const Agreement again = After(After(Signing(), TakeBack{"sai"}), OpenForSigning{});
  EXPECT_NE(again.text_sha256, Signing().text_sha256);
}

TEST(SignTest, RefusalOfAnotherTextIsRefused) {
  EXPECT_THAT(Apply(Signing(), Reject{"party", "không", std::string(64, '0')}, kNow, "m"),
              StatusIs(StatusCode::kFailedPrecondition, "TEXT_CHANGED"));
  EXPECT_THAT(Apply(Signing(), Reject{"party", "không", Signing().text_sha256}, kNow, "m"), IsOk());
}

TEST(SignTest, PartiesThatEndTable) {
  // The draft was written on 2023-10-24, its term begins on 2020-09-30.
  const CivilDay drafted = VietnamDay(kNow);
  struct Row {
    CivilDay ends;
    std::string opening, paper_before = {}, in_system = {};
  };
  const std::vector<Row> table = {
      {kStart, "PARTY_ENDED"},
      {kStart + 1, "", "PARTY_ENDED", "PARTY_ENDED"},  // signed on 2020-10-01
      {kStart + 2, "", "", "PARTY_ENDED"},
      {drafted, "", "", "PARTY_ENDED"},
      {drafted + 1, "PARTY_ENDED"},
      {drafted + 5, "PARTY_ENDED"},
      {drafted + 6, "", "", ""},
  };
  const absl::Time now = kNow + absl::Hours(24) * 5;
  for (const Row& row : table) {
    SCOPED_TRACE(absl::StrCat(FormatDay(row.ends)));
    const auto opened = Apply(Draft(), OpenForSigning{.ends = {{"party", row.ends}}}, now, "m");
    EXPECT_EQ(ErrorReason(opened.status()), row.opening);
    if (!opened.ok()) {
      EXPECT_THAT(ViolatedFields(opened.status()), ElementsAre("agreement.parties[0].body"));
      continue;
    }
    Sign sign = SignOf("party");
    const absl::Status paper = Apply(opened->after, sign, now, "m").status();
    EXPECT_EQ(ErrorReason(paper), row.paper_before);
    if (!paper.ok()) {
      EXPECT_THAT(ViolatedFields(paper), ElementsAre("party"));
    }
    sign.kind = SignatureKind::kInSystem;
    EXPECT_EQ(ErrorReason(Apply(opened->after, sign, now, "m").status()), row.in_system);
  }
}

TEST(SignTest, DayMoreThanAYearBeforeTheTermIsRefused) {
  const CivilDay earliest(2019, 9, 30);
  EXPECT_THAT(Apply(Signing(), SignOf("party", earliest), kNow, "m"), IsOk());
  for (const CivilDay day : {earliest - 1, CivilDay(1900, 1, 1)}) {
    const absl::Status refused = Apply(Signing(), SignOf("party", day), kNow, "m").status();
    EXPECT_THAT(refused, StatusIs(StatusCode::kInvalidArgument, "SIGN_DATE_TOO_EARLY"));
    EXPECT_THAT(ViolatedFields(refused), ElementsAre("sign_date"));
  }
}

TEST(SignTest, AChangeWasNotSignedBeforeWhatItChangesWasInForce) {
  const CivilDay in_force(2023, 2, 1);
  Sign sign = SignOf("party", in_force - 1);
  EXPECT_THAT(Apply(Signing(), sign, kNow, "m"), IsOk());
  sign.amended_from = in_force;
  const absl::Status refused = Apply(Signing(), sign, kNow, "m").status();
  EXPECT_THAT(refused, StatusIs(StatusCode::kInvalidArgument, "SIGN_DATE_BEFORE_AMENDED"));
  EXPECT_THAT(ViolatedFields(refused), ElementsAre("sign_date"));
  sign.sign_date = in_force;
  EXPECT_THAT(Apply(Signing(), sign, kNow, "m"), IsOk());
}

TEST(SignTest, RunAgainGivesTheSame) {
  const Agreement half = HalfSigned();
  EXPECT_EQ(Apply(half, SignOf("council"), kNow, "m")->after,
            Apply(half, SignOf("council"), kNow, "m")->after);
}

}  // namespace
}  // namespace phoihop::agreements
