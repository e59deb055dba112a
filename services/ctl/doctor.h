// The parts of `phoihopctl doctor`. Each looks at one side of the system, waits for nothing longer
// than a few seconds, and says what it saw, also when it could not look.
#ifndef PHOIHOP_SERVICES_CTL_DOCTOR_H_
#define PHOIHOP_SERVICES_CTL_DOCTOR_H_

#include <map>
#include <string>
#include <vector>

#include "services/ctl/commands.h"
#include "services/ctl/diagnosis.h"
#include "services/ctl/metrics_reader.h"
#include "services/ctl/settings.h"

namespace phoihop::ctl {

class Client;

// The /metrics of every process that could be asked.
struct Process {
  std::string service;
  std::string address;
  Metrics metrics;
};

// Whether each service answers on its gRPC port, and the gateway over HTTP.
void LookAtHealth(const Settings& settings, Diagnoses& diagnoses);

// Asks all of MetricsAddresses; who does not answer is a diagnosis.
std::vector<Process> AskForMetrics(const Settings& settings, Diagnoses& diagnoses);

// What the processes tell of themselves and of the database: versions, migrations, clocks, feeds,
// snapshots, pools, queues, lanes, leases, files, certificates.
void LookAtProcesses(const std::vector<Process>& processes, Diagnoses& diagnoses);

// When the certificates end that a process knows of: its own, and the database's.
void LookAtCertificates(const Process& process, Diagnoses& diagnoses);

// When the certificate ends that the proxy of --site_address shows to the world.
void LookAtSite(const Settings& settings, Diagnoses& diagnoses);

// The data folder: room, key files that others can read, backups.
void LookAtHost(const Settings& settings, Diagnoses& diagnoses);

// The database server's settings and, in a cluster, its state.
void LookAtDatabase(const Settings& settings, Diagnoses& diagnoses);

// The last records of each ledger, up to --records, and whether checkpoints are signed.
void LookAtLedgers(Client& client, Diagnoses& diagnoses);

// The subcommands.
int Doctor(const Settings& settings, const Arguments& arguments);
int Top(const Settings& settings, const Arguments& arguments);

}  // namespace phoihop::ctl

#endif  // PHOIHOP_SERVICES_CTL_DOCTOR_H_
