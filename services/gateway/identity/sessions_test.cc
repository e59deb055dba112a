#include "services/gateway/identity/sessions.h"

#include <cstdlib>
#include <filesystem>

#include "absl/strings/escaping.h"
#include "absl/time/clock.h"
#include "common/ledger/reader.h"
#include "common/testing/service_database.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "migrations/gateway_store.h"
#include "phoihop/gateway/v1/gateway.pb.h"

namespace phoihop::gateway {
namespace {

using access::Caller;
using ::phoihop::testing::IsOk;
using ::phoihop::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kPassword[] = "S3CRET-mật-khẩu";
constexpr char kRequestId[] = "6f0f3e5a-57a4-4a0a-9d3c-0d2b6d6f0001";

// A directory with members/a (of bodies/b) and members/c.
class FakeMembers : public MemberFinder {
 public:
  absl::StatusOr<KnownMember> Find(const rpc::RequestContext&, const std::string& name) override {
    if (name == "members/a") return KnownMember{name, "bodies/b"};
    if (name == "members/c") return KnownMember{name, ""};
    return NotFound("Member", name);
  }
};

class SessionsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto database = testing::NewServiceDatabase(migrations::gateway_store(), 2);
    ASSERT_THAT(database, IsOk());
    database_ = database->connection;
    pool_ = std::move(database->pool);
    auto writer = testing::StartWriter(database_, "gateway", clock_);
    ASSERT_THAT(writer, IsOk());
    writer_ = *std::move(writer);
    store_ = std::make_unique<CredentialStore>(*pool_);
    auto passwords = Passwords::Create({.operations = 1, .memory = 1 << 20});
    ASSERT_THAT(passwords, IsOk());
    passwords_ = *std::move(passwords);

    std::string folder = ::testing::TempDir() + "/gateway_sessions_XXXXXX";
    ASSERT_NE(mkdtemp(folder.data()), nullptr);
    folder_ = folder;
    ASSERT_THAT(access::GenerateKey("services/gateway", folder_ + "/key", folder_), IsOk());
    auto signer = access::TokenSigner::FromFile(folder_ + "/key");
    ASSERT_THAT(signer, IsOk());
    signer_ = *std::move(signer);
    mint_ = std::make_unique<TokenMint>(signer_.get(), &clock_);
    auto authenticator = ClientAuthenticator::Create(folder_, &clock_);
    ASSERT_THAT(authenticator, IsOk());
    authenticator_ = *std::move(authenticator);
    sessions_ = std::make_unique<Sessions>(Sessions::Parts{
        store_.get(), writer_.get(), mint_.get(), passwords_.get(), &guard_, &members_, "key"});
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  rpc::RequestContext By(Caller caller, std::string method) {
    return rpc::RequestContext({.caller = std::move(caller),
                                .method = "phoihop.gateway.v1.SessionService/" + method,
                                .deadline = absl::Now() + absl::Minutes(1),
                                .clock = &clock_});
  }

  absl::Status SetCredential(const std::string& member, const std::string& login,
                             const std::string& password = kPassword,
                             const std::string& request_id = "") {
    v1::SetCredentialRequest request;
    request.set_member(member);
    request.set_login(login);
    request.set_password(password);
    request.set_request_id(request_id);
    return sessions_->SetCredential(By(kCtlCaller, "SetCredential"), request).status();
  }

  absl::StatusOr<v1::Session> SignIn(const std::string& login, const std::string& password) {
    v1::CreateSessionRequest request;
    request.set_login(login);
    request.set_password(password);
    return sessions_->CreateSession(By({}, "CreateSession"), request);
  }

  absl::StatusOr<v1::Session> Issue(const Caller& caller, const std::string& member,
                                    int lifetime = 0, const std::string& request_id = "") {
    v1::IssueTokenRequest request;
    request.set_member(member);
    request.set_lifetime_seconds(lifetime);
    request.set_request_id(request_id);
    return sessions_->IssueToken(By(caller, "IssueToken"), request);
  }

  std::vector<ledger::Record> Ledger() {
    auto page = ledger::ReadRecords(*pool_, absl::Now() + absl::Minutes(1), 0, 100, 1 << 20);
    EXPECT_THAT(page, IsOk());
    return page.ok() ? page->records : std::vector<ledger::Record>();
  }

  static inline const Caller kCtlCaller{Caller::kService, "services/ctl", "", ""};
  static inline const Caller kAdmin{Caller::kMember, "members/admin", "", ""};

