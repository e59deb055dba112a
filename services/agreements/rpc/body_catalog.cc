#include "services/agreements/rpc/body_catalog.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/container/btree_set.h"
#include "absl/strings/str_cat.h"
#include "common/names/names.h"
#include "common/rpc/client.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/time/civil.h"
#include "phoihop/directory/v1/directory.grpc.pb.h"

namespace phoihop::agreements {
namespace {

using directory::v1::BatchGetBodiesRequest;
using directory::v1::BatchGetBodiesResponse;
using directory::v1::DirectoryService;

absl::Status DirectoryUnavailable() {
  return Unavailable("DIRECTORY_UNAVAILABLE",
                     {"The parties cannot be verified now: the directory does not answer.",
                      "Hiện không thể kiểm tra các bên: danh bạ không trả lời."});
}

// Nothing for an empty text.
absl::StatusOr<std::optional<absl::CivilDay>> DayOf(const std::string& text) {
  if (text.empty()) return std::optional<absl::CivilDay>();
  ASSIGN_OR_RETURN(const absl::CivilDay day, ParseDay(text));
  return std::optional<absl::CivilDay>(day);
}

bool IsUnknownBody(const absl::Status& status) {
  return absl::IsNotFound(status) || absl::IsInvalidArgument(status);
}

class DirectoryBodyCatalog : public BodyCatalog {
 public:
  DirectoryBodyCatalog(std::shared_ptr<grpc::Channel> channel,
                       std::function<std::string()> credentials, absl::Duration patience)
      : stub_(DirectoryService::NewStub(std::move(channel))),
        credentials_(std::move(credentials)),
        patience_(patience) {}

  absl::StatusOr<Bodies> Find(const std::vector<std::string>& ids,
                              absl::Time deadline) const override {
    if (ids.empty()) return Bodies();
    const absl::Time until = std::min(deadline, absl::Now() + patience_);
    absl::StatusOr<Bodies> all = Ask(ids, until);
    if (all.ok()) return all;
    if (!IsUnknownBody(all.status())) return DirectoryUnavailable();
    // The directory refuses a batch with a body that it does not know. That is a client's
    // mistake and rare, so it may cost a call for each to say which one it is.
    Bodies bodies;
    for (const std::string& id : ids) {
      absl::StatusOr<Bodies> one = Ask({id}, until);
      if (one.ok()) {
        bodies.merge(*one);
      } else if (IsUnknownBody(one.status())) {
        bodies[id] = std::nullopt;
      } else {
        return DirectoryUnavailable();
      }
    }
    return bodies;
  }

 private:
  absl::StatusOr<Bodies> Ask(const std::vector<std::string>& ids, absl::Time until) const {
    BatchGetBodiesRequest request;
    for (const std::string& id : absl::btree_set<std::string>(ids.begin(), ids.end())) {
      request.add_names(absl::StrCat("bodies/", id));
    }
    rpc::CallOptions options;
    options.deadline = until;
    options.credentials = credentials_;
    ASSIGN_OR_RETURN(
        const BatchGetBodiesResponse response,
        rpc::Call(*stub_, &DirectoryService::StubInterface::BatchGetBodies, request, options));
    Bodies bodies;
    for (const directory::v1::Body& body : response.bodies()) {
      ASSIGN_OR_RETURN(std::string id, ParseName("bodies/*", body.name(), "name"));
      BodyFacts facts;
      ASSIGN_OR_RETURN(facts.unit, ParseUnitName(body.unit(), "unit"));
      ASSIGN_OR_RETURN(facts.from, DayOf(body.valid_from()));
      ASSIGN_OR_RETURN(facts.until, DayOf(body.valid_until()));
      facts.display_name = body.display_name();
      facts.carried_on = body.successors_size() > 0;
      bodies[std::move(id)] = facts;
    }
    return bodies;
  }

  const std::unique_ptr<DirectoryService::Stub> stub_;
  const std::function<std::string()> credentials_;
  const absl::Duration patience_;
};

}  // namespace

std::unique_ptr<BodyCatalog> NewDirectoryBodyCatalog(std::shared_ptr<grpc::Channel> channel,
                                                     std::function<std::string()> credentials,
                                                     absl::Duration patience) {
  return std::make_unique<DirectoryBodyCatalog>(std::move(channel), std::move(credentials),
                                                patience);
}

}  // namespace phoihop::agreements
