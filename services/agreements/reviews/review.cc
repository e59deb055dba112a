#include "services/agreements/reviews/review.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/status/views.h"

namespace phoihop::agreements::reviews {
namespace {

absl::Status RequireDraft(const Review& review) {
  if (review.state == ReviewState::kDraft) return absl::OkStatus();
  return Precondition("REVIEW_NOT_DRAFT",
                      {"The review is no longer a draft; what was approved does not change. "
                       "Create another review instead.",
                       "Báo cáo không còn là dự thảo; nội dung đã phê duyệt không thay đổi. Hãy "
                       "lập báo cáo khác."},
                      ReviewName(review.id));
}

absl::Status RequireApproved(const Review& review) {
  if (review.state == ReviewState::kApproved) return absl::OkStatus();
  return Precondition("REVIEW_NOT_APPROVED",
                      {"Proposals are followed up once the review is approved.",
                       "Chỉ theo dõi thực hiện đề xuất sau khi báo cáo được phê duyệt."},
                      ReviewName(review.id));
}

// OK when something was done on `day`: not in the future, not before `earliest`.
absl::Status CheckDay(std::string_view field, absl::CivilDay day, absl::CivilDay earliest,
                      absl::Time now, Text too_early) {
  if (day > VietnamDay(now)) {
    return InvalidField(field, "DATE_IN_FUTURE",
                        {"The day lies in the future.", "Ngày nằm trong tương lai."});
  }
  if (day < earliest) return InvalidField(field, "DATE_TOO_EARLY", std::move(too_early));
  return absl::OkStatus();
}

absl::Status Run(Review& review, const review_command::Change& change, absl::Time,
                 std::string_view) {
  RETURN_IF_ERROR(RequireDraft(review));
  if (change.content.kind != review.content.kind) {
    RETURN_IF_ERROR(CheckKind(change.ground, review.interval, change.content.kind));
  }
  review.content = change.content;
  return absl::OkStatus();
}

absl::Status Run(Review& review, const review_command::Refresh& refresh, absl::Time now,
                 std::string_view) {
  RETURN_IF_ERROR(RequireDraft(review));
  review.figures = refresh.figures;
  review.figures_time = now;
  return absl::OkStatus();
}

absl::Status Run(Review& review, const review_command::Approve& approve, absl::Time now,
                 std::string_view actor) {
  RETURN_IF_ERROR(RequireDraft(review));
  if (review.content.findings.empty()) {
    return Precondition("REVIEW_EMPTY",
                        {"The review finds nothing; name at least one result, shortcoming, cause "
                         "or proposal first.",
                         "Báo cáo chưa có nội dung; hãy nêu ít nhất một kết quả, hạn chế, nguyên "
                         "nhân hoặc đề xuất."},
                        ReviewName(review.id));
  }
  RETURN_IF_ERROR(CheckDay("approve_date", approve.day, review.interval.last + 1, now,
                           {"The day lies within or before the interval that is reviewed.",
                            "Ngày này chưa qua hết khoảng thời gian được sơ kết, tổng kết."}));
  review.state = ReviewState::kApproved;
  review.approve_day = approve.day;
  review.approver_name = approve.name;
  review.approver_title = approve.title;
  review.approved_by = std::string(actor);
  return absl::OkStatus();
}

absl::Status Run(Review& review, const review_command::Delete&, absl::Time, std::string_view) {
  RETURN_IF_ERROR(RequireDraft(review));
  review.state = ReviewState::kDeleted;
  return absl::OkStatus();
}

// OK when `body` is a party that exists on the day on which it owes something.
absl::Status CheckBody(const Review& review, const review_command::FollowUp& command) {
  const std::vector<std::string>& parties = command.ground.parties;
  if (std::find(parties.begin(), parties.end(), command.body) == parties.end()) {
    return InvalidField("body", "NOT_A_PARTY",
                        {"This body is not a party of the agreement.",
                         "Cơ quan này không phải là một bên của chương trình."});
  }
  const auto known = command.bodies.find(command.body);
  if (known == command.bodies.end()) return EtagMismatch(ReviewName(review.id));
  if (!known->second.has_value() || !known->second->Contains(command.due)) {
    return InvalidField("body", "BODY_NOT_VALID",
                        {"This body does not exist on the due date.",
                         "Cơ quan này không tồn tại vào ngày đến hạn."});
  }
  return absl::OkStatus();
}

absl::Status CheckDue(const Review& review, const review_command::FollowUp& command,
                      absl::CivilDay today) {
  if (command.due < today) {
    return InvalidField("due_date", "DUE_IN_PAST",
                        {"The due date lies in the past.", "Hạn thực hiện nằm trong quá khứ."});
  }
  absl::CivilDay last = command.ground.last_day;
  if (review.content.kind == ReviewKind::kFinal) {
    last = absl::CivilDay(last.year() + kYearsAfterFinal, last.month(), last.day());
  }
  if (command.due <= last) return absl::OkStatus();
  return InvalidField("due_date", "DUE_OUTSIDE_TERM",
                      {"The due date lies outside the agreement's term; proposals of a final "
                       "review may fall due until three years after it.",
                       "Hạn thực hiện nằm ngoài thời hạn của chương trình; đề xuất của báo cáo "
                       "tổng kết có hạn muộn nhất ba năm sau thời hạn đó."});
}

absl::Status Run(Review& review, const review_command::FollowUp& command, absl::Time now,
                 std::string_view) {
  RETURN_IF_ERROR(RequireApproved(review));
  const std::vector<Finding>& findings = review.content.findings;
  if (command.finding < 1 || command.finding > static_cast<int>(findings.size())) {
    return InvalidField(
        "finding", "FINDING_UNKNOWN",
        {"The review has no finding of this number.", "Báo cáo không có nội dung mang số này."});
  }
  if (findings[command.finding - 1].kind != FindingKind::kProposal) {
    return InvalidField("finding", "NOT_A_PROPOSAL",
                        {"Only proposals are followed up; this finding is none.",
                         "Chỉ theo dõi thực hiện các đề xuất; nội dung này không phải đề xuất."});
  }
  RETURN_IF_ERROR(CheckBody(review, command));
  RETURN_IF_ERROR(CheckDue(review, command, VietnamDay(now)));
  for (const FollowUp& other : review.follow_ups) {
    if (other.finding == command.finding && other.body == command.body &&
        !other.done_day.has_value() && !other.withdrawn) {
      return Precondition("FOLLOW_UP_EXISTS",
                          {"This body is following up this proposal already.",
                           "Cơ quan này đang thực hiện đề xuất này."},
                          ReviewName(review.id));
    }
  }
  if (static_cast<int>(review.follow_ups.size()) >= kMaxFollowUps) {
    return Precondition("TOO_MANY_FOLLOW_UPS",
                        {"A review has at most 200 follow-ups.",
                         "Một báo cáo có tối đa 200 lượt theo dõi thực hiện đề xuất."},
                        ReviewName(review.id));
  }
  FollowUp& added = review.follow_ups.emplace_back();
  added.finding = command.finding;
  added.body = command.body;
  added.due = command.due;
  return absl::OkStatus();
}

absl::Status Run(Review& review, const review_command::Complete& command, absl::Time now,
                 std::string_view actor) {
  RETURN_IF_ERROR(RequireApproved(review));
  if (command.number < 1 || command.number > static_cast<int>(review.follow_ups.size())) {
    return InvalidField("follow_up", "FOLLOW_UP_UNKNOWN",
                        {"The review has no follow-up of this number.",
                         "Báo cáo không có lượt theo dõi mang số này."});
  }
  FollowUp& follow_up = review.follow_ups[command.number - 1];
  if (follow_up.body != command.body) {
    return InvalidField("body", "NOT_THE_OWING_BODY",
                        {"Another body owes this; it reports it itself.",
                         "Việc này do cơ quan khác thực hiện; cơ quan đó tự báo cáo."});
  }
  if (!follow_up.commitment.empty()) {
    return Precondition("FOLLOW_UP_IS_COMMITMENT",
                        {"This is a commitment of the yearly plan; report that, and another party "
                         "confirms it.",
                         "Việc này là nhiệm vụ trong kế hoạch năm; hãy báo cáo nhiệm vụ đó để bên "
                         "khác xác nhận."},
                        absl::StrCat("commitments/", follow_up.commitment));
  }
  if (follow_up.done_day.has_value()) {
    return Precondition("FOLLOW_UP_DONE",
                        {"This was reported as done already.", "Việc này đã được báo cáo xong."},
                        ReviewName(review.id));
  }
  if (follow_up.withdrawn) {
    return Precondition("FOLLOW_UP_WITHDRAWN",
                        {"This is no longer owed, since the agreement has ended.",
                         "Việc này không còn phải thực hiện vì chương trình đã kết thúc."},
                        ReviewName(review.id));
  }
  if (command.document_number.empty() && command.note.empty()) {
    return InvalidField(
        "note", "EVIDENCE_REQUIRED",
        {"Name a document, or say what was done.", "Hãy nêu số văn bản hoặc cho biết đã làm gì."});
  }
  RETURN_IF_ERROR(CheckDay("done_date", command.day, *review.approve_day, now,
                           {"The day lies before the review was approved.",
                            "Ngày này sớm hơn ngày báo cáo được phê duyệt."}));
  follow_up.done_day = command.day;
  follow_up.late = command.day > follow_up.due;
  follow_up.document_number = command.document_number;
  follow_up.note = command.note;
  follow_up.reported_by = std::string(actor);
  return absl::OkStatus();
}

}  // namespace

Ground GroundOf(const Agreement& agreement) {
  Ground ground;
  ground.agreement = agreement.id;
  ground.unit = agreement.unit;
  ground.term_start = agreement.term_start;
  ground.was_in_force = agreement.in_force_date.has_value();
  ground.first_day =
      std::max(agreement.term_start, agreement.in_force_date.value_or(agreement.term_start));
  ground.last_day = InForceUntil(agreement) - 1;
  for (const Party& party : agreement.parties) {
    ground.parties.push_back(party.body);
    if (!party.display_name.empty()) ground.names[party.body] = party.display_name;
  }
  return ground;
}

absl::Status CheckKind(const Ground& ground, const DayInterval& interval, ReviewKind kind) {
  if (kind != ReviewKind::kFinal || interval.last == ground.last_day) return absl::OkStatus();
  return InvalidField(
      "review.last_date", "FINAL_NOT_AT_END",
      {absl::StrCat("A final review looks back until the agreement's last day, ",
                    FormatDay(ground.last_day), "; make a preliminary one of other intervals."),
       absl::StrCat("Báo cáo tổng kết tính đến ngày cuối cùng của chương trình, ",
                    FormatDayVi(ground.last_day),
                    "; với khoảng thời gian khác hãy lập báo cáo sơ kết.")});
}

absl::Status CheckInterval(const Ground& ground, const DayInterval& interval, absl::CivilDay today,
                           std::string_view path, std::string_view not_ended) {
  if (!ground.was_in_force) {
    return Precondition("AGREEMENT_NOT_IN_FORCE",
                        {"The agreement is not in force yet; there is nothing to look back at.",
                         "Chương trình chưa có hiệu lực nên chưa thể sơ kết, tổng kết, đánh giá."},
                        AgreementName(ground.agreement));
  }
  const std::string where = absl::StrCat(AbslView(path), ".");
  FieldErrors errors;
  const Text outside = {"The day lies outside the time in which the agreement is in force.",
                        "Ngày này nằm ngoài thời gian chương trình có hiệu lực."};
  if (interval.first < ground.first_day || interval.first > ground.last_day) {
    errors.Add(where + "first_date", "OUTSIDE_TERM", outside);
  }
  if (interval.last > ground.last_day || interval.last < ground.first_day) {
    errors.Add(where + "last_date", "OUTSIDE_TERM", outside);
  } else if (interval.last >= today) {
    errors.Add(where + "last_date", not_ended,
               {"The interval has not ended yet; look back once its last day is over.",
                "Khoảng thời gian này chưa kết thúc; hãy thực hiện sau ngày cuối cùng của nó."});
  }
  return errors.ToStatus();
}

std::string ReviewName(const std::string& id) { return absl::StrCat("reviews/", id); }

absl::StatusOr<Review> NewReview(std::string id, const Ground& ground, const DayInterval& interval,
                                 ReviewContent content, std::vector<Figure> figures,
                                 absl::Time now) {
  RETURN_IF_ERROR(CheckInterval(ground, interval, VietnamDay(now), "review", "REVIEW_NOT_ENDED"));
  RETURN_IF_ERROR(CheckKind(ground, interval, content.kind));
  Review review;
  review.id = std::move(id);
  review.agreement = ground.agreement;
  review.unit = ground.unit;
  review.term_start = ground.term_start;
  review.interval = interval;
  review.content = std::move(content);
  review.figures = std::move(figures);
  review.figures_time = now;
  review.create_time = now;
  review.update_time = now;
  review.revision = 1;
  return review;
}

absl::StatusOr<Review> Apply(const Review& review, const ReviewCommand& command, absl::Time now,
                             std::string_view actor) {
  Review after = review;
  RETURN_IF_ERROR(std::visit([&](const auto& c) { return Run(after, c, now, actor); }, command));
  if (after == review) return review;
  after.update_time = now;
  ++after.revision;
  return after;
}

}  // namespace phoihop::agreements::reviews
