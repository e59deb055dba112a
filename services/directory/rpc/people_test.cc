#include "services/directory/rpc/service_fixture.h"

namespace phoihop::directory {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kId1[] = "6f0f3e5a-57a4-4a0a-9d3c-0d2b6d6f0001";

TEST_F(DirectoryTest, BodyIsCreatedAndReadBack) {
  ImportBoth();
  v1::CreateBodyRequest request;
  request.mutable_body()->set_display_name(" Ban Tuyên giáo\u00a0Thành ủy ");
  request.mutable_body()->set_abbreviation("BTGTU");
  request.mutable_body()->set_unit(Unit("92", kLastOldDay));
  request.mutable_body()->set_valid_until(kReform);
  const auto body = Call(&Stub::CreateBody, request);
  ASSERT_THAT(body, IsOk());
  EXPECT_EQ(body->display_name(), "Ban Tuyên giáo Thành ủy");
  EXPECT_EQ(body->valid_until(), kReform);
  EXPECT_EQ(body->valid_from(), "");
  EXPECT_EQ(absl::FromUnixSeconds(body->create_time().seconds()), clock_.Now());

  v1::GetBodyRequest get;
  get.set_name(body->name());
  const auto read = Call(&Stub::GetBody, get, "members/x");
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(read->SerializeAsString(), body->SerializeAsString());
  get.set_name("bodies/none");
  EXPECT_THAT(Call(&Stub::GetBody, get), StatusIs(absl::StatusCode::kNotFound));

  const ledger::Record record = Ledger().back();
  EXPECT_EQ(record.resource, body->name());
  EXPECT_EQ(record.actor, kCtl);
  EXPECT_EQ(record.unit, body->unit());
}

TEST_F(DirectoryTest, NameOfABodyOnTwoLinesIsRefused) {
  v1::CreateBodyRequest request;
  request.mutable_body()->set_display_name("Toà\nán");
  request.mutable_body()->set_abbreviation("T\tA");
  request.mutable_body()->set_unit("units/1");
  const auto refused = Call(&Stub::CreateBody, request).status();
  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(ViolatedFields(refused), ElementsAre("body.display_name", "body.abbreviation"));
}

TEST_F(DirectoryTest, BodiesOfAUnitThatNeverWasAreNotFound) {
  ImportBoth();
  v1::ListBodiesRequest request;
  request.set_unit("units/999");
  EXPECT_THAT(Call(&Stub::ListBodies, request), StatusIs(absl::StatusCode::kNotFound));
  request.set_unit(Unit("916", kLastOldDay));
  const auto none = Call(&Stub::ListBodies, request);
  ASSERT_THAT(none, IsOk());
  EXPECT_THAT(none->bodies(), IsEmpty());
}

TEST_F(DirectoryTest, RepeatedRequestGivesTheFirstAnswer) {
  v1::CreateBodyRequest request;
  request.mutable_body()->set_display_name("Toà án");
  request.mutable_body()->set_unit("units/1");
  request.set_request_id(kId1);
  const auto first = Call(&Stub::CreateBody, request);
  ASSERT_THAT(first, IsOk());
  EXPECT_EQ(Call(&Stub::CreateBody, request)->name(), first->name());
  request.mutable_body()->set_display_name("Viện kiểm sát");
  EXPECT_THAT(Call(&Stub::CreateBody, request),
              StatusIs(absl::StatusCode::kInvalidArgument, "REQUEST_ID_REUSED"));
}

TEST_F(DirectoryTest, BodiesAreWrittenWithinTheGrantOnly) {
  ImportBoth();
  const std::string member = NewMember();
  Give(member, v1::Grant::ADMINISTRATOR, Unit("92", kLastOldDay));
  v1::CreateBodyRequest request;
  request.mutable_body()->set_display_name("Ban Tuyên giáo");
  request.mutable_body()->set_unit(Unit("916", kLastOldDay));
  EXPECT_THAT(Call(&Stub::CreateBody, request, member), IsOk());
  request.mutable_body()->set_unit(Unit("930", kLastOldDay));
  const auto outside = Call(&Stub::CreateBody, request, member).status();
  EXPECT_THAT(outside, StatusIs(absl::StatusCode::kNotFound));
  request.mutable_body()->set_unit("units/999");
  const auto missing = Call(&Stub::CreateBody, request, member).status();
  EXPECT_EQ(outside.message(), missing.message());
}

TEST_F(DirectoryTest, BodyFieldsAreChecked) {
  v1::CreateBodyRequest request;
  EXPECT_THAT(ViolatedFields(Call(&Stub::CreateBody, request).status()), ElementsAre("body"));
  request.mutable_body()->set_unit("x");
  request.mutable_body()->set_valid_from("2025-01-01");
  request.mutable_body()->set_valid_until("2025-01-01");
  EXPECT_THAT(ViolatedFields(Call(&Stub::CreateBody, request).status()),
              ElementsAre("body.display_name", "body.unit", "body.valid_until"));
}

TEST_F(DirectoryTest, BodiesAreListedByUnitInPages) {
  ImportBoth();
  const std::string unit = Unit("916", kLastOldDay);
  std::vector<std::string> names;
  for (int i = 0; i < 5; ++i) {
    clock_.Advance(absl::Milliseconds(5));
    names.push_back(NewBody(unit).name());
  }
  NewBody(Unit("930", kLastOldDay));
  v1::ListBodiesRequest request;
  request.set_unit(unit);
  request.set_page_size(2);
  std::vector<std::string> listed;
  do {
    const auto page = Call(&Stub::ListBodies, request);
    ASSERT_THAT(page, IsOk());
    for (const auto& body : page->bodies()) listed.push_back(body.name());
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  EXPECT_EQ(listed, names);
}

TEST_F(DirectoryTest, BatchKeepsItsOrderAndRefusesUnknownNames) {
  const std::string a = NewBody("units/1").name(), b = NewBody("units/1").name();
  v1::BatchGetBodiesRequest request;
  for (const std::string& name : {b, a, b}) request.add_names(name);
  const auto bodies = Call(&Stub::BatchGetBodies, request, "services/agreements");
  ASSERT_THAT(bodies, IsOk());
  ASSERT_THAT(bodies->bodies(), SizeIs(3));
  EXPECT_EQ(bodies->bodies(0).name(), b);
  EXPECT_EQ(bodies->bodies(1).name(), a);
  request.add_names("bodies/none");
  EXPECT_THAT(Call(&Stub::BatchGetBodies, request, "services/agreements"),
              StatusIs(absl::StatusCode::kNotFound));
  request.Clear();
  EXPECT_THAT(Call(&Stub::BatchGetBodies, request, "services/agreements"),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(DirectoryTest, MembersAreCreatedListedAndRead) {
  const std::string body = NewBody("units/1").name();
  v1::CreateMemberRequest request;
  request.mutable_member()->set_display_name("Trần Thị Bình");
  request.mutable_member()->set_body(body);
  const auto member = Call(&Stub::CreateMember, request);
  ASSERT_THAT(member, IsOk());
  v1::GetMemberRequest get;
  get.set_name(member->name());
  EXPECT_EQ(Call(&Stub::GetMember, get)->body(), body);
  EXPECT_THAT(Call(&Stub::GetMember, get, member->name()),
              StatusIs(absl::StatusCode::kPermissionDenied));
  const auto list = Call(&Stub::ListMembers, v1::ListMembersRequest());
  ASSERT_THAT(list, IsOk());
  EXPECT_THAT(list->members(), SizeIs(1));
  request.mutable_member()->set_body("bodies/none");
  EXPECT_THAT(Call(&Stub::CreateMember, request), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(DirectoryTest, GrantOpensAndItsRevocationClosesAtOnce) {
  const std::string member = NewMember();
  v1::ListMembersRequest list;
  EXPECT_THAT(Call(&Stub::ListMembers, list, member),
              StatusIs(absl::StatusCode::kPermissionDenied));
  const v1::Grant grant = Give(member, v1::Grant::ADMINISTRATOR, "units/1");
  EXPECT_THAT(Call(&Stub::ListMembers, list, member), IsOk());
  clock_.Advance(absl::Minutes(1));
  const auto revoked = Revoke(grant.name());
  ASSERT_THAT(revoked, IsOk());
  EXPECT_TRUE(revoked->has_revoke_time());
  EXPECT_NE(revoked->etag(), grant.etag());
  EXPECT_THAT(Call(&Stub::ListMembers, list, member),
              StatusIs(absl::StatusCode::kPermissionDenied));

  clock_.Advance(absl::Minutes(1));
  const size_t records = Ledger().size();
  EXPECT_EQ(Revoke(grant.name())->SerializeAsString(), revoked->SerializeAsString());
  EXPECT_EQ(Ledger().size(), records);
  v1::ListGrantsRequest grants;
  grants.set_member(member);
  const auto all = Call(&Stub::ListGrants, grants);
  ASSERT_THAT(all, IsOk());
  ASSERT_THAT(all->grants(), SizeIs(1));
  EXPECT_TRUE(all->grants(0).has_revoke_time());
  const auto snapshot =
      Call(&Stub::GetAccessSnapshot, v1::GetAccessSnapshotRequest(), "services/opinions");
  EXPECT_THAT(snapshot->grants(), IsEmpty());
}

TEST_F(DirectoryTest, GrantOfOneProvinceIsNoGrantOfTheCountry) {
  ImportBoth();
  const std::string member = NewMember();
  Give(member, v1::Grant::ADMINISTRATOR, Unit("92", kReform));
  EXPECT_THAT(Call(&Stub::ListMembers, v1::ListMembersRequest(), member),
              StatusIs(absl::StatusCode::kPermissionDenied));
}

TEST_F(DirectoryTest, GrantForABodyOfAnotherUnitIsRefused) {
  ImportBoth();
  const std::string member = NewMember();
  const std::string district = Unit("916", kLastOldDay);
  const auto give = [&](const std::string& unit, const std::string& body) {
    v1::CreateGrantRequest request = GrantRequest(member, v1::Grant::LEADER, unit);
    request.mutable_grant()->set_body(body);
    return Call(&Stub::CreateGrant, request);
  };
  const std::string own = NewBody(district).name();
  const std::string below = NewBody(Unit("31117", kLastOldDay)).name();
  const std::string above = NewBody(Unit("92", kLastOldDay)).name();
  const std::string beside = NewBody(Unit("930", kLastOldDay)).name();
  // All of them have ended; what counts is that they once lay there.
  EXPECT_THAT(give(district, own), IsOk());
  EXPECT_THAT(give(district, below), IsOk());
  EXPECT_THAT(give("units/1", beside), IsOk());
  const size_t records = Ledger().size();
  for (const std::string& body : {above, beside}) {
    const auto refused = give(district, body).status();
    EXPECT_THAT(refused, StatusIs(absl::StatusCode::kInvalidArgument, "BODY_OUTSIDE_UNIT"));
    EXPECT_THAT(ViolatedFields(refused), ElementsAre("grant.body"));
  }
  EXPECT_THAT(give(district, "bodies/none"), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_EQ(Ledger().size(), records);
}

TEST_F(DirectoryTest, GrantsNeedWhatTheyName) {
  const std::string member = NewMember();
  EXPECT_THAT(Call(&Stub::CreateGrant, GrantRequest("members/none", v1::Grant::VIEWER, "units/1")),
              StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(Call(&Stub::CreateGrant, GrantRequest(member, v1::Grant::VIEWER, "units/999")),
              StatusIs(absl::StatusCode::kNotFound));
  const auto bad =
      Call(&Stub::CreateGrant, GrantRequest("x", v1::Grant::ROLE_UNSPECIFIED, "units/1")).status();
  EXPECT_THAT(ViolatedFields(bad), ElementsAre("grant.member", "grant.role"));
  EXPECT_THAT(Revoke("grants/none"), StatusIs(absl::StatusCode::kNotFound));
}

}  // namespace
}  // namespace phoihop::directory
