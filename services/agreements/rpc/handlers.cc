#include "services/agreements/rpc/handlers.h"

#include <algorithm>
#include <functional>
#include <string>

#include "absl/strings/str_cat.h"

namespace phoihop::agreements {

absl::Time ReadDeadline(const rpc::RequestContext& ctx) {
  return std::min(ctx.deadline(), absl::Now() + absl::Seconds(30));
}

void AddHandlers(const Parts& parts, rpc::Server::Builder& builder) {
  const auto add = [&]<class Req, class Res>(
                       const char* method,
                       absl::StatusOr<Res> (*handler)(const Parts&, const rpc::RequestContext&,
                                                      const Req&)) {
    builder.Unary<Req, Res>(absl::StrCat("phoihop.agreements.v1.AgreementsService/", method),
                            [parts, handler](const rpc::RequestContext& ctx, const Req& request) {
                              return handler(parts, ctx, request);
                            });
  };
  add("CreateAgreement", &CreateAgreement);
  add("GetAgreement", &GetAgreement);
  add("ListAgreements", &ListAgreements);
  add("UpdateAgreement", &UpdateAgreement);
  add("StartSigning", &StartSigning);
  add("SignAgreement", &SignAgreement);
  add("GetCoverage", &GetCoverage);
  add("StartConsultation", &StartConsultation);
  add("CreateComment", &CreateComment);
  add("AnswerComment", &AnswerComment);
  add("ListComments", &ListComments);
  add("ReturnToDraft", &ReturnToDraft);
  add("RejectSigning", &RejectSigning);
  add("ExtendSigning", &ExtendSigning);
  add("ConcludeAgreement", &ConcludeAgreement);
  add("TerminateAgreement", &TerminateAgreement);
  add("SupersedeAgreement", &SupersedeAgreement);
  add("CreateAmendment", &CreateAmendment);
  add("ListAgreementVersions", &ListAgreementVersions);
  add("ListSigningRounds", &ListSigningRounds);
  add("GetAgreementText", &GetAgreementText);
  add("ExportAgreement", &ExportAgreement);
  add("DeleteAgreement", &DeleteAgreement);
  add("UndeleteAgreement", &UndeleteAgreement);
}

}  // namespace phoihop::agreements
