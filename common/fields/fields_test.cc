#include "common/fields/fields.h"

#include <string>

#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace phoihop {
namespace {

using ::testing::ElementsAre;
using testing::IsOk;
using testing::StatusIs;

TEST(CheckerTest, GoodFieldsAreReturnedClean) {
  Checker check;
  EXPECT_EQ(check.Text("title", " Cần\u00a0Thơ ", 1, 10), "Cần Thơ");
  EXPECT_EQ(check.Day("date", "2023-10-24"), absl::CivilDay(2023, 10, 24));
  EXPECT_EQ(check.OptionalDay("end", ""), std::nullopt);
  EXPECT_EQ(check.Count("count", 7, 0, 100), 7);
  EXPECT_EQ(check.Name("body", "bodies/*", "bodies/b1"), "b1");
  EXPECT_EQ(check.Unit("unit", "units/12"), 12);
  EXPECT_EQ(check.Interval("first", "2023-01-01", "last", "2023-01-01"),
            (DayInterval{absl::CivilDay(2023, 1, 1), absl::CivilDay(2023, 1, 1)}));
  check.Required("thing", true);
  check.RequestId("");
  check.RequestId("0b7c2d1e-9f3a-4b5c-8d6e-7F8091A2B3C4");
  EXPECT_THAT(check.status(), IsOk());
}

TEST(CheckerTest, AllViolationsAreNamedInOneAnswer) {
  Checker check;
  check.Text("title", "  ", 1, 10);
  check.Text("text", "a\x01", 0, 10);
  check.Text("short", std::string(11, 'a'), 1, 10);
  check.Day("date", "");
  check.OptionalDay("end", "24/10/2023");
  check.Interval("first", "2023-01-02", "last", "2023-01-01");
  check.Count("count", -1, 0, 100);
  check.Name("body", "bodies/*", "");
  check.Name("other_body", "bodies/*", "units/1");
  check.Unit("unit", "units/x");
  check.Required("thing", false);
  check.RequestId("123");
  EXPECT_THAT(check.status(), StatusIs(absl::StatusCode::kInvalidArgument, "INVALID_FIELDS"));
  EXPECT_THAT(ViolatedFields(check.status()),
              ElementsAre("title", "text", "short", "date", "end", "count", "body", "other_body",
                          "unit", "thing", "request_id"));
}

TEST(CheckerTest, ReversedIntervalNamesItsLastDay) {
  Checker check;
  check.Interval("first", "2023-01-02", "last", "2023-01-01");
  EXPECT_THAT(check.status(), StatusIs(absl::StatusCode::kInvalidArgument, "INVALID_INTERVAL"));
  EXPECT_THAT(ViolatedFields(check.status()), ElementsAre("last"));
}

TEST(CheckerTest, LengthIsCountedInCharacters) {
  Checker check;
  EXPECT_EQ(check.Text("title", "Cần Thơ", 1, 7), "Cần Thơ");
  EXPECT_TRUE(check.ok());
}

TEST(CheckerTest, LineBreaksAndTabsAreRefusedInOneLineAndKeptInParagraphs) {
  for (const char* text : {"a\nb", "a\r\nb", "a\u0085b", "a\u2028b", "a\tb"}) {
    Checker check;
    EXPECT_EQ(check.Text("topic", text, 1, 10), "");
    EXPECT_THAT(check.status(), StatusIs(absl::StatusCode::kInvalidArgument, "NOT_ONE_LINE"))
        << text;
    EXPECT_THAT(ViolatedFields(check.status()), ElementsAre("topic"));
  }
  Checker check;
  EXPECT_EQ(check.Text("topic", "a b\n", 1, 10), "a b") << "around the text they are trimmed";
  EXPECT_EQ(check.Paragraphs("text", "a\u0085b\tc", 1, 10), "a\nb\tc");
  EXPECT_THAT(check.status(), IsOk());
}

TEST(CheckerTest, MessageOfAnotherCheckNamesTheFieldOnce) {
  Checker check;
  check.AddStatus("page_size", InvalidField("page_size", "OUT_OF_RANGE", {"Odd.", "Lạ."}));
  EXPECT_EQ(check.status().message(), "page_size: Odd.");
  EXPECT_EQ(VietnameseMessage(check.status()), "pageSize: Lạ.");
  Checker other;
  other.AddStatus("inner", InvalidField("x", "TOO_ODD", {"Odd.", "Lạ."}));
  EXPECT_EQ(other.status().message(), "inner: Odd.");
}

TEST(CheckerTest, ReasonOfAnotherCheckIsKept) {
  Checker check;
  check.AddStatus("inner", InvalidField("x", "TOO_ODD", {"Odd.", "Lạ."}));
  check.AddStatus("fine", absl::OkStatus());
  EXPECT_THAT(check.status(), StatusIs(absl::StatusCode::kInvalidArgument, "TOO_ODD"));
  EXPECT_THAT(ViolatedFields(check.status()), ElementsAre("inner"));
}

TEST(EtagTest, OnlyTheCurrentRevisionPasses) {
  EXPECT_THAT(CheckEtag("", 3, "agreements/a"), IsOk());
  EXPECT_THAT(CheckEtag("*", 3, "agreements/a"), IsOk());
  EXPECT_THAT(CheckEtag(Etag(3), 3, "agreements/a"), IsOk());
  EXPECT_THAT(CheckEtag(Etag(2), 3, "agreements/a"),
              StatusIs(absl::StatusCode::kAborted, "ETAG_MISMATCH"));
  EXPECT_THAT(CheckEtag("3", 3, "agreements/a"), StatusIs(absl::StatusCode::kAborted));
}

TEST(RequestIdTest, MustBeAUuid) {
  EXPECT_THAT(CheckRequestId(""), IsOk());
  EXPECT_THAT(CheckRequestId("0b7c2d1e-9f3a-4b5c-8d6e-7f8091a2b3c4"), IsOk());
  for (const char* bad :
       {"x", "0b7c2d1e9f3a4b5c8d6e7f8091a2b3c4", "0b7c2d1e-9f3a-4b5c-8d6e-7f8091a2b3cg",
        "{b7c2d1e-9f3a-4b5c-8d6e-7f8091a2b3c4}"}) {
    EXPECT_THAT(CheckRequestId(bad),
                StatusIs(absl::StatusCode::kInvalidArgument, "INVALID_REQUEST_ID"))
        << bad;
  }
}

}  // namespace
}  // namespace phoihop
