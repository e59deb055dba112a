#include "services/reporting/projection/wire.h"

#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "phoihop/agreements/v1/resources.pb.h"
#include "phoihop/directory/v1/resources.pb.h"
#include "phoihop/opinions/v1/resources.pb.h"

namespace phoihop::reporting {
namespace {

using ::phoihop::testing::IsOk;
using ::phoihop::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::SizeIs;

template <class Message>
ledger::v1::Record RecordOf(const std::string& resource, const Message& message,
                            int64_t position = 7, int64_t revision = 2) {
  ledger::v1::Record record;
  record.set_position(position);
  record.set_resource(resource);
  record.set_resource_type(Message::descriptor()->full_name());
  record.set_revision(revision);
  record.set_payload(message.SerializeAsString());
  return record;
}

opinions::v1::Petition Petition() {
  opinions::v1::Petition petition;
  petition.set_unit("units/30");
  petition.set_kind(opinions::v1::Petition::DENUNCIATION);
  petition.set_received_date("2023-09-05");
  return petition;
}

template <class Row>
Row RowOf(const ledger::v1::Record& record) {
  const auto event = ToEvent(record);
  EXPECT_THAT(event, IsOk());
  EXPECT_TRUE(event->has_value());
  EXPECT_EQ((*event)->position, record.position());
  return std::get<Row>((*event)->row);
}

TEST(WireTest, PetitionIsRead) {
  opinions::v1::Petition petition = Petition();
  EXPECT_EQ(RowOf<PetitionRow>(RecordOf("petitions/01h", petition)),
            (PetitionRow{"01h", 2, false, 30, 2, absl::CivilDay(2023, 9, 5), std::nullopt}));
  petition.set_resolved_date("2023-10-24");
  EXPECT_EQ(RowOf<PetitionRow>(RecordOf("petitions/01h", petition)).resolved,
            absl::CivilDay(2023, 10, 24));
}

TEST(WireTest, OpinionEntryIsRead) {
  opinions::v1::OpinionEntry entry;
  entry.set_unit("units/31");
  entry.set_heard_date("2023-09-05");
  EXPECT_EQ(RowOf<OpinionRow>(RecordOf("opinionEntries/01h", entry)),
            (OpinionRow{"01h", 2, false, 31, absl::CivilDay(2023, 9, 5)}));
}

TEST(WireTest, AgreementIsReadAndInForceOnlyInItsState) {
  agreements::v1::Agreement agreement;
  agreement.set_unit("units/2");
  agreement.set_title("Chương trình");
  agreement.set_parent("agreements/01p");
  agreement.set_term_start("2021-01-01");
  agreement.set_term_end("2026-12-31");
  agreement.set_state(agreements::v1::Agreement::SIGNING);
  AgreementRow row = RowOf<AgreementRow>(RecordOf("agreements/01a", agreement));
  EXPECT_EQ(row.parent, "01p");
  EXPECT_EQ(row.term_end, absl::CivilDay(2026, 12, 31));
  EXPECT_EQ(row.in_force_date, std::nullopt);
  agreement.set_state(agreements::v1::Agreement::IN_FORCE);
  agreement.set_in_force_date("2021-02-03");
  row = RowOf<AgreementRow>(RecordOf("agreements/01a", agreement));
  EXPECT_EQ(row.in_force_date, absl::CivilDay(2021, 2, 3));
}

TEST(WireTest, AgreementThatEndedCountsUntilItsEnd) {
  agreements::v1::Agreement agreement;
  agreement.set_unit("units/2");
  agreement.set_term_start("2021-01-01");
  agreement.set_term_end("2026-12-31");
  agreement.set_in_force_date("2021-02-03");
  agreement.set_in_force_end_date("2023-05-31");
  for (const auto state :
       {agreements::v1::Agreement::TERMINATED, agreements::v1::Agreement::SUPERSEDED,
        agreements::v1::Agreement::CONCLUDED}) {
    agreement.set_state(state);
    const AgreementRow row = RowOf<AgreementRow>(RecordOf("agreements/01a", agreement));
    EXPECT_EQ(row.in_force_date, absl::CivilDay(2021, 2, 3));
    EXPECT_EQ(row.term_end, absl::CivilDay(2023, 5, 31));
  }
}

TEST(WireTest, RemovedResourceNeedsNoPayload) {
  ledger::v1::Record record = RecordOf("petitions/01h", Petition());
  record.set_deleted(true);
  record.clear_payload();
  EXPECT_TRUE(RowOf<PetitionRow>(record).deleted);
}

TEST(WireTest, WhatDoesNotMatterAndWhatWasRedactedIsLeftOut) {
  const auto other = ToEvent(RecordOf("units/2", directory::v1::AdministrativeUnit()));
  ASSERT_THAT(other, IsOk());
  EXPECT_FALSE(other->has_value());
  ledger::v1::Record record = RecordOf("petitions/01h", Petition());
  record.set_redacted(true);
  record.clear_payload();
  const auto redacted = ToEvent(record);
  ASSERT_THAT(redacted, IsOk());
  EXPECT_FALSE(redacted->has_value());
}

TEST(WireTest, RecordThatCannotBeReadIsAnError) {
  opinions::v1::Petition petition = Petition();
  petition.set_received_date("5/9/2023");
  EXPECT_THAT(ToEvent(RecordOf("petitions/01h", petition)), StatusIs(absl::StatusCode::kInternal));
  petition = Petition();
  petition.clear_kind();
  EXPECT_THAT(ToEvent(RecordOf("petitions/01h", petition)), StatusIs(absl::StatusCode::kInternal));
  EXPECT_THAT(ToEvent(RecordOf("units/1", Petition())), StatusIs(absl::StatusCode::kInternal));
  ledger::v1::Record record = RecordOf("petitions/01h", Petition());
  record.set_payload("\x0a\xff");
  EXPECT_THAT(ToEvent(record), StatusIs(absl::StatusCode::kInternal));
}

TEST(WireTest, MessageBecomesABatch) {
  ledger::v1::FollowResponse message;
  message.set_epoch("e");
  message.set_position(9);
  message.set_head_position(12);
  *message.add_records() = RecordOf("petitions/01h", Petition(), 5);
  *message.add_records() = RecordOf("units/2", directory::v1::AdministrativeUnit(), 6);
  const auto batch = ToBatch(message, 4);
  ASSERT_THAT(batch, IsOk());
  EXPECT_EQ(batch->epoch, "e");
  EXPECT_EQ(batch->after, 4);
  EXPECT_EQ(batch->position, 9);
  EXPECT_EQ(batch->head_position, 12);
  EXPECT_THAT(batch->events, SizeIs(1));
}

TEST(WireTest, FeedsAreAskedForWhatMatters) {
  EXPECT_THAT(ResourceTypesOf(kOpinions),
              ElementsAre("phoihop.opinions.v1.OpinionEntry", "phoihop.opinions.v1.Petition"));
  EXPECT_THAT(ResourceTypesOf(kAgreements), ElementsAre("phoihop.agreements.v1.Agreement"));
  EXPECT_THAT(ResourceTypesOf(kDirectory), ElementsAre("phoihop.directory.v1.AdministrativeUnit"));
}

}  // namespace
}  // namespace phoihop::reporting
