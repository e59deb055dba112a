#include <cstdio>
#include <filesystem>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/access/key_files.h"
#include "common/ledger/verify.h"
#include "common/status/macros.h"
#include "common/text/text.h"
#include "phoihop/ledger/v1/ledger.grpc.pb.h"
#include "services/ctl/client.h"
#include "services/ctl/commands.h"
#include "services/ctl/findings.h"
#include "services/ctl/flags.h"
#include "services/ctl/ledger_convert.h"
#include "services/ctl/output.h"

namespace phoihop::ctl {
namespace {

namespace pb = ::phoihop::ledger::v1;
using Keys = std::map<std::string, access::PublicKey>;

absl::StatusOr<std::vector<ledger::Checkpoint>> KeptByService(Client& client,
                                                              pb::LedgerService::Stub& stub) {
  std::vector<ledger::Checkpoint> checkpoints;
  pb::ListCheckpointsRequest request;
  while (true) {
    ASSIGN_OR_RETURN(
        const pb::ListCheckpointsResponse page,
        rpc::Call(stub, &pb::LedgerService::Stub::ListCheckpoints, request, client.Options()));
    if (page.checkpoints().empty()) return checkpoints;
    for (const pb::Checkpoint& checkpoint : page.checkpoints()) {
      checkpoints.push_back(FromProto(checkpoint));
    }
    const int64_t last = page.checkpoints(page.checkpoints_size() - 1).position();
    if (last <= request.after_position()) return checkpoints;
    request.set_after_position(last);
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

absl::StatusOr<ledger::VerifyReport> Verify(Client& client, const std::string& service,
                                            const Keys& keys) {
  auto stub = pb::LedgerService::NewStub(client.channel(service));
  ASSIGN_OR_RETURN(std::vector<ledger::Checkpoint> checkpoints, KeptByService(client, *stub));
  std::vector<std::string> files = absl::GetFlag(FLAGS_checkpoints);
  const std::string own = client.settings().File(absl::StrCat("checkpoints/", service));
  if (!client.settings().data.empty() && std::filesystem::exists(own)) files.push_back(own);
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
  pb::ListRecordsRequest request;
  while (true) {
    ASSIGN_OR_RETURN(
        const pb::ListRecordsResponse page,
        rpc::Call(*stub, &pb::LedgerService::Stub::ListRecords, request, client.Options()));
    std::vector<ledger::Record> records;
    for (const pb::Record& record : page.records()) records.push_back(FromProto(record));
    const bool good = verifier.Add(records);
    const int64_t last = records.empty() ? request.after_position() : records.back().position;
    // A page and its head are of one snapshot, so this ends while others write.
    if (!good || records.empty() || last >= page.head().position()) {
      ledger::Head head;
      head.epoch = page.head().epoch();
      head.position = page.head().position();
      head.hash = page.head().hash();
      return verifier.Finish(head);
    }
    request.set_after_position(last);
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

}  // namespace

int VerifyLedgers(Client& client, const Arguments& arguments) {
  std::vector<std::string> services = arguments;
  if (services.empty() && absl::GetFlag(FLAGS_service) != "all") {
    services.push_back(absl::GetFlag(FLAGS_service));
  }
  if (services.empty()) services = ServiceNames();
  const absl::StatusOr<Keys> keys = access::ReadPublicKeys(client.settings().trusted_keys_dir);
  if (!keys.ok()) {
    SayError("Không đọc được các khóa công khai", "No public keys", keys.status());
    return 1;
  }
  bool whole = true;
  for (const std::string& service : services) {
    if (client.settings().addresses.count(service) == 0) {
      SayError("Không có dịch vụ này", "No such service", absl::NotFoundError(service));
      return 2;
    }
    const absl::StatusOr<ledger::VerifyReport> report = Verify(client, service, *keys);
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

}  // namespace phoihop::ctl
