// The parts of an office document (OPC, ECMA-376) as its `[Content_Types].xml` names them. Pure.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_ATTACHMENTS_OFFICE_PARTS_H_
#define PHOIHOP_SERVICES_AGREEMENTS_ATTACHMENTS_OFFICE_PARTS_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace phoihop::agreements {

// A part with a type of its own.
struct OfficePart {
  // Lower case, without the leading slash: as an entry of the archive is called.
  std::string name;
  std::string content_type;

  friend bool operator==(const OfficePart&, const OfficePart&) = default;
};

// The `Override` elements of the file; nothing when it is no plain XML: with a document type or
// entities, or with an element that does not end.
std::optional<std::vector<OfficePart>> ReadOfficeParts(std::string_view content_types);

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_ATTACHMENTS_OFFICE_PARTS_H_
