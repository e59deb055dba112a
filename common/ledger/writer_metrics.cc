#include "common/ledger/writer_metrics.h"

#include <cstdint>
#include <utility>

#include "common/telemetry/metrics.h"

namespace phoihop::ledger {
namespace {

// A counter of something that counts itself.
class Followed {
 public:
  explicit Followed(Counter counter) : counter_(counter) {}
  void Set(int64_t value) {
    if (value > last_) counter_.Increment(static_cast<double>(value - last_));
    last_ = value;
  }

 private:
  Counter counter_;
  int64_t last_ = 0;
};

Followed Commands(const char* result) {
  return Followed(GetCounter("phoihop_lane_commands_total",
                             "Commands that were answered: stored, from memory, with an error, or "
                             "refused because a queue was full.",
                             {{"result", result}}));
}

struct Exported {
  Followed committed = Commands("committed");
  Followed replayed = Commands("replayed");
  Followed failed = Commands("failed");
  Followed overloaded = Commands("overloaded");
  Followed transactions =
      Followed(GetCounter("phoihop_lane_transactions_total", "Transactions that were committed."));
  Followed reruns = Followed(GetCounter("phoihop_lane_reruns_total", "Transactions run again."));
  Followed unknown = Followed(GetCounter("phoihop_lane_unknown_commits_total",
                                         "COMMITs whose answer was lost on the way."));
  Gauge position = GetGauge("phoihop_ledger_position",
                            "Position of the newest record that this process knows of.");

  void Update(const WriterState& state) {
    committed.Set(state.stats.committed);
    replayed.Set(state.stats.replayed);
    failed.Set(state.stats.failed);
    overloaded.Set(state.stats.overloaded);
    transactions.Set(state.stats.transactions);
    reruns.Set(state.stats.reruns);
    unknown.Set(state.stats.unknown_commits);
    position.Set(static_cast<double>(state.head.position));
    for (const LaneState& lane : state.lanes) {
      GetGauge("phoihop_lane_waiting", "Commands that wait for a lane.", {{"lane", lane.name}})
          .Set(lane.waiting);
      GetGauge("phoihop_lane_busy_seconds", "How long a lane has been at its batch.",
               {{"lane", lane.name}})
          .Set(absl::ToDoubleSeconds(lane.busy));
    }
  }
};

}  // namespace

std::shared_ptr<void> ExportWriter(int max_queue, std::function<WriterState()> state) {
  GetGauge("phoihop_lane_queue_capacity", "Commands that may wait for each lane.").Set(max_queue);
  return BeforeScrape([exported = std::make_shared<Exported>(), state = std::move(state)] {
    exported->Update(state());
  });
}

}  // namespace phoihop::ledger
