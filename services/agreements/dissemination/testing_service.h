// The room on a real database, with an agreement in force and one that is a draft: for tests
// of the handlers.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_DISSEMINATION_TESTING_SERVICE_H_
#define PHOIHOP_SERVICES_AGREEMENTS_DISSEMINATION_TESTING_SERVICE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/access/authority.h"
#include "common/access/testing_tree.h"
#include "common/ledger/command.h"
#include "common/mysql/pool.h"
#include "common/mysql/transaction.h"
#include "common/rpc/client.h"
#include "common/status/errors.h"
#include "common/telemetry/log.h"
#include "common/testing/rpc.h"
#include "common/testing/service_database.h"
#include "common/testing/status_matchers.h"
#include "common/time/clock.h"
#include "gtest/gtest.h"
#include "migrations/agreements_store.h"
#include "phoihop/agreements/v1/dissemination.grpc.pb.h"
#include "services/agreements/dissemination/handlers.h"
#include "services/agreements/store/mysql_agreement_store.h"

namespace phoihop::agreements::dissemination {

using ::phoihop::testing::IsOk;
using Wire = v1::DisseminationSession;
using Stub = v1::DisseminationService::Stub;

// Knows every file whose digest begins with a 1.
class FakeAttachments : public AttachmentCatalog {
 public:
  absl::StatusOr<bool> Holds(ledger::Transaction&, std::string_view sha256, int64_t) override {
    return sha256[0] == '1';
  }
  absl::Status SetLinks(ledger::Transaction&, const AttachmentReference& reference,
                        absl::Span<const std::string> digests, std::string_view field) override {
    for (const std::string& digest : digests) {
      if (digest[0] != '1') return InvalidField(field, "ATTACHMENT_UNKNOWN", {"no", "không"});
    }
    links.push_back(absl::StrCat(reference.resource, " ", digests.size()));
    return absl::OkStatus();
  }
  std::vector<std::string> links;
};

// It is 2023-10-24. The city's agreements `city` and `other` are in force from 2020-10-01 to
// 2025-12-31, `draft` is a draft.
class DisseminationTest : public ::testing::Test {
 protected:
  void SetUp() override {
    InitLogging("dissemination_test", LogLevel::kError);
    auto database = testing::NewServiceDatabase(migrations::agreements_store());
    ASSERT_THAT(database, IsOk());
    pool_ = std::move(database->pool);
    agreements_ = NewMysqlAgreementStore(pool_.get());
    auto writer = testing::StartWriter(database->connection, "agreements", clock_);
    ASSERT_THAT(writer, IsOk());
    writer_ = *std::move(writer);
    AddAgreement("city", State::kInForce);
    AddAgreement("other", State::kInForce);
    AddAgreement("draft", State::kDraft);

    snapshots_ = std::make_unique<access::StaticSnapshot>(
        access::TestTree(),
        std::vector<access::Grant>{{"g1", "members/city", "officer", "", access::kOldCanTho},
                                   {"g2", "members/viewer", "viewer", "", access::kOldCanTho},
                                   {"g3", "members/district", "leader", "", access::kNinhKieu},
                                   {"g4", "members/newcity", "viewer", "", access::kNewCanTho}});
    Serve({});
  }

  // Another server on the same database whose store has these limits.
  void Serve(SubtreeLimits limits) {
    stub_.reset();
    server_.reset();
    sessions_ = NewMysqlSessionStore(pool_.get(), limits);
    rpc::ServerOptions server_options;
    server_options.clock = &clock_;
    server_ = std::make_unique<testing::TestServer>(
        [&](rpc::Server::Builder& builder) {
          builder.set_permission_checker(
              std::make_shared<access::SnapshotPermissions>(snapshots_.get()));
          AddDisseminationHandlers({sessions_.get(), agreements_.get(), writer_.get(),
                                    snapshots_.get(), &page_tokens_, &attachments_},
                                   builder);
        },
        server_options);
    ASSERT_NE(server_->channel(), nullptr);
    stub_ = v1::DisseminationService::NewStub(server_->channel());
  }

