#include "services/agreements/plans/commitment_terms.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/ledger/command.h"
#include "common/status/macros.h"
#include "services/agreements/plans/methods.h"
#include "services/agreements/plans/obligations.h"
#include "services/agreements/plans/schedule.h"

namespace phoihop::agreements::plans {

absl::StatusOr<std::vector<Commitment>> CommitmentTerms::Planned(ledger::Transaction& tx,
                                                                 const std::string& agreement,
                                                                 int year) {
  ASSIGN_OR_RETURN(const std::string id, parts_.store->PlanOfYear(tx, agreement, year));
  if (id.empty()) return std::vector<Commitment>();
  ASSIGN_OR_RETURN(const std::optional<AnnualPlan> plan, parts_.store->LockPlan(tx, id));
  if (!plan.has_value() || plan->state != PlanState::kApproved) return std::vector<Commitment>();
  return parts_.store->CommitmentsOf(tx, id);
}

absl::Status CommitmentTerms::TermExtended(ledger::Transaction& tx, const Agreement& before,
                                           const Agreement& after, const WorkCalendar& calendar) {
  const DayInterval due = {LastDay(before) + 1, LastDay(after)};
  // What counts from a day is due at most 250 working days after it.
  const int last_year = static_cast<int>(LastDay(before).year());
  for (int year = last_year - 1; year <= last_year; ++year) {
    ASSIGN_OR_RETURN(const std::vector<Commitment> commitments, Planned(tx, after.id, year));
    for (const Commitment& commitment : commitments) {
      if (!commitment.active_day.has_value() || commitment.state == CommitmentState::kWithdrawn) {
        continue;
      }
      ASSIGN_OR_RETURN(const std::vector<Event> events, EventsFor(parts_, tx, commitment));
      ASSIGN_OR_RETURN(const std::vector<Occurrence> known,
                       parts_.store->OccurrencesOf(tx, commitment.id));
      std::optional<Scheduled> more = AddLater(commitment, known, due, events, calendar, tx.now());
      if (more.has_value()) RETURN_IF_ERROR(SaveSchedule(parts_, tx, commitment, *more));
    }
  }
  return absl::OkStatus();
}

absl::Status CommitmentTerms::TermShortened(ledger::Transaction& tx, const Agreement& before,
                                            const Agreement& after) {
  const absl::CivilDay last = LastDay(after);
  for (auto year = static_cast<int>(last.year()) - 1; year <= LastDay(before).year(); ++year) {
    ASSIGN_OR_RETURN(const std::vector<Commitment> commitments, Planned(tx, after.id, year));
    for (const Commitment& commitment : commitments) {
      RETURN_IF_ERROR(CancelLater(tx, commitment, last));
    }
  }
  return absl::OkStatus();
}

absl::Status CommitmentTerms::CancelLater(ledger::Transaction& tx, const Commitment& commitment,
                                          absl::CivilDay last) {
  ASSIGN_OR_RETURN(const std::vector<Occurrence> known,
                   parts_.store->OccurrencesOf(tx, commitment.id));
  std::vector<Occurrence> later;
  for (const Occurrence& occurrence : known) {
    if (occurrence.state != OccurrenceState::kOpen) continue;
    // The book has the day as calendars and pauses have moved it.
    ASSIGN_OR_RETURN(const std::optional<Obligation> owed,
                     parts_.book->Lock(tx, FulfilKey(commitment.id, occurrence.number)));
    const absl::CivilDay due = owed.has_value() ? owed->due.day : occurrence.due.day;
    if (due > last) later.push_back(occurrence);
  }
  if (later.empty()) return absl::OkStatus();
  Scheduled after = CancelOccurrences(commitment, std::move(later), tx.now());
  std::vector<Notice> notices;
  for (const Occurrence& occurrence : after.occurrences) {
    notices.push_back(ShortenedNotice(after.commitment, occurrence, last));
  }
  RETURN_IF_ERROR(parts_.book->Tell(tx, notices));
  return SaveSchedule(parts_, tx, commitment, after);
}

}  // namespace phoihop::agreements::plans
