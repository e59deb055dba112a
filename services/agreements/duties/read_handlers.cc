// The methods that read.
#include <string>
#include <utility>
#include <vector>

#include "common/names/names.h"
#include "common/status/macros.h"
#include "services/agreements/duties/converters.h"
#include "services/agreements/duties/methods.h"
#include "services/agreements/rpc/room_methods.h"
#include "services/agreements/rpc/scope.h"

namespace phoihop::agreements::duties {
namespace {

constexpr int kDefaultOccurrences = 100;
constexpr int kMaxOccurrences = 1000;

}  // namespace

absl::StatusOr<v1::InformationDuty> GetDuty(const DutyParts& parts, const rpc::RequestContext& ctx,
                                            const v1::GetDutyRequest& request) {
  ASSIGN_OR_RETURN(const std::string id, ParseName("duties/*", request.name(), "name"));
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  ASSIGN_OR_RETURN(const std::optional<KeptDuty> kept,
                   parts.store->FindDuty(id, RoomPatience(ctx)));
  std::optional<Duty> found;
  if (kept.has_value()) found = kept->duty;
  RETURN_IF_ERROR(
      RequireChild(std::move(found), DutyNotFound(id), snapshot, ctx.caller(), kReadPermission)
          .status());
  return ToProto(*kept);
}

absl::StatusOr<v1::ListDutiesResponse> ListDuties(const DutyParts& parts,
                                                  const rpc::RequestContext& ctx,
                                                  const v1::ListDutiesRequest& request) {
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  ASSIGN_OR_RETURN(const ListQuery query, ReadUnitList<ListQuery>(*parts.page_tokens, ctx, snapshot,
                                                                  request, DutyFields()));
  ASSIGN_OR_RETURN(const ListPage<KeptDuty> page,
                   parts.store->ListDuties(query, RoomPatience(ctx)));
  v1::ListDutiesResponse response;
  for (const KeptDuty& kept : page.rows) *response.add_duties() = ToProto(kept);
  response.set_next_page_token(NextPageToken(*parts.page_tokens, ctx, request, page.next));
  return response;
}

absl::StatusOr<v1::ListDutyOccurrencesResponse> ListDutyOccurrences(
    const DutyParts& parts, const rpc::RequestContext& ctx,
    const v1::ListDutyOccurrencesRequest& request) {
  ASSIGN_OR_RETURN(const std::string id, ParseName("duties/*", request.parent(), "parent"));
  ASSIGN_OR_RETURN(const int limit,
                   PageSize(request.page_size(), kDefaultOccurrences, kMaxOccurrences));
  ASSIGN_OR_RETURN(const int after, ReadNumberToken(*parts.page_tokens, ctx, request));
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  RETURN_IF_ERROR(FindDuty(parts, ctx, snapshot, id, kReadPermission).status());
  // One more tells whether there is another page.
  ASSIGN_OR_RETURN(std::vector<Occurrence> occurrences,
                   parts.store->ListOccurrences(id, after, limit + 1, RoomPatience(ctx)));
  const bool more = static_cast<int>(occurrences.size()) > limit;
  if (more) occurrences.pop_back();
  v1::ListDutyOccurrencesResponse response;
  for (const Occurrence& occurrence : occurrences) {
    *response.add_occurrences() = ToProto(occurrence);
  }
  if (more) {
    response.set_next_page_token(
        NextPageToken(*parts.page_tokens, ctx, request, std::to_string(occurrences.back().number)));
  }
  return response;
}

absl::StatusOr<v1::InformationDelivery> GetDelivery(const DutyParts& parts,
                                                    const rpc::RequestContext& ctx,
                                                    const v1::GetDeliveryRequest& request) {
  ASSIGN_OR_RETURN(const std::string id, ParseName("deliveries/*", request.name(), "name"));
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  ASSIGN_OR_RETURN(const Delivery delivery,
                   FindDelivery(parts, ctx, snapshot, id, kReadPermission));
  return ToProto(delivery);
}

absl::StatusOr<v1::ListDeliveriesResponse> ListDeliveries(
    const DutyParts& parts, const rpc::RequestContext& ctx,
    const v1::ListDeliveriesRequest& request) {
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  ASSIGN_OR_RETURN(const ListQuery query, ReadUnitList<ListQuery>(*parts.page_tokens, ctx, snapshot,
                                                                  request, DeliveryFields()));
  ASSIGN_OR_RETURN(const ListPage<Delivery> page,
                   parts.store->ListDeliveries(query, RoomPatience(ctx)));
  v1::ListDeliveriesResponse response;
  for (const Delivery& delivery : page.rows) *response.add_deliveries() = ToProto(delivery);
  response.set_next_page_token(NextPageToken(*parts.page_tokens, ctx, request, page.next));
  return response;
}

absl::StatusOr<v1::InformationRequest> GetInformationRequest(
    const DutyParts& parts, const rpc::RequestContext& ctx,
    const v1::GetInformationRequestRequest& request) {
  ASSIGN_OR_RETURN(const std::string id,
                   ParseName("informationRequests/*", request.name(), "name"));
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  ASSIGN_OR_RETURN(const Request found, FindRequest(parts, ctx, snapshot, id, kReadPermission));
  return ToProto(found);
}

absl::StatusOr<v1::ListInformationRequestsResponse> ListInformationRequests(
    const DutyParts& parts, const rpc::RequestContext& ctx,
    const v1::ListInformationRequestsRequest& request) {
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  ASSIGN_OR_RETURN(const ListQuery query, ReadUnitList<ListQuery>(*parts.page_tokens, ctx, snapshot,
                                                                  request, RequestFields()));
  ASSIGN_OR_RETURN(const ListPage<Request> page,
                   parts.store->ListRequests(query, RoomPatience(ctx)));
  v1::ListInformationRequestsResponse response;
  for (const Request& found : page.rows) *response.add_information_requests() = ToProto(found);
  response.set_next_page_token(NextPageToken(*parts.page_tokens, ctx, request, page.next));
  return response;
}

}  // namespace phoihop::agreements::duties
