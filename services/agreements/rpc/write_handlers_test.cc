#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "common/ledger/reader.h"
#include "common/status/rpc_status.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "services/agreements/rpc/testing_service.h"

namespace phoihop::agreements {
namespace {

using absl::StatusCode;
using ::phoihop::testing::IsOk;
using ::phoihop::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::Not;

constexpr char kUuid[] = "7f2c1a9e-4b1d-4a53-9f0e-2d6b8c1e0a11";

// The type of the resource that an error says is not there.
std::string NotFoundType(const absl::Status& status) {
  const google::rpc::Status wire = ToRpcStatus(status);
  for (const google::protobuf::Any& detail : wire.details()) {
    google::rpc::ResourceInfo info;
    if (detail.UnpackTo(&info)) return info.resource_type();
  }
  return "";
}

using WriteTest = ServiceTest;

TEST_F(WriteTest, LifeOfAnAgreementFromDraftToInForce) {
  v1::CreateAgreementRequest request = GoodRequest();
  request.mutable_agreement()->set_title("  Chương\u00a0trình phối hợp – Tha\u0300nh Yên ");
  request.mutable_agreement()->set_document_number("02-CTr/BTGTU-ĐĐHĐND-BCSĐUBNDTP");
  const v1::Agreement draft = Create(request, "members/city");
  EXPECT_EQ(draft.title(), "Chương trình phối hợp – Thành Yên");
  EXPECT_EQ(draft.document_number(), "02-CTr/BTGTU-ĐĐHĐND-BCSĐUBNDTP");
  EXPECT_EQ(draft.state(), v1::Agreement::DRAFT);
  EXPECT_EQ(draft.revision(), 1);
  EXPECT_EQ(draft.create_time().seconds(), absl::ToUnixSeconds(clock_.Now()));

  clock_.Advance(absl::Minutes(1));
  EXPECT_EQ(Start(draft.name(), "members/city").state(), v1::Agreement::SIGNING);
  const auto half = Sign(draft.name(), "council", "2020-10-05", "members/city");
  ASSERT_THAT(half, IsOk());
  EXPECT_EQ(half->state(), v1::Agreement::SIGNING);
  EXPECT_EQ(half->in_force_date(), "");
  const auto full = Sign(draft.name(), "party", "2020-10-01", "members/city");
  ASSERT_THAT(full, IsOk());
  EXPECT_EQ(full->state(), v1::Agreement::IN_FORCE);
  EXPECT_EQ(full->in_force_date(), "2020-10-05");
  EXPECT_EQ(full->revision(), 4);
  EXPECT_EQ(full->parties(0).signature().sign_date(), "2020-10-01");
  EXPECT_EQ(full->parties(0).signature().recorded_by(), "members/city");
  EXPECT_EQ(full->parties(1).signature().signer_name(), "Nguyễn Văn Ử");
  EXPECT_EQ(full->parties(1).signature().signer_title(), "KT. Chủ tịch, Phó Chủ tịch");
  const auto got = Get(draft.name());
  ASSERT_THAT(got, IsOk());
  EXPECT_EQ(got->SerializeAsString(), full->SerializeAsString());
}

TEST_F(WriteTest, EveryChangeIsARecordWithTheWholeAgreement) {
  std::optional<int64_t> position;
  const auto draft =
      Call(&Stub::CreateAgreement, GoodRequest(), "members/city as bodies/party", &position);
  ASSERT_THAT(draft, IsOk());
  EXPECT_EQ(position, 1);
  Start(draft->name());
  ASSERT_THAT(Sign(draft->name(), "party", "2020-10-09"), IsOk());
  const auto full = Sign(draft->name(), "council", "2020-10-02");
  ASSERT_THAT(full, IsOk());

  const auto page = ledger::ReadRecords(*pool_, absl::InfiniteFuture(), 0, 100, 1 << 20);
  ASSERT_THAT(page, IsOk());
  ASSERT_EQ(page->records.size(), 4);
  std::vector<std::string> days, methods;
  for (size_t i = 0; i < 4; ++i) {
    const ledger::Record& record = page->records[i];
    EXPECT_EQ(record.resource, draft->name());
    EXPECT_EQ(record.resource_type, "phoihop.agreements.v1.Agreement");
    EXPECT_EQ(record.revision, static_cast<int64_t>(i) + 1);
    EXPECT_EQ(record.unit, "units/2");
    days.push_back(FormatDay(record.effective));
    methods.push_back(record.method.substr(record.method.find('/') + 1));
  }
  EXPECT_THAT(days, ElementsAre("2020-09-30", "2020-09-30", "2020-10-09", "2020-10-09"));
  EXPECT_THAT(methods,
              ElementsAre("CreateAgreement", "StartSigning", "SignAgreement", "SignAgreement"));
  EXPECT_EQ(page->records[0].actor, "members/city");
  EXPECT_EQ(page->records[0].actor_body, "bodies/party");
  v1::Agreement last;
  ASSERT_TRUE(last.ParseFromString(page->records[3].payload));
  EXPECT_EQ(last.SerializeAsString(), full->SerializeAsString());
}

TEST_F(WriteTest, BadInputNamesItsField) {
  struct Row {
    std::string reason, field;
    std::function<void(v1::Agreement&)> spoil;
  };
  const std::vector<Row> table = {
      {"REQUIRED", "agreement.title", [](v1::Agreement& a) { a.clear_title(); }},
      {"REQUIRED", "agreement.title", [](v1::Agreement& a) { a.set_title(" \u00a0 "); }},
      {"INVALID_LENGTH", "agreement.title",
       [](v1::Agreement& a) { a.set_title(std::string(100000, 'x')); }},
      {"INVALID_TEXT", "agreement.title", [](v1::Agreement& a) { a.set_title("a\x01 b"); }},
      {"NOT_ONE_LINE", "agreement.title", [](v1::Agreement& a) { a.set_title("a\nb"); }},
      {"INVALID_LENGTH", "agreement.document_number",
       [](v1::Agreement& a) { a.set_document_number(std::string(101, '1')); }},
      {"INVALID_DAY", "agreement.term_start",
       [](v1::Agreement& a) { a.set_term_start("30-9-2020"); }},
      {"INVALID_DAY", "agreement.term_end", [](v1::Agreement& a) { a.set_term_end("2021-02-29"); }},
      {"TERM_REVERSED", "agreement.term_end",
       [](v1::Agreement& a) { a.set_term_end("2020-09-29"); }},
      {"INVALID_NAME", "agreement.unit", [](v1::Agreement& a) { a.set_unit("units/02"); }},
      {"REQUIRED", "agreement.unit", [](v1::Agreement& a) { a.clear_unit(); }},
      {"PARTY_COUNT", "agreement.parties", [](v1::Agreement& a) { a.clear_parties(); }},
      {"PARTY_COUNT", "agreement.parties",
       [](v1::Agreement& a) {
         for (int i = 0; i < 5000; ++i) a.add_parties()->set_body(absl::StrCat("bodies/b", i));
       }},
      {"PARTY_TWICE", "agreement.parties[2].body",
       [](v1::Agreement& a) { a.add_parties()->set_body("bodies/party"); }},
      {"INVALID_NAME", "agreement.parties[2].body",
       [](v1::Agreement& a) { a.add_parties()->set_body("party"); }},
      {"BODY_UNKNOWN", "agreement.parties[2].body",
       [](v1::Agreement& a) { a.add_parties()->set_body("bodies/nobody"); }},
      {"PARTY_OF_OTHER_UNIT", "agreement.parties[2].body",
       [](v1::Agreement& a) {
         a.add_parties()->set_body(absl::StrCat("bodies/", BodyAt("party", access::kNinhKieu)));
       }},
      {"BODY_NOT_VALID", "agreement.parties[2].body",
       [](v1::Agreement& a) { a.add_parties()->set_body("bodies/late"); }},
      {"BODY_NOT_VALID", "agreement.parties[2].body",
       [](v1::Agreement& a) { a.add_parties()->set_body("bodies/ended"); }},
      {"INVALID_NAME", "agreement.parent", [](v1::Agreement& a) { a.set_parent("x/y"); }},
      {"PARENT_UNKNOWN", "agreement.parent",
       [](v1::Agreement& a) { a.set_parent("agreements/none"); }},
  };
  for (const Row& row : table) {
    SCOPED_TRACE(row.field + " " + row.reason);
    v1::CreateAgreementRequest request = GoodRequest();
    row.spoil(*request.mutable_agreement());
    const auto refused = Call(&Stub::CreateAgreement, request);
    EXPECT_THAT(refused, StatusIs(StatusCode::kInvalidArgument, row.reason));
    EXPECT_THAT(ViolatedFields(refused.status()), ElementsAre(row.field));
  }
  v1::CreateAgreementRequest request = GoodRequest();
  request.set_request_id("1");
  EXPECT_THAT(Call(&Stub::CreateAgreement, request),
              StatusIs(StatusCode::kInvalidArgument, "INVALID_REQUEST_ID"));
  // protobuf refuses broken UTF-8 on the wire; nothing passes here either.
  rpc::RequestContext ctx({.caller = testing::Member("city"), .clock = &clock_});
  request = GoodRequest();
  request.mutable_agreement()->set_title("a\xff");
  EXPECT_THAT(CreateAgreement(parts_, ctx, request),
              StatusIs(StatusCode::kInvalidArgument, "INVALID_TEXT"));
  EXPECT_EQ(ledger::ReadHead(*pool_, absl::InfiniteFuture())->position, 0);
}

TEST_F(WriteTest, LeaderOfOneDistrictCannotBindABodyOfAnother) {
  v1::CreateAgreementRequest request = GoodRequest(access::kNinhKieu);
  const std::string foreign = absl::StrCat("bodies/", BodyAt("council", access::kBinhThuy));
  request.mutable_agreement()->mutable_parties(1)->set_body(foreign);
  const auto refused = Call(&Stub::CreateAgreement, request, "members/district");
  EXPECT_THAT(refused, StatusIs(StatusCode::kInvalidArgument, "PARTY_OF_OTHER_UNIT"));
  EXPECT_THAT(ViolatedFields(refused.status()), ElementsAre("agreement.parties[1].body"));
  // Nor does one who has both districts below them: it would be no agreement of one unit.
  EXPECT_THAT(Call(&Stub::CreateAgreement, request, "members/city"),
              StatusIs(StatusCode::kInvalidArgument, "PARTY_OF_OTHER_UNIT"));

  const v1::Agreement own = Create(GoodRequest(access::kNinhKieu), "members/district");
  v1::UpdateAgreementRequest update;
  *update.mutable_agreement() = own;
  update.mutable_agreement()->mutable_parties(1)->set_body(foreign);
  update.mutable_update_mask()->add_paths("parties");
  const auto changed = Call(&Stub::UpdateAgreement, update, "members/district");
  EXPECT_THAT(changed, StatusIs(StatusCode::kInvalidArgument, "PARTY_OF_OTHER_UNIT"));
  EXPECT_THAT(ViolatedFields(changed.status()), ElementsAre("agreement.parties[1].body"));

  const std::string name = Start(own.name(), "members/district").name();
  const std::string party = BodyAt("party", access::kNinhKieu);
  EXPECT_THAT(Sign(name, party, "2020-10-01", "members/other"), StatusIs(StatusCode::kNotFound));
  EXPECT_THAT(Sign(name, BodyAt("council", access::kBinhThuy), "2020-10-01", "members/district"),
              StatusIs(StatusCode::kInvalidArgument, "NOT_A_PARTY"));
  EXPECT_THAT(Sign(name, party, "2020-10-01", "members/district"), IsOk());
}

TEST_F(WriteTest, UnitMustExistOnTheFirstDayOfTheTerm) {
  v1::CreateAgreementRequest request = GoodRequest();
  request.mutable_agreement()->set_term_start("2025-07-01");
  const auto refused = Call(&Stub::CreateAgreement, request);
  EXPECT_THAT(refused, StatusIs(StatusCode::kInvalidArgument, "UNIT_NOT_ON_TERM_START"));
  EXPECT_THAT(ViolatedFields(refused.status()), ElementsAre("agreement.term_start"));
  request = GoodRequest(access::kNewCanTho);
  request.mutable_agreement()->set_term_start("2025-07-01");
  EXPECT_THAT(Call(&Stub::CreateAgreement, request, "members/newcity"), IsOk());
}

TEST_F(WriteTest, WithoutTheDirectoryNothingIsCreatedAndTheCallMayBeRepeated) {
  v1::CreateAgreementRequest request = GoodRequest();
  request.set_request_id(kUuid);
  bodies_.reachable = false;
  EXPECT_THAT(Call(&Stub::CreateAgreement, request),
              StatusIs(StatusCode::kUnavailable, "DIRECTORY_UNAVAILABLE"));
  bodies_.reachable = true;
  EXPECT_THAT(Call(&Stub::CreateAgreement, request), IsOk());
}

TEST_F(WriteTest, WithoutTheDirectoryARepeatStillGetsItsFirstAnswer) {
  v1::CreateAgreementRequest create = GoodRequest();
  create.set_request_id(kUuid);
  const auto created = Call(&Stub::CreateAgreement, create);
  ASSERT_THAT(created, IsOk());
  v1::UpdateAgreementRequest update;
  *update.mutable_agreement() = *created;
  update.mutable_agreement()->set_title("Mới");
  update.mutable_update_mask()->add_paths("title");
  update.set_request_id("7f2c1a9e-4b1d-4a53-9f0e-2d6b8c1e0a12");
  const auto updated = Call(&Stub::UpdateAgreement, update);
  ASSERT_THAT(updated, IsOk());

  bodies_.reachable = false;
  const auto created_again = Call(&Stub::CreateAgreement, create);
  ASSERT_THAT(created_again, IsOk());
  EXPECT_EQ(created_again->SerializeAsString(), created->SerializeAsString());
  const auto updated_again = Call(&Stub::UpdateAgreement, update);
  ASSERT_THAT(updated_again, IsOk());
  EXPECT_EQ(updated_again->SerializeAsString(), updated->SerializeAsString());
  // What is new, or says something else, is not.
  update.set_request_id("7f2c1a9e-4b1d-4a53-9f0e-2d6b8c1e0a13");
  EXPECT_THAT(Call(&Stub::UpdateAgreement, update),
              StatusIs(StatusCode::kUnavailable, "DIRECTORY_UNAVAILABLE"));
  create.mutable_agreement()->set_title("Khác");
  EXPECT_THAT(Call(&Stub::CreateAgreement, create),
              StatusIs(StatusCode::kInvalidArgument, "REQUEST_ID_REUSED"));
  EXPECT_EQ(ledger::ReadHead(*pool_, absl::InfiniteFuture())->position, 2);
}

TEST_F(WriteTest, RepeatedRequestIdGivesTheFirstAnswerAndAnotherBodyIsRefused) {
  v1::CreateAgreementRequest request = GoodRequest();
  request.set_request_id(kUuid);
  const auto first = Call(&Stub::CreateAgreement, request);
  ASSERT_THAT(first, IsOk());
  Start(first->name());
  clock_.Advance(absl::Hours(1));
  const auto again = Call(&Stub::CreateAgreement, request);
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->SerializeAsString(), first->SerializeAsString());
  request.mutable_agreement()->set_title("Khác");
  EXPECT_THAT(Call(&Stub::CreateAgreement, request),
              StatusIs(StatusCode::kInvalidArgument, "REQUEST_ID_REUSED"));
  // Another caller's request id is another one.
  EXPECT_THAT(Call(&Stub::CreateAgreement, request, "members/officer"), IsOk());
}

TEST_F(WriteTest, ReplayedUpdateGivesTheFirstAnswerAlthoughItsEtagIsOld) {
  v1::UpdateAgreementRequest update;
  *update.mutable_agreement() = Create(GoodRequest());
  update.mutable_agreement()->set_title("Mới");
  update.mutable_update_mask()->add_paths("title");
  update.set_request_id(kUuid);
  const auto first = Call(&Stub::UpdateAgreement, update);
  ASSERT_THAT(first, IsOk());
  Start(first->name());
  const auto again = Call(&Stub::UpdateAgreement, update);
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->SerializeAsString(), first->SerializeAsString());
}

