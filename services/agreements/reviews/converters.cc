#include "services/agreements/reviews/converters.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/names/names.h"
#include "common/status/views.h"
#include "common/text/text.h"
#include "common/time/civil.h"

namespace phoihop::agreements::reviews {
namespace {

// The places where the numbers on the wire meet those that are stored.
static_assert(static_cast<int>(VisitState::kCancelled) == v1::SupervisionVisit::CANCELLED);
static_assert(static_cast<int>(ReviewKind::kPreliminary) == v1::Review::PRELIMINARY);
static_assert(static_cast<int>(ReviewKind::kFinal) == v1::Review::FINAL);
static_assert(static_cast<int>(ReviewState::kApproved) == v1::Review::APPROVED);
static_assert(static_cast<int>(ReviewState::kDeleted) == v1::Review::DELETED);
static_assert(static_cast<int>(FindingKind::kShortcoming) == v1::Review::Finding::SHORTCOMING);
static_assert(static_cast<int>(FindingKind::kProposal) == v1::Review::Finding::PROPOSAL);
static_assert(static_cast<int>(FigureKind::kCoverage) == v1::Review::Figure::COVERAGE);
static_assert(static_cast<int>(FigureKind::kDeliveriesOnTime) ==
              v1::Review::Figure::DELIVERIES_ON_TIME);
static_assert(static_cast<int>(FigureKind::kRequestsOnTime) ==
              v1::Review::Figure::REQUESTS_ON_TIME);
static_assert(static_cast<int>(FigureKind::kVisits) == v1::Review::Figure::VISITS);
static_assert(static_cast<int>(PartKind::kDeliveries) == v1::Evaluation::Part::DELIVERIES_ON_TIME);
static_assert(static_cast<int>(PartKind::kCommitments) == v1::Evaluation::Part::COMMITMENTS_KEPT);
static_assert(static_cast<int>(PartKind::kRequests) == v1::Evaluation::Part::REQUESTS_ANSWERED);

std::string BodyName(const std::string& id) { return absl::StrCat("bodies/", id); }

void SetTime(absl::Time time, google::protobuf::Timestamp& wire) {
  const timespec parts = absl::ToTimespec(time);
  wire.set_seconds(parts.tv_sec);
  wire.set_nanos(static_cast<int>(parts.tv_nsec));
}

template <class Wire, class Content>
struct Field {
  std::string_view path;
  void (*read)(const Wire& wire, Checker& check, Content& content);
};

void ReadVisiting(const v1::SupervisionVisit& wire, Checker& check, VisitContent& content) {
  content.visiting.clear();
  if (wire.visiting_bodies_size() == 0 || wire.visiting_bodies_size() > kMaxVisitingBodies) {
    check.Add("visit.visiting_bodies", "OUT_OF_RANGE",
              {"Name 1 to 30 parties that visit.",
               "Hãy nêu từ 1 đến 30 bên tham gia kiểm tra, giám sát."});
    return;
  }
  for (int i = 0; i < wire.visiting_bodies_size(); ++i) {
    content.visiting.push_back(check.Name(absl::StrCat("visit.visiting_bodies[", i, "]"),
                                          "bodies/*", wire.visiting_bodies(i)));
  }
}

constexpr Field<v1::SupervisionVisit, VisitContent> kVisitFields[] = {
    {"visit_date",
     [](const v1::SupervisionVisit& wire, Checker& check, VisitContent& content) {
       content.date = check.Day("visit.visit_date", wire.visit_date());
     }},
    {"unit", [](const v1::SupervisionVisit& wire, Checker& check,
                VisitContent& content) { content.unit = check.Unit("visit.unit", wire.unit()); }},
    {"body",
     [](const v1::SupervisionVisit& wire, Checker& check, VisitContent& content) {
       content.body = wire.body().empty() ? "" : check.Name("visit.body", "bodies/*", wire.body());
     }},
    {"visiting_bodies", ReadVisiting},
    {"subject",
     [](const v1::SupervisionVisit& wire, Checker& check, VisitContent& content) {
       content.subject = check.Text("visit.subject", wire.subject(), 1, kMaxSubject);
     }},
    {"findings",
     [](const v1::SupervisionVisit& wire, Checker& check, VisitContent& content) {
       content.findings = check.Paragraphs("visit.findings", wire.findings(), 0, kMaxVisitFindings);
     }},
    {"document_number",
     [](const v1::SupervisionVisit& wire, Checker& check, VisitContent& content) {
       content.document_number =
           check.Text("visit.document_number", wire.document_number(), 0, kMaxVisitDocument);
     }},
};

void ReadKind(const v1::Review& wire, Checker& check, ReviewContent& content) {
  if (wire.kind() == v1::Review::KIND_UNSPECIFIED || !v1::Review::Kind_IsValid(wire.kind())) {
    check.Add(
        "review.kind", "UNKNOWN_KIND",
        {"Choose PRELIMINARY or FINAL.", "Hãy chọn sơ kết (PRELIMINARY) hoặc tổng kết (FINAL)."});
    return;
  }
  content.kind = static_cast<ReviewKind>(wire.kind());
}

void ReadFindings(const v1::Review& wire, Checker& check, ReviewContent& content) {
  content.findings.clear();
  if (wire.findings_size() > kMaxFindings) {
    check.Add("review.findings", "TOO_MANY",
              {"A review has at most 200 findings.", "Một báo cáo có tối đa 200 nội dung."});
    return;
  }
  for (int i = 0; i < wire.findings_size(); ++i) {
    const v1::Review::Finding& from = wire.findings(i);
    const std::string path = absl::StrCat("review.findings[", i, "].");
    Finding& finding = content.findings.emplace_back();
    if (from.kind() == v1::Review::Finding::KIND_UNSPECIFIED ||
        !v1::Review::Finding::Kind_IsValid(from.kind())) {
      check.Add(path + "kind", "UNKNOWN_KIND",
                {"Choose RESULT, SHORTCOMING, CAUSE or PROPOSAL.",
                 "Hãy chọn kết quả, hạn chế, nguyên nhân hoặc đề xuất."});
    } else {
      finding.kind = static_cast<FindingKind>(from.kind());
    }
    finding.text = check.Paragraphs(path + "text", from.text(), 1, kMaxFindingText);
    if (!v1::Agreement::Area_IsValid(from.area())) {
      check.Add(path + "area", "UNKNOWN_VALUE",
                {"The area is not known.", "Lĩnh vực phối hợp không được biết đến."});
    } else {
      finding.area = from.area();
    }
  }
}

constexpr Field<v1::Review, ReviewContent> kReviewFields[] = {
    {"kind", ReadKind},
    {"title",
     [](const v1::Review& wire, Checker& check, ReviewContent& content) {
       content.title = check.Text("review.title", wire.title(), 1, kMaxReviewTitle);
     }},
    {"findings", ReadFindings},
};

template <class Wire, class Content, size_t N>
std::vector<std::string_view>* PathsOf(const Field<Wire, Content> (&fields)[N]) {
  auto* paths = new std::vector<std::string_view>;
  for (const auto& field : fields) paths->push_back(field.path);
  return paths;
}

template <class Wire, class Content, size_t N>
void Read(const Field<Wire, Content> (&fields)[N], const Wire& wire,
          absl::Span<const std::string> paths, Checker& check, Content& content) {
  for (const auto& field : fields) {
    if (std::find(paths.begin(), paths.end(), field.path) != paths.end()) {
      field.read(wire, check, content);
    }
  }
}

v1::Review::FollowUp::State StateOf(const FollowUp& follow_up) {
  if (follow_up.done_day.has_value()) return v1::Review::FollowUp::DONE;
  return follow_up.withdrawn ? v1::Review::FollowUp::WITHDRAWN : v1::Review::FollowUp::OPEN;
}

void Fill(const FollowUp& from, int number, v1::Review::FollowUp& to) {
  to.set_number(number);
  to.set_finding(from.finding);
  to.set_body(BodyName(from.body));
  to.set_due_date(FormatDay(from.due));
  to.set_state(StateOf(from));
  if (!from.commitment.empty()) to.set_commitment(absl::StrCat("commitments/", from.commitment));
  if (!from.done_day.has_value()) return;
  to.set_done_date(FormatDay(*from.done_day));
  to.set_late(from.late);
  to.set_document_number(from.document_number);
  to.set_note(from.note);
  to.set_reported_by(from.reported_by);
}

filter::Field Name(std::string name, std::string pattern) {
  return {.name = std::move(name), .type = filter::Type::kName, .pattern = std::move(pattern)};
}

filter::Field Day(std::string name, bool sorts) {
  return {.name = std::move(name), .type = filter::Type::kDay, .sorts = sorts};
}

}  // namespace

absl::Span<const std::string_view> VisitFields() {
  static const auto* const paths = PathsOf(kVisitFields);
  return *paths;
}

absl::Span<const std::string_view> ReviewFields() {
  static const auto* const paths = PathsOf(kReviewFields);
  return *paths;
}

void ReadVisit(const v1::SupervisionVisit& wire, absl::Span<const std::string> paths,
               Checker& check, VisitContent& content) {
  Read(kVisitFields, wire, paths, check, content);
}

void ReadReview(const v1::Review& wire, absl::Span<const std::string> paths, Checker& check,
                ReviewContent& content) {
  Read(kReviewFields, wire, paths, check, content);
}

v1::SupervisionVisit ToProto(const Visit& visit) {
  v1::SupervisionVisit wire;
  wire.set_name(VisitName(visit.id));
  wire.set_agreement(AgreementName(visit.agreement));
  const VisitContent& content = visit.content;
  wire.set_visit_date(FormatDay(content.date));
  wire.set_unit(UnitName(content.unit));
  if (!content.body.empty()) wire.set_body(BodyName(content.body));
  for (const std::string& body : content.visiting) wire.add_visiting_bodies(BodyName(body));
  wire.set_subject(content.subject);
  wire.set_findings(content.findings);
  wire.set_document_number(content.document_number);
  wire.set_state(static_cast<v1::SupervisionVisit::State>(visit.state));
  wire.set_cancel_reason(visit.cancel_reason);
  wire.set_recorded_by(visit.recorded_by);
  SetTime(visit.create_time, *wire.mutable_create_time());
  SetTime(visit.update_time, *wire.mutable_update_time());
  wire.set_revision(visit.revision);
  wire.set_etag(Etag(visit.revision));
  return wire;
}

v1::Review ToProto(const Review& review) {
  v1::Review wire;
  wire.set_name(ReviewName(review.id));
  wire.set_agreement(AgreementName(review.agreement));
  wire.set_unit(UnitName(review.unit));
  wire.set_kind(static_cast<v1::Review::Kind>(review.content.kind));
  wire.set_first_date(FormatDay(review.interval.first));
  wire.set_last_date(FormatDay(review.interval.last));
  wire.set_title(review.content.title);
  wire.set_state(static_cast<v1::Review::State>(review.state));
  for (const Figure& figure : review.figures) {
    v1::Review::Figure& to = *wire.add_figures();
    to.set_kind(static_cast<v1::Review::Figure::Kind>(figure.kind));
    to.set_level(figure.level);
    to.set_numerator(figure.numerator);
    if (!figure.denominator.has_value()) continue;
    to.set_denominator(*figure.denominator);
    to.set_rate_text(FormatRateVi(figure.numerator, *figure.denominator));
  }
  SetTime(review.figures_time, *wire.mutable_figures_time());
  int number = 0;
  for (const Finding& finding : review.content.findings) {
    v1::Review::Finding& to = *wire.add_findings();
    to.set_number(++number);
    to.set_kind(static_cast<v1::Review::Finding::Kind>(finding.kind));
    to.set_text(finding.text);
    to.set_area(static_cast<v1::Agreement::Area>(finding.area));
  }
  number = 0;
  for (const FollowUp& follow_up : review.follow_ups) {
    Fill(follow_up, ++number, *wire.add_follow_ups());
  }
  if (review.approve_day.has_value()) {
    wire.set_approve_date(FormatDay(*review.approve_day));
    wire.set_approver_name(review.approver_name);
    wire.set_approver_title(review.approver_title);
    wire.set_approved_by(review.approved_by);
  }
  SetTime(review.create_time, *wire.mutable_create_time());
  SetTime(review.update_time, *wire.mutable_update_time());
  wire.set_revision(review.revision);
  wire.set_etag(Etag(review.revision));
  return wire;
}

v1::EvaluationFormula ToProto(const Formula& formula) {
  v1::EvaluationFormula wire;
  wire.set_name(FormulaName(formula.version));
  wire.set_version(formula.version);
  wire.set_valid_from(FormatDay(formula.valid_from));
  wire.set_delivery_weight(formula.delivery_weight);
  wire.set_commitment_weight(formula.commitment_weight);
  wire.set_request_weight(formula.request_weight);
  wire.set_text(formula.text_vi);
  wire.set_text_en(formula.text_en);
  return wire;
}

v1::Evaluation ToProto(const Evaluation& evaluation) {
  v1::Evaluation wire;
  wire.set_name(EvaluationName(evaluation.id));
  wire.set_agreement(AgreementName(evaluation.agreement));
  wire.set_unit(UnitName(evaluation.unit));
  wire.set_first_date(FormatDay(evaluation.interval.first));
  wire.set_last_date(FormatDay(evaluation.interval.last));
  wire.set_formula(FormulaName(evaluation.formula));
  for (const PartyScore& score : evaluation.scores) {
    v1::Evaluation::PartyScore& to = *wire.add_scores();
    to.set_body(BodyName(score.body));
    if (score.score.has_value()) {
      to.set_score(*score.score);
      to.set_score_text(FormatRateVi(*score.score, kWholeWeight));
    }
    for (const Part& part : score.parts) {
      v1::Evaluation::Part& part_wire = *to.add_parts();
      part_wire.set_kind(static_cast<v1::Evaluation::Part::Kind>(part.kind));
      part_wire.set_weight(part.weight);
      part_wire.set_numerator(part.numerator);
      part_wire.set_denominator(part.denominator);
      part_wire.set_rate_text(FormatRateVi(part.numerator, part.denominator));
    }
  }
  wire.set_created_by(evaluation.created_by);
  SetTime(evaluation.create_time, *wire.mutable_create_time());
  return wire;
}

const filter::Fields& VisitFilter() {
  static const auto* const fields = new filter::Fields{
      Name("agreement", "agreements/*"),
      {.name = "unit", .type = filter::Type::kUnit},
      Name("body", "bodies/*"),
      Name("visiting_body", "bodies/*"),
      {.name = "subject", .type = filter::Type::kText},
      Day("visit_date", true),
      {.name = "document_number", .type = filter::Type::kString},
      {.name = "state",
       .type = filter::Type::kEnum,
       .values = filter::EnumValues(*v1::SupervisionVisit::State_descriptor())},
  };
  return *fields;
}

const filter::Fields& ReviewFilter() {
  static const auto* const fields = new filter::Fields{
      Name("agreement", "agreements/*"),
      {.name = "kind",
       .type = filter::Type::kEnum,
       .values = filter::EnumValues(*v1::Review::Kind_descriptor())},
      {.name = "state",
       .type = filter::Type::kEnum,
       .values = filter::EnumValues(*v1::Review::State_descriptor())},
      {.name = "title", .type = filter::Type::kText},
      Day("first_date", false),
      Day("last_date", true),
      Name("follow_up_body", "bodies/*"),
  };
  return *fields;
}

const filter::Fields& EvaluationFilter() {
  static const auto* const fields = new filter::Fields{
      Name("agreement", "agreements/*"), Name("formula", "evaluationFormulas/*"),
      Name("body", "bodies/*"), Day("first_date", false), Day("last_date", true)};
  return *fields;
}

}  // namespace phoihop::agreements::reviews
