#include "services/directory/domain/register.h"

#include <utility>

namespace phoihop::directory {

const UnitVersion* UnitHistory::On(absl::CivilDay day) const {
  for (auto it = versions.rbegin(); it != versions.rend(); ++it) {
    if (it->Holds(day)) return &*it;
  }
  return nullptr;
}

Register NewRegister() {
  UnitVersion country;
  country.code = "VN";
  country.name = "Việt Nam";
  country.level = std::string(access::kCountryLevel);
  Register reg;
  reg.units[access::kCountryUnit] = {access::kCountryUnit, 1, {country}};
  return reg;
}

std::shared_ptr<const access::UnitTree> TreeOf(const Register& reg) {
  access::UnitTree::Builder builder;
  for (const auto& [id, unit] : reg.units) {
    for (const UnitVersion& version : unit.versions) {
      builder.Add(id, access::UnitVersion{version.from, version.until, version.code, version.name,
                                          version.kind, version.level, version.parent});
    }
  }
  return std::move(builder).Build(reg.version);
}

}  // namespace phoihop::directory
