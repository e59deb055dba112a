#include "common/telemetry/metrics.h"

#include <memory>
#include <string>

#include "common/ledger/ledger_fixture.h"
#include "common/telemetry/trace.h"

namespace phoihop::ledger {
namespace {

class MetricsTest : public LedgerFixture {
 protected:
  // The value of a sample, for example `phoihop_ledger_position`; -1 when it is not there.
  static double Value(const std::string& sample) {
    const std::string text = "\n" + MetricsText();
    const size_t at = text.find("\n" + sample + " ");
    double value = -1;
    if (at != std::string::npos) {
      const size_t begin = at + sample.size() + 2;
      (void)absl::SimpleAtod(text.substr(begin, text.find('\n', begin) - begin), &value);
    }
    return value;
  }
};

TEST_F(MetricsTest, BatchesResultsAndPositionAreExported) {
  options_.lanes = 1;
  const auto writer = NewWriter();
  const double batches = Value("phoihop_lane_batch_commands_count");
  const double commands = Value("phoihop_lane_batch_commands_sum");
  const double committed = Value("phoihop_lane_commands_total{result=\"committed\"}");
  const double failed = Value("phoihop_lane_commands_total{result=\"failed\"}");
  ASSERT_THAT(writer->Commit(CreateCommand("a")), IsOk());
  EXPECT_THAT(writer->Commit(IncrementCommand("none")), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_EQ(Value("phoihop_lane_batch_commands_count"), batches + 1);
  EXPECT_EQ(Value("phoihop_lane_batch_commands_sum"), commands + 1);
  EXPECT_EQ(Value("phoihop_lane_commands_total{result=\"committed\"}"), committed + 1);
  EXPECT_EQ(Value("phoihop_lane_commands_total{result=\"failed\"}"), failed + 1);
  EXPECT_EQ(Value("phoihop_ledger_position"), 1);
  EXPECT_EQ(Value("phoihop_lane_waiting{lane=\"0\"}"), 0);
  EXPECT_EQ(Value("phoihop_lane_queue_capacity"), options_.max_queue);
}

TEST_F(MetricsTest, LaneThatHangsShowsHowLong) {
  options_.lanes = 1;
  const auto writer = NewWriter();
  {
    const Gate gate(*writer);
    absl::SleepFor(absl::Milliseconds(60));
    EXPECT_GT(Value("phoihop_lane_busy_seconds{lane=\"0\"}"), 0.05);
    EXPECT_EQ(Value("phoihop_lane_busy_seconds{lane=\"held\"}"), 0);
  }
  ASSERT_THAT(writer->Commit(CreateCommand("a")), IsOk());
  EXPECT_LT(Value("phoihop_lane_busy_seconds{lane=\"0\"}"), 0.05);
}

TEST_F(MetricsTest, TraceOfARequestIsFoundByItsPosition) {
  const auto writer = NewWriter();
  const TraceContext trace = TraceContext::New();
  int64_t position = 0;
  {
    const ScopedTrace scope(trace);
    const auto committed = writer->Commit(CreateCommand("a"));
    ASSERT_THAT(committed, IsOk());
    position = committed->position;
  }
  ASSERT_TRUE(writer->TraceAt(position).has_value());
  EXPECT_EQ(writer->TraceAt(position)->trace_id, trace.trace_id);
  const auto without = writer->Commit(CreateCommand("b"));
  ASSERT_THAT(without, IsOk());
  EXPECT_FALSE(writer->TraceAt(without->position).has_value());
  EXPECT_FALSE(writer->TraceAt(without->position + 1).has_value());
}

}  // namespace
}  // namespace phoihop::ledger
