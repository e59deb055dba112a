#include "services/opinions/store/figures.h"

#include "common/status/macros.h"
#include "common/telemetry/metrics.h"

namespace phoihop::opinions {
namespace {

constexpr char kPetitions[] =
    "SELECT SUM(IF(resolved_month = 0, complaints + denunciations + recommendations + feedback, "
    "0)),"
    " SUM(complaints + denunciations + recommendations + feedback) FROM petition_month_counts";
constexpr char kEntries[] = "SELECT SUM(entries) FROM opinion_month_counts";

Gauge Petitions(const char* state) {
  return GetGauge("phoihop_opinions_petitions", "Petitions in the register.", {{"state", state}});
}

}  // namespace

absl::Status ExportFigures(mysql::Connection& db) {
  static Gauge open = Petitions("open");
  static Gauge resolved = Petitions("resolved");
  static Gauge entries = GetGauge("phoihop_opinions_entries", "Opinion entries.");
  RETURN_IF_ERROR(db.Query(kPetitions, {}, [](const mysql::Row& row) {
    open.Set(row.Double(0));
    resolved.Set(row.Double(1) - row.Double(0));
    return absl::OkStatus();
  }));
  return db.Query(kEntries, {}, [](const mysql::Row& row) {
    entries.Set(row.Double(0));
    return absl::OkStatus();
  });
}

}  // namespace phoihop::opinions
