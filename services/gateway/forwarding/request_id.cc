#include "services/gateway/forwarding/request_id.h"

#include <cstdint>

#include "google/protobuf/descriptor.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/wire_format_lite.h"

namespace phoihop::gateway {

using google::protobuf::FieldDescriptor;
using google::protobuf::internal::WireFormatLite;

bool CarriesRequestId(std::string_view message, const google::protobuf::Descriptor& type) {
  const FieldDescriptor* const field = type.FindFieldByName("request_id");
  if (field == nullptr || field->type() != FieldDescriptor::TYPE_STRING || field->is_repeated()) {
    return false;
  }
  const uint32_t wanted =
      WireFormatLite::MakeTag(field->number(), WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
  google::protobuf::io::CodedInputStream input(reinterpret_cast<const uint8_t*>(message.data()),
                                               static_cast<int>(message.size()));
  bool carries = false;
  while (const uint32_t tag = input.ReadTag()) {
    if (tag != wanted) {
      if (!WireFormatLite::SkipField(&input, tag)) return false;
      continue;
    }
    uint32_t length = 0;
    if (!input.ReadVarint32(&length) || !input.Skip(static_cast<int>(length))) return false;
    // Given twice, the last one counts.
    carries = length > 0;
  }
  return carries;
}

}  // namespace phoihop::gateway
