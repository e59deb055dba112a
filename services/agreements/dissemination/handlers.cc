#include "services/agreements/dissemination/handlers.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/fields/fields.h"
#include "common/fields/mask.h"
#include "common/filter/filter.h"
#include "common/ledger/command.h"
#include "common/ledger/write.h"
#include "common/names/names.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/time/civil.h"
#include "services/agreements/dissemination/converters.h"
#include "services/agreements/rpc/scope.h"

namespace phoihop::agreements::dissemination {
namespace {

constexpr std::string_view kSessionType = "phoihop.agreements.v1.DisseminationSession";
constexpr std::string_view kWriteSessions = "agreements.dissemination.write";
constexpr int kDefaultPage = 50;
constexpr int kMaxPage = 1000;
constexpr int kMaxYears = 20;

absl::Time Patience(const rpc::RequestContext& ctx) {
  return std::min(ctx.deadline(), absl::Now() + absl::Seconds(30));
}

absl::Status SessionNotFound(const std::string& id) {
  return NotFound(kSessionType, SessionName(id));
}

bool Holds(const access::Snapshot& snapshot, const access::Caller& caller,
           std::string_view permission, const std::optional<Agreement>& agreement) {
  return agreement.has_value() &&
         MayActOn(snapshot, caller, permission, agreement->unit, agreement->term_start);
}

Facts FactsOf(const access::Snapshot& snapshot, const Agreement& agreement, const Content& content,
              absl::Time now) {
  Facts facts;
  facts.in_force_from = agreement.in_force_date;
  facts.in_force_until = InForceUntil(agreement);
  facts.unit_within = snapshot.tree->IsWithin(content.unit, agreement.unit, content.date);
  facts.today = VietnamDay(now);
  return facts;
}

v1::DisseminationSession Note(ledger::Transaction& tx, const Session& session) {
  v1::DisseminationSession wire = ToProto(session);
  ledger::Change change =
      ledger::MakeChange(wire, wire.name(), session.revision, session.content.date, wire.unit());
  change.deleted = session.delete_time.has_value();
  tx.Note(std::move(change));
  return wire;
}

// Has the session refer to the files of its documents.
absl::Status LinkFiles(const Parts& parts, ledger::Transaction& tx, const Agreement& agreement,
                       const Session& session) {
  std::vector<std::string> digests;
  for (const Document& document : session.content.documents) {
    if (!document.attachment.empty()) digests.push_back(document.attachment);
  }
  if (parts.attachments == nullptr) {
    if (digests.empty()) return absl::OkStatus();
    return InvalidField("dissemination_session.documents", "ATTACHMENT_UNKNOWN",
                        {"There is no such attachment.", "Không có tệp đính kèm này."});
  }
  return parts.attachments->SetLinks(tx, {SessionName(session.id), agreement.id, agreement.unit},
                                     digests, "dissemination_session.documents");
}

// A session and its agreement, when the caller holds the permission over the latter.
struct Pair {
  Session session;
  Agreement agreement;
};

absl::StatusOr<Pair> Find(const Parts& parts, const rpc::RequestContext& ctx,
                          const access::Snapshot& snapshot, const std::string& id,
                          std::string_view permission) {
  ASSIGN_OR_RETURN(std::optional<Session> session, parts.sessions->Find(id, Patience(ctx)));
  if (!session.has_value()) return SessionNotFound(id);
  ASSIGN_OR_RETURN(std::optional<Agreement> agreement,
                   parts.agreements->Find(session->agreement, Patience(ctx)));
  if (!Holds(snapshot, ctx.caller(), permission, agreement)) return SessionNotFound(id);
  return Pair{*std::move(session), *std::move(agreement)};
}

// The same, both locked: the agreement first, since it is the root of all that belongs to it.
absl::StatusOr<Pair> Lock(const Parts& parts, const rpc::RequestContext& ctx,
                          const access::Snapshot& snapshot, ledger::Transaction& tx,
                          const std::string& agreement_id, const std::string& id) {
  ASSIGN_OR_RETURN(std::optional<Agreement> agreement, parts.agreements->Lock(tx, agreement_id));
  ASSIGN_OR_RETURN(std::optional<Session> session, parts.sessions->Lock(tx, id));
  if (!session.has_value() || !Holds(snapshot, ctx.caller(), kWriteSessions, agreement)) {
    return SessionNotFound(id);
  }
  RETURN_IF_ERROR(RequireParty(snapshot, ctx.caller(), *agreement, kWriteSessions));
  return Pair{*std::move(session), *std::move(agreement)};
}

absl::StatusOr<v1::DisseminationSession> CreateSession(
    const Parts& parts, const rpc::RequestContext& ctx,
    const v1::CreateDisseminationSessionRequest& request) {
  Checker check;
  check.Required("dissemination_session", request.has_dissemination_session());
  const v1::DisseminationSession& given = request.dissemination_session();
  const std::string agreement_id =
      check.Name("dissemination_session.agreement", "agreements/*", given.agreement());
  Content content;
  const std::vector<std::string> all(WritableFields().begin(), WritableFields().end());
  ReadContent(given, all, check, content);
  check.RequestId(request.request_id());
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  ASSIGN_OR_RETURN(const std::optional<Agreement> found,
                   parts.agreements->Find(agreement_id, Patience(ctx)));
  const auto require = [&](const std::optional<Agreement>& agreement) {
    return agreement.has_value() ? RequireParty(snapshot, ctx.caller(), *agreement, kWriteSessions)
                                 : AgreementNotFound(agreement_id);
  };
  RETURN_IF_ERROR(require(found));

  const std::string id = NewId(ctx.now());
  return ledger::Write<v1::DisseminationSession>(
      *parts.writer, ctx, request, {AgreementName(agreement_id), SessionName(id)},
      [&](ledger::Transaction& tx) -> absl::StatusOr<v1::DisseminationSession> {
        ASSIGN_OR_RETURN(const std::optional<Agreement> agreement,
                         parts.agreements->Lock(tx, agreement_id));
        RETURN_IF_ERROR(require(agreement));
        ASSIGN_OR_RETURN(
            const Session session,
            Create(id, agreement_id, content, FactsOf(snapshot, *agreement, content, tx.now()),
                   ctx.caller().ActorName(), tx.now()));
        RETURN_IF_ERROR(LinkFiles(parts, tx, *agreement, session));
        RETURN_IF_ERROR(parts.sessions->Insert(tx, session));
        return Note(tx, session);
      });
}

absl::StatusOr<v1::DisseminationSession> GetSession(
    const Parts& parts, const rpc::RequestContext& ctx,
    const v1::GetDisseminationSessionRequest& request) {
  ASSIGN_OR_RETURN(const std::string id,
                   ParseName("disseminationSessions/*", request.name(), "name"));
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  ASSIGN_OR_RETURN(const Pair pair, Find(parts, ctx, snapshot, id, kReadPermission));
  return ToProto(pair.session);
}

// OK when the caller may read the agreement; NOT_FOUND otherwise.
absl::Status RequireReadable(const Parts& parts, const rpc::RequestContext& ctx,
                             const access::Snapshot& snapshot, const std::string& id) {
  ASSIGN_OR_RETURN(const std::optional<Agreement> agreement,
                   parts.agreements->Find(id, Patience(ctx)));
  if (!Holds(snapshot, ctx.caller(), kReadPermission, agreement)) return AgreementNotFound(id);
  return absl::OkStatus();
}

// Has the list look within a unit's subtree, for what the caller may read there. `snapshot` and
// `ctx` must outlive the query.
absl::Status LookWithin(const access::Snapshot& snapshot, const rpc::RequestContext& ctx,
                        int64_t unit, ListQuery& query) {
  const bool by_date =
      query.order.empty() || (query.order.size() == 1 && query.order[0].field == "session_date");
  if (!by_date) {
    return InvalidField("order_by", "ORDER_NOT_SUPPORTED",
                        {"The sessions of a unit's subtree are ordered by session_date alone.",
                         "Danh sách theo đơn vị chỉ sắp xếp được theo session_date."});
  }
  query.ascending = !query.order.empty() && !query.order[0].descending;
  const absl::CivilDay day = DefaultDay(*snapshot.tree, unit, VietnamDay(ctx.now()));
  RETURN_IF_ERROR(access::RequireUnit(snapshot, ctx.caller(), kReadPermission, unit, day, kUnitType,
                                      UnitName(unit)));
  query.within = snapshot.tree->MembershipsWithin(unit, {kFirstDay, kEndOfDays - 1});
  query.visible = [&snapshot, &ctx](int64_t of_unit, absl::CivilDay term_start) {
    return MayActOn(snapshot, ctx.caller(), kReadPermission, of_unit, term_start);
  };
  return absl::OkStatus();
}

absl::StatusOr<v1::ListDisseminationSessionsResponse> ListSessions(
    const Parts& parts, const rpc::RequestContext& ctx,
    const v1::ListDisseminationSessionsRequest& request) {
  Checker check;
  ListQuery query;
  if (!request.agreement().empty()) {
    query.agreement = check.Name("agreement", "agreements/*", request.agreement());
  }
  int64_t unit = 0;
  if (!request.unit().empty()) unit = check.Unit("unit", request.unit());
  if (request.agreement().empty() && request.unit().empty()) {
    check.Add("agreement", "AGREEMENT_OR_UNIT_NEEDED",
              {"Name the agreement, or the unit whose subtree is asked for.",
               "Hãy chọn chương trình phối hợp, hoặc đơn vị cần xem."});
  }
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(query.filter, filter::ParseFilter(request.filter(), SessionFields()));
  ASSIGN_OR_RETURN(query.order, filter::ParseOrderBy(request.order_by(), SessionFields()));
  ASSIGN_OR_RETURN(query.limit, PageSize(request.page_size(), kDefaultPage, kMaxPage));
  query.show_deleted = request.show_deleted();
  const std::string bound_to = filter::BoundTo(request);
  const std::string caller = ctx.caller().ActorName();
  ASSIGN_OR_RETURN(query.cursor, parts.page_tokens->Decode(request.page_token(), bound_to, caller));
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  if (unit != 0) {
    RETURN_IF_ERROR(LookWithin(snapshot, ctx, unit, query));
  }
  if (!query.agreement.empty()) {
    RETURN_IF_ERROR(RequireReadable(parts, ctx, snapshot, query.agreement));
  }
  ASSIGN_OR_RETURN(const ListPage page, parts.sessions->List(query, Patience(ctx)));
  v1::ListDisseminationSessionsResponse response;
  for (const Session& session : page.sessions) {
    *response.add_dissemination_sessions() = ToProto(session);
  }
  response.set_next_page_token(parts.page_tokens->Encode(page.next, bound_to, caller));
  return response;
}

absl::StatusOr<v1::DisseminationSession> UpdateSession(
    const Parts& parts, const rpc::RequestContext& ctx,
    const v1::UpdateDisseminationSessionRequest& request) {
  Checker check;
  check.Required("dissemination_session", request.has_dissemination_session());
  const v1::DisseminationSession& given = request.dissemination_session();
  const std::string id =
      check.Name("dissemination_session.name", "disseminationSessions/*", given.name());
  const std::string reason = check.Paragraphs("reason", request.reason(), 1, kMaxReason);
  check.RequestId(request.request_id());
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const std::vector<std::string> paths,
                   MaskPaths(request.update_mask(), given, WritableFields()));
  Content checked;
  ReadContent(given, paths, check, checked);
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  ASSIGN_OR_RETURN(const Pair seen, Find(parts, ctx, snapshot, id, kWriteSessions));
  RETURN_IF_ERROR(CheckFixedFields(request.update_mask(), given, ToProto(seen.session),
                                   WritableFields(), "dissemination_session"));

