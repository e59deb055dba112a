// Requests for information and what becomes of them.
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/fields/fields.h"
#include "common/ledger/write.h"
#include "common/names/names.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/time/civil.h"
#include "services/agreements/duties/converters.h"
#include "services/agreements/duties/methods.h"
#include "services/agreements/duties/obligations.h"
#include "services/agreements/rpc/room_methods.h"

namespace phoihop::agreements::duties {
namespace {

v1::InformationRequest Note(ledger::Transaction& tx, const Request& request) {
  return NoteChild(tx, ToProto(request), request.revision,
                   request.settled_day.value_or(request.request_day), request.unit);
}

// Runs a command on a request in the name of the body that was asked, or else of the one that
// asked.
template <class Wire>
absl::StatusOr<v1::InformationRequest> Settle(const DutyParts& parts,
                                              const rpc::RequestContext& ctx, const Wire& request,
                                              const std::string& id, bool asked,
                                              const RequestCommand& command) {
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  ASSIGN_OR_RETURN(const Request seen, FindRequest(parts, ctx, snapshot, id, kWriteDeliveries));
  RETURN_IF_ERROR(RequireBody(seen, asked ? seen.content.to_body : seen.content.from_body, snapshot,
                              ctx.caller(), kWriteDeliveries));
  return ledger::Write<v1::InformationRequest>(
      *parts.writer, ctx, request, {AgreementName(seen.agreement), RequestName(id)},
      [&](ledger::Transaction& tx) -> absl::StatusOr<v1::InformationRequest> {
        RETURN_IF_ERROR(parts.agreements->Lock(tx, seen.agreement).status());
        ASSIGN_OR_RETURN(const std::optional<Request> before, parts.store->LockRequest(tx, id));
        if (!before.has_value()) return RequestNotFound(id);
        RETURN_IF_ERROR(CheckEtag(request.etag(), before->revision, RequestName(id)));
        ASSIGN_OR_RETURN(const Request after, Apply(*before, command, ctx.caller().ActorName(),
                                                    *snapshot.calendar, tx.now()));
        if (!after.answer.attachments.empty()) {
          RETURN_IF_ERROR(
              parts.attachments->SetLinks(tx, {RequestName(id), after.agreement, after.unit},
                                          after.answer.attachments, "answer.attachments"));
        }
        if (after.state == RequestState::kWithdrawn) {
          RETURN_IF_ERROR(parts.book->WithdrawResource(tx, RequestName(id)));
        } else {
          RETURN_IF_ERROR(parts.book->Close(tx, AnswerKey(id), *after.settled_day).status());
        }
        RETURN_IF_ERROR(parts.store->ReplaceRequest(tx, *before, after));
        RETURN_IF_ERROR(parts.book->Tell(tx, {RequestNotice(after)}));
        return Note(tx, after);
      });
}

}  // namespace

absl::StatusOr<v1::InformationRequest> CreateInformationRequest(
    const DutyParts& parts, const rpc::RequestContext& ctx,
    const v1::CreateInformationRequestRequest& request) {
  const v1::InformationRequest& given = request.information_request();
  Checker check;
  check.Required("information_request", request.has_information_request());
  const std::string agreement_id =
      check.Name("information_request.agreement", "agreements/*", given.agreement());
  const RequestContent content = ReadRequest(given, check);
  const absl::CivilDay day =
      check.OptionalDay("information_request.request_date", given.request_date())
          .value_or(VietnamDay(ctx.now()));
  check.RequestId(request.request_id());
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  ASSIGN_OR_RETURN(const Agreement seen,
                   FindAgreement(parts, ctx, snapshot, agreement_id, kWriteDeliveries));
  RETURN_IF_ERROR(RequireActor(snapshot, ctx.caller(), seen, content.from_body, kWriteDeliveries));
  // An error is told only to a request that is not answered from memory.
  const absl::StatusOr<Bodies> bodies =
      parts.bodies->Find({content.from_body, content.to_body}, ctx.deadline());

  const std::string id = NewId(ctx.now());
  return ledger::Write<v1::InformationRequest>(
      *parts.writer, ctx, request, {AgreementName(agreement_id), RequestName(id)},
      [&](ledger::Transaction& tx) -> absl::StatusOr<v1::InformationRequest> {
        RETURN_IF_ERROR(bodies.status());
        ASSIGN_OR_RETURN(const std::optional<Agreement> agreement,
                         parts.agreements->Lock(tx, agreement_id));
        if (!agreement.has_value()) return AgreementNotFound(agreement_id);
        ASSIGN_OR_RETURN(const Request made,
                         Ask(id, GroundOf(*agreement), content, day, *bodies,
                             ctx.caller().ActorName(), *snapshot.calendar, tx.now()));
        RETURN_IF_ERROR(parts.store->InsertRequest(tx, made));
        RETURN_IF_ERROR(parts.book->Put(tx, {Answering(made)}));
        RETURN_IF_ERROR(parts.book->Tell(tx, {RequestNotice(made)}));
        return Note(tx, made);
      });
}

absl::StatusOr<v1::InformationRequest> AnswerInformationRequest(
    const DutyParts& parts, const rpc::RequestContext& ctx,
    const v1::AnswerInformationRequestRequest& request) {
  Checker check;
  const std::string id = check.Name("name", "informationRequests/*", request.name());
  check.Required("answer", request.has_answer());
  request_command::Answer command;
  command.answer = ReadAnswer(request.answer(), check);
  command.day =
      check.OptionalDay("answer_date", request.answer_date()).value_or(VietnamDay(ctx.now()));
  check.RequestId(request.request_id());
  RETURN_IF_ERROR(check.status());
  return Settle(parts, ctx, request, id, /*asked=*/true, command);
}

absl::StatusOr<v1::InformationRequest> RefuseInformationRequest(
    const DutyParts& parts, const rpc::RequestContext& ctx,
    const v1::RefuseInformationRequestRequest& request) {
  Checker check;
  const std::string id = check.Name("name", "informationRequests/*", request.name());
  request_command::Refuse command;
  command.reason = check.Text("reason", request.reason(), 1, kMaxReason);
  // The domain says what a missing one means.
  command.legal_ground = check.Text("legal_ground", request.legal_ground(), 0, kMaxLegalText);
  command.day =
      check.OptionalDay("refuse_date", request.refuse_date()).value_or(VietnamDay(ctx.now()));
  check.RequestId(request.request_id());
  RETURN_IF_ERROR(check.status());
  return Settle(parts, ctx, request, id, /*asked=*/true, command);
}

absl::StatusOr<v1::InformationRequest> WithdrawInformationRequest(
    const DutyParts& parts, const rpc::RequestContext& ctx,
    const v1::WithdrawInformationRequestRequest& request) {
  Checker check;
  const std::string id = check.Name("name", "informationRequests/*", request.name());
  request_command::Withdraw command;
  command.reason = check.Text("reason", request.reason(), 1, kMaxReason);
  check.RequestId(request.request_id());
  RETURN_IF_ERROR(check.status());
  return Settle(parts, ctx, request, id, /*asked=*/false, command);
}

}  // namespace phoihop::agreements::duties
