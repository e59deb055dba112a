// The fields by which agreements are listed.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_RPC_LIST_FIELDS_H_
#define PHOIHOP_SERVICES_AGREEMENTS_RPC_LIST_FIELDS_H_

#include "common/filter/filter.h"

namespace phoihop::agreements {

// What `filter` and `order_by` of ListAgreements know; the contract documents them.
const filter::Fields& ListFields();

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_RPC_LIST_FIELDS_H_
