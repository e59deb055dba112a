// Records and checkpoints as protobuf messages.
#ifndef PHOIHOP_COMMON_LEDGER_WIRE_H_
#define PHOIHOP_COMMON_LEDGER_WIRE_H_

#include "common/ledger/record.h"
#include "phoihop/ledger/v1/ledger.pb.h"

namespace phoihop::ledger {

v1::Head ToProto(const Head& head);
v1::Record ToProto(Record record);
v1::Checkpoint ToProto(const Checkpoint& checkpoint);

}  // namespace phoihop::ledger

#endif  // PHOIHOP_COMMON_LEDGER_WIRE_H_
