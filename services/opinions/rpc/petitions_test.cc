#include <thread>

#include "services/opinions/rpc/service_fixture.h"

namespace phoihop::opinions {
namespace {

using absl::StatusCode;
using access::kAnThoi;
using access::kCaiKhe;
using access::kMoved;

class PetitionsTest : public ServiceTest {
 protected:
  absl::StatusOr<v1::Petition> Get(const access::Caller& caller, const std::string& name) {
    v1::GetPetitionRequest request;
    request.set_name(name);
    return service_->GetPetition(By(caller), request);
  }
  absl::StatusOr<v1::Petition> Create(const access::Caller& caller, v1::Petition petition) {
    return service_->CreatePetition(By(caller), Creation(std::move(petition)));
  }
};

TEST_F(PetitionsTest, PetitionIsStoredAndTold) {
  v1::Petition petition = SomePetition(kCaiKhe, " 12/Đ\u0300T-UBND ");
  petition.set_reference("12/\u0110T-UBND\u00a0");
  petition.set_due_date("2023-06-01");
  petition.set_name("petitions/mine");
  petition.set_revision(77);
  const auto stored = Create(kNinhKieuMember, petition);
  ASSERT_THAT(stored, IsOk());
  EXPECT_EQ(stored->reference(), "12/ĐT-UBND");
  EXPECT_NE(stored->name(), "petitions/mine");
  EXPECT_EQ(stored->revision(), 1);
  EXPECT_EQ(stored->resolved_date(), "");
  const auto read = Get(kNinhKieuMember, stored->name());
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(read->SerializeAsString(), stored->SerializeAsString());
  const std::vector<ledger::Record> records = Ledger();
  ASSERT_THAT(records, SizeIs(1));
  EXPECT_EQ(records[0].resource_type, v1::Petition::descriptor()->full_name());
  EXPECT_EQ(records[0].unit, UnitName(kCaiKhe));
  EXPECT_EQ(records[0].effective, absl::CivilDay(2023, 5, 2));
  EXPECT_EQ(records[0].payload, stored->SerializeAsString());
}

TEST_F(PetitionsTest, EveryBadFieldIsNamedAtOnce) {
  v1::Petition petition;
  petition.set_unit("units/-3");
  petition.set_reference("Nguyễn Văn A");
  petition.set_received_date("2026-01-01");
  petition.set_due_date("2025-12-31");
  petition.set_resolved_date("31/12/2025");
  const auto stored = Create(kNational, petition);
  EXPECT_THAT(stored, StatusIs(StatusCode::kInvalidArgument, "INVALID_FIELDS"));
  EXPECT_THAT(ViolatedFields(stored.status()),
              ElementsAre("petition.unit", "petition.reference", "petition.kind",
                          "petition.resolved_date", "petition.received_date", "petition.due_date"));
  EXPECT_THAT(std::string(stored.status().message()), ::testing::Not(HasSubstr("Nguyễn")));
}

TEST_F(PetitionsTest, ReferenceIsTakenWithinItsUnit) {
  const v1::Petition first = Register(SomePetition(kCaiKhe, "1/KN"));
  const auto second = Create(kNational, SomePetition(kCaiKhe, "1/KN", "2023-09-09"));
  EXPECT_THAT(second, StatusIs(StatusCode::kAlreadyExists, "PETITION_REFERENCE_TAKEN"));
  EXPECT_THAT(Create(kNational, SomePetition(kAnThoi, "1/KN")), IsOk());
  EXPECT_THAT(Ledger(), SizeIs(2));
}

TEST_F(PetitionsTest, OfTwoCallersAtOnceOneGetsTheReference) {
  for (int round = 0; round < 10; ++round) {
    const std::string reference = "R-" + std::to_string(round);
    absl::StatusOr<v1::Petition> answers[4];
    std::vector<std::thread> callers;
    for (auto& answer : answers) {
      callers.emplace_back([&] { answer = Create(kNational, SomePetition(kCaiKhe, reference)); });
    }
    for (std::thread& caller : callers) caller.join();
    int stored = 0;
    for (const auto& answer : answers) {
      if (answer.ok()) {
        ++stored;
      } else {
        EXPECT_THAT(answer, StatusIs(StatusCode::kAlreadyExists, "PETITION_REFERENCE_TAKEN"));
      }
    }
    EXPECT_EQ(stored, 1);
  }
  EXPECT_THAT(Ledger(), SizeIs(10));
}

// Two processes have lanes of their own; then the unique key decides.
TEST_F(PetitionsTest, OfTwoReplicasAtOnceOneGetsTheReference) {
  ledger::Writer::Options options;
  options.connection = database_;
  options.clock = &clock_;
  options.service = "opinions";
  auto writer = ledger::Writer::Start(options);
  ASSERT_THAT(writer, IsOk());
  const OpinionsService replica({store_.get(), writer->get(), &snapshots_, &page_tokens_});
  for (int round = 0; round < 10; ++round) {
    const auto request = Creation(SomePetition(kCaiKhe, "R-" + std::to_string(round)));
    absl::StatusOr<v1::Petition> here, there;
    std::thread other([&] { there = replica.CreatePetition(By(kNational), request); });
    here = service_->CreatePetition(By(kNational), request);
    other.join();
    EXPECT_NE(here.ok(), there.ok());
    EXPECT_THAT(here.ok() ? there : here,
                StatusIs(StatusCode::kAlreadyExists, "PETITION_REFERENCE_TAKEN"));
  }
  EXPECT_THAT(Ledger(), SizeIs(10));
}

TEST_F(PetitionsTest, PetitionOutOfScopeAndUnknownPetitionGetOneAnswer) {
  const v1::Petition petition = Register(SomePetition(kMoved, "1", "2024-03-01"));
  const auto outside = Get(kNinhKieuMember, petition.name());
  const auto unknown = Get(kNinhKieuMember, "petitions/01h00000000000000000000000");
  EXPECT_THAT(outside, StatusIs(StatusCode::kNotFound, "NOT_FOUND"));
  EXPECT_THAT(unknown, StatusIs(StatusCode::kNotFound, "NOT_FOUND"));
  EXPECT_EQ(outside.status().message(), unknown.status().message());
  EXPECT_THAT(Get(kBinhThuyMember, petition.name()), IsOk());
  EXPECT_THAT(Create(kNinhKieuMember, SomePetition(kMoved, "2", "2024-03-01")),
              StatusIs(StatusCode::kNotFound, "NOT_FOUND"));
  EXPECT_THAT(Create(kNinhKieuMember, SomePetition(kMoved, "2", "2024-02-29")), IsOk());
  const auto ended = Create(kBinhThuyMember, SomePetition(kMoved, "3", "2025-07-01"));
  EXPECT_THAT(ended, StatusIs(StatusCode::kInvalidArgument, "UNIT_NOT_ON_DAY"));
  EXPECT_THAT(ViolatedFields(ended.status()), ElementsAre("petition.received_date"));
}

TEST_F(PetitionsTest, ListFiltersAndPages) {
  std::vector<std::string> names;
  for (int i = 0; i < 6; ++i) {
    v1::Petition petition =
        SomePetition(kCaiKhe, "L" + std::to_string(i), "2023-05-0" + std::to_string(1 + i),
                     i % 2 == 0 ? v1::Petition::COMPLAINT : v1::Petition::FEEDBACK);
    if (i == 2) petition.set_resolved_date("2023-05-20");
    names.push_back(Register(petition).name());
  }
  v1::ListPetitionsRequest request;
  request.set_unit(UnitName(kCaiKhe));
  request.set_kind(v1::Petition::COMPLAINT);
  request.set_open_only(true);
  request.set_page_size(1);
  std::vector<std::string> seen;
  do {
    const auto page = service_->ListPetitions(By(kNinhKieuMember), request);
    ASSERT_THAT(page, IsOk());
    for (const auto& petition : page->petitions()) seen.push_back(petition.name());
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  EXPECT_THAT(seen, ElementsAre(names[4], names[0]));
  request.set_kind(static_cast<v1::Petition::Kind>(9));
  EXPECT_THAT(ViolatedFields(service_->ListPetitions(By(kCity), request).status()),
              ElementsAre("kind"));
  request.clear_kind();
  request.set_unit(UnitName(kAnThoi));
  EXPECT_THAT(service_->ListPetitions(By(kNinhKieuMember), request).status().code(),
              ::testing::AnyOf(StatusCode::kNotFound, StatusCode::kInvalidArgument));
}

class BatchTest : public PetitionsTest {
 protected:
  static v1::BatchCreatePetitionsRequest Batch(int64_t unit, int size) {
    v1::BatchCreatePetitionsRequest request;
    request.set_unit(UnitName(unit));
    for (int i = 0; i < size; ++i) {
      *request.add_petitions() = SomePetition(unit, "B" + std::to_string(i));
      if (i % 2 == 0) request.mutable_petitions(i)->clear_unit();
    }
    return request;
  }
  absl::StatusOr<v1::BatchCreatePetitionsResponse> Send(
      const v1::BatchCreatePetitionsRequest& request) {
    return service_->BatchCreatePetitions(By(kNinhKieuMember), request);
  }
};

TEST_F(BatchTest, FiveHundredAreStoredInTheOrderGiven) {
  const auto stored = Send(Batch(kCaiKhe, 500));
  ASSERT_THAT(stored, IsOk());
  ASSERT_EQ(stored->petitions_size(), 500);
  for (int i = 0; i < 500; ++i) {
    EXPECT_EQ(stored->petitions(i).reference(), "B" + std::to_string(i));
    EXPECT_EQ(stored->petitions(i).unit(), UnitName(kCaiKhe));
  }
  EXPECT_THAT(Get(kNinhKieuMember, stored->petitions(499).name()), IsOk());
  EXPECT_THAT(Ledger(), SizeIs(500));
}

TEST_F(BatchTest, NoneAndTooManyAreRefused) {
  EXPECT_THAT(ViolatedFields(Send(Batch(kCaiKhe, 0)).status()), ElementsAre("petitions"));
  const absl::Status many = Send(Batch(kCaiKhe, 501)).status();
  EXPECT_THAT(ViolatedFields(many), ElementsAre("petitions"));
  EXPECT_EQ(many.message(), "petitions: The number must lie between 1 and 500.");
}

TEST_F(BatchTest, OneBadPetitionKeepsAllOut) {
  v1::BatchCreatePetitionsRequest request = Batch(kCaiKhe, 5);
  request.mutable_petitions(3)->set_received_date("2023-5-2");
  request.mutable_petitions(4)->clear_kind();
  request.mutable_petitions(4)->set_unit(UnitName(kAnThoi));
  const auto stored = Send(request);
  EXPECT_THAT(ViolatedFields(stored.status()),
              ElementsAre("petitions[3].received_date", "petitions[4].unit", "petitions[4].kind"));
  EXPECT_THAT(Ledger(), IsEmpty());
}

TEST_F(BatchTest, DuplicatesNameBoth) {
  v1::BatchCreatePetitionsRequest request = Batch(kCaiKhe, 8);
  request.mutable_petitions(6)->set_reference(" B2");
  const auto stored = Send(request);
  EXPECT_THAT(stored, StatusIs(StatusCode::kInvalidArgument, "DUPLICATE_REFERENCE"));
  EXPECT_THAT(ViolatedFields(stored.status()), ElementsAre("petitions[6].reference"));
  EXPECT_THAT(std::string(stored.status().message()), HasSubstr("petitions[2]"));
}

TEST_F(BatchTest, TakenReferencesKeepAllOutAndAreNamed) {
  Register(SomePetition(kCaiKhe, "B4"));
  Register(SomePetition(kCaiKhe, "B7"));
  const auto stored = Send(Batch(kCaiKhe, 9));
  EXPECT_THAT(stored, StatusIs(StatusCode::kAlreadyExists, "PETITION_REFERENCE_TAKEN"));
  EXPECT_THAT(std::string(stored.status().message()),
              HasSubstr("petitions[4].reference, petitions[7].reference"));
  EXPECT_THAT(Ledger(), SizeIs(2));
}

TEST_F(BatchTest, DaysOnWhichTheUnitWasNotAreNamed) {
  v1::BatchCreatePetitionsRequest request = Batch(kCaiKhe, 3);
  request.mutable_petitions(1)->set_received_date("2025-07-02");
  const auto stored = Send(request);
  EXPECT_THAT(stored, StatusIs(StatusCode::kInvalidArgument, "UNIT_NOT_ON_DAY"));
  EXPECT_THAT(ViolatedFields(stored.status()), ElementsAre("petitions[1].received_date"));
  EXPECT_THAT(Send(Batch(kAnThoi, 3)), StatusIs(StatusCode::kNotFound, "NOT_FOUND"));
}

TEST_F(BatchTest, RepeatGivesTheFirstAnswerAndStoresNothing) {
  v1::BatchCreatePetitionsRequest request = Batch(kCaiKhe, 20);
  request.set_request_id(kId1);
  const auto first = Send(request);
  clock_.Advance(absl::Minutes(5));
  const auto again = Send(request);
  ASSERT_THAT(first, IsOk());
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->SerializeAsString(), first->SerializeAsString());
  EXPECT_THAT(Ledger(), SizeIs(20));
}

class UpdateTest : public PetitionsTest {
 protected:
  static v1::UpdatePetitionRequest Change(const v1::Petition& petition,
                                          std::vector<std::string> paths = {}) {
    v1::UpdatePetitionRequest request;
    *request.mutable_petition() = petition;
    for (const std::string& path : paths) request.mutable_update_mask()->add_paths(path);
    return request;
  }
  absl::StatusOr<v1::Petition> Send(const v1::UpdatePetitionRequest& request,
                                    const access::Caller& caller = kNinhKieuMember) {
    return service_->UpdatePetition(By(caller), request);
  }
};

TEST_F(UpdateTest, ResolvingAscendsTheRevisionAndIsTold) {
  v1::Petition petition = Register(SomePetition(kCaiKhe, "1"));
  clock_.Advance(absl::Hours(2));
  petition.set_resolved_date("2023-07-01");
  const auto resolved = Send(Change(petition, {"resolved_date"}));
  ASSERT_THAT(resolved, IsOk());
  EXPECT_EQ(resolved->revision(), 2);
  EXPECT_EQ(resolved->resolved_date(), "2023-07-01");
  EXPECT_NE(resolved->etag(), petition.etag());
  EXPECT_GT(resolved->update_time().seconds(), resolved->create_time().seconds());
  const auto read = Get(kNinhKieuMember, petition.name());
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(read->SerializeAsString(), resolved->SerializeAsString());
  const std::vector<ledger::Record> records = Ledger();
  ASSERT_THAT(records, SizeIs(2));
  EXPECT_EQ(records[1].revision, 2);
  EXPECT_EQ(records[1].effective, absl::CivilDay(2023, 7, 1));
  EXPECT_EQ(records[1].payload, resolved->SerializeAsString());
}

TEST_F(UpdateTest, MaskDecidesWhatChanges) {
  v1::Petition sent = Register(SomePetition(kCaiKhe, "1"));
  sent.clear_etag();
  sent.set_due_date("2023-08-01");
  sent.set_resolved_date("2023-07-01");
  sent.set_reference("999");
  auto now = Send(Change(sent, {"due_date"}));
  ASSERT_THAT(now, IsOk());
  EXPECT_EQ(now->due_date(), "2023-08-01");
  EXPECT_EQ(now->resolved_date(), "");
  EXPECT_EQ(now->reference(), "1");
  // An empty mask means the fields that are there.
  sent.clear_due_date();
  sent.set_reference("1");
  now = Send(Change(sent));
  ASSERT_THAT(now, IsOk());
  EXPECT_EQ(now->due_date(), "2023-08-01");
  EXPECT_EQ(now->resolved_date(), "2023-07-01");
  // A named field that is empty is cleared: the petition is open again.
  sent.clear_resolved_date();
  now = Send(Change(sent, {"resolved_date"}));
  ASSERT_THAT(now, IsOk());
  EXPECT_EQ(now->resolved_date(), "");
  EXPECT_EQ(now->due_date(), "2023-08-01");
  now = Send(Change(sent, {"*"}));
  ASSERT_THAT(now, IsOk());
  EXPECT_EQ(now->due_date(), "");
  EXPECT_EQ(now->revision(), 5);
  const auto refused = Send(Change(sent, {"reference"}));
  EXPECT_THAT(refused, StatusIs(StatusCode::kInvalidArgument));
  EXPECT_THAT(ViolatedFields(refused.status()), ElementsAre("update_mask"));
}

TEST_F(UpdateTest, FixedFieldWithoutAMaskIsRefusedUnlessItIsAsStored) {
  const v1::Petition stored = Register(SomePetition(kCaiKhe, "1"));
  v1::Petition sent;
  sent.set_name(stored.name());
  sent.set_kind(v1::Petition::FEEDBACK);
  const auto refused = Send(Change(sent));
  EXPECT_THAT(refused, StatusIs(StatusCode::kInvalidArgument, "NOT_UPDATABLE"));
  EXPECT_THAT(ViolatedFields(refused.status()), ElementsAre("petition.kind"));
  EXPECT_THAT(Ledger(), SizeIs(1));
  // As it was read, with one date more.
  sent = stored;
  sent.set_due_date("2023-08-01");
  const auto changed = Send(Change(sent));
  ASSERT_THAT(changed, IsOk());
  EXPECT_EQ(changed->due_date(), "2023-08-01");
  // Whether the petition is there is not told to who may not see it.
  sent.set_kind(v1::Petition::FEEDBACK);
  EXPECT_THAT(Send(Change(sent), kBinhThuyMember), StatusIs(StatusCode::kNotFound));
}

TEST_F(UpdateTest, BadMaskIsNamedOnce) {
  const auto refused = Send(Change(Register(SomePetition(kCaiKhe, "1")), {"kind"}));
  EXPECT_THAT(std::string(refused.status().message()),
              ::testing::StartsWith("update_mask: The update mask"));
}

TEST_F(UpdateTest, ChangeThatChangesNothingIsNotTold) {
  const v1::Petition petition = Register(SomePetition(kCaiKhe, "1"));
  const auto same = Send(Change(petition, {"*"}));
  ASSERT_THAT(same, IsOk());
  EXPECT_EQ(same->SerializeAsString(), petition.SerializeAsString());
  EXPECT_THAT(Ledger(), SizeIs(1));
}

TEST_F(UpdateTest, BadDaysAreNamedAndChangeNothing) {
  v1::Petition petition = Register(SomePetition(kCaiKhe, "1"));
  petition.set_due_date("2023-05-01");
  petition.set_resolved_date("2025-12-02");
  auto refused = Send(Change(petition, {"*"}));
  EXPECT_THAT(ViolatedFields(refused.status()),
              ElementsAre("petition.due_date", "petition.resolved_date"));
  petition.set_due_date("soon");
  petition.set_name("petitions");
  refused = Send(Change(petition, {"due_date"}));
  EXPECT_THAT(ViolatedFields(refused.status()), ElementsAre("petition.name", "petition.due_date"));
  EXPECT_THAT(Ledger(), SizeIs(1));
}

TEST_F(UpdateTest, StaleEtagIsAborted) {
  v1::Petition petition = Register(SomePetition(kCaiKhe, "1"));
  petition.set_due_date("2023-06-01");
  ASSERT_THAT(Send(Change(petition, {"due_date"})), IsOk());
  petition.set_due_date("2023-06-02");
  EXPECT_THAT(Send(Change(petition, {"due_date"})),
              StatusIs(StatusCode::kAborted, "ETAG_MISMATCH"));
}

TEST_F(UpdateTest, OfTwoWhoResolveAtOnceOneLearnsOfTheOther) {
  for (int round = 0; round < 10; ++round) {
    v1::Petition petition = Register(SomePetition(kCaiKhe, "R" + std::to_string(round)));
    absl::StatusOr<v1::Petition> answers[2];
    std::vector<std::thread> callers;
    for (int i = 0; i < 2; ++i) {
      callers.emplace_back([&, i] {
        v1::Petition mine = petition;
        mine.set_resolved_date(i == 0 ? "2023-07-01" : "2023-08-01");
        answers[i] = Send(Change(mine, {"resolved_date"}));
      });
    }
    for (std::thread& caller : callers) caller.join();
    ASSERT_NE(answers[0].ok(), answers[1].ok());
    const int winner = answers[0].ok() ? 0 : 1;
    EXPECT_THAT(answers[1 - winner], StatusIs(StatusCode::kAborted, "ETAG_MISMATCH"));
    const auto read = Get(kNinhKieuMember, petition.name());
    ASSERT_THAT(read, IsOk());
    EXPECT_EQ(read->SerializeAsString(), answers[winner]->SerializeAsString());
  }
}

TEST_F(UpdateTest, RepeatGivesTheFirstAnswerAfterLaterChanges) {
  v1::Petition petition = Register(SomePetition(kCaiKhe, "1"));
  petition.set_resolved_date("2023-07-01");
  v1::UpdatePetitionRequest request = Change(petition, {"resolved_date"});
  request.set_request_id(kId2);
  const auto first = Send(request);
  ASSERT_THAT(first, IsOk());
  v1::Petition later = *first;
  later.set_due_date("2023-09-01");
  ASSERT_THAT(Send(Change(later, {"due_date"})), IsOk());
  const auto again = Send(request);
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->SerializeAsString(), first->SerializeAsString());
}

TEST_F(UpdateTest, PetitionOutOfScopeIsNotFound) {
  v1::Petition petition = Register(SomePetition(kAnThoi, "1"));
  petition.set_resolved_date("2023-07-01");
  const auto outside = Send(Change(petition, {"resolved_date"}));
  EXPECT_THAT(outside, StatusIs(StatusCode::kNotFound, "NOT_FOUND"));
  petition.set_name("petitions/01h00000000000000000000000");
  const auto unknown = Send(Change(petition, {"resolved_date"}));
  EXPECT_THAT(unknown, StatusIs(StatusCode::kNotFound, "NOT_FOUND"));
  EXPECT_EQ(outside.status().message(), unknown.status().message());
  EXPECT_THAT(Ledger(), SizeIs(1));
}

}  // namespace
}  // namespace phoihop::opinions
