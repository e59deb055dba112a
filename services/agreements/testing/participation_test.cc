// A grant that names a body acts for that body alone: whatever a method writes about an agreement,
// a leader for a body that is no party does not. The methods come from the contract, so that a
// new one cannot be forgotten.
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/mysql/transaction.h"
#include "common/rpc/client.h"
#include "common/status/errors.h"
#include "common/testing/rpc.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "google/protobuf/dynamic_message.h"
#include "google/protobuf/text_format.h"
#include "phoihop/agreements/v1/agreements.pb.h"
#include "phoihop/agreements/v1/attachments.pb.h"
#include "phoihop/agreements/v1/coverage.pb.h"
#include "phoihop/agreements/v1/dissemination.pb.h"
#include "phoihop/agreements/v1/due.pb.h"
#include "phoihop/agreements/v1/duties.pb.h"
#include "phoihop/agreements/v1/plans.pb.h"
#include "phoihop/agreements/v1/reviews.pb.h"
#include "phoihop/types/v1/access.pb.h"
#include "services/agreements/dissemination/handlers.h"
#include "services/agreements/dissemination/session_store.h"
#include "services/agreements/due/handlers.h"
#include "services/agreements/due/mysql_due_store.h"
#include "services/agreements/duties/duty_figures.h"
#include "services/agreements/duties/handlers.h"
#include "services/agreements/plans/handlers.h"
#include "services/agreements/plans/plan_figures.h"
#include "services/agreements/reviews/handlers.h"
#include "services/agreements/rpc/handlers.h"
#include "services/agreements/testing/room.h"

namespace phoihop::agreements {
namespace {

using ::google::protobuf::DescriptorPool;
using ::google::protobuf::FileDescriptor;
using ::google::protobuf::Message;
using ::google::protobuf::MessageFactory;
using ::google::protobuf::MethodDescriptor;
using ::phoihop::testing::IsOk;

// What is written about no agreement: files and events belong to a unit.
const std::set<std::string>& OfUnits() {
  static const auto* const methods = new std::set<std::string>{
      "StartUpload", "GetUpload",   "UploadChunk", "FinishUpload",
      "CreateEvent", "UpdateEvent", "CancelEvent",
  };
  return *methods;
}

// Every method of the service that needs a permission which does not only read.
std::vector<const MethodDescriptor*> WritingMethods() {
  std::vector<const MethodDescriptor*> methods;
  for (const FileDescriptor* file :
       {v1::Agreement::descriptor()->file(), v1::CreateAgreementRequest::descriptor()->file(),
        v1::Upload::descriptor()->file(), v1::ExportCoverageRequest::descriptor()->file(),
        v1::DisseminationSession::descriptor()->file(), v1::Obligation::descriptor()->file(),
        v1::InformationDuty::descriptor()->file(), v1::AnnualPlan::descriptor()->file(),
        v1::Review::descriptor()->file()}) {
    for (int i = 0; i < file->service_count(); ++i) {
      for (int j = 0; j < file->service(i)->method_count(); ++j) {
        const MethodDescriptor* method = file->service(i)->method(j);
        const std::string& needed = method->options().GetExtension(types::v1::access).permission();
        if (!needed.empty() && !needed.ends_with(".read")) methods.push_back(method);
      }
    }
  }
  return methods;
}

class ParticipationTest : public RoomTest {
 protected:
  void SetUp() override {
    RoomTest::SetUp();
    comments_ = NewMysqlCommentStore(pool_.get());
    sessions_ = dissemination::NewMysqlSessionStore(pool_.get());
    due_ = NewMysqlDueStore(pool_.get());
    plan_store_ = plans::NewMysqlPlanStore(pool_.get());
    duty_store_ = duties::NewMysqlDutyStore(pool_.get());
    review_store_ = reviews::NewMysqlReviewStore(pool_.get());
    plan_figures_ = NewMysqlCommitmentFigures(pool_.get());
    duty_figures_ = NewMysqlDutyFigures(pool_.get());
    plan_parts_ = {plan_store_.get(), events_.get(),    agreements_.get(), book_.get(),   &files_,
                   writer_.get(),     snapshots_.get(), &bodies_,          &page_tokens_, {}};
    server_ = Serve([&](rpc::Server::Builder& builder) {
      AddHandlers({agreements_.get(), writer_.get(), snapshots_.get(), &bodies_, &page_tokens_,
                   comments_.get(), book_.get(), &files_},
                  builder);
      dissemination::AddDisseminationHandlers({sessions_.get(), agreements_.get(), writer_.get(),
                                               snapshots_.get(), &page_tokens_, &files_},
                                              builder);
      DueParts due{due_.get(), book_.get(), writer_.get(), snapshots_.get(), &page_tokens_};
      due.agreements = agreements_.get();
      AddDueHandlers(due, builder);
      plans::AddPlanHandlers(plan_parts_, builder);
      duties::AddDutyHandlers({duty_store_.get(), events_.get(), agreements_.get(), book_.get(),
                               &files_, writer_.get(), snapshots_.get(), &bodies_, &page_tokens_},
                              builder);
      reviews::AddReviewHandlers(
          {review_store_.get(), agreements_.get(), plan_figures_.get(), duty_figures_.get(),
           book_.get(), writer_.get(), snapshots_.get(), &bodies_, &page_tokens_, &plan_parts_},
          builder);
    });
    ASSERT_NE(server_, nullptr);
    generic_ = std::make_unique<grpc::GenericStub>(server_->channel());
  }

