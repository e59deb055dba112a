#include <fcntl.h>
#include <google/protobuf/util/json_util.h>
#include <spawn.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "absl/cleanup/cleanup.h"
#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/status/macros.h"
#include "common/text/text.h"
#include "phoihop/directory/v1/directory.grpc.pb.h"
#include "services/ctl/client.h"
#include "services/ctl/commands.h"
#include "services/ctl/directory.h"
#include "services/ctl/flags.h"
#include "services/ctl/left_out.h"
#include "services/ctl/output.h"

extern char** environ;

namespace phoihop::ctl {
namespace {

namespace fs = std::filesystem;
namespace pb = ::phoihop::directory::v1;

// deploy/register/export.mjs of the clone in which this program was built.
std::string ExporterPath() {
  if (std::string given = absl::GetFlag(FLAGS_exporter); !given.empty()) return given;
  std::error_code error;
  const fs::path self = fs::read_symlink("/proc/self/exe", error);
  return self.parent_path().parent_path().parent_path() / "deploy/register/export.mjs";
}

// Runs `node exporter out` and waits for it. Its errors are shown, its progress is not.
absl::Status Export(const std::string& out) {
  const std::string exporter = ExporterPath();
  if (!fs::exists(exporter)) return absl::NotFoundError(exporter);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  const auto cleanup = absl::MakeCleanup([&] { posix_spawn_file_actions_destroy(&actions); });
  const char* const arguments[] = {"node", exporter.c_str(), out.c_str(), nullptr};
  pid_t child = 0;
  if (posix_spawnp(&child, "node", &actions, nullptr, const_cast<char**>(arguments), environ) !=
      0) {
    return absl::NotFoundError("node");
  }
  int state = 0;
  while (waitpid(child, &state, 0) < 0 && errno == EINTR) {
  }
  if (!WIFEXITED(state) || WEXITSTATUS(state) != 0) {
    return absl::InternalError(absl::StrCat(exporter, " failed"));
  }
  return absl::OkStatus();
}

// The JSON files of a folder in order of name.
absl::StatusOr<std::vector<std::string>> SnapshotFiles(const std::string& folder) {
  std::vector<std::string> files;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  }
  if (error || files.empty()) {
    return absl::NotFoundError(absl::StrCat("no *.json in ", folder));
  }
  std::sort(files.begin(), files.end());
  return files;
}

absl::StatusOr<pb::ImportRegisterRequest> ReadSnapshot(const std::string& file) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(file));
  pb::ImportRegisterRequest request;
  const auto parsed = google::protobuf::util::JsonStringToMessage(text, &request);
  if (!parsed.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(file, " is no ImportRegisterRequest"));
  }
  return request;
}

// One try is known by its request id, so that a lost answer is asked for again.
absl::StatusOr<pb::ImportRegisterResponse> Import(Client& client,
                                                  const pb::ImportRegisterRequest& request) {
  const auto stub = DirectoryOf(client);
  for (int attempt = 1;; ++attempt) {
    auto response =
        rpc::Call(*stub, &DirectoryStub::ImportRegister, request, client.Options(absl::Minutes(3)));
    if (response.ok() || !absl::IsUnavailable(response.status()) || attempt == 5) return response;
    absl::SleepFor(absl::Seconds(attempt));
  }
}

void Report(const pb::ImportRegisterResponse& response) {
  Say(absl::StrCat("  mới ", FormatCountVi(response.units_created()), ", kết thúc ",
                   FormatCountVi(response.units_closed()), ", thay đổi ",
                   FormatCountVi(response.units_changed()), ", giữ nguyên ",
                   FormatCountVi(response.units_unchanged()), "; kế thừa ",
                   FormatCountVi(response.successions_created()), " (suy ra theo tên ",
                   FormatCountVi(response.successions_derived()), ")"),
      absl::StrCat("created ", response.units_created(), ", closed ", response.units_closed(),
                   ", changed ", response.units_changed(), ", unchanged ",
                   response.units_unchanged(), "; successions ", response.successions_created(),
                   " (derived by name ", response.successions_derived(), ")"));
  for (const auto& left_out : response.left_out()) {
    const Text reason = LeftOutText(left_out.reason());
    Say(absl::StrCat("  để lại ", FormatCountVi(left_out.count()), ": ", reason.vi),
        absl::StrCat("left out ", left_out.count(), ": ", reason.en, " [", left_out.reason(), "]"));
  }
}

