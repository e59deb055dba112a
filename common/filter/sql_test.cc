#include "common/filter/sql.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/mysql/connection.h"
#include "common/status/views.h"
#include "common/testing/status_matchers.h"
#include "common/testing/test_database.h"
#include "common/text/text.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace phoihop::filter {
namespace {

using ::phoihop::testing::IsOk;
using ::phoihop::testing::StatusIs;

const Fields& TestFields() {
  static const auto* const fields = new Fields{
      {.name = "title", .type = Type::kText, .sorts = true},
      {.name = "number", .type = Type::kString, .sorts = true},
      {.name = "state", .type = Type::kEnum, .values = {{"DRAFT", 1}, {"IN_FORCE", 3}}},
      {.name = "due", .type = Type::kDay, .sorts = true},
      {.name = "made", .type = Type::kTime, .sorts = true},
      {.name = "count", .type = Type::kInt, .sorts = true},
      {.name = "lead", .type = Type::kName, .pattern = "bodies/*"},
      {.name = "party", .type = Type::kName, .pattern = "bodies/*"},
      {.name = "lost", .type = Type::kInt, .sorts = true},
  };
  return *fields;
}

constexpr Column kColumns[] = {
    {.field = "title", .sql = "t.title_fold", .order = "t.title_key", .order_is_bytes = true},
    {.field = "number", .sql = "t.number"},
    {.field = "state", .sql = "t.state"},
    {.field = "due",
     .sql = "t.due",
     .nullable = true,
     .order = "COALESCE(t.due, DATE '2199-12-31')"},
    {.field = "made", .sql = "t.made"},
    {.field = "count", .sql = "t.number_of"},
    {.field = "lead", .sql = "t.lead_id", .nullable = true},
    {.field = "party",
     .sql = "p.body",
     .within = "EXISTS (SELECT 1 FROM parties p WHERE p.id = t.id AND {})"},
};
constexpr Key kOwn[] = {{"t.number_of", Key::Kind::kInt, true}};
constexpr Key kTies[] = {{"t.id", Key::Kind::kInt}};

// Conditions and orders run on a real database: what counts is which rows they give.
class FilterSqlTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto opened = mysql::Connection::Open(TestDatabase::Get().NewSchema());
    ASSERT_THAT(opened, IsOk());
    db_ = *std::move(opened);
    Run("CREATE TABLE t (id BIGINT PRIMARY KEY, title VARCHAR(500) NOT NULL, title_fold "
        "VARCHAR(500) NOT NULL, title_key VARBINARY(150) NOT NULL, number VARCHAR(100) NOT NULL, "
        "state TINYINT NOT NULL, due DATE NULL, made DATETIME(6) NOT NULL, number_of INT NOT "
        "NULL, lead_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL) DEFAULT CHARSET = "
        "utf8mb4 COLLATE = utf8mb4_bin");
    Run("CREATE TABLE parties (id BIGINT, body VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin, "
        "PRIMARY KEY (id, body)) DEFAULT CHARSET = utf8mb4");
    Add(1, "Điện Biên", "01-CTr/TU", 1, absl::CivilDay(2026, 1, 31), 5, "a", {"a", "b"});
    Add(2, "Chương trình 100% ở Điện Biên Phủ", "02-CTr/TU", 3, nullptr, 5, nullptr, {"b"});
    Add(3, "Cần Thơ", "O'Brien\"; DROP TABLE t; --", 3, absl::CivilDay(2026, 2, 1), 1, "b", {});
    Add(4, "chương_trình", "1000", 1, nullptr, 9, "a", {"c", "a"});
    Add(5, "Đà Nẵng", "", 3, absl::CivilDay(2025, 12, 31), 1, nullptr, {"c"});
  }

  void Run(std::string_view sql, mysql::Params params = {}) {
    ASSERT_THAT(db_->Execute(sql, params), IsOk()) << sql;
  }

  void Add(int64_t id, const std::string& title, const std::string& number, int64_t state,
           mysql::Value due, int64_t count, mysql::Value lead,
           const std::vector<std::string>& parties) {
    Run("INSERT INTO t VALUES (?,?,?,?,?,?,?,?,?,?)",
        std::vector<mysql::Value>{id, title, Fold(title), mysql::Bytes(SortKey(title)), number,
                                  state, std::move(due), absl::FromUnixSeconds(1000 * id), count,
                                  std::move(lead)});
    for (const std::string& body : parties) {
      Run("INSERT INTO parties VALUES (?,?)", std::vector<mysql::Value>{id, body});
    }
  }

  // Ids of the rows that a filter lets through, in ascending order: "1 2".
  std::string Select(std::string_view filter) {
    const absl::StatusOr<Expr> expr = ParseFilter(filter, TestFields());
    EXPECT_THAT(expr, IsOk()) << filter;
    if (!expr.ok()) return "refused";
    const absl::StatusOr<Sql> where = Condition(*expr, kColumns);
    EXPECT_THAT(where, IsOk()) << filter;
    if (!where.ok()) return "no SQL";
    std::vector<int64_t> ids;
    EXPECT_THAT(db_->Query(absl::StrCat("SELECT t.id FROM t WHERE ", where->text, " ORDER BY t.id"),
                           where->params,
                           [&](const mysql::Row& row) {
                             ids.push_back(row.Int(0));
                             return absl::OkStatus();
                           }),
                IsOk())
        << where->text;
    return absl::StrJoin(ids, " ");
  }

  // Ids in an order, read in pages of `size`: "3 5 | 1".
  std::string Pages(std::string_view order_by, int size) {
    const absl::StatusOr<Order> order = ParseOrderBy(order_by, TestFields());
    const auto keys = Keys(*order, kColumns, kOwn, kTies);
    EXPECT_THAT(keys, IsOk());
    std::string text, cursor;
    for (int page = 0; page < 10; ++page) {
      const auto after = After(cursor, *keys);
      EXPECT_THAT(after, IsOk());
      std::vector<mysql::Value> params = after->params;
      params.emplace_back(int64_t{size});
      std::vector<int64_t> ids;
      EXPECT_THAT(db_->Query(absl::StrCat("SELECT t.id, ", KeyColumns(*keys), " FROM t WHERE ",
                                          after->text, OrderBy(*keys), " LIMIT ?"),
                             params,
                             [&](const mysql::Row& row) {
                               ids.push_back(row.Int(0));
                               cursor = *ReadCursor(row, 1, *keys);
                               return absl::OkStatus();
                             }),
                  IsOk());
      if (ids.empty()) break;
      absl::StrAppend(&text, text.empty() ? "" : " | ", absl::StrJoin(ids, " "));
    }
    return text;
  }

  std::unique_ptr<mysql::Connection> db_;
};

