// Handlers of what becomes of bodies: another name, an end, a merger, and their history.
#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/fields/fields.h"
#include "common/ledger/write.h"
#include "common/names/names.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/time/civil.h"
#include "services/directory/rpc/body_scope.h"
#include "services/directory/rpc/changes.h"
#include "services/directory/rpc/converters.h"
#include "services/directory/rpc/service.h"

namespace phoihop::directory {
namespace {

constexpr int kMaxSources = 20;
constexpr int kMaxNumber = 100;

using BodiesById = std::map<std::string, Body>;

// The bodies by id when there are all of `ids`; NOT_FOUND naming the first that is missing.
absl::StatusOr<BodiesById> ById(std::vector<Body> bodies, const std::vector<std::string>& ids) {
  BodiesById by_id;
  for (Body& body : bodies) {
    std::string id = body.id;
    by_id.emplace(std::move(id), std::move(body));
  }
  for (const std::string& id : ids) {
    if (!by_id.contains(id)) return NotFound(kBodyType, BodyName(id));
  }
  return by_id;
}

// Each once: a body named twice is told of by the rules.
std::vector<std::string> Distinct(const std::vector<std::string>& ids) {
  const std::set<std::string> distinct(ids.begin(), ids.end());
  return {distinct.begin(), distinct.end()};
}

std::vector<std::string> Names(const std::vector<std::string>& ids) {
  std::vector<std::string> names;
  for (const std::string& id : ids) names.push_back(BodyName(id));
  return names;
}

// OK when all of these exist and the caller may write them.
absl::Status RequireWriter(Store& store, const access::Snapshot& snapshot,
                           const rpc::RequestContext& ctx, const std::vector<std::string>& ids) {
  ASSIGN_OR_RETURN(std::vector<Body> bodies, store.FindBodies(ctx.deadline(), ids));
  ASSIGN_OR_RETURN(const BodiesById by_id, ById(std::move(bodies), ids));
  for (const auto& [id, body] : by_id) {
    RETURN_IF_ERROR(RequireBodyWriter(snapshot, ctx.caller(), body.unit, VietnamDay(ctx.now()),
                                      kBodyType, BodyName(id)));
  }
  return absl::OkStatus();
}

// Stores the body and enters it into the ledger as of `effective`.
absl::StatusOr<v1::Body> Save(Store& store, ledger::Transaction& tx, const Body& body,
                              absl::CivilDay effective) {
  RETURN_IF_ERROR(store.SaveBody(tx, body));
  v1::Body message = ToProto(body, VietnamDay(tx.now()));
  tx.Note(ChangeOf(message, message.name(), body.revision, effective, message.unit()));
  return message;
}

}  // namespace

absl::StatusOr<v1::Body> DirectoryService::RenameBody(const rpc::RequestContext& ctx,
                                                      const v1::RenameBodyRequest& request) const {
  Checker check;
  const std::string id = check.Name("name", "bodies/*", request.name());
  BodyTitle title;
  title.display_name = check.Text("display_name", request.display_name(), 1, 300);
  title.abbreviation = check.Text("abbreviation", request.abbreviation(), 0, 50);
  title.from = check.Day("effective_date", request.effective_date());
  title.decision = check.Text("decision_number", request.decision_number(), 1, kMaxNumber);
  check.RequestId(request.request_id());
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts_.cache->Get());
  RETURN_IF_ERROR(RequireWriter(*parts_.store, snapshot, ctx, {id}));
  return ledger::Write<v1::Body>(
      *parts_.writer, ctx, request, {BodyName(id)},
      [&](ledger::Transaction& tx) -> absl::StatusOr<v1::Body> {
        ASSIGN_OR_RETURN(std::vector<Body> locked, parts_.store->LockBodies(tx, {id}));
        ASSIGN_OR_RETURN(const BodiesById bodies, ById(std::move(locked), {id}));
        const Body& before = bodies.at(id);
        RETURN_IF_ERROR(CheckEtag(request.etag(), before.revision, request.name()));
        ASSIGN_OR_RETURN(const Body after, Rename(before, title, VietnamDay(tx.now())));
        return Save(*parts_.store, tx, after, title.from);
      });
}

