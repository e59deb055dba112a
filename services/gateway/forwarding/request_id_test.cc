#include "services/gateway/forwarding/request_id.h"

#include "gtest/gtest.h"
#include "phoihop/opinions/v1/opinions.pb.h"

namespace phoihop::gateway {
namespace {

using opinions::v1::CreateOpinionEntryRequest;
using opinions::v1::GetOpinionEntryRequest;

bool Carries(const google::protobuf::Message& message) {
  return CarriesRequestId(message.SerializeAsString(), *message.GetDescriptor());
}

TEST(RequestIdTest, IsFoundAmongOtherFields) {
  CreateOpinionEntryRequest request;
  EXPECT_FALSE(Carries(request));
  request.mutable_opinion_entry();
  EXPECT_FALSE(Carries(request));
  request.set_request_id("0d7a4c52-7e1f-4f3c-9a51-aa1d0ce7f001");
  EXPECT_TRUE(Carries(request));
}

TEST(RequestIdTest, LastOfSeveralCounts) {
  CreateOpinionEntryRequest request;
  request.set_request_id("a");
  const std::string given = request.SerializeAsString();
  // Field by field as it is on the wire: its key, and an empty text.
  const std::string empty = {given[0], 0};
  const auto& type = *request.GetDescriptor();
  EXPECT_TRUE(CarriesRequestId(empty + given, type));
  EXPECT_FALSE(CarriesRequestId(given + empty, type));
}

TEST(RequestIdTest, NothingElseHasOne) {
  GetOpinionEntryRequest request;
  request.set_name("opinionEntries/1");
  EXPECT_FALSE(Carries(request));
  EXPECT_FALSE(CarriesRequestId("\xff\xff\xff", *CreateOpinionEntryRequest::descriptor()));
}

}  // namespace
}  // namespace phoihop::gateway
