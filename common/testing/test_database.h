#ifndef PHOIHOP_COMMON_TESTING_TEST_DATABASE_H_
#define PHOIHOP_COMMON_TESTING_TEST_DATABASE_H_

#include <sys/types.h>

#include <string>

#include "common/mysql/connection.h"

namespace phoihop {

// A real MariaDB server for this process alone: on a unix socket in a folder of its own,
// durable (flush at commit), without network. Started when first asked for, in about 0.3 s;
// it ends with the process, also when that is killed. A server that cannot be started ends
// the test process with a message.
//
//   mysql::ConnectionOptions db = TestDatabase::Get().NewSchema();
class TestDatabase {
 public:
  static TestDatabase& Get();

  // Extra options of the server, such as "--log-bin=binlog"; call it before the first Get().
  static void AddServerOption(std::string option);

  // Creates an empty database with a random name. The options connect as the server's
  // administrator, who may do everything in it; tests are apart by their databases.
  mysql::ConnectionOptions NewSchema();

  // Options of the administrator without a database.
  mysql::ConnectionOptions Admin() const;

  const std::string& socket() const { return socket_; }
  pid_t pid() const { return pid_; }

  // kill -9, as a crash does, and reaps the server. Start() brings it back on the same data.
  void Kill();
  // Starts the server again after Kill() and waits until it serves.
  void Start();
  // Stops the server's process where it stands (SIGSTOP), and lets it go on (SIGCONT). No
  // thread of it runs any more when Freeze returns.
  void Freeze();
  void Thaw();

 private:
  TestDatabase();
  ~TestDatabase() = delete;

  std::string folder_;
  std::string socket_;
  pid_t pid_ = 0;
};

}  // namespace phoihop

#endif  // PHOIHOP_COMMON_TESTING_TEST_DATABASE_H_