TEST_F(FilterSqlTest, FiltersLetThroughTheRowsThatTheyName) {
  struct Case {
    std::string_view filter, ids;
  };
  for (const Case& c : std::vector<Case>{
           {"", "1 2 3 4 5"},
           {"dien bien", "1 2"},
           {"\"ĐIỆN BIÊN\"", "1 2"},
           {"\"bien dien\"", ""},
           {"đà nẵng", "5"},
           {"da", "5"},
           {"title = 'dien bien'", "1"},
           {"title = 'dien*'", "1"},
           {"title != 'dien*'", "2 3 4 5"},
           {"number = '0*'", "1 2"},
           {"number:CTr", "1 2"},
           {"number = ''", "5"},
           {"number:*", "1 2 3 4"},
           {"state = DRAFT", "1 4"},
           {"due >= 2026-01-31", "1 3"},
           // Nothing is equal to what is not there, so it differs from everything.
           {"due != 2026-01-31", "2 3 4 5"},
           {"NOT due = 2026-01-31", "2 3 4 5"},
           {"NOT due < 2026-01-31", "1 2 3 4"},
           {"due:*", "1 3 5"},
           {"due = ''", "2 4"},
           {"made > \"1970-01-01T00:50:00Z\"", "4 5"},
           {"lead = bodies/a", "1 4"},
           {"-lead = bodies/a", "2 3 5"},
           {"party:bodies/a", "1 4"},
           {"party != bodies/a", "2 3 5"},
           {"NOT party:bodies/c", "1 2 3"},
           {"party:bodies/a party:bodies/c", "4"},
           {"state = DRAFT AND count = 9 OR due:*", "1 4"},
           {"(state = DRAFT AND count = 9) OR due:*", "1 3 4 5"},
       }) {
    EXPECT_EQ(Select(c.filter), c.ids) << c.filter;
  }
}

