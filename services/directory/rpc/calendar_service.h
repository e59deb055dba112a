// The handlers of CalendarService: parse, check, one call, convert.
#ifndef PHOIHOP_SERVICES_DIRECTORY_RPC_CALENDAR_SERVICE_H_
#define PHOIHOP_SERVICES_DIRECTORY_RPC_CALENDAR_SERVICE_H_

#include "absl/status/statusor.h"
#include "common/ledger/writer.h"
#include "common/rpc/context.h"
#include "common/rpc/server.h"
#include "phoihop/directory/v1/calendars.pb.h"
#include "services/directory/store/store.h"

namespace phoihop::directory {

// Thread safe. Who may write was checked by the server before. See the contract for what each
// method does.
class CalendarService {
 public:
  // Both must outlive the service.
  struct Parts {
    Store* store = nullptr;
    ledger::Writer* writer = nullptr;
  };

  explicit CalendarService(Parts parts) : parts_(parts) {}

  // Makes the server serve all methods; the service must outlive it.
  void Register(rpc::Server::Builder& builder) const;

  absl::StatusOr<v1::CalendarYear> SetCalendarYear(const rpc::RequestContext& ctx,
                                                   const v1::SetCalendarYearRequest& request) const;
  absl::StatusOr<v1::CalendarYear> GetCalendarYear(const rpc::RequestContext& ctx,
                                                   const v1::GetCalendarYearRequest& request) const;
  absl::StatusOr<v1::ListCalendarYearsResponse> ListCalendarYears(
      const rpc::RequestContext& ctx, const v1::ListCalendarYearsRequest& request) const;
  absl::StatusOr<v1::WorkCalendar> GetWorkCalendar(const rpc::RequestContext& ctx,
                                                   const v1::GetWorkCalendarRequest& request) const;

 private:
  Parts parts_;
};

}  // namespace phoihop::directory

#endif  // PHOIHOP_SERVICES_DIRECTORY_RPC_CALENDAR_SERVICE_H_
