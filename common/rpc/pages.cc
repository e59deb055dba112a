#include "common/rpc/pages.h"

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <utility>

#include "common/status/macros.h"
#include "google/protobuf/descriptor.h"

namespace phoihop::rpc {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// The field of that name if it has that type and is not repeated, otherwise null.
const FieldDescriptor* FindSingle(const Message& message, std::string_view name,
                                  FieldDescriptor::CppType type) {
  const FieldDescriptor* const field =
      message.GetDescriptor()->FindFieldByName({name.data(), name.size()});
  return field != nullptr && !field->is_repeated() && field->cpp_type() == type ? field : nullptr;
}

// The only list of messages, otherwise null.
const FieldDescriptor* FindRows(const Message& message) {
  const FieldDescriptor* rows = nullptr;
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* const field = message.GetDescriptor()->field(i);
    if (!field->is_repeated() || field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) continue;
    if (rows != nullptr) return nullptr;
    rows = field;
  }
  return rows;
}

}  // namespace

UnaryMethod BoundPages(UnaryMethod method, size_t limit) {
  const FieldDescriptor* const page_size =
      FindSingle(*method.request, "page_size", FieldDescriptor::CPPTYPE_INT32);
  const FieldDescriptor* const rows = FindRows(*method.response);
  if (page_size == nullptr || rows == nullptr ||
      FindSingle(*method.response, "next_page_token", FieldDescriptor::CPPTYPE_STRING) == nullptr) {
    return method;
  }
  method.handler = [ask = std::move(method.handler), page_size, rows, limit](
                       const RequestContext& context,
                       const Message& request) -> absl::StatusOr<MessagePtr> {
    ASSIGN_OR_RETURN(MessagePtr page, ask(context, request));
    MessagePtr shorter;
    while (true) {
      const int64_t count = page->GetReflection()->FieldSize(*page, rows);
      const size_t bytes = page->ByteSizeLong();
      if (bytes <= limit || count <= 1) return page;
      if (shorter == nullptr) {
        shorter.reset(request.New());
        shorter->CopyFrom(request);
      }
      // Rows differ: a little less than the share that fits.
      const auto fitting =
          static_cast<int64_t>(static_cast<double>(count) * 0.9 * static_cast<double>(limit) /
                               static_cast<double>(bytes));
      const auto asked = static_cast<int32_t>(std::clamp<int64_t>(fitting, 1, count - 1));
      shorter->GetReflection()->SetInt32(shorter.get(), page_size, asked);
      page.reset();
      ASSIGN_OR_RETURN(page, ask(context, *shorter));
      // A method that heeds no size cannot be helped.
      if (page->GetReflection()->FieldSize(*page, rows) > asked) return page;
    }
  };
  return method;
}

}  // namespace phoihop::rpc
