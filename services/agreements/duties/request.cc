#include "services/agreements/duties/request.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/time/civil.h"
#include "services/agreements/duties/delivery.h"

namespace phoihop::agreements::duties {
namespace {

absl::Status CheckDay(std::string_view field, absl::CivilDay day, const Request& request,
                      absl::Time now) {
  if (day > VietnamDay(now)) {
    return InvalidField(field, "DATE_IN_FUTURE",
                        {"The day lies in the future.", "Ngày này nằm trong tương lai."});
  }
  if (day < request.request_day) {
    return InvalidField(field, "DATE_TOO_EARLY",
                        {"The day lies before that of the request.",
                         "Ngày này sớm hơn ngày yêu cầu cung cấp thông tin."});
  }
  return absl::OkStatus();
}

absl::Status RequireOwed(const Request& request) {
  if (request.owed) return absl::OkStatus();
  return Precondition("NO_LONGER_OWED",
                      {"The agreement has ended; the answer is no longer owed.",
                       "Chương trình đã chấm dứt; không còn phải trả lời yêu cầu này."},
                      RequestName(request.id));
}

void Settle(Request& request, RequestState state, absl::CivilDay day,
            const WorkCalendar& calendar) {
  request.state = state;
  request.settled_day = day;
  request.late = day > request.due.day;
  request.late_working_days = LateWorkingDays(request.due.day, day, calendar);
}

absl::Status Run(Request& request, const request_command::Answer& command,
                 const WorkCalendar& calendar, absl::Time now) {
  RETURN_IF_ERROR(RequireOwed(request));
  if (command.answer.document_number.empty() && command.answer.note.empty()) {
    return InvalidField("answer", "ANSWER_EMPTY",
                        {"An answer names the number of a document or has a note.",
                         "Trả lời phải nêu số văn bản hoặc có nội dung."});
  }
  RETURN_IF_ERROR(CheckDay("answer_date", command.day, request, now));
  request.answer = command.answer;
  Settle(request, RequestState::kAnswered, command.day, calendar);
  return absl::OkStatus();
}

absl::Status Run(Request& request, const request_command::Refuse& command,
                 const WorkCalendar& calendar, absl::Time now) {
  RETURN_IF_ERROR(RequireOwed(request));
  if (command.legal_ground.empty()) {
    return InvalidField("legal_ground", "LEGAL_GROUND_REQUIRED",
                        {"A refusal names the provision that allows it.",
                         "Từ chối cung cấp thông tin phải nêu căn cứ pháp lý."});
  }
  RETURN_IF_ERROR(CheckDay("refuse_date", command.day, request, now));
  request.refuse_reason = command.reason;
  request.legal_ground = command.legal_ground;
  Settle(request, RequestState::kRefused, command.day, calendar);
  return absl::OkStatus();
}

absl::Status Run(Request& request, const request_command::Withdraw& command, const WorkCalendar&,
                 absl::Time now) {
  request.state = RequestState::kWithdrawn;
  request.settled_day = VietnamDay(now);
  request.withdraw_reason = command.reason;
  return absl::OkStatus();
}

}  // namespace

std::string RequestName(const std::string& id) { return absl::StrCat("informationRequests/", id); }

absl::StatusOr<Request> Ask(std::string id, const Ground& ground, RequestContent content,
                            absl::CivilDay day, const Bodies& bodies, std::string member,
                            const WorkCalendar& calendar, absl::Time now) {
  RETURN_IF_ERROR(RequireInForce(ground));
  RETURN_IF_ERROR(
      CheckParty(content.from_body, "information_request.from_body", ground, bodies, {day, day}));
  RETURN_IF_ERROR(
      CheckParty(content.to_body, "information_request.to_body", ground, bodies, {day, day}));
  if (content.from_body == content.to_body) {
    return InvalidField("information_request.to_body", "BODY_TWICE",
                        {"A body does not ask itself.", "Cơ quan không tự yêu cầu chính mình."});
  }
  if (day > VietnamDay(now)) {
    return InvalidField("information_request.request_date", "DATE_IN_FUTURE",
                        {"The day lies in the future.", "Ngày này nằm trong tương lai."});
  }
  if (!ground.term.Contains(day)) {
    return InvalidField("information_request.request_date", "OUTSIDE_TERM",
                        {"The day lies outside the agreement's term.",
                         "Ngày này nằm ngoài thời hạn của chương trình."});
  }
  const DueDay due = DueAfter(day, content.working_days, calendar);
  if (!ground.term.Contains(due.day)) {
    return InvalidField(
        "information_request.working_days", "DUE_OUTSIDE_TERM",
        {absl::StrCat("The answer would be due on ", FormatDay(due.day),
                      ", after the agreement's last day, ", FormatDay(ground.term.last), "."),
         absl::StrCat("Hạn trả lời sẽ là ngày ", FormatDayVi(due.day),
                      ", sau ngày kết thúc của chương trình (", FormatDayVi(ground.term.last),
                      ").")});
  }
  Request request;
  request.id = std::move(id);
  request.agreement = ground.agreement;
  request.unit = ground.unit;
  request.term_start = ground.term.first;
  request.request_day = day;
  request.due = due;
  request.calendar_revision = calendar.revision();
  request.content = std::move(content);
  request.recorded_by = std::move(member);
  request.create_time = now;
  request.update_time = now;
  request.revision = 1;
  return request;
}

absl::StatusOr<Request> Apply(const Request& request, const RequestCommand& command,
                              std::string_view member, const WorkCalendar& calendar,
                              absl::Time now) {
  if (request.state != RequestState::kOpen) {
    return Precondition("REQUEST_NOT_OPEN",
                        {"The request was answered, refused or withdrawn already.",
                         "Yêu cầu này đã được trả lời, từ chối hoặc rút lại."},
                        RequestName(request.id));
  }
  Request after = request;
  RETURN_IF_ERROR(std::visit([&](const auto& c) { return Run(after, c, calendar, now); }, command));
  after.settled_by = std::string(member);
  after.update_time = now;
  ++after.revision;
  return after;
}

}  // namespace phoihop::agreements::duties
