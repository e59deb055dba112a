// The methods that write reviews.
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "common/fields/fields.h"
#include "common/fields/mask.h"
#include "common/ledger/write.h"
#include "common/names/names.h"
#include "common/status/macros.h"
#include "services/agreements/plans/follow_up.h"
#include "services/agreements/reviews/converters.h"
#include "services/agreements/reviews/methods.h"
#include "services/agreements/reviews/obligations.h"
#include "services/agreements/rpc/room_methods.h"

namespace phoihop::agreements::reviews {
namespace {

// What a command on a review works with.
struct Locked {
  ledger::Transaction& tx;
  Agreement agreement;
  Review review;
};

struct Target {
  std::string id;
  std::string_view permission;
  std::string etag = {};
  // Id of the body in whose name it is done; empty for none.
  std::string body = {};
};

v1::Review Note(ledger::Transaction& tx, const Review& review) {
  return NoteChild(tx, ToProto(review), review.revision,
                   review.approve_day.value_or(review.interval.last), review.unit);
}

// The review as it is before the command, when the caller may do this with it.
absl::StatusOr<Review> Seen(const ReviewParts& parts, const rpc::RequestContext& ctx,
                            const access::Snapshot& snapshot, const Target& target) {
  ASSIGN_OR_RETURN(std::optional<Review> found,
                   parts.store->FindReview(target.id, RoomPatience(ctx)));
  return RequireChild(std::move(found), ReviewNotFound(target.id), snapshot, ctx.caller(),
                      target.permission);
}

// Runs a command on a review: agreement and review are locked, and scope and etag looked at,
// before `run` gives the review as it becomes. It is saved and entered into the ledger then,
// unless it is as it was.
template <class Request>
absl::StatusOr<v1::Review> Write(const ReviewParts& parts, const rpc::RequestContext& ctx,
                                 const Request& request, const access::Snapshot& snapshot,
                                 const Target& target, const std::string& agreement,
                                 absl::FunctionRef<absl::StatusOr<Review>(const Locked&)> run) {
  return ledger::Write<v1::Review>(
      *parts.writer, ctx, request, {AgreementName(agreement), ReviewName(target.id)},
      [&](ledger::Transaction& tx) -> absl::StatusOr<v1::Review> {
        ASSIGN_OR_RETURN(std::optional<Agreement> ground, parts.agreements->Lock(tx, agreement));
        if (!ground.has_value()) return ReviewNotFound(target.id);
        ASSIGN_OR_RETURN(std::optional<Review> found, parts.store->LockReview(tx, target.id));
        ASSIGN_OR_RETURN(const Review before,
                         RequireChild(std::move(found), ReviewNotFound(target.id), snapshot,
                                      ctx.caller(), target.permission));
        RETURN_IF_ERROR(
            target.body.empty()
                ? RequireParty(snapshot, ctx.caller(), *ground, target.permission)
                : RequireBody(before, target.body, snapshot, ctx.caller(), target.permission));
        RETURN_IF_ERROR(CheckEtag(target.etag, before.revision, ReviewName(target.id)));
        ASSIGN_OR_RETURN(const Review after, run({tx, *std::move(ground), before}));
        if (after == before) return ToProto(before);
        RETURN_IF_ERROR(parts.store->ReplaceReview(tx, before, after));
        return Note(tx, after);
      });
}

// The figures of an interval as the command sees the records.
absl::StatusOr<std::vector<Figure>> ReadFigures(const ReviewParts& parts, ledger::Transaction& tx,
                                                const std::string& agreement,
                                                const DayInterval& interval,
                                                const std::vector<LevelCoverage>& coverage) {
  ASSIGN_OR_RETURN(const PartyRecords records, ReadRecords(parts, tx, agreement, interval));
  ASSIGN_OR_RETURN(const RecordCounts counts, parts.store->Count(tx, agreement, interval));
  return FiguresOf(coverage, records, counts);
}

// The coverage of a review's last day, where the interval may be reviewed: nothing is counted for
// one that may not.
absl::StatusOr<std::vector<LevelCoverage>> CoverageFor(const ReviewParts& parts,
                                                       const rpc::RequestContext& ctx,
                                                       const access::Snapshot& snapshot,
                                                       const Agreement& agreement,
                                                       const DayInterval& interval) {
  RETURN_IF_ERROR(CheckInterval(GroundOf(agreement), interval, VietnamDay(ctx.now()), "review",
                                "REVIEW_NOT_ENDED"));
  return ReadCoverage(parts, ctx, snapshot, agreement, interval.last);
}

// Makes a follow-up a commitment of the plan of its year, and gives its due day; nothing when
// there is no such plan.
absl::StatusOr<std::optional<absl::CivilDay>> Plan(const ReviewParts& parts, const Locked& locked,
                                                   const review_command::FollowUp& command,
                                                   const std::string& id,
                                                   const WorkCalendar& calendar,
                                                   std::string_view actor) {
  if (parts.plans == nullptr) return std::nullopt;
  const Finding& finding = locked.review.content.findings[command.finding - 1];
  plans::FollowUpOrder order;
  order.id = id;
  order.body = command.body;
  order.due = command.due;
  order.area = finding.area;
  order.title = FollowUpTitle(finding);
  order.description = finding.text;
  order.reason = absl::StrCat("Thực hiện đề xuất số ", command.finding, " của báo cáo “",
                              locked.review.content.title, "”.");
  return plans::AddFollowUp(*parts.plans, locked.tx, locked.agreement, order, calendar, actor);
}

}  // namespace

absl::StatusOr<v1::Review> CreateReview(const ReviewParts& parts, const rpc::RequestContext& ctx,
                                        const v1::CreateReviewRequest& request) {
  Checker check;
  check.Required("review", request.has_review());
  const v1::Review& given = request.review();
  const std::string agreement_id =
      check.Name("review.agreement", "agreements/*", given.agreement());
  const DayInterval interval = check.Interval("review.first_date", given.first_date(),
                                              "review.last_date", given.last_date());
  ReviewContent content;
  ReadReview(given, std::vector<std::string>(ReviewFields().begin(), ReviewFields().end()), check,
             content);
  check.RequestId(request.request_id());
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  ASSIGN_OR_RETURN(std::optional<Agreement> found,
                   parts.agreements->Find(agreement_id, RoomPatience(ctx)));
  ASSIGN_OR_RETURN(const Agreement seen, RequireAgreement(std::move(found), agreement_id, snapshot,
                                                          ctx.caller(), kWriteReviews));
  // An error is told only to a request that is not answered from memory.
  const absl::StatusOr<std::vector<LevelCoverage>> coverage =
      CoverageFor(parts, ctx, snapshot, seen, interval);

  const std::string id = NewId(ctx.now());
  return ledger::Write<v1::Review>(
      *parts.writer, ctx, request, {AgreementName(agreement_id), ReviewName(id)},
      [&](ledger::Transaction& tx) -> absl::StatusOr<v1::Review> {
        ASSIGN_OR_RETURN(std::optional<Agreement> locked, parts.agreements->Lock(tx, agreement_id));
        ASSIGN_OR_RETURN(const Agreement agreement,
                         RequireAgreement(std::move(locked), agreement_id, snapshot, ctx.caller(),
                                          kWriteReviews));
        RETURN_IF_ERROR(coverage.status());
        ASSIGN_OR_RETURN(std::vector<Figure> figures,
                         ReadFigures(parts, tx, agreement_id, interval, *coverage));
        ASSIGN_OR_RETURN(const Review review, NewReview(id, GroundOf(agreement), interval, content,
                                                        std::move(figures), tx.now()));
        RETURN_IF_ERROR(parts.store->InsertReview(tx, review));
        return Note(tx, review);
      });
}

absl::StatusOr<v1::Review> UpdateReview(const ReviewParts& parts, const rpc::RequestContext& ctx,
                                        const v1::UpdateReviewRequest& request) {
  Checker check;
  check.Required("review", request.has_review());
  const v1::Review& given = request.review();
  const std::string id = check.Name("review.name", "reviews/*", given.name());
  check.RequestId(request.request_id());
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const std::vector<std::string> paths,
                   MaskPaths(request.update_mask(), given, ReviewFields()));
  ReviewContent checked;
  ReadReview(given, paths, check, checked);
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  const Target target = {id, kWriteReviews, given.etag()};
  ASSIGN_OR_RETURN(const Review seen, Seen(parts, ctx, snapshot, target));
  RETURN_IF_ERROR(
      CheckFixedFields(request.update_mask(), given, ToProto(seen), ReviewFields(), "review"));
  return Write(parts, ctx, request, snapshot, target, seen.agreement, [&](const Locked& locked) {
    ReviewContent content = locked.review.content;
    Checker recheck;
    ReadReview(given, paths, recheck, content);
    return Apply(locked.review,
                 review_command::Change{std::move(content), GroundOf(locked.agreement)},
                 locked.tx.now(), ctx.caller().ActorName());
  });
}

