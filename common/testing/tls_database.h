#ifndef PHOIHOP_COMMON_TESTING_TLS_DATABASE_H_
#define PHOIHOP_COMMON_TESTING_TLS_DATABASE_H_

#include <string>

#include "absl/time/time.h"
#include "common/mysql/connection.h"
#include "common/rpc/testing/authority.h"

namespace phoihop {

// Has the process's TestDatabase serve on a port of 127.0.0.1 too, as mariadb.phoihop.internal
// with a certificate of its own authority, and makes a schema in it. Make it before anything
// asks for the TestDatabase: the server reads its options when it starts.
class TlsDatabase {
 public:
  // The first certificate lives for `lifetime`.
  explicit TlsDatabase(absl::Duration lifetime = absl::Hours(1));
  ~TlsDatabase();
  TlsDatabase(const TlsDatabase&) = delete;
  TlsDatabase& operator=(const TlsDatabase&) = delete;

  // The schema, for the server's administrator on its socket.
  const mysql::ConnectionOptions& schema() const { return schema_; }

  // The same schema over TLS for another user.
  mysql::ConnectionOptions OverTcp(const std::string& user, const std::string& password) const;

  // Exchanges the certificate in its files. The server shows it after FLUSH SSL.
  void Renew(absl::Duration lifetime = absl::Hours(1)) const;

  // Issues a client's certificate; returns the folder of its ca.pem, cert.pem and key.pem.
  std::string IssueClient(const std::string& name) const;

 private:
  const testing::TestAuthority authority_;
  std::string folder_;
  int port_ = 0;
  mysql::ConnectionOptions schema_;
};

}  // namespace phoihop

#endif  // PHOIHOP_COMMON_TESTING_TLS_DATABASE_H_
