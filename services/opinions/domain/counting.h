// The rules of counting, said as plainly as they can be: over records in memory.
// The store counts by counters and indexes, and is tested against these.
#ifndef PHOIHOP_SERVICES_OPINIONS_DOMAIN_COUNTING_H_
#define PHOIHOP_SERVICES_OPINIONS_DOMAIN_COUNTING_H_

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "common/time/civil.h"
#include "services/opinions/domain/opinion_entry.h"
#include "services/opinions/domain/petition.h"

namespace phoihop::opinions {

// Topics answered, at most; the total counts all of them.
inline constexpr int kMaxTopics = 200;

// Days on which the records of a unit count, because the tree of those days had
// the unit below the one that is asked about.
struct UnitDays {
  int64_t unit = 0;
  DayInterval days;

  friend bool operator==(const UnitDays&, const UnitDays&) = default;
};

// Petitions received, and how many of those were resolved by the end.
struct PetitionTally {
  int64_t received = 0;
  int64_t resolved = 0;

  friend bool operator==(const PetitionTally&, const PetitionTally&) = default;
};

// By group; index with static_cast<int>(PetitionGroup).
using PetitionTallies = std::array<PetitionTally, kPetitionGroups>;

// Opinions of one topic.
struct TopicTally {
  // TopicKey of the topic.
  std::string key;
  // The topic as it was written; of several spellings the first in byte order.
  std::string topic;
  int64_t entries = 0;
  // Sum over the entries that have a number of people.
  int64_t voiced = 0;

  friend bool operator==(const TopicTally&, const TopicTally&) = default;
};

// A petition counts when its unit counted on the day of receipt. It counts as
// resolved when it was resolved on or before `end`, also when its unit had
// left, or ended, by then.
PetitionTallies CountPetitions(absl::Span<const Petition> petitions,
                               absl::Span<const UnitDays> where, absl::CivilDay end);

// An entry counts when its unit counted on the day on which it was heard. Ordered
// by RankTopics.
std::vector<TopicTally> CountTopics(absl::Span<const OpinionEntry> entries,
                                    absl::Span<const UnitDays> where);

// Most entries first, then by key.
void RankTopics(std::vector<TopicTally>& topics);

}  // namespace phoihop::opinions

#endif  // PHOIHOP_SERVICES_OPINIONS_DOMAIN_COUNTING_H_
