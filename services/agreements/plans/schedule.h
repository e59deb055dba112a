// The occurrences of a commitment: when it begins to be owed, and when an event comes up, moves
// or does not take place. Pure.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_PLANS_SCHEDULE_H_
#define PHOIHOP_SERVICES_AGREEMENTS_PLANS_SCHEDULE_H_

#include <optional>
#include <vector>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/time/work_calendar.h"
#include "services/agreements/plans/commitment.h"
#include "services/agreements/plans/event.h"

namespace phoihop::agreements::plans {

// Whether a rhythm counts from events.
bool CountsFromEvents(const Rhythm& rhythm);

// What became of a commitment.
struct Scheduled {
  Commitment commitment;
  // Those that are new or have changed.
  std::vector<Occurrence> occurrences;
};

// Owed from `day` on. One with a date has one occurrence; a rhythm those that fall due from
// `day` on, or else its last; one that counts from `events` those of them, which are of its
// kind and unit. What falls due after `last`, the agreement's last day, does not arise. `amendment`
// is 0 for what was there at the approval.
Scheduled Activate(const Commitment& commitment, absl::CivilDay day, int amendment,
                   const std::vector<Event>& events, const WorkCalendar& calendar, absl::Time now,
                   absl::CivilDay last = kEndOfDays);

// What a commitment that is owed owes beside `known`, its occurrences, now that the agreement
// lasts longer: what falls due on days of `due`. Nothing when there is none.
std::optional<Scheduled> AddLater(const Commitment& commitment,
                                  const std::vector<Occurrence>& known, const DayInterval& due,
                                  const std::vector<Event>& events, const WorkCalendar& calendar,
                                  absl::Time now);

// Whether a commitment that runs counts from the event.
bool CountsFrom(const Commitment& commitment, const Event& event);

// An occurrence for an event that came up; nothing when that falls due before the
// commitment was owed.
std::optional<Scheduled> AddOccurrence(const Commitment& commitment, const Event& event,
                                       const WorkCalendar& calendar, absl::Time now);

// An open occurrence after its event has moved.
Scheduled MoveOccurrence(const Commitment& commitment, const Occurrence& occurrence,
                         const Event& event, const WorkCalendar& calendar, absl::Time now);

// An open occurrence whose event does not take place, or no longer in the plan's time.
Scheduled CancelOccurrence(const Commitment& commitment, const Occurrence& occurrence,
                           absl::Time now);

// Open occurrences that nobody owes any more.
Scheduled CancelOccurrences(const Commitment& commitment, std::vector<Occurrence> occurrences,
                            absl::Time now);

// Whether an open occurrence follows its event when that changes: not once it is overdue, which
// no later change undoes.
bool FollowsEvent(const Occurrence& occurrence, absl::Time now);

// Puts an occurrence that is open again where its event stands by now, since a change while it
// was reported did not touch it. Part of the command that opened it, so no further revision.
void CatchUp(const Event& event, const WorkCalendar& calendar, absl::Time now, Step& reopened);

// The same for one that is no longer owed: cancelled.
void Drop(absl::Time now, Step& reopened);

}  // namespace phoihop::agreements::plans

#endif  // PHOIHOP_SERVICES_AGREEMENTS_PLANS_SCHEDULE_H_
