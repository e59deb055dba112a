// What a process tells of itself: version, memory, files, threads, certificates.
#ifndef PHOIHOP_COMMON_TELEMETRY_PROCESS_H_
#define PHOIHOP_COMMON_TELEMETRY_PROCESS_H_

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace phoihop {

// The version that this was built as, `0.1.0` or `0.1.0+REVISION` (cmake -DPHOIHOP_REVISION=).
std::string_view Version();

// Exports phoihop_build_info and the usual process_* metrics, read before each scrape, until
// the handle is destroyed.
std::shared_ptr<void> ExportProcess();

// The end of validity of the first certificate in a PEM file.
absl::StatusOr<absl::Time> CertificateExpiry(const std::string& pem_file);

// Exports phoihop_tls_certificate_expiry_timestamp_seconds{name} for a PEM file, until the handle
// is destroyed. Read again at most every ten seconds, since it is renewed while this runs; one that
// cannot be read counts as expired, 0.
std::shared_ptr<void> ExportCertificate(const std::string& pem_file, const std::string& name);

}  // namespace phoihop

#endif  // PHOIHOP_COMMON_TELEMETRY_PROCESS_H_
