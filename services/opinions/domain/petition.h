// The register of petitions: a reference, a kind and dates. Who sent a petition
// and what it says stay in the file that the reference names, so neither has a
// field here.
#ifndef PHOIHOP_SERVICES_OPINIONS_DOMAIN_PETITION_H_
#define PHOIHOP_SERVICES_OPINIONS_DOMAIN_PETITION_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "services/opinions/domain/violation.h"

namespace phoihop::opinions {

// The four kinds of the law. The numbers are stored: never change one.
enum class PetitionKind {
  kComplaint = 1,
  kDenunciation = 2,
  kRecommendation = 3,
  kFeedback = 4,
};

// How reviews group them.
enum class PetitionGroup {
  kComplaintsAndDenunciations = 0,
  kRecommendationsAndFeedback = 1,
};
inline constexpr int kPetitionGroups = 2;

// A petition is open until it has a day of resolution; nothing else decides.
enum class PetitionState { kOpen, kResolved };

// Characters of a reference, at most.
inline constexpr int kMaxReference = 60;

// Petitions registered at once, at most.
inline constexpr int kMaxBatch = 500;

// The days of a petition. While a request is checked, `received` is absent when
// it could not be read; in a Petition it is always there.
struct PetitionDates {
  std::optional<absl::CivilDay> received;
  std::optional<absl::CivilDay> due;
  std::optional<absl::CivilDay> resolved;
};

// One petition.
struct Petition {
  std::string id;
  // Id of the unit that received it.
  int64_t unit = 0;
  // The unit's own number of the file; unique within the unit.
  std::string reference;
  PetitionKind kind = PetitionKind::kComplaint;
  absl::CivilDay received;
  std::optional<absl::CivilDay> due;
  std::optional<absl::CivilDay> resolved;
  absl::Time created;
  absl::Time updated;
  int64_t revision = 1;

  PetitionState state() const {
    return resolved.has_value() ? PetitionState::kResolved : PetitionState::kOpen;
  }
  PetitionDates dates() const { return {received, due, resolved}; }

  friend bool operator==(const Petition&, const Petition&) = default;
};

// New values of a petition; what is absent stays, and an inner absence clears.
struct PetitionChange {
  std::optional<std::optional<absl::CivilDay>> due;
  std::optional<std::optional<absl::CivilDay>> resolved;
};

// The kind of a stored or sent number; nothing for one that is not known.
std::optional<PetitionKind> PetitionKindOf(int number);

PetitionGroup GroupOf(PetitionKind kind);

// Whether clean text is a reference: 1 to 60 letters, digits and `. / - _`, among
// them a digit. Without spaces and with a digit it numbers a file; a person's
// name does not pass by accident.
bool IsReference(std::string_view reference);

// The rules of the days: due and resolved not before received; received and
// resolved not after `today`, the day in Vietnam. All violations, in order of
// field.
Violations CheckDates(const PetitionDates& dates, absl::CivilDay today);

// The petition after a change at `now`. `violations` gets what the new days
// break; then the result is not to be used. A change that changes nothing gives
// the petition back as it was, with its revision.
Petition Apply(const Petition& petition, const PetitionChange& change, absl::Time now,
               Violations* violations);

}  // namespace phoihop::opinions

#endif  // PHOIHOP_SERVICES_OPINIONS_DOMAIN_PETITION_H_