absl::StatusOr<v1::Review> RefreshReview(const ReviewParts& parts, const rpc::RequestContext& ctx,
                                         const v1::RefreshReviewRequest& request) {
  Checker check;
  const Target target = {check.Name("name", "reviews/*", request.name()), kWriteReviews,
                         request.etag()};
  check.RequestId(request.request_id());
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  ASSIGN_OR_RETURN(const Review seen, Seen(parts, ctx, snapshot, target));
  ASSIGN_OR_RETURN(const std::optional<Agreement> agreement,
                   parts.agreements->Find(seen.agreement, RoomPatience(ctx)));
  if (!agreement.has_value()) return ReviewNotFound(target.id);
  // As above, an error is not told to a repeat.
  const absl::StatusOr<std::vector<LevelCoverage>> coverage =
      ReadCoverage(parts, ctx, snapshot, *agreement, seen.interval.last);
  return Write(parts, ctx, request, snapshot, target, seen.agreement,
               [&](const Locked& locked) -> absl::StatusOr<Review> {
                 RETURN_IF_ERROR(coverage.status());
                 ASSIGN_OR_RETURN(std::vector<Figure> figures,
                                  ReadFigures(parts, locked.tx, seen.agreement,
                                              locked.review.interval, *coverage));
                 return Apply(locked.review, review_command::Refresh{std::move(figures)},
                              locked.tx.now(), ctx.caller().ActorName());
               });
}

