#include "services/agreements/duties/delivery.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/time/civil.h"
#include "services/agreements/plans/schedule.h"

namespace phoihop::agreements::duties {
namespace {

absl::Status CheckContent(const DeliveryContent& content) {
  if (!content.document_number.empty() || !content.title.empty() || !content.note.empty()) {
    return absl::OkStatus();
  }
  return InvalidField("delivery", "DELIVERY_EMPTY",
                      {"A delivery names a document (number or title) or has a note.",
                       "Lần cung cấp phải nêu văn bản (số hoặc tên) hoặc có nội dung ghi chú."});
}

// OK while the delivery is the one that counts.
absl::Status RequireCurrent(const Delivery& delivery) {
  switch (delivery.state) {
    case DeliveryState::kDelivered:
      return absl::OkStatus();
    case DeliveryState::kCorrected:
      return Precondition("DELIVERY_CORRECTED",
                          {"Another delivery took the place of this one; act on that one.",
                           "Lần cung cấp này đã được thay bằng bản đính chính; hãy dùng bản đó."},
                          DeliveryName(delivery.id));
    case DeliveryState::kWithdrawn:
      break;
  }
  return Precondition("DELIVERY_WITHDRAWN",
                      {"The delivery was withdrawn; deliver anew.",
                       "Lần cung cấp này đã được thu hồi; hãy cung cấp lại."},
                      DeliveryName(delivery.id));
}

void Touch(Delivery& delivery, absl::Time now) {
  delivery.update_time = now;
  ++delivery.revision;
}

}  // namespace

std::string DeliveryName(const std::string& id) { return absl::StrCat("deliveries/", id); }

int LateWorkingDays(absl::CivilDay due, absl::CivilDay day, const WorkCalendar& calendar) {
  return day > due ? calendar.CountBetween(due + 1, day) : 0;
}

absl::CivilDay EarliestDelivery(const Duty& duty, const Occurrence& occurrence) {
  const Rhythm& rhythm = duty.content.rhythm;
  if (rhythm.kind == RhythmKind::kOnce || plans::CountsFromEvents(rhythm)) return duty.days.first;
  return std::max(duty.days.first, std::min(occurrence.due.period.first, occurrence.due.day));
}

absl::StatusOr<Delivered> Deliver(std::string id, const Duty& duty, const Occurrence& occurrence,
                                  DeliveryContent content, absl::CivilDay day, std::string member,
                                  const WorkCalendar& calendar, absl::Time now) {
  if (occurrence.state != OccurrenceState::kOpen) {
    return Precondition("OCCURRENCE_NOT_OPEN",
                        {"This occurrence was delivered already, or is no longer owed.",
                         "Lần này đã được cung cấp hoặc không còn phải cung cấp."},
                        OccurrenceName(duty.id, occurrence.number));
  }
  RETURN_IF_ERROR(CheckContent(content));
  if (day > VietnamDay(now)) {
    return InvalidField("delivery.delivered_date", "DATE_IN_FUTURE",
                        {"The day lies in the future.", "Ngày này nằm trong tương lai."});
  }
  if (day < EarliestDelivery(duty, occurrence)) {
    return InvalidField("delivery.delivered_date", "DATE_TOO_EARLY",
                        {"The day lies before the period that the delivery is for.",
                         "Ngày này sớm hơn kỳ mà thông tin được cung cấp."});
  }
  if (occurrence.withdrawn_day.has_value() && day < *occurrence.withdrawn_day) {
    return InvalidField("delivery.delivered_date", "DATE_TOO_EARLY",
                        {"The day lies before that of the delivery that was withdrawn.",
                         "Ngày này sớm hơn ngày của lần cung cấp đã được thu hồi."});
  }
  Delivered made;
  Delivery& delivery = made.delivery;
  delivery.id = std::move(id);
  delivery.duty = duty.id;
  delivery.agreement = duty.agreement;
  delivery.unit = duty.unit;
  delivery.term_start = duty.term_start;
  delivery.from_body = duty.content.from_body;
  delivery.to_bodies = duty.content.to_bodies;
  delivery.kind = duty.content.kind;
  delivery.occurrence = occurrence.number;
  delivery.content = std::move(content);
  delivery.delivered_day = day;
  delivery.due = occurrence.due;
  delivery.calendar_revision = occurrence.calendar_revision;
  delivery.late = day > occurrence.due.day;
  delivery.late_working_days = LateWorkingDays(occurrence.due.day, day, calendar);
  delivery.recorded_by = std::move(member);
  delivery.create_time = now;
  delivery.update_time = now;
  delivery.revision = 1;

  made.occurrence = occurrence;
  made.occurrence.state = OccurrenceState::kDelivered;
  made.occurrence.delivery = delivery.id;
  made.occurrence.delivered_day = day;
  made.occurrence.late = delivery.late;
  ++made.occurrence.revision;
  return made;
}

absl::StatusOr<Corrected> Correct(const Delivery& delivery, const Occurrence& occurrence,
                                  std::string id, DeliveryContent content, std::string reason,
                                  std::string member, absl::Time now) {
  RETURN_IF_ERROR(RequireCurrent(delivery));
  RETURN_IF_ERROR(CheckContent(content));
  if (content == delivery.content) {
    return InvalidField("delivery", "NOTHING_CORRECTED",
                        {"The content is the same as before.", "Nội dung không có gì thay đổi."});
  }
  Corrected corrected{delivery, delivery, occurrence};
  corrected.before.state = DeliveryState::kCorrected;
  corrected.before.replaced_by = id;
  Touch(corrected.before, now);

  Delivery& after = corrected.after;
  after.id = std::move(id);
  after.content = std::move(content);
  after.receipts.clear();
  after.replaces = delivery.id;
  after.correct_reason = std::move(reason);
  after.recorded_by = std::move(member);
  after.create_time = now;
  after.update_time = now;
  after.revision = 1;

  corrected.occurrence.delivery = after.id;
  ++corrected.occurrence.revision;
  return corrected;
}

absl::StatusOr<Delivered> Withdraw(const Delivery& delivery, const Occurrence& occurrence,
                                   std::string reason, bool owed, absl::Time now) {
  RETURN_IF_ERROR(RequireCurrent(delivery));
  Delivered withdrawn{delivery, occurrence};
  withdrawn.delivery.state = DeliveryState::kWithdrawn;
  withdrawn.delivery.withdraw_reason = std::move(reason);
  withdrawn.delivery.withdraw_day = VietnamDay(now);
  Touch(withdrawn.delivery, now);
  Occurrence& open = withdrawn.occurrence;
  open.state = owed ? OccurrenceState::kOpen : OccurrenceState::kCancelled;
  open.delivery.clear();
  open.delivered_day.reset();
  open.late = false;
  ++open.withdrawals;
  open.withdrawn_day =
      std::max(open.withdrawn_day.value_or(delivery.delivered_day), delivery.delivered_day);
  ++open.revision;
  return withdrawn;
}

absl::StatusOr<Delivery> Acknowledge(const Delivery& delivery, const std::string& body,
                                     std::string member, const std::string& member_body,
                                     absl::Time now) {
  RETURN_IF_ERROR(RequireCurrent(delivery));
  const auto& to = delivery.to_bodies;
  if (std::find(to.begin(), to.end(), body) == to.end()) {
    return InvalidField("body", "NOT_A_RECIPIENT",
                        {"This body is not one of those that receive the delivery.",
                         "Cơ quan này không thuộc các cơ quan nhận thông tin."});
  }
  if (member == delivery.recorded_by || member_body == delivery.from_body) {
    return Precondition("ACKNOWLEDGER_DELIVERED",
                        {"You are on the side that delivered; a member of a body that receives "
                         "the information acknowledges it.",
                         "Bạn thuộc bên cung cấp thông tin; phải do người của cơ quan nhận xác "
                         "nhận."},
                        DeliveryName(delivery.id));
  }
  for (const Receipt& receipt : delivery.receipts) {
    if (receipt.body != body) continue;
    return Precondition("ALREADY_ACKNOWLEDGED",
                        {"This body has acknowledged the delivery.",
                         "Cơ quan này đã xác nhận nhận được thông tin."},
                        DeliveryName(delivery.id));
  }
  Delivery after = delivery;
  after.receipts.push_back({body, std::move(member), now});
  Touch(after, now);
  return after;
}

}  // namespace phoihop::agreements::duties
