// Flags of phoihopctl beside those of common/config.
#ifndef PHOIHOP_SERVICES_CTL_FLAGS_H_
#define PHOIHOP_SERVICES_CTL_FLAGS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/flags/declare.h"
#include "absl/flags/flag.h"
#include "absl/time/time.h"

ABSL_DECLARE_FLAG(std::string, data);
ABSL_DECLARE_FLAG(std::string, gateway_address);
ABSL_DECLARE_FLAG(bool, gateway_tls);
ABSL_DECLARE_FLAG(absl::Duration, timeout);

ABSL_DECLARE_FLAG(std::string, snapshots);
ABSL_DECLARE_FLAG(std::string, exporter);
ABSL_DECLARE_FLAG(bool, validate_only);
ABSL_DECLARE_FLAG(std::string, on_date);
ABSL_DECLARE_FLAG(bool, check);

ABSL_DECLARE_FLAG(std::string, service);
ABSL_DECLARE_FLAG(std::vector<std::string>, checkpoints);

ABSL_DECLARE_FLAG(int64_t, after);
ABSL_DECLARE_FLAG(int64_t, until);

ABSL_DECLARE_FLAG(std::string, member);
ABSL_DECLARE_FLAG(int32_t, lifetime_seconds);
ABSL_DECLARE_FLAG(std::string, password_file);
ABSL_DECLARE_FLAG(std::string, login);
ABSL_DECLARE_FLAG(std::string, display_name);
ABSL_DECLARE_FLAG(std::string, body);
ABSL_DECLARE_FLAG(std::string, role);
ABSL_DECLARE_FLAG(std::string, unit);
ABSL_DECLARE_FLAG(std::string, unit_code);
ABSL_DECLARE_FLAG(absl::Duration, wait);

ABSL_DECLARE_FLAG(std::string, trust);
ABSL_DECLARE_FLAG(std::string, crls);
ABSL_DECLARE_FLAG(std::string, as_of);
ABSL_DECLARE_FLAG(std::string, out);
ABSL_DECLARE_FLAG(int32_t, version_number);

#endif  // PHOIHOP_SERVICES_CTL_FLAGS_H_
