#include "services/agreements/rpc/converters.h"

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/names/names.h"
#include "common/status/errors.h"
#include "common/status/views.h"
#include "common/text/text.h"
#include "common/time/civil.h"
#include "services/agreements/domain/document_number.h"

namespace phoihop::agreements {
namespace {

// The one place where the states' numbers on the wire meet those that are stored.
static_assert(static_cast<int>(State::kDraft) == v1::Agreement::DRAFT);
static_assert(static_cast<int>(State::kSigning) == v1::Agreement::SIGNING);
static_assert(static_cast<int>(State::kInForce) == v1::Agreement::IN_FORCE);
static_assert(static_cast<int>(State::kConsultation) == v1::Agreement::CONSULTATION);
static_assert(static_cast<int>(State::kConcluded) == v1::Agreement::CONCLUDED);
static_assert(static_cast<int>(State::kTerminated) == v1::Agreement::TERMINATED);
static_assert(static_cast<int>(State::kSuperseded) == v1::Agreement::SUPERSEDED);
static_assert(static_cast<int>(Area::kOther) == v1::Agreement::OTHER);
static_assert(static_cast<int>(SignatureKind::kPaper) == v1::Agreement::PAPER);
static_assert(static_cast<int>(Capacity::kForCollective) == v1::Agreement::FOR_COLLECTIVE);
static_assert(static_cast<int>(AmendmentKind::kExtension) == v1::Agreement::EXTENSION);

void SetTime(absl::Time time, google::protobuf::Timestamp& wire) {
  const timespec parts = absl::ToTimespec(time);
  wire.set_seconds(parts.tv_sec);
  wire.set_nanos(static_cast<int>(parts.tv_nsec));
}

}  // namespace

Sign ReadSign(const v1::SignAgreementRequest& wire, absl::CivilDay today, Checker& check) {
  Sign sign;
  sign.party = check.Name("party", "bodies/*", wire.party());
  sign.signer_name = check.Text("signer_name", wire.signer_name(), 1, kMaxSigner);
  sign.signer_title = check.Text("signer_title", wire.signer_title(), 1, kMaxSigner);
  if (!v1::Agreement::SignatureKind_IsValid(wire.kind())) {
    check.Add("kind", "UNKNOWN_KIND",
              {"The kind of signature is not known.", "Loại chữ ký không được biết đến."});
  } else if (wire.kind() != v1::Agreement::SIGNATURE_KIND_UNSPECIFIED) {
    sign.kind = static_cast<SignatureKind>(wire.kind());
  }
  if (!v1::Agreement::Capacity_IsValid(wire.capacity())) {
    check.Add("capacity", "UNKNOWN_CAPACITY",
              {"The capacity is not known.", "Tư cách ký không được biết đến."});
  } else {
    sign.capacity = static_cast<Capacity>(wire.capacity());
  }
  sign.sign_date = check.OptionalDay("sign_date", wire.sign_date()).value_or(today);
  if (!wire.sign_date().empty() && sign.kind != SignatureKind::kPaper) {
    check.Add("sign_date", "NOT_OF_THIS_KIND",
              {"Only a signature on paper states its day; others have that of their signing.",
               "Chỉ chữ ký trên giấy mới nêu ngày ký; loại khác lấy ngày ký thực tế."});
  }
  sign.text_sha256 = ReadSha256("text_sha256", wire.text_sha256(), check);
  sign.cms = wire.cms();
  const auto belongs = [&](std::string_view field, bool given, SignatureKind kind, Text without) {
    if (sign.kind == kind) {
      if (!given) check.Required(field, false);
    } else if (given) {
      check.Add(field, "NOT_OF_THIS_KIND", std::move(without));
    }
  };
  belongs("cms", !wire.cms().empty(), SignatureKind::kCms,
          {"Only a signature of kind CMS has this.", "Chỉ chữ ký loại CMS có trường này."});
  belongs("scan", !wire.scan().empty(), SignatureKind::kPaper,
          {"Only a signature of kind PAPER has this.", "Chỉ chữ ký loại PAPER có trường này."});
  // A CMS signature covers the text itself.
  if (sign.kind != SignatureKind::kCms && wire.text_sha256().empty()) {
    check.Required("text_sha256", false);
  }
  if (wire.cms().size() > kMaxCms) {
    check.Add("cms", "INVALID_LENGTH",
              {"The signature is too large.", "Chữ ký có dung lượng quá lớn."});
  }
  if (!wire.scan().empty()) {
    sign.scan = ReadSha256("scan", check.Name("scan", "attachments/*", wire.scan()), check);
  }
  return sign;
}

std::string ReadSha256(std::string_view field, std::string_view value, Checker& check) {
  const bool good =
      value.empty() ||
      (value.size() == 64 && value.find_first_not_of("0123456789abcdef") == std::string_view::npos);
  if (good) return std::string(value);
  check.Add(field, "INVALID_SHA256",
            {"A SHA-256 digest is 64 lower-case hexadecimal digits.",
             "Mã băm SHA-256 gồm 64 chữ số thập lục phân viết thường."});
  return "";
}

v1::Agreement::Party ToProto(const Party& party) {
  v1::Agreement::Party wire;
  wire.set_body(BodyName(party.body));
  if (party.sign_by.has_value()) wire.set_sign_by(FormatDay(*party.sign_by));
  wire.set_display_name(party.display_name);
  if (!party.signature.has_value()) return wire;
  const Signature& from = *party.signature;
  v1::Agreement::Signature& to = *wire.mutable_signature();
  to.set_sign_date(FormatDay(from.sign_date));
  to.set_recorded_by(from.recorded_by);
  to.set_signer_name(from.signer_name);
  to.set_signer_title(from.signer_title);
  SetTime(from.record_time, *to.mutable_record_time());
  to.set_kind(static_cast<v1::Agreement::SignatureKind>(from.kind));
  to.set_capacity(static_cast<v1::Agreement::Capacity>(from.capacity));
  to.set_text_sha256(from.text_sha256);
  to.set_cms(from.cms);
  if (!from.scan.empty()) to.set_scan(absl::StrCat("attachments/", from.scan));
  if (!from.certificate.has_value()) return wire;
  v1::Agreement::Certificate& certificate = *to.mutable_certificate();
  certificate.set_subject(from.certificate->subject);
  certificate.set_issuer(from.certificate->issuer);
  certificate.set_serial(from.certificate->serial);
  certificate.set_sha256(from.certificate->sha256);
  for (const std::string& subject : from.certificate->chain) certificate.add_chain(subject);
  if (from.certificate->signing_time.has_value()) {
    SetTime(*from.certificate->signing_time, *certificate.mutable_signing_time());
  }
  certificate.set_revocation_checked(from.certificate->revocation_checked);
  return wire;
}

namespace {

void SetContent(const Agreement& agreement, v1::Agreement& wire) {
  for (const LegalBasis& basis : agreement.legal_bases) {
    v1::Agreement::LegalBasis& to = *wire.add_legal_bases();
    to.set_document_number(basis.document_number);
    to.set_title(basis.title);
    if (basis.issue_date.has_value()) to.set_issue_date(FormatDay(*basis.issue_date));
    to.set_issuer(basis.issuer);
  }
  for (const Clause& clause : agreement.clauses) {
    v1::Agreement::Clause& to = *wire.add_clauses();
    to.set_area(static_cast<v1::Agreement::Area>(clause.area));
    to.set_heading(clause.heading);
    to.set_text(clause.text);
  }
  for (const Attachment& file : agreement.attachments) {
    v1::Agreement::Attachment& to = *wire.add_attachments();
    to.set_attachment(absl::StrCat("attachments/", file.sha256));
    to.set_file_name(file.file_name);
  }
  if (agreement.cascade_target != CascadeTarget()) {
    const CascadeTarget& target = agreement.cascade_target;
    v1::Agreement::CascadeTarget& to = *wire.mutable_cascade_target();
    for (const std::string& level : target.levels) to.add_levels(level);
    if (target.subtree != 0) to.set_subtree(UnitName(target.subtree));
    for (const int64_t unit : target.units) to.add_units(UnitName(unit));
    if (target.due.has_value()) to.set_due_date(FormatDay(*target.due));
  }
  for (const SigningGroup& group : agreement.content().signing_groups) {
    v1::Agreement::SigningPlan::Group& to = *wire.mutable_signing_plan()->add_groups();
    for (const std::string& body : group.parties) to.add_parties(BodyName(body));
    to.set_required_count(group.required);
  }
}

void SetNumber(const Agreement& agreement, v1::Agreement& wire) {
  wire.set_document_number(agreement.document_number);
  if (!agreement.issuing_body.empty()) wire.set_issuing_body(BodyName(agreement.issuing_body));
  wire.set_document_series(agreement.document_series);
  if (agreement.document_number.empty()) return;
  const DocumentNumber parsed = ParseDocumentNumber(agreement.document_number);
  v1::Agreement::DocumentNumber& to = *wire.mutable_parsed_number();
  to.set_number(parsed.number);
  to.set_year(parsed.year);
  to.set_type(parsed.type);
  to.set_issuer(parsed.issuer);
}

void SetLife(const Agreement& agreement, v1::Agreement& wire) {
  wire.set_state(static_cast<v1::Agreement::State>(agreement.state));
  if (agreement.in_force_date.has_value()) {
    wire.set_in_force_date(FormatDay(*agreement.in_force_date));
    wire.set_in_force_end_date(FormatDay(InForceUntil(agreement) - 1));
  }
  wire.set_version(agreement.version);
  if (agreement.version_date.has_value()) wire.set_version_date(FormatDay(*agreement.version_date));
  if (agreement.termination.has_value()) {
    v1::Agreement::Termination& to = *wire.mutable_termination();
    to.set_reason(agreement.termination->reason);
    to.set_decision_number(agreement.termination->decision_number);
    to.set_date(FormatDay(agreement.termination->date));
  }
  if (!agreement.superseded_by.empty()) {
    wire.set_superseded_by(AgreementName(agreement.superseded_by));
  }
  if (agreement.delete_time.has_value()) {
    SetTime(*agreement.delete_time, *wire.mutable_delete_time());
  }
  if (agreement.comment_by.has_value()) wire.set_comment_by(FormatDay(*agreement.comment_by));
  wire.set_signing_round(agreement.signing_round);
  wire.set_text_sha256(agreement.text_sha256);
  wire.set_return_reason(agreement.return_reason);
  if (agreement.amendment.has_value()) {
    wire.set_amends(AgreementName(agreement.amendment->amends));
    wire.set_amendment_kind(static_cast<v1::Agreement::AmendmentKind>(agreement.amendment->kind));
    wire.set_effective_date(FormatDay(agreement.amendment->effective));
  }
}

}  // namespace

v1::Agreement ToProto(const Agreement& agreement) {
  v1::Agreement wire;
  wire.set_name(AgreementName(agreement.id));
  wire.set_title(agreement.title);
  wire.set_unit(UnitName(agreement.unit));
  wire.set_level(agreement.level);
  for (const Party& party : agreement.parties) *wire.add_parties() = ToProto(party);
  wire.set_term_start(FormatDay(agreement.term_start));
  wire.set_term_end(FormatDay(agreement.term_end));
  if (!agreement.parent.empty()) wire.set_parent(AgreementName(agreement.parent));
  SetNumber(agreement, wire);
  SetContent(agreement, wire);
  SetLife(agreement, wire);
  SetTime(agreement.create_time, *wire.mutable_create_time());
  SetTime(agreement.update_time, *wire.mutable_update_time());
  wire.set_revision(agreement.revision);
  wire.set_etag(Etag(agreement.revision));
  return wire;
}

v1::SigningRound ToProto(const ClosedRound& round) {
  v1::SigningRound wire;
  wire.set_round(round.round);
  wire.set_outcome(round.rejected_by.empty() ? v1::SigningRound::RETURNED
                                             : v1::SigningRound::REJECTED);
  SetTime(round.end_time, *wire.mutable_end_time());
  if (!round.rejected_by.empty()) wire.set_rejected_by(BodyName(round.rejected_by));
  wire.set_reason(round.reason);
  wire.set_text_sha256(round.text_sha256);
  for (const Party& party : round.parties) *wire.add_parties() = ToProto(party);
  return wire;
}

v1::Comment ToProto(const Comment& comment) {
  v1::Comment wire;
  wire.set_name(CommentName(comment.id));
  wire.set_agreement(AgreementName(comment.agreement));
  wire.set_body(BodyName(comment.body));
  wire.set_text(comment.text);
  wire.set_author(comment.author);
  SetTime(comment.create_time, *wire.mutable_create_time());
  if (comment.answer.has_value()) {
    wire.set_answer(comment.answer->text);
    wire.set_answered_by(comment.answer->answered_by);
    SetTime(comment.answer->answer_time, *wire.mutable_answer_time());
  }
  wire.set_revision(comment.revision);
  wire.set_etag(Etag(comment.revision));
  return wire;
}

std::string BodyName(const std::string& id) { return absl::StrCat("bodies/", id); }
std::string CommentName(const std::string& id) { return absl::StrCat("comments/", id); }

std::optional<State> ReadState(v1::Agreement::State state, Checker& check) {
  if (state == v1::Agreement::STATE_UNSPECIFIED) return std::nullopt;
  if (v1::Agreement::State_IsValid(state)) return static_cast<State>(state);
  check.Add("state", "UNKNOWN_STATE",
            {"The state is not known.", "Trạng thái không được biết đến."});
  return std::nullopt;
}

std::string FormatCursor(const ListCursor& cursor, ListOrder order) {
  const std::string key = order == ListOrder::kUpdateTime
                              ? absl::StrCat(absl::ToUnixMicros(cursor.update_time))
                              : FormatDay(cursor.term_start);
  return absl::StrCat(key, "/", cursor.id);
}

absl::StatusOr<ListCursor> ParseCursor(std::string_view text, ListOrder order) {
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(AbslView(text), absl::MaxSplits('/', 1));
  ListCursor cursor;
  cursor.id = std::string(parts.second);
  bool good = !cursor.id.empty();
  if (order == ListOrder::kUpdateTime) {
    int64_t micros = 0;
    good = good && absl::SimpleAtoi(parts.first, &micros);
    cursor.update_time = absl::FromUnixMicros(micros);
  } else {
    const absl::StatusOr<absl::CivilDay> day = ParseDay(std::string(parts.first));
    good = good && day.ok();
    cursor.term_start = day.value_or(absl::CivilDay());
  }
  if (good) return cursor;
  // Tokens are sealed, so only another version of this service can have made a bad one.
  return InvalidField(
      "page_token", "INVALID_PAGE_TOKEN",
      {"The page token is not valid for this list.", "Mã trang không hợp lệ cho danh sách này."});
}

}  // namespace phoihop::agreements
