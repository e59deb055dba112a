#include "common/testing/tls_database.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "common/testing/test_database.h"

namespace phoihop {
namespace {

constexpr char kName[] = "mariadb";

// A test that cannot have its server ends.
void Check(bool good, const char* what) {
  if (good) return;
  std::perror(what);
  std::abort();
}

int FreePort() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  Check(bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0, "bind");
  Check(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0, "getsockname");
  close(fd);
  return ntohs(address.sin_port);
}

}  // namespace

TlsDatabase::TlsDatabase(absl::Duration lifetime) {
  std::string pattern = std::filesystem::temp_directory_path() / "phoihop-tls-XXXXXX";
  Check(mkdtemp(pattern.data()) != nullptr, "mkdtemp");
  folder_ = pattern;
  // The server may run as another user than this test.
  std::filesystem::permissions(folder_, std::filesystem::perms::others_exec,
                               std::filesystem::perm_options::add);
  Renew(lifetime);
  port_ = FreePort();
  TestDatabase::AddServerOption("--skip-networking=0");
  TestDatabase::AddServerOption("--bind-address=127.0.0.1");
  TestDatabase::AddServerOption(absl::StrCat("--port=", port_));
  for (const char* file : {"ca", "cert", "key"}) {
    TestDatabase::AddServerOption(
        absl::StrCat("--ssl-", file, "=", folder_, "/", kName, "/", file, ".pem"));
  }
  schema_ = TestDatabase::Get().NewSchema();
}

TlsDatabase::~TlsDatabase() {
  std::error_code error;
  std::filesystem::remove_all(folder_, error);
}

mysql::ConnectionOptions TlsDatabase::OverTcp(const std::string& user,
                                              const std::string& password) const {
  mysql::ConnectionOptions options = schema_;
  options.socket.clear();
  options.host = "127.0.0.1";
  options.port = port_;
  options.user = user;
  options.password = password;
  options.tls_ca_file = absl::StrCat(folder_, "/", kName, "/ca.pem");
  return options;
}

void TlsDatabase::Renew(absl::Duration lifetime) const {
  authority_.Issue(absl::StrCat(folder_, "/", kName), kName, lifetime);
}

std::string TlsDatabase::IssueClient(const std::string& name) const {
  return authority_.Issue(absl::StrCat(folder_, "/client-", name), name);
}

}  // namespace phoihop
