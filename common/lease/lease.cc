#include "common/lease/lease.h"

#include "common/mysql/migrate.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "migrations/common_lease.h"

namespace phoihop::lease {

absl::Status Migrate(mysql::Connection& admin) {
  return mysql::Migrate(admin, migrations::common_lease());
}

absl::Status Fence::Check(mysql::Connection& db) const {
  if (token_ == 0) return absl::OkStatus();
  bool good = false;
  RETURN_IF_ERROR(db.Query("SELECT holder, token FROM lease WHERE name = ? LOCK IN SHARE MODE",
                           {mysql::Bytes(name_)}, [&](const mysql::Row& row) {
                             good = row.Bytes(0) == holder_ && row.Int(1) == token_;
                             return absl::OkStatus();
                           }));
  if (good) return absl::OkStatus();
  return Precondition(
      "LEASE_LOST",
      {"Another process does this work now.", "Một tiến trình khác đang thực hiện công việc này."},
      "lease");
}

}  // namespace phoihop::lease
