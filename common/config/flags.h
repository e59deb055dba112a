// Flags that several programs share, declared once. A program declares further
// ones of its own beside its main(). Each may also be set by the environment:
// --mysql_user by PHOIHOP_MYSQL_USER; the command line wins.
#ifndef PHOIHOP_COMMON_CONFIG_FLAGS_H_
#define PHOIHOP_COMMON_CONFIG_FLAGS_H_

#include <string>

#include "absl/flags/declare.h"
#include "absl/flags/flag.h"
#include "absl/time/time.h"

// Where the service listens.
ABSL_DECLARE_FLAG(std::string, address);
ABSL_DECLARE_FLAG(int, port);
ABSL_DECLARE_FLAG(std::string, metrics_address);
ABSL_DECLARE_FLAG(int, metrics_port);
ABSL_DECLARE_FLAG(bool, reflection);

ABSL_DECLARE_FLAG(bool, probe);

// Certificates: of the connections between processes, and of the gateway's port for clients.
ABSL_DECLARE_FLAG(std::string, tls_dir);
ABSL_DECLARE_FLAG(std::string, outer_tls_dir);

// How much it takes on.
ABSL_DECLARE_FLAG(int, workers);
ABSL_DECLARE_FLAG(int, queue);
ABSL_DECLARE_FLAG(int, lanes);
ABSL_DECLARE_FLAG(absl::Duration, drain_grace);

// Its database.
ABSL_DECLARE_FLAG(std::string, mysql_socket);
ABSL_DECLARE_FLAG(std::string, mysql_host);
ABSL_DECLARE_FLAG(int, mysql_port);
ABSL_DECLARE_FLAG(std::string, mysql_user);
ABSL_DECLARE_FLAG(std::string, mysql_password_file);
ABSL_DECLARE_FLAG(std::string, mysql_tls_ca_file);
ABSL_DECLARE_FLAG(std::string, mysql_tls_cert_file);
ABSL_DECLARE_FLAG(std::string, mysql_tls_key_file);
ABSL_DECLARE_FLAG(std::string, mysql_database);
ABSL_DECLARE_FLAG(bool, migrate_only);
ABSL_DECLARE_FLAG(std::string, mysql_service_user);
ABSL_DECLARE_FLAG(std::string, mysql_service_password_file);
ABSL_DECLARE_FLAG(std::string, checkpoint_file);
ABSL_DECLARE_FLAG(absl::Duration, request_retention);

// Keys.
ABSL_DECLARE_FLAG(std::string, signing_key_file);
ABSL_DECLARE_FLAG(std::string, trusted_keys_dir);
ABSL_DECLARE_FLAG(std::string, page_token_key_file);

// The other services.
ABSL_DECLARE_FLAG(std::string, directory_address);
ABSL_DECLARE_FLAG(std::string, agreements_address);
ABSL_DECLARE_FLAG(std::string, opinions_address);
ABSL_DECLARE_FLAG(std::string, reporting_address);

ABSL_DECLARE_FLAG(std::string, log_level);

#endif  // PHOIHOP_COMMON_CONFIG_FLAGS_H_