  return ledger::Write<v1::DisseminationSession>(
      *parts.writer, ctx, request, {AgreementName(seen.agreement.id), SessionName(id)},
      [&](ledger::Transaction& tx) -> absl::StatusOr<v1::DisseminationSession> {
        ASSIGN_OR_RETURN(const Pair locked, Lock(parts, ctx, snapshot, tx, seen.agreement.id, id));
        const Session& before = locked.session;
        RETURN_IF_ERROR(CheckEtag(given.etag(), before.revision, SessionName(id)));
        Content content = before.content;
        Checker recheck;
        ReadContent(given, paths, recheck, content);
        ASSIGN_OR_RETURN(
            const Session after,
            Correct(before, content, reason, FactsOf(snapshot, locked.agreement, content, tx.now()),
                    ctx.caller().ActorName(), tx.now()));
        if (after.revision == before.revision) return ToProto(before);
        RETURN_IF_ERROR(LinkFiles(parts, tx, locked.agreement, after));
        RETURN_IF_ERROR(parts.sessions->Replace(tx, before, after));
        return Note(tx, after);
      });
}

absl::StatusOr<v1::DisseminationSession> DeleteSession(
    const Parts& parts, const rpc::RequestContext& ctx,
    const v1::DeleteDisseminationSessionRequest& request) {
  Checker check;
  const std::string id = check.Name("name", "disseminationSessions/*", request.name());
  const std::string reason = check.Paragraphs("reason", request.reason(), 1, kMaxReason);
  check.RequestId(request.request_id());
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  ASSIGN_OR_RETURN(const Pair seen, Find(parts, ctx, snapshot, id, kWriteSessions));
  return ledger::Write<v1::DisseminationSession>(
      *parts.writer, ctx, request, {AgreementName(seen.agreement.id), SessionName(id)},
      [&](ledger::Transaction& tx) -> absl::StatusOr<v1::DisseminationSession> {
        ASSIGN_OR_RETURN(const Pair locked, Lock(parts, ctx, snapshot, tx, seen.agreement.id, id));
        RETURN_IF_ERROR(CheckEtag(request.etag(), locked.session.revision, SessionName(id)));
        ASSIGN_OR_RETURN(const Session after, Delete(locked.session, reason, tx.now()));
        RETURN_IF_ERROR(parts.sessions->Replace(tx, locked.session, after));
        return Note(tx, after);
      });
}

absl::StatusOr<v1::DisseminationTotals> GetTotals(
    const Parts& parts, const rpc::RequestContext& ctx,
    const v1::GetDisseminationTotalsRequest& request) {
  Checker check;
  const int64_t unit = check.Unit("unit", request.unit());
  const DayInterval days =
      check.Interval("first_date", request.first_date(), "last_date", request.last_date());
  if (check.ok() && days.last - days.first > kMaxYears * 366) {
    check.Add("last_date", "INTERVAL_TOO_LONG",
              {absl::StrCat("An interval has at most ", kMaxYears, " years."),
               absl::StrCat("Khoảng thời gian tối đa ", kMaxYears, " năm.")});
  }
  std::string agreement;
  if (!request.agreement().empty()) {
    agreement = check.Name("agreement", "agreements/*", request.agreement());
  }
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  // By the tree of the last day on which the unit existed within the interval.
  const absl::CivilDay day = DefaultDay(*snapshot.tree, unit, days.last);
  RETURN_IF_ERROR(access::RequireUnit(snapshot, ctx.caller(), kReadPermission, unit, day, kUnitType,
                                      UnitName(unit)));
  if (!agreement.empty()) RETURN_IF_ERROR(RequireReadable(parts, ctx, snapshot, agreement));
  const std::vector<access::Membership> memberships = snapshot.tree->MembershipsWithin(unit, days);
  ASSIGN_OR_RETURN(const TotalsRecords records,
                   parts.sessions->ReadTotals(memberships, agreement, Patience(ctx)));
  v1::DisseminationTotals wire;
  wire.set_unit(UnitName(unit));
  wire.set_first_date(FormatDay(days.first));
  wire.set_last_date(FormatDay(days.last));
  if (!agreement.empty()) wire.set_agreement(AgreementName(agreement));
  FillTotals(AddUp(*snapshot.tree, memberships, records.rows), wire);
  wire.set_position(records.position);
  ctx.set_position(records.position);
  return wire;
}

}  // namespace

void AddDisseminationHandlers(const Parts& parts, rpc::Server::Builder& builder) {
  const auto add = [&]<class Req, class Res>(
                       const char* method,
                       absl::StatusOr<Res> (*handler)(const Parts&, const rpc::RequestContext&,
                                                      const Req&)) {
    builder.Unary<Req, Res>(absl::StrCat("phoihop.agreements.v1.DisseminationService/", method),
                            [parts, handler](const rpc::RequestContext& ctx, const Req& request) {
                              return handler(parts, ctx, request);
                            });
  };
  add("CreateDisseminationSession", &CreateSession);
  add("GetDisseminationSession", &GetSession);
  add("ListDisseminationSessions", &ListSessions);
  add("UpdateDisseminationSession", &UpdateSession);
  add("DeleteDisseminationSession", &DeleteSession);
  add("GetDisseminationTotals", &GetTotals);
}

}  // namespace phoihop::agreements::dissemination
