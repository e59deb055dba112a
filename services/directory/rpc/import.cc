// The handler of the register's import.
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/fields/fields.h"
#include "common/ledger/write.h"
#include "common/names/names.h"
#include "common/status/macros.h"
#include "services/directory/rpc/changes.h"
#include "services/directory/rpc/converters.h"
#include "services/directory/rpc/service.h"

namespace phoihop::directory {
namespace {

// Enters every changed unit and every succession into the ledger.
void Note(ledger::Transaction& tx, const ImportPlan& plan, const Register& after,
          absl::CivilDay date) {
  for (const UnitHistory& unit : plan.changed) {
    const std::string name = UnitName(unit.id);
    tx.Note(ChangeOf(ToProto(unit.id, unit.versions.back()), name, unit.revision, date, name));
  }
  for (const Succession& succession : plan.successions) {
    const std::string name = absl::StrCat(UnitName(succession.from_unit), "/successions/",
                                          succession.to_unit, "-", FormatDay(succession.date));
    tx.Note(ChangeOf(ToProto(succession, after), name, 1, date, UnitName(succession.from_unit)));
  }
}

}  // namespace

absl::StatusOr<v1::ImportRegisterResponse> DirectoryService::ImportRegister(
    const rpc::RequestContext& ctx, const v1::ImportRegisterRequest& request) const {
  Checker checker;
  checker.RequestId(request.request_id());
  const RegisterSnapshot snapshot = ReadSnapshot(request, checker);
  RETURN_IF_ERROR(checker.status());
  if (request.validate_only()) {
    ASSIGN_OR_RETURN(const auto view, parts_.cache->Units(ctx));
    ASSIGN_OR_RETURN(const ImportPlan plan, PlanImport(view->reg, snapshot));
    return ToProto(plan, view->reg.version);
  }
  return ledger::Write<v1::ImportRegisterResponse>(
      *parts_.writer, ctx, request, {"units"},
      [&](ledger::Transaction& tx) -> absl::StatusOr<v1::ImportRegisterResponse> {
        ASSIGN_OR_RETURN(phoihop::directory::Register reg, parts_.store->LockRegister(tx));
        ASSIGN_OR_RETURN(const ImportPlan plan, PlanImport(reg, snapshot));
        if (plan.empty() && plan.last_import == reg.last_import) return ToProto(plan, reg.version);
        const auto after = Applied(std::move(reg), plan);
        RETURN_IF_ERROR(parts_.store->SaveImport(tx, plan, after.version));
        Note(tx, plan, after, snapshot.date);
        return ToProto(plan, after.version);
      });
}

}  // namespace phoihop::directory
