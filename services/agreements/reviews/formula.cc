#include "services/agreements/reviews/formula.h"

#include <algorithm>
#include <set>

#include "absl/numeric/int128.h"
#include "absl/strings/str_cat.h"

namespace phoihop::agreements::reviews {
namespace {

bool Counts(const Part& part) { return part.denominator > 0 && part.weight > 0; }

// The row of a body; one without counts when it has none.
template <class Count>
Count Of(const std::vector<Count>& counts, const std::string& body) {
  for (const Count& count : counts) {
    if (count.body == body) return count;
  }
  Count none;
  none.body = body;
  return none;
}

PartyScore ScoreOf(const Formula& formula, const std::string& body, const PartyRecords& records) {
  const DeliveryCount deliveries = Of(records.deliveries, body);
  const CommitmentCount commitments = Of(records.commitments, body);
  const RequestCount requests = Of(records.requests, body);
  PartyScore score;
  score.body = body;
  score.parts = {{PartKind::kDeliveries, formula.delivery_weight, deliveries.on_time,  //
                  deliveries.due},
                 {PartKind::kCommitments, formula.commitment_weight, commitments.kept,  //
                  commitments.due},
                 {PartKind::kRequests, formula.request_weight, requests.answered + requests.refused,
                  requests.asked}};
  score.score = Score(score.parts);
  return score;
}

}  // namespace

std::string FormulaName(int version) { return absl::StrCat("evaluationFormulas/", version); }

const Formula* NewestOn(absl::Span<const Formula> formulas, absl::CivilDay day) {
  const Formula* newest = nullptr;
  for (const Formula& formula : formulas) {
    if (formula.valid_from > day) continue;
    if (newest == nullptr || formula.version > newest->version) newest = &formula;
  }
  return newest;
}

std::optional<int> Score(absl::Span<const Part> parts) {
  // Over the common denominator of all rates. Three denominators of up to 1e9, the weights and
  // the factors 1000 and 2 stay below 2^128.
  absl::uint128 sum = 0;
  absl::uint128 base = 1;
  uint64_t weights = 0;
  for (const Part& part : parts) {
    if (!Counts(part)) continue;
    const auto denominator = static_cast<uint64_t>(part.denominator);
    sum = sum * denominator +
          base * static_cast<uint64_t>(part.weight) * static_cast<uint64_t>(part.numerator);
    base *= denominator;
    weights += static_cast<uint64_t>(part.weight);
  }
  if (weights == 0) return std::nullopt;
  const absl::uint128 whole = base * weights;
  return static_cast<int>(
      absl::Uint128Low64((sum * 2 * static_cast<uint64_t>(kWholeWeight) + whole) / (whole * 2)));
}

std::vector<PartyScore> Evaluate(const Formula& formula, absl::Span<const std::string> parties,
                                 const PartyRecords& records) {
  std::vector<std::string> bodies(parties.begin(), parties.end());
  std::set<std::string> others;
  for (const CommitmentCount& count : records.commitments) others.insert(count.body);
  for (const DeliveryCount& count : records.deliveries) others.insert(count.body);
  for (const RequestCount& count : records.requests) others.insert(count.body);
  for (const std::string& party : parties) others.erase(party);
  bodies.insert(bodies.end(), others.begin(), others.end());
  std::vector<PartyScore> scores;
  scores.reserve(bodies.size());
  for (const std::string& body : bodies) scores.push_back(ScoreOf(formula, body, records));
  return scores;
}

}  // namespace phoihop::agreements::reviews
