#include "services/agreements/rpc/list_fields.h"

#include <string>
#include <utility>
#include <variant>

#include "absl/strings/ascii.h"
#include "phoihop/agreements/v1/resources.pb.h"
#include "services/agreements/domain/document_number.h"

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
      {.name = "update_time", .type = Type::kTime, .sorts = true, .filters = false},
  };
  return *fields;
}

filter::Expr FindNumbers(filter::Expr expr) {
  using filter::Expr;
  for (Expr& part : expr.parts) part = FindNumbers(std::move(part));
  if (expr.kind != Expr::Kind::kCompare || expr.field != "document_number") return expr;
  Expr by_key = expr;
  by_key.field = std::string(kDocumentKeyField);
  std::string& key = std::get<std::string>(by_key.value);
  key = DocumentKey(key);
  if (expr.op != Expr::Op::kContains) return by_key;
  // Its leading number is compared as a whole, without zeros: "04" is no part of "104-CTr".
  if (!key.empty() && absl::ascii_isdigit(key[0])) by_key.op = Expr::Op::kPrefix;
  return {.kind = Expr::Kind::kOr, .parts = {std::move(expr), std::move(by_key)}};
}

}  // namespace phoihop::agreements
