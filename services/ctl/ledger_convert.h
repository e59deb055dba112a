// Ledger records and checkpoints from the wire, as the verifier takes them.
#ifndef PHOIHOP_SERVICES_CTL_LEDGER_CONVERT_H_
#define PHOIHOP_SERVICES_CTL_LEDGER_CONVERT_H_

#include "common/ledger/record.h"
#include "phoihop/ledger/v1/ledger.pb.h"

namespace phoihop::ctl {

// A day that cannot be read becomes the first day of year 0, which no hash covers: the
// verifier then finds the record changed.
ledger::Record FromProto(const phoihop::ledger::v1::Record& record);
ledger::Checkpoint FromProto(const phoihop::ledger::v1::Checkpoint& checkpoint);

}  // namespace phoihop::ctl

#endif  // PHOIHOP_SERVICES_CTL_LEDGER_CONVERT_H_