TEST_F(WriteTest, UpdateChangesWhatTheMaskNames) {
  v1::CreateAgreementRequest request = GoodRequest();
  request.mutable_agreement()->set_document_number("1-CTr/TU");
  const v1::Agreement draft = Create(request);
  const auto update = [&](const std::vector<std::string>& paths,
                          const std::function<void(v1::Agreement&)>& change) {
    v1::UpdateAgreementRequest u;
    u.mutable_agreement()->set_name(draft.name());
    change(*u.mutable_agreement());
    for (const std::string& path : paths) u.mutable_update_mask()->add_paths(path);
    return Call(&Stub::UpdateAgreement, u);
  };
  auto got = update({"title"}, [](v1::Agreement& a) {
    a.set_title("Mới");
    a.set_document_number("not named");
  });
  ASSERT_THAT(got, IsOk());
  EXPECT_EQ(got->title(), "Mới");
  EXPECT_EQ(got->document_number(), "1-CTr/TU");
  EXPECT_EQ(got->revision(), 2);
  // No mask: the fields present.
  got = update({}, [](v1::Agreement& a) { a.set_term_end("2024-12-31"); });
  ASSERT_THAT(got, IsOk());
  EXPECT_EQ(got->term_end(), "2024-12-31");
  EXPECT_EQ(got->title(), "Mới");
  // A mask clears.
  got = update({"document_number"}, [](v1::Agreement&) {});
  ASSERT_THAT(got, IsOk());
  EXPECT_EQ(got->document_number(), "");
  // `*` means all, so what must be there must be given.
  EXPECT_THAT(update({"*"}, [](v1::Agreement& a) { a.set_title("x"); }),
              StatusIs(StatusCode::kInvalidArgument, "INVALID_FIELDS"));
  got = update({"*"}, [&](v1::Agreement& a) {
    a.set_title("Tất cả");
    a.add_parties()->set_body("bodies/court");
    a.add_parties()->set_body("bodies/party");
    a.set_term_start("2021-01-01");
    a.set_term_end("2021-12-31");
  });
  ASSERT_THAT(got, IsOk());
  EXPECT_EQ(got->parties(0).body(), "bodies/court");
  EXPECT_EQ(got->term_start(), "2021-01-01");
  EXPECT_EQ(got->revision(), 5);
  // Nothing to do: no new revision, no record.
  got = update({"title"}, [](v1::Agreement& a) { a.set_title("Tất cả"); });
  ASSERT_THAT(got, IsOk());
  EXPECT_EQ(got->revision(), 5);
  EXPECT_EQ(ledger::ReadHead(*pool_, absl::InfiniteFuture())->position, 5);
  for (const char* path : {"unit", "state", "nonsense", "name", "in_force_date"}) {
    const auto refused = update({path}, [](v1::Agreement& a) { a.set_unit("units/1"); });
    EXPECT_THAT(refused, StatusIs(StatusCode::kInvalidArgument)) << path;
    EXPECT_THAT(ViolatedFields(refused.status()), ElementsAre("update_mask")) << path;
  }
  EXPECT_THAT(update({"term_start"}, [](v1::Agreement& a) { a.set_term_start("2022-01-01"); }),
              StatusIs(StatusCode::kInvalidArgument, "TERM_REVERSED"));
}

