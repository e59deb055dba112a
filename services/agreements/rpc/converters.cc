#include "services/agreements/rpc/converters.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/names/names.h"
#include "common/status/errors.h"
#include "common/status/views.h"
#include "common/text/text.h"
#include "common/time/civil.h"

namespace phoihop::agreements {
namespace {

// The one place where the states' numbers on the wire meet those that are stored.
static_assert(static_cast<int>(State::kDraft) == v1::Agreement::DRAFT);
static_assert(static_cast<int>(State::kSigning) == v1::Agreement::SIGNING);
static_assert(static_cast<int>(State::kInForce) == v1::Agreement::IN_FORCE);

void ReadParties(const v1::Agreement& wire, Checker& check, Content& content) {
  content.parties.clear();
  // One beyond the limit is enough for the domain to see that there are too many.
  const int count = std::min(wire.parties_size(), kMaxParties + 1);
  for (int i = 0; i < count; ++i) {
    content.parties.push_back(check.Name(absl::StrCat("agreement.parties[", i, "].body"),
                                         "bodies/*", wire.parties(i).body()));
  }
}

struct Field {
  std::string_view path;
  void (*read)(const v1::Agreement& wire, Checker& check, Content& content);
};

constexpr Field kFields[] = {
    {"title",
     [](const v1::Agreement& wire, Checker& check, Content& content) {
       content.title = check.Text("agreement.title", wire.title(), 1, kMaxTitle);
     }},
    {"document_number",
     [](const v1::Agreement& wire, Checker& check, Content& content) {
       content.document_number =
           check.Text("agreement.document_number", wire.document_number(), 0, kMaxDocumentNumber);
     }},
    {"parties", ReadParties},
    {"term_start",
     [](const v1::Agreement& wire, Checker& check, Content& content) {
       content.term_start = check.Day("agreement.term_start", wire.term_start());
     }},
    {"term_end",
     [](const v1::Agreement& wire, Checker& check, Content& content) {
       content.term_end = check.Day("agreement.term_end", wire.term_end());
     }},
    {"parent",
     [](const v1::Agreement& wire, Checker& check, Content& content) {
       content.parent.clear();
       if (wire.parent().empty()) return;
       content.parent = check.Name("agreement.parent", "agreements/*", wire.parent());
     }},
};

void SetTime(absl::Time time, google::protobuf::Timestamp& wire) {
  const timespec parts = absl::ToTimespec(time);
  wire.set_seconds(parts.tv_sec);
  wire.set_nanos(static_cast<int>(parts.tv_nsec));
}

}  // namespace

absl::Span<const std::string_view> WritableFields() {
  static const auto* const paths = [] {
    auto* result = new std::vector<std::string_view>;
    for (const Field& field : kFields) result->push_back(field.path);
    return result;
  }();
  return *paths;
}

void ReadContent(const v1::Agreement& wire, absl::Span<const std::string> paths, Checker& check,
                 Content& content) {
  for (const Field& field : kFields) {
    if (std::find(paths.begin(), paths.end(), field.path) != paths.end()) {
      field.read(wire, check, content);
    }
  }
}

Sign ReadSign(const v1::SignAgreementRequest& wire, absl::CivilDay today, Checker& check) {
  Sign sign;
  sign.party = check.Name("party", "bodies/*", wire.party());
  sign.sign_date = check.OptionalDay("sign_date", wire.sign_date()).value_or(today);
  sign.signer_name = check.Text("signer_name", wire.signer_name(), 1, kMaxSigner);
  sign.signer_title = check.Text("signer_title", wire.signer_title(), 1, kMaxSigner);
  return sign;
}

v1::Agreement ToProto(const Agreement& agreement) {
  v1::Agreement wire;
  wire.set_name(AgreementName(agreement.id));
  wire.set_title(agreement.title);
  wire.set_document_number(agreement.document_number);
  wire.set_unit(UnitName(agreement.unit));
  for (const Party& party : agreement.parties) {
    v1::Agreement::Party& to = *wire.add_parties();
    to.set_body(absl::StrCat("bodies/", party.body));
    if (!party.signature.has_value()) continue;
    v1::Agreement::Signature& signature = *to.mutable_signature();
    signature.set_sign_date(FormatDay(party.signature->sign_date));
    signature.set_recorded_by(party.signature->recorded_by);
    signature.set_signer_name(party.signature->signer_name);
    signature.set_signer_title(party.signature->signer_title);
    SetTime(party.signature->record_time, *signature.mutable_record_time());
  }
  wire.set_term_start(FormatDay(agreement.term_start));
  wire.set_term_end(FormatDay(agreement.term_end));
  if (!agreement.parent.empty()) wire.set_parent(AgreementName(agreement.parent));
  wire.set_state(static_cast<v1::Agreement::State>(agreement.state));
  if (agreement.in_force_date.has_value()) {
    wire.set_in_force_date(FormatDay(*agreement.in_force_date));
  }
  SetTime(agreement.create_time, *wire.mutable_create_time());
  SetTime(agreement.update_time, *wire.mutable_update_time());
  wire.set_revision(agreement.revision);
  wire.set_etag(Etag(agreement.revision));
  return wire;
}

std::optional<State> ReadState(v1::Agreement::State state, Checker& check) {
  switch (state) {
    case v1::Agreement::STATE_UNSPECIFIED:
      return std::nullopt;
    case v1::Agreement::DRAFT:
    case v1::Agreement::SIGNING:
    case v1::Agreement::IN_FORCE:
      return static_cast<State>(state);
    default:
      check.Add("state", "UNKNOWN_STATE",
                {"The state is not known.", "Trạng thái không được biết đến."});
      return std::nullopt;
  }
}

v1::Coverage::LevelCoverage ToProto(const LevelCoverage& level) {
  v1::Coverage::LevelCoverage wire;
  wire.set_level(level.level);
  wire.set_signed_count(level.signed_count);
  wire.set_expected_count(level.expected_count);
  wire.set_rate_text(FormatRateVi(level.signed_count, level.expected_count));
  for (const ExpectedUnit& unit : level.missing) {
    v1::Coverage::MissingUnit& missing = *wire.add_missing();
    missing.set_unit(UnitName(unit.id));
    missing.set_code(unit.code);
    missing.set_display_name(unit.name);
  }
  if (level.first_in_force.has_value()) {
    wire.set_first_in_force_date(FormatDay(*level.first_in_force));
  }
  if (level.last_in_force.has_value()) {
    wire.set_last_in_force_date(FormatDay(*level.last_in_force));
  }
  return wire;
}

std::string FormatCursor(const ListCursor& cursor) {
  return absl::StrCat(FormatDay(cursor.term_start), "/", cursor.id);
}

absl::StatusOr<ListCursor> ParseCursor(std::string_view text) {
  // Tokens are sealed, so only another version of this service can have made a bad one.
  constexpr size_t kDayLength = 10;
  const absl::StatusOr<absl::CivilDay> day = ParseDay(text.substr(0, kDayLength));
  if (!day.ok() || text.size() < kDayLength + 2) {
    return InvalidField(
        "page_token", "INVALID_PAGE_TOKEN",
        {"The page token is not valid for this list.", "Mã trang không hợp lệ cho danh sách này."});
  }
  return ListCursor{*day, std::string(text.substr(kDayLength + 1))};
}

}  // namespace phoihop::agreements
