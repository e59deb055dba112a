#include "common/filter/filter.h"

#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/errors.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace phoihop::filter {
namespace {

using ::phoihop::testing::IsOk;
using ::phoihop::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const Fields& TestFields() {
  static const auto* const fields = new Fields{
      {.name = "title", .type = Type::kText, .sorts = true},
      {.name = "place", .type = Type::kText},
      {.name = "number", .type = Type::kString, .sorts = true},
      {.name = "state", .type = Type::kEnum, .values = {{"DRAFT", 1}, {"IN_FORCE", 3}}},
      {.name = "term.start", .type = Type::kDay, .sorts = true},
      {.name = "create_time", .type = Type::kTime, .sorts = true},
      {.name = "count", .type = Type::kInt, .sorts = true},
      {.name = "late", .type = Type::kBool},
      {.name = "lead", .type = Type::kName, .pattern = "bodies/*"},
      {.name = "unit", .type = Type::kUnit},
      {.name = "only_sorts", .type = Type::kInt, .sorts = true, .filters = false},
  };
  return *fields;
}

std::string Show(const Value& value) {
  if (const auto* number = std::get_if<int64_t>(&value)) return absl::StrCat(*number);
  if (const auto* text = std::get_if<std::string>(&value)) return absl::StrCat("'", *text, "'");
  if (const auto* day = std::get_if<absl::CivilDay>(&value)) return absl::FormatCivilTime(*day);
  if (const auto* time = std::get_if<absl::Time>(&value)) {
    return absl::FormatTime(*time, absl::UTCTimeZone());
  }
  return "-";
}

// The tree as text: "(and title~'x' count>=3)".
std::string Show(const Expr& expr) {
  switch (expr.kind) {
    case Expr::Kind::kAll:
      return "all";
    case Expr::Kind::kCompare: {
      static constexpr const char* kSigns[] = {"=", "!=", "<", "<=", ">", ">=", "^", "~", "?"};
      return absl::StrCat(expr.field, kSigns[static_cast<int>(expr.op)],
                          expr.op == Expr::Op::kPresent ? "" : Show(expr.value));
    }
    case Expr::Kind::kNot:
      return absl::StrCat("!", Show(expr.parts[0]));
    case Expr::Kind::kAnd:
    case Expr::Kind::kOr:
      break;
  }
  std::string text = expr.kind == Expr::Kind::kAnd ? "(and" : "(or";
  for (const Expr& part : expr.parts) absl::StrAppend(&text, " ", Show(part));
  return text + ")";
}

// A filter of one field that bare words search, so that trees are short.
std::string ShowParsed(std::string_view filter) {
  const absl::StatusOr<Expr> expr = ParseFilter(filter, TestFields());
  return expr.ok() ? Show(*expr) : std::string(expr.status().message());
}

TEST(FilterTest, IsReadByThePrecedenceOfAip160) {
  struct Case {
    std::string_view filter, tree;
  };
  for (const Case& c : std::vector<Case>{
           {"", "all"},
           {" \t ", "all"},
           {"count = 1", "count=1"},
           {"count=1 AND late=true", "(and count=1 late=1)"},
           {"count=1 late=true", "(and count=1 late=1)"},
           {"count=1 OR count=2", "(or count=1 count=2)"},
           // OR binds tighter than AND and than standing side by side.
           {"count=1 AND count=2 OR count=3", "(and count=1 (or count=2 count=3))"},
           {"count=1 OR count=2 AND count=3", "(and (or count=1 count=2) count=3)"},
           {"count=1 count=2 OR count=3", "(and count=1 (or count=2 count=3))"},
           {"count=1 count=2 AND count=3", "(and (and count=1 count=2) count=3)"},
           {"(count=1 AND count=2) OR count=3", "(or (and count=1 count=2) count=3)"},
           {"NOT count=1 OR count=2", "(or !count=1 count=2)"},
           {"-count=1 count=-2", "(and !count=1 count=-2)"},
           {"NOT (count=1 OR late=false)", "!(or count=1 late=0)"},
           {"-(count=1)", "!count=1"},
           {"NOT(count=1)", "!count=1"},
           {"((((count=1))))", "count=1"},
       }) {
    EXPECT_EQ(ShowParsed(c.filter), c.tree) << c.filter;
  }
}

TEST(FilterTest, EachTypeHasItsOperatorsAndItsFormOfValues) {
  struct Case {
    std::string_view filter, tree;
  };
  for (const Case& c : std::vector<Case>{
           {"title = \"Điện Biên\"", "title='dien bien'"},
           {"title != x", "title!='x'"},
           {"title:'ĐIỆN  biên'", "title~'dien bien'"},
           {"title = \"Chương trình*\"", "title^'chuong trinh'"},
           {"title != chương*", "!title^'chuong'"},
           {"title:*", "title?"},
           {"title = *", "title?"},
           {"title = \"\"", "!title?"},
           {"title != \"\"", "title?"},
           {"title = 'it\\'s \\\"so\\\" 2\\*2'", "title='it's \"so\" 2*2'"},
           {"number = \"02-CTr/BTGTU-ĐĐHĐND\"", "number='02-CTr/BTGTU-ĐĐHĐND'"},
           {"number = 02-CTr/*", "number^'02-CTr/'"},
           {"number:BTGTU", "number~'BTGTU'"},
           {"state = IN_FORCE", "state=3"},
           {"state != \"DRAFT\"", "state!=1"},
           {"state:DRAFT", "state=1"},
           {"term.start >= 2026-01-31", "term.start>=2026-01-31"},
           {"term.start<\"2026-01-31\"", "term.start<2026-01-31"},
           {"term.start = \"\"", "!term.start?"},
           {"-term.start:*", "!term.start?"},
           {"create_time > \"2026-01-31T08:00:00+07:00\"", "create_time>2026-01-31T01:00:00+00:00"},
           {"count <= 12", "count<=12"},
           {"count > -5", "count>-5"},
           {"late = true", "late=1"},
           {"late != true", "late!=1"},
           {"lead = bodies/01hx", "lead='01hx'"},
           {"lead:\"bodies/01hx\"", "lead='01hx'"},
           {"lead = ''", "!lead?"},
           {"unit = units/92", "unit=92"},
       }) {
    EXPECT_EQ(ShowParsed(c.filter), c.tree) << c.filter;
  }
}

TEST(FilterTest, WordsAloneAreSearchedInAllTextsWithoutMarks) {
  EXPECT_EQ(ShowParsed("\"Điện Biên\""), "(or title~'dien bien' place~'dien bien')");
  EXPECT_EQ(ShowParsed("dien bien"),
            "(and (or title~'dien' place~'dien') (or title~'bien' place~'bien'))");
  // A space that does not break parts words too.
  EXPECT_EQ(ShowParsed("dien\xC2\xA0-bien"),
            "(and (or title~'dien' place~'dien') !(or title~'bien' place~'bien'))");
  // What looks like a field but has no operator is a word; so is a quoted keyword.
  EXPECT_EQ(ShowParsed("title \"AND\""),
            "(and (or title~'title' place~'title') (or title~'and' place~'and'))");
  // NFD is the same text.
  EXPECT_EQ(ShowParsed("\"Bie\xCC\x82n\""), "(or title~'bien' place~'bien')");
}

TEST(FilterTest, WhatIsWrongIsToldWithItsPlaceAndNotRepeated) {
  struct Case {
    std::string filter, reason, place;
  };
  std::string deep, many;
  for (int i = 0; i <= kMaxDepth; ++i) deep += '(';
  for (int i = 0; i <= kMaxTerms; ++i) many += "count=1 ";
  for (const Case& c : std::vector<Case>{
           {"secret = 1", "UNKNOWN_FIELD", "character 1:"},
           {"count = 1 AND secret.deep = 1", "UNKNOWN_FIELD", "character 15:"},
           {"only_sorts = 1", "UNKNOWN_FIELD", "character 1:"},
           {"Title = x", "UNKNOWN_FIELD", "character 1:"},
           // Positions count characters, not bytes.
           {"\"Điện Biên\" AND secret = 1", "UNKNOWN_FIELD", "character 17:"},
           {"title < x", "OPERATOR_NOT_ALLOWED", "character 9:"},
           {"state > DRAFT", "OPERATOR_NOT_ALLOWED", "character 9:"},
           {"count:3", "OPERATOR_NOT_ALLOWED", "character 7:"},
           {"state = DONE", "INVALID_VALUE", "character 9:"},
           {"state = draft", "INVALID_VALUE", "character 9:"},
           {"state = DRA*", "INVALID_VALUE", "character 9:"},
           {"term.start = 31/01/2026", "INVALID_VALUE", "character 14:"},
           {"term.start = 2026-02-30", "INVALID_VALUE", "character 14:"},
           {"create_time > 2026-01-31", "INVALID_VALUE", "character 15:"},
           {"count = 1.5", "INVALID_VALUE", "character 9:"},
           {"count = 99999999999999999999", "INVALID_VALUE", "character 9:"},
           {"late = 1", "INVALID_VALUE", "character 8:"},
           {"lead = agreements/1", "INVALID_VALUE", "character 8:"},
           {"unit = units/0", "INVALID_VALUE", "character 8:"},
           {"title = *x", "INVALID_VALUE", "character 9:"},
           {"title = 'a*b'", "INVALID_VALUE", "character 9:"},
           {"title:x*", "INVALID_VALUE", "character 7:"},
           {"title = \"\u0301\"", "INVALID_VALUE", "character 9:"},
           {"title =", "FILTER_SYNTAX", "character 8:"},
           {"title = = x", "FILTER_SYNTAX", "character 9:"},
           {"title = (a OR b)", "FILTER_SYNTAX", "character 9:"},
           {"= x", "FILTER_SYNTAX", "character 1:"},
           {"title = \"open", "FILTER_SYNTAX", "character 9:"},
           {"(count = 1", "FILTER_SYNTAX", "character 11:"},
           {"count = 1)", "FILTER_SYNTAX", "character 10:"},
           {"()", "FILTER_SYNTAX", "character 2:"},
           {"AND", "FILTER_SYNTAX", "character 1:"},
           {"count = 1 AND", "FILTER_SYNTAX", "character 14:"},
           {"count = 1 OR OR count = 2", "FILTER_SYNTAX", "character 14:"},
           {"NOT NOT count = 1", "FILTER_SYNTAX", "character 5:"},
           {"count = 1 and count = 2", "FILTER_SYNTAX", "character 11:"},
           {"count = 1, count = 2", "FILTER_SYNTAX", "character 10:"},
           {"sleep(5)", "FILTER_SYNTAX", "character 1:"},
           {"count = 1; DROP TABLE x", "INVALID_VALUE", "character 9:"},
           {deep + "count=1", "FILTER_TOO_DEEP", "character 21:"},
           {many, "FILTER_TOO_MANY_TERMS", "character 401:"},
           {std::string(kMaxCharacters + 1, 'a'), "FILTER_TOO_LONG", "2000"},
           {"title = \xff", "INVALID_VALUE", "valid"},
           {"title = \"a\x01\"", "INVALID_VALUE", "valid"},
           {std::string("title = a\0b", 11), "INVALID_VALUE", "valid"},
       }) {
    const absl::StatusOr<Expr> expr = ParseFilter(c.filter, TestFields());
    EXPECT_THAT(expr, StatusIs(absl::StatusCode::kInvalidArgument, c.reason)) << c.filter;
    EXPECT_THAT(ViolatedFields(expr.status()), ElementsAre("filter")) << c.filter;
    EXPECT_THAT(std::string(expr.status().message()), HasSubstr(c.place)) << c.filter;
    EXPECT_THAT(std::string(expr.status().message()), Not(HasSubstr("secret"))) << c.filter;
    EXPECT_NE(VietnameseMessage(expr.status()), "") << c.filter;
  }
  EXPECT_THAT(ShowParsed("secret = 1"), HasSubstr("title, place, number, state, term.start"));
  EXPECT_THAT(ShowParsed("state = X"), HasSubstr("DRAFT, IN_FORCE"));
}

TEST(FilterTest, LimitsThemselvesAreAllowed) {
  std::string deep, many;
  for (int i = 0; i < kMaxDepth; ++i) deep += '(';
  deep += "count=1";
  for (int i = 0; i < kMaxDepth; ++i) deep += ')';
  for (int i = 0; i < kMaxTerms; ++i) many += "count=1 ";
  EXPECT_EQ(ShowParsed(deep), "count=1");
  EXPECT_THAT(ParseFilter(many, TestFields()), IsOk());
  // Characters are counted, not bytes.
  std::string marks = "title:\"";
  for (int i = 0; i < kMaxCharacters - 8; ++i) marks += "ế";
  EXPECT_THAT(ParseFilter(marks + "\"", TestFields()), IsOk());
}

TEST(FilterTest, WordsAreRefusedWhereNothingIsSearched) {
  const Fields fields = {{.name = "count", .type = Type::kInt}};
  EXPECT_THAT(ParseFilter("dien", fields),
              StatusIs(absl::StatusCode::kInvalidArgument, "FILTER_SYNTAX"));
  EXPECT_THAT(ParseFilter("count = 3", fields), IsOk());
}

TEST(FilterTest, WhateverIsTypedIsReadOrRefused) {
  const std::vector<std::string> pieces = {
      "(",  ")", "-",     "NOT ", " AND ",    " OR ", "title", "count", "state",
      " ",  "=", "!=",    "<",    ">=",       ":",    "*",     "\"",    "'",
      "\\", "5", "DRAFT", "Điện", "\xC2\xA0", "\xC2", ",",     ".",     std::string(1, '\0'),
      "é"};
  std::mt19937 random(7);
  int read = 0;
  for (int i = 0; i < 20000; ++i) {
    std::string filter;
    for (size_t n = random() % 12; n > 0; --n) filter += pieces[random() % pieces.size()];
    const absl::StatusOr<Expr> expr = ParseFilter(filter, TestFields());
    if (expr.ok()) {
      ++read;
      continue;
    }
    ASSERT_EQ(expr.status().code(), absl::StatusCode::kInvalidArgument) << filter;
    ASSERT_THAT(ViolatedFields(expr.status()), ElementsAre("filter")) << filter;
  }
  EXPECT_GT(read, 1000);
}

TEST(OrderByTest, NamesFieldsThatSortEachOnce) {
  const auto order = ParseOrderBy(" term.start desc,title , count asc", TestFields());
  ASSERT_THAT(order, IsOk());
  EXPECT_THAT(*order, ElementsAre(OrderField{"term.start", Type::kDay, true},
                                  OrderField{"title", Type::kText, false},
                                  OrderField{"count", Type::kInt, false}));
  EXPECT_TRUE(ParseOrderBy("", TestFields())->empty());
  EXPECT_TRUE(ParseOrderBy("  ", TestFields())->empty());
}

TEST(OrderByTest, WhatIsWrongIsRefused) {
  struct Case {
    std::string order_by, reason;
  };
  for (const Case& c : std::vector<Case>{
           {"secret", "UNKNOWN_FIELD"},
           {"state", "UNKNOWN_FIELD"},
           {"title; DROP TABLE x", "ORDER_SYNTAX"},
           {"title DESC", "ORDER_SYNTAX"},
           {"title,", "ORDER_SYNTAX"},
           {"title desc, title", "FIELD_TWICE"},
           {"(SELECT 1)", "ORDER_SYNTAX"},
           {"title,number,term.start,create_time,count,only_sorts", "TOO_MANY_FIELDS"},
           {std::string(3000, 'a'), "TOO_MANY_FIELDS"},
       }) {
    const auto order = ParseOrderBy(c.order_by, TestFields());
    EXPECT_THAT(order, StatusIs(absl::StatusCode::kInvalidArgument, c.reason)) << c.order_by;
    EXPECT_THAT(ViolatedFields(order.status()), ElementsAre("order_by")) << c.order_by;
    EXPECT_THAT(std::string(order.status().message()), Not(HasSubstr("DROP"))) << c.order_by;
  }
}

// A request of a list as protobuf makes it, as far as BoundTo looks.
struct FakeRequest {
  std::string filter, order_by, page_token;
  int page_size = 0;
  void clear_page_size() { page_size = 0; }
  void clear_page_token() { page_token.clear(); }
  std::string SerializeAsString() const {
    return absl::StrCat(filter, "|", order_by, "|", page_token, "|", page_size);
  }
};

TEST(BoundToTest, EverythingButSizeAndTokenOfThePageCounts) {
  const FakeRequest one{"a=1", "b", "", 10};
  EXPECT_EQ(BoundTo(one), BoundTo(FakeRequest{"a=1", "b", "t", 20}));
  EXPECT_NE(BoundTo(one), BoundTo(FakeRequest{"a=2", "b", "", 10}));
  EXPECT_NE(BoundTo(one), BoundTo(FakeRequest{"a=1", "c", "", 10}));
}

}  // namespace
}  // namespace phoihop::filter