TEST_F(WriteTest, UnitWithoutAMaskIsRefusedUnlessItIsAsStored) {
  const v1::Agreement draft = Create(GoodRequest());
  v1::UpdateAgreementRequest update;
  *update.mutable_agreement() = draft;
  update.mutable_agreement()->set_title("Mới");
  const auto changed = Call(&Stub::UpdateAgreement, update);
  ASSERT_THAT(changed, IsOk());
  EXPECT_EQ(changed->title(), "Mới");
  *update.mutable_agreement() = *changed;
  update.mutable_agreement()->set_unit("units/1");
  const auto refused = Call(&Stub::UpdateAgreement, update);
  EXPECT_THAT(refused, StatusIs(StatusCode::kInvalidArgument, "NOT_UPDATABLE"));
  EXPECT_THAT(ViolatedFields(refused.status()), ElementsAre("agreement.unit"));
}

TEST_F(WriteTest, OldEtagIsAborted) {
  const v1::Agreement draft = Create(GoodRequest());
  v1::UpdateAgreementRequest update;
  *update.mutable_agreement() = draft;
  update.mutable_agreement()->set_title("Mới");
  ASSERT_THAT(Call(&Stub::UpdateAgreement, update), IsOk());
  update.mutable_agreement()->set_title("Mới hơn");
  EXPECT_THAT(Call(&Stub::UpdateAgreement, update),
              StatusIs(StatusCode::kAborted, "ETAG_MISMATCH"));
  v1::StartSigningRequest start;
  start.set_name(draft.name());
  start.set_etag(draft.etag());
  EXPECT_THAT(Call(&Stub::StartSigning, start), StatusIs(StatusCode::kAborted, "ETAG_MISMATCH"));
  start.set_etag(Get(draft.name())->etag());
  EXPECT_THAT(Call(&Stub::StartSigning, start), IsOk());
}

