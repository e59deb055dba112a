#include "services/ctl/flags.h"

ABSL_FLAG(std::string, data, "", "Data folder of deploy/up, which says where the services are");
ABSL_FLAG(std::string, gateway_address, "127.0.0.1:9090", "gRPC address of the gateway");
ABSL_FLAG(bool, gateway_tls, false,
          "Whether the gateway's gRPC port is encrypted (its --outer_tls_dir)");
ABSL_FLAG(absl::Duration, timeout, absl::Seconds(30), "How long one call may take");

ABSL_FLAG(std::string, snapshots, "",
          "units import: folder with ImportRegisterRequests as JSON files, taken in order of "
          "name, instead of exporting them from the npm packages");
ABSL_FLAG(std::string, exporter, "",
          "units import: the exporter; deploy/register/export.mjs of this clone when empty");
ABSL_FLAG(bool, validate_only, false, "units import: only say what would happen");
ABSL_FLAG(std::string, on_date, "", "Day, ISO 8601; today in Viet Nam when empty");
ABSL_FLAG(bool, check, false,
          "units count: exit with 1 unless all three snapshots of the register are there");

ABSL_FLAG(std::string, service, "all", "ledger verify: one service, or all");
ABSL_FLAG(std::vector<std::string>, checkpoints, {},
          "ledger verify: files with checkpoints kept elsewhere, separated by commas");

ABSL_FLAG(int64_t, after, 0, "ledger follow: records behind this position");
ABSL_FLAG(int64_t, until, 0, "ledger follow: ends at this position; 0 never ends");

ABSL_FLAG(std::string, member, "", "members/{id}");
ABSL_FLAG(int32_t, lifetime_seconds, 0, "token: seconds that it holds, 60 to 43200; 3600 when 0");
ABSL_FLAG(std::string, password_file, "", "File with a password, readable by its owner alone");
ABSL_FLAG(std::string, login, "admin", "Login name");
ABSL_FLAG(std::string, display_name, "", "members create: name in the office");
ABSL_FLAG(std::string, body, "", "bodies/{id}");
ABSL_FLAG(std::string, role, "",
          "grants create: viewer, contributor, officer, leader, administrator or auditor");
ABSL_FLAG(std::string, unit, "", "units/{id}");
ABSL_FLAG(std::string, unit_code, "", "Code of a unit on --on_date, instead of --unit");
ABSL_FLAG(absl::Duration, wait, absl::ZeroDuration(), "health: how long to wait for readiness");

ABSL_FLAG(
    std::string, trust, "",
    "agreements verify: folder with the certificates (PEM) of the authorities that you trust");
ABSL_FLAG(std::string, crls, "", "agreements verify: folder with their revocation lists");
ABSL_FLAG(std::string, as_of, "",
          "agreements verify: moment (RFC 3339) at which the signatures were there for certain; "
          "certificates revoked later count as good. Now when empty");
ABSL_FLAG(std::string, out, "", "agreements export: file to write; standard output when empty");
ABSL_FLAG(int32_t, version_number, 0,
          "agreements export: version of the agreement; the newest when 0");
