#include "services/agreements/rpc/body_catalog.h"

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/rpc/client.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "phoihop/directory/v1/directory.grpc.pb.h"

namespace phoihop::agreements {
namespace {

using absl::StatusCode;
using ::phoihop::testing::IsOk;
using ::phoihop::testing::StatusIs;

// A directory that knows two bodies.
class FakeDirectory : public directory::v1::DirectoryService::Service {
 public:
  grpc::Status BatchGetBodies(grpc::ServerContext* context,
                              const directory::v1::BatchGetBodiesRequest* request,
                              directory::v1::BatchGetBodiesResponse* response) override {
    ++calls;
    while (frozen && !context->IsCancelled()) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    const auto& metadata = context->client_metadata();
    const auto token = metadata.find("authorization");
    bearer = token == metadata.end() ? "" : std::string(token->second.data(), token->second.size());
    if (!failure.ok()) return failure;
    std::map<std::string, int> seen;
    for (const std::string& name : request->names()) {
      if (++seen[name] > 1) return {grpc::StatusCode::INVALID_ARGUMENT, "twice"};
      if (name != "bodies/party" && name != "bodies/late") {
        return {grpc::StatusCode::NOT_FOUND, "unknown"};
      }
      directory::v1::Body& body = *response->add_bodies();
      body.set_name(name);
      body.set_unit(name == "bodies/late" ? "units/726" : "units/2");
      if (name == "bodies/late") {
        body.set_valid_from("2021-01-01");
        body.set_valid_until("2025-07-01");
        body.add_successors()->set_body("bodies/party");
      }
    }
    return grpc::Status::OK;
  }

  std::atomic<int> calls = 0;
  std::atomic<bool> frozen = false;
  grpc::Status failure;
  std::string bearer;
};

class BodyCatalogTest : public ::testing::Test {
 protected:
  BodyCatalogTest() {
    int port = 0;
    grpc::ServerBuilder builder;
    builder.RegisterService(&directory_);
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    server_ = builder.BuildAndStart();
    catalog_ = NewDirectoryBodyCatalog(
        rpc::Connect(absl::StrCat("127.0.0.1:", port)), [] { return std::string("own-token"); },
        absl::Milliseconds(500));
  }
  ~BodyCatalogTest() override {
    directory_.frozen = false;
    server_->Shutdown(std::chrono::system_clock::now());
  }
  absl::StatusOr<Bodies> Find(const std::vector<std::string>& ids) {
    return catalog_->Find(ids, absl::InfiniteFuture());
  }

  FakeDirectory directory_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<BodyCatalog> catalog_;
};

TEST_F(BodyCatalogTest, TellsTheUnitAndDaysOfBodiesInOneCallWithTheServicesOwnToken) {
  const auto bodies = Find({"party", "late", "party"});
  ASSERT_THAT(bodies, IsOk());
  ASSERT_EQ(bodies->size(), 2);
  EXPECT_EQ(bodies->at("party")->unit, 2);
  EXPECT_EQ(bodies->at("late")->unit, 726);
  EXPECT_TRUE(bodies->at("party")->Contains(absl::CivilDay(1990, 1, 1)));
  EXPECT_FALSE(bodies->at("late")->Contains(absl::CivilDay(2020, 12, 31)));
  EXPECT_TRUE(bodies->at("late")->Contains(absl::CivilDay(2025, 6, 30)));
  EXPECT_FALSE(bodies->at("late")->Contains(absl::CivilDay(2025, 7, 1)));
  EXPECT_TRUE(bodies->at("late")->carried_on);
  EXPECT_FALSE(bodies->at("party")->carried_on);
  EXPECT_EQ(directory_.calls, 1);
  EXPECT_EQ(directory_.bearer, "Bearer own-token");
}

TEST_F(BodyCatalogTest, SaysWhichBodyIsUnknown) {
  const auto bodies = Find({"party", "nobody"});
  ASSERT_THAT(bodies, IsOk());
  EXPECT_TRUE(bodies->at("party").has_value());
  EXPECT_FALSE(bodies->at("nobody").has_value());
}

TEST_F(BodyCatalogTest, NothingIsAskedForNobody) {
  EXPECT_THAT(Find({}), IsOk());
  EXPECT_EQ(directory_.calls, 0);
}

TEST_F(BodyCatalogTest, FailingFrozenOrAbsentDirectoryIsUnavailable) {
  const auto unavailable = StatusIs(StatusCode::kUnavailable, "DIRECTORY_UNAVAILABLE");
  directory_.failure = {grpc::StatusCode::UNAUTHENTICATED, "who?"};
  EXPECT_THAT(Find({"party"}), unavailable);
  directory_.failure = grpc::Status::OK;
  directory_.frozen = true;
  EXPECT_THAT(Find({"party"}), unavailable);
  directory_.frozen = false;
  EXPECT_THAT(Find({"party"}), IsOk());
  server_->Shutdown();
  EXPECT_THAT(Find({"party"}), unavailable);
}

}  // namespace
}  // namespace phoihop::agreements
