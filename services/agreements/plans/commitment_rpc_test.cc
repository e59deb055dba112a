#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/errors.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "services/agreements/plans/testing_plans.h"

namespace phoihop::agreements::plans {
namespace {

using absl::StatusCode;
using ::phoihop::testing::IsOk;
using ::phoihop::testing::StatusIs;
using ::testing::ElementsAre;

class CommitmentsTest : public PlansTest {
 protected:
  std::vector<v1::ProgressUpdate> History(const std::string& name) {
    v1::ListProgressRequest request;
    request.set_parent(name);
    const auto page = Call(&Stub::ListProgress, request);
    EXPECT_THAT(page, IsOk());
    if (!page.ok()) return {};
    return {page->progress().begin(), page->progress().end()};
  }
};

TEST_F(CommitmentsTest, KeptInTimeAndConfirmedByAnother) {
  const std::string name = Active();
  SetDay("2024-03-15");
  const auto fulfilled = Fulfil(name);
  ASSERT_THAT(fulfilled, IsOk());
  EXPECT_EQ(fulfilled->state(), v1::CommitmentOccurrence::FULFILLED);
  EXPECT_EQ(fulfilled->fulfil_date(), "2024-03-15");
  EXPECT_FALSE(fulfilled->late());
  EXPECT_EQ(fulfilled->due().date(), "2024-03-15");
  EXPECT_EQ(fulfilled->due().calendar_revision(), 4);
  EXPECT_EQ(Get(name).state(), v1::Commitment::FULFILLED);
  EXPECT_EQ(Get(name).next_due_date(), "");
  EXPECT_THAT(Owed("confirm:"), ElementsAre("confirm council 2024-03-22 open"));
  EXPECT_THAT(Fulfil(name), StatusIs(StatusCode::kFailedPrecondition, "OCCURRENCE_NOT_OPEN"));

  // Not by the lead, whoever says so.
  const absl::Status own = Confirm(name, 0, "party").status();
  EXPECT_THAT(own, StatusIs(StatusCode::kInvalidArgument, "CONFIRMER_IS_LEAD"));
  EXPECT_THAT(ViolatedFields(own), ElementsAre("body"));
  EXPECT_THAT(Confirm(name, 0, "stranger"), StatusIs(StatusCode::kInvalidArgument, "NOT_A_PARTY"));
  EXPECT_THAT(Confirm(name, 0, "court", "members/council"),
              StatusIs(StatusCode::kPermissionDenied));
  EXPECT_EQ(Get(name).state(), v1::Commitment::FULFILLED);
  const auto confirmed = Confirm(name, 0, "council", "members/council");
  ASSERT_THAT(confirmed, IsOk());
  EXPECT_EQ(confirmed->confirmed_by(), "bodies/council");
  EXPECT_EQ(confirmed->confirm_date(), "2024-03-15");
  EXPECT_EQ(Get(name).state(), v1::Commitment::CONFIRMED);
  EXPECT_THAT(Owed("confirm:"), ElementsAre("confirm council 2024-03-22 done"));
  EXPECT_THAT(Owed("fulfil:"), ElementsAre("fulfil party 2024-03-15 done"));
  EXPECT_THAT(Confirm(name), StatusIs(StatusCode::kFailedPrecondition, "COMMITMENT_CONFIRMED"));
}

TEST_F(CommitmentsTest, NobodyConfirmsTheWorkOfTheOwnBodyOrTheOwnReport) {
  const std::string name = Active();
  ASSERT_THAT(Fulfil(name), IsOk());
  // A grant that names no body lets the member speak for any; still nobody judges the own side.
  for (const auto& [caller, reason] : std::vector<std::pair<std::string, std::string>>{
           {"members/city", "CONFIRMER_IS_REPORTER"},
           {"members/city as bodies/council", "CONFIRMER_IS_REPORTER"},
           {"members/deputy as bodies/party", "CONFIRMER_IS_LEAD"}}) {
    EXPECT_THAT(Confirm(name, 0, "council", caller),
                StatusIs(StatusCode::kFailedPrecondition, reason))
        << caller;
    EXPECT_THAT(Refuse(name, 0, "council", caller),
                StatusIs(StatusCode::kFailedPrecondition, reason))
        << caller;
  }
  EXPECT_EQ(Get(name).state(), v1::Commitment::FULFILLED);
  EXPECT_THAT(Confirm(name, 0, "council", "members/deputy as bodies/council"), IsOk());
}

TEST_F(CommitmentsTest, LateIsAFactThatStays) {
  const std::string name = Active();
  SetDay("2024-03-18");
  const auto fulfilled = Fulfil(name);
  ASSERT_THAT(fulfilled, IsOk());
  EXPECT_TRUE(fulfilled->late());
  EXPECT_THAT(Owed("fulfil:"), ElementsAre("fulfil party 2024-03-15 late"));
  SetDay("2024-03-20");
  ASSERT_THAT(Confirm(name), IsOk());
  EXPECT_TRUE(Occurrences(name)[0].late());
  EXPECT_EQ(Get(name).late_count(), 1);
}

TEST_F(CommitmentsTest, TheDueDayOfTheReportsDayCounts) {
  const std::string name = Active();
  // As a later table of working days moves it.
  const auto db = pool_->Acquire(absl::Now() + absl::Seconds(5));
  ASSERT_THAT(db, IsOk());
  ASSERT_THAT(
      (**db).Execute("UPDATE obligations SET due_day = '2024-03-18', calculation_vi = 'dời', "
                     "calendar_revision = 5 WHERE obligation_key LIKE 'fulfil:%'"),
      IsOk());
  EXPECT_EQ(Occurrences(name)[0].due().date(), "2024-03-18");
  EXPECT_EQ(Occurrences(name)[0].due().calculation(), "dời");
  SetDay("2024-03-18");
  const auto fulfilled = Fulfil(name);
  ASSERT_THAT(fulfilled, IsOk());
  EXPECT_FALSE(fulfilled->late());
  EXPECT_EQ(fulfilled->due().calendar_revision(), 5);
  // Frozen: what moves afterwards does not count.
  ASSERT_THAT((**db).Execute("UPDATE obligations SET due_day = '2024-03-11'"), IsOk());
  EXPECT_EQ(Occurrences(name)[0].due().date(), "2024-03-18");
}

TEST_F(CommitmentsTest, AReportMayStateTheDayOnWhichItWasGiven) {
  const std::string name = Active();
  SetDay("2024-04-01");
  v1::FulfilCommitmentRequest request;
  request.set_name(name);
  request.add_evidence()->set_document_number("15-BC/BTGTU");
  request.set_fulfil_date("2024-04-02");
  EXPECT_THAT(Call(&Stub::FulfilCommitment, request),
              StatusIs(StatusCode::kInvalidArgument, "DATE_IN_FUTURE"));
  request.set_fulfil_date("2024-01-07");  // before the approval
  EXPECT_THAT(Call(&Stub::FulfilCommitment, request),
              StatusIs(StatusCode::kInvalidArgument, "DATE_TOO_EARLY"));
  request.set_fulfil_date("2024-03-14");
  const auto fulfilled = Call(&Stub::FulfilCommitment, request);
  ASSERT_THAT(fulfilled, IsOk());
  EXPECT_FALSE(fulfilled->late());
  const v1::ProgressUpdate entry = History(name)[0];
  EXPECT_EQ(entry.date(), "2024-03-14");
  EXPECT_EQ(entry.record_time().seconds(), absl::ToUnixSeconds(clock_.Now()));
}

TEST_F(CommitmentsTest, ARefusedConfirmationOpensItAgain) {
  const std::string name = Active();
  EXPECT_THAT(Refuse(name), StatusIs(StatusCode::kFailedPrecondition, "OCCURRENCE_NOT_FULFILLED"));
  SetDay("2024-03-01");
  ASSERT_THAT(Fulfil(name), IsOk());
  EXPECT_THAT(Refuse(name, 0, "party"),
              StatusIs(StatusCode::kInvalidArgument, "CONFIRMER_IS_LEAD"));
  const auto refused = Refuse(name);
  ASSERT_THAT(refused, IsOk());
  EXPECT_EQ(refused->state(), v1::CommitmentOccurrence::OPEN);
  EXPECT_EQ(refused->refusal_count(), 1);
  EXPECT_EQ(refused->refuse_reason(), "Thiếu số liệu của ba quận");
  EXPECT_EQ(Get(name).state(), v1::Commitment::ACTIVE);
  EXPECT_EQ(Get(name).next_due_date(), "2024-03-15");
  EXPECT_THAT(Owed("fulfil:"), ElementsAre("fulfil party 2024-03-15 open"));
  EXPECT_THAT(Owed("confirm:"), ElementsAre("confirm council 2024-03-08 done"));
  EXPECT_THAT(Told(), ElementsAre("CONFIRMATION_REFUSED party"));
  SetDay("2024-03-20");
  EXPECT_TRUE(Fulfil(name)->late());
  EXPECT_THAT(Owed("confirm:"),
              ElementsAre("confirm council 2024-03-08 done", "confirm council 2024-03-27 open"));
  ASSERT_THAT(Confirm(name), IsOk());
  std::vector<v1::ProgressUpdate::Kind> kinds;
  for (const auto& entry : History(name)) kinds.push_back(entry.kind());
  EXPECT_THAT(kinds, ElementsAre(v1::ProgressUpdate::CONFIRMATION, v1::ProgressUpdate::FULFILMENT,
                                 v1::ProgressUpdate::REFUSAL, v1::ProgressUpdate::FULFILMENT));
}

TEST_F(CommitmentsTest, WhatWasRefusedAsLateIsNotReportedAgainAsPunctual) {
  const std::string name = Active();
  SetDay("2024-03-18");
  ASSERT_TRUE(Fulfil(name)->late());
  SetDay("2024-03-19");
  ASSERT_THAT(Refuse(name), IsOk());
  SetDay("2024-03-20");
  ASSERT_THAT(Fulfil(name), IsOk());
  ASSERT_THAT(Refuse(name), IsOk());
  SetDay("2024-03-21");
  v1::FulfilCommitmentRequest request;
  request.set_name(name);
  request.add_evidence()->set_document_number("15-BC/BTGTU");
  // Not as punctual, nor before the last of the refusals.
  for (const char* day : {"2024-03-15", "2024-03-19"}) {
    request.set_fulfil_date(day);
    const absl::Status early = Call(&Stub::FulfilCommitment, request).status();
    EXPECT_THAT(early, StatusIs(StatusCode::kInvalidArgument, "DATE_TOO_EARLY")) << day;
    EXPECT_THAT(ViolatedFields(early), ElementsAre("fulfil_date")) << day;
  }
  EXPECT_EQ(Occurrences(name)[0].state(), v1::CommitmentOccurrence::OPEN);
  request.set_fulfil_date("2024-03-20");
  const auto again = Call(&Stub::FulfilCommitment, request);
  ASSERT_THAT(again, IsOk());
  EXPECT_TRUE(again->late());
  EXPECT_EQ(Get(name).late_count(), 1);
}

TEST_F(CommitmentsTest, WithoutSupportersTheOtherPartiesOweTheConfirmation) {
  const v1::AnnualPlan plan = NewPlan();
  v1::CreateCommitmentRequest request = CommitmentRequest(plan.name());
  request.mutable_commitment()->clear_supporting();
  const std::string name = Add(request).name();
  Approved(plan.name());
  ASSERT_THAT(Fulfil(name), IsOk());
  EXPECT_THAT(Owed("confirm:"),
              ElementsAre("confirm council 2024-01-15 open", "confirm court 2024-01-15 open"));
  ASSERT_THAT(Confirm(name, 0, "court"), IsOk());
  // One is enough.
  EXPECT_THAT(Owed("confirm:"),
              ElementsAre("confirm council 2024-01-15 withdrawn", "confirm court 2024-01-15 done"));
}

TEST_F(CommitmentsTest, ARhythmHasOccurrencesThatAreKeptOneByOne) {
  const v1::AnnualPlan plan = NewPlan();
  v1::CreateCommitmentRequest request = CommitmentRequest(plan.name());
  v1::Rhythm& rhythm = *request.mutable_commitment()->mutable_rhythm();
  rhythm.Clear();
  rhythm.set_kind(v1::Rhythm::MONTHLY);
  rhythm.set_working_day(5);
  const std::string name = Add(request).name();
  Approved(plan.name());
  // January's was due on the 8th, the day of the approval.
  std::vector<v1::CommitmentOccurrence> all = Occurrences(name);
  ASSERT_EQ(all.size(), 12);
  EXPECT_EQ(all[0].due().date(), "2024-01-08");
  EXPECT_EQ(all[1].due().date(), "2024-02-07");  // before Tet
  EXPECT_EQ(all[1].due().period_start(), "2024-02-01");
  EXPECT_FALSE(all[1].due().calculation().empty());
  EXPECT_EQ(all[4].due().date(), "2024-05-07");  // 4 May is worked in exchange for 29 April
  EXPECT_THAT(Fulfil(name), StatusIs(StatusCode::kInvalidArgument, "OCCURRENCE_UNKNOWN"));
  EXPECT_THAT(Fulfil(name, 13), StatusIs(StatusCode::kInvalidArgument, "OCCURRENCE_UNKNOWN"));
  ASSERT_THAT(Fulfil(name, 2), IsOk());
  ASSERT_THAT(Fulfil(name, 1), IsOk());
  ASSERT_THAT(Confirm(name, 2), IsOk());
  const v1::Commitment commitment = Get(name);
  EXPECT_EQ(commitment.state(), v1::Commitment::ACTIVE);
  EXPECT_EQ(commitment.occurrence_count(), 12);
  EXPECT_EQ(commitment.fulfilled_count(), 1);
  EXPECT_EQ(commitment.confirmed_count(), 1);
  EXPECT_EQ(commitment.next_occurrence(), 3);
  EXPECT_EQ(commitment.next_due_date(), "2024-03-07");
  for (int number = 3; number <= 12; ++number) ASSERT_THAT(Fulfil(name, number), IsOk());
  EXPECT_EQ(Get(name).state(), v1::Commitment::FULFILLED);
  for (int number = 3; number <= 12; ++number) ASSERT_THAT(Confirm(name, number), IsOk());
  EXPECT_EQ(Get(name).state(), v1::Commitment::FULFILLED);
  ASSERT_THAT(Confirm(name, 1), IsOk());
  EXPECT_EQ(Get(name).state(), v1::Commitment::CONFIRMED);
}

TEST_F(CommitmentsTest, AWholeIsConfirmedAfterItsParts) {
  const v1::AnnualPlan plan = NewPlan();
  const std::string whole = Add(CommitmentRequest(plan.name())).name();
  v1::CreateCommitmentRequest request = CommitmentRequest(plan.name());
  request.mutable_commitment()->set_parent(whole);
  const std::string part = Add(request).name();
  Approved(plan.name());
  ASSERT_THAT(Fulfil(whole), IsOk());
  EXPECT_THAT(Confirm(whole), StatusIs(StatusCode::kFailedPrecondition, "CHILDREN_OPEN"));
  ASSERT_THAT(Fulfil(part), IsOk());
  EXPECT_THAT(Confirm(whole), StatusIs(StatusCode::kFailedPrecondition, "CHILDREN_OPEN"));
  ASSERT_THAT(Confirm(part), IsOk());
  EXPECT_THAT(Confirm(whole), IsOk());
}

TEST_F(CommitmentsTest, ProgressHasEvidenceAndIsNeverChanged) {
  const std::string name = Active();
  const std::string digest(64, 'a');
  v1::AddProgressRequest request;
  request.set_parent(name);
  v1::ProgressUpdate& progress = *request.mutable_progress();
  progress.set_text("Đã thu 1.200 phiếu\ntại 9 quận, huyện");
  progress.set_percent(60);
  progress.add_evidence()->set_attachment(absl::StrCat("attachments/", digest));
  const absl::Status unknown = Call(&Stub::AddProgress, request).status();
  EXPECT_THAT(unknown, StatusIs(StatusCode::kInvalidArgument, "ATTACHMENT_UNKNOWN"));
  EXPECT_THAT(ViolatedFields(unknown), ElementsAre("progress.evidence[0].attachment"));
  files_.known.insert(digest);
  v1::Evidence& document = *progress.add_evidence();
  document.set_document_number("21-CV/BTGTU");
  document.set_document_date("2024-02-01");
  document.set_note("Công văn gửi các quận");
  SetDay("2024-02-05");
  const auto added = Call(&Stub::AddProgress, request);
  ASSERT_THAT(added, IsOk());
  EXPECT_EQ(added->name(), absl::StrCat(name, "/progress/1"));
  EXPECT_EQ(added->body(), "bodies/party");
  EXPECT_EQ(added->date(), "2024-02-05");
  EXPECT_TRUE(files_.linked.contains(added->name()));
  EXPECT_EQ(Get(name).percent(), 60);
  progress.set_body("bodies/court");
  EXPECT_THAT(Call(&Stub::AddProgress, request),
              StatusIs(StatusCode::kInvalidArgument, "NOT_INVOLVED"));
  progress.set_body("bodies/council");
  progress.clear_evidence();
  progress.clear_percent();
  progress.set_text("Hội đồng đã góp ý");
  ASSERT_THAT(Call(&Stub::AddProgress, request), IsOk());
  EXPECT_EQ(Get(name).percent(), 60);
  const auto history = History(name);
  ASSERT_EQ(history.size(), 2);
  EXPECT_EQ(history[0].text(), "Hội đồng đã góp ý");
  EXPECT_EQ(history[1].SerializeAsString(), added->SerializeAsString());

  progress.set_percent(101);
  EXPECT_THAT(Call(&Stub::AddProgress, request), StatusIs(StatusCode::kInvalidArgument));
  progress.clear_percent();
  progress.set_text("");
  EXPECT_THAT(Call(&Stub::AddProgress, request), StatusIs(StatusCode::kInvalidArgument));
  progress.set_text("x");
  progress.add_evidence()->set_note("chỉ là ghi chú");
  EXPECT_THAT(Call(&Stub::AddProgress, request),
              StatusIs(StatusCode::kInvalidArgument, "EVIDENCE_EMPTY"));
  v1::FulfilCommitmentRequest bare;
  bare.set_name(name);
  EXPECT_THAT(Call(&Stub::FulfilCommitment, bare),
              StatusIs(StatusCode::kInvalidArgument, "EVIDENCE_REQUIRED"));

  v1::ListProgressRequest page;
  page.set_parent(name);
  page.set_page_size(1);
  const auto first = Call(&Stub::ListProgress, page);
  ASSERT_THAT(first, IsOk());
  page.set_page_token(first->next_page_token());
  const auto second = Call(&Stub::ListProgress, page);
  ASSERT_THAT(second, IsOk());
  EXPECT_EQ(second->progress(0).name(), added->name());
  EXPECT_EQ(second->next_page_token(), "");
}

TEST_F(CommitmentsTest, TwoWhoConfirmAtOnceDoSoOnce) {
  const std::string name = Active();
  ASSERT_THAT(Fulfil(name), IsOk());
  ASSERT_THAT(Confirm(name, 0, "court"), IsOk());
  EXPECT_THAT(Confirm(name, 0, "council"),
              StatusIs(StatusCode::kFailedPrecondition, "COMMITMENT_CONFIRMED"));
  EXPECT_EQ(Occurrences(name)[0].confirmed_by(), "bodies/court");
}

}  // namespace
}  // namespace phoihop::agreements::plans