TEST_F(WriteTest, FixedTextIsNotChangedAnyMore) {
  const v1::Agreement draft = Create(GoodRequest());
  EXPECT_THAT(Sign(draft.name(), "party"),
              StatusIs(StatusCode::kFailedPrecondition, "AGREEMENT_NOT_SIGNING"));
  Start(draft.name());
  v1::UpdateAgreementRequest update;
  update.mutable_agreement()->set_name(draft.name());
  update.mutable_agreement()->set_title("Mới");
  EXPECT_THAT(Call(&Stub::UpdateAgreement, update),
              StatusIs(StatusCode::kFailedPrecondition, "AGREEMENT_NOT_DRAFT"));
}

TEST_F(WriteTest, SigningRefusesStrangersFutureAndFarPastDaysAndSecondSignatures) {
  const std::string name = Start(Create(GoodRequest()).name()).name();
  EXPECT_THAT(Sign(name, "court"), StatusIs(StatusCode::kInvalidArgument, "NOT_A_PARTY"));
  EXPECT_THAT(Sign(name, "party", "2023-10-25"),
              StatusIs(StatusCode::kInvalidArgument, "SIGN_DATE_IN_FUTURE"));
  EXPECT_THAT(Sign(name, "party", "1900-01-01"),
              StatusIs(StatusCode::kInvalidArgument, "SIGN_DATE_TOO_EARLY"));
  const auto today = Sign(name, "party", "");
  ASSERT_THAT(today, IsOk());
  EXPECT_EQ(today->parties(0).signature().sign_date(), "2023-10-24");
  EXPECT_THAT(Sign(name, "party"), StatusIs(StatusCode::kFailedPrecondition, "PARTY_HAS_SIGNED"));
}

