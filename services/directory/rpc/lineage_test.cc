#include <map>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "phoihop/directory/v1/lineage.grpc.pb.h"
#include "services/directory/rpc/service_fixture.h"

namespace phoihop::directory {
namespace {

class LineageTest : public DirectoryTest {
 protected:
  absl::StatusOr<v1::SuccessionSnapshot> Snapshot(int64_t known_version = 0,
                                                  const std::string& who = "services/agreements") {
    const auto stub = v1::LineageService::NewStub(channel_);
    v1::GetSuccessionSnapshotRequest request;
    request.set_known_version(known_version);
    return rpc::Call(*stub, &v1::LineageService::Stub::GetSuccessionSnapshot, request, As(who));
  }
};

TEST_F(LineageTest, AllSuccessionsComeAtOnceAndOnlyWhenTheyAreNew) {
  EXPECT_EQ(Snapshot()->edges_size(), 0);
  ImportBoth();
  const auto snapshot = Snapshot();
  ASSERT_THAT(snapshot, IsOk());
  std::map<std::pair<std::string, std::string>, v1::Succession::Kind> edges;
  for (const auto& edge : snapshot->edges()) {
    EXPECT_EQ(edge.date(), kReform);
    edges[{absl::StrCat("units/", edge.from_unit()), absl::StrCat("units/", edge.to_unit())}] =
        edge.kind();
  }
  EXPECT_EQ(static_cast<int>(edges.size()), snapshot->edges_size());
  const std::string city = Unit("92", kReform);
  EXPECT_EQ((edges[{Unit("92", kLastOldDay), city}]), v1::Succession::MERGER);
  EXPECT_EQ((edges[{Unit("93", kLastOldDay), city}]), v1::Succession::MERGER);
  EXPECT_EQ((edges[{Unit("31117", kLastOldDay), Unit("31120", kReform)}]), v1::Succession::MERGER);

  v1::GetTreeSnapshotRequest tree;
  EXPECT_EQ(Call(&Stub::GetTreeSnapshot, tree)->version(), snapshot->version());
  const auto again = Snapshot(snapshot->version());
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->version(), snapshot->version());
  EXPECT_EQ(again->edges_size(), 0);
}

TEST_F(LineageTest, IsForServicesAlone) {
  EXPECT_THAT(Snapshot(0, "members/x"), StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_THAT(Snapshot(0, "services/opinions"), StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_THAT(Snapshot(0, "services/reporting"), IsOk());
}

}  // namespace
}  // namespace phoihop::directory