absl::StatusOr<v1::Review> ApproveReview(const ReviewParts& parts, const rpc::RequestContext& ctx,
                                         const v1::ApproveReviewRequest& request) {
  Checker check;
  const Target target = {check.Name("name", "reviews/*", request.name()), kApproveReviews,
                         request.etag()};
  review_command::Approve command;
  const std::optional<absl::CivilDay> day =
      check.OptionalDay("approve_date", request.approve_date());
  command.name = check.Text("approver_name", request.approver_name(), 1, kMaxApprover);
  command.title = check.Text("approver_title", request.approver_title(), 1, kMaxApprover);
  check.RequestId(request.request_id());
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  ASSIGN_OR_RETURN(const Review seen, Seen(parts, ctx, snapshot, target));
  return Write(parts, ctx, request, snapshot, target, seen.agreement, [&](const Locked& locked) {
    command.day = day.value_or(VietnamDay(locked.tx.now()));
    return Apply(locked.review, command, locked.tx.now(), ctx.caller().ActorName());
  });
}

absl::StatusOr<v1::Review> DeleteReview(const ReviewParts& parts, const rpc::RequestContext& ctx,
                                        const v1::DeleteReviewRequest& request) {
  Checker check;
  const Target target = {check.Name("name", "reviews/*", request.name()), kWriteReviews,
                         request.etag()};
  check.RequestId(request.request_id());
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  ASSIGN_OR_RETURN(const Review seen, Seen(parts, ctx, snapshot, target));
  return Write(parts, ctx, request, snapshot, target, seen.agreement, [&](const Locked& locked) {
    return Apply(locked.review, review_command::Delete{}, locked.tx.now(),
                 ctx.caller().ActorName());
  });
}

