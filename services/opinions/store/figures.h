#ifndef PHOIHOP_SERVICES_OPINIONS_STORE_FIGURES_H_
#define PHOIHOP_SERVICES_OPINIONS_STORE_FIGURES_H_

#include "absl/status/status.h"
#include "common/mysql/connection.h"

namespace phoihop::opinions {

// Reads the figures of the whole country that the metrics show, and sets their gauges:
// phoihop_opinions_petitions{state} and phoihop_opinions_entries. Read from the counters by month.
absl::Status ExportFigures(mysql::Connection& db);

}  // namespace phoihop::opinions

#endif  // PHOIHOP_SERVICES_OPINIONS_STORE_FIGURES_H_
