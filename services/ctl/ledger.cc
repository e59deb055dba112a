#include <filesystem>
#include <functional>
#include <memory>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/access/key_files.h"
#include "common/ledger/verify.h"
#include "common/status/macros.h"
#include "common/text/text.h"
#include "services/ctl/client.h"
#include "services/ctl/commands.h"
#include "services/ctl/findings.h"
#include "services/ctl/flags.h"
#include "services/ctl/ledger_source.h"
#include "services/ctl/output.h"

namespace phoihop::ctl {
namespace {

using Keys = std::map<std::string, access::PublicKey>;

absl::StatusOr<std::vector<ledger::Checkpoint>> KeptByService(LedgerSource& source) {
  std::vector<ledger::Checkpoint> checkpoints;
  int64_t after = 0;
  while (true) {
    ASSIGN_OR_RETURN(const std::vector<ledger::Checkpoint> page, source.Checkpoints(after));
    checkpoints.insert(checkpoints.end(), page.begin(), page.end());
    if (page.empty() || page.back().position <= after) return checkpoints;
    after = page.back().position;
  }
}

// Checkpoints from a file, one a line. A last line that was cut off by a crash is no
// evidence and is passed over; any other bad line is an error.
absl::StatusOr<std::vector<ledger::Checkpoint>> KeptInFile(const std::string& file) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(file));
  std::vector<ledger::Checkpoint> checkpoints;
  const std::vector<std::string> lines = absl::StrSplit(text, '\n');
  for (size_t i = 0; i < lines.size(); ++i) {
    if (lines[i].empty()) continue;
    absl::StatusOr<ledger::Checkpoint> checkpoint = ledger::ParseCheckpoint(lines[i]);
    if (checkpoint.ok()) {
      checkpoints.push_back(*std::move(checkpoint));
    } else if (i + 1 < lines.size()) {
      return absl::InvalidArgumentError(absl::StrCat(file, ", line ", i + 1, ": no checkpoint"));
    }
  }
  return checkpoints;
}

absl::StatusOr<ledger::VerifyReport> Verify(LedgerSource& source, const Settings& settings,
                                            const std::string& service, const Keys& keys) {
  ASSIGN_OR_RETURN(std::vector<ledger::Checkpoint> checkpoints, KeptByService(source));
  std::vector<std::string> files = absl::GetFlag(FLAGS_checkpoints);
  const std::string own = settings.File(absl::StrCat("checkpoints/", service));
  if (!settings.data.empty() && std::filesystem::exists(own)) files.push_back(own);
  for (const std::string& file : files) {
    ASSIGN_OR_RETURN(const std::vector<ledger::Checkpoint> kept, KeptInFile(file));
    checkpoints.insert(checkpoints.end(), kept.begin(), kept.end());
  }
  ledger::Verifier verifier(service, std::move(checkpoints),
                            [&keys](std::string_view id) -> std::optional<std::string> {
                              const auto found = keys.find(std::string(id));
                              if (found == keys.end()) return std::nullopt;
                              return found->second.key;
                            });
  int64_t position = 0;
  while (true) {
    ASSIGN_OR_RETURN(const ledger::RecordPage page, source.Records(position));
    const bool good = verifier.Add(page.records);
    if (!page.records.empty()) position = page.records.back().position;
    // A page and its head are of one snapshot, so this ends while others write.
    if (!good || page.records.empty() || position >= page.head.position) {
      return verifier.Finish(page.head);
    }
  }
}

bool Report(const std::string& service, const ledger::VerifyReport& report) {
  if (!report.finding.has_value()) {
    Say(absl::StrCat(service, ": nguyên vẹn, ", FormatCountVi(report.records), " bản ghi, ",
                     FormatCountVi(report.checkpoints), " điểm kiểm"),
        absl::StrCat("whole, ", report.records, " records, ", report.checkpoints, " checkpoints"));
    return true;
  }
  const ledger::Finding& finding = *report.finding;
  const std::string name(ledger::FindingName(finding.kind));
  Say(absl::StrCat(service, ": SAI tại bản ghi ", finding.position, ": ",
                   FindingText(finding.kind)),
      absl::StrCat("BAD at record ", finding.position, ": ", name, ": ", finding.text));
  return false;
}

int VerifyEach(
    const Settings& settings, const std::vector<std::string>& services,
    const std::function<absl::StatusOr<std::unique_ptr<LedgerSource>>(const std::string& service)>&
        open) {
  absl::StatusOr<Keys> keys = access::ReadPublicKeys(settings.trusted_keys_dir);
  if (!keys.ok()) {
    SayError("Không đọc được các khóa công khai", "No public keys", keys.status());
    return 1;
  }
  // Keys whose tokens are no longer taken have signed checkpoints that still hold.
  if (auto retired = access::ReadPublicKeys(settings.trusted_keys_dir + "/retired"); retired.ok()) {
    keys->merge(*retired);
  }
  bool whole = true;
  for (const std::string& service : services) {
    if (settings.addresses.count(service) == 0) {
      SayError("Không có dịch vụ này", "No such service", absl::NotFoundError(service));
      return 2;
    }
    const auto source = open(service);
    const absl::StatusOr<ledger::VerifyReport> report =
        source.ok() ? Verify(**source, settings, service, *keys) : source.status();
    if (!report.ok()) {
      SayError(absl::StrCat(service, ": không kiểm tra được"),
               absl::StrCat(service, " could not be verified"), report.status());
      whole = false;
      continue;
    }
    whole = Report(service, *report) && whole;
  }
  return whole ? 0 : 1;
}

std::vector<std::string> Asked(const Arguments& arguments) {
  if (!arguments.empty()) return arguments;
  if (absl::GetFlag(FLAGS_service) != "all") return {absl::GetFlag(FLAGS_service)};
  return ServiceNames();
}

}  // namespace

int VerifyLedgers(Client& client, const Arguments& arguments) {
  return VerifyEach(client.settings(), Asked(arguments), [&client](const std::string& service) {
    return LedgerOfService(client, service);
  });
}

int VerifyStoredLedgers(const Settings& settings, const Arguments& arguments) {
  return VerifyEach(settings, Asked(arguments), LedgerOfDatabase);
}

}  // namespace phoihop::ctl
