// Supervision visits, and the rules about them. Pure values.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_REVIEWS_VISIT_H_
#define PHOIHOP_SERVICES_AGREEMENTS_REVIEWS_VISIT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "services/agreements/domain/facts.h"

namespace phoihop::agreements::reviews {

// Where a visit stands. The numbers are stored: never change one.
enum class VisitState {
  kRecorded = 1,
  kCancelled = 2,
};
inline constexpr VisitState kAllVisitStates[] = {VisitState::kRecorded, VisitState::kCancelled};

// Limits of the contract, in characters or bodies.
inline constexpr int kMaxVisitingBodies = 30;
inline constexpr int kMaxSubject = 500;
inline constexpr int kMaxVisitFindings = 10000;
inline constexpr int kMaxVisitDocument = 100;
inline constexpr int kMaxVisitReason = 1000;

// What an author says of a visit.
struct VisitContent {
  absl::CivilDay date;
  // Id of the unit that is visited.
  int64_t unit = 0;
  // Id of the body that is visited; empty for the unit as a whole.
  std::string body = {};
  // Ids of the parties that visit.
  std::vector<std::string> visiting = {};
  std::string subject = {};
  std::string findings = {};
  std::string document_number = {};

  friend bool operator==(const VisitContent&, const VisitContent&) = default;
};

// A visit.
struct Visit {
  std::string id;
  // Id of the agreement, with its unit and the first day of its term, which decide about access.
  std::string agreement;
  int64_t unit = 0;
  absl::CivilDay term_start;
  VisitContent content;
  VisitState state = VisitState::kRecorded;
  std::string cancel_reason = {};
  // `members/{id}`.
  std::string recorded_by;
  absl::Time create_time;
  absl::Time update_time;
  // Ascends by one with every change, from 1.
  int64_t revision = 0;

  friend bool operator==(const Visit&, const Visit&) = default;
};

// What the rules need to know of the world around a visit.
struct VisitFacts {
  // When the agreement is in force, the latter exclusive; nothing when it never was.
  std::optional<absl::CivilDay> in_force_from;
  absl::CivilDay in_force_until;
  // The visited unit is the agreement's or lies below it on the visit's day.
  bool unit_within = false;
  // Ids of the agreement's parties.
  std::vector<std::string> parties;
  // What the directory knows of the bodies named.
  Bodies bodies;
  absl::CivilDay today;
};

// `visits/{id}`.
std::string VisitName(const std::string& id);

// OK when a visit of this agreement may say this. FAILED_PRECONDITION with
// AGREEMENT_NOT_IN_FORCE; INVALID_ARGUMENT naming fields of `visit` with NOT_IN_FORCE_ON_DATE,
// UNIT_NOT_WITHIN, BODY_NOT_VALID, BODY_OF_OTHER_UNIT, NOT_A_PARTY, BODY_TWICE, VISITS_ITSELF,
// FINDINGS_BEFORE_VISIT; ABORTED when a body was not asked for.
absl::Status CheckVisit(const std::string& id, const std::string& agreement,
                        const VisitContent& content, const VisitFacts& facts);

// The visit with another content; itself when nothing changes. Errors as CheckVisit, and
// FAILED_PRECONDITION with VISIT_CANCELLED.
absl::StatusOr<Visit> ChangeVisit(const Visit& before, const VisitContent& content,
                                  const VisitFacts& facts, absl::Time now);

// The visit cancelled. FAILED_PRECONDITION with VISIT_CANCELLED.
absl::StatusOr<Visit> CancelVisit(const Visit& before, std::string reason, absl::Time now);

}  // namespace phoihop::agreements::reviews

#endif  // PHOIHOP_SERVICES_AGREEMENTS_REVIEWS_VISIT_H_