TEST_F(FilterSqlTest, NothingOfAValueBecomesPartOfTheStatement) {
  struct Case {
    std::string_view filter, ids;
  };
  for (const Case& c : std::vector<Case>{
           {"number = \"O'Brien\\\"; DROP TABLE t; --\"", "3"},
           {"number:\"' OR '1'='1\"", ""},
           {"number:\"\\\\\"", ""},
           {"number = \"x' UNION SELECT 1 -- \"", ""},
           // Wildcards of LIKE mean nothing.
           {"title:%", "2"},
           {"title:_", "4"},
           {"title = \"%*\"", ""},
           {"number:\"!\"", ""},
           {"number = \"100_\"", ""},
           {"number = \"100*\"", "4"},
           {"number:\"?\"", ""},
           {"number:\"{}\"", ""},
           {"title:\"😀\"", ""},
           {"number = \"😀é\"", ""},
       }) {
    EXPECT_EQ(Select(c.filter), c.ids) << c.filter;
  }
  EXPECT_EQ(Select(""), "1 2 3 4 5");
}

TEST_F(FilterSqlTest, PagesFollowTheOrderAndMeetEachRowOnce) {
  EXPECT_EQ(Pages("", 2), "4 1 | 2 3 | 5");
  EXPECT_EQ(Pages("count", 2), "3 5 | 1 2 | 4");
  EXPECT_EQ(Pages("count desc, due desc", 1), "4 | 2 | 1 | 3 | 5");
  EXPECT_EQ(Pages("due", 2), "5 1 | 3 2 | 4");
  EXPECT_EQ(Pages("made desc", 3), "5 4 3 | 2 1");
  // Vietnamese order, by a key: c-a, ch, d-stroke-a, d-stroke-i.
  EXPECT_EQ(Pages("title", 2), "3 2 | 4 5 | 1");
  EXPECT_EQ(Pages("number desc, title", 2), "3 4 | 2 1 | 5");
}

TEST_F(FilterSqlTest, AForeignCursorIsRefused) {
  const auto keys = Keys({}, kColumns, kOwn, kTies);
  for (const std::string cursor : {"x", "1:5", "1:51:61:7", "9:51:6", "1:x1:6", "-1:51:6"}) {
    EXPECT_THAT(After(cursor, *keys),
                StatusIs(absl::StatusCode::kInvalidArgument, "INVALID_PAGE_TOKEN"))
        << cursor;
  }
}

TEST_F(FilterSqlTest, AnIncompleteTableIsAnInternalError) {
  EXPECT_THAT(Condition(*ParseFilter("lost = 1", TestFields()), kColumns),
              StatusIs(absl::StatusCode::kInternal));
  EXPECT_THAT(Keys(*ParseOrderBy("lost", TestFields()), kColumns, kOwn, kTies),
              StatusIs(absl::StatusCode::kInternal));
}

TEST_F(FilterSqlTest, PagingReadsARangeOfTheIndex) {
  Run("CREATE TABLE many (id BIGINT PRIMARY KEY, day DATE NOT NULL, KEY by_day (day, id))");
  Run("INSERT INTO many SELECT seq, DATE '2020-01-01' + INTERVAL seq MOD 1000 DAY FROM "
      "seq_1_to_20000");
  const Key keys[] = {{"day", Key::Kind::kDay}, {"id", Key::Kind::kInt}};
  const auto after = After("10:2022-06-015:10000", keys);
  ASSERT_THAT(after, IsOk());
  const auto rows_read = [&] {
    int64_t count = 0;
    EXPECT_THAT(db_->Query("SELECT SUM(variable_value) FROM information_schema.session_status "
                           "WHERE variable_name LIKE 'HANDLER_READ%'",
                           {},
                           [&](const mysql::Row& row) {
                             count = row.Int(0);
                             return absl::OkStatus();
                           }),
                IsOk());
    return count;
  };
  const int64_t before = rows_read();
  int found = 0;
  ASSERT_THAT(db_->Query(absl::StrCat("SELECT id FROM many WHERE ", after->text, OrderBy(keys),
                                      " LIMIT 50"),
                         after->params,
                         [&](const mysql::Row& row) {
                           ++found;
                           return absl::OkStatus();
                         }),
              IsOk());
  EXPECT_EQ(found, 50);
  // At most what stands before the cursor on its own day, and some for the count itself.
  EXPECT_LT(rows_read() - before, 1500);
}

}  // namespace
}  // namespace phoihop::filter
