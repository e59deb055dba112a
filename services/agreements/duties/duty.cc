#include "services/agreements/duties/duty.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "services/agreements/plans/schedule.h"

namespace phoihop::agreements::duties {
namespace {

absl::Status CheckBodies(const DutyContent& content, const Ground& ground, const Bodies& bodies,
                         const DayInterval& days) {
  if (content.to_bodies.empty() || content.to_bodies.size() > kMaxReceivers) {
    return InvalidField("duty.to_bodies",
                        content.to_bodies.empty() ? "REQUIRED" : "TOO_MANY_BODIES",
                        {"A duty names 1 to 29 bodies that receive the information.",
                         "Trách nhiệm phải nêu từ 1 đến 29 cơ quan nhận thông tin."});
  }
  RETURN_IF_ERROR(CheckParty(content.from_body, "duty.from_body", ground, bodies, days));
  std::set<std::string> seen = {content.from_body};
  for (size_t i = 0; i < content.to_bodies.size(); ++i) {
    const std::string field = absl::StrCat("duty.to_bodies[", i, "]");
    if (!seen.insert(content.to_bodies[i]).second) {
      return InvalidField(field, "BODY_TWICE",
                          {"This body is named already.", "Cơ quan này đã được nêu."});
    }
    RETURN_IF_ERROR(CheckParty(content.to_bodies[i], field, ground, bodies, days));
  }
  return absl::OkStatus();
}

Occurrence NewOccurrence(const Duty& duty, int number, DueDay due, const WorkCalendar& calendar) {
  Occurrence occurrence;
  occurrence.duty = duty.id;
  occurrence.number = number;
  occurrence.due = std::move(due);
  occurrence.calendar_revision = calendar.revision();
  occurrence.revision = 1;
  return occurrence;
}

// What a rhythm of the calendar gives, due until `last`; at least one.
absl::StatusOr<std::vector<DueDay>> CalendarDays(const Rhythm& rhythm, const DayInterval& days,
                                                 absl::CivilDay last,
                                                 const WorkCalendar& calendar) {
  std::vector<DueDay> dues = DueDays(rhythm, days, calendar);
  std::erase_if(dues, [&](const DueDay& due) { return due.day > last; });
  if (dues.empty() && rhythm.kind == RhythmKind::kOnce) {
    return InvalidField("duty.rhythm.date", "DUE_OUTSIDE_TERM",
                        {"The due date lies outside the duty's time.",
                         "Thời hạn nằm ngoài thời gian của trách nhiệm cung cấp thông tin."});
  }
  if (dues.empty()) {
    return InvalidField(
        "duty.rhythm", "NO_DUE_DATES",
        {"In this rhythm nothing falls due in the duty's time, or only after the "
         "agreement has ended.",
         "Với chu kỳ này, không có lần nào đến hạn trong thời gian đã nêu, hoặc chỉ "
         "đến hạn sau khi chương trình kết thúc."});
  }
  if (static_cast<int>(dues.size()) >= kMaxDueDays) {
    return InvalidField("duty.rhythm", "TOO_MANY_DUE_DATES",
                        {"That would be 600 due dates or more; give the duty a shorter time.",
                         "Có từ 600 thời hạn trở lên; hãy rút ngắn thời gian của trách nhiệm."});
  }
  return dues;
}

}  // namespace

std::string DutyName(const std::string& id) { return absl::StrCat("duties/", id); }

std::string OccurrenceName(const std::string& duty, int number) {
  return absl::StrCat("duties/", duty, "/occurrences/", number);
}

Ground GroundOf(const Agreement& agreement) {
  Ground ground;
  ground.agreement = agreement.id;
  ground.unit = agreement.unit;
  ground.term = {agreement.term_start, agreement.term_end};
  ground.in_force = agreement.state == State::kInForce && !agreement.amendment.has_value();
  for (const Party& party : agreement.parties) ground.parties.push_back(party.body);
  return ground;
}

absl::Status RequireInForce(const Ground& ground) {
  if (ground.in_force) return absl::OkStatus();
  return Precondition(
      "AGREEMENT_NOT_IN_FORCE",
      {"The agreement is not in force; duties and requests need one that is.",
       "Chương trình chưa hoặc không còn hiệu lực nên không phát sinh trách nhiệm, yêu cầu mới."},
      AgreementName(ground.agreement));
}

absl::Status CheckParty(const std::string& body, const std::string& field, const Ground& ground,
                        const Bodies& bodies, const DayInterval& days) {
  if (std::find(ground.parties.begin(), ground.parties.end(), body) == ground.parties.end()) {
    return InvalidField(field, "NOT_A_PARTY",
                        {"This body is not a party of the agreement.",
                         "Cơ quan này không phải là một bên của chương trình."});
  }
  const auto known = bodies.find(body);
  if (known == bodies.end()) return EtagMismatch(AgreementName(ground.agreement));
  const std::optional<BodyFacts>& facts = known->second;
  if (!facts.has_value() || !facts->TakesPart(days)) {
    return InvalidField(
        field, "BODY_NOT_VALID",
        {"This body does not exist at that time.", "Cơ quan này không tồn tại vào thời gian đó."});
  }
  return absl::OkStatus();
}

absl::StatusOr<DayInterval> DutyDays(std::optional<absl::CivilDay> first,
                                     std::optional<absl::CivilDay> last, const DayInterval& term,
                                     absl::CivilDay today) {
  const DayInterval days = {first.value_or(std::max(today, term.first)), last.value_or(term.last)};
  FieldErrors errors;
  const Text outside = {"The day lies outside the agreement's term.",
                        "Ngày này nằm ngoài thời hạn của chương trình."};
  if (!term.Contains(days.first)) errors.Add("duty.start_date", "OUTSIDE_TERM", outside);
  if (!term.Contains(days.last)) errors.Add("duty.end_date", "OUTSIDE_TERM", outside);
  if (errors.empty() && days.empty()) {
    errors.Add("duty.end_date", "TERM_REVERSED",
               {"The last day lies before the first.", "Ngày kết thúc sớm hơn ngày bắt đầu."});
  }
  RETURN_IF_ERROR(errors.ToStatus());
  return days;
}

absl::StatusOr<Scheduled> NewDuty(std::string id, const Ground& ground, DutyContent content,
                                  const DayInterval& days, const Bodies& bodies,
                                  const std::vector<Event>& events, const WorkCalendar& calendar,
                                  absl::Time now) {
  RETURN_IF_ERROR(RequireInForce(ground));
  RETURN_IF_ERROR(CheckRhythm(content.rhythm, "duty.rhythm"));
  RETURN_IF_ERROR(CheckBodies(content, ground, bodies, days));
  Scheduled made;
  Duty& duty = made.duty;
  duty.id = std::move(id);
  duty.agreement = ground.agreement;
  duty.unit = ground.unit;
  duty.term_start = ground.term.first;
  duty.content = std::move(content);
  duty.days = days;
  duty.create_time = now;
  duty.update_time = now;
  duty.revision = 1;
  int number = 0;
  if (plans::CountsFromEvents(duty.content.rhythm)) {
    for (const Event& event : events) {
      std::optional<Occurrence> occurrence = AddOccurrence(duty, number + 1, event, calendar);
      if (!occurrence.has_value() || occurrence->due.day > ground.term.last) continue;
      ++number;
      made.occurrences.push_back(*std::move(occurrence));
    }
    return made;
  }
  ASSIGN_OR_RETURN(std::vector<DueDay> dues,
                   CalendarDays(duty.content.rhythm, days, ground.term.last, calendar));
  for (DueDay& due : dues) {
    made.occurrences.push_back(NewOccurrence(duty, ++number, std::move(due), calendar));
  }
  return made;
}

absl::StatusOr<Scheduled> End(const Duty& duty, const std::vector<Occurrence>& occurrences,
                              absl::CivilDay last_day, std::string reason, absl::Time now) {
  if (duty.state == DutyState::kEnded) {
    return Precondition("DUTY_ENDED",
                        {"The duty was ended already.", "Trách nhiệm này đã được chấm dứt."},
                        DutyName(duty.id));
  }
  if (last_day < VietnamDay(now)) {
    return InvalidField("last_date", "DATE_IN_PAST",
                        {"The day lies in the past; what was owed then stays owed.",
                         "Ngày này đã qua; những lần đã đến hạn vẫn phải thực hiện."});
  }
  if (!duty.days.Contains(last_day)) {
    return InvalidField(
        "last_date", "OUTSIDE_TERM",
        {"The day lies outside the duty's time.", "Ngày này nằm ngoài thời gian của trách nhiệm."});
  }
  Scheduled ended{duty, {}};
  ended.duty.state = DutyState::kEnded;
  ended.duty.last_day = last_day;
  ended.duty.end_reason = std::move(reason);
  ended.duty.update_time = now;
  ++ended.duty.revision;
  for (const Occurrence& occurrence : occurrences) {
    if (occurrence.state == OccurrenceState::kOpen && !ended.duty.Owes(occurrence.due.day)) {
      ended.occurrences.push_back(CancelOccurrence(occurrence));
    }
  }
  return ended;
}

bool CountsFrom(const Duty& duty, const Event& event) {
  const Rhythm& rhythm = duty.content.rhythm;
  return plans::CountsFromEvents(rhythm) && rhythm.event == event.kind && duty.unit == event.unit &&
         event.state == EventState::kScheduled && duty.days.Contains(event.date);
}

std::optional<Occurrence> AddOccurrence(const Duty& duty, int number, const Event& event,
                                        const WorkCalendar& calendar) {
  DueDay due = DueByEvent(duty.content.rhythm, event.date, calendar);
  if (due.day < duty.days.first || !duty.Owes(due.day)) return std::nullopt;
  Occurrence occurrence = NewOccurrence(duty, number, std::move(due), calendar);
  occurrence.event = event.id;
  return occurrence;
}

std::vector<Occurrence> AddLater(const Duty& duty, const std::vector<Occurrence>& known,
                                 const DayInterval& due, const std::vector<Event>& events,
                                 const WorkCalendar& calendar) {
  std::vector<Occurrence> added;
  int number = known.empty() ? 0 : known.back().number;
  const auto add = [&](DueDay day, const std::string& event) {
    const bool there = std::any_of(known.begin(), known.end(), [&](const Occurrence& occurrence) {
      return occurrence.state != OccurrenceState::kCancelled && occurrence.event == event &&
             (!event.empty() || occurrence.due.period == day.period);
    });
    if (there || !due.Contains(day.day) || day.day < duty.days.first || !duty.Owes(day.day)) return;
    added.push_back(NewOccurrence(duty, ++number, std::move(day), calendar));
    added.back().event = event;
  };
  const Rhythm& rhythm = duty.content.rhythm;
  if (plans::CountsFromEvents(rhythm)) {
    for (const Event& event : events) add(DueByEvent(rhythm, event.date, calendar), event.id);
  } else {
    for (DueDay& day : DueDays(rhythm, duty.days, calendar)) add(std::move(day), "");
  }
  return added;
}

Occurrence MoveOccurrence(const Duty& duty, const Occurrence& occurrence, const Event& event,
                          const WorkCalendar& calendar) {
  DueDay due = DueByEvent(duty.content.rhythm, event.date, calendar);
  if (!CountsFrom(duty, event) || due.day < duty.days.first || !duty.Owes(due.day)) {
    return CancelOccurrence(occurrence);
  }
  Occurrence moved = occurrence;
  moved.due = std::move(due);
  moved.calendar_revision = calendar.revision();
  ++moved.revision;
  return moved;
}

bool FollowsEvent(const Occurrence& occurrence, absl::Time now) {
  return occurrence.state == OccurrenceState::kOpen && occurrence.due.day >= VietnamDay(now);
}

Occurrence CancelOccurrence(const Occurrence& occurrence) {
  Occurrence cancelled = occurrence;
  cancelled.state = OccurrenceState::kCancelled;
  ++cancelled.revision;
  return cancelled;
}

}  // namespace phoihop::agreements::duties
