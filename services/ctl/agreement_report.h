#ifndef PHOIHOP_SERVICES_CTL_AGREEMENT_REPORT_H_
#define PHOIHOP_SERVICES_CTL_AGREEMENT_REPORT_H_

#include <string>

#include "phoihop/agreements/v1/agreements.pb.h"
#include "services/agreements/signatures/bundle.h"

namespace phoihop::ctl {

// What a verification found, line by line, in Vietnamese with English beside it.
std::string AgreementReport(const agreements::Bundle& bundle,
                            const agreements::BundleFindings& findings);

// The bundle of an agreement whose text this is. `exported_at` is RFC 3339.
agreements::Bundle MakeBundle(const agreements::v1::Agreement& agreement,
                              const agreements::v1::AgreementText& text, std::string exported_at);

}  // namespace phoihop::ctl

#endif  // PHOIHOP_SERVICES_CTL_AGREEMENT_REPORT_H_
