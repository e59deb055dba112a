#include "services/agreements/plans/testing_plans.h"

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
#include "services/agreements/deadlines/testing_calendar.h"
#include "services/agreements/store/mysql_agreement_store.h"

namespace phoihop::agreements::plans {

using ::phoihop::testing::IsOk;

absl::StatusOr<Bodies> FakeBodies::Find(const std::vector<std::string>& ids, absl::Time) const {
  if (!reachable) return Unavailable("DIRECTORY_UNAVAILABLE", {"down", "ngừng"});
  Bodies found;
  for (const std::string& id : ids) {
    const auto it = known.find(id);
    found[id] = it == known.end() ? std::nullopt : it->second;
  }
  return found;
}

void PlansTest::PutAgreement(const std::string& id, int64_t unit, State state,
                             const std::string& suffix) {
  Agreement agreement;
  agreement.id = id;
  agreement.unit = unit;
  agreement.title = "Chương trình phối hợp";
  for (const char* body : {"party", "council", "court"}) {
    const std::string name = absl::StrCat(body, suffix);
    Party party;
    party.body = name;
    agreement.parties.push_back(party);
    bodies_.known[name] = BodyFacts{unit, {}, {}};
  }
  agreement.term_start = absl::CivilDay(2021, 1, 1);
  agreement.term_end = absl::CivilDay(2025, 6, 30);
  agreement.state = state;
  if (state == State::kInForce) agreement.in_force_date = agreement.term_start;
  agreement.revision = 1;
  ledger::Command command;
  command.roots = {AgreementName(id)};
  command.method = "test";
  command.actor.name = "members/test";
  command.run = [&](ledger::Transaction& tx) -> absl::StatusOr<std::string> {
    agreement.create_time = tx.now();
    agreement.update_time = tx.now();
    RETURN_IF_ERROR(agreements_->Insert(tx, agreement));
    return "";
  };
  ASSERT_THAT(writer_->Commit(command), IsOk());
}

void PlansTest::SetUp() {
  InitLogging("plans_test", LogLevel::kError);
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
  store_ = NewMysqlPlanStore(pool_.get());
  events_ = NewMysqlEventStore(pool_.get());
  book_ = NewMysqlObligationBook();
  ledger::Writer::Options writing;
  writing.connection = options;
  writing.clock = &clock_;
  writing.service = "agreements";
  auto writer = ledger::Writer::Start(writing);
  ASSERT_THAT(writer, IsOk());
  writer_ = *std::move(writer);
  PutAgreement("a1", access::kOldCanTho, State::kInForce, "");
  PutAgreement("n1", access::kNinhKieu, State::kInForce, "-n");
  PutAgreement("draft", access::kOldCanTho, State::kDraft, "");

  access::Snapshot snapshot;
  snapshot.tree = access::TestTree();
  snapshot.grants = std::make_shared<const access::Grants>(std::vector<access::Grant>{
      {"g1", "members/city", "leader", "", access::kOldCanTho},
      {"g2", "members/officer", "officer", "", access::kOldCanTho},
      {"g3", "members/council", "leader", "bodies/council", access::kOldCanTho},
      {"g4", "members/district", "leader", "", access::kNinhKieu},
      {"g5", "members/viewer", "viewer", "", access::kOldCanTho},
      {"g6", "members/deputy", "leader", "", access::kOldCanTho}});
  snapshot.calendar = std::make_shared<const WorkCalendar>(VietnamCalendar());
  snapshots_ = std::make_unique<access::StaticSnapshot>(std::move(snapshot));
  parts_.store = store_.get();
  parts_.events = events_.get();
  parts_.agreements = agreements_.get();
  parts_.book = book_.get();
  parts_.attachments = &files_;
  parts_.writer = writer_.get();
  parts_.snapshots = snapshots_.get();
  parts_.bodies = &bodies_;
  parts_.page_tokens = &page_tokens_;
  rpc::ServerOptions server_options;
  server_options.clock = &clock_;
  server_options.workers = 8;
  server_ = std::make_unique<testing::TestServer>(
      [&](rpc::Server::Builder& builder) {
        builder.set_permission_checker(
            std::make_shared<access::SnapshotPermissions>(snapshots_.get()));
        AddPlanHandlers(parts_, builder);
      },
      server_options);
  ASSERT_NE(server_->channel(), nullptr);
  stub_ = v1::PlansService::NewStub(server_->channel());
}

void PlansTest::Commit(const std::function<absl::Status(ledger::Transaction&)>& run) {
  ledger::Command command;
  command.roots = {"agreements/a1"};
  command.method = "test";
  command.actor.name = "members/test";
  command.run = [&](ledger::Transaction& tx) -> absl::StatusOr<std::string> {
    RETURN_IF_ERROR(run(tx));
    return "";
  };
  ASSERT_THAT(writer_->Commit(command), IsOk());
}

void PlansTest::SetDay(const std::string& day) {
  clock_.Set(StartOfDay(*ParseDay(day)) + absl::Hours(9));
}

v1::CreatePlanRequest PlansTest::PlanRequest(int year, const std::string& agreement) {
  v1::CreatePlanRequest request;
  request.mutable_plan()->set_agreement(agreement);
  request.mutable_plan()->set_year(year);
  request.mutable_plan()->set_title(absl::StrCat("Kế hoạch phối hợp năm ", year));
  return request;
}

v1::CreateCommitmentRequest PlansTest::CommitmentRequest(const std::string& plan,
                                                         const std::string& day) {
  v1::CreateCommitmentRequest request;
  v1::Commitment& commitment = *request.mutable_commitment();
  commitment.set_plan(plan);
  commitment.set_title("Điều tra dư luận xã hội ở Điện Biên");
  commitment.set_area(v1::Agreement::PROMINENT_ISSUES);
  commitment.set_lead("bodies/party");
  commitment.add_supporting("bodies/council");
  commitment.mutable_rhythm()->set_kind(v1::Rhythm::ONCE);
  commitment.mutable_rhythm()->set_date(day);
  commitment.set_expected_product("Báo cáo kết quả");
  return request;
}

v1::CreateEventRequest PlansTest::EventRequest(const std::string& day, int64_t unit) {
  v1::CreateEventRequest request;
  request.mutable_event()->set_unit(absl::StrCat("units/", unit));
  request.mutable_event()->set_kind("COUNCIL_SESSION");
  request.mutable_event()->set_date(day);
  request.mutable_event()->set_title("Kỳ họp thường lệ giữa năm");
  return request;
}

v1::AnnualPlan PlansTest::NewPlan(int year, const std::string& agreement) {
  const auto plan = Call(&Stub::CreatePlan, PlanRequest(year, agreement));
  EXPECT_THAT(plan, IsOk());
  return plan.value_or(v1::AnnualPlan());
}

v1::Commitment PlansTest::Add(const v1::CreateCommitmentRequest& request) {
  const auto commitment = Call(&Stub::CreateCommitment, request);
  EXPECT_THAT(commitment, IsOk());
  return commitment.value_or(v1::Commitment());
}

v1::Event PlansTest::NewEvent(const v1::CreateEventRequest& request) {
  const auto event = Call(&Stub::CreateEvent, request);
  EXPECT_THAT(event, IsOk());
  return event.value_or(v1::Event());
}

v1::AnnualPlan PlansTest::Submit(const std::string& plan) {
  v1::SubmitPlanRequest request;
  request.set_name(plan);
  const auto submitted = Call(&Stub::SubmitPlan, request);
  EXPECT_THAT(submitted, IsOk());
  return submitted.value_or(v1::AnnualPlan());
}

absl::StatusOr<v1::AnnualPlan> PlansTest::ApproveBy(const std::string& plan,
                                                    const std::string& party,
                                                    const std::string& caller) {
  v1::ApprovePlanRequest request;
  request.set_name(plan);
  request.set_party(absl::StrCat("bodies/", party));
  request.set_approver_name("Trần Thị Ử");
  request.set_approver_title("Trưởng ban");
  return Call(&Stub::ApprovePlan, request, caller);
}

v1::AnnualPlan PlansTest::Approved(const std::string& plan, const std::string& suffix) {
  Submit(plan);
  absl::StatusOr<v1::AnnualPlan> last = v1::AnnualPlan();
  for (const char* party : {"party", "council", "court"}) {
    last = ApproveBy(plan, absl::StrCat(party, suffix));
    EXPECT_THAT(last, IsOk());
  }
  return last.value_or(v1::AnnualPlan());
}

v1::Commitment PlansTest::Get(const std::string& commitment) {
  v1::GetCommitmentRequest request;
  request.set_name(commitment);
  const auto got = Call(&Stub::GetCommitment, request);
  EXPECT_THAT(got, IsOk());
  return got.value_or(v1::Commitment());
}

std::vector<v1::CommitmentOccurrence> PlansTest::Occurrences(const std::string& commitment) {
  v1::ListCommitmentOccurrencesRequest request;
  request.set_parent(commitment);
  const auto page = Call(&Stub::ListCommitmentOccurrences, request);
  EXPECT_THAT(page, IsOk());
  if (!page.ok()) return {};
  return {page->occurrences().begin(), page->occurrences().end()};
}

absl::StatusOr<v1::CommitmentOccurrence> PlansTest::Fulfil(const std::string& commitment,
                                                           int number, const std::string& caller) {
  v1::FulfilCommitmentRequest request;
  request.set_name(commitment);
  request.set_occurrence(number);
  request.add_evidence()->set_document_number("15-BC/BTGTU");
  return Call(&Stub::FulfilCommitment, request, caller);
}

absl::StatusOr<v1::CommitmentOccurrence> PlansTest::Confirm(const std::string& commitment,
                                                            int number, const std::string& body,
                                                            const std::string& caller) {
  v1::ConfirmCommitmentRequest request;
  request.set_name(commitment);
  request.set_occurrence(number);
  request.set_body(absl::StrCat("bodies/", body));
  return Call(&Stub::ConfirmCommitment, request, caller);
}

std::vector<std::string> PlansTest::Owed(const std::string& key) {
  std::vector<std::string> rows;
  const absl::Status status =
      mysql::Read(*pool_, absl::Now() + absl::Seconds(10), [&](mysql::Connection& db) {
        rows.clear();
        return db.Query(
            "SELECT SUBSTRING_INDEX(obligation_key, ':', 1), body_id, due_day, state, late FROM "
            "obligations WHERE obligation_key LIKE CONCAT(?, '%') ORDER BY obligation_key",
            {key}, [&](const mysql::Row& row) {
              const char* state = row.Int(3) == 1   ? "open"
                                  : row.Int(3) == 3 ? "withdrawn"
                                  : row.Int(4) == 1 ? "late"
                                                    : "done";
              rows.push_back(absl::StrCat(row.Text(0), " ", row.Text(1), " ", FormatDay(row.Day(2)),
                                          " ", state));
              return absl::OkStatus();
            });
      });
  EXPECT_THAT(status, IsOk());
  return rows;
}

std::vector<std::string> PlansTest::Told() {
  std::vector<std::string> rows;
  const absl::Status status =
      mysql::Read(*pool_, absl::Now() + absl::Seconds(10), [&](mysql::Connection& db) {
        rows.clear();
        return db.Query("SELECT kind, body_id FROM notices ORDER BY create_time, id", {},
                        [&](const mysql::Row& row) {
                          rows.push_back(absl::StrCat(row.Text(0), " ", row.Text(1)));
                          return absl::OkStatus();
                        });
      });
  EXPECT_THAT(status, IsOk());
  return rows;
}

}  // namespace phoihop::agreements::plans
