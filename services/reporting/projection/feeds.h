// The feeds that the projection follows, whatever they come through.
#ifndef PHOIHOP_SERVICES_REPORTING_PROJECTION_FEEDS_H_
#define PHOIHOP_SERVICES_REPORTING_PROJECTION_FEEDS_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/reporting/domain/rows.h"
#include "services/reporting/store/projection_store.h"

namespace phoihop::reporting {

// What a follower does with a feed. Called on a thread of the subscription, one at a time;
// they may block, which holds the feed up and nothing else.
struct FeedHandlers {
  // Each message, also one without records. Returns the position that is stored now; when
  // it is less than `after`, the feed goes back to it. After an error the feed is taken up
  // again from the position returned last.
  std::function<absl::StatusOr<int64_t>(const FeedBatch&)> on_batch;
  // The feed has another epoch than was stored: it starts over from 0 once this succeeds.
  std::function<absl::Status(std::string_view epoch)> on_epoch;
};

// A feed that is being followed, until it is destroyed; no handler runs afterwards.
class FeedSubscription {
 public:
  struct State {
    // Newest position heard of.
    int64_t head_position = 0;
    // Messages arrive.
    bool connected = false;
  };

  virtual ~FeedSubscription() = default;
  virtual State state() const = 0;
};

class Feeds {
 public:
  virtual ~Feeds() = default;

  // Follows a service's feed from a position on.
  virtual std::unique_ptr<FeedSubscription> Follow(const SourcePosition& from,
                                                   FeedHandlers handlers) = 0;

  // Asks the service for its newest position now.
  virtual absl::StatusOr<SourcePosition> Head(std::string_view service, absl::Time deadline) = 0;
};

}  // namespace phoihop::reporting

#endif  // PHOIHOP_SERVICES_REPORTING_PROJECTION_FEEDS_H_
