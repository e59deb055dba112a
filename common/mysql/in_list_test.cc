#include "common/mysql/in_list.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace phoihop::mysql {
namespace {

using ::testing::ElementsAre;
using ::testing::VariantWith;

TEST(InListTest, RoundsUpToAPowerOfTwoAndRepeatsTheLastValue) {
  struct Row {
    size_t count;
    std::string list;
  };
  for (const Row& row : std::vector<Row>{{1, "(?)"},
                                         {2, "(?,?)"},
                                         {3, "(?,?,?,?)"},
                                         {4, "(?,?,?,?)"},
                                         {5, "(?,?,?,?,?,?,?,?)"}}) {
    EXPECT_EQ(InList(row.count), row.list);
  }
  std::vector<Value> params = {int64_t{9}};
  AppendInList(std::vector<std::string>{"a", "b", "c"}, params);
  EXPECT_THAT(params, ElementsAre(VariantWith<int64_t>(9), VariantWith<std::string>("a"),
                                  VariantWith<std::string>("b"), VariantWith<std::string>("c"),
                                  VariantWith<std::string>("c")));
  params.clear();
  AppendInList(std::vector<int64_t>{4}, params);
  EXPECT_THAT(params, ElementsAre(VariantWith<int64_t>(4)));
}

}  // namespace
}  // namespace phoihop::mysql
