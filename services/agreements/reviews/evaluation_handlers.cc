// Evaluating the parties of an agreement.
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "common/fields/fields.h"
#include "common/ledger/write.h"
#include "common/names/names.h"
#include "common/status/macros.h"
#include "services/agreements/reviews/converters.h"
#include "services/agreements/reviews/methods.h"
#include "services/agreements/rpc/room_methods.h"

namespace phoihop::agreements::reviews {
namespace {

// The version that is named; 0 for none. One that is no number is unknown like any other.
int ReadFormula(const v1::Evaluation& given, Checker& check) {
  if (given.formula().empty()) return 0;
  const std::string id = check.Name("evaluation.formula", "evaluationFormulas/*", given.formula());
  int version = 0;
  return absl::SimpleAtoi(id, &version) && version > 0 ? version : -1;
}

// The published formula to evaluate an interval by.
absl::StatusOr<Formula> FindFormula(const ReviewParts& parts, const rpc::RequestContext& ctx,
                                    int version, const DayInterval& interval,
                                    const std::string& agreement) {
  ASSIGN_OR_RETURN(const std::vector<Formula> formulas,
                   parts.store->ListFormulas(RoomPatience(ctx)));
  return ChooseFormula(formulas, version, interval, agreement);
}

}  // namespace

absl::StatusOr<v1::Evaluation> CreateEvaluation(const ReviewParts& parts,
                                                const rpc::RequestContext& ctx,
                                                const v1::CreateEvaluationRequest& request) {
  Checker check;
  check.Required("evaluation", request.has_evaluation());
  const v1::Evaluation& given = request.evaluation();
  const std::string agreement_id =
      check.Name("evaluation.agreement", "agreements/*", given.agreement());
  const DayInterval interval = check.Interval("evaluation.first_date", given.first_date(),
                                              "evaluation.last_date", given.last_date());
  const int version = ReadFormula(given, check);
  check.RequestId(request.request_id());
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  ASSIGN_OR_RETURN(std::optional<Agreement> seen,
                   parts.agreements->Find(agreement_id, RoomPatience(ctx)));
  RETURN_IF_ERROR(
      RequireAgreement(std::move(seen), agreement_id, snapshot, ctx.caller(), kApproveReviews)
          .status());
  // An error is told only to a request that is not answered from memory.
  const absl::StatusOr<Formula> formula = FindFormula(parts, ctx, version, interval, agreement_id);

  const std::string id = NewId(ctx.now());
  return ledger::Write<v1::Evaluation>(
      *parts.writer, ctx, request, {AgreementName(agreement_id), EvaluationName(id)},
      [&](ledger::Transaction& tx) -> absl::StatusOr<v1::Evaluation> {
        ASSIGN_OR_RETURN(std::optional<Agreement> locked, parts.agreements->Lock(tx, agreement_id));
        ASSIGN_OR_RETURN(const Agreement agreement,
                         RequireAgreement(std::move(locked), agreement_id, snapshot, ctx.caller(),
                                          kApproveReviews));
        RETURN_IF_ERROR(formula.status());
        ASSIGN_OR_RETURN(const PartyRecords records,
                         ReadRecords(parts, tx, agreement_id, interval));
        ASSIGN_OR_RETURN(const Evaluation evaluation,
                         NewEvaluation(id, GroundOf(agreement), interval, *formula, records,
                                       ctx.caller().ActorName(), tx.now()));
        RETURN_IF_ERROR(parts.store->InsertEvaluation(tx, evaluation));
        return NoteChild(tx, ToProto(evaluation), 1, interval.last, evaluation.unit);
      });
}

}  // namespace phoihop::agreements::reviews
