// The rules of how an agreement ends.
#include <string_view>

#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/time/civil.h"
#include "services/agreements/domain/command_rules.h"

namespace phoihop::agreements::rules {

Result Run(const Agreement& agreement, const Conclude&, absl::Time now, std::string_view) {
  RETURN_IF_ERROR(RequireInForce(agreement));
  if (VietnamDay(now) <= agreement.term_end) {
    return Precondition("TERM_NOT_ENDED",
                        {"The term has not ended yet; terminate the agreement to end it before.",
                         "Thời hạn chưa kết thúc; muốn kết thúc sớm hãy chấm dứt chương trình."},
                        Name(agreement));
  }
  Change change = Begin(agreement, now);
  change.after.state = State::kConcluded;
  change.effective = InForceUntil(agreement);
  return change;
}

Result Run(const Agreement& agreement, const Terminate& command, absl::Time now, std::string_view) {
  RETURN_IF_ERROR(RequireInForce(agreement));
  const absl::CivilDay day = command.termination.date;
  if (day > VietnamDay(now)) {
    return InvalidField("date", "DATE_IN_FUTURE",
                        {"The day lies in the future.", "Ngày nằm trong tương lai."});
  }
  if (day < *agreement.in_force_date) {
    return InvalidField("date", "DATE_BEFORE_IN_FORCE",
                        {"The agreement was not in force yet on this day.",
                         "Vào ngày này chương trình chưa có hiệu lực."});
  }
  if (day > agreement.term_end) {
    return InvalidField("date", "DATE_AFTER_TERM",
                        {"The term has ended by this day; conclude the agreement.",
                         "Thời hạn đã kết thúc trước ngày này; hãy kết thúc chương trình."});
  }
  Change change = Begin(agreement, now);
  change.after.state = State::kTerminated;
  change.after.termination = command.termination;
  change.after.ended_from = day;
  change.effective = day;
  return change;
}

Result Run(const Agreement& agreement, const Supersede& command, absl::Time now, std::string_view) {
  RETURN_IF_ERROR(RequireInForce(agreement));
  constexpr std::string_view kField = "successor";
  if (!command.successor.has_value()) {
    return InvalidField(kField, "SUCCESSOR_UNKNOWN",
                        {"The successor does not exist or you may not read it.",
                         "Chương trình kế tiếp không tồn tại hoặc bạn không có quyền xem."});
  }
  const Agreement& successor = *command.successor;
  if (successor.id == agreement.id) {
    return InvalidField(
        kField, "SUCCESSOR_IS_SELF",
        {"An agreement cannot succeed itself.", "Chương trình không thể kế tiếp chính nó."});
  }
  if (successor.unit != agreement.unit && !command.of_succeeding_unit) {
    return InvalidField(kField, "SUCCESSOR_OF_OTHER_UNIT",
                        {"The successor is an agreement of another unit, which did not succeed "
                         "this agreement's.",
                         "Chương trình kế tiếp thuộc đơn vị khác, không kế thừa đơn vị của chương "
                         "trình này."});
  }
  if (successor.state != State::kInForce || !successor.in_force_date.has_value()) {
    return InvalidField(
        kField, "SUCCESSOR_NOT_IN_FORCE",
        {"The successor is not in force.", "Chương trình kế tiếp không có hiệu lực."});
  }
  if (*successor.in_force_date < *agreement.in_force_date) {
    return InvalidField(kField, "SUCCESSOR_TOO_EARLY",
                        {"The successor came into force before this agreement.",
                         "Chương trình kế tiếp có hiệu lực trước chương trình này."});
  }
  Change change = Begin(agreement, now);
  change.after.state = State::kSuperseded;
  change.after.superseded_by = successor.id;
  if (*successor.in_force_date < InForceUntil(agreement)) {
    change.after.ended_from = successor.in_force_date;
  }
  change.effective = InForceUntil(change.after);
  return change;
}

}  // namespace phoihop::agreements::rules
