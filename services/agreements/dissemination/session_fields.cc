#include "services/agreements/dissemination/session_store.h"

namespace phoihop::agreements::dissemination {

const filter::Fields& SessionFields() {
  using filter::Type;
  static const auto* const fields = new filter::Fields{
      {.name = "title", .type = Type::kText, .sorts = true},
      {.name = "kind",
       .type = Type::kEnum,
       .values = {{"CONFERENCE", 1}, {"TRAINING", 2}, {"ONLINE", 3}, {"BULLETIN", 4}, {"OTHER", 5}},
       .sorts = true},
      {.name = "unit", .type = Type::kUnit},
      {.name = "session_date", .type = Type::kDay, .sorts = true},
      {.name = "attendance_count", .type = Type::kInt, .sorts = true},
      {.name = "copy_count", .type = Type::kInt},
      {.name = "create_time", .type = Type::kTime, .sorts = true},
  };
  return *fields;
}

}  // namespace phoihop::agreements::dissemination
