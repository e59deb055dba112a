#ifndef PHOIHOP_SERVICES_CTL_AGREEMENT_REPORT_H_
#define PHOIHOP_SERVICES_CTL_AGREEMENT_REPORT_H_

#include <string>

#include "services/agreements/signatures/bundle.h"

namespace phoihop::ctl {

// What a verification found, in Vietnamese with English beside it: what is proven, then what the
// file states and no signature covers, then what it comes to. Nothing that is only stated stands
// under "ĐÚNG / GOOD".
std::string AgreementReport(const agreements::Bundle& bundle,
                            const agreements::BundleFindings& findings);

}  // namespace phoihop::ctl

#endif  // PHOIHOP_SERVICES_CTL_AGREEMENT_REPORT_H_
