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

  // Of the contract, but not offered yet.
  const auto pending = [&]<class Req, class Res>(const char* method) {
    builder.Unary<Req, Res>(absl::StrCat("phoihop.agreements.v1.AgreementsService/", method),
                            [](const rpc::RequestContext&, const Req&) -> absl::StatusOr<Res> {
                              return absl::UnimplementedError("not offered yet");
                            });
  };
  pending.operator()<v1::StartConsultationRequest, v1::Agreement>("StartConsultation");
  pending.operator()<v1::CreateCommentRequest, v1::Comment>("CreateComment");
  pending.operator()<v1::AnswerCommentRequest, v1::Comment>("AnswerComment");
  pending.operator()<v1::ListCommentsRequest, v1::ListCommentsResponse>("ListComments");
  pending.operator()<v1::ReturnToDraftRequest, v1::Agreement>("ReturnToDraft");
  pending.operator()<v1::RejectSigningRequest, v1::Agreement>("RejectSigning");
  pending.operator()<v1::ExtendSigningRequest, v1::Agreement>("ExtendSigning");
  pending.operator()<v1::ConcludeAgreementRequest, v1::Agreement>("ConcludeAgreement");
  pending.operator()<v1::TerminateAgreementRequest, v1::Agreement>("TerminateAgreement");
  pending.operator()<v1::SupersedeAgreementRequest, v1::Agreement>("SupersedeAgreement");
  pending.operator()<v1::CreateAmendmentRequest, v1::Agreement>("CreateAmendment");
  pending.operator()<v1::ListAgreementVersionsRequest, v1::ListAgreementVersionsResponse>(
      "ListAgreementVersions");
  pending.operator()<v1::ListSigningRoundsRequest, v1::ListSigningRoundsResponse>(
      "ListSigningRounds");
  pending.operator()<v1::GetAgreementTextRequest, v1::AgreementText>("GetAgreementText");
  pending.operator()<v1::DeleteAgreementRequest, v1::Agreement>("DeleteAgreement");
  pending.operator()<v1::UndeleteAgreementRequest, v1::Agreement>("UndeleteAgreement");
}

}  // namespace phoihop::agreements
