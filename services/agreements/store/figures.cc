#include "services/agreements/store/figures.h"

#include "absl/time/clock.h"
#include "common/telemetry/metrics.h"
#include "common/time/civil.h"

namespace phoihop::agreements {
namespace {

constexpr char kInForce[] =
    "SELECT COUNT(*) FROM agreements WHERE in_force_from <= ? AND in_force_until > ?";

}  // namespace

absl::Status ExportFigures(mysql::Connection& db) {
  static Gauge in_force =
      GetGauge("phoihop_agreements_in_force", "Agreements that are in force today.");
  const absl::CivilDay today = VietnamDay(absl::Now());
  return db.Query(kInForce, {today, today}, [](const mysql::Row& row) {
    in_force.Set(row.Double(0));
    return absl::OkStatus();
  });
}

}  // namespace phoihop::agreements
