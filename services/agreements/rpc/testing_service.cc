#include "services/agreements/rpc/testing_service.h"

#include "common/access/authority.h"
#include "common/ledger/prepare.h"
#include "common/status/errors.h"
#include "common/telemetry/log.h"
#include "common/testing/status_matchers.h"
#include "common/testing/test_database.h"
#include "migrations/agreements_store.h"
#include "services/agreements/store/mysql_agreement_store.h"

namespace phoihop::agreements {

using ::phoihop::testing::IsOk;

absl::StatusOr<Bodies> FakeBodies::Find(const std::vector<std::string>& ids, absl::Time) const {
  ++calls;
  if (!reachable) return Unavailable("DIRECTORY_UNAVAILABLE", {"down", "ngừng"});
  Bodies found;
  for (const std::string& id : ids) {
    const auto it = known.find(id);
    found[id] = it == known.end() ? std::nullopt : it->second;
  }
  return found;
}

void ServiceTest::SetUp() {
  InitLogging("agreements_test", LogLevel::kError);
  const std::shared_ptr<const access::UnitTree> tree = access::TestTree();
  for (const int64_t unit : tree->ids()) {
    for (const char* body : {"party", "council", "court"}) {
      bodies_.known[BodyAt(body, unit)] = BodyFacts{unit, {}, {}};
    }
  }
  bodies_.known["late"] = BodyFacts{access::kOldCanTho, absl::CivilDay(2021, 1, 1), std::nullopt};
  bodies_.known["ended"] = BodyFacts{access::kOldCanTho, std::nullopt, absl::CivilDay(2020, 1, 1)};

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
  store_ = NewMysqlAgreementStore(pool_.get());
  ledger::Writer::Options writing;
  writing.connection = options;
  writing.clock = &clock_;
  writing.service = "agreements";
  auto writer = ledger::Writer::Start(writing);
  ASSERT_THAT(writer, IsOk());
  writer_ = *std::move(writer);

  snapshots_ = std::make_unique<access::StaticSnapshot>(
      tree, std::vector<access::Grant>{
                {"g1", "members/city", "leader", "", access::kOldCanTho},
                {"g2", "members/newcity", "leader", "", access::kNewCanTho},
                {"g3", "members/district", "leader", "", access::kNinhKieu},
                {"g4", "members/other", "leader", "", access::kBinhThuy},
                {"g5", "members/council", "leader", "bodies/council", access::kOldCanTho},
                {"g6", "members/officer", "officer", "", access::kOldCanTho},
                {"g7", "members/commune", "viewer", "", access::kCaiKhe},
                {"g8", "members/moved", "viewer", "", access::kMoved},
                {"g9", "members/country", "leader", "", access::kCountryUnit},
            });
  parts_ = {store_.get(), writer_.get(), snapshots_.get(), &bodies_, &page_tokens_};
  rpc::ServerOptions server_options;
  server_options.clock = &clock_;
  server_options.workers = 8;
  server_ = std::make_unique<testing::TestServer>(
      [&](rpc::Server::Builder& builder) {
        builder.set_permission_checker(
            std::make_shared<access::SnapshotPermissions>(snapshots_.get()));
        AddHandlers(parts_, builder);
      },
      server_options);
  ASSERT_NE(server_->channel(), nullptr);
  stub_ = v1::AgreementsService::NewStub(server_->channel());
}

std::string ServiceTest::BodyAt(const std::string& body, int64_t unit) {
  return unit == access::kOldCanTho ? body : absl::StrCat(body, "-", unit);
}

v1::CreateAgreementRequest ServiceTest::GoodRequest(int64_t unit, const std::string& parent) {
  v1::CreateAgreementRequest request;
  v1::Agreement& agreement = *request.mutable_agreement();
  agreement.set_title("Chương trình phối hợp công tác nắm bắt dư luận xã hội");
  agreement.set_unit(absl::StrCat("units/", unit));
  agreement.add_parties()->set_body(absl::StrCat("bodies/", BodyAt("party", unit)));
  agreement.add_parties()->set_body(absl::StrCat("bodies/", BodyAt("council", unit)));
  agreement.set_term_start("2020-09-30");
  agreement.set_term_end("2025-12-31");
  agreement.set_parent(parent);
  return request;
}

v1::Agreement ServiceTest::Create(const v1::CreateAgreementRequest& request,
                                  const std::string& caller) {
  const auto created = Call(&Stub::CreateAgreement, request, caller);
  EXPECT_THAT(created, IsOk());
  return created.value_or(v1::Agreement());
}

v1::Agreement ServiceTest::Start(const std::string& name, const std::string& caller) {
  v1::StartSigningRequest request;
  request.set_name(name);
  const auto started = Call(&Stub::StartSigning, request, caller);
  EXPECT_THAT(started, IsOk());
  return started.value_or(v1::Agreement());
}

v1::SignAgreementRequest ServiceTest::SignRequest(const std::string& name, const std::string& body,
                                                  const std::string& day) {
  v1::SignAgreementRequest request;
  request.set_name(name);
  request.set_party(absl::StrCat("bodies/", body));
  request.set_sign_date(day);
  request.set_signer_name("Nguyễn Văn Ử");
  request.set_signer_title("KT. Chủ tịch, Phó Chủ tịch");
  return request;
}

absl::StatusOr<v1::Agreement> ServiceTest::Sign(const std::string& name, const std::string& body,
                                                const std::string& day, const std::string& caller) {
  return Call(&Stub::SignAgreement, SignRequest(name, body, day), caller);
}

v1::Agreement ServiceTest::InForce(const v1::CreateAgreementRequest& request,
                                   const std::string& day) {
  const v1::Agreement draft = Create(request);
  Start(draft.name());
  absl::StatusOr<v1::Agreement> last = draft;
  for (const v1::Agreement::Party& party : draft.parties()) {
    last = Sign(draft.name(), party.body().substr(party.body().find('/') + 1), day);
    EXPECT_THAT(last, IsOk());
  }
  return last.value_or(v1::Agreement());
}

absl::StatusOr<v1::Agreement> ServiceTest::Get(const std::string& name, const std::string& caller) {
  v1::GetAgreementRequest request;
  request.set_name(name);
  return Call(&Stub::GetAgreement, request, caller);
}

}  // namespace phoihop::agreements
