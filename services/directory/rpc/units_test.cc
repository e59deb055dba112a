#include <set>

#include "services/directory/rpc/service_fixture.h"

namespace phoihop::directory {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

std::vector<std::string> Codes(const v1::ListUnitsResponse& response) {
  std::vector<std::string> codes;
  for (const auto& unit : response.units()) codes.push_back(unit.code());
  return codes;
}

TEST_F(DirectoryTest, NewDirectoryKnowsTheCountry) {
  v1::GetUnitRequest request;
  request.set_name("units/1");
  const auto country = Call(&Stub::GetUnit, request, "members/x");
  ASSERT_THAT(country, IsOk());
  EXPECT_EQ(country->level(), "COUNTRY");
  EXPECT_EQ(country->display_name(), "Việt Nam");
  EXPECT_EQ(country->parent(), "");
}

TEST_F(DirectoryTest, CodeNamesAnotherUnitAfterTheReform) {
  ImportBoth();
  const std::string before = Unit("92", "2023-10-24"), after = Unit("92", "2026-01-01");
  EXPECT_NE(before, "");
  EXPECT_NE(before, after);
  EXPECT_EQ(Unit("92", ""), after) << "today is after the reform";
  EXPECT_EQ(Unit("916", kReform), "");

  v1::ListSuccessionsRequest request;
  request.set_unit(after);
  const auto read = Call(&Stub::ListSuccessions, request, "members/x");
  ASSERT_THAT(read, IsOk());
  ASSERT_THAT(read->successions(), SizeIs(2));
  EXPECT_EQ(read->successions(0).from_unit(), before);
  EXPECT_EQ(read->successions(0).from_code(), "92");
  EXPECT_EQ(read->successions(0).to_unit(), after);
  EXPECT_EQ(read->successions(0).to_display_name(), "Thành phố Cần Thơ");
  EXPECT_EQ(read->successions(0).date(), kReform);
  EXPECT_EQ(read->successions(0).date_precision(), v1::EXACT);
  EXPECT_EQ(read->successions(0).kind(), v1::Succession::MERGER);
  EXPECT_EQ(read->successions(0).decree(), "19/2025/QĐ-TTg");
  EXPECT_EQ(read->successions(1).from_code(), "93");
}

TEST_F(DirectoryTest, UnitIsReadAsOfADayOrAsItLastWas) {
  ImportBoth();
  v1::GetUnitRequest request;
  request.set_name(Unit("916", kLastOldDay));
  const auto ended = Call(&Stub::GetUnit, request, "members/x");
  ASSERT_THAT(ended, IsOk());
  EXPECT_EQ(ended->valid_from(), "");
  EXPECT_EQ(ended->valid_from_precision(), v1::UNKNOWN);
  EXPECT_EQ(ended->valid_until(), kReform);
  EXPECT_EQ(ended->valid_until_precision(), v1::EXACT);
  EXPECT_EQ(ended->source(), "one@1");
  request.set_on_date(kReform);
  EXPECT_THAT(Call(&Stub::GetUnit, request, "members/x"), StatusIs(absl::StatusCode::kNotFound));
  request.set_on_date("1.7.2025");
  const auto bad = Call(&Stub::GetUnit, request, "members/x").status();
  EXPECT_THAT(bad, StatusIs(absl::StatusCode::kInvalidArgument, "INVALID_DAY"));
  EXPECT_THAT(ViolatedFields(bad), ElementsAre("on_date"));
}

TEST_F(DirectoryTest, ListsFollowParentLevelDayAndText) {
  ImportBoth();
  v1::ListUnitsRequest request;
  request.set_on_date(kLastOldDay);
  request.set_level("COMMUNE");
  EXPECT_THAT(Codes(*Call(&Stub::ListUnits, request)), ElementsAre("31117", "31120", "31318"));
  request.set_parent(Unit("916", kLastOldDay));
  EXPECT_THAT(Codes(*Call(&Stub::ListUnits, request)), ElementsAre("31117", "31120"));
  request.set_query("cai khe");
  EXPECT_THAT(Codes(*Call(&Stub::ListUnits, request)), ElementsAre("31117"));
  request.set_query("AN HOÀ");
  EXPECT_THAT(Codes(*Call(&Stub::ListUnits, request)), ElementsAre("31120"));

  v1::ListUnitsRequest today;
  today.set_query("can tho");
  EXPECT_THAT(Codes(*Call(&Stub::ListUnits, today)), ElementsAre("92"));
  today.set_query("ninh kieu");
  EXPECT_THAT(Codes(*Call(&Stub::ListUnits, today)), IsEmpty());
  today.set_query("a");
  EXPECT_THAT(Call(&Stub::ListUnits, today), StatusIs(absl::StatusCode::kInvalidArgument));
  v1::ListUnitsRequest nowhere;
  nowhere.set_parent("units/999");
  EXPECT_THAT(Call(&Stub::ListUnits, nowhere), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(DirectoryTest, UnknownLevelIsRefusedNamingTheLevels) {
  ImportBoth();
  v1::ListUnitsRequest request;
  for (const char* level : {"FOO", "commune"}) {
    request.set_level(level);
    const auto refused = Call(&Stub::ListUnits, request).status();
    EXPECT_THAT(refused, StatusIs(absl::StatusCode::kInvalidArgument, "UNKNOWN_LEVEL"));
    EXPECT_THAT(ViolatedFields(refused), ElementsAre("level"));
    EXPECT_THAT(std::string(refused.message()), HasSubstr("COUNTRY, PROVINCE, DISTRICT, COMMUNE"));
  }
  // A level that is no more is one all the same.
  request.set_level("DISTRICT");
  EXPECT_THAT(Codes(*Call(&Stub::ListUnits, request)), IsEmpty());
}

TEST_F(DirectoryTest, CodeOfAnotherFormIsRefusedAndOneThatNobodyHasIsNotFound) {
  ImportBoth();
  v1::ResolveUnitRequest request;
  for (const char* code : {"x", "9", "1234", "123456", "1234567890123456789012", "9a", "vn"}) {
    request.set_code(code);
    const auto refused = Call(&Stub::ResolveUnit, request).status();
    EXPECT_THAT(refused, StatusIs(absl::StatusCode::kInvalidArgument, "INVALID_CODE")) << code;
    EXPECT_THAT(ViolatedFields(refused), ElementsAre("code"));
  }
  for (const char* code : {"00", "999", "99999"}) {
    request.set_code(code);
    EXPECT_THAT(Call(&Stub::ResolveUnit, request), StatusIs(absl::StatusCode::kNotFound)) << code;
  }
  request.set_code("VN");
  EXPECT_THAT(Call(&Stub::ResolveUnit, request), IsOk());
  request.set_code("x");
  request.set_on_date("1.7.2025");
  EXPECT_THAT(ViolatedFields(Call(&Stub::ResolveUnit, request).status()),
              UnorderedElementsAre("code", "on_date"));
}

TEST_F(DirectoryTest, BadPageSizeIsNamedOnce) {
  v1::ListUnitsRequest request;
  request.set_page_size(-1);
  EXPECT_EQ(Call(&Stub::ListUnits, request).status().message(),
            "page_size: The page size must not be negative.");
}

TEST_F(DirectoryTest, PagesJoinToTheWholeListForTheirCallerOnly) {
  ImportBoth();
  v1::ListUnitsRequest request;
  request.set_on_date(kLastOldDay);
  request.set_page_size(3);
  std::vector<std::string> all;
  std::string first_token;
  for (int page = 0; page < 4; ++page) {
    const auto response = Call(&Stub::ListUnits, request);
    ASSERT_THAT(response, IsOk());
    for (const std::string& code : Codes(*response)) all.push_back(code);
    if (page == 0) first_token = response->next_page_token();
    request.set_page_token(response->next_page_token());
    if (response->next_page_token().empty()) break;
  }
  EXPECT_THAT(all, ElementsAre("31117", "31120", "31318", "916", "92", "93", "930", "VN"));
  request.set_page_token(first_token);
  EXPECT_THAT(Call(&Stub::ListUnits, request, "members/x"),
              StatusIs(absl::StatusCode::kInvalidArgument, "INVALID_PAGE_TOKEN"));
  request.set_level("COMMUNE");
  EXPECT_THAT(Call(&Stub::ListUnits, request),
              StatusIs(absl::StatusCode::kInvalidArgument, "INVALID_PAGE_TOKEN"));
}

TEST_F(DirectoryTest, CountsAreOfTheDay) {
  ImportBoth();
  v1::CountUnitsRequest request;
  request.set_on_date(kLastOldDay);
  const auto counts = Call(&Stub::CountUnits, request);
  ASSERT_THAT(counts, IsOk());
  ASSERT_THAT(counts->counts(), SizeIs(3));
  EXPECT_EQ(counts->counts(0).level(), "PROVINCE");
  EXPECT_EQ(counts->counts(0).count(), 2);
  EXPECT_EQ(counts->counts(1).level(), "DISTRICT");
  EXPECT_EQ(counts->counts(2).count(), 3);
  request.set_parent(Unit("92", kLastOldDay));
  EXPECT_EQ(Call(&Stub::CountUnits, request)->counts(1).count(), 2);
  request.set_on_date(kReform);
  EXPECT_THAT(Call(&Stub::CountUnits, request), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(DirectoryTest, ImportSaysWhatItDidAndAgainDoesNothing) {
  ASSERT_THAT(Call(&Stub::ImportRegister, FirstSnapshot()), IsOk());
  const auto done = Call(&Stub::ImportRegister, Reform());
  ASSERT_THAT(done, IsOk());
  EXPECT_EQ(done->units_created(), 3);
  EXPECT_EQ(done->units_closed(), 7);
  EXPECT_EQ(done->successions_created(), 5);
  EXPECT_EQ(done->successions_derived(), 1);
  ASSERT_THAT(done->left_out(), SizeIs(1));
  EXPECT_EQ(done->left_out(0).reason(), "UNKNOWN_NEW_CODE");
  EXPECT_THAT(done->left_out(0).rows(0), HasSubstr("Phường I"));
  EXPECT_EQ(done->tree_version(), 2);

  const size_t records = Ledger().size();
  EXPECT_EQ(records, 7u + 3u + 7u + 5u);
  for (const auto& request : {FirstSnapshot(), Reform()}) {
    const auto again = Call(&Stub::ImportRegister, request);
    ASSERT_THAT(again, IsOk());
    EXPECT_EQ(again->units_created() + again->units_closed() + again->units_changed(), 0);
    EXPECT_EQ(again->successions_created(), 0);
    EXPECT_EQ(again->tree_version(), 2);
  }
  EXPECT_EQ(Ledger().size(), records);
}

TEST_F(DirectoryTest, ImportIsInTheLedgerUnitByUnit) {
  ImportBoth();
  const std::string city = Unit("92", kLastOldDay);
  std::vector<int64_t> revisions;
  for (const ledger::Record& record : Ledger()) {
    if (record.resource != city) continue;
    EXPECT_EQ(record.resource_type, "phoihop.directory.v1.AdministrativeUnit");
    EXPECT_EQ(record.unit, city);
    revisions.push_back(record.revision);
  }
  EXPECT_THAT(revisions, ElementsAre(1, 2));
}

TEST_F(DirectoryTest, ValidationOnlyChangesNothing) {
  v1::ImportRegisterRequest request = FirstSnapshot();
  request.set_validate_only(true);
  const auto planned = Call(&Stub::ImportRegister, request);
  ASSERT_THAT(planned, IsOk());
  EXPECT_EQ(planned->units_created(), 7);
  EXPECT_EQ(Unit("92", kReform), "");
  EXPECT_THAT(Ledger(), IsEmpty());
}

TEST_F(DirectoryTest, ImportNeedsTheWholeCountryAndGoodFields) {
  const std::string member = NewMember();
  EXPECT_THAT(Call(&Stub::ImportRegister, FirstSnapshot(), member),
              StatusIs(absl::StatusCode::kPermissionDenied));
  Give(member, v1::Grant::ADMINISTRATOR, "units/1");
  EXPECT_THAT(Call(&Stub::ImportRegister, FirstSnapshot(), member), IsOk());

  v1::ImportRegisterRequest bad;
  bad.set_date("x");
  const auto status = Call(&Stub::ImportRegister, bad).status();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument, "INVALID_FIELDS"));
  EXPECT_THAT(ViolatedFields(status), UnorderedElementsAre("source", "date", "precision", "rows"));
  bad = FirstSnapshot();
  bad.mutable_rows(4)->set_name("Phường \x01");
  const auto control = Call(&Stub::ImportRegister, bad).status();
  EXPECT_THAT(ViolatedFields(control), ElementsAre("rows"));
}

TEST_F(DirectoryTest, OlderSnapshotThatDiffersIsRefused) {
  ImportBoth();
  v1::ImportRegisterRequest other = FirstSnapshot();
  other.mutable_rows(4)->set_name("Phường Khác");
  EXPECT_THAT(Call(&Stub::ImportRegister, other),
              StatusIs(absl::StatusCode::kFailedPrecondition, "SNAPSHOT_OUT_OF_ORDER"));
}

TEST_F(DirectoryTest, RegisterIsForMembersAndServicesOnly) {
  v1::ListUnitsRequest request;
  EXPECT_THAT(Call(&Stub::ListUnits, request, ""), StatusIs(absl::StatusCode::kUnauthenticated));
  EXPECT_THAT(Call(&Stub::ListUnits, request, "members/anyone"), IsOk());
  EXPECT_THAT(Call(&Stub::GetTreeSnapshot, v1::GetTreeSnapshotRequest(), "members/anyone"),
              StatusIs(absl::StatusCode::kPermissionDenied));
}

TEST_F(DirectoryTest, AnotherReplicaSeesTheImportAtOnce) {
  const DirectoryCache other(store_.get(), &clock_);
  ASSERT_THAT(other.Get(), IsOk());
  ImportBoth();
  EXPECT_TRUE((*other.Units(absl::InfiniteFuture()))
                  ->tree->Resolve("92", absl::CivilDay(2026, 1, 1))
                  .has_value());
}

TEST_F(DirectoryTest, TreeSnapshotIsSentOnlyWhenItIsNew) {
  ImportBoth();
  v1::GetTreeSnapshotRequest request;
  const auto tree = Call(&Stub::GetTreeSnapshot, request, "services/opinions");
  ASSERT_THAT(tree, IsOk());
  EXPECT_EQ(tree->version(), 2);
  EXPECT_EQ(tree->position(), static_cast<int64_t>(Ledger().size()));
  EXPECT_THAT(tree->units(), SizeIs(1 + 7 + 3));
  request.set_known_version(2);
  const auto same = Call(&Stub::GetTreeSnapshot, request, "services/opinions");
  EXPECT_THAT(same->units(), IsEmpty());
  EXPECT_EQ(same->version(), 2);
}

}  // namespace
}  // namespace phoihop::directory
