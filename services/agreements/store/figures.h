#ifndef PHOIHOP_SERVICES_AGREEMENTS_STORE_FIGURES_H_
#define PHOIHOP_SERVICES_AGREEMENTS_STORE_FIGURES_H_

#include "absl/status/status.h"
#include "common/mysql/connection.h"

namespace phoihop::agreements {

// Reads the figures of the whole country that the metrics show, and sets their gauges:
// phoihop_agreements_in_force, by today in Viet Nam. Reads the agreements, of which there are tens
// of thousands at most, and none of their history.
absl::Status ExportFigures(mysql::Connection& db);

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_STORE_FIGURES_H_
