// The plan of one year under an agreement: DRAFT -> APPROVING -> APPROVED -> CLOSED. Pure:
// every command may be run again with the same outcome.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_PLANS_PLAN_H_
#define PHOIHOP_SERVICES_AGREEMENTS_PLANS_PLAN_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/time/civil.h"

namespace phoihop::agreements::plans {

// Where a plan stands. The numbers are stored: never change one.
enum class PlanState {
  kDraft = 1,
  kApproving = 2,
  kApproved = 3,
  kClosed = 4,
  kDeleted = 5,
};

// Limits of the contract.
inline constexpr int kMaxPlanTitle = 500;
inline constexpr int kMaxApprover = 200;
inline constexpr int kMaxPlanReason = 1000;
inline constexpr int kMaxCommitments = 500;
inline constexpr int kMaxAmendments = 100;
inline constexpr int kMaxAmended = 50;
// What falls due in one plan, at most: its approval puts all of it in one transaction.
inline constexpr int kMaxPlannedOccurrences = 5000;

// A party's approval, or that it is asked for one.
struct PlanApproval {
  // Id of the party's body.
  std::string party;
  // As the party stated it; nothing until it has approved. The rest is empty until then.
  std::optional<absl::CivilDay> day;
  std::string approver_name;
  std::string approver_title;
  std::string recorded_by;
  absl::Time record_time;

  friend bool operator==(const PlanApproval&, const PlanApproval&) = default;
};

// Why a plan went back to its authors.
struct PlanRejection {
  std::string party;
  std::string reason;
  absl::CivilDay day;
  std::string recorded_by;

  friend bool operator==(const PlanRejection&, const PlanRejection&) = default;
};

// A change of an approved plan.
struct PlanAmendment {
  int number = 0;
  absl::CivilDay day;
  std::string reason;
  std::string recorded_by;
  int added = 0;
  int withdrawn = 0;

  friend bool operator==(const PlanAmendment&, const PlanAmendment&) = default;
};

// What an agreement's parties plan for a year.
struct AnnualPlan {
  std::string id;
  // Id of the agreement, its unit, and the first day of its term, whose tree decides who
  // may see it.
  std::string agreement;
  int64_t unit = 0;
  absl::CivilDay term_start;
  int year = 0;
  // The days of the year that lie in the agreement's term.
  DayInterval days;
  std::string title;
  PlanState state = PlanState::kDraft;
  // How often it was submitted.
  int round = 0;
  std::optional<absl::CivilDay> submit_day;
  // One for each party since it was submitted; empty for a draft.
  std::vector<PlanApproval> approvals;
  // The last one.
  std::optional<PlanRejection> rejection;
  // The latest of the approvals; nothing until every party has approved.
  std::optional<absl::CivilDay> approve_day;
  std::vector<PlanAmendment> amendments;
  std::string copied_from;
  // Its commitments but those withdrawn.
  int commitments = 0;
  absl::Time create_time;
  absl::Time update_time;
  // Ascends by one with every change, from 1.
  int64_t revision = 0;

  friend bool operator==(const AnnualPlan&, const AnnualPlan&) = default;
};

// `plans/{id}`.
std::string PlanName(const std::string& id);

// ALREADY_EXISTS with PLAN_EXISTS: `id` is the plan of the year.
absl::Status PlanExists(const std::string& id);

// The agreement of a new plan.
struct PlanGround {
  std::string agreement;
  int64_t unit = 0;
  DayInterval term;
  bool in_force = false;
};

// A draft of revision 1. FAILED_PRECONDITION with AGREEMENT_NOT_IN_FORCE; INVALID_ARGUMENT
// naming `plan.year` with YEAR_OUTSIDE_TERM.
absl::StatusOr<AnnualPlan> NewPlan(std::string id, const PlanGround& ground, int year,
                                   std::string title, absl::Time now);

// The commands of a plan.
namespace plan_command {

struct Rename {
  std::string title;
};
struct Delete {};
// Lays it before these parties.
struct Submit {
  std::vector<std::string> parties;
  absl::CivilDay day;
};
struct Approve {
  std::string party;
  absl::CivilDay day;
  std::string approver_name;
  std::string approver_title;
};
struct Reject {
  std::string party;
  std::string reason;
};
struct Amend {
  std::string reason;
  int added = 0;
  int withdrawn = 0;
};
struct Close {
  // Commitments that are not confirmed or withdrawn.
  int open = 0;
};
// Counts the commitments that were added to (or, negative, taken out of) a draft.
struct Count {
  int more = 0;
};

}  // namespace plan_command

using PlanCommand = std::variant<plan_command::Rename, plan_command::Delete, plan_command::Submit,
                                 plan_command::Approve, plan_command::Reject, plan_command::Amend,
                                 plan_command::Close, plan_command::Count>;

// The plan after `command` of `actor` (`members/{id}`) at `now`. FAILED_PRECONDITION:
//   Rename, Delete, Count  PLAN_NOT_DRAFT; Count also PLAN_FULL
//   Submit                 PLAN_NOT_DRAFT, PLAN_EMPTY
//   Approve                PLAN_NOT_APPROVING, PARTY_HAS_APPROVED, MEMBER_HAS_APPROVED (for
//                          another party)
//   Reject                 PLAN_NOT_APPROVING
//   Amend                  PLAN_NOT_APPROVED, PLAN_FULL, TOO_MANY_AMENDMENTS
//   Close                  PLAN_NOT_APPROVED, PLAN_NOT_OVER
// INVALID_ARGUMENT: NOT_A_PARTY naming `party`; DATE_IN_FUTURE and DATE_TOO_EARLY naming
// `submit_date` (more than a year before the plan) or `approve_date` (before the submission).
// With the last approval the plan is APPROVED as of the latest of the dates.
absl::StatusOr<AnnualPlan> Apply(const AnnualPlan& plan, const PlanCommand& command, absl::Time now,
                                 std::string_view actor);

// FAILED_PRECONDITION with PLAN_NOT_DRAFT unless it is a draft.
absl::Status RequireDraft(const AnnualPlan& plan);

}  // namespace phoihop::agreements::plans

#endif  // PHOIHOP_SERVICES_AGREEMENTS_PLANS_PLAN_H_