absl::StatusOr<v1::Body> DirectoryService::EndBody(const rpc::RequestContext& ctx,
                                                   const v1::EndBodyRequest& request) const {
  Checker check;
  const std::string id = check.Name("name", "bodies/*", request.name());
  BodyEnd end;
  end.day = check.Day("end_date", request.end_date());
  end.decision = check.Text("decision_number", request.decision_number(), 1, kMaxNumber);
  check.Count("successors", request.successors_size(), 0, kMaxSuccessors);
  check.RequestId(request.request_id());
  RETURN_IF_ERROR(check.status());
  std::vector<std::string> successors;
  for (int i = 0; i < request.successors_size(); ++i) {
    end.successor_fields.push_back(absl::StrCat("successors[", i, "]"));
    successors.push_back(
        check.Name(end.successor_fields.back(), "bodies/*", request.successors(i)));
  }
  RETURN_IF_ERROR(check.status());
  std::vector<std::string> ids = successors;
  ids.push_back(id);
  ids = Distinct(ids);
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts_.cache->Get());
  RETURN_IF_ERROR(RequireWriter(*parts_.store, snapshot, ctx, ids));
  return ledger::Write<v1::Body>(
      *parts_.writer, ctx, request, Names(ids),
      [&](ledger::Transaction& tx) -> absl::StatusOr<v1::Body> {
        ASSIGN_OR_RETURN(std::vector<Body> locked, parts_.store->LockBodies(tx, ids));
        ASSIGN_OR_RETURN(const BodiesById bodies, ById(std::move(locked), ids));
        const Body& before = bodies.at(id);
        RETURN_IF_ERROR(CheckEtag(request.etag(), before.revision, request.name()));
        BodyEnd now = end;
        for (const std::string& successor : successors) {
          now.successors.push_back(bodies.at(successor));
        }
        ASSIGN_OR_RETURN(const std::optional<absl::CivilDay> took_over,
                         parts_.store->TookOver(tx, id));
        ASSIGN_OR_RETURN(const Body after, End(before, now, took_over, VietnamDay(tx.now())));
        return Save(*parts_.store, tx, after, end.day);
      });
}