  // Calls a method with a request in protobuf's text form; gives the answer's `name`, if it has
  // one.
  absl::StatusOr<std::string> Call(const MethodDescriptor& method, const std::string& text,
                                   const std::string& caller) {
    MessageFactory& factory = *MessageFactory::generated_factory();
    const std::unique_ptr<Message> request(factory.GetPrototype(method.input_type())->New());
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, request.get()))
        << method.full_name();
    const grpc::Slice slice(request->SerializeAsString());
    const grpc::ByteBuffer sent(&slice, 1);
    grpc::ClientContext context;
    rpc::Prepare(testing::As(caller), context);
    grpc::CompletionQueue queue;
    const auto call = generic_->PrepareUnaryCall(
        &context, absl::StrCat("/", method.service()->full_name(), "/", method.name()), sent,
        &queue);
    call->StartCall();
    grpc::ByteBuffer received;
    grpc::Status status;
    call->Finish(&received, &status, &context);
    void* tag = nullptr;
    bool done = false;
    EXPECT_TRUE(queue.Next(&tag, &done));
    if (!status.ok()) return rpc::FromUncancelled(status);
    grpc::Slice bytes;
    EXPECT_TRUE(received.DumpToSingleSlice(&bytes).ok());
    const std::unique_ptr<Message> answer(factory.GetPrototype(method.output_type())->New());
    EXPECT_TRUE(answer->ParseFromArray(bytes.begin(), static_cast<int>(bytes.size())));
    const auto* name = answer->GetDescriptor()->FindFieldByName("name");
    return name == nullptr ? "" : answer->GetReflection()->GetString(*answer, name);
  }
  absl::StatusOr<std::string> Call(const std::string& method, const std::string& text,
                                   const std::string& caller) {
    const MethodDescriptor* found = DescriptorPool::generated_pool()->FindMethodByName(
        absl::StrCat("phoihop.agreements.v1.", method));
    if (found == nullptr) return absl::NotFoundError(method);
    return Call(*found, text, caller);
  }
  // Name of what a leader of the city makes.
  std::string Made(const std::string& method, const std::string& text) {
    const auto name = Call(method, text, "members/city");
    EXPECT_THAT(name, IsOk()) << method;
    return name.value_or("none/0");
  }
  std::string AnyObligation() {
    std::string id;
    EXPECT_THAT(mysql::Read(*pool_, absl::Now() + absl::Seconds(10),
                            [&](mysql::Connection& db) {
                              return db.Query(
                                  "SELECT id FROM obligations WHERE agreement_id = 'a1' LIMIT 1",
                                  {}, [&](const mysql::Row& row) {
                                    id = row.Text(0);
                                    return absl::OkStatus();
                                  });
                            }),
                IsOk());
    return absl::StrCat("obligations/", id);
  }

