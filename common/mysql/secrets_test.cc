// Passwords and certificates of the connections to the database, exchanged while they are used.

#include <unistd.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/mysql/pool.h"
#include "common/rpc/testing/authority.h"
#include "common/testing/status_matchers.h"
#include "common/testing/tls_database.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace phoihop::mysql {
namespace {

using ::phoihop::testing::IsOk;
using ::phoihop::testing::TestAuthority;
using ::testing::HasSubstr;
using ::testing::Not;

// One server for all tests: on its socket, and on a port with a certificate.
struct Server {
  Server() {
    auto opened = Connection::Open(database.schema());
    EXPECT_THAT(opened, IsOk());
    admin = *std::move(opened);
  }

  static Server& Get() {
    static auto* const server = new Server;
    return *server;
  }

  void Run(const std::string& sql) { ASSERT_THAT(admin->Execute(sql), IsOk()) << sql; }

  // A user who must come encrypted when `tls` says how ("REQUIRE SSL").
  void MakeUser(const std::string& user, const std::string& password, const std::string& tls = "") {
    for (const char* host : {"localhost", "%"}) {
      Run(absl::StrCat("CREATE USER '", user, "'@'", host, "' IDENTIFIED BY '", password, "' ",
                       tls));
      Run(absl::StrCat("GRANT ALL ON ", database.schema().database, ".* TO '", user, "'@'", host,
                       "'"));
    }
  }

  const TlsDatabase database;
  std::unique_ptr<Connection> admin;
};

TEST(SecretsTest, PasswordIsExchangedUnderLoadWithoutAFailedConnection) {
  Server& server = Server::Get();
  server.MakeUser("rotated", "first");
  std::mutex mutex;
  std::string password = "first";
  Pool::Options options;
  options.connection = server.database.schema();
  options.connection.user = "rotated";
  options.connection.read_password = [&]() -> absl::StatusOr<std::string> {
    const std::lock_guard<std::mutex> lock(mutex);
    return password;
  };
  options.size = 4;
  const auto pool = Pool::Create(options);
  ASSERT_THAT(pool, IsOk());
  std::atomic<bool> done = false;
  std::atomic<int> opened = 0, failed = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      while (!done) {
        auto lease = (*pool)->Acquire(absl::Now() + absl::Seconds(20));
        if (!lease.ok() && failed++ == 0) ADD_FAILURE() << lease.status();
        if (!lease.ok()) continue;
        ++opened;
        (*lease)->MarkBroken();  // the next one is opened anew
      }
    });
  }
  // As deploy/rotate does it: both are good, then the file changes, then the old one is not.
  std::string old = password;
  for (const char* next : {"second", "third"}) {
    for (const char* host : {"localhost", "%"}) {
      server.Run(absl::StrCat("ALTER USER 'rotated'@'", host,
                              "' IDENTIFIED VIA mysql_native_password USING PASSWORD('", next,
                              "') OR mysql_native_password USING PASSWORD('", old, "')"));
    }
    absl::SleepFor(absl::Milliseconds(100));
    {
      const std::lock_guard<std::mutex> lock(mutex);
      password = next;
    }
    absl::SleepFor(absl::Milliseconds(500));
    for (const char* host : {"localhost", "%"}) {
      server.Run(absl::StrCat("ALTER USER 'rotated'@'", host, "' IDENTIFIED BY '", next, "'"));
    }
    old = next;
    absl::SleepFor(absl::Milliseconds(100));
  }
  done = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failed, 0);
  EXPECT_GT(opened, 100);
  ConnectionOptions late = options.connection;
  late.read_password = nullptr;
  late.password = "second";
  EXPECT_THAT(Connection::Open(late).status(), Not(IsOk()));
}

TEST(SecretsTest, PasswordThatCannotBeReadFailsTheOpening) {
  ConnectionOptions options = Server::Get().database.schema();
  options.read_password = [] {
    return absl::StatusOr<std::string>(absl::FailedPreconditionError("no such file"));
  };
  const auto opened = Connection::Open(options);
  EXPECT_EQ(opened.status().message(), "no such file");
}

TEST(SecretsTest, ServerIsKnownByItsCertificate) {
  Server& server = Server::Get();
  server.MakeUser("encrypted", "x", "REQUIRE SSL");
  const auto opened = Connection::Open(server.database.OverTcp("encrypted", "x"));
  ASSERT_THAT(opened, IsOk());
  std::string cipher;
  ASSERT_THAT((*opened)->Query("SHOW SESSION STATUS LIKE 'Ssl_cipher'", {},
                               [&](const Row& row) {
                                 cipher = row.Text(1);
                                 return absl::OkStatus();
                               }),
              IsOk());
  EXPECT_NE(cipher, "");

  ConnectionOptions plain = server.database.OverTcp("encrypted", "x");
  plain.tls_ca_file.clear();
  EXPECT_THAT(Connection::Open(plain).status(), Not(IsOk()));

  const TestAuthority other;
  ConnectionOptions stranger = server.database.OverTcp("encrypted", "x");
  stranger.tls_ca_file = absl::StrCat(
      other.Issue(absl::StrCat(::testing::TempDir(), "/other-", getpid()), "mariadb"), "/ca.pem");
  EXPECT_THAT(std::string(Connection::Open(stranger).status().message()), HasSubstr("certificate"));

  // The certificate is of 127.0.0.1 and of mariadb.phoihop.internal.
  ConnectionOptions misnamed = server.database.OverTcp("encrypted", "x");
  misnamed.host = "127.0.0.2";
  EXPECT_THAT(Connection::Open(misnamed).status(), Not(IsOk()));
}

TEST(SecretsTest, ClientShowsACertificateWhereOneIsAskedFor) {
  Server& server = Server::Get();
  server.MakeUser("shown", "x", "REQUIRE X509");
  ConnectionOptions options = server.database.OverTcp("shown", "x");
  EXPECT_THAT(Connection::Open(options).status(), Not(IsOk()));
  const std::string own = server.database.IssueClient("opinions");
  options.tls_cert_file = absl::StrCat(own, "/cert.pem");
  options.tls_key_file = absl::StrCat(own, "/key.pem");
  EXPECT_THAT(Connection::Open(options), IsOk());
  // Read again at each opening.
  server.database.IssueClient("opinions");
  EXPECT_THAT(Connection::Open(options), IsOk());
}

TEST(SecretsTest, ServerTakesANewCertificateWhileItRuns) {
  Server& server = Server::Get();
  server.MakeUser("kept", "x", "REQUIRE SSL");
  const auto before = Connection::Open(server.database.OverTcp("kept", "x"));
  ASSERT_THAT(before, IsOk());
  server.database.Renew();
  server.Run("FLUSH SSL");
  EXPECT_THAT(Connection::Open(server.database.OverTcp("kept", "x")), IsOk());
  EXPECT_THAT((*before)->Execute("DO 1"), IsOk());
}

}  // namespace
}  // namespace phoihop::mysql
