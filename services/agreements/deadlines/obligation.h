// What somebody owes by a day. Everything in this service that falls due, from a signature
// to the monthly digest, is kept as an obligation, so that one place moves due days, warns,
// escalates and answers "what is due". Pure values.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_DEADLINES_OBLIGATION_H_
#define PHOIHOP_SERVICES_AGREEMENTS_DEADLINES_OBLIGATION_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "services/agreements/deadlines/rhythm.h"

namespace phoihop::agreements {

// What is owed. The numbers are stored: never change one.
enum class ObligationKind {
  kSign = 1,      // a party's signature
  kComment = 2,   // a party's comment on a draft
  kFulfil = 3,    // a commitment, or one occurrence of it, by its lead body
  kConfirm = 4,   // the confirmation of a fulfilled commitment by another body
  kDeliver = 5,   // an information delivery
  kAnswer = 6,    // the answer to an information request
  kApprove = 7,   // the approval of an annual plan
  kFollowUp = 8,  // a follow-up of a review's proposal
};

// Where an obligation stands. The numbers are stored.
enum class ObligationState {
  kOpen = 1,
  // Met; `done_day` says when and, against the due day of that day, whether late. Frozen.
  kDone = 2,
  // No longer owed.
  kWithdrawn = 3,
};

// One thing that one body owes.
struct Obligation {
  // `{resource}/{ordinal}`-like key made by the owner of the resource; unique, at most 100
  // ASCII characters, for example "deliver:01h...:12". It never changes.
  std::string key;
  ObligationKind kind = ObligationKind::kFulfil;
  // Resource in which it is met: `commitments/{id}`, `duties/{id}`, `agreements/{id}`.
  std::string resource;
  // Id of the agreement, of its unit, and of the body that owes.
  std::string agreement;
  int64_t unit = 0;
  std::string body;
  // Number of the coordination area (see resources.proto), 0 for none.
  int area = 0;
  // What is owed, for reading; up to 500 characters.
  std::string title;
  // The rule from which the due day follows, so that another calendar can compute it again:
  // `rhythm` with `period` of the occurrence, or, when `working_days` is set, so many
  // working days after `basis`. Neither: `due.day` is fixed, and `fixed_day` keeps it while
  // pauses move the due day.
  std::optional<Rhythm> rhythm;
  std::optional<int> working_days;
  std::optional<absl::CivilDay> fixed_day;
  // First day of the count, or the event's day.
  absl::CivilDay basis;
  // The due day now.
  DueDay due;
  // Revision of the calendar behind it.
  int64_t calendar_revision = 0;
  std::vector<DayInterval> pauses;
  ObligationState state = ObligationState::kOpen;
  // Day on which it was met; the due day stays as it was then.
  std::optional<absl::CivilDay> done_day;

  bool late() const { return done_day.has_value() && *done_day > due.day; }
};

// Has an obligation without a rule keep its day, which pauses are about to move. A day that was
// fixed stays what it is, worked or not.
void KeepFixedDay(Obligation& obligation);

// The due day that `calendar` gives an obligation, pauses included, and not before the first day of
// its term; the present one when no rule is kept. A pause that counts goes on counting.
DueDay Recompute(const Obligation& obligation, const WorkCalendar& calendar);

// The steps of escalation, by working days after the due day (negative: before it).
// Each fires once for an obligation that is still open.
struct EscalationStep {
  int number = 0;
  int working_days = 0;
  // Whom it tells: the owing body, or the leaders of its unit.
  enum class Target { kBody, kUnitLeaders, kSuperiorLeaders } target = Target::kBody;
};
// -3 body (reminder), +1 body, +5 unit's leaders, +10 superior unit's leaders.
const std::vector<EscalationStep>& EscalationSteps();

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_DEADLINES_OBLIGATION_H_