  std::unique_ptr<CommentStore> comments_;
  std::unique_ptr<dissemination::SessionStore> sessions_;
  std::unique_ptr<DueStore> due_;
  std::unique_ptr<plans::PlanStore> plan_store_;
  std::unique_ptr<duties::DutyStore> duty_store_;
  std::unique_ptr<reviews::ReviewStore> review_store_;
  std::unique_ptr<CommitmentFigures> plan_figures_;
  std::unique_ptr<DutyFigures> duty_figures_;
  plans::PlanParts plan_parts_;
  std::unique_ptr<testing::TestServer> server_;
  std::unique_ptr<grpc::GenericStub> generic_;
};

TEST_F(ParticipationTest, WhoActsForABodyThatIsNoPartyWritesNothingOfAnAgreement) {
  const std::string unit = absl::StrCat("units/", access::kOldCanTho);
  const std::string agreement =
      absl::StrCat("agreement { unit: '", unit,
                   "' title: 'Chương trình' term_start: '2024-01-01' term_end: '2024-12-31' "
                   "parties { body: 'bodies/party' } parties { body: 'bodies/council' } }");
  const std::string a1 = "name: 'agreements/a1'", draft = "name: 'agreements/draft'";
  const std::string why = " reason: 'Lý do'";
  const auto named = [](const std::string& name) { return absl::StrCat("name: '", name, "'"); };
  const std::string rhythm = "rhythm { kind: ONCE date: '2024-03-15' }";
  const auto commitment = [&](const std::string& plan) {
    return absl::StrCat("plan: '", plan, "' title: 'Việc' area: DUTIES lead: 'bodies/party' ",
                        rhythm);
  };
  const std::string duty_text = absl::StrCat(
      "duty { agreement: 'agreements/a1' from_body: 'bodies/court' to_bodies: 'bodies/council' "
      "kind: COURT_SCHEDULE title: 'Lịch' area: DUTIES ",
      rhythm, " }");
  const std::string ask_text =
      "information_request { agreement: 'agreements/a1' from_body: 'bodies/council' to_body: "
      "'bodies/court' subject: 'Việc' legal_basis: 'Điều 5' working_days: 5 }";
  const std::string visit_text =
      absl::StrCat("visit { agreement: 'agreements/a1' visit_date: '2024-01-05' unit: '", unit,
                   "' visiting_bodies: 'bodies/party' subject: 'Kiểm tra' }");
  const std::string review_text =
      "review { agreement: 'agreements/a1' kind: PRELIMINARY first_date: '2023-01-01' last_date: "
      "'2023-12-31' title: 'Sơ kết' findings { kind: PROPOSAL text: 'Đề xuất' } }";
  const std::string session_text = absl::StrCat(
      "dissemination_session { agreement: 'agreements/a1' unit: '", unit,
      "' session_date: '2023-05-04' kind: CONFERENCE title: 'Hội nghị' attendance_count: 9 }");
  const std::string approver = " approver_name: 'A' approver_title: 'B'";

  Made("AgreementsService.StartConsultation", draft + " comment_by: '2024-02-01'");
  const std::string comment =
      Made("AgreementsService.CreateComment",
           "comment { agreement: 'agreements/draft' body: 'bodies/party' text: 'Ý kiến' }");
  const std::string plan =
      Made("PlansService.CreatePlan", "plan { agreement: 'agreements/a1' year: 2024 title: 'KH' }");
  const std::string work =
      Made("PlansService.CreateCommitment", absl::StrCat("commitment { ", commitment(plan), " }"));
  const std::string duty = Made("DutiesService.CreateDuty", duty_text);
  const std::string obligation = AnyObligation();
  const std::string delivers =
      absl::StrCat("delivery { duty: '", duty, "' title: 'Lịch' document_number: '1' }");
  const std::string delivery = Made("DutiesService.CreateDelivery", delivers);
  const std::string question = Made("DutiesService.CreateInformationRequest", ask_text);
  const std::string visit = Made("ReviewsService.CreateVisit", visit_text);
  const std::string review = Made("ReviewsService.CreateReview", review_text);
  const std::string session = Made("DisseminationService.CreateDisseminationSession", session_text);

  const std::map<std::string, std::string> requests = {
      {"CreateAgreement", agreement},
      {"UpdateAgreement", "agreement { name: 'agreements/draft' title: 'Khác' }"},
      {"StartSigning", draft},
      {"SignAgreement",
       absl::StrCat(draft, " party: 'bodies/party' signer_name: 'A' signer_title: 'B' ",
                    "text_sha256: '", std::string(64, '0'), "'")},
      {"StartConsultation", draft + " comment_by: '2024-02-01'"},
      {"CreateComment",
       "comment { agreement: 'agreements/draft' body: 'bodies/party' text: 'Ý kiến' }"},
      {"AnswerComment", named(comment) + " answer: 'Tiếp thu'"},
      {"ReturnToDraft", draft},
      {"RejectSigning", draft + " party: 'bodies/party'" + why},
      {"ExtendSigning", draft + " party: 'bodies/party' sign_by: '2024-02-01'"},
      {"ConcludeAgreement", a1},
      {"TerminateAgreement", a1 + why + " decision_number: '1-QĐ/TU'"},
      {"SupersedeAgreement", a1 + " successor: 'agreements/n1'"},
      {"CreateAmendment",
       a1 + " kind: AMENDMENT effective_date: '2024-02-01' agreement { title: 'Khác' }"},
      {"DeleteAgreement", draft},
      {"UndeleteAgreement", draft},
      {"CreateDisseminationSession", session_text},
      {"UpdateDisseminationSession",
       absl::StrCat("dissemination_session { ", named(session), " title: 'Khác' }", why)},
      {"DeleteDisseminationSession", named(session) + why},
      {"PauseObligation",
       absl::StrCat(named(obligation), " pause { start_date: '2024-01-09' end_date: '2024-01-10'",
                    why, " }")},
      {"ResumeObligation", named(obligation) + why},
      {"CreateDuty", duty_text},
      {"EndDuty", named(duty) + why},
      {"CreateDelivery", delivers},
      {"CorrectDelivery", absl::StrCat(named(delivery), " ", delivers, why)},
      {"WithdrawDelivery", named(delivery) + why},
      {"AcknowledgeDelivery", named(delivery) + " body: 'bodies/council'"},
      {"CreateInformationRequest", ask_text},
      {"AnswerInformationRequest", named(question) + " answer { note: 'Trả lời' }"},
      {"RefuseInformationRequest", named(question) + why + " legal_ground: 'Điều 6'"},
      {"WithdrawInformationRequest", named(question) + why},
      {"CreatePlan", "plan { agreement: 'agreements/a1' year: 2025 title: 'KH' }"},
      {"UpdatePlan", absl::StrCat("plan { ", named(plan), " title: 'Khác' }")},
      {"DeletePlan", named(plan)},
      {"SubmitPlan", named(plan)},
      {"ApprovePlan", named(plan) + " party: 'bodies/party'" + approver},
      {"RejectPlan", named(plan) + " party: 'bodies/party'" + why},
      {"AmendPlan", absl::StrCat(named(plan), why, " withdrawals: '", work, "'")},
      {"ClosePlan", named(plan)},
      {"CreateCommitment", absl::StrCat("commitment { ", commitment(plan), " }")},
      {"UpdateCommitment", absl::StrCat("commitment { ", named(work), " title: 'Khác' }")},
      {"WithdrawCommitment", named(work) + why},
      {"FulfilCommitment", named(work) + " evidence { document_number: '1-BC' }"},
      {"ConfirmCommitment", named(work) + " body: 'bodies/council'"},
      {"RefuseConfirmation", named(work) + " body: 'bodies/council'" + why},
      {"AddProgress", absl::StrCat("parent: '", work, "' progress { text: 'Đang làm' }")},
      {"CreateVisit", visit_text},
      {"UpdateVisit", absl::StrCat("visit { ", named(visit), " subject: 'Khác' }")},
      {"CancelVisit", named(visit) + why},
      {"CreateReview", review_text},
      {"UpdateReview", absl::StrCat("review { ", named(review), " title: 'Khác' }")},
      {"RefreshReview", named(review)},
      {"ApproveReview", named(review) + approver},
      {"DeleteReview", named(review)},
      {"FollowUpProposal",
       named(review) + " finding: 1 body: 'bodies/council' due_date: '2024-06-28'"},
      {"CompleteFollowUp", named(review) + " follow_up: 1 body: 'bodies/council' note: 'Xong'"},
      {"CreateEvaluation",
       "evaluation { agreement: 'agreements/a1' first_date: '2023-01-01' last_date: "
       "'2023-12-31' }"},
  };
  const std::vector<const MethodDescriptor*> methods = WritingMethods();
  EXPECT_EQ(methods.size(), requests.size() + OfUnits().size());
  for (const MethodDescriptor* method : methods) {
    if (OfUnits().contains(method->name())) continue;
    const auto request = requests.find(method->name());
    if (request == requests.end()) {
      ADD_FAILURE() << method->full_name() << " writes; say here how, or in OfUnits() why it may";
      continue;
    }
    const absl::Status refused = Call(*method, request->second, "members/stranger").status();
    EXPECT_EQ(refused.code(), absl::StatusCode::kPermissionDenied)
        << method->name() << ": " << refused;
    EXPECT_THAT(ErrorReason(refused), ::testing::AnyOf("NOT_A_PARTY", "PERMISSION_MISSING"))
        << method->name();
  }
  // None of them was refused for want of a role: one that is held for a party, or for no body, has
  // its answer from the rules.
  for (const MethodDescriptor* method : methods) {
    if (OfUnits().contains(method->name())) continue;
    const absl::Status answer =
        Call(*method, requests.at(method->name()), "members/deputy").status();
    EXPECT_NE(answer.code(), absl::StatusCode::kPermissionDenied) << method->name();
  }
}