TEST_F(WriteTest, DocumentNumberIsUniqueForUnitAndYear) {
  v1::CreateAgreementRequest request = GoodRequest();
  request.mutable_agreement()->set_document_number("221 - QĐ/TW");
  const v1::Agreement first = Create(request);
  EXPECT_EQ(first.document_number(), "221 - QĐ/TW");
  request.mutable_agreement()->set_document_number("221-QD/TW");
  EXPECT_THAT(Call(&Stub::CreateAgreement, request),
              StatusIs(StatusCode::kAlreadyExists, "DOCUMENT_NUMBER_TAKEN"));
  request.mutable_agreement()->set_term_start("2021-01-01");
  const v1::Agreement second = Create(request);
  v1::UpdateAgreementRequest update;
  update.mutable_agreement()->set_name(second.name());
  update.mutable_agreement()->set_term_start("2020-12-31");
  EXPECT_THAT(Call(&Stub::UpdateAgreement, update),
              StatusIs(StatusCode::kAlreadyExists, "DOCUMENT_NUMBER_TAKEN"));
}

TEST_F(WriteTest, OneOfManyWithTheSameDocumentNumberAtOnceIsCreated) {
  std::atomic<int> created = 0, taken = 0;
  std::vector<std::thread> threads;
  threads.reserve(8);
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      v1::CreateAgreementRequest request = GoodRequest();
      request.mutable_agreement()->set_document_number("5-CTr/TU");
      const auto answer = Call(&Stub::CreateAgreement, request);
      if (answer.ok()) ++created;
      if (ErrorReason(answer.status()) == "DOCUMENT_NUMBER_TAKEN") ++taken;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(created, 1);
  EXPECT_EQ(taken, 7);
}

