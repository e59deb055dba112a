// Handlers as the server keeps them, whatever their types.
#ifndef PHOIHOP_COMMON_RPC_METHODS_H_
#define PHOIHOP_COMMON_RPC_METHODS_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/rpc/context.h"
#include "common/rpc/stream_source.h"
#include "google/protobuf/message.h"

namespace phoihop::rpc {

using MessagePtr = std::unique_ptr<google::protobuf::Message>;

struct UnaryMethod {
  std::string full_name;
  const google::protobuf::Message* request = nullptr;
  const google::protobuf::Message* response = nullptr;
  std::function<absl::StatusOr<MessagePtr>(const RequestContext&,
                                           const google::protobuf::Message& request)>
      handler;
};

// Takes and returns serialised messages, and holds no worker until the answer is there: calls
// `done` exactly once, on any thread, perhaps before it returns. `context` lives until then. The
// returned function, which may be empty, is called when the caller has left; `done` may follow or
// not have to do anything any more.
using ForwardHandler =
    std::function<std::function<void()>(const RequestContext& context, std::string request,
                                        std::function<void(absl::StatusOr<std::string>)> done)>;

// Room for one call at whoever answers what is passed on, held until the call has ended; nothing
// when there is none. Asked on gRPC's threads for each call that arrives, so it must be quick.
// Taken before anything is known of the caller: to look first and to take it when the call is
// passed on was tried, and of ten times too many calls so many were authenticated in vain that
// little more than half as much was done.
using RoomFinder = std::function<std::shared_ptr<void>()>;

// What a source has to send: a message or, where messages are passed on, the bytes of one;
// neither for nothing now. Lives until the source is asked again.
struct Outgoing {
  const google::protobuf::Message* message = nullptr;
  const std::string* bytes = nullptr;

  bool empty() const { return message == nullptr && bytes == nullptr; }
};

// A StreamSource of some type.
class MessageSource {
 public:
  virtual ~MessageSource() = default;
  virtual absl::StatusOr<Outgoing> Next() = 0;
  virtual absl::Duration WaitHint() const = 0;
  virtual bool done() const = 0;
  virtual const Waker& waker() const = 0;
};

template <class Res>
class TypedMessageSource : public MessageSource {
 public:
  explicit TypedMessageSource(std::unique_ptr<StreamSource<Res>> source)
      : source_(std::move(source)) {}

  absl::StatusOr<Outgoing> Next() override {
    absl::StatusOr<std::optional<Res>> next = source_->Next();
    if (!next.ok()) return std::move(next).status();
    current_ = *std::move(next);
    if (!current_.has_value()) return Outgoing{};
    if constexpr (std::is_same_v<Res, std::string>) {
      return Outgoing{.bytes = &*current_};
    } else {
      return Outgoing{.message = &*current_};
    }
  }
  absl::Duration WaitHint() const override { return source_->WaitHint(); }
  bool done() const override { return source_->done(); }
  const Waker& waker() const override { return source_->waker(); }

 private:
  std::unique_ptr<StreamSource<Res>> source_;
  std::optional<Res> current_;
};

// Opens a stream whose messages stay serialised; must not block.
using ForwardStreamHandler = std::function<absl::StatusOr<std::unique_ptr<MessageSource>>(
    const RequestContext&, std::string request)>;

struct StreamMethod {
  std::string full_name;
  const google::protobuf::Message* request = nullptr;
  const google::protobuf::Message* response = nullptr;
  std::function<absl::StatusOr<std::unique_ptr<MessageSource>>(
      const RequestContext&, const google::protobuf::Message& request)>
      handler;
};

}  // namespace phoihop::rpc

#endif  // PHOIHOP_COMMON_RPC_METHODS_H_
