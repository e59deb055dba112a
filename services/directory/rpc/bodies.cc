// Handlers of bodies.
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/fields/fields.h"
#include "common/ledger/write.h"
#include "common/names/names.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "services/directory/rpc/body_scope.h"
#include "services/directory/rpc/changes.h"
#include "services/directory/rpc/converters.h"
#include "services/directory/rpc/service.h"

namespace phoihop::directory {
namespace {

constexpr int kDefaultPage = 50;
constexpr int kMaxPage = 1000;
constexpr int kMaxBatch = 100;

}  // namespace

absl::StatusOr<v1::Body> DirectoryService::CreateBody(const rpc::RequestContext& ctx,
                                                      const v1::CreateBodyRequest& request) const {
  Checker checker;
  checker.RequestId(request.request_id());
  checker.Required("body", request.has_body());
  Body body;
  if (request.has_body()) body = ReadBody(request.body(), "body", checker);
  RETURN_IF_ERROR(checker.status());
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts_.cache->Get());
  RETURN_IF_ERROR(RequireBodyWriter(snapshot, ctx.caller(), body.unit, VietnamDay(ctx.now()),
                                    kUnitType, UnitName(body.unit)));
  body.id = NewId(ctx.now());
  const std::string name = BodyName(body.id);
  return ledger::Write<v1::Body>(
      *parts_.writer, ctx, request, {name},
      [&](ledger::Transaction& tx) -> absl::StatusOr<v1::Body> {
        body.created = tx.now();
        RETURN_IF_ERROR(parts_.store->AddBody(tx, body));
        v1::Body message = ToProto(body, VietnamDay(tx.now()));
        tx.Note(ChangeOf(message, name, body.revision,
                         body.valid_from.value_or(VietnamDay(tx.now())), message.unit()));
        return message;
      });
}

absl::StatusOr<v1::Body> DirectoryService::GetBody(const rpc::RequestContext& ctx,
                                                   const v1::GetBodyRequest& request) const {
  Checker checker;
  const std::string id = checker.Name("name", "bodies/*", request.name());
  const std::optional<absl::CivilDay> day = checker.OptionalDay("on_date", request.on_date());
  RETURN_IF_ERROR(checker.status());
  ASSIGN_OR_RETURN(const std::optional<Body> body, parts_.store->FindBody(ctx.deadline(), id));
  if (!body.has_value() || (day.has_value() && !ExistsOn(*body, *day))) {
    return NotFound(kBodyType, request.name());
  }
  return ToProto(*body, day.value_or(VietnamDay(ctx.now())));
}

absl::StatusOr<v1::BatchGetBodiesResponse> DirectoryService::BatchGetBodies(
    const rpc::RequestContext& ctx, const v1::BatchGetBodiesRequest& request) const {
  Checker checker;
  checker.Count("names", request.names_size(), 1, kMaxBatch);
  RETURN_IF_ERROR(checker.status());
  std::vector<std::string> ids;
  for (int i = 0; i < request.names_size(); ++i) {
    ids.push_back(checker.Name(absl::StrCat("names[", i, "]"), "bodies/*", request.names(i)));
  }
  RETURN_IF_ERROR(checker.status());
  ASSIGN_OR_RETURN(std::vector<Body> bodies, parts_.store->FindBodies(ctx.deadline(), ids));
  std::map<std::string, const Body*> by_id;
  for (const Body& body : bodies) by_id[body.id] = &body;
  v1::BatchGetBodiesResponse response;
  for (const std::string& id : ids) {
    const auto found = by_id.find(id);
    if (found == by_id.end()) return NotFound(kBodyType, BodyName(id));
    *response.add_bodies() = ToProto(*found->second, VietnamDay(ctx.now()));
  }
  return response;
}

absl::StatusOr<v1::ListBodiesResponse> DirectoryService::ListBodies(
    const rpc::RequestContext& ctx, const v1::ListBodiesRequest& request) const {
  Checker checker;
  const int64_t unit = checker.Unit("unit", request.unit());
  const std::optional<absl::CivilDay> day = checker.OptionalDay("on_date", request.on_date());
  const absl::StatusOr<int> page_size = PageSize(request.page_size(), kDefaultPage, kMaxPage);
  checker.AddStatus("page_size", page_size.status());
  RETURN_IF_ERROR(checker.status());
  const std::string selection = absl::StrCat("bodies|", unit, "|", request.on_date());
  const std::string caller = ctx.caller().ActorName();
  ASSIGN_OR_RETURN(const std::string after,
                   parts_.page_tokens->Decode(request.page_token(), selection, caller));
  ASSIGN_OR_RETURN(const auto view, parts_.cache->Units(ctx));
  if (view->tree->Find(unit) == nullptr) return NotFound(kUnitType, request.unit());
  ASSIGN_OR_RETURN(std::vector<Body> bodies,
                   parts_.store->ListBodies(ctx.deadline(), unit, after, *page_size + 1));
  v1::ListBodiesResponse response;
  if (bodies.size() > static_cast<size_t>(*page_size)) {
    bodies.resize(*page_size);
    response.set_next_page_token(parts_.page_tokens->Encode(bodies.back().id, selection, caller));
  }
  // A page may be short where bodies of other days are left out of it.
  for (const Body& body : bodies) {
    if (day.has_value() && !ExistsOn(body, *day)) continue;
    *response.add_bodies() = ToProto(body, day.value_or(VietnamDay(ctx.now())));
  }
  return response;
}

}  // namespace phoihop::directory
