#include "services/gateway/http/stream_body.h"

#include <utility>

#include "common/status/errors.h"

namespace phoihop::gateway {

void OpenBodies::set_most(size_t most) {
  absl::MutexLock lock(&mutex_);
  most_ = most;
}

void OpenBodies::EndAll(const absl::Status& why) {
  // Ended with the lock, so that none of them goes meanwhile; ending calls nothing back here.
  absl::MutexLock lock(&mutex_);
  ended_ = why;
  for (StreamBody* const body : open_) body->End(why);
}

absl::Status OpenBodies::Enter(StreamBody* body) {
  absl::MutexLock lock(&mutex_);
  if (!ended_.ok()) return ended_;
  if (open_.size() >= most_) return Overloaded(absl::Seconds(1));
  open_.insert(body);
  return absl::OkStatus();
}

void OpenBodies::Leave(StreamBody* body) {
  absl::MutexLock lock(&mutex_);
  open_.erase(body);
}

StreamBody::StreamBody(const Transcoder* transcoder, ApiCall call,
                       std::shared_ptr<OpenBodies> bodies, std::shared_ptr<UpstreamStream> stream)
    : transcoder_(transcoder),
      call_(std::move(call)),
      bodies_(std::move(bodies)),
      stream_(std::move(stream)) {}

StreamBody::~StreamBody() { bodies_->Leave(this); }

std::function<void()> StreamBody::Begin(const Transcoder* transcoder, ApiCall call,
                                        const std::shared_ptr<OpenBodies>& bodies,
                                        const std::shared_ptr<UpstreamStream>& stream,
                                        std::function<void(HttpResponse)> done) {
  const auto body = std::make_shared<StreamBody>(transcoder, std::move(call), bodies, stream);
  if (const absl::Status status = bodies->Enter(body.get()); !status.ok()) {
    done(ErrorResponse(body->call_.dialect, status));
    return nullptr;
  }
  stream->Read([body, done = std::move(done)](Event event) {
    if (!event.ok()) {
      return done(body->transcoder_->Write(body->call_, body->Told(event.status()), std::nullopt));
    }
    body->first_ = std::move(event);
    HttpResponse response = body->transcoder_->BeginStream(body->call_);
    response.stream = body;
    done(std::move(response));
  });
  return [weak = std::weak_ptr<StreamBody>(body)] {
    if (const auto open = weak.lock()) open->Cancel();
  };
}

void StreamBody::Next(std::function<void(std::optional<std::string>)> done) {
  if (over_) return done(std::nullopt);
  if (first_.has_value()) {
    const Event first = *std::exchange(first_, std::nullopt);
    return done(PieceOf(first));
  }
  stream_->Read([self = shared_from_this(), done = std::move(done)](const Event& event) {
    done(self->PieceOf(event));
  });
}

void StreamBody::Cancel() { stream_->Cancel(); }

void StreamBody::End(const absl::Status& why) {
  {
    absl::MutexLock lock(&mutex_);
    why_ = why;
  }
  stream_->Cancel();
}

absl::Status StreamBody::Told(const absl::Status& status) {
  absl::MutexLock lock(&mutex_);
  return why_.ok() ? status : why_;
}

std::string StreamBody::PieceOf(const Event& event) {
  absl::Status status = event.status();
  if (event.ok() && event->has_value()) {
    absl::StatusOr<std::string> piece = transcoder_->StreamPiece(call_, **event);
    if (piece.ok()) return *std::move(piece);
    status = piece.status();
    stream_->Cancel();
  }
  over_ = true;
  return transcoder_->StreamEnd(call_, status.ok() ? status : Told(status));
}

}  // namespace phoihop::gateway
