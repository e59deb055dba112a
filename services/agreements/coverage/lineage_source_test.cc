#include "services/agreements/coverage/lineage_source.h"

#include <atomic>

#include "absl/strings/str_cat.h"
#include "common/testing/rpc.h"
#include "common/testing/status_matchers.h"
#include "common/time/civil.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "phoihop/directory/v1/lineage.grpc.pb.h"

namespace phoihop::agreements {
namespace {

using ::phoihop::testing::IsOk;

// A directory that knows one succession, into unit 100 + its version.
class LineageSourceTest : public ::testing::Test {
 protected:
  LineageSourceTest()
      : server_([this](rpc::Server::Builder& builder) {
          builder.Unary<directory::v1::GetSuccessionSnapshotRequest,
                        directory::v1::SuccessionSnapshot>(
              "phoihop.directory.v1.LineageService/GetSuccessionSnapshot",
              [this](const rpc::RequestContext&, const directory::v1::GetSuccessionSnapshotRequest&)
                  -> absl::StatusOr<directory::v1::SuccessionSnapshot> {
                ++asked_;
                directory::v1::SuccessionSnapshot snapshot;
                snapshot.set_version(version_);
                auto& edge = *snapshot.add_edges();
                edge.set_from_unit(1);
                edge.set_to_unit(100 + version_);
                edge.set_date("2025-07-01");
                edge.set_kind(directory::v1::Succession::MERGER);
                return snapshot;
              });
        }) {
    source_ = NewDirectoryLineage(server_.channel(), [] { return "services/agreements"; });
  }

  absl::Status Get(int64_t version) {
    return source_->Get(version, absl::Now() + absl::Seconds(10)).status();
  }

  std::atomic<int> asked_ = 0;
  std::atomic<int64_t> version_ = 7;
  testing::TestServer server_;
  std::unique_ptr<LineageSource> source_;
};

TEST_F(LineageSourceTest, AVersionIsAskedForOnceAlsoWhileTheDirectoryIsAhead) {
  EXPECT_THAT(Get(7), IsOk());
  EXPECT_THAT(Get(7), IsOk());
  EXPECT_EQ(asked_, 1);
  version_ = 9;
  EXPECT_THAT(Get(8), IsOk());
  EXPECT_THAT(Get(8), IsOk());
  EXPECT_THAT(Get(9), IsOk());
  EXPECT_EQ(asked_, 2);
}

TEST_F(LineageSourceTest, ADirectoryThatWasRestoredIsAskedAgain) {
  EXPECT_THAT(Get(7), IsOk());
  version_ = 5;
  EXPECT_THAT(Get(5), IsOk());
  EXPECT_EQ(asked_, 2);
  EXPECT_THAT(Get(5), IsOk());
  EXPECT_EQ(asked_, 2);
}

}  // namespace
}  // namespace phoihop::agreements
