#include "services/agreements/rpc/list_fields.h"

#include "phoihop/agreements/v1/resources.pb.h"

namespace phoihop::agreements {

const filter::Fields& ListFields() {
  using filter::Type;
  static const auto* const fields = new filter::Fields{
      {.name = "title", .type = Type::kText},
      {.name = "document_number", .type = Type::kText},
      {.name = "state",
       .type = Type::kEnum,
       .values = filter::EnumValues(*v1::Agreement::State_descriptor())},
      {.name = "level", .type = Type::kString},
      {.name = "party", .type = Type::kName, .pattern = "bodies/*"},
      {.name = "area",
       .type = Type::kEnum,
       .values = filter::EnumValues(*v1::Agreement::Area_descriptor())},
      {.name = "term_start", .type = Type::kDay, .sorts = true},
      {.name = "term_end", .type = Type::kDay},
      {.name = "in_force_date", .type = Type::kDay},
  };
  return *fields;
}

}  // namespace phoihop::agreements
