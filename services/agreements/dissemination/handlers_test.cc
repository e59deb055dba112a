#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "services/agreements/dissemination/testing_service.h"

namespace phoihop::agreements::dissemination {
namespace {

using absl::StatusCode;
using access::kBinhThuy, access::kCaiKhe, access::kNinhKieu, access::kOldCanTho;
using ::phoihop::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST_F(DisseminationTest, WhatIsRecordedIsRead) {
  auto request = GoodRequest();
  Wire& given = *request.mutable_dissemination_session();
  given.set_session_count(3);
  given.set_title("  Tập huấn\u00A0ở Điện Biên ");
  auto& document = *given.add_documents();
  document.set_title("Quy định 238-QĐ/TW");
  document.set_attachment("attachments/" + std::string(64, '1'));
  given.add_documents()->set_title("Kế hoạch");
  const Wire created = Create(request);
  EXPECT_EQ(created.title(), "Tập huấn ở Điện Biên");
  EXPECT_EQ(created.session_count(), 3);
  EXPECT_EQ(created.attendance_count(), 100);
  EXPECT_EQ(created.recorded_by(), "members/city");
  EXPECT_EQ(created.revision(), 1);
  ASSERT_EQ(created.documents_size(), 2);
  EXPECT_THAT(attachments_.links, ElementsAre(created.name() + " 1"));
  const auto read = Get(created.name());
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(read->SerializeAsString(), created.SerializeAsString());
  // One session when nothing is said.
  EXPECT_EQ(Create(GoodRequest()).session_count(), 1);
}

TEST_F(DisseminationTest, ARepeatGivesTheFirstAnswerAndCountsOnce) {
  auto request = GoodRequest();
  request.set_request_id("123e4567-e89b-12d3-a456-426614174000");
  const Wire first = Create(request);
  EXPECT_EQ(Create(request).name(), first.name());
  EXPECT_EQ(Totals(kOldCanTho, "2023-05-01", "2023-05-31"), "PROVINCE 1 100");
}

TEST_F(DisseminationTest, BadInputIsRefusedAndNothingIsStored) {
  struct Row {
    std::string what;
    void (*spoil)(Wire& session);
    StatusCode code;
    std::string reason;
  };
  for (const Row& row : std::vector<Row>{
           {"no day", [](Wire& s) { s.clear_session_date(); }, StatusCode::kInvalidArgument, ""},
           {"tomorrow", [](Wire& s) { s.set_session_date("2023-10-25"); },
            StatusCode::kInvalidArgument, "DATE_IN_FUTURE"},
           {"before it was in force", [](Wire& s) { s.set_session_date("2020-09-30"); },
            StatusCode::kInvalidArgument, "NOT_IN_FORCE_ON_DATE"},
           {"a draft", [](Wire& s) { s.set_agreement("agreements/draft"); },
            StatusCode::kFailedPrecondition, "AGREEMENT_NOT_IN_FORCE"},
           {"no such agreement", [](Wire& s) { s.set_agreement("agreements/none"); },
            StatusCode::kNotFound, ""},
           {"another province", [](Wire& s) { s.set_unit("units/5"); },
            StatusCode::kInvalidArgument, "UNIT_NOT_WITHIN"},
           {"a unit of later", [](Wire& s) { s.set_unit("units/33"); },
            StatusCode::kInvalidArgument, "UNIT_NOT_WITHIN"},
           {"no kind", [](Wire& s) { s.clear_kind(); }, StatusCode::kInvalidArgument,
            "UNKNOWN_KIND"},
           {"a kind that is none", [](Wire& s) { s.set_kind(static_cast<Wire::Kind>(77)); },
            StatusCode::kInvalidArgument, "UNKNOWN_KIND"},
           {"people at a bulletin", [](Wire& s) { s.set_kind(Wire::BULLETIN); },
            StatusCode::kInvalidArgument, "COUNT_NOT_OF_KIND"},
           {"fewer than none", [](Wire& s) { s.set_attendance_count(-1); },
            StatusCode::kInvalidArgument, ""},
           {"too many", [](Wire& s) { s.set_session_count(1001); }, StatusCode::kInvalidArgument,
            ""},
           {"no title", [](Wire& s) { s.clear_title(); }, StatusCode::kInvalidArgument, ""},
           {"long title", [](Wire& s) { s.set_title(std::string(501, 'a')); },
            StatusCode::kInvalidArgument, ""},
           {"no digest",
            [](Wire& s) {
              auto& d = *s.add_documents();
              d.set_title("x");
              d.set_attachment("attachments/abc");
            },
            StatusCode::kInvalidArgument, "INVALID_NAME"},
           {"a file nobody has",
            [](Wire& s) {
              auto& d = *s.add_documents();
              d.set_title("x");
              d.set_attachment("attachments/" + std::string(64, '2'));
            },
            StatusCode::kInvalidArgument, "ATTACHMENT_UNKNOWN"},
       }) {
    auto request = GoodRequest();
    row.spoil(*request.mutable_dissemination_session());
    const auto refused = Call(&Stub::CreateDisseminationSession, request);
    EXPECT_THAT(refused, StatusIs(row.code)) << row.what;
    if (!row.reason.empty()) {
      EXPECT_EQ(ErrorReason(refused.status()), row.reason) << row.what;
    }
  }
  EXPECT_EQ(Totals(kOldCanTho, "2020-01-01", "2023-12-31"), "");
}

TEST_F(DisseminationTest, ScopeIsThatOfTheAgreement) {
  const Wire session = Create(GoodRequest(kNinhKieu));
  EXPECT_THAT(Get(session.name(), "members/viewer"), IsOk());
  // What belongs to the city's agreement is not the district's to read, nor whether it exists.
  const absl::Status hidden = Get(session.name(), "members/district").status();
  EXPECT_THAT(hidden, StatusIs(StatusCode::kNotFound));
  EXPECT_EQ(Get("disseminationSessions/none", "members/district").status().message(),
            hidden.message());
  EXPECT_THAT(Call(&Stub::CreateDisseminationSession, GoodRequest(), "members/viewer"),
              StatusIs(StatusCode::kPermissionDenied));
  EXPECT_THAT(Call(&Stub::CreateDisseminationSession, GoodRequest(), "members/district"),
              StatusIs(StatusCode::kNotFound));
  v1::ListDisseminationSessionsRequest list;
  list.set_agreement("agreements/city");
  EXPECT_THAT(Call(&Stub::ListDisseminationSessions, list, "members/district"),
              StatusIs(StatusCode::kNotFound));
}

TEST_F(DisseminationTest, ACorrectionMovesTheTotalsAndStaysVisible) {
  const Wire session = Create(GoodRequest());
  v1::UpdateDisseminationSessionRequest update;
  update.set_reason("Đếm nhầm");
  Wire& changed = *update.mutable_dissemination_session();
  changed.set_name(session.name());
  changed.set_etag(session.etag());
  changed.set_attendance_count(412);
  changed.set_session_date("2023-06-01");
  changed.set_unit(absl::StrCat("units/", kNinhKieu));
  const auto after = Call(&Stub::UpdateDisseminationSession, update);
  ASSERT_THAT(after, IsOk());
  EXPECT_EQ(after->attendance_count(), 412);
  EXPECT_EQ(after->correction_count(), 1);
  ASSERT_EQ(after->corrections_size(), 1);
  EXPECT_EQ(after->corrections(0).attendance_count(), 100);
  EXPECT_EQ(after->corrections(0).session_date(), "2023-05-04");
  EXPECT_EQ(after->corrections(0).reason(), "Đếm nhầm");
  EXPECT_EQ(Get(session.name())->SerializeAsString(), after->SerializeAsString());
  EXPECT_EQ(Totals(kOldCanTho, "2023-05-01", "2023-05-31"), "");
  EXPECT_EQ(Totals(kOldCanTho, "2023-06-01", "2023-06-30"), "DISTRICT 1 412");
  // The old etag is refused, and so is a change without a reason or of what is fixed.
  EXPECT_THAT(Call(&Stub::UpdateDisseminationSession, update),
              StatusIs(StatusCode::kAborted, "ETAG_MISMATCH"));
  changed.set_etag(after->etag());
  update.clear_reason();
  EXPECT_THAT(Call(&Stub::UpdateDisseminationSession, update),
              StatusIs(StatusCode::kInvalidArgument));
  update.set_reason("x");
  changed.set_agreement("agreements/draft");
  EXPECT_THAT(Call(&Stub::UpdateDisseminationSession, update),
              StatusIs(StatusCode::kInvalidArgument, "NOT_UPDATABLE"));
}

TEST_F(DisseminationTest, ADeletedSessionStaysVisibleAndCountsNothing) {
  const Wire session = Create(GoodRequest());
  EXPECT_THAT(Delete(session.name(), ""), StatusIs(StatusCode::kInvalidArgument));
  const auto deleted = Delete(session.name());
  ASSERT_THAT(deleted, IsOk());
  EXPECT_EQ(deleted->delete_reason(), "Ghi trùng");
  EXPECT_TRUE(deleted->has_delete_time());
  EXPECT_EQ(Get(session.name())->delete_reason(), "Ghi trùng");
  EXPECT_EQ(Totals(kOldCanTho, "2023-05-01", "2023-05-31"), "");
  EXPECT_EQ(Totals(kOldCanTho, "2023-05-02", "2023-05-30"), "");
  EXPECT_THAT(Delete(session.name()), StatusIs(StatusCode::kFailedPrecondition, "SESSION_DELETED"));
  v1::UpdateDisseminationSessionRequest update;
  update.set_reason("x");
  update.mutable_dissemination_session()->set_name(session.name());
  update.mutable_dissemination_session()->set_attendance_count(1);
  EXPECT_THAT(Call(&Stub::UpdateDisseminationSession, update),
              StatusIs(StatusCode::kFailedPrecondition, "SESSION_DELETED"));
  v1::ListDisseminationSessionsRequest list;
  list.set_agreement("agreements/city");
  EXPECT_EQ(Call(&Stub::ListDisseminationSessions, list)->dissemination_sessions_size(), 0);
  list.set_show_deleted(true);
  EXPECT_EQ(Call(&Stub::ListDisseminationSessions, list)->dissemination_sessions_size(), 1);
}

TEST_F(DisseminationTest, TotalsAddUpTheLevelsOverAnyDays) {
  Create(GoodRequest(kOldCanTho, "2022-12-31", 1));
  Create(GoodRequest(kOldCanTho, "2023-01-01", 10));
  Create(GoodRequest(kNinhKieu, "2023-01-31", 100));
  Create(GoodRequest(kCaiKhe, "2023-02-15", 1000));
  Create(GoodRequest(kCaiKhe, "2023-03-01", 10000));
  auto bulletin = GoodRequest(kBinhThuy, "2023-02-01", 0);
  bulletin.mutable_dissemination_session()->set_kind(Wire::BULLETIN);
  bulletin.mutable_dissemination_session()->set_copy_count(116250);
  bulletin.mutable_dissemination_session()->set_session_count(12);
  Create(bulletin);
  struct Row {
    int64_t unit;
    std::string first, last, totals;
  };
  for (const Row& row : std::vector<Row>{
           {kOldCanTho, "2022-01-01", "2023-12-31",
            "PROVINCE 2 11, DISTRICT 13 100, COMMUNE 2 11000"},
           {kOldCanTho, "2023-01-01", "2023-02-28",
            "PROVINCE 1 10, DISTRICT 13 100, COMMUNE 1 1000"},
           {kOldCanTho, "2022-12-31", "2023-03-01",
            "PROVINCE 2 11, DISTRICT 13 100, COMMUNE 2 11000"},
           {kOldCanTho, "2023-01-02", "2023-02-14", "DISTRICT 13 100"},
           {kOldCanTho, "2023-02-15", "2023-02-15", "COMMUNE 1 1000"},
           {kNinhKieu, "2022-01-01", "2023-12-31", "DISTRICT 1 100, COMMUNE 2 11000"},
           {kBinhThuy, "2022-01-01", "2023-12-31", "DISTRICT 12 0"},
           {kCaiKhe, "2023-02-16", "2023-03-31", "COMMUNE 1 10000"},
       }) {
    EXPECT_EQ(Totals(row.unit, row.first, row.last), row.totals) << row.unit << " " << row.first;
  }
  v1::GetDisseminationTotalsRequest request;
  request.set_unit(absl::StrCat("units/", kOldCanTho));
  request.set_first_date("2022-01-01");
  request.set_last_date("2023-12-31");
  const auto totals = Call(&Stub::GetDisseminationTotals, request);
  ASSERT_EQ(totals->kinds_size(), 2);
  EXPECT_EQ(totals->kinds(1).kind(), Wire::BULLETIN);
  EXPECT_EQ(totals->kinds(1).figures().copy_count(), 116250);
  EXPECT_EQ(totals->figures().record_count(), 6);
  EXPECT_GT(totals->position(), 0);
  // Not below today's city: what took place belongs to the tree of its day.
  EXPECT_EQ(Totals(access::kNewCanTho, "2025-07-01", "2026-06-30", "members/newcity"), "");
  EXPECT_THAT(Call(&Stub::GetDisseminationTotals, request, "members/district"),
              StatusIs(StatusCode::kNotFound));
  request.set_last_date("2021-12-31");
  EXPECT_THAT(Call(&Stub::GetDisseminationTotals, request), StatusIs(StatusCode::kInvalidArgument));
  request.set_last_date("2043-01-01");
  EXPECT_THAT(Call(&Stub::GetDisseminationTotals, request),
              StatusIs(StatusCode::kInvalidArgument, "INTERVAL_TOO_LONG"));
}

TEST_F(DisseminationTest, TotalsOfOneAgreementLeaveOutTheOthers) {
  Create(GoodRequest(kNinhKieu, "2023-01-31", 100));
  Create(GoodRequest(access::kMoved, "2023-02-01", 1000));
  auto other = GoodRequest(kNinhKieu, "2023-01-31", 7);
  other.mutable_dissemination_session()->set_agreement("agreements/other");
  Create(other);
  v1::GetDisseminationTotalsRequest request;
  request.set_unit(absl::StrCat("units/", kNinhKieu));
  request.set_first_date("2023-01-15");
  request.set_last_date("2023-12-31");
  const auto attendances = [&](const std::string& agreement) {
    request.set_agreement(agreement);
    const auto totals = Call(&Stub::GetDisseminationTotals, request);
    EXPECT_THAT(totals, IsOk());
    EXPECT_EQ(totals->agreement(), agreement);
    return totals->figures().attendance_count();
  };
  EXPECT_EQ(attendances(""), 1107);
  EXPECT_EQ(attendances("agreements/city"), 1100);
  EXPECT_EQ(attendances("agreements/other"), 7);
  request.set_agreement("agreements/none");
  EXPECT_THAT(Call(&Stub::GetDisseminationTotals, request), StatusIs(StatusCode::kNotFound));
  // The district's leader may read at its unit, and not the city's agreement.
  request.set_agreement("agreements/city");
  EXPECT_THAT(Call(&Stub::GetDisseminationTotals, request, "members/district"),
              StatusIs(StatusCode::kNotFound));
}

// A commune that moved from one district to the other on 2024-03-01 counts for each on its days.
TEST_F(DisseminationTest, SubtreesListWhatTheirUnitsDidOnTheirDays) {
  clock_.Set(absl::FromCivil(absl::CivilSecond(2024, 10, 24, 8, 0, 0), VietnamTimeZone()));
  const auto add = [&](int64_t unit, const std::string& day, const std::string& agreement) {
    auto request = GoodRequest(unit, day);
    request.mutable_dissemination_session()->set_title(day);
    request.mutable_dissemination_session()->set_agreement("agreements/" + agreement);
    Create(request);
  };
  add(access::kMoved, "2024-02-28", "city");
  add(access::kMoved, "2024-03-02", "city");
  add(kNinhKieu, "2024-01-05", "other");
  add(kBinhThuy, "2024-04-05", "city");
  add(kOldCanTho, "2024-05-05", "other");
  v1::ListDisseminationSessionsRequest request;
  int pages = 0;
  const auto list = [&](int64_t unit, const std::string& caller = "members/city") {
    request.set_unit(absl::StrCat("units/", unit));
    std::vector<std::string> found;
    request.clear_page_token();
    pages = 0;
    do {
      const auto page = Call(&Stub::ListDisseminationSessions, request, caller);
      EXPECT_THAT(page, IsOk());
      if (!page.ok()) break;
      for (const Wire& session : page->dissemination_sessions()) found.push_back(session.title());
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty() && ++pages < 20);
    request.clear_page_token();
    return found;
  };
  for (const SubtreeLimits& limits : {SubtreeLimits{}, SubtreeLimits{.most_named_units = 0},
                                      SubtreeLimits{.most_named_units = 0, .most_keys = 2}}) {
    Serve(limits);
    for (const int size : {0, 1, 2}) {
      request.Clear();
      request.set_page_size(size);
      EXPECT_THAT(list(kOldCanTho), ElementsAre("2024-05-05", "2024-04-05", "2024-03-02",
                                                "2024-02-28", "2024-01-05"));
      EXPECT_THAT(list(kNinhKieu), ElementsAre("2024-02-28", "2024-01-05"));
      EXPECT_THAT(list(kBinhThuy), ElementsAre("2024-04-05", "2024-03-02"));
      request.set_order_by("session_date");
      EXPECT_THAT(list(kNinhKieu), ElementsAre("2024-01-05", "2024-02-28"));
      request.set_agreement("agreements/city");
      EXPECT_THAT(list(kNinhKieu), ElementsAre("2024-02-28"));
    }
    request.Clear();
    request.set_filter("session_date >= 2024-03-01");
    EXPECT_THAT(list(kBinhThuy), ElementsAre("2024-04-05", "2024-03-02"));
  }
  // Keys that were looked at, two for a page: so a page ends early.
  EXPECT_GE(pages, 2);
  // What the city agreed is not read from below, and the list says nothing of it.
  request.Clear();
  EXPECT_THAT(list(kNinhKieu, "members/district"), IsEmpty());
  EXPECT_THAT(Call(&Stub::ListDisseminationSessions, request, "members/newcity"),
              StatusIs(StatusCode::kNotFound));
  request.set_order_by("title");
  EXPECT_THAT(Call(&Stub::ListDisseminationSessions, request),
              StatusIs(StatusCode::kInvalidArgument, "ORDER_NOT_SUPPORTED"));
  request.Clear();
  EXPECT_THAT(Call(&Stub::ListDisseminationSessions, request),
              StatusIs(StatusCode::kInvalidArgument, "AGREEMENT_OR_UNIT_NEEDED"));
}

TEST_F(DisseminationTest, ListsAreFilteredOrderedAndPaged) {
  const std::vector<std::string> titles = {"Hội nghị Điện Biên", "Tập huấn Cần Thơ",
                                           "Hội nghị Cần Thơ", "Bản tin số 4"};
  for (int i = 0; i < 4; ++i) {
    auto request = GoodRequest(kOldCanTho, absl::StrCat("2023-0", i + 1, "-01"), 10 * (4 - i));
    request.mutable_dissemination_session()->set_title(titles[i]);
    if (i == 1) request.mutable_dissemination_session()->set_kind(Wire::TRAINING);
    Create(request);
  }
  const auto list = [&](const std::string& filter, const std::string& order_by, int size = 0) {
    v1::ListDisseminationSessionsRequest request;
    request.set_agreement("agreements/city");
    request.set_filter(filter);
    request.set_order_by(order_by);
    request.set_page_size(size);
    std::vector<std::string> found;
    for (int pages = 0; pages < 10; ++pages) {
      const auto page = Call(&Stub::ListDisseminationSessions, request);
      EXPECT_THAT(page, IsOk());
      if (!page.ok()) break;
      for (const Wire& session : page->dissemination_sessions()) found.push_back(session.title());
      request.set_page_token(page->next_page_token());
      if (request.page_token().empty()) break;
    }
    return found;
  };
  EXPECT_THAT(list("", ""), ElementsAre(titles[3], titles[2], titles[1], titles[0]));
  EXPECT_THAT(list("", "", 1), ElementsAre(titles[3], titles[2], titles[1], titles[0]));
  EXPECT_THAT(list("", "title", 3), ElementsAre(titles[3], titles[2], titles[0], titles[1]));
  EXPECT_THAT(list("", "attendance_count", 2),
              ElementsAre(titles[3], titles[2], titles[1], titles[0]));
  EXPECT_THAT(list("dien bien", ""), ElementsAre(titles[0]));
  EXPECT_THAT(list("\"can tho\" AND kind = CONFERENCE", ""), ElementsAre(titles[2]));
  EXPECT_THAT(list("session_date >= 2023-02-01 session_date < 2023-04-01", "session_date"),
              ElementsAre(titles[1], titles[2]));
  EXPECT_THAT(list("unit = units/20", ""), IsEmpty());
  v1::ListDisseminationSessionsRequest request;
  request.set_agreement("agreements/city");
  request.set_filter("people > 3");
  const auto refused = Call(&Stub::ListDisseminationSessions, request);
  EXPECT_THAT(refused, StatusIs(StatusCode::kInvalidArgument, "UNKNOWN_FIELD"));
  EXPECT_THAT(ViolatedFields(refused.status()), ElementsAre("filter"));
  request.clear_filter();
  request.set_page_size(2);
  request.set_page_token(Call(&Stub::ListDisseminationSessions, request)->next_page_token());
  request.set_order_by("title");
  EXPECT_THAT(Call(&Stub::ListDisseminationSessions, request),
              StatusIs(StatusCode::kInvalidArgument, "INVALID_PAGE_TOKEN"));
}

}  // namespace
}  // namespace phoihop::agreements::dissemination
