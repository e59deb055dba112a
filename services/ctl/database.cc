#include "services/ctl/database.h"

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "common/config/flags.h"
#include "common/ledger/prepare.h"
#include "services/ctl/commands.h"
#include "services/ctl/output.h"

namespace phoihop::ctl {

bool HasDatabase() { return !absl::GetFlag(FLAGS_mysql_socket).empty(); }

mysql::ConnectionOptions DatabaseOf(const std::string& service) {
  mysql::ConnectionOptions options;
  options.socket = absl::GetFlag(FLAGS_mysql_socket);
  options.user = absl::GetFlag(FLAGS_mysql_user);
  options.database = absl::StrCat("phoihop_", service);
  return options;
}

int StartNewEpochs(const Settings&, const Arguments& arguments) {
  if (!HasDatabase()) {
    SayError("Cần --mysql_socket của cơ sở dữ liệu đã khôi phục",
             "The --mysql_socket of the restored database is needed",
             absl::InvalidArgumentError("--mysql_socket"));
    return 2;
  }
  for (const std::string& service : arguments.empty() ? ServiceNames() : arguments) {
    const auto connection = mysql::Connection::Open(DatabaseOf(service));
    const absl::Status status =
        connection.ok() ? ledger::StartNewEpoch(**connection) : connection.status();
    if (!status.ok()) {
      SayError(absl::StrCat(service, ": không mở được kỷ nguyên mới của sổ"),
               absl::StrCat(service, ": no new epoch of the ledger"), status);
      return 1;
    }
    Say(absl::StrCat(service, ": sổ sang kỷ nguyên mới; ai theo dõi sẽ đọc lại từ đầu"),
        "the ledger has a new epoch; followers start over");
  }
  return 0;
}

}  // namespace phoihop::ctl
