// Steps in an agreement's life, for tests of the handlers.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_RPC_TESTING_LIFECYCLE_H_
#define PHOIHOP_SERVICES_AGREEMENTS_RPC_TESTING_LIFECYCLE_H_

#include <string>

#include "absl/strings/str_cat.h"
#include "common/testing/status_matchers.h"
#include "services/agreements/rpc/testing_service.h"

namespace phoihop::agreements {

class LifecycleTest : public ServiceTest {
 protected:
  absl::StatusOr<v1::Comment> Comment(const std::string& name, const std::string& body,
                                      const std::string& caller = "members/city") {
    v1::CreateCommentRequest request;
    request.mutable_comment()->set_agreement(name);
    request.mutable_comment()->set_body(absl::StrCat("bodies/", body));
    request.mutable_comment()->set_text("Đề nghị bổ sung\nđiều 2");
    return Call(&Stub::CreateComment, request, caller);
  }
  absl::StatusOr<v1::Agreement> Consult(const std::string& name, const std::string& day) {
    v1::StartConsultationRequest request;
    request.set_name(name);
    request.set_comment_by(day);
    return Call(&Stub::StartConsultation, request);
  }
  absl::StatusOr<v1::Agreement> TryStart(const std::string& name) {
    v1::StartSigningRequest request;
    request.set_name(name);
    return Call(&Stub::StartSigning, request);
  }
  absl::StatusOr<v1::Agreement> Terminate(const std::string& name, const std::string& day) {
    v1::TerminateAgreementRequest request;
    request.set_name(name);
    request.set_reason("Giải thể");
    request.set_decision_number("9-QĐ/TU");
    request.set_date(day);
    return Call(&Stub::TerminateAgreement, request);
  }
  absl::StatusOr<v1::Agreement> On(const std::string& name, const std::string& day) {
    v1::GetAgreementRequest request;
    request.set_name(name);
    request.set_on_date(day);
    return Call(&Stub::GetAgreement, request);
  }
  template <class Request>
  static Request Named(const std::string& name) {
    Request request;
    request.set_name(name);
    return request;
  }
  // "DISTRICT 1/2" of the level of districts under a programme.
  std::string Districts(const std::string& programme, const std::string& day) {
    v1::GetCoverageRequest request;
    request.set_unit(absl::StrCat("units/", access::kOldCanTho));
    request.set_on_date(day);
    request.set_programme(programme);
    const auto coverage = Call(&Stub::GetCoverage, request);
    EXPECT_THAT(coverage, testing::IsOk());
    for (const auto& level : coverage->levels()) {
      if (level.level() != "DISTRICT") continue;
      return absl::StrCat(level.signed_count(), "/", level.expected_count());
    }
    return "";
  }
  v1::CreateAmendmentRequest AmendmentOf(const std::string& name, const std::string& term_end) {
    v1::CreateAmendmentRequest request;
    request.set_name(name);
    request.set_kind(v1::Agreement::EXTENSION);
    request.set_effective_date("2024-01-01");
    request.mutable_agreement()->set_term_end(term_end);
    return request;
  }
};

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_RPC_TESTING_LIFECYCLE_H_
