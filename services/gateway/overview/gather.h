// Asks several services at once and waits for them together. Includes gRPC: for .cc
// files of this folder only.
#ifndef PHOIHOP_SERVICES_GATEWAY_OVERVIEW_GATHER_H_
#define PHOIHOP_SERVICES_GATEWAY_OVERVIEW_GATHER_H_

#include <grpcpp/grpcpp.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/rpc/client.h"
#include "common/status/errors.h"
#include "services/gateway/forwarding/open_calls.h"

namespace phoihop::gateway {

// Where answers arrive. Calls keep it alive until they have ended, so whoever asked may
// stop waiting at any time.
struct Arrivals {
  explicit Arrivals(const OpenCalls& open) : calls(open) {}

  const OpenCalls& calls;
  // Guards what questions know of their answers. Whoever waits does so by a condition on it, and
  // is woken once, when all that it waits for is there.
  absl::Mutex mutex;
};

// One question.
template <class Req, class Res>
class Question {
 public:
  // Asks by a method of a stub's callback interface:
  //   auto unit = Question<GetUnitRequest, Unit>::Ask(arrivals, options, request,
  //       [&](auto... args) { stub.async()->GetUnit(args...); });
  // `call` is given (ClientContext*, const Req*, Res*, function<void(grpc::Status)>).
  template <class Call>
  static std::shared_ptr<Question> Ask(std::shared_ptr<Arrivals> arrivals,
                                       const rpc::CallOptions& options, Req request, Call call) {
    std::shared_ptr<Question> question(new Question(std::move(arrivals), std::move(request)));
    rpc::Prepare(options, question->context_);
    call(&question->context_, &question->request_, &question->response_,
         std::function<void(grpc::Status)>(
             [question](grpc::Status status) { question->Arrived(status); }));
    return question;
  }

  // Whether the answer is there. The caller holds the mutex of the arrivals.
  bool done() const {
    arrivals_->mutex.AssertReaderHeld();
    return done_;
  }

  // To be called once nobody waits any longer. A question that is still open counts as
  // DEADLINE_EXCEEDED from now on, and its call is cancelled.
  absl::Status Close() {
    {
      absl::MutexLock lock(&arrivals_->mutex);
      if (done_ || abandoned_) return status_;
      abandoned_ = true;
      status_ = DeadlineExceeded();
      elapsed_ = absl::Now() - asked_;
    }
    // Without the mutex, since gRPC may call back at once.
    context_.TryCancel();
    return DeadlineExceeded();
  }

  // After Close() was OK.
  Res& response() { return response_; }
  std::optional<int64_t> position() const { return rpc::PositionOf(context_); }
  // After Close().
  absl::Duration elapsed() const {
    absl::MutexLock lock(&arrivals_->mutex);
    return elapsed_;
  }

 private:
  Question(std::shared_ptr<Arrivals> arrivals, Req request)
      : arrivals_(std::move(arrivals)), ticket_(arrivals_->calls), request_(std::move(request)) {}

  void Arrived(const grpc::Status& status) {
    absl::MutexLock lock(&arrivals_->mutex);
    if (abandoned_) return;
    done_ = true;
    elapsed_ = absl::Now() - asked_;
    status_ = status.ok() ? absl::OkStatus() : rpc::FromGrpcStatus(status);
  }

  const std::shared_ptr<Arrivals> arrivals_;
  const OpenCalls::Ticket ticket_;
  const Req request_;
  Res response_;
  grpc::ClientContext context_;
  const absl::Time asked_ = absl::Now();
  // Guarded by the mutex of arrivals_.
  bool done_ = false;
  bool abandoned_ = false;
  absl::Status status_;
  absl::Duration elapsed_;
};

}  // namespace phoihop::gateway

#endif  // PHOIHOP_SERVICES_GATEWAY_OVERVIEW_GATHER_H_
