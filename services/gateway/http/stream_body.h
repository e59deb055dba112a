// The answers of methods that stream, as bodies that come piece by piece.
#ifndef PHOIHOP_SERVICES_GATEWAY_HTTP_STREAM_BODY_H_
#define PHOIHOP_SERVICES_GATEWAY_HTTP_STREAM_BODY_H_

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "services/gateway/forwarding/upstream_stream.h"
#include "services/gateway/http/message.h"
#include "services/gateway/transcoding/transcoder.h"

namespace phoihop::gateway {

class StreamBody;

// All streams that are open over HTTP. Thread safe.
class OpenBodies {
 public:
  // Streams at once; further ones are RESOURCE_EXHAUSTED. Each holds a connection.
  void set_most(size_t most);

  // Ends all with this status, and refuses further ones with it.
  void EndAll(const absl::Status& why);

 private:
  friend class StreamBody;
  absl::Status Enter(StreamBody* body);
  void Leave(StreamBody* body);

  absl::Mutex mutex_;
  size_t most_ ABSL_GUARDED_BY(mutex_) = 256;
  absl::Status ended_ ABSL_GUARDED_BY(mutex_);
  std::set<StreamBody*> open_ ABSL_GUARDED_BY(mutex_);
};

// One of them.
class StreamBody : public BodyStream, public std::enable_shared_from_this<StreamBody> {
 public:
  // Gives the answer once the first message has come, or the error in its place: so over REST a
  // refusal has its HTTP status. `transcoder` outlives the stream. The returned function cancels.
  static std::function<void()> Begin(const Transcoder* transcoder, ApiCall call,
                                     const std::shared_ptr<OpenBodies>& bodies,
                                     const std::shared_ptr<UpstreamStream>& stream,
                                     std::function<void(HttpResponse)> done);

  StreamBody(const Transcoder* transcoder, ApiCall call, std::shared_ptr<OpenBodies> bodies,
             std::shared_ptr<UpstreamStream> stream);
  ~StreamBody() override;

  void Next(std::function<void(std::optional<std::string>)> done) override;
  void Cancel() override;

  // Ends the stream, and tells the client why.
  void End(const absl::Status& why);

 private:
  using Event = UpstreamStream::Event;

  // The error that the client is told, which may be that of End().
  absl::Status Told(const absl::Status& status);
  std::string PieceOf(const Event& event);

  const Transcoder* const transcoder_;
  const ApiCall call_;
  const std::shared_ptr<OpenBodies> bodies_;
  const std::shared_ptr<UpstreamStream> stream_;
  // Used by whoever asks for pieces, one at a time.
  std::optional<Event> first_;
  bool over_ = false;

  absl::Mutex mutex_;
  absl::Status why_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace phoihop::gateway

#endif  // PHOIHOP_SERVICES_GATEWAY_HTTP_STREAM_BODY_H_