  FakeClock clock_{absl::FromUnixMicros(1700000000123456)};
  mysql::ConnectionOptions database_;
  std::unique_ptr<mysql::Pool> pool_;
  std::unique_ptr<ledger::Writer> writer_;
  std::unique_ptr<CredentialStore> store_;
  std::unique_ptr<Passwords> passwords_;
  LoginGuard guard_{&clock_};
  FakeMembers members_;
  std::string folder_;
  std::unique_ptr<access::TokenSigner> signer_;
  std::unique_ptr<TokenMint> mint_;
  std::shared_ptr<const ClientAuthenticator> authenticator_;
  std::unique_ptr<Sessions> sessions_;
};

TEST_F(SessionsTest, AMemberSignsInWithTheLoginThatWasSet) {
  ASSERT_THAT(SetCredential("members/a", "lan"), IsOk());
  const auto session = SignIn(" Lan ", kPassword);
  ASSERT_THAT(session, IsOk());
  EXPECT_EQ(session->member(), "members/a");
  EXPECT_EQ(session->expire_time().seconds(), 1700000000 + 8 * 3600);
  const auto caller = authenticator_->Authenticate(session->token());
  ASSERT_THAT(caller, IsOk());
  EXPECT_EQ(caller->name, "members/a");
  EXPECT_EQ(caller->body, "bodies/b");
  EXPECT_FALSE(caller->session.empty());
}

TEST_F(SessionsTest, WrongLoginAndWrongPasswordLookTheSame) {
  ASSERT_THAT(SetCredential("members/a", "lan"), IsOk());
  const absl::Status wrong_password = SignIn("lan", "wrong").status();
  const absl::Status wrong_login = SignIn("nobody", kPassword).status();
  const absl::Status no_login = SignIn("Đ?", kPassword).status();
  EXPECT_THAT(wrong_password, StatusIs(absl::StatusCode::kUnauthenticated, "LOGIN_FAILED"));
  EXPECT_EQ(wrong_password, wrong_login);
  EXPECT_EQ(wrong_password, no_login);
}

TEST_F(SessionsTest, AfterFiveFailuresEvenTheRightPasswordWaits) {
  ASSERT_THAT(SetCredential("members/a", "lan"), IsOk());
  for (int i = 0; i < 5; ++i) {
    EXPECT_THAT(SignIn("lan", "wrong"), StatusIs(absl::StatusCode::kUnauthenticated));
    EXPECT_THAT(SignIn("nobody", "wrong"), StatusIs(absl::StatusCode::kUnauthenticated));
  }
  EXPECT_THAT(SignIn("lan", kPassword),
              StatusIs(absl::StatusCode::kResourceExhausted, "LOGIN_WAITS"));
  EXPECT_THAT(SignIn("nobody", kPassword),
              StatusIs(absl::StatusCode::kResourceExhausted, "LOGIN_WAITS"));
  clock_.Advance(absl::Seconds(31));
  EXPECT_THAT(SignIn("lan", kPassword), IsOk());
}

TEST_F(SessionsTest, ALoginBelongsToOneMemberAndAPasswordCanBeChanged) {
  ASSERT_THAT(SetCredential("members/a", "lan"), IsOk());
  EXPECT_THAT(SetCredential("members/c", "lan"),
              StatusIs(absl::StatusCode::kAlreadyExists, "LOGIN_TAKEN"));
  ASSERT_THAT(SetCredential("members/a", "lan.moi", "another password"), IsOk());
  EXPECT_THAT(SignIn("lan", kPassword), StatusIs(absl::StatusCode::kUnauthenticated));
  EXPECT_THAT(SignIn("lan.moi", "another password"), IsOk());
  EXPECT_THAT(SetCredential("members/c", "lan"), IsOk());
  EXPECT_THAT(SetCredential("members/nobody", "nobody"), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(SessionsTest, BadFieldsAreNamed) {
  EXPECT_THAT(ViolatedFields(SetCredential("people/a", "La", "short", "x")),
              ElementsAre("request_id", "member", "login", "password"));
  EXPECT_THAT(ViolatedFields(SignIn("", "").status()), ElementsAre("login", "password"));
  EXPECT_THAT(ViolatedFields(Issue(kCtlCaller, "members/a", 59).status()),
              ElementsAre("lifetime_seconds"));
  EXPECT_THAT(ViolatedFields(Issue(kAdmin, "").status()), ElementsAre("member"));
}

TEST_F(SessionsTest, IssuedTokensAreRecordedAndActForTheMember) {
  const auto session = Issue(kAdmin, "members/a", 120);
  ASSERT_THAT(session, IsOk());
  EXPECT_EQ(session->expire_time().seconds(), 1700000120);
  const auto caller = authenticator_->Authenticate(session->token());
  ASSERT_THAT(caller, IsOk());
  EXPECT_EQ(caller->name, "members/a");
  const std::vector<ledger::Record> records = Ledger();
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(records[0].actor, "members/admin");
  EXPECT_EQ(records[0].resource_type, "phoihop.gateway.v1.IssuedTokenRecord");
  EXPECT_EQ(records[0].resource, "tokens/" + caller->session);
  v1::IssuedTokenRecord record;
  ASSERT_TRUE(record.ParseFromString(records[0].payload));
  EXPECT_EQ(record.member(), "members/a");
  EXPECT_THAT(Issue(kAdmin, "members/nobody"), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(SessionsTest, ARepeatGivesTheSameTokenAndIsRecordedOnce) {
  const auto first = Issue(kAdmin, "members/a", 0, kRequestId);
  clock_.Advance(absl::Minutes(5));
  const auto second = Issue(kAdmin, "members/a", 0, kRequestId);
  ASSERT_THAT(first, IsOk());
  ASSERT_THAT(second, IsOk());
  EXPECT_EQ(first->token(), second->token());
  EXPECT_EQ(Ledger().size(), 1u);
  EXPECT_THAT(Issue(kAdmin, "members/c", 0, kRequestId),
              StatusIs(absl::StatusCode::kInvalidArgument, "REQUEST_ID_REUSED"));
}

TEST_F(SessionsTest, TheLocalAdministratorIsTheFirstWhoGotALogin) {
  EXPECT_THAT(Issue(kCtlCaller, ""), StatusIs(absl::StatusCode::kFailedPrecondition));
  ASSERT_THAT(SetCredential("members/c", "first"), IsOk());
  clock_.Advance(absl::Seconds(1));
  ASSERT_THAT(SetCredential("members/a", "second"), IsOk());
  ASSERT_THAT(SetCredential("members/c", "renamed"), IsOk());
  const auto session = Issue(kCtlCaller, "");
  ASSERT_THAT(session, IsOk());
  EXPECT_EQ(session->member(), "members/c");
}

TEST_F(SessionsTest, SettingAPasswordAgainWithTheSameRequestIdIsARepeat) {
  ASSERT_THAT(SetCredential("members/a", "lan", kPassword, kRequestId), IsOk());
  ASSERT_THAT(SetCredential("members/a", "lan", kPassword, kRequestId), IsOk());
  EXPECT_THAT(SetCredential("members/a", "lan", "another password", kRequestId),
              StatusIs(absl::StatusCode::kInvalidArgument, "REQUEST_ID_REUSED"));
  EXPECT_EQ(Ledger().size(), 1u);
}

TEST_F(SessionsTest, SecretsAreStoredNowhere) {
  ASSERT_THAT(SetCredential("members/a", "lan", kPassword, kRequestId), IsOk());
  const auto session = Issue(kAdmin, "members/a", 0, kRequestId);
  ASSERT_THAT(session, IsOk());
  auto db = mysql::Connection::Open(database_);
  ASSERT_THAT(db, IsOk());
  std::vector<std::string> tables;
  ASSERT_THAT((*db)->Query("SHOW TABLES", {},
                           [&](const mysql::Row& row) -> absl::Status {
                             tables.push_back(row.Text(0));
                             return absl::OkStatus();
                           }),
              IsOk());
  EXPECT_GE(tables.size(), 4u);
  // The signature alone would do to rebuild a token, so each part is looked for.
  const std::string signature = session->token().substr(session->token().rfind('.') + 1);
  for (const std::string& table : tables) {
    std::string columns;
    ASSERT_THAT((*db)->Query("SELECT column_name FROM information_schema.columns WHERE"
                             " table_schema = ? AND table_name = ?",
                             {database_.database, table},
                             [&](const mysql::Row& row) -> absl::Status {
                               columns += (columns.empty() ? "" : ", ") +
                                          mysql::QuoteIdentifier(row.Text(0));
                               return absl::OkStatus();
                             }),
                IsOk());
    ASSERT_THAT(
        (*db)->Query(
            "SELECT HEX(CONCAT_WS('|', " + columns + ")) FROM " + mysql::QuoteIdentifier(table), {},
            [&](const mysql::Row& row) -> absl::Status {
              const std::string bytes = absl::HexStringToBytes(row.Text(0));
              EXPECT_THAT(bytes, Not(HasSubstr("S3CRET"))) << table;
              EXPECT_THAT(bytes, Not(HasSubstr(signature))) << table;
              return absl::OkStatus();
            }),
        IsOk());
  }
}

}  // namespace
}  // namespace phoihop::gateway
