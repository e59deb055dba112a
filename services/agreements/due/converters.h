// Obligations and notices, from the domain to the wire.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_DUE_CONVERTERS_H_
#define PHOIHOP_SERVICES_AGREEMENTS_DUE_CONVERTERS_H_

#include "absl/time/civil_time.h"
#include "common/ledger/command.h"
#include "common/time/work_calendar.h"
#include "phoihop/agreements/v1/due.pb.h"
#include "services/agreements/deadlines/stored_obligation.h"
#include "services/agreements/due/due_store.h"

namespace phoihop::agreements {

v1::Obligation ToProto(const StoredObligation& stored);
v1::Notice ToProto(const StoredNotice& stored);
v1::DueCounts ToProto(const DueNumbers& numbers);

// An obligation as of `today`.
v1::DueItem ToItem(const StoredObligation& stored, absl::CivilDay today,
                   const WorkCalendar& calendar);

// A move, pause or escalation as a record of the ledger; it holds from `effective`.
ledger::Change ChangeOf(const StoredObligation& stored, absl::CivilDay effective);

// Someone read a notice, as a record of the ledger.
ledger::Change ChangeOf(const StoredNotice& stored, absl::CivilDay effective);

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_DUE_CONVERTERS_H_
