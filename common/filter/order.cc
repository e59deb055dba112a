#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/filter/filter.h"
#include "common/status/errors.h"
#include "common/status/views.h"

namespace phoihop::filter {
namespace {

absl::Status Refuse(std::string_view reason, std::string_view en, std::string_view vi,
                    const Fields& fields) {
  std::vector<std::string> names;
  for (const Field& field : fields) {
    if (field.sorts) names.push_back(field.name);
  }
  const std::string known = absl::StrJoin(names, ", ");
  return InvalidField("order_by", reason,
                      {absl::StrCat(AbslView(en), " Lists are ordered by: ", known,
                                    "; \"desc\" after a name turns it."),
                       absl::StrCat(AbslView(vi), " Có thể sắp xếp theo: ", known,
                                    "; thêm \"desc\" sau tên để đảo chiều.")});
}

}  // namespace

absl::StatusOr<Order> ParseOrderBy(std::string_view order_by, const Fields& fields) {
  Order order;
  if (order_by.size() > kMaxCharacters) {
    return Refuse("TOO_MANY_FIELDS", "This order is too long.", "Thứ tự này quá dài.", fields);
  }
  if (absl::StripAsciiWhitespace(AbslView(order_by)).empty()) return order;
  for (const absl::string_view part : absl::StrSplit(AbslView(order_by), ',')) {
    const std::vector<std::string> words =
        absl::StrSplit(part, absl::ByAnyChar(" \t"), absl::SkipEmpty());
    if (words.empty() || words.size() > 2 ||
        (words.size() == 2 && words[1] != "desc" && words[1] != "asc")) {
      return Refuse("ORDER_SYNTAX", "Write fields apart by commas, each with \"desc\" or nothing.",
                    "Hãy viết các trường cách nhau bằng dấu phẩy, mỗi trường kèm \"desc\" hoặc "
                    "không kèm gì.",
                    fields);
    }
    const auto field = std::find_if(fields.begin(), fields.end(),
                                    [&](const Field& f) { return f.sorts && f.name == words[0]; });
    if (field == fields.end()) {
      return Refuse("UNKNOWN_FIELD", "The list cannot be ordered by this field.",
                    "Không thể sắp xếp theo trường này.", fields);
    }
    if (std::any_of(order.begin(), order.end(),
                    [&](const OrderField& f) { return f.field == field->name; })) {
      return Refuse("FIELD_TWICE", "A field is named twice.", "Một trường được nêu hai lần.",
                    fields);
    }
    order.push_back({field->name, field->type, words.size() == 2 && words[1] == "desc"});
    if (order.size() > kMaxOrderFields) {
      return Refuse("TOO_MANY_FIELDS", absl::StrCat("At most ", kMaxOrderFields, " fields."),
                    absl::StrCat("Tối đa ", kMaxOrderFields, " trường."), fields);
    }
  }
  return order;
}

}  // namespace phoihop::filter
