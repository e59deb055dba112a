// Looks for malware in files.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_ATTACHMENTS_SCANNER_H_
#define PHOIHOP_SERVICES_AGREEMENTS_ATTACHMENTS_SCANNER_H_

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace phoihop::agreements {

// Thread safe.
class Scanner {
 public:
  virtual ~Scanner() = default;

  // OK when nothing was found. INVALID_ARGUMENT naming `field` with MALWARE when something was;
  // UNAVAILABLE with SCANNER_UNAVAILABLE when nobody can tell before the deadline.
  virtual absl::Status Scan(std::string_view field, std::string_view bytes,
                            absl::Time deadline) const = 0;
};

// ClamAV's clamd (command INSTREAM) at `address`: the path of a unix socket, or host:port.
// clamd's StreamMaxLength must be 25 MB or more (its default): what it refuses to read is
// SCANNER_UNAVAILABLE. Never waits longer than `patience`.
std::unique_ptr<Scanner> NewClamdScanner(std::string address,
                                         absl::Duration patience = absl::Seconds(60));

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_ATTACHMENTS_SCANNER_H_
