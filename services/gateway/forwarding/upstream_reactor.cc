#include "services/gateway/forwarding/upstream_reactor.h"

#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "common/rpc/bytes.h"
#include "common/rpc/client.h"

namespace phoihop::gateway {
namespace {

using Event = UpstreamStream::Event;

// One stream. A hold keeps gRPC from ending it while nobody reads; whoever gives the hold back
// lets OnDone come, and begins no further read.
class Reactor : public grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  Reactor(const OpenCalls& calls, const std::string& request)
      : ticket_(calls), request_(rpc::BufferOf(request)) {}

  grpc::ClientContext& context() { return context_; }

  static void Start(const std::shared_ptr<Reactor>& reactor, grpc::GenericStub& stub,
                    const std::string& method) {
    stub.PrepareBidiStreamingCall(&reactor->context_, absl::StrCat("/", method),
                                  grpc::StubOptions(), reactor.get());
    reactor->self_ = reactor;
    reactor->AddHold();
    reactor->StartWriteLast(&reactor->request_, grpc::WriteOptions());
    reactor->StartCall();
  }

  void Read(std::function<void(Event)> done) {
    std::function<void(Event)> at_once;
    {
      absl::MutexLock lock(&mutex_);
      if (end_.has_value()) {
        at_once = std::move(done);
      } else {
        done_ = std::move(done);
        // Without the hold the end is near, and answers.
        if (!held_) return;
        reading_ = true;
      }
    }
    if (at_once) return at_once(*end_);
    StartRead(&response_);
  }

  void Cancel() {
    bool release = false;
    {
      absl::MutexLock lock(&mutex_);
      if (cancelled_ || end_.has_value()) return;
      cancelled_ = true;
      // A read under way gives the hold back when it ends.
      release = held_ && !reading_;
      if (release) held_ = false;
    }
    context_.TryCancel();
    if (release) RemoveHold();
  }

  void OnReadDone(bool ok) override {
    std::function<void(Event)> done;
    {
      absl::MutexLock lock(&mutex_);
      reading_ = false;
      if (ok && !cancelled_) {
        done = std::exchange(done_, nullptr);
      } else {
        held_ = false;
      }
    }
    if (!done) return RemoveHold();
    absl::StatusOr<std::string> bytes = rpc::BytesOf(response_);
    response_.Clear();
    done(bytes.ok() ? Event(*std::move(bytes)) : Event(bytes.status()));
  }

  void OnDone(const grpc::Status& status) override {
    // The last act may delete this.
    const std::shared_ptr<Reactor> self = std::move(self_);
    std::function<void(Event)> done;
    {
      absl::MutexLock lock(&mutex_);
      if (status.ok()) {
        end_ = Event(std::nullopt);
      } else {
        end_ = cancelled_ ? rpc::FromGrpcStatus(status) : rpc::FromUncancelled(status);
      }
      done = std::exchange(done_, nullptr);
    }
    if (done) done(*end_);
  }

 private:
  // Goes last.
  const OpenCalls::Ticket ticket_;
  grpc::ClientContext context_;
  const grpc::ByteBuffer request_;
  grpc::ByteBuffer response_;
  // Keeps the stream while gRPC knows it.
  std::shared_ptr<Reactor> self_;

  absl::Mutex mutex_;
  std::function<void(Event)> done_ ABSL_GUARDED_BY(mutex_);
  bool reading_ ABSL_GUARDED_BY(mutex_) = false;
  bool held_ ABSL_GUARDED_BY(mutex_) = true;
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
  // Set once, never changed.
  std::optional<Event> end_;
};

// What others hold: gone with the last of them, whatever gRPC still does.
class Handle : public UpstreamStream {
 public:
  explicit Handle(std::shared_ptr<Reactor> reactor) : reactor_(std::move(reactor)) {}
  ~Handle() override { reactor_->Cancel(); }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  void Read(std::function<void(Event)> done) override { reactor_->Read(std::move(done)); }
  void Cancel() override { reactor_->Cancel(); }

 private:
  const std::shared_ptr<Reactor> reactor_;
};

}  // namespace

std::shared_ptr<UpstreamStream> OpenStream(grpc::GenericStub& stub, const OpenCalls& calls,
                                           const std::string& method, const std::string& request,
                                           absl::FunctionRef<void(grpc::ClientContext&)> prepare) {
  auto reactor = std::make_shared<Reactor>(calls, request);
  prepare(reactor->context());
  Reactor::Start(reactor, stub, method);
  return std::make_shared<Handle>(std::move(reactor));
}

}  // namespace phoihop::gateway
