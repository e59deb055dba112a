#include "common/config/flags.h"

ABSL_FLAG(std::string, address, "127.0.0.1", "Address to listen on");
ABSL_FLAG(int, port, 0, "Port to listen on; 0 takes a free one");
ABSL_FLAG(std::string, metrics_address, "", "Address for /metrics; --address when empty");
ABSL_FLAG(int, metrics_port, 0, "Port for /metrics; 0 turns it off");
ABSL_FLAG(bool, reflection, true, "Whether clients may list services and types");
ABSL_FLAG(
    bool, probe, false,
    "Ask the process that runs with these flags whether it serves, then end: with 0 if it does");
ABSL_FLAG(std::string, tls_dir, "",
          "Folder with ca.pem, cert.pem and key.pem of this process, read again when they change: "
          "connections between processes are encrypted and both sides show who they are. "
          "Empty: neither");
ABSL_FLAG(std::string, outer_tls_dir, "",
          "The gateway: folder with ca.pem, cert.pem and key.pem for its gRPC port, where clients "
          "need no certificate. Empty: not encrypted, for a proxy in front that ends TLS");
ABSL_FLAG(int, workers, 64, "Requests that are worked on at once; they may wait for the database");
ABSL_FLAG(int, queue, 1024, "Requests that wait for a worker; further ones are refused");
ABSL_FLAG(int, lanes, 4, "Write lanes, each with a database connection");
ABSL_FLAG(absl::Duration, drain_grace, absl::Seconds(10),
          "How long the end of the process waits for running requests");

ABSL_FLAG(std::string, mysql_socket, "", "Unix socket of the database; wins over --mysql_host");
ABSL_FLAG(std::string, mysql_host, "", "Host of the database");
ABSL_FLAG(int, mysql_port, 3306, "Port of the database");
ABSL_FLAG(std::string, mysql_user, "", "User at the database");
ABSL_FLAG(std::string, mysql_password_file, "",
          "File with the user's password, readable by its owner alone; read again for each "
          "connection");
ABSL_FLAG(std::string, mysql_tls_ca_file, "",
          "With --mysql_host: file with the authority of the database's certificate. Connections "
          "are encrypted, and the server's name is checked");
ABSL_FLAG(std::string, mysql_tls_cert_file, "",
          "Certificate to show to the database, where it asks for one");
ABSL_FLAG(std::string, mysql_tls_key_file, "", "The key of --mysql_tls_cert_file");
ABSL_FLAG(std::string, mysql_database, "", "Name of the database");
ABSL_FLAG(bool, migrate_only, false,
          "Bring the database and its service user up to date, then end");
ABSL_FLAG(std::string, mysql_service_user, "",
          "With --migrate_only: the user with least privileges to make");
ABSL_FLAG(std::string, mysql_service_password_file, "",
          "With --migrate_only: file with that user's password");
ABSL_FLAG(std::string, checkpoint_file, "",
          "File to which signed checkpoints of the ledger are appended");
ABSL_FLAG(absl::Duration, request_retention, absl::Hours(24 * 7),
          "How long the answer to a request id is remembered, at least 1h: a repeat later is a new "
          "request. Of the ledger nothing is ever forgotten");

ABSL_FLAG(std::string, signing_key_file, "", "File with this service's private key");
ABSL_FLAG(std::string, trusted_keys_dir, "", "Folder with the public keys of all services");
ABSL_FLAG(std::string, page_token_key_file, "", "File with the key that seals page tokens");

ABSL_FLAG(std::string, directory_address, "127.0.0.1:7101",
          "Address of the directory: host:port, dns:///name:port for all that the name stands "
          "for, or a list of IP:port separated by commas");
ABSL_FLAG(std::string, agreements_address, "127.0.0.1:7102",
          "Address of agreements, written in the same ways");
ABSL_FLAG(std::string, opinions_address, "127.0.0.1:7103",
          "Address of opinions, written in the same ways");
ABSL_FLAG(std::string, reporting_address, "127.0.0.1:7104",
          "Address of reporting, written in the same ways");

ABSL_FLAG(std::string, log_level, "info",
          "Least level that is logged: debug, info, warning, error");
