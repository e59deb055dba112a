#include "services/agreements/reviews/testing_reviews.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/access/authority.h"
#include "common/ledger/command.h"
#include "common/ledger/prepare.h"
#include "common/mysql/transaction.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/telemetry/log.h"
#include "common/testing/status_matchers.h"
#include "common/testing/test_database.h"
#include "migrations/agreements_store.h"
#include "services/agreements/deadlines/mysql_obligation_book.h"
#include "services/agreements/store/mysql_agreement_store.h"

namespace phoihop::agreements::reviews {

using ::phoihop::testing::IsOk;

absl::StatusOr<Bodies> FakeBodies::Find(const std::vector<std::string>& ids, absl::Time) const {
  EXPECT_LE(ids.size(), 30);
  if (!reachable) return Unavailable("DIRECTORY_UNAVAILABLE", {"down", "ngừng"});
  Bodies found;
  for (const std::string& id : ids) {
    const auto it = known.find(id);
    found[id] = it == known.end() ? std::nullopt : it->second;
  }
  return found;
}

void ReviewsTest::PutAgreement(const std::string& id, int64_t unit,
                               const std::string& in_force_from, const std::string& parent,
                               const std::string& suffix) {
  Agreement draft;
  draft.id = id;
  draft.unit = unit;
  draft.parent = parent;
  draft.title = "Chương trình phối hợp";
  for (const char* body : {"party", "council", "court"}) {
    Party party;
    party.body = absl::StrCat(body, suffix);
    bodies_.known[party.body] = BodyFacts{unit, {}, {}};
    draft.parties.push_back(std::move(party));
  }
  draft.term_start = absl::CivilDay(2021, 1, 1);
  draft.term_end = absl::CivilDay(2025, 6, 30);
  draft.revision = 1;
  Agreement in_force = draft;
  if (!in_force_from.empty()) {
    in_force.state = State::kInForce;
    in_force.in_force_date = *ParseDay(in_force_from);
    in_force.revision = 2;
  }
  ledger::Command command;
  command.roots = {AgreementName(id)};
  command.method = "test";
  command.actor.name = "members/test";
  command.run = [&](ledger::Transaction& tx) -> absl::StatusOr<std::string> {
    draft.create_time = in_force.create_time = tx.now();
    draft.update_time = in_force.update_time = tx.now();
    RETURN_IF_ERROR(agreements_->Insert(tx, draft));
    if (in_force.in_force_date.has_value()) {
      RETURN_IF_ERROR(agreements_->Replace(tx, draft, in_force));
    }
    return "";
  };
  ASSERT_THAT(writer_->Commit(command), IsOk());
}

void ReviewsTest::SetUp() {
  InitLogging("reviews_test", LogLevel::kError);
  SetDay("2024-01-08");
  const mysql::ConnectionOptions options = TestDatabase::Get().NewSchema();
  auto admin = mysql::Connection::Open(options);
  ASSERT_THAT(admin, IsOk());
  ledger::PrepareOptions prepare;
  prepare.database = options.database;
  prepare.migrations = migrations::agreements_store();
  ASSERT_THAT(ledger::PrepareDatabase(**admin, prepare), IsOk());
  auto pool = mysql::Pool::Create({.connection = options, .size = 4});
  ASSERT_THAT(pool, IsOk());
  pool_ = *std::move(pool);
  agreements_ = NewMysqlAgreementStore(pool_.get());
  store_ = NewMysqlReviewStore(pool_.get());
  book_ = NewMysqlObligationBook();
  ledger::Writer::Options writing;
  writing.connection = options;
  writing.clock = &clock_;
  writing.service = "agreements";
  auto writer = ledger::Writer::Start(writing);
  ASSERT_THAT(writer, IsOk());
  writer_ = *std::move(writer);
  PutAgreement("a1", access::kOldCanTho, "2021-01-01", "", "");
  PutAgreement("n1", access::kNinhKieu, "2021-05-04", "a1", "-n");
  PutAgreement("draft", access::kOldCanTho, "", "", "");

  snapshots_ = std::make_unique<access::StaticSnapshot>(
      access::TestTree(),
      std::vector<access::Grant>{{"g1", "members/city", "leader", "", access::kOldCanTho},
                                 {"g2", "members/officer", "officer", "", access::kOldCanTho},
                                 {"g3", "members/council", "leader", "bodies/council",  //
                                  access::kOldCanTho},
                                 {"g4", "members/district", "leader", "", access::kNinhKieu},
                                 {"g5", "members/viewer", "viewer", "", access::kOldCanTho}});
  ReviewParts parts;
  parts.store = store_.get();
  parts.agreements = agreements_.get();
  parts.commitments = &figures_;
  parts.duties = &figures_;
  parts.book = book_.get();
  parts.writer = writer_.get();
  parts.snapshots = snapshots_.get();
  parts.bodies = &bodies_;
  parts.page_tokens = &page_tokens_;
  plan_store_ = plans::NewMysqlPlanStore(pool_.get());
  events_ = NewMysqlEventStore(pool_.get());
  plan_parts_.store = plan_store_.get();
  plan_parts_.events = events_.get();
  plan_parts_.agreements = agreements_.get();
  plan_parts_.book = book_.get();
  parts.plans = &plan_parts_;
  rpc::ServerOptions server_options;
  server_options.clock = &clock_;
  server_options.workers = 4;
  server_ = std::make_unique<testing::TestServer>(
      [&](rpc::Server::Builder& builder) {
        builder.set_permission_checker(
            std::make_shared<access::SnapshotPermissions>(snapshots_.get()));
        AddReviewHandlers(parts, builder);
      },
      server_options);
  ASSERT_NE(server_->channel(), nullptr);
  stub_ = v1::ReviewsService::NewStub(server_->channel());
}

std::string ReviewsTest::ApprovedPlan() {
  plans::AnnualPlan plan;
  plan.id = "p2024";
  plan.agreement = "a1";
  plan.unit = access::kOldCanTho;
  plan.term_start = absl::CivilDay(2021, 1, 1);
  plan.year = 2024;
  plan.days = {absl::CivilDay(2024, 1, 1), absl::CivilDay(2024, 12, 31)};
  plan.title = "Kế hoạch năm 2024";
  plan.state = plans::PlanState::kApproved;
  plan.approve_day = absl::CivilDay(2023, 12, 20);
  plan.revision = 1;
  ledger::Command command;
  command.roots = {"agreements/a1"};
  command.method = "test";
  command.actor.name = "members/test";
  command.run = [&](ledger::Transaction& tx) -> absl::StatusOr<std::string> {
    plan.create_time = plan.update_time = tx.now();
    RETURN_IF_ERROR(plan_store_->InsertPlan(tx, plan));
    return "";
  };
  EXPECT_THAT(writer_->Commit(command), IsOk());
  return plan.id;
}

void ReviewsTest::SetDay(const std::string& day) {
  clock_.Set(StartOfDay(*ParseDay(day)) + absl::Hours(9));
}

v1::CreateVisitRequest ReviewsTest::VisitRequest(const std::string& day) {
  v1::CreateVisitRequest request;
  v1::SupervisionVisit& visit = *request.mutable_visit();
  visit.set_agreement("agreements/a1");
  visit.set_visit_date(day);
  visit.set_unit(absl::StrCat("units/", access::kNinhKieu));
  visit.set_body("bodies/party-n");
  visit.add_visiting_bodies("bodies/party");
  visit.add_visiting_bodies("bodies/council");
  visit.set_subject("Kiểm tra việc ký kết ở Điện Biên");
  return request;
}

v1::CreateReviewRequest ReviewsTest::ReviewRequest(const std::string& first,
                                                   const std::string& last) {
  v1::CreateReviewRequest request;
  v1::Review& review = *request.mutable_review();
  review.set_agreement("agreements/a1");
  review.set_kind(v1::Review::PRELIMINARY);
  review.set_first_date(first);
  review.set_last_date(last);
  review.set_title("Sơ kết 3 năm thực hiện chương trình");
  v1::Review::Finding& result = *review.add_findings();
  result.set_kind(v1::Review::Finding::RESULT);
  result.set_text("Các quận, huyện đã ký kết");
  v1::Review::Finding& proposal = *review.add_findings();
  proposal.set_kind(v1::Review::Finding::PROPOSAL);
  proposal.set_text("Gửi lịch xét xử trước ngày 25 hằng tháng");
  proposal.set_area(v1::Agreement::DUTIES);
  return request;
}

v1::CreateEvaluationRequest ReviewsTest::EvaluationRequest(const std::string& first,
                                                           const std::string& last) {
  v1::CreateEvaluationRequest request;
  request.mutable_evaluation()->set_agreement("agreements/a1");
  request.mutable_evaluation()->set_first_date(first);
  request.mutable_evaluation()->set_last_date(last);
  return request;
}

v1::SupervisionVisit ReviewsTest::NewVisit(const v1::CreateVisitRequest& request) {
  const auto visit = Call(&Stub::CreateVisit, request);
  EXPECT_THAT(visit, IsOk());
  return visit.value_or(v1::SupervisionVisit());
}

v1::Review ReviewsTest::NewDraft(const v1::CreateReviewRequest& request) {
  const auto review = Call(&Stub::CreateReview, request);
  EXPECT_THAT(review, IsOk());
  return review.value_or(v1::Review());
}

v1::Review ReviewsTest::Approved(const std::string& review) {
  v1::ApproveReviewRequest request;
  request.set_name(review);
  request.set_approver_name("Trần Thị Ử");
  request.set_approver_title("Trưởng ban");
  const auto approved = Call(&Stub::ApproveReview, request);
  EXPECT_THAT(approved, IsOk());
  return approved.value_or(v1::Review());
}

absl::StatusOr<v1::Review> ReviewsTest::FollowUp(const std::string& review, const std::string& due,
                                                 const std::string& caller) {
  v1::FollowUpProposalRequest request;
  request.set_name(review);
  request.set_finding(2);
  request.set_body("bodies/council");
  request.set_due_date(due);
  return Call(&Stub::FollowUpProposal, request, caller);
}

absl::StatusOr<v1::Review> ReviewsTest::Complete(const std::string& review, int number,
                                                 const std::string& body,
                                                 const std::string& caller) {
  v1::CompleteFollowUpRequest request;
  request.set_name(review);
  request.set_follow_up(number);
  request.set_body(absl::StrCat("bodies/", body));
  request.set_document_number("15-BC/HĐND");
  return Call(&Stub::CompleteFollowUp, request, caller);
}

absl::StatusOr<v1::Review> ReviewsTest::Get(const std::string& review, const std::string& caller) {
  v1::GetReviewRequest request;
  request.set_name(review);
  return Call(&Stub::GetReview, request, caller);
}

std::vector<std::string> ReviewsTest::FiguresOf(const v1::Review& review) {
  std::vector<std::string> lines;
  for (const v1::Review::Figure& figure : review.figures()) {
    std::string& line = lines.emplace_back(v1::Review::Figure::Kind_Name(figure.kind()));
    if (!figure.level().empty()) absl::StrAppend(&line, " ", figure.level());
    absl::StrAppend(&line, " ", figure.numerator());
    if (figure.has_denominator()) absl::StrAppend(&line, "/", figure.denominator());
    if (!figure.rate_text().empty()) absl::StrAppend(&line, " ", figure.rate_text());
  }
  return lines;
}

std::vector<std::string> ReviewsTest::Owed() {
  std::vector<std::string> rows;
  const absl::Status status =
      mysql::Read(*pool_, absl::Now() + absl::Seconds(10), [&](mysql::Connection& db) {
        rows.clear();
        return db.Query(
            "SELECT kind, body_id, due_day, state, done_day > due_day FROM obligations ORDER BY "
            "obligation_key",
            {}, [&](const mysql::Row& row) {
              const char* state = row.Int(3) == 1   ? "open"
                                  : row.Int(3) == 3 ? "withdrawn"
                                  : row.Int(4) != 0 ? "late"
                                                    : "done";
              rows.push_back(absl::StrCat(row.Int(0), " ", row.Text(1), " ", FormatDay(row.Day(2)),
                                          " ", state));
              return absl::OkStatus();
            });
      });
  EXPECT_THAT(status, IsOk());
  return rows;
}

void ReviewsTest::Execute(const std::string& sql) {
  ledger::Command command;
  command.roots = {"test"};
  command.method = "test";
  command.actor.name = "members/test";
  command.run = [&](ledger::Transaction& tx) -> absl::StatusOr<std::string> {
    RETURN_IF_ERROR(tx.db().Execute(sql).status());
    return "";
  };
  ASSERT_THAT(writer_->Commit(command), IsOk());
}

}  // namespace phoihop::agreements::reviews
