// agreements export and verify.
#include <cstdio>
#include <fstream>
#include <string>

#include "absl/flags/flag.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/status/macros.h"
#include "phoihop/agreements/v1/agreements.grpc.pb.h"
#include "services/agreements/signatures/bundle.h"
#include "services/agreements/signatures/verifier.h"
#include "services/ctl/agreement_report.h"
#include "services/ctl/client.h"
#include "services/ctl/commands.h"
#include "services/ctl/flags.h"
#include "services/ctl/output.h"

namespace phoihop::ctl {
namespace {

namespace pb = ::phoihop::agreements::v1;
using Agreements = pb::AgreementsService::Stub;

// Through the gateway in a member's name, as any client reads it.
absl::StatusOr<std::string> Fetch(Client& client, const std::string& name) {
  ASSIGN_OR_RETURN(const std::string token, IssueToken(client));
  rpc::CallOptions options = client.Options();
  options.bearer = token;
  const auto stub = pb::AgreementsService::NewStub(client.channel("gateway"));
  pb::ExportAgreementRequest request;
  request.set_name(name);
  request.set_version(absl::GetFlag(FLAGS_version_number));
  request.set_on_date(absl::GetFlag(FLAGS_on_date));
  ASSIGN_OR_RETURN(const pb::ExportAgreementResponse file,
                   rpc::Call(*stub, &Agreements::ExportAgreement, request, options));
  return file.content();
}

absl::Status WriteOut(const std::string& content) {
  const std::string path = absl::GetFlag(FLAGS_out);
  if (path.empty()) {
    std::fwrite(content.data(), 1, content.size(), stdout);
    return absl::OkStatus();
  }
  std::ofstream out(path, std::ios::binary);
  out << content;
  out.close();
  return out ? absl::OkStatus() : absl::UnavailableError("cannot write " + path);
}

absl::StatusOr<absl::Time> AsOf() {
  const std::string text = absl::GetFlag(FLAGS_as_of);
  if (text.empty()) return absl::Now();
  absl::Time time;
  std::string error;
  if (!absl::ParseTime(absl::RFC3339_full, text, &time, &error)) {
    return absl::InvalidArgumentError("--as_of: " + error);
  }
  return time;
}

}  // namespace

int ExportAgreement(Client& client, const Arguments& arguments) {
  if (arguments.size() != 1) {
    std::fputs(
        "agreements export agreements/ID [--version_number N | --on_date DAY] [--out FILE]\n",
        stderr);
    return 2;
  }
  const absl::StatusOr<std::string> file = Fetch(client, arguments[0]);
  const absl::Status status = file.ok() ? WriteOut(*file) : file.status();
  if (status.ok()) return 0;
  SayError("Không xuất được chương trình", "The agreement was not exported", status);
  return 1;
}

int VerifyAgreement(const Settings&, const Arguments& arguments) {
  if (arguments.size() != 1) {
    std::fputs("agreements verify FILE [--trust DIR] [--crls DIR] [--as_of TIME]\n", stderr);
    return 2;
  }
  const absl::StatusOr<absl::Time> at = AsOf();
  if (!at.ok()) {
    SayError("Thời điểm không hợp lệ", "Bad time", at.status());
    return 2;
  }
  const absl::StatusOr<std::string> content = ReadFile(arguments[0]);
  if (!content.ok()) {
    // Says nothing about what was signed.
    SayError("Không đọc được tệp", "The file cannot be read", content.status());
    return 2;
  }
  const absl::StatusOr<agreements::Bundle> bundle = agreements::ReadBundle(*content);
  if (!bundle.ok()) {
    SayError("Tệp không phải là tệp xuất của một chương trình", "This is no exported agreement",
             bundle.status());
    return 1;
  }
  agreements::CmsVerifierOptions options;
  options.trust_dir = absl::GetFlag(FLAGS_trust);
  options.crl_dir = absl::GetFlag(FLAGS_crls);
  options.field = "cms";
  if (options.trust_dir.empty()) {
    Say("Chưa nêu --trust nên không tổ chức chứng thực nào được tin cậy",
        "without --trust no authority is trusted");
  }
  const agreements::BundleFindings findings =
      agreements::VerifyBundle(*bundle, *agreements::NewCmsVerifier(options), *at);
  std::fputs(AgreementReport(*bundle, findings).c_str(), stdout);
  switch (findings.verdict()) {
    case agreements::BundleVerdict::kVerified:
      return 0;
    case agreements::BundleVerdict::kStated:
      return 3;
    case agreements::BundleVerdict::kBad:
      break;
  }
  return 1;
}

}  // namespace phoihop::ctl