absl::StatusOr<v1::Review> FollowUpProposal(const ReviewParts& parts,
                                            const rpc::RequestContext& ctx,
                                            const v1::FollowUpProposalRequest& request) {
  Checker check;
  const Target target = {check.Name("name", "reviews/*", request.name()), kApproveReviews,
                         request.etag()};
  review_command::FollowUp command;
  command.finding = request.finding();
  command.body = check.Name("body", "bodies/*", request.body());
  command.due = check.Day("due_date", request.due_date());
  check.RequestId(request.request_id());
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  ASSIGN_OR_RETURN(const Review seen, Seen(parts, ctx, snapshot, target));
  // As above, an error is not told to a repeat.
  const absl::StatusOr<Bodies> bodies = parts.bodies->Find({command.body}, ctx.deadline());
  const std::string commitment = NewId(ctx.now());
  return Write(parts, ctx, request, snapshot, target, seen.agreement,
               [&](const Locked& locked) -> absl::StatusOr<Review> {
                 RETURN_IF_ERROR(bodies.status());
                 command.bodies = *bodies;
                 command.ground = GroundOf(locked.agreement);
                 ASSIGN_OR_RETURN(Review after, Apply(locked.review, command, locked.tx.now(),
                                                      ctx.caller().ActorName()));
                 ASSIGN_OR_RETURN(const std::optional<absl::CivilDay> due,
                                  Plan(parts, locked, command, commitment, *snapshot.calendar,
                                       ctx.caller().ActorName()));
                 if (due.has_value()) {
                   after.follow_ups.back().commitment = commitment;
                   after.follow_ups.back().due = *due;
                   return after;
                 }
                 const int number = static_cast<int>(after.follow_ups.size());
                 RETURN_IF_ERROR(parts.book->Put(
                     locked.tx, {FollowUpObligation(after, number, *snapshot.calendar)}));
                 return after;
               });
}

absl::StatusOr<v1::Review> CompleteFollowUp(const ReviewParts& parts,
                                            const rpc::RequestContext& ctx,
                                            const v1::CompleteFollowUpRequest& request) {
  Checker check;
  Target target = {check.Name("name", "reviews/*", request.name()), kWriteReviews, request.etag()};
  review_command::Complete command;
  command.number = request.follow_up();
  command.body = check.Name("body", "bodies/*", request.body());
  target.body = command.body;
  const std::optional<absl::CivilDay> day = check.OptionalDay("done_date", request.done_date());
  command.document_number =
      check.Text("document_number", request.document_number(), 0, kMaxFollowUpDocument);
  command.note = check.Paragraphs("note", request.note(), 0, kMaxFollowUpNote);
  check.RequestId(request.request_id());
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  ASSIGN_OR_RETURN(const Review seen, Seen(parts, ctx, snapshot, target));
  return Write(
      parts, ctx, request, snapshot, target, seen.agreement,
      [&](const Locked& locked) -> absl::StatusOr<Review> {
        command.day = day.value_or(VietnamDay(locked.tx.now()));
        ASSIGN_OR_RETURN(Review after,
                         Apply(locked.review, command, locked.tx.now(), ctx.caller().ActorName()));
        // The book has the due day as pauses moved it, and freezes it.
        ASSIGN_OR_RETURN(
            const Obligation closed,
            parts.book->Close(locked.tx, FollowUpKey(after.id, command.number), command.day));
        FollowUp& done = after.follow_ups[command.number - 1];
        done.due = closed.due.day;
        done.late = command.day > closed.due.day;
        return after;
      });
}

}  // namespace phoihop::agreements::reviews
