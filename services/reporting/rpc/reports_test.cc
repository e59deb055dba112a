#include "google/protobuf/util/message_differencer.h"
#include "services/reporting/rpc/service_fixture.h"

namespace phoihop::reporting {
namespace {

using ::google::protobuf::util::MessageDifferencer;

class ReportsTest : public ServiceTest {
 protected:
  absl::StatusOr<v1::ListReportsResponse> List(const access::Caller& caller, int64_t unit,
                                               int page_size = 0, const std::string& token = "") {
    v1::ListReportsRequest request;
    request.set_unit(UnitName(unit));
    request.set_page_size(page_size);
    request.set_page_token(token);
    return service_->ListReports(By(caller), request);
  }

  // What CreateReport says of a request with one thing wrong.
  std::vector<std::string> FieldsOf(const v1::CreateReportRequest& request) {
    return ViolatedFields(service_->CreateReport(By(kNational), request).status());
  }
};

TEST_F(ReportsTest, ReviewOfTheCityComputesAndRollsUp) {
  AddCanTho();
  const v1::Report report = Create(ReviewOf(access::kOldCanTho));
  EXPECT_THAT(Texts(report.total().values()),
              ElementsAre("petitions.complaints_and_denunciations.resolved 381/407 93,6%",
                          "petitions.recommendations_and_feedback.resolved 10/20 50,0%",
                          "agreements.signed.district 2/2 100,0%",
                          "agreements.signed.commune 2/3 66,7%", "opinions.entries 2"));
  EXPECT_EQ(report.total().code(), "92");
  EXPECT_EQ(report.total().level(), "PROVINCE");
  ASSERT_THAT(report.children(), SizeIs(2));
  EXPECT_EQ(report.children(0).display_name(), "Quận Ninh Kiều");
  EXPECT_THAT(Texts(report.children(0).values()),
              ElementsAre("petitions.complaints_and_denunciations.resolved 234/250 93,6%",
                          "petitions.recommendations_and_feedback.resolved 0/0",
                          "agreements.signed.district 1/1 100,0%",
                          "agreements.signed.commune 1/2 50,0%", "opinions.entries 1"));
  ASSERT_THAT(report.level_totals(), SizeIs(2));
  EXPECT_EQ(report.level_totals(0).level(), "DISTRICT");
  EXPECT_EQ(report.level_totals(0).unit_count(), 2);
  EXPECT_EQ(Texts(report.level_totals(0).values())[0],
            "petitions.complaints_and_denunciations.resolved 374/400 93,5%");
  EXPECT_EQ(report.level_totals(1).unit_count(), 3);
  EXPECT_EQ(Texts(report.level_totals(1).values())[0],
            "petitions.complaints_and_denunciations.resolved 330/350 94,3%");
  ASSERT_THAT(report.sources(), SizeIs(3));
  EXPECT_EQ(report.sources(0).service(), "agreements");
  EXPECT_EQ(report.sources(0).position(), 6);
  EXPECT_EQ(report.sources(2).position(), 434);
  EXPECT_EQ(report.create_time().seconds(), absl::ToUnixSeconds(clock_.Now()));
  EXPECT_THAT(report.findings(), IsEmpty());
}

TEST_F(ReportsTest, TypedFigureThatDisagreesBecomesAFinding) {
  AddCanTho();
  v1::CreateReportRequest request = ReviewOf(access::kOldCanTho);
  v1::TypedFigure& rate = *request.mutable_report()->add_typed_figures();
  rate.set_label("Tỷ lệ giải quyết khiếu nại, tố cáo");
  rate.set_indicator("petitions.complaints_and_denunciations.resolved");
  rate.set_rate_text("88,1%");
  v1::TypedFigure& total = *request.mutable_report()->add_typed_figures();
  total.set_label("Văn bản");
  total.set_total(69);
  for (const int count : {6, 9, 1, 2, 52}) {
    v1::TypedFigure::Part& part = *total.add_parts();
    part.set_label("phần");
    part.set_count(count);
  }
  v1::TypedFigure& right = *request.mutable_report()->add_typed_figures();
  right.set_label("Quận đã ký");
  right.set_indicator("agreements.signed.district");
  right.set_numerator(2);
  right.set_denominator(2);
  right.set_rate_text("100%");
  const v1::Report report = Create(request);
  EXPECT_EQ(report.typed_figures_size(), 3);
  EXPECT_EQ(report.typed_figures(0).rate_text(), "88,1%");
  ASSERT_THAT(report.findings(), SizeIs(2));
  EXPECT_EQ(report.findings(0).kind(), v1::Finding::DISAGREES_WITH_RECORDS);
  EXPECT_EQ(report.findings(0).typed_text(), "88,1%");
  EXPECT_EQ(report.findings(0).computed_text(), "93,6%");
  EXPECT_EQ(report.findings(0).computation(), "381/407");
  EXPECT_EQ(report.findings(1).kind(), v1::Finding::TOTAL_DISAGREES_WITH_PARTS);
  EXPECT_EQ(report.findings(1).computed_text(), "70");
}

TEST_F(ReportsTest, ReportStaysAsItWasMade) {
  AddCanTho();
  const v1::Report made = Create(ReviewOf(access::kOldCanTho));
  AddPetitions(access::kCaiKhe, 1, absl::CivilDay(2022, 5, 1), 10, 0, absl::CivilDay());
  AwaitFeeds();
  const auto found = Get(kCity, made.name());
  ASSERT_THAT(found, IsOk());
  EXPECT_TRUE(MessageDifferencer::Equals(*found, made));
}

TEST_F(ReportsTest, ReadsWhatWasWrittenJustBefore) {
  AddCanTho();
  feeds_.SetDelay(absl::Milliseconds(20));
  for (int i = 1; i <= 3; ++i) {
    AddPetitions(access::kCaiKhe, 1, absl::CivilDay(2022, 5, 1), 1, 0, absl::CivilDay());
    EXPECT_EQ(Create(ReviewOf(access::kOldCanTho)).total().values(0).denominator(), 407 + i);
  }
}

TEST_F(ReportsTest, SourceThatCannotBeReachedKeepsTheReportFromBeingMade) {
  AddCanTho();
  AwaitFeeds();
  feeds_.SetDown(kOpinions, true);
  EXPECT_THAT(service_->CreateReport(By(kNational), ReviewOf(access::kOldCanTho)),
              StatusIs(absl::StatusCode::kUnavailable, "PROJECTION_BEHIND"));
  // Live figures do not wait; their positions say what they include.
  const auto live = Indicators(kNational, access::kOldCanTho, "2020-09-30", "2023-10-24");
  ASSERT_THAT(live, IsOk());
  EXPECT_EQ(live->row().values(0).denominator(), 407);
}

TEST_F(ReportsTest, RepeatedRequestGivesTheFirstAnswer) {
  const auto first = Create(ReviewOf(access::kOldCanTho, kId1));
  AddCanTho();
  const auto again = Create(ReviewOf(access::kOldCanTho, kId1));
  EXPECT_TRUE(MessageDifferencer::Equals(first, again));
  v1::CreateReportRequest other = ReviewOf(access::kOldCanTho, kId1);
  other.mutable_report()->set_title("Khác");
  EXPECT_THAT(service_->CreateReport(By(kNational), other),
              StatusIs(absl::StatusCode::kInvalidArgument, "REQUEST_ID_REUSED"));
  EXPECT_THAT(List(kNational, access::kOldCanTho)->reports(), SizeIs(1));
}

TEST_F(ReportsTest, LedgerRecordsTheReport) {
  const rpc::RequestContext ctx = By(kCity, "phoihop.reporting.v1.ReportingService/CreateReport");
  const auto report = service_->CreateReport(ctx, ReviewOf(access::kOldCanTho));
  ASSERT_THAT(report, IsOk());
  EXPECT_EQ(ctx.position(), 1);
  const auto page = ledger::ReadRecords(*pool_, absl::Now() + absl::Minutes(1), 0, 10, 1 << 20);
  ASSERT_THAT(page, IsOk());
  ASSERT_THAT(page->records, SizeIs(1));
  const ledger::Record& record = page->records[0];
  EXPECT_EQ(record.actor, "members/city");
  EXPECT_EQ(record.resource, report->name());
  EXPECT_EQ(record.resource_type, "phoihop.reporting.v1.Report");
  EXPECT_EQ(record.unit, UnitName(access::kOldCanTho));
  v1::Report payload;
  ASSERT_TRUE(payload.ParseFromString(record.payload));
  EXPECT_TRUE(MessageDifferencer::Equals(payload, *report));
}

TEST_F(ReportsTest, WrongFieldsAreNamedAllAtOnce) {
  v1::CreateReportRequest request = ReviewOf(access::kOldCanTho, "no-uuid");
  request.mutable_report()->clear_title();
  request.mutable_report()->clear_kind();
  request.mutable_report()->set_unit("unit/7");
  v1::TypedFigure& figure = *request.mutable_report()->add_typed_figures();
  figure.set_indicator("petitions.unknown");
  figure.set_rate_text("nhiều");
  figure.set_numerator(-1);
  EXPECT_THAT(
      FieldsOf(request),
      ElementsAre("request_id", "report.title", "report.kind", "report.unit",
                  "report.typed_figures[0].label", "report.typed_figures[0].indicator",
                  "report.typed_figures[0].rate_text", "report.typed_figures[0].numerator"));
}

TEST_F(ReportsTest, EachRuleOfAReportIsChecked) {
  v1::CreateReportRequest request = ReviewOf(access::kOldCanTho, "", "2023-10-25", "2023-10-24");
  EXPECT_THAT(FieldsOf(request), ElementsAre("report.until"));
  request = ReviewOf(access::kNewCanTho, "", "2025-07-01", "2025-12-02");  // tomorrow
  EXPECT_THAT(FieldsOf(request), ElementsAre("report.until"));
  request = ReviewOf(access::kOldCanTho);
  request.mutable_report()->set_kind(static_cast<v1::Report::Kind>(9));
  EXPECT_THAT(FieldsOf(request), ElementsAre("report.kind"));
  request = ReviewOf(access::kOldCanTho);
  for (int i = 0; i < 101; ++i) {
    v1::TypedFigure& figure = *request.mutable_report()->add_typed_figures();
    figure.set_label("x");
    figure.set_indicator("opinions.entries");
    figure.set_numerator(1);
  }
  EXPECT_THAT(FieldsOf(request), ElementsAre("report.typed_figures"));
  request = ReviewOf(access::kOldCanTho);
  request.mutable_report()->add_typed_figures()->set_label("x");
  EXPECT_THAT(FieldsOf(request), ElementsAre("report.typed_figures[0]"));
  request.mutable_report()->mutable_typed_figures(0)->set_indicator("opinions.entries");
  request.mutable_report()->mutable_typed_figures(0)->set_denominator(3);
  EXPECT_THAT(FieldsOf(request), ElementsAre("report.typed_figures[0].indicator"));
}

TEST_F(ReportsTest, OutOfScopeIsAsIfItDidNotExist) {
  AddCanTho();
  const v1::Report city = Create(ReviewOf(access::kOldCanTho));
  const v1::Report district = Create(ReviewOf(access::kNinhKieu));
  EXPECT_THAT(Get(kNinhKieuMember, district.name()), IsOk());
  const absl::Status denied = Get(kBinhThuyMember, district.name()).status();
  const absl::Status missing = Get(kBinhThuyMember, "reports/01hq00000000000000000000zz").status();
  EXPECT_THAT(denied, StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(missing, StatusIs(absl::StatusCode::kNotFound));
  EXPECT_EQ(ErrorReason(denied), ErrorReason(missing));
  EXPECT_EQ(VietnameseMessage(denied).size(), VietnameseMessage(missing).size());
  EXPECT_THAT(Get(kNinhKieuMember, city.name()), StatusIs(absl::StatusCode::kNotFound));

  EXPECT_THAT(service_->CreateReport(By(kNinhKieuMember), ReviewOf(access::kBinhThuy)),
              StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(service_->CreateReport(By(kReader), ReviewOf(access::kNinhKieu)),
              StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(service_->CreateReport(By(kNational), ReviewOf(999)),
              StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(List(kBinhThuyMember, access::kNinhKieu), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(List(kBinhThuyMember, 999), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(List(kReader, access::kNinhKieu)->reports(), SizeIs(1));
}

TEST_F(ReportsTest, UnitThatEndedIsReportedForTheDaysOnWhichItWas) {
  AddCanTho();
  const v1::Report report = Create(ReviewOf(access::kNinhKieu, "", "2020-09-30", "2025-11-30"));
  EXPECT_EQ(report.total().display_name(), "Quận Ninh Kiều");
  EXPECT_EQ(report.until(), "2025-11-30");
  EXPECT_THAT(Texts(report.total().values()),
              ElementsAre("petitions.complaints_and_denunciations.resolved 234/250 93,6%",
                          "petitions.recommendations_and_feedback.resolved 0/5 0,0%",
                          "agreements.signed.district 1/1 100,0%",
                          "agreements.signed.commune 1/1 100,0%", "opinions.entries 1"));
  EXPECT_THAT(Get(kNinhKieuMember, report.name()), IsOk());
}

TEST_F(ReportsTest, DaysOutsideTheLifeOfAUnitAreNamedToWhoHasItInScope) {
  const auto refusal = [&](const access::Caller& caller, int64_t unit, const char* since,
                           const char* until) {
    return service_->CreateReport(By(caller), ReviewOf(unit, "", since, until)).status();
  };
  const absl::Status ended =
      refusal(kNinhKieuMember, access::kNinhKieu, "2025-07-01", "2025-11-30");
  EXPECT_THAT(ended, StatusIs(absl::StatusCode::kInvalidArgument, "UNIT_NOT_ON_DAY"));
  EXPECT_THAT(ViolatedFields(ended), ElementsAre("report.since"));
  const absl::Status before = refusal(kNational, access::kNewCanTho, "2020-09-30", "2023-10-24");
  EXPECT_THAT(before, StatusIs(absl::StatusCode::kInvalidArgument, "UNIT_NOT_ON_DAY"));
  EXPECT_THAT(ViolatedFields(before), ElementsAre("report.until"));
  // Who has nothing to do with the unit, or may only read, learns nothing.
  for (const access::Caller& caller : {kBinhThuyMember, kReader}) {
    EXPECT_THAT(refusal(caller, access::kNinhKieu, "2025-07-01", "2025-11-30"),
                StatusIs(absl::StatusCode::kNotFound));
  }
}

TEST_F(ReportsTest, ListIsPagedNewestFirstWithoutRows) {
  AddCanTho();
  for (const char* until : {"2022-12-31", "2023-10-24", "2021-12-31"}) {
    Create(ReviewOf(access::kOldCanTho, "", "2020-09-30", until));
  }
  const auto first = List(kCity, access::kOldCanTho, 2);
  ASSERT_THAT(first, IsOk());
  ASSERT_THAT(first->reports(), SizeIs(2));
  EXPECT_EQ(first->reports(0).until(), "2023-10-24");
  EXPECT_EQ(first->reports(1).until(), "2022-12-31");
  EXPECT_EQ(first->reports(0).total().values_size(), 5);
  EXPECT_THAT(first->reports(0).children(), IsEmpty());
  EXPECT_THAT(first->reports(0).level_totals(), IsEmpty());
  const auto second = List(kCity, access::kOldCanTho, 2, first->next_page_token());
  ASSERT_THAT(second, IsOk());
  ASSERT_THAT(second->reports(), SizeIs(1));
  EXPECT_EQ(second->reports(0).until(), "2021-12-31");
  EXPECT_THAT(second->next_page_token(), IsEmpty());
  // A token is of its query and its caller.
  EXPECT_THAT(List(kNational, access::kOldCanTho, 2, first->next_page_token()),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(List(kCity, access::kNinhKieu, 2, first->next_page_token()),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(List(kCity, access::kOldCanTho, -1), StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace phoihop::reporting
