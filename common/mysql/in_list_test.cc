#include "common/mysql/in_list.h"

#include <string>
#include <variant>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace phoihop::mysql {
namespace {

using ::testing::ElementsAre;
using ::testing::VariantWith;

TEST(InListTest, RoundsUpToAPowerOfTwoAndRepeatsTheLastValue) {
  struct Row {
    std::vector<int64_t> values;
    std::string list;
    std::vector<int64_t> params;
  };
  for (const Row& row :
       std::vector<Row>{{{4}, "(?)", {4}},
                        {{4, 7}, "(?,?)", {4, 7}},
                        {{4, 7, 9}, "(?,?,?,?)", {4, 7, 9, 9}},
                        {{4, 7, 9, 2}, "(?,?,?,?)", {4, 7, 9, 2}},
                        {{1, 2, 3, 4, 5}, "(?,?,?,?,?,?,?,?)", {1, 2, 3, 4, 5, 5, 5, 5}}}) {
    std::vector<Value> params;
    EXPECT_EQ(InList(row.values, params), row.list);
    std::vector<int64_t> given;
    for (const Value& value : params) given.push_back(std::get<int64_t>(value));
    EXPECT_EQ(given, row.params);
  }
}

TEST(InListTest, AppendsToWhatIsThere) {
  std::vector<Value> params = {int64_t{9}};
  EXPECT_EQ(InList(std::vector<std::string>{"a", "b", "c"}, params), "(?,?,?,?)");
  EXPECT_THAT(params, ElementsAre(VariantWith<int64_t>(9), VariantWith<std::string>("a"),
                                  VariantWith<std::string>("b"), VariantWith<std::string>("c"),
                                  VariantWith<std::string>("c")));
}

TEST(InListTest, NothingIsInAListWithoutValues) {
  std::vector<Value> params;
  EXPECT_EQ(InList(std::vector<std::string>(), params), "(NULL)");
  EXPECT_TRUE(params.empty());
}

}  // namespace
}  // namespace phoihop::mysql
