#include "services/agreements/domain/text.h"

#include <sodium.h>

#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "common/names/names.h"
#include "common/status/views.h"
#include "common/time/civil.h"

namespace phoihop::agreements {
namespace {

// "Nhãn: value"; nothing for no value. A value is one line: input of several lines is refused
// for all fields but a clause's text.
void Line(std::string_view label, std::string_view value, std::string& text) {
  if (value.empty()) return;
  absl::StrAppend(&text, AbslView(label), ": ", AbslView(value), "\n");
}

void Bases(const Agreement& agreement, std::string& text) {
  if (agreement.legal_bases.empty()) return;
  text += "\nCĂN CỨ\n";
  for (size_t i = 0; i < agreement.legal_bases.size(); ++i) {
    const LegalBasis& basis = agreement.legal_bases[i];
    absl::StrAppend(&text, i + 1, ". ", basis.document_number);
    if (basis.issue_date.has_value()) {
      absl::StrAppend(&text, ", ngày ", FormatDayVi(*basis.issue_date));
    }
    if (!basis.issuer.empty()) absl::StrAppend(&text, ", của ", basis.issuer);
    if (!basis.title.empty()) absl::StrAppend(&text, ", ", basis.title);
    text += "\n";
  }
}

void Parties(const Agreement& agreement, std::string& text) {
  text += "\nCÁC BÊN\n";
  for (size_t i = 0; i < agreement.parties.size(); ++i) {
    const Party& party = agreement.parties[i];
    absl::StrAppend(&text, i + 1, ". ", party.display_name, party.display_name.empty() ? "" : " ",
                    "[bodies/", party.body, "]\n");
  }
}

// Groups sign one after the other; "1. Cần 2 trong 3 bên ký: 1, 2, 3" by the parties' numbers.
void Order(const Agreement& agreement, std::string& text) {
  std::vector<int> required = agreement.required_signatures;
  if (required.empty()) required = {static_cast<int>(agreement.parties.size())};
  text += "\nTHỨ TỰ KÝ\n";
  for (size_t group = 0; group < required.size(); ++group) {
    std::vector<size_t> places;
    for (size_t i = 0; i < agreement.parties.size(); ++i) {
      if (agreement.parties[i].group == static_cast<int>(group)) places.push_back(i + 1);
    }
    absl::StrAppend(&text, group + 1, ". Cần ", required[group], " trong ", places.size(),
                    " bên ký: ", absl::StrJoin(places, ", "), "\n");
  }
}

void Clauses(const Agreement& agreement, std::string& text) {
  if (agreement.clauses.empty()) return;
  text += "\nNỘI DUNG\n";
  for (size_t i = 0; i < agreement.clauses.size(); ++i) {
    const Clause& clause = agreement.clauses[i];
    absl::StrAppend(&text, "Điều ", i + 1, ". [", AbslView(AreaTitle(clause.area)), "]",
                    clause.heading.empty() ? "" : " ", clause.heading, "\n  ",
                    absl::StrReplaceAll(clause.text, {{"\n", "\n  "}}), "\n");
  }
}

void Target(const CascadeTarget& target, std::string& text) {
  if (target == CascadeTarget()) return;
  text += "\nĐƠN VỊ TRIỂN KHAI\n";
  std::string levels, units;
  for (const std::string& level : target.levels) {
    absl::StrAppend(&levels, levels.empty() ? "" : ", ", level);
  }
  for (const int64_t unit : target.units) {
    absl::StrAppend(&units, units.empty() ? "" : ", ", UnitName(unit));
  }
  Line("Cấp", levels, text);
  Line("Thuộc", target.subtree == 0 ? "" : UnitName(target.subtree), text);
  Line("Đơn vị", units, text);
  Line("Hạn", target.due.has_value() ? FormatDayVi(*target.due) : "", text);
}

void Files(const Agreement& agreement, std::string& text) {
  if (agreement.attachments.empty()) return;
  text += "\nTÀI LIỆU KÈM THEO\n";
  for (size_t i = 0; i < agreement.attachments.size(); ++i) {
    const Attachment& file = agreement.attachments[i];
    absl::StrAppend(&text, i + 1, ". ", file.file_name, " [sha256:", file.sha256, "]\n");
  }
}

}  // namespace

std::string_view AreaTitle(Area area) {
  switch (area) {
    case Area::kLawEnforcementAndDevelopment:
      return "Thực thi pháp luật và phát triển kinh tế - xã hội";
    case Area::kProminentIssues:
      return "Vấn đề nổi cộm, bức xúc";
    case Area::kDuties:
      return "Trách nhiệm các bên";
    case Area::kOther:
      return "Nội dung khác";
  }
  return "";
}

std::string RenderText(const Agreement& agreement) {
  std::string text = absl::StrCat(AbslView(kTextHeader), "\n");
  Line("Chương trình", AgreementName(agreement.id), text);
  if (agreement.amendment.has_value()) {
    const Amendment& amendment = *agreement.amendment;
    Line(amendment.kind == AmendmentKind::kExtension ? "Gia hạn" : "Sửa đổi",
         AgreementName(amendment.amends), text);
    Line("Hiệu lực từ", FormatDayVi(amendment.effective), text);
  }
  const int round = agreement.signing_round + (IsOpenDraft(agreement.state) ? 1 : 0);
  Line("Lượt ký", absl::StrCat(round), text);
  Line("Tên", agreement.title, text);
  Line("Số", agreement.document_number, text);
  Line("Cơ quan cấp số",
       agreement.issuing_body.empty() ? "" : absl::StrCat("bodies/", agreement.issuing_body), text);
  Line("Kỳ đánh số", agreement.document_series, text);
  Line("Đơn vị", UnitName(agreement.unit), text);
  Line("Thời hạn",
       absl::StrCat(FormatDayVi(agreement.term_start), " - ", FormatDayVi(agreement.term_end)),
       text);
  if (!agreement.parent.empty()) Line("Thực hiện", AgreementName(agreement.parent), text);
  Bases(agreement, text);
  Parties(agreement, text);
  Order(agreement, text);
  Clauses(agreement, text);
  Target(agreement.cascade_target, text);
  Files(agreement, text);
  return text;
}

std::string Sha256Hex(std::string_view bytes) {
  std::string digest(crypto_hash_sha256_BYTES, '\0');
  crypto_hash_sha256(reinterpret_cast<unsigned char*>(digest.data()),
                     reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  return absl::BytesToHexString(digest);
}

}  // namespace phoihop::agreements
