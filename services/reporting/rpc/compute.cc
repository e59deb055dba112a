#include "services/reporting/rpc/compute.h"

#include <algorithm>
#include <utility>

#include "common/status/errors.h"
#include "common/status/macros.h"
#include "services/reporting/domain/cascade.h"

namespace phoihop::reporting {
namespace {

// The programme in force on the day at the unit or above it, and who carries it out.
absl::StatusOr<std::optional<Cascade>> FindCascade(AgreementView& view,
                                                   const access::UnitTree& tree, int64_t unit,
                                                   absl::CivilDay day) {
  ASSIGN_OR_RETURN(std::vector<AgreementRow> agreements,
                   view.AgreementsAt(UnitAndAbove(tree, unit, day)));
  std::vector<Candidate> candidates;
  std::vector<std::vector<AgreementRow>> descendants;
  for (AgreementRow& agreement : agreements) {
    if (!InForceOn(agreement, day)) continue;
    ASSIGN_OR_RETURN(descendants.emplace_back(), view.Descendants(agreement.id));
    const bool has_cascade =
        std::any_of(descendants.back().begin(), descendants.back().end(),
                    [](const AgreementRow& row) { return row.in_force_date.has_value(); });
    candidates.push_back({std::move(agreement), has_cascade});
  }
  const Candidate* chosen = ChooseProgramme(candidates, day);
  if (chosen == nullptr) return std::optional<Cascade>();
  Cascade cascade;
  cascade.programme = chosen->agreement;
  cascade.as_of = day;
  for (const AgreementRow& row : descendants[chosen - candidates.data()]) {
    if (InForceOn(row, day)) cascade.signed_units.insert(row.unit);
  }
  return std::optional<Cascade>(std::move(cascade));
}

}  // namespace

absl::StatusOr<Answer> Compute(ProjectionStore& store, const access::Snapshot& snapshot,
                               const Question& question, absl::Time deadline) {
  const access::UnitTree& tree = *snapshot.tree;
  const std::optional<absl::CivilDay> last =
      LastDayOf(tree, question.unit, {question.since.value_or(kFirstDay), question.until});
  if (!last.has_value()) return Internal("the unit did not exist then");
  Answer answer;
  // What both kinds of answer have; the cascade may be left out when it decides nothing.
  const auto begin = [&](AgreementView& view, std::optional<Cascade>& cascade) -> absl::Status {
    if (question.figures || !question.since.has_value()) {
      ASSIGN_OR_RETURN(cascade, FindCascade(view, tree, question.unit, *last));
    }
    absl::CivilDay since(last->year(), 1, 1);
    if (cascade.has_value()) since = cascade->programme.term_start;
    // A programme may be signed before its term begins.
    answer.days = {question.since.value_or(std::min(since, *last)), question.until};
    ASSIGN_OR_RETURN(answer.sources, view.Positions());
    return absl::OkStatus();
  };
  if (!question.figures) {
    RETURN_IF_ERROR(store.ReadAgreements(deadline, [&](AgreementView& view) {
      std::optional<Cascade> cascade;
      return begin(view, cascade);
    }));
  } else {
    RETURN_IF_ERROR(store.Read(deadline, [&](ProjectionView& view) -> absl::Status {
      std::optional<Cascade> cascade;
      RETURN_IF_ERROR(begin(view, cascade));
      std::optional<Layout> layout = MakeLayout(tree, question.unit, answer.days);
      if (!layout.has_value()) return Internal("the unit did not exist then");
      answer.layout = *std::move(layout);
      ASSIGN_OR_RETURN(const std::vector<SegmentCounts> counts,
                       view.Count(answer.layout.segments, answer.days.last));
      answer.rollup = RollUp(answer.layout, counts, cascade, tree);
      return absl::OkStatus();
    }));
  }
  for (SourcePosition& source : answer.sources) {
    if (source.service == kDirectory) source.position = snapshot.position;
  }
  return answer;
}

}  // namespace phoihop::reporting