// The rows that were left out, for whoever wants to place them by hand.
void WriteLeftOut(const std::string& file, const pb::ImportRegisterResponse& response) {
  std::ofstream out(file);
  for (const auto& left_out : response.left_out()) {
    for (const std::string& row : left_out.rows()) out << left_out.reason() << '\t' << row << '\n';
  }
}

absl::Status ImportAll(Client& client, const std::vector<std::string>& files) {
  for (const std::string& file : files) {
    ASSIGN_OR_RETURN(pb::ImportRegisterRequest request, ReadSnapshot(file));
    request.set_request_id(RandomUuid());
    request.set_validate_only(absl::GetFlag(FLAGS_validate_only));
    Say(absl::StrCat("Đang nạp ", request.source(), " ngày ", request.date(), ": ",
                     FormatCountVi(request.rows_size()), " đơn vị"),
        absl::StrCat("importing ", request.source(), " of ", request.date(), ": ",
                     request.rows_size(), " units"));
    ASSIGN_OR_RETURN(const pb::ImportRegisterResponse response, Import(client, request));
    Report(response);
    if (!client.settings().data.empty() && response.left_out_size() > 0) {
      const std::string list =
          client.settings().File(absl::StrCat("log/left-out-", request.date(), ".tsv"));
      WriteLeftOut(list, response);
      Say(absl::StrCat("  danh sách để lại: ", list), "the rows left out are listed there");
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::map<std::string, int>> Count(Client& client, const std::string& day) {
  const auto stub = DirectoryOf(client);
  pb::CountUnitsRequest request;
  request.set_on_date(day);
  ASSIGN_OR_RETURN(const pb::CountUnitsResponse response,
                   rpc::Call(*stub, &DirectoryStub::CountUnits, request, client.Options()));
  std::map<std::string, int> counts;
  for (const auto& level : response.counts()) counts[level.level()] = level.count();
  return counts;
}

}  // namespace

int ImportUnits(Client& client, const Arguments&) {
  std::string folder = absl::GetFlag(FLAGS_snapshots);
  std::string temporary;
  const auto cleanup = absl::MakeCleanup([&] {
    std::error_code ignored;
    if (!temporary.empty()) fs::remove_all(temporary, ignored);
  });
  absl::Status status;
  if (folder.empty()) {
    std::string pattern = (fs::temp_directory_path() / "phoihop-register-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) {
      SayError("Không tạo được thư mục tạm", "No temporary folder",
               absl::UnavailableError(pattern));
      return 1;
    }
    folder = temporary = pattern;
    status = Export(folder);
  }
  if (status.ok()) {
    const absl::StatusOr<std::vector<std::string>> files = SnapshotFiles(folder);
    status = files.ok() ? ImportAll(client, *files) : files.status();
  }
  if (!status.ok()) {
    SayError("Không nạp được danh mục đơn vị", "The register was not imported", status);
    return 1;
  }
  return 0;
}

int CountUnits(Client& client, const Arguments&) {
  const bool check = absl::GetFlag(FLAGS_check);
  // The newest of the three snapshots, which are imported in order: no district.
  const std::string day = check ? "2026-01-01" : absl::GetFlag(FLAGS_on_date);
  const absl::StatusOr<std::map<std::string, int>> counts = Count(client, day);
  if (!counts.ok()) {
    SayError("Không đếm được", "The units could not be counted", counts.status());
    return 1;
  }
  if (check) return counts->count("PROVINCE") == 1 && counts->count("DISTRICT") == 0 ? 0 : 1;
  for (const char* level : {"COUNTRY", "PROVINCE", "DISTRICT", "COMMUNE"}) {
    if (const auto found = counts->find(level); found != counts->end()) {
      std::printf("%-9s %s\n", level, FormatCountVi(found->second).c_str());
    }
  }
  return 0;
}

}  // namespace phoihop::ctl
