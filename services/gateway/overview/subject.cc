#include "services/gateway/overview/subject.h"

#include "common/fields/fields.h"
#include "common/names/names.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/time/civil.h"
#include "phoihop/directory/v1/resources.pb.h"
#include "phoihop/gateway/v1/gateway.pb.h"

namespace phoihop::gateway {
namespace {

constexpr char kPermission[] = "gateway.overview.read";
constexpr char kUnitType[] = "phoihop.directory.v1.AdministrativeUnit";

}  // namespace

absl::Status Subject::NotFound() const { return phoihop::NotFound(kUnitType, asked_as); }

absl::StatusOr<Subject> FindSubject(const rpc::RequestContext& context,
                                    const access::Snapshot& snapshot,
                                    const v1::GetUnitOverviewRequest& request) {
  Checker check;
  Subject subject;
  if (request.unit().empty() == request.unit_code().empty()) {
    check.Add("unit", "UNIT_OR_CODE",
              {"Name the unit either by `unit` or by `unit_code`.",
               "Hãy nêu đơn vị bằng `unit` hoặc bằng `unit_code`, chỉ một trong hai."});
  } else if (!request.unit().empty()) {
    subject.unit = check.Unit("unit", request.unit());
  } else {
    check.Text("unit_code", request.unit_code(), 1, 20);
  }
  subject.day = check.OptionalDay("on_date", request.on_date()).value_or(VietnamDay(context.now()));
  subject.since = check.OptionalDay("since", request.since());
  if (check.ok() && subject.since.has_value() && *subject.since > subject.day) {
    check.Add("since", "AFTER_ON_DATE",
              {"`since` is after `on_date`.", "`since` sau ngày `on_date`."});
  }
  RETURN_IF_ERROR(check.status());
  subject.asked_as = request.unit().empty() ? request.unit_code() : request.unit();
  if (request.unit().empty()) {
    const std::optional<int64_t> found = snapshot.tree->Resolve(request.unit_code(), subject.day);
    if (!found.has_value()) return subject.NotFound();
    subject.unit = *found;
  }
  RETURN_IF_ERROR(access::RequireUnit(snapshot, context.caller(), kPermission, subject.unit,
                                      subject.day, kUnitType, subject.asked_as));
  return subject;
}

directory::v1::AdministrativeUnit UnitFromTree(const access::UnitTree& tree,
                                               const Subject& subject) {
  directory::v1::AdministrativeUnit unit;
  unit.set_name(UnitName(subject.unit));
  const access::Unit* known = tree.Find(subject.unit);
  const access::UnitVersion* version = known == nullptr ? nullptr : known->On(subject.day);
  if (version == nullptr) return unit;
  unit.set_code(version->code);
  unit.set_display_name(version->name);
  unit.set_kind(version->kind);
  unit.set_level(version->level);
  if (version->parent != 0) unit.set_parent(UnitName(version->parent));
  if (version->from > kFirstDay) unit.set_valid_from(FormatDay(version->from));
  if (version->until < kEndOfDays) unit.set_valid_until(FormatDay(version->until));
  return unit;
}

}  // namespace phoihop::gateway
