// Comments on drafts.
#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/names/names.h"
#include "common/status/errors.h"
#include "common/time/civil.h"
#include "services/agreements/rpc/obligations.h"
#include "services/agreements/rpc/write_common.h"

namespace phoihop::agreements {
namespace {

constexpr std::string_view kCommentPermission = "agreements.comment.write";
constexpr std::string_view kCommentType = "phoihop.agreements.v1.Comment";
constexpr int kDefaultPage = 50;
constexpr int kMaxPage = 200;

absl::Status CommentNotFound(const std::string& id) {
  return NotFound(kCommentType, CommentName(id));
}

v1::Comment Note(ledger::Transaction& tx, const Agreement& agreement, const Comment& comment) {
  v1::Comment wire = ToProto(comment);
  tx.Note(ledger::MakeChange(wire, wire.name(), comment.revision, VietnamDay(tx.now()),
                             UnitName(agreement.unit)));
  return wire;
}

}  // namespace

absl::StatusOr<v1::Comment> CreateComment(const Parts& parts, const rpc::RequestContext& ctx,
                                          const v1::CreateCommentRequest& request) {
  Checker check;
  check.Required("comment", request.has_comment());
  const std::string agreement =
      check.Name("comment.agreement", "agreements/*", request.comment().agreement());
  Comment comment;
  comment.agreement = agreement;
  comment.body = check.Name("comment.body", "bodies/*", request.comment().body());
  comment.text = check.Paragraphs("comment.text", request.comment().text(), 1, kMaxCommentText);
  check.RequestId(request.request_id());
  RETURN_IF_ERROR(check.status());
  comment.id = NewId(ctx.now());
  comment.author = ctx.caller().ActorName();
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  Step step{.id = agreement};
  step.authorise = [&](const access::Snapshot& at, const Agreement& found) {
    return RequireActor(at, ctx.caller(), found, comment.body, kCommentPermission);
  };
  RETURN_IF_ERROR(FindFor(parts, ctx, snapshot, step).status());
  return ledger::Write<v1::Comment>(
      *parts.writer, ctx, request, {AgreementName(agreement), CommentName(comment.id)},
      [&](ledger::Transaction& tx) -> absl::StatusOr<v1::Comment> {
        ASSIGN_OR_RETURN(const std::optional<Agreement> locked, parts.store->Lock(tx, agreement));
        if (!locked.has_value()) return AgreementNotFound(agreement);
        RETURN_IF_ERROR(step.authorise(snapshot, *locked));
        if (locked->state != State::kConsultation) {
          return Precondition("AGREEMENT_NOT_IN_CONSULTATION",
                              {"The agreement is not open for comments.",
                               "Chương trình không trong thời gian lấy ý kiến."},
                              AgreementName(agreement));
        }
        const std::vector<std::string> parties = locked->content().parties;
        if (std::find(parties.begin(), parties.end(), comment.body) == parties.end()) {
          return InvalidField("comment.body", "NOT_A_PARTY",
                              {"This body is not a party of the agreement.",
                               "Cơ quan này không phải là một bên của chương trình."});
        }
        Comment stored = comment;
        stored.create_time = tx.now();
        RETURN_IF_ERROR(parts.comments->Insert(tx, stored));
        if (parts.obligations != nullptr) {
          RETURN_IF_ERROR(
              CloseComment(*parts.obligations, tx, *locked, comment.body, VietnamDay(tx.now())));
        }
        return Note(tx, *locked, stored);
      });
}

absl::StatusOr<v1::Comment> AnswerComment(const Parts& parts, const rpc::RequestContext& ctx,
                                          const v1::AnswerCommentRequest& request) {
  Checker check;
  const std::string id = check.Name("name", "comments/*", request.name());
  const std::string text = check.Paragraphs("answer", request.answer(), 1, kMaxCommentText);
  check.RequestId(request.request_id());
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  ASSIGN_OR_RETURN(const std::optional<Comment> seen, parts.comments->Find(id, ReadDeadline(ctx)));
  if (!seen.has_value()) return CommentNotFound(id);
  // Whoever may not write the agreement is told that the comment does not exist.
  const auto require = [&](std::optional<Agreement> found) -> absl::Status {
    const absl::Status may =
        RequireWriter(std::move(found), seen->agreement, snapshot, ctx.caller(), kWritePermission)
            .status();
    return absl::IsNotFound(may) ? CommentNotFound(id) : may;
  };
  ASSIGN_OR_RETURN(std::optional<Agreement> found,
                   parts.store->Find(seen->agreement, ReadDeadline(ctx)));
  RETURN_IF_ERROR(require(std::move(found)));
  return ledger::Write<v1::Comment>(
      *parts.writer, ctx, request, {AgreementName(seen->agreement), CommentName(id)},
      [&](ledger::Transaction& tx) -> absl::StatusOr<v1::Comment> {
        ASSIGN_OR_RETURN(const std::optional<Agreement> agreement,
                         parts.store->Lock(tx, seen->agreement));
        RETURN_IF_ERROR(require(agreement));
        ASSIGN_OR_RETURN(std::optional<Comment> comment, parts.comments->Lock(tx, id));
        if (!comment.has_value()) return CommentNotFound(id);
        RETURN_IF_ERROR(CheckEtag(request.etag(), comment->revision, CommentName(id)));
        if (!IsOpenDraft(agreement->state) || agreement->delete_time.has_value()) {
          return Precondition(
              "AGREEMENT_NOT_DRAFT",
              {"Signing has begun; answers are fixed.", "Đã mở ký; không thể sửa trả lời góp ý."},
              AgreementName(agreement->id));
        }
        comment->answer = CommentAnswer{text, ctx.caller().ActorName(), tx.now()};
        ++comment->revision;
        RETURN_IF_ERROR(parts.comments->Replace(tx, *comment));
        return Note(tx, *agreement, *comment);
      });
}

absl::StatusOr<v1::ListCommentsResponse> ListComments(const Parts& parts,
                                                      const rpc::RequestContext& ctx,
                                                      const v1::ListCommentsRequest& request) {
  ASSIGN_OR_RETURN(const std::string id,
                   ParseName("agreements/*", request.agreement(), "agreement"));
  ASSIGN_OR_RETURN(const int limit, PageSize(request.page_size(), kDefaultPage, kMaxPage));
  const std::string caller = ctx.caller().ActorName();
  ASSIGN_OR_RETURN(const std::string after,
                   parts.page_tokens->Decode(request.page_token(), request.agreement(), caller));
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  ASSIGN_OR_RETURN(std::optional<Agreement> found, parts.store->Find(id, ReadDeadline(ctx)));
  RETURN_IF_ERROR(Require(std::move(found), id, snapshot, ctx.caller(), kReadPermission).status());
  ASSIGN_OR_RETURN(std::vector<Comment> comments,
                   parts.comments->List(id, after, limit + 1, ReadDeadline(ctx)));
  v1::ListCommentsResponse response;
  if (static_cast<int>(comments.size()) > limit) {
    comments.resize(limit);
    response.set_next_page_token(
        parts.page_tokens->Encode(comments.back().id, request.agreement(), caller));
  }
  for (const Comment& comment : comments) *response.add_comments() = ToProto(comment);
  return response;
}

}  // namespace phoihop::agreements
