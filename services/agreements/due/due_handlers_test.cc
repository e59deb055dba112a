#include "absl/strings/str_cat.h"
#include "common/ledger/reader.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "services/agreements/due/testing_due.h"

namespace phoihop::agreements {
namespace {

using absl::StatusCode;
using access::kCaiKhe;
using access::kNinhKieu;
using access::kOldCanTho;
using ::phoihop::testing::IsOk;
using ::phoihop::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class DueHandlersTest : public DueTest {
 protected:
  // What the four levels of old Can Tho owe, one of it overdue.
  void PutSome() {
    Obligation sign = Due("sign", "council", kOldCanTho, kToday + 2);
    sign.kind = ObligationKind::kSign;
    Obligation fulfil = Due("fulfil", "party-30", kCaiKhe, kToday + 9);
    fulfil.kind = ObligationKind::kFulfil;
    fulfil.area = 2;
    fulfil.agreement = "a2";
    Obligation schedule = Due("schedule", "court", kOldCanTho, kToday - 2);
    schedule.title = "lịch xét xử";
    Put({schedule, sign, Due("digest", "party-20", kNinhKieu, kToday), fulfil});
  }
};

TEST_F(DueHandlersTest, MembersSeeWhatTheirBodiesOweByDueDate) {
  PutSome();
  EXPECT_THAT(List({}), ElementsAre("lịch xét xử", "digest", "sign", "fulfil"));
  EXPECT_THAT(List({}, "members/country"), SizeIs(4));
  EXPECT_THAT(List({}, "members/district"), ElementsAre("digest", "fulfil"));
  EXPECT_THAT(List({}, "members/viewer"), ElementsAre("fulfil"));
  EXPECT_THAT(List({}, "members/council"), ElementsAre("sign"));
  EXPECT_THAT(List({}, "members/city as bodies/court"), ElementsAre("lịch xét xử"));
  EXPECT_THAT(List({}, "members/district as bodies/court"), IsEmpty());
  EXPECT_THAT(List({}, "members/other"), IsEmpty());
  EXPECT_THAT(Call(&Stub::ListDue, {}, "members/nobody"), StatusIs(StatusCode::kPermissionDenied));
}

TEST_F(DueHandlersTest, ItemsTellTheirDueDateAndWorkingDays) {
  PutSome();
  const auto listed = Call(&Stub::ListDue, {});
  ASSERT_THAT(listed, IsOk());
  const v1::DueItem& late = listed->items(0);
  EXPECT_TRUE(late.overdue());
  EXPECT_EQ(late.working_days_left(), -2);
  EXPECT_EQ(late.obligation().due().date(), "2025-03-10");
  EXPECT_EQ(late.obligation().due().calculation(), "Theo thỏa thuận.");
  EXPECT_EQ(late.obligation().body(), "bodies/court");
  EXPECT_EQ(late.obligation().unit(), "units/2");
  EXPECT_EQ(late.obligation().agreement(), "agreements/a1");
  EXPECT_EQ(late.obligation().kind(), v1::Obligation::DELIVER);
  EXPECT_EQ(late.obligation().state(), v1::Obligation::OPEN);
  EXPECT_FALSE(listed->items(1).overdue());
  EXPECT_EQ(listed->items(1).working_days_left(), 0);
  EXPECT_EQ(listed->items(2).working_days_left(), 2);
  // Friday the 21st: nine days with one weekend.
  EXPECT_EQ(listed->items(3).working_days_left(), 7);
  v1::GetObligationRequest get;
  get.set_name(late.obligation().name());
  EXPECT_EQ(Call(&Stub::GetObligation, get)->title(), "lịch xét xử");
  EXPECT_THAT(Call(&Stub::GetObligation, get, "members/other"), StatusIs(StatusCode::kNotFound));
  get.set_name("obligations/none");
  EXPECT_THAT(Call(&Stub::GetObligation, get), StatusIs(StatusCode::kNotFound));
}

TEST_F(DueHandlersTest, BucketsAndFiltersNarrowTheList) {
  PutSome();
  v1::ListDueRequest request;
  request.set_bucket(v1::ListDueRequest::TO_SIGN);
  EXPECT_THAT(List(request), ElementsAre("sign"));
  request.set_bucket(v1::ListDueRequest::TO_DELIVER);
  EXPECT_THAT(List(request), ElementsAre("lịch xét xử", "digest"));
  request.set_bucket(v1::ListDueRequest::TO_CONFIRM);
  EXPECT_THAT(List(request), IsEmpty());
  request.set_bucket(v1::ListDueRequest::OVERDUE);
  EXPECT_THAT(List(request), ElementsAre("lịch xét xử"));
  request.set_bucket(v1::ListDueRequest::UPCOMING);
  EXPECT_THAT(List(request), ElementsAre("digest", "sign"));
  request.set_upcoming_days(9);
  EXPECT_THAT(List(request), ElementsAre("digest", "sign", "fulfil"));
  request.Clear();
  const auto filtered = [&](const std::string& filter) {
    request.set_filter(filter);
    return List(request);
  };
  EXPECT_THAT(filtered("kind = SIGN OR kind = FULFIL"), ElementsAre("sign", "fulfil"));
  EXPECT_THAT(filtered("agreement = \"agreements/a2\""), ElementsAre("fulfil"));
  EXPECT_THAT(filtered("area = 2"), ElementsAre("fulfil"));
  EXPECT_THAT(filtered("body = \"bodies/court\""), ElementsAre("lịch xét xử"));
  EXPECT_THAT(filtered("unit = \"units/20\""), ElementsAre("digest"));
  EXPECT_THAT(filtered("due_date >= \"2025-03-13\""), ElementsAre("sign", "fulfil"));
  EXPECT_THAT(filtered("lich xet"), ElementsAre("lịch xét xử"));
  request.set_filter("owner = 3");
  EXPECT_THAT(Call(&Stub::ListDue, request), StatusIs(StatusCode::kInvalidArgument));
  request.Clear();
  request.set_upcoming_days(367);
  EXPECT_THAT(Call(&Stub::ListDue, request), StatusIs(StatusCode::kInvalidArgument));
}

TEST_F(DueHandlersTest, UnitShowsItsSubtreeToThoseWhoMayReadThere) {
  PutSome();
  v1::ListDueRequest request;
  request.set_unit("units/20");
  EXPECT_THAT(List(request), ElementsAre("digest", "fulfil"));
  EXPECT_THAT(List(request, "members/council"), ElementsAre("digest", "fulfil"));
  EXPECT_THAT(Call(&Stub::ListDue, request, "members/viewer"), StatusIs(StatusCode::kNotFound));
  EXPECT_THAT(Call(&Stub::ListDue, request, "members/other"), StatusIs(StatusCode::kNotFound));
}

// After the reform: what a district and a commune still owe that have ended is seen above, as it
// was on their last day; the province that took their place has nothing to do with it.
TEST_F(DueHandlersTest, WhatUnitsThatHaveEndedStillOweIsSeenAbove) {
  PutSome();
  access::Snapshot snapshot = *snapshots_.Get();
  access::UnitTree::Builder builder;
  const std::shared_ptr<const access::UnitTree> tree = access::TestTree();
  for (const int64_t id : tree->ids()) {
    access::Unit unit = *tree->Find(id);
    // The city goes on as it is.
    if (id == kOldCanTho) unit.versions.back().until = kEndOfDays;
    if (id != access::kNewCanTho && id != access::kNewCaiKhe) builder.Add(unit);
  }
  snapshot.tree = std::move(builder).Build(8);
  snapshots_.Set(snapshot);
  clock_.Set(StartOfDay(absl::CivilDay(2025, 9, 1)) + absl::Hours(9));
  EXPECT_THAT(List({}), ElementsAre("lịch xét xử", "digest", "sign", "fulfil"));
  v1::ListDueRequest request;
  request.set_unit("units/2");
  EXPECT_THAT(List(request), ElementsAre("lịch xét xử", "digest", "sign", "fulfil"));
  request.set_unit("units/1");
  EXPECT_THAT(List(request, "members/country"), SizeIs(4));
  request.set_unit("units/20");
  EXPECT_THAT(List(request), ElementsAre("digest", "fulfil"));
  v1::GetDueSummaryRequest asked;
  asked.set_unit("units/2");
  const auto summary = Call(&Stub::GetDueSummary, asked);
  ASSERT_THAT(summary, IsOk());
  EXPECT_EQ(summary->total().open(), 4);
  ASSERT_EQ(summary->units_size(), 2);
  EXPECT_EQ(summary->units(0).end_date(), "");
  EXPECT_EQ(summary->units(0).counts().open(), 2);
  EXPECT_EQ(summary->units(1).unit(), "units/20");
  EXPECT_EQ(summary->units(1).end_date(), "2025-06-30");
  EXPECT_EQ(summary->units(1).counts().open(), 2);
}

// `office` of old Can Tho goes into `heir` of Dien Bien on the day: another unit altogether.
TEST_F(DueHandlersTest, WhatABodyOwedFallsToWhoActsForItsSuccessor) {
  Put({Due("owed", "office", kOldCanTho, kToday + 1), Due("other", "court", kOldCanTho, kToday)});
  access::Snapshot snapshot = *snapshots_.Get();
  snapshot.grants = std::make_shared<const access::Grants>(std::vector<access::Grant>{
      {"g1", "members/office", "leader", "bodies/office", kOldCanTho},
      {"g2", "members/heir", "leader", "bodies/heir", access::kDienBien},
      {"g3", "members/province", "leader", "", access::kDienBien},
      {"g4", "members/stranger", "leader", "bodies/stranger", access::kDienBien}});
  snapshot.bodies = std::make_shared<const access::BodyLineage>(
      std::vector<access::BodyChanges>{{"bodies/office",
                                        kOldCanTho,
                                        {{kFirstDay, "Ban"}},
                                        kToday,
                                        {{"bodies/heir", access::kDienBien, "Ban mới"}}}});
  snapshot.today = kToday - 1;
  snapshots_.Set(snapshot);
  EXPECT_THAT(List({}, "members/office"), ElementsAre("owed"));
  for (const char* member : {"members/heir", "members/province", "members/stranger"}) {
    EXPECT_THAT(List({}, member), IsEmpty()) << member;
  }
  snapshot.today = kToday;
  snapshots_.Set(snapshot);
  EXPECT_THAT(List({}, "members/office"), IsEmpty());
  EXPECT_THAT(List({}, "members/heir"), ElementsAre("owed"));
  EXPECT_THAT(List({}, "members/province"), ElementsAre("owed"));
  EXPECT_THAT(List({}, "members/stranger"), IsEmpty());
  v1::ListDueRequest request;
  request.set_filter("body = \"bodies/heir\"");
  const auto found = Call(&Stub::ListDue, request, "members/heir");
  ASSERT_THAT(found, IsOk());
  ASSERT_EQ(found->items_size(), 1);
  EXPECT_EQ(found->items(0).obligation().body(), "bodies/office");
  EXPECT_THAT(found->items(0).obligation().carried_by(), ElementsAre("bodies/heir"));
}

std::string Line(const v1::DueCounts& c) {
  return absl::StrCat(c.open(), " ", c.overdue(), " ", c.upcoming(), " ", c.done_on_time(), "/",
                      c.done(), " ", c.on_time_rate_text());
}

TEST_F(DueHandlersTest, SummaryAddsUpByUnitAndBody) {
  PutSome();
  Put({Due("met", "court", kOldCanTho, kToday), Due("late", "court", kOldCanTho, kToday - 1),
       Due("below", "party-30", kCaiKhe, kToday - 1)});
  Close("met", kToday);
  Close("late", kToday);
  Close("below", kToday - 1);
  for (const size_t picked : {256, 0}) {
    Serve({.max_picked_units = picked});
    v1::GetDueSummaryRequest request;
    request.set_unit("units/2");
    const auto summary = Call(&Stub::GetDueSummary, request);
    ASSERT_THAT(summary, IsOk());
    EXPECT_EQ(summary->on_date(), "2025-03-12");
    EXPECT_EQ(summary->upcoming_days(), 7);
    EXPECT_EQ(Line(summary->total()), "4 1 2 2/3 66,7%");
    std::vector<std::string> units;
    for (const auto& row : summary->units()) {
      units.push_back(absl::StrCat(row.unit(), ": ", Line(row.counts())));
    }
    EXPECT_THAT(units, ElementsAre("units/2: 2 1 1 1/2 50,0%", "units/20: 2 0 1 1/1 100,0%",
                                   "units/21: 0 0 0 0/0 "));
    std::vector<std::string> bodies;
    for (const auto& row : summary->bodies()) {
      bodies.push_back(absl::StrCat(row.body(), ": ", Line(row.counts())));
    }
    EXPECT_THAT(bodies, ElementsAre("bodies/court: 1 1 0 1/2 50,0%", "bodies/council: 1 0 1 0/0 "));
    request.set_upcoming_days(9);
    EXPECT_EQ(Call(&Stub::GetDueSummary, request)->total().upcoming(), 3);
    EXPECT_THAT(Call(&Stub::GetDueSummary, request, "members/district"),
                StatusIs(StatusCode::kNotFound));
    request.set_upcoming_days(32);
    EXPECT_THAT(Call(&Stub::GetDueSummary, request), StatusIs(StatusCode::kInvalidArgument));
  }
}

// What is remembered of all units follows every change, the days, and what was asked.
TEST_F(DueHandlersTest, RememberedFiguresFollowEveryChange) {
  Serve({.max_picked_units = 0});
  v1::GetDueSummaryRequest request;
  request.set_unit("units/2");
  const auto total = [&] { return Line(Call(&Stub::GetDueSummary, request)->total()); };
  EXPECT_EQ(total(), "0 0 0 0/0 ");
  PutSome();
  EXPECT_EQ(total(), "4 1 2 0/0 ");
  EXPECT_EQ(total(), "4 1 2 0/0 ");
  Close("schedule", kToday);
  EXPECT_EQ(total(), "3 0 2 0/1 0,0%");
  request.set_upcoming_days(9);
  EXPECT_EQ(total(), "3 0 3 0/1 0,0%");
  request.set_upcoming_days(7);
  ASSERT_THAT(Write([&](ledger::Transaction& tx) { return book_->Reopen(tx, "schedule"); }),
              IsOk());
  EXPECT_EQ(total(), "4 1 2 0/0 ");
  clock_.Advance(absl::Hours(24));
  EXPECT_EQ(total(), "4 2 1 0/0 ");
  ASSERT_THAT(Write([&](ledger::Transaction& tx) { return book_->WithdrawAgreement(tx, "a1"); }),
              IsOk());
  EXPECT_EQ(total(), "1 0 0 0/0 ");
}

TEST_F(DueHandlersTest, NoticesReachWhomTheyAreForAndAreReadOnce) {
  ASSERT_THAT(Write([&](ledger::Transaction& tx) {
                return book_->Tell(
                    tx, {{"n1", "court", kOldCanTho, "duties/d1", "OVERDUE", "Quá hạn.", "Late."},
                         {"n2", "", kOldCanTho, "duties/d1", "OVERDUE_AT_UNIT", "Đơn vị.", "Unit."},
                         {"n3", "party-30", kCaiKhe, "duties/d1", "OVERDUE", "Xã.", "Commune."}});
              }),
              IsOk());
  clock_.Advance(absl::Minutes(1));
  ASSERT_THAT(Write([&](ledger::Transaction& tx) {
                return book_->Tell(tx, {{"n4", "council", kOldCanTho, "agreements/a1",
                                         "SIGNING_REJECTED", "Bị từ chối.", "Rejected."}});
              }),
              IsOk());
  const auto list = [&](const std::string& caller, bool unread = false) {
    v1::ListNoticesRequest request;
    request.set_unread_only(unread);
    std::vector<std::string> texts;
    // A page each, to see that they go on where they ended.
    request.set_page_size(1);
    do {
      const auto page = Call(&Stub::ListNotices, request, caller);
      EXPECT_THAT(page, IsOk());
      for (const v1::Notice& notice : page->notices()) texts.push_back(notice.text_en());
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    if (!texts.empty()) std::sort(texts.begin() + (texts[0] == "Rejected."), texts.end());
    return texts;
  };
  EXPECT_THAT(list("members/city"), ElementsAre("Rejected.", "Late.", "Unit."));
  EXPECT_THAT(list("members/officer"), ElementsAre("Rejected.", "Late."));
  EXPECT_THAT(list("members/council"), ElementsAre("Rejected.", "Unit."));
  EXPECT_THAT(list("members/viewer"), ElementsAre("Commune."));
  EXPECT_THAT(list("members/country"), IsEmpty());

  v1::ListNoticesRequest newest;
  newest.set_page_size(1);
  const v1::Notice notice = Call(&Stub::ListNotices, newest)->notices(0);
  EXPECT_EQ(notice.body(), "bodies/council");
  EXPECT_EQ(notice.kind(), "SIGNING_REJECTED");
  v1::AcknowledgeNoticeRequest read;
  read.set_name(notice.name());
  EXPECT_THAT(Call(&Stub::AcknowledgeNotice, read, "members/viewer"),
              StatusIs(StatusCode::kNotFound));
  const auto first = Call(&Stub::AcknowledgeNotice, read, "members/council");
  ASSERT_THAT(first, IsOk());
  EXPECT_EQ(first->acknowledged_by(), "members/council");
  EXPECT_EQ(Call(&Stub::AcknowledgeNotice, read)->acknowledged_by(), "members/council");
  EXPECT_THAT(list("members/city", true), ElementsAre("Late.", "Unit."));
  EXPECT_THAT(list("members/city"), SizeIs(3));
  const auto records = ledger::ReadRecords(*pool_, absl::InfiniteFuture(), 0, 100, 1 << 20,
                                           {"phoihop.agreements.v1.Notice"});
  ASSERT_EQ(records->records.size(), 1);
  EXPECT_EQ(records->records[0].actor, "members/council");
}

TEST_F(DueHandlersTest, PauseMovesTheDueDateAndResumeTakesItBack) {
  Obligation o = Due("k", "court", kOldCanTho, kToday + 2);
  o.working_days = 2;
  o.basis = kToday;
  Put({o});
  v1::PauseObligationRequest pause;
  pause.set_name(NameOf("k"));
  pause.mutable_pause()->set_start_date("2025-03-13");
  pause.mutable_pause()->set_end_date("2025-03-18");
  pause.mutable_pause()->set_reason("Chờ hướng dẫn của tỉnh");
  pause.set_request_id("6a0f5b0e-5f0a-4d3f-8c40-0d9d8f7b1f11");
  EXPECT_THAT(Call(&Stub::PauseObligation, pause, "members/viewer"),
              StatusIs(StatusCode::kPermissionDenied));
  EXPECT_THAT(Call(&Stub::PauseObligation, pause, "members/other"),
              StatusIs(StatusCode::kNotFound));
  pause.set_etag("\"9\"");
  EXPECT_THAT(Call(&Stub::PauseObligation, pause, "members/officer"),
              StatusIs(StatusCode::kAborted));
  pause.clear_etag();
  const auto paused = Call(&Stub::PauseObligation, pause, "members/officer");
  ASSERT_THAT(paused, IsOk());
  // The 14th, and the working days 13, 14, 17, 18.
  EXPECT_EQ(paused->due().date(), "2025-03-20");
  EXPECT_EQ(paused->previous_due_date(), "2025-03-14");
  ASSERT_EQ(paused->pauses_size(), 1);
  EXPECT_EQ(paused->pauses(0).reason(), "Chờ hướng dẫn của tỉnh");
  EXPECT_THAT(paused->due().calculation(), HasSubstr("Tạm dừng"));
  // A repeat gives the first answer; another one overlaps.
  EXPECT_EQ(Call(&Stub::PauseObligation, pause, "members/officer")->revision(), paused->revision());
  pause.clear_request_id();
  EXPECT_THAT(Call(&Stub::PauseObligation, pause, "members/officer"),
              StatusIs(StatusCode::kInvalidArgument, "PAUSES_OVERLAP"));

  clock_.Advance(absl::Hours(48));
  v1::ResumeObligationRequest resume;
  resume.set_name(pause.name());
  EXPECT_THAT(Call(&Stub::ResumeObligation, resume), StatusIs(StatusCode::kInvalidArgument));
  resume.set_reason("Đã có hướng dẫn");
  const auto resumed = Call(&Stub::ResumeObligation, resume);
  ASSERT_THAT(resumed, IsOk());
  EXPECT_EQ(resumed->pauses(0).end_date(), "2025-03-13");
  EXPECT_EQ(resumed->due().date(), "2025-03-17");
  EXPECT_THAT(Call(&Stub::ResumeObligation, resume),
              StatusIs(StatusCode::kFailedPrecondition, "OBLIGATION_NOT_PAUSED"));
  const auto records = ledger::ReadRecords(*pool_, absl::InfiniteFuture(), 0, 100, 1 << 20,
                                           {"phoihop.agreements.v1.Obligation"});
  ASSERT_EQ(records->records.size(), 2);
  EXPECT_EQ(records->records[0].actor, "members/officer");
  EXPECT_EQ(records->records[0].revision, 2);
  v1::ListNoticesRequest notices;
  EXPECT_EQ(Call(&Stub::ListNotices, notices)->notices(0).kind(), "DEADLINE_RESUMED");
}

}  // namespace
}  // namespace phoihop::agreements
