// What people wrote, within the sentences of a notice.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_DEADLINES_SENTENCE_H_
#define PHOIHOP_SERVICES_AGREEMENTS_DEADLINES_SENTENCE_H_

#include <string>

namespace phoihop::agreements {

// A reason as a sentence, so that another one can follow: with a full stop unless it has an end.
inline std::string Sentence(std::string reason) {
  const bool ended = reason.ends_with('.') || reason.ends_with('!') || reason.ends_with('?');
  if (!ended && !reason.empty()) reason += '.';
  return reason;
}

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_DEADLINES_SENTENCE_H_
