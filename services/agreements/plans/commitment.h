// What a body promises in a plan, and each time that it is owed. Pure: every command may be
// run again with the same outcome.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_PLANS_COMMITMENT_H_
#define PHOIHOP_SERVICES_AGREEMENTS_PLANS_COMMITMENT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/time/civil.h"
#include "services/agreements/deadlines/rhythm.h"
#include "services/agreements/plans/plan.h"

namespace phoihop::agreements::plans {

// Where a commitment stands. The numbers are stored: never change one.
enum class CommitmentState {
  kPlanned = 1,
  kActive = 2,
  kFulfilled = 3,
  kConfirmed = 4,
  kWithdrawn = 5,
};

// Where an occurrence stands. The numbers are stored.
enum class OccurrenceState {
  kOpen = 1,
  kFulfilled = 2,
  kConfirmed = 3,
  kCancelled = 4,
};

// What an entry of the history says. The numbers are stored.
enum class ProgressKind {
  kUpdate = 1,
  kFulfilment = 2,
  kConfirmation = 3,
  kRefusal = 4,
};

// Limits of the contract: characters, bodies, levels, pieces.
inline constexpr int kMaxCommitmentTitle = 500;
inline constexpr int kMaxDescription = 5000;
inline constexpr int kMaxProduct = 500;
inline constexpr int kMaxSupporting = 29;
inline constexpr int kMaxLevels = 3;
inline constexpr int kMaxProgressText = 2000;
inline constexpr int kMaxEvidence = 20;
inline constexpr int kMaxEvidenceNumber = 100;
inline constexpr int kMaxEvidenceNote = 300;
// Working days within which a report is to be confirmed, and a plan approved.
inline constexpr int kConfirmWithin = 5;
inline constexpr int kApproveWithin = 10;

// What the authors of a plan decide.
struct CommitmentContent {
  // Id of the commitment of which it is a part; empty for none.
  std::string parent;
  std::string title;
  std::string description;
  // Number of the coordination area (Agreement.Area), 0 for none.
  int area = 0;
  // Ids of bodies.
  std::string lead;
  std::vector<std::string> supporting;
  Rhythm rhythm;
  std::string expected_product;

  friend bool operator==(const CommitmentContent&, const CommitmentContent&) = default;
};

// A commitment.
struct Commitment {
  std::string id;
  std::string plan;
  // As in the plan.
  std::string agreement;
  int64_t unit = 0;
  absl::CivilDay term_start;
  int year = 0;
  DayInterval days;

  CommitmentContent content;
  CommitmentState state = CommitmentState::kPlanned;
  // Day from which it is owed.
  std::optional<absl::CivilDay> active_day;
  // Highest number of an occurrence so far.
  int last_number = 0;
  // Occurrences but the cancelled ones; of them those reported, those confirmed, and of both
  // the late ones.
  int occurrences = 0;
  int fulfilled = 0;
  int confirmed = 0;
  int late = 0;
  // The open one that falls due first, and when; 0 and nothing without one. The store finds
  // it when it saves.
  int next_number = 0;
  std::optional<absl::CivilDay> next_due;
  // Entries of its history.
  int progress_entries = 0;
  std::optional<int> percent;
  // Numbers of the plan's amendments; 0 for none.
  int added_by = 0;
  int withdrawn_by = 0;
  std::string withdraw_reason;
  // Its plan was deleted.
  bool hidden = false;
  absl::Time create_time;
  absl::Time update_time;
  // Ascends by one with every change, from 1.
  int64_t revision = 0;

  int open() const { return occurrences - fulfilled - confirmed; }

  friend bool operator==(const Commitment&, const Commitment&) = default;
};

// One time that a commitment is owed.
struct Occurrence {
  // Id of the commitment.
  std::string commitment;
  // From 1.
  int number = 0;
  // When it is due; frozen when it is reported.
  DueDay due;
  int64_t calendar_revision = 0;
  // Id of the event from which that counts; empty for none.
  std::string event;
  OccurrenceState state = OccurrenceState::kOpen;
  std::optional<absl::CivilDay> fulfil_day;
  bool late = false;
  std::optional<absl::CivilDay> confirm_day;
  // Id of a body.
  std::string confirmed_by;
  int refusals = 0;
  std::string refuse_reason;
  // Ascends by one with every change, from 1.
  int64_t revision = 0;

  friend bool operator==(const Occurrence&, const Occurrence&) = default;
};

// What shows that something was done: a file, a document, or both.
struct Evidence {
  // SHA-256 of a file, lower-case hexadecimal; empty for none.
  std::string attachment;
  std::string document_number;
  std::optional<absl::CivilDay> document_day;
  std::string note;

  friend bool operator==(const Evidence&, const Evidence&) = default;
};

// An entry of a commitment's history.
struct Progress {
  std::string commitment;
  // From 1.
  int number = 0;
  ProgressKind kind = ProgressKind::kUpdate;
  // Id of the body in whose name.
  std::string body;
  // Number of the occurrence; 0 for the commitment as a whole.
  int occurrence = 0;
  std::string text;
  std::optional<int> percent;
  std::vector<Evidence> evidence;
  // As stated, and when and by whom it was recorded.
  absl::CivilDay day;
  std::string recorded_by;
  absl::Time record_time;

