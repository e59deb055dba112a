#include "services/agreements/domain/commands.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/time/civil.h"

namespace phoihop::agreements {
namespace {

// `unit` is the agreement's. It does not matter when no body was asked for.
void CheckParties(int64_t unit, const Content& content, const Bodies& bodies, FieldErrors& errors) {
  const int count = static_cast<int>(content.parties.size());
  if (count < kMinParties || count > kMaxParties) {
    errors.Add("agreement.parties", "PARTY_COUNT",
               {"An agreement has 2 to 30 parties.", "Chương trình phối hợp có từ 2 đến 30 bên."});
    return;
  }
  absl::flat_hash_set<std::string> seen;
  for (int i = 0; i < count; ++i) {
    const std::string field = absl::StrCat("agreement.parties[", i, "].body");
    if (!seen.insert(content.parties[i]).second) {
      errors.Add(field, "PARTY_TWICE",
                 {"This body is a party already.", "Cơ quan này đã là một bên tham gia."});
      continue;
    }
    const auto known = bodies.find(content.parties[i]);
    if (known == bodies.end()) continue;  // CheckContent tells
    if (!known->second.has_value()) {
      errors.Add(field, "BODY_UNKNOWN",
                 {"This body does not exist.", "Cơ quan này không tồn tại."});
    } else if (known->second->unit != unit) {
      errors.Add(field, "PARTY_OF_OTHER_UNIT",
                 {"This body belongs to another unit than the agreement.",
                  "Cơ quan này không thuộc đơn vị của chương trình."});
    } else if (!known->second->Contains(content.term_start)) {
      errors.Add(field, "BODY_NOT_VALID",
                 {"This body does not exist on the first day of the term.",
                  "Cơ quan này không tồn tại vào ngày đầu của thời hạn."});
    }
  }
}

void CheckParent(const std::string& id, const Content& content,
                 const std::optional<ParentFacts>& parent, FieldErrors& errors) {
  constexpr std::string_view kField = "agreement.parent";
  if (content.parent.empty()) return;
  if (content.parent == id) {
    errors.Add(kField, "PARENT_CIRCLE",
               {"An agreement cannot carry out itself.",
                "Chương trình không thể là cấp trên của chính nó."});
  } else if (!parent.has_value() || parent->id != content.parent) {
    errors.Add(kField, "PARENT_UNKNOWN",
               {"The superior agreement does not exist or you may not read it.",
                "Chương trình cấp trên không tồn tại hoặc bạn không có quyền xem."});
  } else if (parent->state == State::kDraft) {
    errors.Add(
        kField, "PARENT_IS_DRAFT",
        {"The superior agreement is still a draft.", "Chương trình cấp trên vẫn còn là dự thảo."});
  } else if (!parent->above) {
    errors.Add(kField, "PARENT_NOT_ABOVE",
               {"The superior agreement's unit does not lie above this unit on the first day of "
                "the term.",
                "Đơn vị của chương trình cấp trên không phải là cấp trên của đơn vị này vào ngày "
                "đầu của thời hạn."});
  } else if (std::count(parent->ancestors.begin(), parent->ancestors.end(), id) > 0) {
    errors.Add(kField, "PARENT_CIRCLE",
               {"The superior agreement carries out this one.",
                "Chương trình cấp trên lại thực hiện chính chương trình này."});
  } else if (static_cast<int>(parent->ancestors.size()) + 1 > kMaxCascadeDepth) {
    errors.Add(kField, "CASCADE_TOO_DEEP",
               {"There are too many agreements above this one.",
                "Có quá nhiều cấp chương trình phía trên."});
  }
}

void CheckTerm(const Content& content, FieldErrors& errors) {
  if (content.term_end >= content.term_start) return;
  errors.Add("agreement.term_end", "TERM_REVERSED",
             {"The term ends before it begins.", "Thời hạn kết thúc trước khi bắt đầu."});
}

absl::Status CheckContent(const std::string& id, int64_t unit, const Content& content,
                          const Facts& facts) {
  FieldErrors errors;
  CheckParties(unit, content, facts.bodies, errors);
  CheckTerm(content, errors);
  CheckParent(id, content, facts.parent, errors);
  RETURN_IF_ERROR(errors.ToStatus());
  // The parties were asked for before the draft was locked. One that is not among the
  // answers was set by somebody else in between.
  for (const std::string& body : content.parties) {
    if (!facts.bodies.contains(body)) return EtagMismatch(AgreementName(id));
  }
  return absl::OkStatus();
}

void SetContent(const Content& content, Agreement& agreement) {
  agreement.title = content.title;
  agreement.document_number = content.document_number;
  agreement.parties.clear();
  for (const std::string& body : content.parties) {
    agreement.parties.push_back({body, std::nullopt});
  }
  agreement.term_start = content.term_start;
  agreement.term_end = content.term_end;
  agreement.parent = content.parent;
}

absl::Status NotDraft(const Agreement& agreement) {
  return Precondition("AGREEMENT_NOT_DRAFT",
                      {"The agreement is no longer a draft; its text is fixed.",
                       "Chương trình không còn là dự thảo; nội dung đã được chốt."},
                      AgreementName(agreement.id));
}

// The agreement as a change to it begins.
Change Begin(const Agreement& agreement, absl::Time now) {
  Change change{agreement, agreement.term_start, false};
  change.after.update_time = now;
  ++change.after.revision;
  return change;
}

absl::StatusOr<Change> Run(const Agreement& agreement, const Update& update, absl::Time now,
                           std::string_view) {
  if (agreement.state != State::kDraft) return NotDraft(agreement);
  RETURN_IF_ERROR(CheckContent(agreement.id, agreement.unit, update.content, update.facts));
  Change change = Begin(agreement, now);
  SetContent(update.content, change.after);
  change.effective = change.after.term_start;
  return change;
}

absl::StatusOr<Change> Run(const Agreement& agreement, const OpenForSigning&, absl::Time now,
                           std::string_view) {
  if (agreement.state != State::kDraft) return NotDraft(agreement);
  Change change = Begin(agreement, now);
  change.after.state = State::kSigning;
  return change;
}

// One may sign ahead of a term, but a day more than a year ahead is a slip of the pen.
absl::CivilDay EarliestSignDate(absl::CivilDay term_start) {
  return absl::CivilDay(term_start.year() - 1, term_start.month(), term_start.day());
}

absl::Status CheckSignDate(const Agreement& agreement, absl::CivilDay day, absl::Time now) {
  if (day > VietnamDay(now)) {
    return InvalidField("sign_date", "SIGN_DATE_IN_FUTURE",
                        {"The day of signing lies in the future.", "Ngày ký nằm trong tương lai."});
  }
  if (day < EarliestSignDate(agreement.term_start)) {
    return InvalidField("sign_date", "SIGN_DATE_TOO_EARLY",
                        {"The day of signing lies more than a year before the term.",
                         "Ngày ký sớm hơn ngày đầu của thời hạn quá một năm."});
  }
  if (day > agreement.term_end) {
    return InvalidField("sign_date", "SIGN_DATE_AFTER_TERM",
                        {"The day of signing lies after the end of the term.",
                         "Ngày ký nằm sau ngày kết thúc thời hạn."});
  }
  return absl::OkStatus();
}

// The latest of the sign dates, when every party has signed.
std::optional<absl::CivilDay> LastSigned(const std::vector<Party>& parties) {
  std::optional<absl::CivilDay> last;
  for (const Party& party : parties) {
    if (!party.signature.has_value()) return std::nullopt;
    last = std::max(last.value_or(party.signature->sign_date), party.signature->sign_date);
  }
  return last;
}

absl::StatusOr<Change> Run(const Agreement& agreement, const Sign& sign, absl::Time now,
                           std::string_view actor) {
  if (agreement.state == State::kDraft) {
    return Precondition("AGREEMENT_NOT_SIGNING",
                        {"The agreement is still a draft and not open for signing.",
                         "Chương trình vẫn là dự thảo, chưa mở để ký."},
                        AgreementName(agreement.id));
  }
  Change change = Begin(agreement, now);
  std::vector<Party>& parties = change.after.parties;
  const auto party = std::find_if(parties.begin(), parties.end(),
                                  [&](const Party& p) { return p.body == sign.party; });
  if (party == parties.end()) {
    return InvalidField("party", "NOT_A_PARTY",
                        {"This body is not a party of the agreement.",
                         "Cơ quan này không phải là một bên của chương trình."});
  }
  if (party->signature.has_value()) {
    return Precondition("PARTY_HAS_SIGNED", {"This party has signed.", "Bên này đã ký."},
                        AgreementName(agreement.id));
  }
  RETURN_IF_ERROR(CheckSignDate(agreement, sign.sign_date, now));
  party->signature =
      Signature{sign.sign_date, std::string(actor), sign.signer_name, sign.signer_title, now};
  change.effective = sign.sign_date;
  if (const std::optional<absl::CivilDay> last = LastSigned(parties); last.has_value()) {
    change.after.state = State::kInForce;
    change.after.in_force_date = last;
    change.effective = *last;
    change.put_in_force = true;
  }
  return change;
}

}  // namespace

absl::Status CheckShape(const Content& content) {
  FieldErrors errors;
  CheckParties(0, content, {}, errors);
  CheckTerm(content, errors);
  return errors.ToStatus();
}

absl::StatusOr<Change> Create(std::string id, int64_t unit, const Content& content,
                              const Facts& facts, absl::Time now) {
  RETURN_IF_ERROR(CheckContent(id, unit, content, facts));
  Change change;
  change.after.id = std::move(id);
  change.after.unit = unit;
  SetContent(content, change.after);
  change.after.create_time = now;
  change.after.update_time = now;
  change.after.revision = 1;
  change.effective = content.term_start;
  return change;
}

absl::StatusOr<Change> Apply(const Agreement& agreement, const Command& command, absl::Time now,
                             std::string_view actor) {
  return std::visit([&](const auto& c) { return Run(agreement, c, now, actor); }, command);
}

}  // namespace phoihop::agreements
