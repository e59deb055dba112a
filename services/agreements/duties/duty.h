// Standing duties to inform, and each time that one is owed. Pure: every command may be run
// again with the same outcome.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_DUTIES_DUTY_H_
#define PHOIHOP_SERVICES_AGREEMENTS_DUTIES_DUTY_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/time/civil.h"
#include "common/time/work_calendar.h"
#include "services/agreements/deadlines/rhythm.h"
#include "services/agreements/domain/facts.h"
#include "services/agreements/plans/event.h"

namespace phoihop::agreements::duties {

// What is to be told. The numbers are stored: never change one.
enum class DutyKind {
  kCouncilResolutions = 1,
  kCourtSchedule = 2,
  kProjectWithImpact = 3,
  kMonthlyOpinionDigest = 4,
  kPressInformation = 5,
  kOther = 6,
};

// Where a duty stands. The numbers are stored.
enum class DutyState {
  kActive = 1,
  kEnded = 2,
};

// Where an occurrence stands. The numbers are stored.
enum class OccurrenceState {
  kOpen = 1,
  kDelivered = 2,
  kCancelled = 3,
};

// Limits of the contract: bodies, characters, days.
inline constexpr int kMaxReceivers = 29;
inline constexpr int kMaxDutyTitle = 500;
inline constexpr int kMaxDescription = 5000;
inline constexpr int kMaxReason = 1000;
// A rhythm with so many due days or more is refused.
inline constexpr int kMaxDueDays = 600;

// What its author decides.
struct DutyContent {
  // Ids of bodies.
  std::string from_body;
  std::vector<std::string> to_bodies;
  DutyKind kind = DutyKind::kOther;
  std::string title;
  std::string description;
  // Number of the coordination area (Agreement.Area), 0 for none.
  int area = 0;
  Rhythm rhythm;

  friend bool operator==(const DutyContent&, const DutyContent&) = default;
};

struct Duty {
  std::string id;
  // Of the agreement: its id, its unit, and the first day of its term, which decides about access.
  std::string agreement;
  int64_t unit = 0;
  absl::CivilDay term_start;

  DutyContent content;
  DayInterval days;
  DutyState state = DutyState::kActive;
  // When it ended before its time: the last day on which it was owed, and why.
  std::optional<absl::CivilDay> last_day;
  std::string end_reason;
  absl::Time create_time;
  absl::Time update_time;
  // Ascends by one with every change of the duty itself, from 1.
  int64_t revision = 0;

  // Whether what falls due on `day` is owed.
  bool Owes(absl::CivilDay day) const { return !last_day.has_value() || day <= *last_day; }

  friend bool operator==(const Duty&, const Duty&) = default;
};

// One time that a duty is owed.
struct Occurrence {
  // Id of the duty.
  std::string duty;
  // From 1.
  int number = 0;
  // When it is due; frozen when it is delivered.
  DueDay due;
  int64_t calendar_revision = 0;
  // Id of the event from which that counts; empty for none.
  std::string event;
  OccurrenceState state = OccurrenceState::kOpen;
  // Id of the delivery that counts, its day and whether it was late.
  std::string delivery;
  std::optional<absl::CivilDay> delivered_day;
  bool late = false;
  // Deliveries for it that were taken back, and the latest day of one of them.
  int withdrawals = 0;
  std::optional<absl::CivilDay> withdrawn_day;
  // Ascends by one with every change, from 1.
  int64_t revision = 0;

  friend bool operator==(const Occurrence&, const Occurrence&) = default;
};

// How a duty is kept.
struct DutySummary {
  // Without cancelled ones.
  int occurrences = 0;
  int delivered = 0;
  int late = 0;
  // The open one that falls due first; 0 and nothing without one.
  int next_number = 0;
  std::optional<absl::CivilDay> next_due;

  friend bool operator==(const DutySummary&, const DutySummary&) = default;
};

// `duties/{id}`, `duties/{id}/occurrences/{number}`.
std::string DutyName(const std::string& id);
std::string OccurrenceName(const std::string& duty, int number);

// What the rules need to know of the agreement.
struct Ground {
  std::string agreement;
  int64_t unit = 0;
  DayInterval term;
  bool in_force = false;
  // Ids of the parties.
  std::vector<std::string> parties;
};
Ground GroundOf(const Agreement& agreement);

// OK when an agreement is in force; FAILED_PRECONDITION with AGREEMENT_NOT_IN_FORCE.
absl::Status RequireInForce(const Ground& ground);

// OK when `body` is a party and, by what the directory knows, exists on some day of `days`.
// INVALID_ARGUMENT naming `field` with NOT_A_PARTY or BODY_NOT_VALID; ABORTED when the directory
// was not asked for it.
absl::Status CheckParty(const std::string& body, const std::string& field, const Ground& ground,
                        const Bodies& bodies, const DayInterval& days);

// A duty with what it owes.
struct Scheduled {
  Duty duty;
  std::vector<Occurrence> occurrences;
};

// The time that a new duty is for: what was given, or from today to the end of the term.
// INVALID_ARGUMENT with OUTSIDE_TERM or TERM_REVERSED naming `duty.start_date` or
// `duty.end_date`.
absl::StatusOr<DayInterval> DutyDays(std::optional<absl::CivilDay> first,
                                     std::optional<absl::CivilDay> last, const DayInterval& term,
                                     absl::CivilDay today);

// A new duty, of revision 1, with all that it will owe, which is nothing that falls due after the
// agreement's last day; `events` are those of its kind and unit
// within `days`. Errors as the contract's CreateDuty has them, naming fields below `duty`.
absl::StatusOr<Scheduled> NewDuty(std::string id, const Ground& ground, DutyContent content,
                                  const DayInterval& days, const Bodies& bodies,
                                  const std::vector<Event>& events, const WorkCalendar& calendar,
                                  absl::Time now);

// Ends it: of its `occurrences` the open ones that fall due after `last_day` are cancelled and
// given back. FAILED_PRECONDITION with DUTY_ENDED; INVALID_ARGUMENT with DATE_IN_PAST or
// OUTSIDE_TERM naming `last_date`.
absl::StatusOr<Scheduled> End(const Duty& duty, const std::vector<Occurrence>& occurrences,
                              absl::CivilDay last_day, std::string reason, absl::Time now);

// Whether the duty counts from the event.
bool CountsFrom(const Duty& duty, const Event& event);

// The occurrence numbered `number` for an event that came up; nothing when that falls due before
// the duty's first day or after its last.
std::optional<Occurrence> AddOccurrence(const Duty& duty, int number, const Event& event,
                                        const WorkCalendar& calendar);

// What the duty owes beside `known`, its occurrences, now that the agreement lasts longer: what
// falls due on days of `due`.
std::vector<Occurrence> AddLater(const Duty& duty, const std::vector<Occurrence>& known,
                                 const DayInterval& due, const std::vector<Event>& events,
                                 const WorkCalendar& calendar);

// An open occurrence after its event has moved; cancelled when the duty no longer counts from it.
Occurrence MoveOccurrence(const Duty& duty, const Occurrence& occurrence, const Event& event,
                          const WorkCalendar& calendar);

// Whether an open occurrence follows its event when that changes: not once it is overdue, which
// no later change undoes.
bool FollowsEvent(const Occurrence& occurrence, absl::Time now);

// An open occurrence that is no longer owed.
Occurrence CancelOccurrence(const Occurrence& occurrence);

}  // namespace phoihop::agreements::duties

#endif  // PHOIHOP_SERVICES_AGREEMENTS_DUTIES_DUTY_H_