TEST_F(WriteTest, ParentMustBeOpenAndAboveAndReadable) {
  const v1::Agreement city = Create(GoodRequest());
  const auto child = [&](int64_t unit, const std::string& parent, const std::string& caller) {
    return Call(&Stub::CreateAgreement, GoodRequest(unit, parent), caller);
  };
  EXPECT_THAT(child(access::kNinhKieu, city.name(), "members/city"),
              StatusIs(StatusCode::kInvalidArgument, "PARENT_IS_DRAFT"));
  // One who may not read the draft learns nothing of it.
  EXPECT_THAT(child(access::kNinhKieu, city.name(), "members/district"),
              StatusIs(StatusCode::kInvalidArgument, "PARENT_UNKNOWN"));
  Start(city.name());
  EXPECT_THAT(child(access::kNinhKieu, city.name(), "members/city"), IsOk());
  EXPECT_THAT(child(access::kNinhKieu, city.name(), "members/district"),
              StatusIs(StatusCode::kInvalidArgument, "PARENT_UNKNOWN"));
  ASSERT_THAT(Sign(city.name(), "party"), IsOk());
  ASSERT_THAT(Sign(city.name(), "council"), IsOk());
  const auto district = child(access::kNinhKieu, city.name(), "members/district");
  ASSERT_THAT(district, IsOk());
  Start(district->name());
  EXPECT_THAT(child(access::kOldCanTho, city.name(), "members/city"),
              StatusIs(StatusCode::kInvalidArgument, "PARENT_NOT_ABOVE"));
  EXPECT_THAT(child(access::kAnThoi, district->name(), "members/city"),
              StatusIs(StatusCode::kInvalidArgument, "PARENT_NOT_ABOVE"));
  EXPECT_THAT(child(access::kHauGiang, city.name(), "members/country"),
              StatusIs(StatusCode::kInvalidArgument, "PARENT_NOT_ABOVE"));
  const v1::Agreement commune = Create(GoodRequest(access::kCaiKhe, district->name()));

  v1::UpdateAgreementRequest update;
  update.mutable_agreement()->set_name(commune.name());
  update.mutable_agreement()->set_parent(commune.name());
  EXPECT_THAT(Call(&Stub::UpdateAgreement, update),
              StatusIs(StatusCode::kInvalidArgument, "PARENT_CIRCLE"));
  update.mutable_agreement()->set_parent(city.name());
  const auto moved = Call(&Stub::UpdateAgreement, update);
  ASSERT_THAT(moved, IsOk());
  EXPECT_EQ(moved->parent(), city.name());
  update.mutable_agreement()->clear_parent();
  update.mutable_update_mask()->add_paths("parent");
  EXPECT_EQ(Call(&Stub::UpdateAgreement, update)->parent(), "");
}

