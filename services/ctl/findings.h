#ifndef PHOIHOP_SERVICES_CTL_FINDINGS_H_
#define PHOIHOP_SERVICES_CTL_FINDINGS_H_

#include <string>

#include "common/ledger/verify.h"

namespace phoihop::ctl {

// What is wrong with a ledger, in Vietnamese.
std::string FindingText(ledger::Finding::Kind kind);

}  // namespace phoihop::ctl

#endif  // PHOIHOP_SERVICES_CTL_FINDINGS_H_
