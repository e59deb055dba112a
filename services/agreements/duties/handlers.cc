#include "services/agreements/duties/handlers.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "services/agreements/duties/methods.h"
#include "services/agreements/duties/obligations.h"
#include "services/agreements/rpc/room_methods.h"
#include "services/agreements/rpc/scope.h"

namespace phoihop::agreements::duties {

absl::Status DutyNotFound(const std::string& id) {
  return NotFound(v1::InformationDuty::descriptor()->full_name(), DutyName(id));
}

absl::Status DeliveryNotFound(const std::string& id) {
  return NotFound(v1::InformationDelivery::descriptor()->full_name(), DeliveryName(id));
}

absl::Status RequestNotFound(const std::string& id) {
  return NotFound(v1::InformationRequest::descriptor()->full_name(), RequestName(id));
}

absl::StatusOr<Duty> FindDuty(const DutyParts& parts, const rpc::RequestContext& ctx,
                              const access::Snapshot& snapshot, const std::string& id,
                              std::string_view permission) {
  ASSIGN_OR_RETURN(std::optional<KeptDuty> kept, parts.store->FindDuty(id, RoomPatience(ctx)));
  std::optional<Duty> found;
  if (kept.has_value()) found = std::move(kept->duty);
  return RequireChild(std::move(found), DutyNotFound(id), snapshot, ctx.caller(), permission);
}

absl::StatusOr<Delivery> FindDelivery(const DutyParts& parts, const rpc::RequestContext& ctx,
                                      const access::Snapshot& snapshot, const std::string& id,
                                      std::string_view permission) {
  ASSIGN_OR_RETURN(std::optional<Delivery> found, parts.store->FindDelivery(id, RoomPatience(ctx)));
  return RequireChild(std::move(found), DeliveryNotFound(id), snapshot, ctx.caller(), permission);
}

absl::StatusOr<Request> FindRequest(const DutyParts& parts, const rpc::RequestContext& ctx,
                                    const access::Snapshot& snapshot, const std::string& id,
                                    std::string_view permission) {
  ASSIGN_OR_RETURN(std::optional<Request> found, parts.store->FindRequest(id, RoomPatience(ctx)));
  return RequireChild(std::move(found), RequestNotFound(id), snapshot, ctx.caller(), permission);
}

absl::StatusOr<Agreement> FindAgreement(const DutyParts& parts, const rpc::RequestContext& ctx,
                                        const access::Snapshot& snapshot, const std::string& id,
                                        std::string_view permission) {
  ASSIGN_OR_RETURN(std::optional<Agreement> found, parts.agreements->Find(id, RoomPatience(ctx)));
  return RequireChild(std::move(found), AgreementNotFound(id), snapshot, ctx.caller(), permission);
}

absl::Status SaveSchedule(const DutyParts& parts, ledger::Transaction& tx, const Duty& duty,
                          const std::vector<Occurrence>& occurrences) {
  std::vector<Occurrence> open;
  for (const Occurrence& occurrence : occurrences) {
    if (occurrence.state == OccurrenceState::kOpen) {
      open.push_back(occurrence);
    } else {
      RETURN_IF_ERROR(parts.book->WithdrawResource(tx, OccurrenceName(duty.id, occurrence.number)));
    }
  }
  if (!open.empty()) RETURN_IF_ERROR(parts.book->Put(tx, Deliveries(duty, open)));
  return parts.store->SaveOccurrences(tx, occurrences);
}

void AddDutyHandlers(const DutyParts& parts, rpc::Server::Builder& builder) {
  const auto add = [&]<class Req, class Res>(
                       const char* method,
                       absl::StatusOr<Res> (*handler)(const DutyParts&, const rpc::RequestContext&,
                                                      const Req&)) {
    builder.Unary<Req, Res>(absl::StrCat("phoihop.agreements.v1.DutiesService/", method),
                            [parts, handler](const rpc::RequestContext& ctx, const Req& request) {
                              return handler(parts, ctx, request);
                            });
  };
  add("CreateDuty", &CreateDuty);
  add("GetDuty", &GetDuty);
  add("ListDuties", &ListDuties);
  add("EndDuty", &EndDuty);
  add("ListDutyOccurrences", &ListDutyOccurrences);
  add("CreateDelivery", &CreateDelivery);
  add("GetDelivery", &GetDelivery);
  add("ListDeliveries", &ListDeliveries);
  add("CorrectDelivery", &CorrectDelivery);
  add("WithdrawDelivery", &WithdrawDelivery);
  add("AcknowledgeDelivery", &AcknowledgeDelivery);
  add("CreateInformationRequest", &CreateInformationRequest);
  add("GetInformationRequest", &GetInformationRequest);
  add("ListInformationRequests", &ListInformationRequests);
  add("AnswerInformationRequest", &AnswerInformationRequest);
  add("RefuseInformationRequest", &RefuseInformationRequest);
  add("WithdrawInformationRequest", &WithdrawInformationRequest);
}

}  // namespace phoihop::agreements::duties