TEST_F(ParticipationTest, WhoActsForAPartyDoesWhatNobodyInParticularDoes) {
  const std::string plan = "plan { agreement: 'agreements/a1' year: 2024 title: 'KH' }";
  EXPECT_EQ(ErrorReason(Call("PlansService.CreatePlan", plan, "members/stranger").status()),
            "NOT_A_PARTY");
  EXPECT_THAT(Call("PlansService.CreatePlan", plan, "members/council"), IsOk());
  // As a member who acts for another body the role for the council does not count.
  EXPECT_EQ(Call("AgreementsService.ConcludeAgreement", "name: 'agreements/a1'",
                 "members/council as bodies/party")
                .status()
                .code(),
            absl::StatusCode::kPermissionDenied);
  // Whom the end concerns is told.
  EXPECT_THAT(Call("AgreementsService.TerminateAgreement",
                   "name: 'agreements/a1' reason: 'Giải thể' decision_number: '9-QĐ/TU'",
                   "members/council"),
              IsOk());
  EXPECT_THAT(Told(), ::testing::UnorderedElementsAre("AGREEMENT_TERMINATED party",
                                                      "AGREEMENT_TERMINATED council",
                                                      "AGREEMENT_TERMINATED court"));
}

}  // namespace
}  // namespace phoihop::agreements
