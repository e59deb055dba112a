// Reads the mapping rows of a snapshot: which commune went where.
#ifndef PHOIHOP_SERVICES_DIRECTORY_DOMAIN_MAPPING_H_
#define PHOIHOP_SERVICES_DIRECTORY_DOMAIN_MAPPING_H_

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "services/directory/domain/register_import.h"

namespace phoihop::directory {

// Gathers what is left out, by reason, in order of first occurrence.
class LeftOutList {
 public:
  void Add(const std::string& reason, const std::string& code, const std::string& name);
  std::vector<LeftOut> Take() { return std::move(list_); }

 private:
  std::vector<LeftOut> list_;
};

// A commune and its successor's code in the snapshot.
struct Edge {
  int64_t from_unit = 0;
  std::string to_code;
  bool derived = false;
};

// What the rows say.
struct PlacedMappings {
  // Each pair once, in order of the rows.
  std::vector<Edge> edges;
  // How many different successors a unit has by the rows, those without a place
  // among them: such a unit is split even if one of its edges is left out.
  std::map<int64_t, std::set<std::string>> successors;
  // How many different predecessors a new code has, those without a place among them.
  std::map<std::string, std::set<std::string>> predecessors;
  MappingCounts counts;
};

// Places the rows. `reg` is the register before the snapshot's day, `commune_province`
// maps the snapshot's commune codes to the full names of their provinces.
PlacedMappings PlaceMappings(const Register& reg, const RegisterSnapshot& snapshot,
                             const std::map<std::string, std::string>& commune_province,
                             LeftOutList& left_out);

// The unit just below the country to which `id` belonged on `day`; 0 when none.
int64_t ProvinceOn(const Register& reg, int64_t id, absl::CivilDay day);

}  // namespace phoihop::directory

#endif  // PHOIHOP_SERVICES_DIRECTORY_DOMAIN_MAPPING_H_
