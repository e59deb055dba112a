#include "services/agreements/due/handlers.h"

#include "absl/strings/str_cat.h"

namespace phoihop::agreements {

void AddDueHandlers(const DueParts& parts, rpc::Server::Builder& builder) {
  constexpr char kService[] = "phoihop.agreements.v1.DueService/";
  const auto add = [&]<class Req, class Res>(
                       const char* method,
                       absl::StatusOr<Res> (*handler)(const DueParts&, const rpc::RequestContext&,
                                                      const Req&)) {
    builder.Unary<Req, Res>(absl::StrCat(kService, method),
                            [parts, handler](const rpc::RequestContext& ctx, const Req& request) {
                              return handler(parts, ctx, request);
                            });
  };
  add("ListDue", &ListDue);
  add("GetObligation", &GetObligation);
  add("GetDueSummary", &GetDueSummary);
  add("PauseObligation", &PauseObligation);
  add("ResumeObligation", &ResumeObligation);
  add("ListNotices", &ListNotices);
  add("AcknowledgeNotice", &AcknowledgeNotice);
  builder.Stream<v1::WatchDueRequest, v1::WatchDueResponse>(
      absl::StrCat(kService, "WatchDue"),
      [parts](const rpc::RequestContext& ctx, const v1::WatchDueRequest& request) {
        return WatchDue(parts, ctx, request);
      });
}

}  // namespace phoihop::agreements