absl::StatusOr<v1::MergeBodiesResponse> DirectoryService::MergeBodies(
    const rpc::RequestContext& ctx, const v1::MergeBodiesRequest& request) const {
  Checker check;
  check.Count("sources", request.sources_size(), 1, kMaxSources);
  const absl::CivilDay day = check.Day("merge_date", request.merge_date());
  const std::string decision =
      check.Text("decision_number", request.decision_number(), 1, kMaxNumber);
  check.RequestId(request.request_id());
  const bool makes = request.has_new_body();
  if (makes == !request.successor().empty()) {
    check.Add("successor", "SUCCESSOR_AMBIGUOUS",
              {"Give either the body into which they go, or the new body that is made for it.",
               "Hãy nêu cơ quan tiếp nhận, hoặc cơ quan mới được thành lập, chỉ một trong hai."});
  }
  RETURN_IF_ERROR(check.status());
  std::vector<std::string> sources;
  for (int i = 0; i < request.sources_size(); ++i) {
    const std::string field = absl::StrCat("sources[", i, "].name");
    sources.push_back(check.Name(field, "bodies/*", request.sources(i).name()));
    if (std::count(sources.begin(), sources.end(), sources.back()) > 1) {
      check.Add(field, "BODY_TWICE", {"This body is named already.", "Cơ quan này đã được nêu."});
    }
  }
  Body made;
  std::string successor;
  if (makes) {
    v1::Body given = request.new_body();
    given.set_valid_from(FormatDay(day));
    given.clear_valid_until();
    made = ReadBody(given, "new_body", check);
  } else {
    successor = check.Name("successor", "bodies/*", request.successor());
  }
  RETURN_IF_ERROR(check.status());

  std::vector<std::string> ids = sources;
  if (!makes) ids.push_back(successor);
  ids = Distinct(ids);
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts_.cache->Get());
  RETURN_IF_ERROR(RequireWriter(*parts_.store, snapshot, ctx, ids));
  std::vector<std::string> roots = Names(ids);
  if (makes) {
    RETURN_IF_ERROR(RequireBodyWriter(snapshot, ctx.caller(), made.unit, VietnamDay(ctx.now()),
                                      kUnitType, UnitName(made.unit)));
    made.id = NewId(ctx.now());
    roots.push_back(BodyName(made.id));
  }
  return ledger::Write<v1::MergeBodiesResponse>(
      *parts_.writer, ctx, request, roots,
      [&](ledger::Transaction& tx) -> absl::StatusOr<v1::MergeBodiesResponse> {
        ASSIGN_OR_RETURN(std::vector<Body> locked, parts_.store->LockBodies(tx, ids));
        ASSIGN_OR_RETURN(const BodiesById bodies, ById(std::move(locked), ids));
        const absl::CivilDay today = VietnamDay(tx.now());
        made.created = tx.now();
        const Body& into = makes ? made : bodies.at(successor);
        // All of it is decided before anything is written.
        std::vector<Body> ended;
        for (size_t i = 0; i < sources.size(); ++i) {
          const Body& before = bodies.at(sources[i]);
          RETURN_IF_ERROR(CheckEtag(request.sources(static_cast<int>(i)).etag(), before.revision,
                                    BodyName(before.id)));
          BodyEnd end;
          end.day = day;
          end.decision = decision;
          end.day_field = "merge_date";
          end.successors = {into};
          end.successor_fields = {makes ? "new_body" : "successor"};
          ASSIGN_OR_RETURN(const std::optional<absl::CivilDay> took_over,
                           parts_.store->TookOver(tx, before.id));
          ASSIGN_OR_RETURN(Body after, End(before, end, took_over, today));
          ended.push_back(std::move(after));
        }
        v1::MergeBodiesResponse response;
        *response.mutable_successor() = ToProto(into, today);
        if (makes) {
          RETURN_IF_ERROR(parts_.store->AddBody(tx, made));
          tx.Note(ChangeOf(response.successor(), BodyName(made.id), made.revision, day,
                           response.successor().unit()));
        }
        for (const Body& body : ended) {
          ASSIGN_OR_RETURN(*response.add_ended(), Save(*parts_.store, tx, body, day));
        }
        return response;
      });
}

absl::StatusOr<v1::BodyHistory> DirectoryService::GetBodyHistory(
    const rpc::RequestContext& ctx, const v1::GetBodyHistoryRequest& request) const {
  Checker check;
  const std::string id = check.Name("name", "bodies/*", request.name());
  const std::optional<absl::CivilDay> given = check.OptionalDay("on_date", request.on_date());
  RETURN_IF_ERROR(check.status());
  const absl::CivilDay today = VietnamDay(ctx.now());
  const absl::CivilDay day = given.value_or(today);
  ASSIGN_OR_RETURN(const std::optional<Body> body, parts_.store->FindBody(ctx.deadline(), id));
  if (!body.has_value()) return NotFound(kBodyType, request.name());

  ASSIGN_OR_RETURN(const std::vector<Body> predecessors,
                   parts_.store->ListPredecessors(ctx.deadline(), id));
  std::vector<std::string> successors;
  for (const BodySuccessor& successor : body->successors) successors.push_back(successor.body);
  ASSIGN_OR_RETURN(const std::vector<Body> after,
                   parts_.store->FindBodies(ctx.deadline(), successors));
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts_.cache->Get());
  std::vector<std::string> carriers;
  for (const std::string& name : snapshot.bodies->CarriersOn(request.name(), day)) {
    carriers.emplace_back(absl::StripPrefix(name, "bodies/"));
  }
  ASSIGN_OR_RETURN(const std::vector<Body> carrying,
                   parts_.store->FindBodies(ctx.deadline(), carriers));

  v1::BodyHistory history;
  *history.mutable_body() = ToProto(*body, today);
  for (const Body& from : predecessors) *history.add_predecessors() = ToProto(from, *body);
  for (const Body& to : after) *history.add_successors() = ToProto(*body, to);
  for (const Body& carrier : carrying) {
    // One that ended without a successor carries nothing any more.
    if (ExistsOn(carrier, day)) *history.add_carried_by() = ToProto(carrier, day);
  }
  return history;
}

}  // namespace phoihop::directory
