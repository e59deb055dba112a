#include "services/agreements/domain/signing.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/details.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/time/civil.h"

namespace phoihop::agreements {
namespace {

absl::Status NotAParty() {
  return InvalidField("party", "NOT_A_PARTY",
                      {"This body is not a party of the agreement.",
                       "Cơ quan này không phải là một bên của chương trình."});
}

}  // namespace

SigningRound::SigningRound(std::string subject, std::vector<Party> parties,
                           std::vector<int> required)
    : subject_(std::move(subject)), parties_(std::move(parties)), required_(std::move(required)) {
  if (required_.empty()) required_ = {static_cast<int>(parties_.size())};
}

const Party* SigningRound::Find(std::string_view body) const {
  const auto party = std::find_if(parties_.begin(), parties_.end(),
                                  [&](const Party& p) { return p.body == body; });
  return party == parties_.end() ? nullptr : &*party;
}

int SigningRound::SignedOf(int group) const {
  return static_cast<int>(std::count_if(parties_.begin(), parties_.end(), [&](const Party& party) {
    return party.group == group && party.signature.has_value();
  }));
}

int SigningRound::open_group() const {
  int group = 0;
  while (group < static_cast<int>(required_.size()) && SignedOf(group) >= required_[group]) {
    ++group;
  }
  return group;
}

std::vector<std::string> SigningRound::MaySign() const {
  std::vector<std::string> bodies;
  if (Complete()) return bodies;
  const int open = open_group();
  for (const Party& party : parties_) {
    if (party.group <= open && !party.signature.has_value()) bodies.push_back(party.body);
  }
  return bodies;
}

std::optional<absl::CivilDay> SigningRound::LastSigned() const {
  std::optional<absl::CivilDay> last;
  if (!Complete()) return last;
  for (const Party& party : parties_) {
    if (!party.signature.has_value()) continue;
    last = std::max(last.value_or(party.signature->sign_date), party.signature->sign_date);
  }
  return last;
}

absl::Status SigningRound::CheckReject(std::string_view body) const {
  const Party* party = Find(body);
  if (party == nullptr) return NotAParty();
  if (party->signature.has_value()) {
    return AboutField(
        Precondition("PARTY_HAS_SIGNED", {"This party has signed.", "Bên này đã ký."}, subject_),
        "party");
  }
  if (Complete()) {
    return Precondition("SIGNING_COMPLETE",
                        {"As many parties as the signing plan asks for have signed already.",
                         "Đã đủ số bên ký theo kế hoạch ký."},
                        subject_);
  }
  return absl::OkStatus();
}

absl::Status SigningRound::CheckTurn(std::string_view body, absl::CivilDay today) const {
  RETURN_IF_ERROR(CheckReject(body));
  const Party& party = *Find(body);
  if (party.group > open_group()) {
    return AboutField(Precondition("NOT_YET_TO_SIGN",
                                   {"Others sign before this party; wait until they have.",
                                    "Các bên ký trước chưa ký xong; xin chờ đến lượt."},
                                   subject_),
                      "party");
  }
  if (party.sign_by.has_value() && today > *party.sign_by) {
    return AboutField(
        Precondition("SIGNING_EXPIRED",
                     {"The last day for this party to sign has passed; have it extended.",
                      "Đã quá hạn ký của bên này; hãy đề nghị gia hạn."},
                     subject_),
        "party");
  }
  return absl::OkStatus();
}

absl::Status SigningRound::CheckMember(const Party& party, const Signature& signature) const {
  if (signature.kind != SignatureKind::kInSystem) return absl::OkStatus();
  const auto same = std::find_if(parties_.begin(), parties_.end(), [&](const Party& other) {
    return other.signature.has_value() && other.signature->kind == SignatureKind::kInSystem &&
           other.signature->recorded_by == signature.recorded_by;
  });
  if (same == parties_.end()) return absl::OkStatus();
  const auto name = [](const Party& p) {
    return p.display_name.empty() ? absl::StrCat("bodies/", p.body)
                                  : absl::StrCat("“", p.display_name, "”");
  };
  return AboutField(
      Precondition(
          "MEMBER_HAS_SIGNED",
          {absl::StrCat("You have signed for ", name(*same), "; the leader of ", name(party),
                        " must sign in the system, or its signature on paper is recorded."),
           absl::StrCat("Bạn đã ký trên hệ thống cho ", name(*same), "; lãnh đạo của ", name(party),
                        " phải tự ký, hoặc ghi nhận bản ký giấy của bên này.")},
          subject_),
      "party");
}

absl::Status SigningRound::Sign(std::string_view body, Signature signature, absl::CivilDay today) {
  RETURN_IF_ERROR(CheckTurn(body, today));
  RETURN_IF_ERROR(CheckMember(*Find(body), signature));
  for (const Party& other : parties_) {
    if (!signature.certificate.has_value() || !other.signature.has_value() ||
        !other.signature->certificate.has_value() ||
        other.signature->certificate->sha256 != signature.certificate->sha256) {
      continue;
    }
    return AboutField(
        Precondition("CERTIFICATE_USED",
                     {"Another party has signed with this certificate; each party signs with "
                      "one of its own.",
                      "Một bên khác đã ký bằng chứng thư này; mỗi bên phải ký bằng chứng thư "
                      "của mình."},
                     subject_),
        "cms");
  }
  parties_[Find(body) - parties_.data()].signature = std::move(signature);
  return absl::OkStatus();
}

absl::Status SigningRound::Extend(std::string_view body, absl::CivilDay sign_by,
                                  absl::CivilDay today) {
  RETURN_IF_ERROR(CheckReject(body));
  if (sign_by < today) {
    return InvalidField(
        "sign_by", "SIGN_BY_PASSED",
        {"The last day for signing lies in the past.", "Hạn ký nằm trong quá khứ."});
  }
  parties_[Find(body) - parties_.data()].sign_by = sign_by;
  return absl::OkStatus();
}

std::vector<std::string> SigningRound::Signed() const {
  std::vector<std::string> bodies;
  for (const Party& party : parties_) {
    if (party.signature.has_value()) bodies.push_back(party.body);
  }
  return bodies;
}

}  // namespace phoihop::agreements
