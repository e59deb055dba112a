// How many calls the gateway has open at one service.
#ifndef PHOIHOP_SERVICES_GATEWAY_FORWARDING_CALL_LIMIT_H_
#define PHOIHOP_SERVICES_GATEWAY_FORWARDING_CALL_LIMIT_H_

#include <memory>
#include <string>

#include "absl/time/time.h"

namespace phoihop::gateway {

// Finds out how many calls a service, with as many replicas as it may have, can have open: one
// more after as many good answers as are open, a tenth less when the service refuses one because
// it has too much to do (additive increase, multiplicative decrease, as TCP finds its window). So
// under any load nearly all refusals are given here, where they cost least, and what is open, and
// waits, stays what the service gets done. Thread safe.
class CallLimit {
 public:
  struct Options {
    // Where it begins: a service works on 64 calls and lets 1,024 wait, and whoever asks for half
    // of that at once just after a start is not turned away for nothing.
    double first = 512;
    // Whatever is refused, so many calls find out whether it is over.
    double least = 16;
    double most = 4096;
    // What is refused within so long of a decrease was sent before it.
    absl::Duration pause = absl::Milliseconds(100);
  };

  CallLimit(const std::string& service, Options options);
  explicit CallLimit(const std::string& service) : CallLimit(service, Options()) {}

  ~CallLimit();

  // Room for one more call, held until it has ended; nothing when as many are open as may be. May
  // outlive this.
  std::shared_ptr<void> Take();

  enum class Answer {
    kGood,
    // The service has too much to do.
    kRefused,
    // Says nothing about how much it has to do.
    kOther,
  };
  // What the service answered to a call that is still open.
  void Heard(Answer answer, absl::Time now);

 private:
  struct State;
  const Options options_;
  const std::shared_ptr<State> state_;
  std::shared_ptr<void> exported_;
};

}  // namespace phoihop::gateway

#endif  // PHOIHOP_SERVICES_GATEWAY_FORWARDING_CALL_LIMIT_H_
