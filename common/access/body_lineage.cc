#include "common/access/body_lineage.h"

#include <algorithm>
#include <utility>

#include "absl/container/btree_set.h"
#include "common/status/views.h"

namespace phoihop::access {
namespace {

// Successions are few; more of them in a row are no history but a fault, which must not hang.
constexpr int kMostSteps = 1000;

template <class T>
std::vector<T> Sorted(const absl::btree_set<T>& values) {
  return {values.begin(), values.end()};
}

}  // namespace

BodyLineage::BodyLineage(std::vector<BodyChanges> bodies) {
  for (BodyChanges& body : bodies) {
    for (const BodySuccessor& successor : body.successors) {
      std::vector<std::string>& from = predecessors_[successor.body];
      if (from.empty()) heirs_at_[successor.unit].push_back(successor.body);
      from.push_back(body.body);
      successors_.try_emplace(successor.body, successor);
    }
    if (!body.successors.empty()) succeeded_at_[body.unit].push_back(body.body);
    std::string name = body.body;
    changed_.insert_or_assign(std::move(name), std::move(body));
  }
  for (auto& [body, from] : predecessors_) std::sort(from.begin(), from.end());
  for (auto& [unit, at] : succeeded_at_) std::sort(at.begin(), at.end());
  for (auto& [unit, at] : heirs_at_) std::sort(at.begin(), at.end());
}

std::optional<absl::CivilDay> BodyLineage::EndOf(std::string_view body) const {
  const auto found = changed_.find(AbslView(body));
  if (found == changed_.end() || found->second.until == kEndOfDays) return std::nullopt;
  return found->second.until;
}

std::string BodyLineage::NameOn(std::string_view body, absl::CivilDay day) const {
  if (const auto found = changed_.find(AbslView(body));
      found != changed_.end() && !found->second.names.empty()) {
    const std::vector<BodyNameVersion>& names = found->second.names;
    std::string name = names.front().display_name;
    for (const BodyNameVersion& version : names) {
      if (version.from <= day) name = version.display_name;
    }
    return name;
  }
  const auto successor = successors_.find(AbslView(body));
  return successor == successors_.end() ? "" : successor->second.display_name;
}

std::vector<std::string> BodyLineage::CarriersOn(std::string_view body, absl::CivilDay day) const {
  absl::btree_set<std::string> carriers;
  absl::btree_set<std::string> seen;
  std::vector<std::string> open = {std::string(body)};
  for (int step = 0; !open.empty() && step < kMostSteps; ++step) {
    const std::string at = std::move(open.back());
    open.pop_back();
    if (!seen.insert(at).second) continue;
    const auto found = changed_.find(at);
    if (found == changed_.end() || day < found->second.until || found->second.successors.empty()) {
      carriers.insert(at);
      continue;
    }
    for (const BodySuccessor& next : found->second.successors) open.push_back(next.body);
  }
  return Sorted(carriers);
}

bool BodyLineage::IsCarriedOn(std::string_view body, absl::CivilDay day) const {
  const auto found = changed_.find(AbslView(body));
  return found != changed_.end() && day >= found->second.until && !found->second.successors.empty();
}

std::vector<std::string> BodyLineage::CarriedBy(std::string_view body, absl::CivilDay day) const {
  absl::btree_set<std::string> carried;
  // What has been passed on to others is carried by them.
  if (IsCarriedOn(body, day)) return {};
  std::vector<std::string> open = {std::string(body)};
  for (int step = 0; !open.empty() && step < kMostSteps; ++step) {
    const std::string at = std::move(open.back());
    open.pop_back();
    const auto found = predecessors_.find(at);
    if (found == predecessors_.end()) continue;
    for (const std::string& from : found->second) {
      if (IsCarriedOn(from, day) && carried.insert(from).second) open.push_back(from);
    }
  }
  return Sorted(carried);
}

bool BodyLineage::MeetOn(std::string_view a, std::string_view b, absl::CivilDay day) const {
  const std::vector<std::string> of_a = CarriersOn(a, day);
  const std::vector<std::string> of_b = CarriersOn(b, day);
  return std::any_of(of_a.begin(), of_a.end(), [&](const std::string& carrier) {
    return std::binary_search(of_b.begin(), of_b.end(), carrier);
  });
}

const std::vector<std::string>& BodyLineage::SucceededAt(int64_t unit) const {
  static const auto* const none = new std::vector<std::string>();
  const auto found = succeeded_at_.find(unit);
  return found == succeeded_at_.end() ? *none : found->second;
}

std::vector<int64_t> BodyLineage::UnitsCarriedTo(int64_t unit, absl::CivilDay day) const {
  absl::btree_set<int64_t> units;
  const auto heirs = heirs_at_.find(unit);
  if (heirs == heirs_at_.end()) return {};
  for (const std::string& heir : heirs->second) {
    for (const std::string& body : CarriedBy(heir, day)) {
      units.insert(changed_.find(body)->second.unit);
    }
  }
  return Sorted(units);
}

std::optional<int64_t> BodyLineage::UnitOf(std::string_view body) const {
  if (const auto found = changed_.find(AbslView(body)); found != changed_.end())
    return found->second.unit;
  if (const auto found = successors_.find(AbslView(body)); found != successors_.end()) {
    return found->second.unit;
  }
  return std::nullopt;
}

}  // namespace phoihop::access
