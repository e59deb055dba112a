// The directory as tests run it: a real database, the server's own access checks, a
// clock that stands still, and calls through a channel.
#ifndef PHOIHOP_SERVICES_DIRECTORY_RPC_SERVICE_FIXTURE_H_
#define PHOIHOP_SERVICES_DIRECTORY_RPC_SERVICE_FIXTURE_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/access/authority.h"
#include "common/ledger/prepare.h"
#include "common/ledger/reader.h"
#include "common/ledger/service.h"
#include "common/ledger/writer.h"
#include "common/mysql/pool.h"
#include "common/rpc/client.h"
#include "common/status/errors.h"
#include "common/testing/rpc.h"
#include "common/testing/status_matchers.h"
#include "common/testing/test_database.h"
#include "common/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "migrations/directory_store.h"
#include "phoihop/directory/v1/calendars.grpc.pb.h"
#include "phoihop/directory/v1/directory.grpc.pb.h"
#include "services/directory/rpc/calendar_service.h"
#include "services/directory/rpc/lineage.h"
#include "services/directory/rpc/service.h"
#include "services/directory/store/mysql_store.h"

namespace phoihop::directory {

using Stub = v1::DirectoryService::Stub;
using ::phoihop::testing::As;
using ::phoihop::testing::IsOk;
using ::phoihop::testing::StatusIs;

inline constexpr char kCtl[] = "services/ctl";
inline constexpr char kReform[] = "2025-07-01";
inline constexpr char kLastOldDay[] = "2025-06-30";

class DirectoryTest : public ::testing::Test {
 protected:
  void SetUp() override {
    database_ = TestDatabase::Get().NewSchema();
    auto admin = mysql::Connection::Open(database_);
    ASSERT_THAT(admin, IsOk());
    ledger::PrepareOptions prepare;
    prepare.database = database_.database;
    prepare.user = database_.database;
    prepare.password = "secret";
    prepare.migrations = migrations::directory_store();
    ASSERT_THAT(ledger::PrepareDatabase(**admin, prepare), IsOk());
    // As the service's least-privileged user, not as the administrator.
    database_.user = prepare.user;
    database_.password = prepare.password;
    pool_ = *mysql::Pool::Create({.connection = database_, .size = 4});
    ledger::Writer::Options options;
    options.connection = database_;
    options.clock = &clock_;
    options.service = "directory";
    options.poll_interval = absl::Milliseconds(20);
    auto writer = ledger::Writer::Start(options);
    ASSERT_THAT(writer, IsOk());
    writer_ = *std::move(writer);
    store_ = std::make_unique<MysqlStore>(*pool_);
    cache_ = std::make_unique<DirectoryCache>(store_.get(), &clock_);
    service_ = std::make_unique<DirectoryService>(
        DirectoryService::Parts{store_.get(), writer_.get(), cache_.get(), &page_tokens_});
    calendars_ =
        std::make_unique<CalendarService>(CalendarService::Parts{store_.get(), writer_.get()});
    StartServer();
  }

  void TearDown() override {
    stub_.reset();
    channel_.reset();
    server_.reset();
  }

  void StartServer() {
    rpc::ServerOptions options;
    options.port = -1;
    options.clock = &clock_;
    options.max_receive_bytes = 16 << 20;
    rpc::Server::Builder builder(options);
    builder.set_authenticator(std::make_shared<phoihop::testing::FakeAuthenticator>());
    builder.set_permission_checker(std::make_shared<access::SnapshotPermissions>(cache_.get()));
    service_->Register(builder);
    calendars_->Register(builder);
    AddLineageHandlers(cache_.get(), builder);
    ledger::RegisterLedgerService(builder, *writer_, *pool_, {.heartbeat = absl::Milliseconds(50)});
    auto server = builder.Start();
    ASSERT_THAT(server, IsOk());
    server_ = *std::move(server);
    channel_ = server_->InProcessChannel();
    stub_ = v1::DirectoryService::NewStub(channel_);
  }

  // One call; `who` is a caller's name, "" nobody's.
  template <class Req, class Res>
  absl::StatusOr<Res> Call(grpc::Status (Stub::*method)(grpc::ClientContext*, const Req&, Res*),
                           const Req& request, const std::string& who = kCtl) {
    rpc::CallOptions options = As(who);
    options.deadline = absl::Now() + absl::Seconds(60);
    return rpc::Call(*stub_, method, request, options);
  }

  // A small register: provinces 92 and 93, a district and communes each.
  static v1::ImportRegisterRequest FirstSnapshot() {
    v1::ImportRegisterRequest request;
    request.set_source("one@1");
    request.set_date("2021-07-01");
    request.set_precision(v1::OBSERVED);
    AddRow(request, "92", "Thành phố Cần Thơ", "", "PROVINCE");
    AddRow(request, "93", "Tỉnh Hậu Giang", "", "PROVINCE");
    AddRow(request, "916", "Quận Ninh Kiều", "92", "DISTRICT");
    AddRow(request, "930", "Thành phố Vị Thanh", "93", "DISTRICT");
    AddRow(request, "31117", "Phường Cái Khế", "916", "COMMUNE");
    AddRow(request, "31120", "Phường An Hòa", "916", "COMMUNE");
    AddRow(request, "31318", "Phường I", "930", "COMMUNE");
    return request;
  }

