#include "services/agreements/coverage/lineage.h"

#include <algorithm>
#include <map>

namespace phoihop::agreements {
namespace {

// A unit on the way, and what is still to be looked at: steps from a day until another, both
// included.
struct Step {
  int64_t unit;
  absl::CivilDay first, last;
  Descent descent;
};

Descent Weaker(Descent a, Descent b) { return std::max(a, b); }

// Steps ascend or descend in time, so there is no circle; the bound is for a register that
// has more of them than any reform brought.
constexpr size_t kMaxSteps = 10000;

std::vector<Relative> Result(const std::map<int64_t, Descent>& found) {
  std::vector<Relative> result;
  result.reserve(found.size());
  for (const auto& [unit, descent] : found) result.push_back({unit, descent});
  return result;
}

void Note(int64_t unit, Descent descent, std::map<int64_t, Descent>& found) {
  const auto [it, is_new] = found.emplace(unit, descent);
  if (!is_new) it->second = Weaker(it->second, descent);
}

}  // namespace

Lineage::Lineage(const std::vector<Succession>& successions) {
  for (const Succession& succession : successions) {
    from_[succession.from].push_back(succession);
    to_[succession.to].push_back(succession);
  }
}

std::vector<Relative> Lineage::Ancestors(const access::UnitTree& tree, int64_t unit,
                                         absl::CivilDay before, absl::CivilDay after) const {
  std::map<int64_t, Descent> found;
  std::vector<Step> steps = {{unit, before + 1, after, Descent::kContinued}};
  for (size_t at = 0; at < steps.size() && at < kMaxSteps; ++at) {
    const Step step = steps[at];
    if (tree.ExistsOn(step.unit, before)) {
      // What went on may have given parts away meanwhile.
      Descent descent = step.descent;
      if (const auto it = from_.find(step.unit); it != from_.end()) {
        for (const Succession& out : it->second) {
          const bool meanwhile = before < out.date && out.date <= step.last;
          if (meanwhile && tree.ExistsOn(step.unit, out.date)) {
            descent = Weaker(descent, Weaker(Descent::kSplit, out.descent));
          }
        }
      }
      Note(step.unit, descent, found);
    }
    const auto it = to_.find(step.unit);
    if (it == to_.end()) continue;
    for (const Succession& in : it->second) {
      if (in.date < step.first || step.last < in.date) continue;
      // What went in did so on the day after its last.
      steps.push_back({in.from, step.first, in.date - 1, Weaker(step.descent, in.descent)});
    }
  }
  return Result(found);
}

std::vector<Relative> Lineage::Descendants(const access::UnitTree& tree, int64_t unit,
                                           absl::CivilDay before, absl::CivilDay after) const {
  std::map<int64_t, Descent> found;
  std::vector<Step> steps = {{unit, before + 1, after, Descent::kContinued}};
  for (size_t at = 0; at < steps.size() && at < kMaxSteps; ++at) {
    const Step step = steps[at];
    if (tree.ExistsOn(step.unit, after)) Note(step.unit, step.descent, found);
    const auto it = from_.find(step.unit);
    if (it == from_.end()) continue;
    for (const Succession& out : it->second) {
      if (out.date < step.first || step.last < out.date) continue;
      steps.push_back({out.to, out.date + 1, step.last, Weaker(step.descent, out.descent)});
    }
  }
  if (found.size() > 1) {
    for (auto& [id, descent] : found) descent = Weaker(descent, Descent::kSplit);
  }
  return Result(found);
}

}  // namespace phoihop::agreements
