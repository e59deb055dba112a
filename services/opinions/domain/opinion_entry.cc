#include "services/opinions/domain/opinion_entry.h"

#include "common/text/text.h"

namespace phoihop::opinions {

std::optional<Channel> ChannelOf(int number) {
  if (number < static_cast<int>(Channel::kCollaborator) ||
      number > static_cast<int>(Channel::kBriefing)) {
    return std::nullopt;
  }
  return static_cast<Channel>(number);
}

std::string TopicKey(std::string_view topic) { return FoldCase(topic); }

Violations CheckHeard(std::optional<absl::CivilDay> heard, absl::CivilDay today) {
  Violations found;
  if (heard.has_value() && *heard > today) {
    found.push_back({"heard_date",
                     "DATE_IN_FUTURE",
                     {"The day on which it was heard must not be in the future.",
                      "Ngày ghi nhận không được ở tương lai."}});
  }
  return found;
}

}  // namespace phoihop::opinions
