// The signed file of an agreement, or of one of its versions.
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/fields/fields.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/time/civil.h"
#include "services/agreements/domain/text.h"
#include "services/agreements/rpc/converters.h"
#include "services/agreements/rpc/handlers.h"
#include "services/agreements/rpc/scope.h"
#include "services/agreements/rpc/signed_file.h"
#include "services/agreements/rpc/versions.h"

namespace phoihop::agreements {
namespace {

// The version asked for: of that number, of that day, or else the newest one. Before an agreement
// is in force, and for amendments, what it is now, with the version 0.
absl::StatusOr<v1::AgreementVersion> FindVersion(const Parts& parts, const Agreement& agreement,
                                                 int64_t number, std::optional<absl::CivilDay> day,
                                                 absl::Time deadline) {
  ASSIGN_OR_RETURN(std::vector<v1::AgreementVersion> versions,
                   ReadVersions(parts, agreement, deadline));
  if (number == 0 && !day.has_value()) {
    if (!versions.empty()) return std::move(versions.back());
    v1::AgreementVersion present;
    *present.mutable_agreement() = ToProto(agreement);
    return present;
  }
  const std::string on = day.has_value() ? FormatDay(*day) : "";
  for (v1::AgreementVersion& version : versions) {
    if (number == 0 ? version.effective_date() <= on && on <= version.end_date()
                    : version.version() == number) {
      return std::move(version);
    }
  }
  if (day.has_value()) return NotInForceOnDate(agreement.id);
  return NotFound("phoihop.agreements.v1.AgreementVersion",
                  absl::StrCat(AgreementName(agreement.id), "/versions/", number));
}

}  // namespace

absl::StatusOr<v1::ExportAgreementResponse> ExportAgreement(
    const Parts& parts, const rpc::RequestContext& ctx, const v1::ExportAgreementRequest& request) {
  Checker check;
  const std::string id = check.Name("name", "agreements/*", request.name());
  const int64_t number =
      check.Count("version", request.version(), 0, std::numeric_limits<int32_t>::max());
  const std::optional<absl::CivilDay> day = check.OptionalDay("on_date", request.on_date());
  if (number != 0 && !request.on_date().empty()) {
    check.Add("on_date", "VERSION_OR_DATE",
              {"Give either a version or a day.", "Chỉ nêu số phiên bản hoặc ngày, không cả hai."});
  }
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  ASSIGN_OR_RETURN(const Agreement agreement, FindReadable(parts, ctx, snapshot, id));
  ASSIGN_OR_RETURN(const v1::AgreementVersion version,
                   FindVersion(parts, agreement, number, day, ReadDeadline(ctx)));

  // A text goes with its version: whoever may read the agreement may read it.
  const std::string& sha256 = version.agreement().text_sha256();
  std::optional<std::string> text;
  if (!sha256.empty()) {
    std::string of;
    ASSIGN_OR_RETURN(text, parts.store->FindText(sha256, of, ReadDeadline(ctx)));
  } else if (version.version() == agreement.version) {
    text = RenderText(agreement);
  }
  if (!text.has_value()) {
    return Precondition("TEXT_NOT_KEPT",
                        {"This version was signed before texts were kept.",
                         "Phiên bản này được ký trước khi hệ thống lưu nguyên văn."},
                        AgreementName(id));
  }
  v1::ExportAgreementResponse response;
  response.set_content(WriteBundle(SignedFile(version, *text, ctx.now())));
  response.set_file_name(SignedFileName(version));
  response.set_version(version.version());
  return response;
}

}  // namespace phoihop::agreements
