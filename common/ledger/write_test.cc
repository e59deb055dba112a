#include "common/ledger/write.h"

#include "common/ledger/ledger_fixture.h"
#include "google/protobuf/struct.pb.h"
#include "phoihop/ledger/v1/ledger.pb.h"

namespace phoihop::ledger {
namespace {

class WriteTest : public LedgerFixture {};

TEST_F(WriteTest, HandlerGetsItsResponseAndTheCallItsPosition) {
  auto writer = NewWriter();
  access::Caller caller;
  caller.kind = access::Caller::kMember;
  caller.name = "members/lan";
  caller.body = "bodies/7";
  const rpc::RequestContext context({.caller = caller, .method = "phoihop.test.S/M"});
  v1::GetHeadRequest request;
  const auto written = Write<v1::Head>(*writer, context, request, {"counters/a"},
                                       [&](Transaction& tx) -> absl::StatusOr<v1::Head> {
                                         auto created = Create(tx, "a");
                                         if (!created.ok()) return created.status();
                                         v1::Head head;
                                         head.set_epoch("response");
                                         return head;
                                       });
  ASSERT_THAT(written, IsOk());
  EXPECT_EQ(written->epoch(), "response");
  EXPECT_EQ(context.position(), 1);
  const auto records = AllRecords();
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(records[0].actor, "members/lan");
  EXPECT_EQ(records[0].actor_body, "bodies/7");
  EXPECT_EQ(records[0].method, "phoihop.test.S/M");
}

TEST_F(WriteTest, ErrorOfTheHandlerIsReturnedAsItIs) {
  auto writer = NewWriter();
  const rpc::RequestContext context({.method = "phoihop.test.S/M"});
  const auto written = Write<v1::Head>(
      *writer, context, v1::GetHeadRequest(), {"counters/a"},
      [&](Transaction&) -> absl::StatusOr<v1::Head> { return absl::NotFoundError("none"); });
  EXPECT_THAT(written, StatusIs(absl::StatusCode::kNotFound));
  EXPECT_FALSE(context.position().has_value());
}

TEST(DeterministicBytesTest, EqualMapsGiveEqualBytes) {
  google::protobuf::Struct a, b;
  for (int i = 0; i < 50; ++i) (*a.mutable_fields())[std::to_string(i)].set_number_value(i);
  for (int i = 49; i >= 0; --i) (*b.mutable_fields())[std::to_string(i)].set_number_value(i);
  EXPECT_EQ(DeterministicBytes(a), DeterministicBytes(b));
}

}  // namespace
}  // namespace phoihop::ledger
