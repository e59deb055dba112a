// The handlers one by one, and what they share. Private to this room's rpc part.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_DUTIES_METHODS_H_
#define PHOIHOP_SERVICES_AGREEMENTS_DUTIES_METHODS_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/access/snapshot.h"
#include "common/ledger/command.h"
#include "common/rpc/context.h"
#include "phoihop/agreements/v1/duties.pb.h"
#include "services/agreements/duties/handlers.h"

namespace phoihop::agreements::duties {

inline constexpr std::string_view kWriteDuties = "agreements.duty.write";
inline constexpr std::string_view kWriteDeliveries = "agreements.delivery.write";

// The one answer for what does not exist and what is out of scope.
absl::Status DutyNotFound(const std::string& id);
absl::Status DeliveryNotFound(const std::string& id);
absl::Status RequestNotFound(const std::string& id);

// The resource when the caller holds `permission` over its unit, otherwise NOT_FOUND. Not locked.
absl::StatusOr<Duty> FindDuty(const DutyParts& parts, const rpc::RequestContext& ctx,
                              const access::Snapshot& snapshot, const std::string& id,
                              std::string_view permission);
absl::StatusOr<Delivery> FindDelivery(const DutyParts& parts, const rpc::RequestContext& ctx,
                                      const access::Snapshot& snapshot, const std::string& id,
                                      std::string_view permission);
absl::StatusOr<Request> FindRequest(const DutyParts& parts, const rpc::RequestContext& ctx,
                                    const access::Snapshot& snapshot, const std::string& id,
                                    std::string_view permission);

// The agreement when the caller may write in it, otherwise NOT_FOUND. Not locked.
absl::StatusOr<Agreement> FindAgreement(const DutyParts& parts, const rpc::RequestContext& ctx,
                                        const access::Snapshot& snapshot, const std::string& id,
                                        std::string_view permission);

// Saves occurrences that are new or have changed: those that are open are owed as they stand,
// cancelled ones no longer. Not for delivered ones.
absl::Status SaveSchedule(const DutyParts& parts, ledger::Transaction& tx, const Duty& duty,
                          const std::vector<Occurrence>& occurrences);

// The contract says what each method does and which errors it gives.
#define PHOIHOP_DUTY_METHOD(method, response)                                                 \
  absl::StatusOr<v1::response> method(const DutyParts& parts, const rpc::RequestContext& ctx, \
                                      const v1::method##Request& request)
PHOIHOP_DUTY_METHOD(CreateDuty, InformationDuty);
PHOIHOP_DUTY_METHOD(GetDuty, InformationDuty);
PHOIHOP_DUTY_METHOD(ListDuties, ListDutiesResponse);
PHOIHOP_DUTY_METHOD(EndDuty, InformationDuty);
PHOIHOP_DUTY_METHOD(ListDutyOccurrences, ListDutyOccurrencesResponse);
PHOIHOP_DUTY_METHOD(CreateDelivery, InformationDelivery);
PHOIHOP_DUTY_METHOD(GetDelivery, InformationDelivery);
PHOIHOP_DUTY_METHOD(ListDeliveries, ListDeliveriesResponse);
PHOIHOP_DUTY_METHOD(CorrectDelivery, InformationDelivery);
PHOIHOP_DUTY_METHOD(WithdrawDelivery, InformationDelivery);
PHOIHOP_DUTY_METHOD(AcknowledgeDelivery, InformationDelivery);
PHOIHOP_DUTY_METHOD(CreateInformationRequest, InformationRequest);
PHOIHOP_DUTY_METHOD(GetInformationRequest, InformationRequest);
PHOIHOP_DUTY_METHOD(ListInformationRequests, ListInformationRequestsResponse);
PHOIHOP_DUTY_METHOD(AnswerInformationRequest, InformationRequest);
PHOIHOP_DUTY_METHOD(RefuseInformationRequest, InformationRequest);
PHOIHOP_DUTY_METHOD(WithdrawInformationRequest, InformationRequest);
#undef PHOIHOP_DUTY_METHOD

}  // namespace phoihop::agreements::duties

#endif  // PHOIHOP_SERVICES_AGREEMENTS_DUTIES_METHODS_H_
