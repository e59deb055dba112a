#ifndef PHOIHOP_COMMON_LEDGER_WRITER_METRICS_H_
#define PHOIHOP_COMMON_LEDGER_WRITER_METRICS_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "common/ledger/record.h"
#include "common/ledger/writer.h"

// What a writer exports. Private to common/ledger.
namespace phoihop::ledger {

// One lane at this moment.
struct LaneState {
  // `0`, `1` ... and `held`.
  std::string name;
  int waiting = 0;
  absl::Duration busy;
};

struct WriterState {
  Writer::Stats stats;
  Head head;
  std::vector<LaneState> lanes;
};

// Exports the state before each scrape, until the handle is destroyed: phoihop_lane_*,
// phoihop_ledger_position.
std::shared_ptr<void> ExportWriter(int max_queue, std::function<WriterState()> state);

}  // namespace phoihop::ledger

#endif  // PHOIHOP_COMMON_LEDGER_WRITER_METRICS_H_
