// What the gateway answers over HTTP: the methods of the catalog by REST and Connect,
// and whether it is alive and ready.
#ifndef PHOIHOP_SERVICES_GATEWAY_HTTP_API_H_
#define PHOIHOP_SERVICES_GATEWAY_HTTP_API_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "services/gateway/forwarding/upstream.h"
#include "services/gateway/http/server.h"
#include "services/gateway/http/stream_body.h"
#include "services/gateway/transcoding/transcoder.h"

namespace phoihop::gateway {

// Every request becomes one call of the gateway's own gRPC server, which authenticates
// the caller and passes the call on: so both protocols share one way in.
class Api : public HttpHandler {
 public:
  // `ready` says whether the gateway can serve; empty for always. `catalog` outlives this.
  Api(const Catalog& catalog, std::function<absl::Status()> ready);

  // Where a request comes from, by its connection's address and its X-Forwarded-For; without it
  // the former. Set before the first request.
  using ClientAddress = std::function<std::string(std::string_view peer, std::string_view header)>;
  void set_client_address(ClientAddress address) { client_address_ = std::move(address); }

  // Streams open at once; see OpenBodies.
  void set_most_streams(size_t most) { bodies_->set_most(most); }

  // Where calls go, once the gRPC server is up. Until then they are UNAVAILABLE.
  void Connect(std::shared_ptr<Upstream> server);
  // Tells all streams that the gateway is about to end.
  void EndStreams();
  // No further calls, before the gRPC server ends.
  void Disconnect();

  std::function<void()> Handle(HttpRequest request,
                               std::function<void(HttpResponse)> done) override;
  HttpResponse Refuse(int http_status, const absl::Status& why) override;

 private:
  std::shared_ptr<Upstream> server() const;
  std::string AddressOf(const HttpRequest& request) const;

  const Transcoder transcoder_;
  const std::function<absl::Status()> ready_;
  const std::shared_ptr<OpenBodies> bodies_ = std::make_shared<OpenBodies>();
  ClientAddress client_address_;
  mutable absl::Mutex mutex_;
  std::shared_ptr<Upstream> server_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace phoihop::gateway

#endif  // PHOIHOP_SERVICES_GATEWAY_HTTP_API_H_
