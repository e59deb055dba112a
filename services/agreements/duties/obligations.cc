#include "services/agreements/duties/obligations.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/time/civil.h"
#include "services/agreements/deadlines/sentence.h"

namespace phoihop::agreements::duties {
namespace {

Notice Tell(std::string key, const std::string& body, int64_t unit, std::string resource,
            std::string kind) {
  Notice notice;
  notice.key = std::move(key);
  notice.body = body;
  notice.unit = unit;
  notice.resource = std::move(resource);
  notice.kind = std::move(kind);
  return notice;
}

// "“Lịch xét xử” (lần 3)".
std::string Quoted(const Duty& duty, int number, bool vi) {
  return absl::StrCat("“", duty.content.title, vi ? "” (lần " : "” (occurrence ", number, ")");
}

}  // namespace

std::string DeliverKey(const std::string& duty, int number) {
  return absl::StrCat("deliver:", duty, ":", number);
}

std::string AnswerKey(const std::string& request) { return absl::StrCat("answer:", request); }

std::vector<Obligation> Deliveries(const Duty& duty, const std::vector<Occurrence>& occurrences) {
  std::vector<Obligation> all;
  for (const Occurrence& occurrence : occurrences) {
    Obligation& owed = all.emplace_back();
    owed.key = DeliverKey(duty.id, occurrence.number);
    owed.kind = ObligationKind::kDeliver;
    owed.resource = OccurrenceName(duty.id, occurrence.number);
    owed.agreement = duty.agreement;
    owed.unit = duty.unit;
    owed.body = duty.content.from_body;
    owed.area = duty.content.area;
    owed.title = duty.content.title;
    owed.rhythm = duty.content.rhythm;
    owed.basis = occurrence.due.period.first;
    owed.due = occurrence.due;
    owed.calendar_revision = occurrence.calendar_revision;
  }
  return all;
}

Obligation Answering(const Request& request) {
  Obligation owed;
  owed.key = AnswerKey(request.id);
  owed.kind = ObligationKind::kAnswer;
  owed.resource = RequestName(request.id);
  owed.agreement = request.agreement;
  owed.unit = request.unit;
  owed.body = request.content.to_body;
  owed.title = request.content.subject;
  owed.working_days = request.content.working_days;
  owed.basis = request.request_day;
  owed.due = request.due;
  owed.calendar_revision = request.calendar_revision;
  return owed;
}

std::vector<Notice> DeliveryNotices(const Duty& duty, const Delivery& delivery) {
  const std::string vi = Quoted(duty, delivery.occurrence, true);
  const std::string en = Quoted(duty, delivery.occurrence, false);
  const bool withdrawn = delivery.state == DeliveryState::kWithdrawn;
  const bool corrects = !withdrawn && !delivery.replaces.empty();
  std::vector<Notice> notices;
  for (const std::string& body : delivery.to_bodies) {
    Notice& notice = notices.emplace_back(
        Tell(absl::StrCat(withdrawn ? "withdrawn:" : "delivered:", delivery.id, ":", body), body,
             delivery.unit, DeliveryName(delivery.id),
             withdrawn  ? "DELIVERY_WITHDRAWN"
             : corrects ? "DELIVERY_CORRECTED"
                        : "INFORMATION_DELIVERED"));
    if (withdrawn) {
      notice.text_vi = absl::StrCat("Thông tin đã cung cấp theo ", vi,
                                    " được thu hồi. Lý do: ", Sentence(delivery.withdraw_reason));
      notice.text_en = absl::StrCat("What was delivered for ", en,
                                    " was withdrawn. Reason: ", Sentence(delivery.withdraw_reason));
    } else if (corrects) {
      notice.text_vi = absl::StrCat("Thông tin đã cung cấp theo ", vi,
                                    " được đính chính. Lý do: ", Sentence(delivery.correct_reason));
      notice.text_en = absl::StrCat("What was delivered for ", en,
                                    " was corrected. Reason: ", Sentence(delivery.correct_reason));
    } else {
      notice.text_vi =
          absl::StrCat("Đã có thông tin được cung cấp theo ", vi, "; đề nghị xác nhận đã nhận.");
      notice.text_en =
          absl::StrCat("Information was delivered for ", en, "; please acknowledge it.");
    }
  }
  return notices;
}

std::vector<Notice> EndNotices(const Duty& duty) {
  std::vector<std::string> bodies = duty.content.to_bodies;
  bodies.insert(bodies.begin(), duty.content.from_body);
  std::vector<Notice> notices;
  for (const std::string& body : bodies) {
    Notice& notice = notices.emplace_back(Tell(absl::StrCat("duty-ended:", duty.id, ":", body),
                                               body, duty.unit, DutyName(duty.id), "DUTY_ENDED"));
    notice.text_vi =
        absl::StrCat("Trách nhiệm cung cấp thông tin “", duty.content.title, "” chấm dứt sau ngày ",
                     FormatDayVi(*duty.last_day), ". Lý do: ", Sentence(duty.end_reason));
    notice.text_en =
        absl::StrCat("The duty to inform “", duty.content.title, "” ends after ",
                     FormatDay(*duty.last_day), ". Reason: ", Sentence(duty.end_reason));
  }
  return notices;
}

Notice ShortenedNotice(const Duty& duty, const Occurrence& occurrence, absl::CivilDay last) {
  Notice notice =
      Tell(absl::StrCat("duty-moved:", duty.id, ":", occurrence.number, ":", occurrence.revision),
           duty.content.from_body, duty.unit, OccurrenceName(duty.id, occurrence.number),
           "DELIVERY_NOT_OWED");
  notice.text_vi = absl::StrCat(
      "Không còn phải cung cấp thông tin ", Quoted(duty, occurrence.number, true), ", hạn ",
      FormatDayVi(occurrence.due.day),
      ", do thời hạn của chương trình được sửa đổi, nay kết thúc ngày ", FormatDayVi(last), ".");
  notice.text_en = absl::StrCat("Information ", Quoted(duty, occurrence.number, false), ", due on ",
                                FormatDay(occurrence.due.day),
                                ", is no longer owed, since the agreement's term was amended and "
                                "now ends on ",
                                FormatDay(last), ".");
  return notice;
}

Notice MoveNotice(const Duty& duty, const Occurrence& occurrence) {
  const bool cancelled = occurrence.state == OccurrenceState::kCancelled;
  Notice notice =
      Tell(absl::StrCat("duty-moved:", duty.id, ":", occurrence.number, ":", occurrence.revision),
           duty.content.from_body, duty.unit, OccurrenceName(duty.id, occurrence.number),
           cancelled ? "DELIVERY_NOT_OWED" : "DUE_DAY_MOVED");
  const std::string vi = Quoted(duty, occurrence.number, true);
  const std::string en = Quoted(duty, occurrence.number, false);
  if (cancelled) {
    notice.text_vi = absl::StrCat("Không còn phải cung cấp thông tin ", vi,
                                  ", do sự kiện không diễn ra trong thời gian của trách nhiệm.");
    notice.text_en = absl::StrCat("Information ", en,
                                  " is no longer owed, since its event does not take place in "
                                  "the duty's time.");
  } else {
    notice.text_vi = absl::StrCat("Hạn cung cấp thông tin ", vi, " nay là ",
                                  FormatDayVi(occurrence.due.day), ", do sự kiện được dời ngày.");
    notice.text_en = absl::StrCat("Information ", en, " is now due on ",
                                  FormatDay(occurrence.due.day), ", since its event was moved.");
  }
  return notice;
}

Notice RequestNotice(const Request& request) {
  const std::string about = absl::StrCat("“", request.content.subject, "”");
  const auto tell = [&](const std::string& body, const char* kind, std::string vi, std::string en) {
    Notice notice = Tell(absl::StrCat("request:", request.id, ":", request.revision), body,
                         request.unit, RequestName(request.id), kind);
    notice.text_vi = std::move(vi);
    notice.text_en = std::move(en);
    return notice;
  };
  switch (request.state) {
    case RequestState::kOpen:
      break;
    case RequestState::kAnswered:
      return tell(request.content.from_body, "REQUEST_ANSWERED",
                  absl::StrCat("Yêu cầu cung cấp thông tin ", about, " đã được trả lời."),
                  absl::StrCat("The request for information ", about, " was answered."));
    case RequestState::kRefused:
      return tell(request.content.from_body, "REQUEST_REFUSED",
                  absl::StrCat("Yêu cầu cung cấp thông tin ", about,
                               " bị từ chối. Căn cứ: ", request.legal_ground),
                  absl::StrCat("The request for information ", about,
                               " was refused. Legal ground: ", request.legal_ground));
    case RequestState::kWithdrawn:
      return tell(request.content.to_body, "REQUEST_WITHDRAWN",
                  absl::StrCat("Yêu cầu cung cấp thông tin ", about,
                               " đã được rút. Lý do: ", Sentence(request.withdraw_reason)),
                  absl::StrCat("The request for information ", about,
                               " was withdrawn. Reason: ", Sentence(request.withdraw_reason)));
  }
  return tell(request.content.to_body, "INFORMATION_REQUESTED",
              absl::StrCat("Có yêu cầu cung cấp thông tin ", about, ", hạn trả lời ",
                           FormatDayVi(request.due.day), "."),
              absl::StrCat("Information was asked for: ", about, ", due on ",
                           FormatDay(request.due.day), "."));
}

}  // namespace phoihop::agreements::duties
