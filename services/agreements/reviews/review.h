// A review of how an agreement was carried out, and the rules of its life. Pure values.
//
//   DRAFT --Approve--> APPROVED (then proposals are followed up)
//     \--Delete--> DELETED
#ifndef PHOIHOP_SERVICES_AGREEMENTS_REVIEWS_REVIEW_H_
#define PHOIHOP_SERVICES_AGREEMENTS_REVIEWS_REVIEW_H_

#include <cstdint>
#include <map>
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
#include "services/agreements/domain/facts.h"
#include "services/agreements/reviews/figures.h"

namespace phoihop::agreements::reviews {

// Kinds and states. The numbers are stored: never change one.
enum class ReviewKind {
  kPreliminary = 1,
  kFinal = 2,
};
enum class ReviewState {
  kDraft = 1,
  kApproved = 2,
  kDeleted = 3,
};
inline constexpr ReviewState kAllReviewStates[] = {ReviewState::kDraft, ReviewState::kApproved,
                                                   ReviewState::kDeleted};
enum class FindingKind {
  kResult = 1,
  kShortcoming = 2,
  kCause = 3,
  kProposal = 4,
};

// Limits of the contract, in characters or entries.
inline constexpr int kMaxReviewTitle = 500;
inline constexpr int kMaxFindings = 200;
inline constexpr int kMaxFindingText = 2000;
inline constexpr int kMaxFollowUps = 200;
inline constexpr int kMaxApprover = 200;
inline constexpr int kMaxFollowUpDocument = 100;
inline constexpr int kMaxFollowUpNote = 2000;
// Proposals of a final review fall due up to so many years after the agreement.
inline constexpr int kYearsAfterFinal = 3;

// Something that a review says. Its number is its place, from 1.
struct Finding {
  FindingKind kind = FindingKind::kResult;
  std::string text;
  // Number of the coordination area, 0 for none.
  int area = 0;

  friend bool operator==(const Finding&, const Finding&) = default;
};

// What a body owes because of a proposal. Its number is its place, from 1.
struct FollowUp {
  // Number of the finding.
  int finding = 0;
  // Id of the body that owes it.
  std::string body;
  // While it is open the obligation has the day; once done, as it was then.
  absl::CivilDay due;
  // Nothing while it is open.
  std::optional<absl::CivilDay> done_day = std::nullopt;
  bool late = false;
  // No longer owed, since the agreement ended before it was due; the obligation says so. Or its
  // commitment was withdrawn.
  bool withdrawn = false;
  std::string document_number = {};
  std::string note = {};
  // `members/{id}` who reported it.
  std::string reported_by = {};
  // Id of the commitment that it is, empty for none. Then that says whether it is done (confirmed
  // by another party), when and whether late, and where it is reported.
  std::string commitment = {};

  friend bool operator==(const FollowUp&, const FollowUp&) = default;
};

// What an author decides.
struct ReviewContent {
  ReviewKind kind = ReviewKind::kPreliminary;
  std::string title;
  std::vector<Finding> findings = {};

  friend bool operator==(const ReviewContent&, const ReviewContent&) = default;
};

// A review.
struct Review {
  std::string id;
  // Id of the agreement, with its unit and the first day of its term, which decide about access.
  std::string agreement;
  int64_t unit = 0;
  absl::CivilDay term_start;
  DayInterval interval;
  ReviewContent content;
  ReviewState state = ReviewState::kDraft;
  std::vector<Figure> figures;
  // When they were filled in.
  absl::Time figures_time;
  std::vector<FollowUp> follow_ups = {};
  // Set by the approval.
  std::optional<absl::CivilDay> approve_day = std::nullopt;
  std::string approver_name = {};
  std::string approver_title = {};
  std::string approved_by = {};
  absl::Time create_time;
  absl::Time update_time;
  // Ascends by one with every change, from 1.
  int64_t revision = 0;

  friend bool operator==(const Review&, const Review&) = default;
};

// The agreement that is reviewed or evaluated.
struct Ground {
  std::string agreement;
  int64_t unit = 0;
  absl::CivilDay term_start;
  // Whether it is or was in force, and the first and the last day of its term for which it is or
  // was.
  bool was_in_force = false;
  absl::CivilDay first_day;
  absl::CivilDay last_day;
  // Ids of its parties.
  std::vector<std::string> parties;
  // By id, as they were called when it was signed; of those for which that was kept.
  std::map<std::string, std::string> names = {};
};
Ground GroundOf(const Agreement& agreement);

// OK when a review of this kind may have the interval: a final one looks back until the agreement's
// last day. INVALID_ARGUMENT naming `review.last_date` with FINAL_NOT_AT_END.
absl::Status CheckKind(const Ground& ground, const DayInterval& interval, ReviewKind kind);

// OK when an interval of the agreement may be looked back at. FAILED_PRECONDITION with
// AGREEMENT_NOT_IN_FORCE; INVALID_ARGUMENT naming `{path}.last_date` with `not_ended`, or
// `{path}.first_date` or `.last_date` with OUTSIDE_TERM.
absl::Status CheckInterval(const Ground& ground, const DayInterval& interval, absl::CivilDay today,
                           std::string_view path, std::string_view not_ended);

// What becomes of a review.
namespace review_command {

// DRAFT: another content.
struct Change {
  ReviewContent content;
  Ground ground;
};
// DRAFT: figures as the records are now.
struct Refresh {
  std::vector<Figure> figures;
};
// DRAFT -> APPROVED.
struct Approve {
  absl::CivilDay day;
  std::string name;
  std::string title;
};
// DRAFT -> DELETED.
struct Delete {};
// APPROVED: a party is to follow up a proposal by a day.
struct FollowUp {
  int finding = 0;
  std::string body;
  absl::CivilDay due;
  Ground ground;
  // What the directory knows of the body.
  Bodies bodies;
};
// APPROVED: it was followed up.
struct Complete {
  // Number of the follow-up.
  int number = 0;
  std::string body;
  absl::CivilDay day;
  std::string document_number;
  std::string note;
};

}  // namespace review_command

using ReviewCommand =
    std::variant<review_command::Change, review_command::Refresh, review_command::Approve,
                 review_command::Delete, review_command::FollowUp, review_command::Complete>;

// `reviews/{id}`.
std::string ReviewName(const std::string& id);

// A new draft. Errors as CheckInterval, with the path "review" and REVIEW_NOT_ENDED.
absl::StatusOr<Review> NewReview(std::string id, const Ground& ground, const DayInterval& interval,
                                 ReviewContent content, std::vector<Figure> figures,
                                 absl::Time now);

// The review after a command; itself when nothing changes. FAILED_PRECONDITION with
// REVIEW_NOT_DRAFT, REVIEW_NOT_APPROVED, REVIEW_EMPTY, FOLLOW_UP_EXISTS, TOO_MANY_FOLLOW_UPS,
// FOLLOW_UP_IS_COMMITMENT, FOLLOW_UP_DONE, FOLLOW_UP_WITHDRAWN; INVALID_ARGUMENT naming the
// request's field with what the contract says.
absl::StatusOr<Review> Apply(const Review& review, const ReviewCommand& command, absl::Time now,
                             std::string_view actor);

}  // namespace phoihop::agreements::reviews

#endif  // PHOIHOP_SERVICES_AGREEMENTS_REVIEWS_REVIEW_H_