TEST_F(WriteTest, TwoLastSignersAtOncePutInForceExactlyOnce) {
  // In odd rounds the other signer comes by another replica, whose lanes know nothing of ours:
  // then the locked row decides.
  ledger::Writer::Options options;
  options.connection = pool_->options().connection;
  options.clock = &clock_;
  options.service = "agreements";
  auto replica_writer = ledger::Writer::Start(options);
  ASSERT_THAT(replica_writer, IsOk());
  Parts replica = parts_;
  replica.writer = replica_writer->get();
  const rpc::RequestContext ctx({.caller = testing::Member("country"),
                                 .method = "phoihop.agreements.v1.AgreementsService/SignAgreement",
                                 .clock = &clock_});
  for (int round = 0; round < 200; ++round) {
    const std::string name = Start(Create(GoodRequest()).name()).name();
    absl::StatusOr<v1::Agreement> one, two;
    std::thread other([&] {
      if (round % 2 == 0) {
        two = Sign(name, "council", "2020-11-02");
      } else {
        two = SignAgreement(replica, ctx, SignRequest(name, "council", "2020-11-02"));
      }
    });
    one = Sign(name, "party", "2020-11-01");
    other.join();
    ASSERT_THAT(one, IsOk());
    ASSERT_THAT(two, IsOk());
    // Exactly one of the answers is the one that put it in force.
    ASSERT_NE(one->state() == v1::Agreement::IN_FORCE, two->state() == v1::Agreement::IN_FORCE);
    const auto got = Get(name);
    ASSERT_THAT(got, IsOk());
    ASSERT_EQ(got->state(), v1::Agreement::IN_FORCE);
    ASSERT_EQ(got->in_force_date(), "2020-11-02");
    ASSERT_EQ(got->parties(0).signature().sign_date(), "2020-11-01");
    ASSERT_EQ(got->parties(1).signature().sign_date(), "2020-11-02");
    ASSERT_EQ(got->revision(), 4);
  }
  int in_force = 0;
  for (int64_t after = 0; after < 800; after += 100) {
    const auto page = ledger::ReadRecords(*pool_, absl::InfiniteFuture(), after, 100, 1 << 20);
    ASSERT_THAT(page, IsOk());
    for (const ledger::Record& record : page->records) {
      v1::Agreement agreement;
      ASSERT_TRUE(agreement.ParseFromString(record.payload));
      in_force += agreement.state() == v1::Agreement::IN_FORCE;
    }
  }
  EXPECT_EQ(in_force, 200);
}

