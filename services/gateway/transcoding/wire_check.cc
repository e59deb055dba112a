#include "services/gateway/transcoding/wire_check.h"

#include <cstdint>
#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/status/views.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/wire_format_lite.h"
#include "services/gateway/transcoding/json_reader.h"
#include "services/gateway/transcoding/refusals.h"
#include "services/gateway/transcoding/utf8.h"

namespace phoihop::gateway {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;

absl::Status Walk(std::string_view bytes, const Descriptor& descriptor, const std::string& path,
                  int depth) {
  if (depth > kMaxJsonDepth) return TooDeep(path);
  CodedInputStream in(reinterpret_cast<const uint8_t*>(bytes.data()),
                      static_cast<int>(bytes.size()));
  std::map<int, int> counts;
  while (const uint32_t tag = in.ReadTag()) {
    const FieldDescriptor* field =
        descriptor.FindFieldByNumber(WireFormatLite::GetTagFieldNumber(tag));
    switch (WireFormatLite::GetTagWireType(tag)) {
      case WireFormatLite::WIRETYPE_VARINT: {
        uint64_t value;
        if (!in.ReadVarint64(&value)) return MalformedMessage(path);
        break;
      }
      case WireFormatLite::WIRETYPE_FIXED64:
        if (!in.Skip(8)) return MalformedMessage(path);
        break;
      case WireFormatLite::WIRETYPE_FIXED32:
        if (!in.Skip(4)) return MalformedMessage(path);
        break;
      case WireFormatLite::WIRETYPE_LENGTH_DELIMITED: {
        uint32_t length = 0;
        if (!in.ReadVarint32(&length)) return MalformedMessage(path);
        const size_t start = in.CurrentPosition();
        if (length > bytes.size() - start || !in.Skip(static_cast<int>(length))) {
          return MalformedMessage(path);
        }
        if (field == nullptr) break;
        const std::string_view inside = bytes.substr(start, length);
        const auto child = [&] {
          std::string name = JoinPath(path, field->json_name());
          if (field->is_repeated()) absl::StrAppend(&name, "[", counts[field->number()], "]");
          return name;
        };
        if (field->type() == FieldDescriptor::TYPE_STRING) {
          if (!IsUtf8(inside)) return InvalidUtf8(child());
          if (inside.find('\0') != std::string_view::npos) return NulCharacter(child());
        } else if (field->type() == FieldDescriptor::TYPE_MESSAGE) {
          RETURN_IF_ERROR(Walk(inside, *field->message_type(), child(), depth + 1));
        }
        if (field->is_repeated()) ++counts[field->number()];
        break;
      }
      default:
        // Groups, which no contract here has.
        return MalformedMessage(path);
    }
  }
  if (!in.ConsumedEntireMessage()) return MalformedMessage(path);
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckWire(std::string_view bytes, const Descriptor& descriptor) {
  return Walk(bytes, descriptor, "", 1);
}

}  // namespace phoihop::gateway
