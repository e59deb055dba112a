// Between the contract's messages and the domain.
#ifndef PHOIHOP_SERVICES_DIRECTORY_RPC_CONVERTERS_H_
#define PHOIHOP_SERVICES_DIRECTORY_RPC_CONVERTERS_H_

#include <optional>
#include <string>

#include "absl/time/civil_time.h"
#include "common/fields/fields.h"
#include "phoihop/directory/v1/directory.pb.h"
#include "phoihop/directory/v1/resources.pb.h"
#include "services/directory/domain/body.h"
#include "services/directory/domain/people.h"
#include "services/directory/domain/register.h"
#include "services/directory/domain/register_import.h"

namespace phoihop::directory {

std::string BodyName(const std::string& id);
std::string MemberName(const std::string& id);
std::string GrantName(const std::string& id);

v1::AdministrativeUnit ToProto(int64_t id, const UnitVersion& version);
v1::Succession ToProto(const Succession& succession, const Register& reg);
v1::UnitHistory ToProto(const access::Unit& unit);
// Called as on `day`, or as last when it had ended by then.
v1::Body ToProto(const Body& body, absl::CivilDay day);
// That `to` carries on the duties of `from`.
v1::BodySuccession ToProto(const Body& from, const Body& to);
v1::Member ToProto(const Member& member);
v1::Grant ToProto(const Grant& grant);
v1::ImportRegisterResponse ToProto(const ImportPlan& plan, int64_t tree_version);

// These note violations under `field` and return what can be read.
Body ReadBody(const v1::Body& message, const std::string& field, Checker& checker);
Member ReadMember(const v1::Member& message, const std::string& field, Checker& checker);
Grant ReadGrant(const v1::Grant& message, const std::string& field, Checker& checker);
RegisterSnapshot ReadSnapshot(const v1::ImportRegisterRequest& request, Checker& checker);

}  // namespace phoihop::directory

#endif  // PHOIHOP_SERVICES_DIRECTORY_RPC_CONVERTERS_H_
