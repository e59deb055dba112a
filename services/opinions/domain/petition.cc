#include "services/opinions/domain/petition.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/string_view.h"
#include "common/text/text.h"
#include "common/time/civil.h"

namespace phoihop::opinions {

std::optional<PetitionKind> PetitionKindOf(int number) {
  if (number < static_cast<int>(PetitionKind::kComplaint) ||
      number > static_cast<int>(PetitionKind::kFeedback)) {
    return std::nullopt;
  }
  return static_cast<PetitionKind>(number);
}

PetitionGroup GroupOf(PetitionKind kind) {
  switch (kind) {
    case PetitionKind::kComplaint:
    case PetitionKind::kDenunciation:
      return PetitionGroup::kComplaintsAndDenunciations;
    case PetitionKind::kRecommendation:
    case PetitionKind::kFeedback:
      break;
  }
  return PetitionGroup::kRecommendationsAndFeedback;
}

bool IsReference(std::string_view reference) {
  const int length = CharCount(reference);
  if (length < 1 || length > kMaxReference) return false;
  // Folding turns every Vietnamese letter into one of a to z; letters of other
  // scripts stay, and marks that stand alone vanish, which changes the length.
  const std::string folded = Fold(reference);
  if (static_cast<int>(folded.size()) != length) return false;
  bool digit = false;
  for (const char c : folded) {
    if (absl::ascii_isdigit(static_cast<unsigned char>(c))) {
      digit = true;
    } else if (!absl::ascii_islower(static_cast<unsigned char>(c)) &&
               std::string_view("./-_").find(c) == std::string_view::npos) {
      return false;
    }
  }
  return digit;
}

Violations CheckDates(const PetitionDates& dates, absl::CivilDay today) {
  Violations found;
  if (dates.received.has_value() && *dates.received > today) {
    found.push_back({"received_date",
                     "DATE_IN_FUTURE",
                     {"The day of receipt must not be in the future.",
                      "Ngày tiếp nhận không được ở tương lai."}});
  }
  if (dates.due.has_value() && dates.received.has_value() && *dates.due < *dates.received) {
    found.push_back({"due_date",
                     "DATE_BEFORE_RECEIPT",
                     {"The due day must not be before the day of receipt.",
                      "Hạn giải quyết không được trước ngày tiếp nhận."}});
  }
  if (dates.resolved.has_value()) {
    if (*dates.resolved > today) {
      found.push_back({"resolved_date",
                       "DATE_IN_FUTURE",
                       {"The day of resolution must not be in the future.",
                        "Ngày giải quyết không được ở tương lai."}});
    } else if (dates.received.has_value() && *dates.resolved < *dates.received) {
      found.push_back({"resolved_date",
                       "DATE_BEFORE_RECEIPT",
                       {"The day of resolution must not be before the day of receipt.",
                        "Ngày giải quyết không được trước ngày tiếp nhận."}});
    }
  }
  return found;
}

Petition Apply(const Petition& petition, const PetitionChange& change, absl::Time now,
               Violations* violations) {
  Petition next = petition;
  if (change.due.has_value()) next.due = *change.due;
  if (change.resolved.has_value()) next.resolved = *change.resolved;
  *violations = CheckDates(next.dates(), VietnamDay(now));
  if (next == petition) return next;
  // Clocks of replicas may differ a little; the times of a record do not run back.
  next.updated = std::max(now, petition.updated);
  ++next.revision;
  return next;
}

}  // namespace phoihop::opinions