  // The reform: all of it becomes one province with one commune and one more.
  static v1::ImportRegisterRequest Reform() {
    v1::ImportRegisterRequest request;
    request.set_source("three@1");
    request.set_date(kReform);
    request.set_precision(v1::EXACT);
    request.set_decree("19/2025/QĐ-TTg");
    AddRow(request, "92", "Thành phố Cần Thơ", "", "PROVINCE");
    AddRow(request, "31120", "Phường Cái Khế", "92", "COMMUNE");
    AddRow(request, "31318", "Phường Vị Thanh", "92", "COMMUNE");
    const char* city = "Thành phố Cần Thơ";
    AddMapping(request, "31117", "Phường Cái Khế", "Quận Ninh Kiều", city, "31120");
    AddMapping(request, "", "Phường An Hòa", "Quận Ninh Kiều", city, "31120");
    AddMapping(request, "31318", "Phường I", "Thành phố Vị Thanh", "Tỉnh Hậu Giang", "31318");
    AddMapping(request, "31318", "Phường I", "Thành phố Vị Thanh", "Tỉnh Hậu Giang", "99999");
    return request;
  }

  static void AddRow(v1::ImportRegisterRequest& request, const char* code, const char* name,
                     const char* parent, const char* level) {
    auto& row = *request.add_rows();
    row.set_code(code);
    row.set_name(name);
    row.set_parent_code(parent);
    row.set_level(level);
    const std::string full = name;
    row.set_kind(full.substr(0, full.rfind(' ')));
  }

  static void AddMapping(v1::ImportRegisterRequest& request, const char* old_code,
                         const char* old_name, const char* district, const char* province,
                         const char* new_code) {
    auto& row = *request.add_mappings();
    row.set_old_code(old_code);
    row.set_old_name(old_name);
    row.set_old_district_name(district);
    row.set_old_province_name(province);
    row.set_new_code(new_code);
    row.set_new_province_name("Cần Thơ");
  }

  void ImportBoth() {
    ASSERT_THAT(Call(&Stub::ImportRegister, FirstSnapshot()), IsOk());
    ASSERT_THAT(Call(&Stub::ImportRegister, Reform()), IsOk());
  }

  // `units/{id}` of a code on a day; "" when there is none.
  std::string Unit(const std::string& code, const std::string& day) {
    v1::ResolveUnitRequest request;
    request.set_code(code);
    request.set_on_date(day);
    const auto unit = Call(&Stub::ResolveUnit, request);
    return unit.ok() ? unit->name() : "";
  }

  v1::Body NewBody(const std::string& unit, const std::string& name = "Ban Tuyên giáo") {
    v1::CreateBodyRequest request;
    request.mutable_body()->set_display_name(name);
    request.mutable_body()->set_unit(unit);
    const auto body = Call(&Stub::CreateBody, request);
    EXPECT_THAT(body, IsOk());
    return body.value_or(v1::Body());
  }

  std::string NewMember(const std::string& name = "Nguyễn Văn An") {
    v1::CreateMemberRequest request;
    request.mutable_member()->set_display_name(name);
    const auto member = Call(&Stub::CreateMember, request);
    EXPECT_THAT(member, IsOk());
    return member.ok() ? member->name() : "";
  }

  v1::CreateGrantRequest GrantRequest(const std::string& member, v1::Grant::Role role,
                                      const std::string& unit) {
    v1::CreateGrantRequest request;
    request.mutable_grant()->set_member(member);
    request.mutable_grant()->set_role(role);
    request.mutable_grant()->set_unit(unit);
    return request;
  }

  v1::Grant Give(const std::string& member, v1::Grant::Role role, const std::string& unit) {
    const auto grant = Call(&Stub::CreateGrant, GrantRequest(member, role, unit));
    EXPECT_THAT(grant, IsOk());
    return grant.value_or(v1::Grant());
  }

  absl::StatusOr<v1::Grant> Revoke(const std::string& grant) {
    v1::RevokeGrantRequest request;
    request.set_name(grant);
    return Call(&Stub::RevokeGrant, request);
  }

  std::vector<ledger::Record> Ledger() {
    auto page = ledger::ReadRecords(*pool_, absl::Now() + absl::Minutes(1), 0, 1000, 1 << 24);
    EXPECT_THAT(page, IsOk());
    return page.ok() ? page->records : std::vector<ledger::Record>();
  }

  // After all dates of the tests.
  FakeClock clock_{StartOfDay(absl::CivilDay(2026, 1, 1)) + absl::Hours(9)};
  PageTokens page_tokens_{std::string(32, 'k')};
  mysql::ConnectionOptions database_;
  std::unique_ptr<mysql::Pool> pool_;
  std::unique_ptr<ledger::Writer> writer_;
  std::unique_ptr<MysqlStore> store_;
  std::unique_ptr<DirectoryCache> cache_;
  std::unique_ptr<DirectoryService> service_;
  std::unique_ptr<CalendarService> calendars_;
  std::unique_ptr<rpc::Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<Stub> stub_;
};

}  // namespace phoihop::directory

#endif  // PHOIHOP_SERVICES_DIRECTORY_RPC_SERVICE_FIXTURE_H_
