#include "common/ledger/changes.h"

#include "common/ledger/ledger_fixture.h"

namespace phoihop::ledger {
namespace {

using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class ChangesTest : public LedgerFixture {
 protected:
  Changes After(int64_t position, int limit, std::string_view left_out = "") {
    auto lease = pool_->Acquire(Soon());
    EXPECT_THAT(lease, IsOk());
    auto changes = ChangesAfter(**lease, position, limit, left_out);
    EXPECT_THAT(changes, IsOk());
    return changes.ok() ? *std::move(changes) : Changes();
  }
};

TEST_F(ChangesTest, TellTheUnitsOfAllRecordsAfterAPosition) {
  auto writer = NewWriter();
  for (const char* unit : {"units/1", "units/2", "units/1", ""}) {
    Command command = NewCommand("x", "");
    command.run = [unit](Transaction& tx) -> absl::StatusOr<std::string> {
      Change change = ChangeOf("x", 1, 0);
      change.unit = unit;
      tx.Note(change);
      return "";
    };
    ASSERT_THAT(writer->Commit(std::move(command)), IsOk());
  }
  const auto head = ReadHead(*pool_, Soon());
  ASSERT_THAT(head, IsOk());
  EXPECT_THAT(After(0, 10).units, UnorderedElementsAre("units/1", "units/2", ""));
  EXPECT_THAT(After(1, 10).units, UnorderedElementsAre("units/1", "units/2", ""));
  EXPECT_THAT(After(3, 10).units, UnorderedElementsAre(""));
  const Changes none = After(4, 10);
  EXPECT_THAT(none.units, IsEmpty());
  EXPECT_TRUE(none.complete);
  EXPECT_EQ(none.position, 4);
  EXPECT_EQ(none.epoch, head->epoch);
}

TEST_F(ChangesTest, ATypeMayBeLeftOutButCountsForTheLimit) {
  auto writer = NewWriter();
  for (const char* unit : {"units/1", "units/2"}) {
    Command command = NewCommand("x", "");
    command.run = [unit](Transaction& tx) -> absl::StatusOr<std::string> {
      Change change = ChangeOf("x", 1, 0);
      change.unit = unit;
      change.resource_type = unit == std::string("units/1") ? "phoihop.test.A" : "phoihop.test.B";
      tx.Note(change);
      return "";
    };
    ASSERT_THAT(writer->Commit(std::move(command)), IsOk());
  }
  EXPECT_THAT(After(0, 2, "phoihop.test.A").units, UnorderedElementsAre("units/2"));
  EXPECT_THAT(After(0, 2, "phoihop.test.B").units, UnorderedElementsAre("units/1"));
  EXPECT_THAT(After(0, 2, "phoihop.test.C").units, UnorderedElementsAre("units/1", "units/2"));
  EXPECT_FALSE(After(0, 1, "phoihop.test.A").complete);
}

TEST_F(ChangesTest, MoreRecordsThanTheLimitAreNotComplete) {
  auto writer = NewWriter();
  for (const char* id : {"a", "b", "c"}) {
    ASSERT_THAT(writer->Commit(CreateCommand(id)), IsOk());
  }
  EXPECT_TRUE(After(0, 3).complete);
  EXPECT_FALSE(After(0, 2).complete);
  EXPECT_EQ(After(0, 2).position, 3);
}

}  // namespace
}  // namespace phoihop::ledger
