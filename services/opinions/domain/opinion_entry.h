// What people said about an issue. An entry speaks of the issue: it has no place
// for who said it.
#ifndef PHOIHOP_SERVICES_OPINIONS_DOMAIN_OPINION_ENTRY_H_
#define PHOIHOP_SERVICES_OPINIONS_DOMAIN_OPINION_ENTRY_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "services/opinions/domain/violation.h"

namespace phoihop::opinions {

// Through what an opinion was heard. The numbers are stored: never change one.
enum class Channel {
  kCollaborator = 1,
  kVoterMeeting = 2,
  kReception = 3,
  kSurvey = 4,
  kPress = 5,
  kBriefing = 6,
};

// Limits in characters and in people.
inline constexpr int kMaxTopic = 100;
inline constexpr int kMaxText = 5000;
inline constexpr int kMaxVoiced = 1000000;

// One entry.
struct OpinionEntry {
  std::string id;
  // Id of the unit where it was heard.
  int64_t unit = 0;
  std::string topic;
  Channel channel = Channel::kCollaborator;
  std::string text;
  // How many people voiced it; nothing when nobody counted. Nothing is not zero.
  std::optional<int32_t> voiced;
  absl::CivilDay heard;
  absl::Time created;
  int64_t revision = 1;

  friend bool operator==(const OpinionEntry&, const OpinionEntry&) = default;
};

// The channel of a stored or sent number; nothing for one that is not known.
std::optional<Channel> ChannelOf(int number);

// The form under which topics are counted together: "Đất  đai" and "đất đai" are
// one topic, "Đất đai" and "Dat dai" are two, since without marks different
// words would fall together.
std::string TopicKey(std::string_view topic);

// An entry is of a day that has come. `today` is the day in Vietnam; a day that
// could not be read is left out.
Violations CheckHeard(std::optional<absl::CivilDay> heard, absl::CivilDay today);

}  // namespace phoihop::opinions

#endif  // PHOIHOP_SERVICES_OPINIONS_DOMAIN_OPINION_ENTRY_H_
