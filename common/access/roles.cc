#include "common/access/roles.h"

#include <algorithm>

namespace phoihop::access {
namespace {

struct Row {
  std::string_view permission;
  // Who has it, in this order: viewer, contributor, officer, leader,
  // administrator, auditor. 'x' for yes.
  std::string_view holders;
};

constexpr std::string_view kRoles[] = {"viewer", "contributor",   "officer",
                                       "leader", "administrator", "auditor"};

// An administrator keeps the register and the members and reads everything, but
// writes, signs and approves nothing in a body's name; for that a member needs a
// role that says so. An auditor reads members and the audit trail, no records.
//                                   viewer contributor officer leader administrator auditor
constexpr Row kTable[] = {
    {"agreements.agreement.read", "xxxxx."},       //
    {"agreements.agreement.write", "..xx.."},      //
    {"agreements.agreement.sign", "...x.."},       //
    {"agreements.attachment.write", ".xxx.."},     //
    {"agreements.comment.write", "..xx.."},        //
    {"agreements.commitment.confirm", "..xx.."},   //
    {"agreements.commitment.write", ".xxx.."},     //
    {"agreements.delivery.write", ".xxx.."},       //
    {"agreements.dissemination.write", ".xxx.."},  //
    {"agreements.due.read", "xxxxx."},             //
    {"agreements.duty.write", "..xx.."},           //
    {"agreements.event.write", "..xx.."},          //
    {"agreements.plan.approve", "...x.."},         //
    {"agreements.plan.write", "..xx.."},           //
    {"agreements.review.approve", "...x.."},       //
    {"agreements.review.write", "..xx.."},         //
    {"directory.body.write", "....x."},            //
    {"directory.calendar.write", "....x."},        //
    {"directory.grant.write", "....x."},           //
    {"directory.member.read", "....xx"},           //
    {"directory.member.write", "....x."},          //
    {"directory.unit.import", "....x."},           //
    {"gateway.credential.write", "....x."},        //
    {"gateway.overview.read", "xxxxx."},           //
    {"gateway.token.issue", "....x."},             //
    {"opinions.entry.read", "xxxxx."},             //
    {"opinions.entry.write", ".xxx.."},            //
    {"opinions.petition.read", "xxxxx."},          //
    {"opinions.petition.write", ".xxx.."},         //
    {"reporting.report.read", "xxxxx."},           //
    {"reporting.report.write", "..xx.."},          //
};

const Row* Find(std::string_view permission) {
  for (const Row& row : kTable) {
    if (row.permission == permission) return &row;
  }
  return nullptr;
}

}  // namespace

const std::vector<std::string_view>& Roles() {
  static const auto* const roles =
      new std::vector<std::string_view>(std::begin(kRoles), std::end(kRoles));
  return *roles;
}

bool IsRole(std::string_view role) {
  return std::find(std::begin(kRoles), std::end(kRoles), role) != std::end(kRoles);
}

bool RoleHas(std::string_view role, std::string_view permission) {
  const auto* at = std::find(std::begin(kRoles), std::end(kRoles), role);
  const Row* row = Find(permission);
  return at != std::end(kRoles) && row != nullptr && row->holders[at - kRoles] == 'x';
}

bool IsPermission(std::string_view permission) { return Find(permission) != nullptr; }

}  // namespace phoihop::access
