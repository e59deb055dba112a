#include "services/directory/rpc/lineage.h"

#include "common/status/macros.h"
#include "common/time/civil.h"
#include "phoihop/directory/v1/lineage.pb.h"

namespace phoihop::directory {
namespace {

// The numbers that are stored are those of the contract.
static_assert(static_cast<int>(Succession::Kind::kMerger) == v1::Succession::MERGER);
static_assert(static_cast<int>(Succession::Kind::kSplit) == v1::Succession::SPLIT);
static_assert(static_cast<int>(Succession::Kind::kContinuation) == v1::Succession::CONTINUATION);
static_assert(static_cast<int>(Succession::Kind::kCodeKept) == v1::Succession::CODE_KEPT);

absl::StatusOr<v1::SuccessionSnapshot> GetSuccessionSnapshot(
    const DirectoryCache& cache, const rpc::RequestContext& ctx,
    const v1::GetSuccessionSnapshotRequest& request) {
  ASSIGN_OR_RETURN(const auto view, cache.Units(ctx.deadline()));
  v1::SuccessionSnapshot response;
  response.set_version(view->reg.version);
  // A new database has version 0, so 0 cannot mean "I have it".
  if (request.known_version() != 0 && request.known_version() == view->reg.version) return response;
  for (const Succession& succession : view->reg.successions) {
    v1::SuccessionSnapshot::Edge& edge = *response.add_edges();
    edge.set_from_unit(succession.from_unit);
    edge.set_to_unit(succession.to_unit);
    edge.set_date(FormatDay(succession.date));
    edge.set_kind(static_cast<v1::Succession::Kind>(succession.kind));
  }
  return response;
}

}  // namespace

void AddLineageHandlers(const DirectoryCache* cache, rpc::Server::Builder& builder) {
  builder.Unary<v1::GetSuccessionSnapshotRequest, v1::SuccessionSnapshot>(
      "phoihop.directory.v1.LineageService/GetSuccessionSnapshot",
      [cache](const rpc::RequestContext& ctx, const v1::GetSuccessionSnapshotRequest& request) {
        return GetSuccessionSnapshot(*cache, ctx, request);
      });
}

}  // namespace phoihop::directory