  friend bool operator==(const Progress&, const Progress&) = default;
};

// `commitments/{id}`, `commitments/{id}/occurrences/{number}`,
// `commitments/{id}/progress/{number}`.
std::string CommitmentName(const std::string& id);
std::string OccurrenceName(const std::string& commitment, int number);
std::string ProgressName(const std::string& commitment, int number);

// A commitment of `plan` in state PLANNED, of revision 1. `content` was checked, see content.h.
Commitment NewCommitment(std::string id, const AnnualPlan& plan, CommitmentContent content,
                         absl::Time now);

// With other content. FAILED_PRECONDITION with COMMITMENT_WITHDRAWN, or PLAN_NOT_DRAFT unless
// it is PLANNED.
absl::StatusOr<Commitment> ChangeContent(const Commitment& commitment, CommitmentContent content,
                                         absl::Time now);

// OK between the approval of the plan and the end of the commitment; of a withdrawn one while
// something is left that was overdue by then. FAILED_PRECONDITION with COMMITMENT_NOT_ACTIVE,
// COMMITMENT_CONFIRMED, COMMITMENT_WITHDRAWN.
absl::Status RequireRunning(const Commitment& commitment);

// A commitment and one of its occurrences, as a command finds or leaves them.
struct Step {
  Commitment commitment;
  Occurrence occurrence;
};

// The lead reports an occurrence that is due on `due`, with `evidence` pieces of evidence.
struct Report {
  std::string body;
  absl::CivilDay day;
  int evidence = 0;
  // Day of the last refusal of this occurrence; nothing when there was none. What was not enough
  // on that day cannot have been reported before it.
  std::optional<absl::CivilDay> refuse_day = {};
};
// FAILED_PRECONDITION with COMMITMENT_NOT_ACTIVE, COMMITMENT_CONFIRMED,
// COMMITMENT_WITHDRAWN, OCCURRENCE_NOT_OPEN; INVALID_ARGUMENT with NOT_LEAD naming `body`,
// DATE_IN_FUTURE or DATE_TOO_EARLY naming `fulfil_date`, EVIDENCE_REQUIRED naming `evidence`.
absl::StatusOr<Step> Fulfil(const Step& before, const Report& report, const DueDay& due,
                            absl::Time now);

// Another party says whether it is so.
struct Verdict {
  std::string body;
  absl::CivilDay day;
  // Of the agreement.
  std::vector<std::string> parties;
  // Parts of the commitment that are neither confirmed nor withdrawn.
  int open_children = 0;
  // `members/{id}` who says so, and the id of the body for which that member acts, empty for none;
  // and who recorded the report.
  std::string member = {};
  std::string member_body = {};
  std::string reported_by = {};
};
// FAILED_PRECONDITION as Fulfil, with OCCURRENCE_NOT_FULFILLED for one that is not
// reported, with CONFIRMER_IS_LEAD or CONFIRMER_IS_REPORTER when the member acts for the lead or
// recorded the report, in whose name ever, and with CHILDREN_OPEN when nothing else is open;
// INVALID_ARGUMENT with CONFIRMER_IS_LEAD or NOT_A_PARTY naming `body`, DATE_IN_FUTURE or
// DATE_TOO_EARLY naming `confirm_date`.
absl::StatusOr<Step> Confirm(const Step& before, const Verdict& verdict, absl::Time now);
// The same without CHILDREN_OPEN; the occurrence is open again.
absl::StatusOr<Step> Refuse(const Step& before, const Verdict& verdict, std::string reason,
                            absl::Time now);

// The commitment after an entry on the way. FAILED_PRECONDITION with COMMITMENT_NOT_ACTIVE,
// COMMITMENT_CONFIRMED, COMMITMENT_WITHDRAWN; INVALID_ARGUMENT with NOT_INVOLVED naming
// `progress.body` unless it leads or supports.
absl::StatusOr<Commitment> AfterUpdate(const Commitment& commitment, const Progress& progress,
                                       absl::Time now);

// Taken back from the day of `now` on: what is not confirmed of it and falls due on that day or
// later is cancelled. What was due before stays owed and counts, since a withdrawal undoes
// nothing that is overdue or was late. `amendment` is 0 in a draft.
// FAILED_PRECONDITION with COMMITMENT_CONFIRMED, COMMITMENT_WITHDRAWN, CHILDREN_OPEN.
struct Withdrawal {
  Commitment commitment;
  // Those that were cancelled by it.
  std::vector<Occurrence> cancelled;
};
absl::StatusOr<Withdrawal> Withdraw(const Commitment& commitment,
                                    const std::vector<Occurrence>& occurrences, int open_children,
                                    int amendment, std::string reason, absl::Time now);

// Where a commitment with these counts stands on a day, when it is not planned. One that counts
// from events is not CONFIRMED while more of them may come.
CommitmentState StateOf(const Commitment& commitment, absl::CivilDay today);

// At the end of its plan: CONFIRMED when everything that was owed is and `open_children` of its
// parts are open, that is none; nothing when it stays as it is.
std::optional<Commitment> Settle(const Commitment& commitment, int open_children, absl::Time now);

}  // namespace phoihop::agreements::plans

#endif  // PHOIHOP_SERVICES_AGREEMENTS_PLANS_COMMITMENT_H_
