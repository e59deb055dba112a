#include "services/opinions/domain/counting.h"

#include <algorithm>
#include <map>
#include <utility>

namespace phoihop::opinions {
namespace {

bool Counts(absl::Span<const UnitDays> where, int64_t unit, absl::CivilDay day) {
  return std::any_of(where.begin(), where.end(), [&](const UnitDays& days) {
    return days.unit == unit && days.days.Contains(day);
  });
}

}  // namespace

PetitionTallies CountPetitions(absl::Span<const Petition> petitions,
                               absl::Span<const UnitDays> where, absl::CivilDay end) {
  PetitionTallies tallies{};
  for (const Petition& petition : petitions) {
    if (!Counts(where, petition.unit, petition.received)) continue;
    PetitionTally& tally = tallies[static_cast<int>(GroupOf(petition.kind))];
    ++tally.received;
    if (petition.resolved.has_value() && *petition.resolved <= end) ++tally.resolved;
  }
  return tallies;
}

std::vector<TopicTally> CountTopics(absl::Span<const OpinionEntry> entries,
                                    absl::Span<const UnitDays> where) {
  std::map<std::string, TopicTally> by_key;
  for (const OpinionEntry& entry : entries) {
    if (!Counts(where, entry.unit, entry.heard)) continue;
    std::string key = TopicKey(entry.topic);
    TopicTally& tally = by_key[key];
    if (tally.entries == 0 || entry.topic < tally.topic) tally.topic = entry.topic;
    tally.key = std::move(key);
    ++tally.entries;
    tally.voiced += entry.voiced.value_or(0);
  }
  std::vector<TopicTally> topics;
  topics.reserve(by_key.size());
  for (auto& [key, tally] : by_key) topics.push_back(std::move(tally));
  RankTopics(topics);
  return topics;
}

void RankTopics(std::vector<TopicTally>& topics) {
  std::sort(topics.begin(), topics.end(), [](const TopicTally& a, const TopicTally& b) {
    if (a.entries != b.entries) return a.entries > b.entries;
    return a.key < b.key;
  });
}

}  // namespace phoihop::opinions
