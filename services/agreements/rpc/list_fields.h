// The fields by which agreements are listed.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_RPC_LIST_FIELDS_H_
#define PHOIHOP_SERVICES_AGREEMENTS_RPC_LIST_FIELDS_H_

#include "common/filter/filter.h"
#include "services/agreements/store/agreement_store.h"

namespace phoihop::agreements {

// What `filter` and `order_by` of ListAgreements know; the contract documents them.
const filter::Fields& ListFields();

// The same filter, with conditions on `document_number` made to find the number however it was
// typed: by the rule of its uniqueness (domain/document_number.h), through the field
// kDocumentKeyField, which stores know and filters cannot name. A part of a number (`:`) is looked
// for in that form and as it was typed.
filter::Expr FindNumbers(filter::Expr expr);

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_RPC_LIST_FIELDS_H_