TEST_F(WriteTest, WritesOutOfScopeAreNotFoundAsIfMissing) {
  const v1::Agreement draft = Create(GoodRequest());
  const auto all = [&](const std::string& name, const std::string& caller) {
    v1::UpdateAgreementRequest update;
    update.mutable_agreement()->set_name(name);
    update.mutable_agreement()->set_title("Mới");
    v1::StartSigningRequest start;
    start.set_name(name);
    return std::vector<absl::Status>{Call(&Stub::UpdateAgreement, update, caller).status(),
                                     Call(&Stub::StartSigning, start, caller).status(),
                                     Sign(name, "party", "2020-10-01", caller).status(),
                                     Get(name, caller).status()};
  };
  const std::vector<absl::Status> hidden = all(draft.name(), "members/district");
  const std::vector<absl::Status> missing = all("agreements/none", "members/district");
  for (size_t i = 0; i < hidden.size(); ++i) {
    EXPECT_THAT(hidden[i], StatusIs(StatusCode::kNotFound, "NOT_FOUND"));
    EXPECT_EQ(hidden[i].message(), missing[i].message());
    EXPECT_EQ(VietnameseMessage(hidden[i]), VietnameseMessage(missing[i]));
  }
  const absl::Status unit =
      Call(&Stub::CreateAgreement, GoodRequest(access::kBinhThuy), "members/district").status();
  const absl::Status no_unit =
      Call(&Stub::CreateAgreement, GoodRequest(4711), "members/district").status();
  EXPECT_THAT(unit, StatusIs(StatusCode::kNotFound, "NOT_FOUND"));
  EXPECT_EQ(unit.message(), no_unit.message());
}

TEST_F(WriteTest, ErrorsNameResourceTypesInFull) {
  EXPECT_EQ(NotFoundType(Get("agreements/none").status()), "phoihop.agreements.v1.Agreement");
  EXPECT_EQ(NotFoundType(Call(&Stub::CreateAgreement, GoodRequest(4711)).status()),
            "phoihop.directory.v1.AdministrativeUnit");
  v1::ListAgreementsRequest list;
  list.set_unit("units/4711");
  EXPECT_EQ(NotFoundType(Call(&Stub::ListAgreements, list).status()),
            "phoihop.directory.v1.AdministrativeUnit");
}

TEST_F(WriteTest, RolesAndBodiesDecideWhoSigns) {
  const std::string name = Start(Create(GoodRequest()).name()).name();
  // The permission itself is missing: told before anything is looked at.
  EXPECT_THAT(Sign(name, "party", "2020-10-01", "members/officer"),
              StatusIs(StatusCode::kPermissionDenied, "PERMISSION_MISSING"));
  EXPECT_THAT(Sign("agreements/none", "party", "2020-10-01", "members/officer"),
              StatusIs(StatusCode::kPermissionDenied, "PERMISSION_MISSING"));
  // A grant for one body signs for that body alone.
  for (const char* as : {"members/council", "members/council as bodies/council"}) {
    EXPECT_THAT(Sign(name, "party", "2020-10-01", as),
                StatusIs(StatusCode::kPermissionDenied, "PERMISSION_MISSING"));
  }
  EXPECT_THAT(Sign(name, "council", "2020-10-01", "members/council as bodies/party"), Not(IsOk()));
  EXPECT_THAT(Sign(name, "council", "2020-10-01", "members/council"), IsOk());
  EXPECT_THAT(Sign(name, "party", "2020-10-01", "members/city as bodies/council"), IsOk());
}

}  // namespace
}  // namespace phoihop::agreements
