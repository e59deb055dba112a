#include "services/agreements/plans/schedule.h"

#include <algorithm>
#include <string>
#include <utility>

namespace phoihop::agreements::plans {
namespace {

// The next occurrence of `commitment`, which counts it.
Occurrence Next(Commitment& commitment, DueDay due, const WorkCalendar& calendar) {
  Occurrence occurrence;
  occurrence.commitment = commitment.id;
  occurrence.number = ++commitment.last_number;
  occurrence.due = std::move(due);
  occurrence.calendar_revision = calendar.revision();
  occurrence.revision = 1;
  ++commitment.occurrences;
  return occurrence;
}

// The state by what is owed now. Whether it is CONFIRMED as a whole is not for an event to
// decide: parts of it may be open.
CommitmentState StateAfter(const Commitment& commitment, absl::Time now) {
  const CommitmentState state = StateOf(commitment, VietnamDay(now));
  return state == CommitmentState::kConfirmed ? CommitmentState::kActive : state;
}

void Touch(Commitment& commitment, absl::Time now) {
  commitment.state = StateAfter(commitment, now);
  commitment.update_time = now;
  ++commitment.revision;
}

}  // namespace

bool CountsFromEvents(const Rhythm& rhythm) {
  return rhythm.kind == RhythmKind::kBeforeEvent || rhythm.kind == RhythmKind::kAfterEvent;
}

Scheduled Activate(const Commitment& commitment, absl::CivilDay day, int amendment,
                   const std::vector<Event>& events, const WorkCalendar& calendar, absl::Time now,
                   absl::CivilDay last_day) {
  Scheduled after{commitment, {}};
  after.commitment.active_day = day;
  after.commitment.added_by = amendment;
  const Rhythm& rhythm = commitment.content.rhythm;
  if (CountsFromEvents(rhythm)) {
    for (const Event& event : events) {
      DueDay due = DueByEvent(rhythm, event.date, calendar);
      if (due.day < day || due.day > last_day) continue;
      after.occurrences.push_back(Next(after.commitment, std::move(due), calendar));
      after.occurrences.back().event = event.id;
    }
  } else {
    std::vector<DueDay> dues = DueDays(rhythm, commitment.days, calendar);
    std::erase_if(dues, [&](const DueDay& due) { return due.day > last_day; });
    for (size_t i = 0; i < dues.size(); ++i) {
      const bool last = i + 1 == dues.size() && after.occurrences.empty();
      if (dues[i].day < day && !last) continue;
      after.occurrences.push_back(Next(after.commitment, std::move(dues[i]), calendar));
    }
  }
  Touch(after.commitment, now);
  return after;
}

std::optional<Scheduled> AddLater(const Commitment& commitment,
                                  const std::vector<Occurrence>& known, const DayInterval& due,
                                  const std::vector<Event>& events, const WorkCalendar& calendar,
                                  absl::Time now) {
  Scheduled after{commitment, {}};
  const auto add = [&](DueDay day, const std::string& event) {
    const bool there = std::any_of(known.begin(), known.end(), [&](const Occurrence& occurrence) {
      return occurrence.state != OccurrenceState::kCancelled && occurrence.event == event &&
             (!event.empty() || occurrence.due.period == day.period);
    });
    if (there || !due.Contains(day.day) || day.day < *commitment.active_day) return;
    after.occurrences.push_back(Next(after.commitment, std::move(day), calendar));
    after.occurrences.back().event = event;
  };
  const Rhythm& rhythm = commitment.content.rhythm;
  if (CountsFromEvents(rhythm)) {
    for (const Event& event : events) add(DueByEvent(rhythm, event.date, calendar), event.id);
  } else {
    for (DueDay& day : DueDays(rhythm, commitment.days, calendar)) add(std::move(day), "");
  }
  if (after.occurrences.empty()) return std::nullopt;
  Touch(after.commitment, now);
  return after;
}

bool CountsFrom(const Commitment& commitment, const Event& event) {
  return CountsFromEvents(commitment.content.rhythm) &&
         commitment.content.rhythm.event == event.kind && commitment.unit == event.unit &&
         event.state == EventState::kScheduled && commitment.days.Contains(event.date) &&
         commitment.state != CommitmentState::kPlanned &&
         commitment.state != CommitmentState::kWithdrawn;
}

std::optional<Scheduled> AddOccurrence(const Commitment& commitment, const Event& event,
                                       const WorkCalendar& calendar, absl::Time now) {
  DueDay due = DueByEvent(commitment.content.rhythm, event.date, calendar);
  if (due.day < *commitment.active_day) return std::nullopt;
  Scheduled after{commitment, {}};
  after.occurrences.push_back(Next(after.commitment, std::move(due), calendar));
  after.occurrences.back().event = event.id;
  Touch(after.commitment, now);
  return after;
}

Scheduled MoveOccurrence(const Commitment& commitment, const Occurrence& occurrence,
                         const Event& event, const WorkCalendar& calendar, absl::Time now) {
  Scheduled after{commitment, {occurrence}};
  Occurrence& moved = after.occurrences.front();
  moved.due = DueByEvent(commitment.content.rhythm, event.date, calendar);
  moved.calendar_revision = calendar.revision();
  ++moved.revision;
  Touch(after.commitment, now);
  return after;
}

Scheduled CancelOccurrence(const Commitment& commitment, const Occurrence& occurrence,
                           absl::Time now) {
  return CancelOccurrences(commitment, {occurrence}, now);
}

Scheduled CancelOccurrences(const Commitment& commitment, std::vector<Occurrence> occurrences,
                            absl::Time now) {
  Scheduled after{commitment, std::move(occurrences)};
  for (Occurrence& occurrence : after.occurrences) {
    occurrence.state = OccurrenceState::kCancelled;
    ++occurrence.revision;
    --after.commitment.occurrences;
  }
  Touch(after.commitment, now);
  return after;
}

bool FollowsEvent(const Occurrence& occurrence, absl::Time now) {
  return occurrence.state == OccurrenceState::kOpen && occurrence.due.day >= VietnamDay(now);
}

void CatchUp(const Event& event, const WorkCalendar& calendar, absl::Time now, Step& reopened) {
  Occurrence& occurrence = reopened.occurrence;
  Commitment& commitment = reopened.commitment;
  if (!FollowsEvent(occurrence, now)) return;
  if (!CountsFrom(commitment, event)) {
    Drop(now, reopened);
  } else if (event.date != occurrence.due.period.first) {
    occurrence.due = DueByEvent(commitment.content.rhythm, event.date, calendar);
    occurrence.calendar_revision = calendar.revision();
  }
}

void Drop(absl::Time now, Step& reopened) {
  reopened.occurrence.state = OccurrenceState::kCancelled;
  --reopened.commitment.occurrences;
  reopened.commitment.state = StateAfter(reopened.commitment, now);
}

}  // namespace phoihop::agreements::plans