  void AddAgreement(const std::string& id, State state) {
    Agreement agreement;
    agreement.id = id;
    agreement.unit = access::kOldCanTho;
    agreement.title = "Chương trình phối hợp";
    agreement.parties = {{"party", {}}, {"council", {}}};
    agreement.term_start = absl::CivilDay(2020, 9, 30);
    agreement.term_end = absl::CivilDay(2025, 12, 31);
    agreement.create_time = agreement.update_time = clock_.Now();
    agreement.revision = 1;
    agreement.state = state;
    if (state == State::kInForce) agreement.in_force_date = absl::CivilDay(2020, 10, 1);
    ASSERT_THAT(mysql::RunTransaction(*pool_, {},
                                      [&](mysql::Connection& db) {
                                        ledger::Transaction tx(db, clock_.Now());
                                        return agreements_->Insert(tx, agreement);
                                      }),
                IsOk());
  }

  template <class Base, class Req, class Res>
  absl::StatusOr<Res> Call(grpc::Status (Base::*method)(grpc::ClientContext*, const Req&, Res*),
                           const std::type_identity_t<Req>& request,
                           const std::string& caller = "members/city") {
    return rpc::Call(*stub_, method, request, testing::As(caller));
  }

  static v1::CreateDisseminationSessionRequest GoodRequest(int64_t unit = access::kOldCanTho,
                                                           const std::string& day = "2023-05-04",
                                                           int attendances = 100) {
    v1::CreateDisseminationSessionRequest request;
    Wire& session = *request.mutable_dissemination_session();
    session.set_agreement("agreements/city");
    session.set_unit(absl::StrCat("units/", unit));
    session.set_session_date(day);
    session.set_kind(Wire::CONFERENCE);
    session.set_title("Hội nghị quán triệt Quy định 238");
    session.set_attendance_count(attendances);
    return request;
  }

  Wire Create(const v1::CreateDisseminationSessionRequest& request) {
    const auto created = Call(&Stub::CreateDisseminationSession, request);
    EXPECT_THAT(created, IsOk());
    return created.value_or(Wire());
  }

  absl::StatusOr<Wire> Get(const std::string& name, const std::string& caller = "members/viewer") {
    v1::GetDisseminationSessionRequest request;
    request.set_name(name);
    return Call(&Stub::GetDisseminationSession, request, caller);
  }

  absl::StatusOr<Wire> Delete(const std::string& name, const std::string& reason = "Ghi trùng") {
    v1::DeleteDisseminationSessionRequest request;
    request.set_name(name);
    request.set_reason(reason);
    return Call(&Stub::DeleteDisseminationSession, request);
  }

  // "DISTRICT 1 100, COMMUNE 2 30": sessions and attendances.
  std::string Totals(int64_t unit, const std::string& first, const std::string& last,
                     const std::string& caller = "members/viewer") {
    v1::GetDisseminationTotalsRequest request;
    request.set_unit(absl::StrCat("units/", unit));
    request.set_first_date(first);
    request.set_last_date(last);
    const auto totals = Call(&Stub::GetDisseminationTotals, request, caller);
    EXPECT_THAT(totals, IsOk());
    if (!totals.ok()) return "refused";
    std::string text;
    int64_t sum = 0;
    for (const auto& level : totals->levels()) {
      absl::StrAppend(&text, text.empty() ? "" : ", ", level.level(), " ",
                      level.figures().session_count(), " ", level.figures().attendance_count());
      sum += level.figures().attendance_count();
    }
    EXPECT_EQ(sum, totals->figures().attendance_count());
    return text;
  }

  FakeClock clock_{absl::FromCivil(absl::CivilSecond(2023, 10, 24, 8, 0, 0), VietnamTimeZone())};
  std::unique_ptr<mysql::Pool> pool_;
  std::unique_ptr<AgreementStore> agreements_;
  std::unique_ptr<SessionStore> sessions_;
  std::unique_ptr<ledger::Writer> writer_;
  std::unique_ptr<access::StaticSnapshot> snapshots_;
  PageTokens page_tokens_{std::string(PageTokens::kKeySize, 'k')};
  FakeAttachments attachments_;
  std::unique_ptr<testing::TestServer> server_;
  std::unique_ptr<Stub> stub_;
};

}  // namespace phoihop::agreements::dissemination

#endif  // PHOIHOP_SERVICES_AGREEMENTS_DISSEMINATION_TESTING_SERVICE_H_
