// phoihopctl: the administrator's command line on the host. It calls the services as
// services/ctl, whose key only the host's administrator can read.
#include <sodium.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/config/config.h"
#include "common/telemetry/log.h"
#include "services/ctl/bodies.h"
#include "services/ctl/calendar.h"
#include "services/ctl/client.h"
#include "services/ctl/commands.h"
#include "services/ctl/database.h"
#include "services/ctl/doctor.h"
#include "services/ctl/output.h"
#include "services/ctl/scripts.h"

namespace phoihop::ctl {
namespace {

struct Command {
  // One or two words.
  std::vector<std::string> words;
  const char* help;
  int (*run)(Client&, const Arguments&) = nullptr;
  // Instead of `run` for those that need no identity.
  int (*run_plain)(const Settings&, const Arguments&) = nullptr;
  // Instead of `run` when --mysql_socket is given: reads the tables while no service runs.
  int (*run_stored)(const Settings&, const Arguments&) = nullptr;
};

const std::vector<Command>& Commands() {
  static const auto* const commands = new std::vector<Command>{
      {{"units", "import"},
       "units import [--snapshots DIR] [--validate_only]\n"
       "    Nạp ba bản danh mục đơn vị hành chính từ các gói npm; nạp lại không đổi gì.\n"
       "    Imports the three dated snapshots of the register; again changes nothing.\n",
       &ImportUnits},
      {{"units", "count"},
       "units count [--on_date DAY] [--check]\n"
       "    Đếm đơn vị theo cấp vào một ngày. / Counts the units of each level on a day.\n",
       &CountUnits},
      {{"bodies", "create"},
       "bodies create --display_name NAME [--abbreviation A] [--from_date DAY]\n"
       "              (--unit units/ID | --unit_code CODE [--on_date DAY])\n"
       "    Tạo cơ quan ở một đơn vị và in tên. / Creates a body at a unit and prints its name.\n",
       &CreateBody},
      {{"bodies", "list"},
       "bodies list (--unit units/ID | --unit_code CODE) [--on_date DAY]\n"
       "    Liệt kê cơ quan của đơn vị: tất cả, hoặc những cơ quan có vào ngày DAY với tên lúc "
       "đó.\n"
       "    Lists a unit's bodies: all, or those that there were on DAY, called as then.\n",
       &ListBodies},
      {{"bodies", "rename"},
       "bodies rename bodies/ID --display_name NAME [--abbreviation A] --from_date DAY\n"
       "              --decision NUMBER\n"
       "    Đổi tên cơ quan từ một ngày; trước ngày đó vẫn đọc được tên cũ.\n"
       "    Renames a body from a day on; on earlier days it keeps its name.\n",
       &RenameBody},
      {{"bodies", "end"},
       "bodies end bodies/ID --from_date DAY --decision NUMBER [--successors bodies/ID,...]\n"
       "    Ghi nhận cơ quan không còn từ ngày DAY và ai kế thừa nhiệm vụ.\n"
       "    Records that a body is no more from DAY on, and who carries its duties on.\n",
       &EndBody},
      {{"bodies", "merge"},
       "bodies merge bodies/ID... --from_date DAY --decision NUMBER\n"
       "             (--into bodies/ID | --display_name NAME [--abbreviation A] (--unit | "
       "--unit_code))\n"
       "    Sáp nhập các cơ quan vào một cơ quan có sẵn hoặc mới lập: tất cả hoặc không gì cả.\n"
       "    Merges bodies into one that exists or is made for it: all of it or nothing.\n",
       &MergeBodies},
      {{"bodies", "history"},
       "bodies history bodies/ID [--on_date DAY]\n"
       "    Các tên, việc kết thúc, cơ quan trước và sau, và ai thực hiện nhiệm vụ vào ngày DAY.\n"
       "    Its names, its end, who came before and after, and who carries its duties on DAY.\n",
       &ShowBodyHistory},
      {{"calendar", "import"},
       "calendar import FILE... [--missing_only]\n"
       "    Nạp bảng ngày nghỉ, ngày làm bù của từng năm (JSON, xem deploy/calendars); nạp lại\n"
       "    bảng giống hệt không đổi gì.\n"
       "    Imports yearly tables of working days; an equal table changes nothing.\n",
       &ImportCalendars},
      {{"calendar", "list"},
       "calendar list\n    Liệt kê các bảng đã nạp. / Lists the tables there are.\n",
       &ListCalendars},
      {{"ledger", "verify"},
       "ledger verify [SERVICE...] [--service S|all] [--checkpoints FILE,...]\n"
       "              [--mysql_socket SOCKET --mysql_user USER]\n"
       "    Kiểm tra sổ của các dịch vụ; nêu bản ghi sai đầu tiên, mã thoát 1. Với "
       "--mysql_socket:\n"
       "    đọc thẳng cơ sở dữ liệu, khi dịch vụ không chạy.\n"
       "    Verifies the ledgers, with the checkpoints kept in DATA/checkpoints and in files\n"
       "    from elsewhere; names the first bad record and exits with 1. With --mysql_socket it\n"
       "    reads the tables, while no service runs.\n",
       &VerifyLedgers,
       nullptr,
       &VerifyStoredLedgers},
      {{"ledger", "new-epoch"},
       "ledger new-epoch [SERVICE...] --mysql_socket SOCKET --mysql_user USER\n"
       "    Sau khi khôi phục cơ sở dữ liệu: ai theo dõi sổ phải đọc lại từ đầu (restore tự làm).\n"
       "    After a database was restored: whoever follows a ledger starts over. `restore` does\n"
       "    this by itself.\n",
       nullptr,
       &StartNewEpochs},
      {{"ledger", "follow"},
       "ledger follow SERVICE [--after N] [--until N]\n"
       "    In các bản ghi của sổ theo thứ tự và chờ bản ghi mới.\n"
       "    Prints the records of a ledger in order and waits for new ones: position, time,\n"
       "    resource, revision, method, actor.\n",
       &FollowLedger},
      {{"reporting", "rebuild"},
       "reporting rebuild\n"
       "    Đếm lại hình chiếu của báo cáo từ các sổ và so sánh; khác nhau thì mã thoát 1.\n"
       "    Counts the reporting projection again from the ledgers and compares; exits with 1\n"
       "    when they differed.\n",
       &RebuildReporting},
      {{"agreements", "export"},
       "agreements export agreements/ID [--version_number N | --on_date DAY] [--out FILE]\n"
       "                  [--member members/ID]\n"
       "    Ghi văn bản và các chữ ký của một chương trình vào một tệp để ai cũng kiểm tra được:\n"
       "    phiên bản mới nhất, phiên bản số N, hoặc phiên bản có hiệu lực vào ngày DAY.\n"
       "    Writes an agreement's text and signatures into a file that anyone can verify: the\n"
       "    newest version, version N, or the one in force on DAY.\n",
       &ExportAgreement},
      {{"agreements", "verify"},
       "agreements verify FILE [--trust DIR] [--crls DIR] [--as_of TIME]\n"
       "    Kiểm tra tệp đã ký, không cần máy chủ. Mã thoát: 0 đủ chữ ký số theo văn bản, tất cả\n"
       "    đúng; 3 không thấy sai, nhưng có bên chỉ được hệ thống ghi nhận (phê duyệt, bản giấy)\n"
       "    nên tệp không tự chứng minh được; 1 có điều sai hoặc thiếu chữ ký; 2 gọi sai.\n"
       "    Verifies a signed file offline, against the authorities in DIR. Exits with 0 when\n"
       "    everybody whom the text calls for signed it with a CMS signature that is good; 3 when\n"
       "    nothing is wrong, but some only have a statement of the system (approvals, paper),\n"
       "    which no file can prove; 1 when something is wrong or missing; 2 for bad use.\n",
       nullptr,
       &VerifyAgreement},
      {{"token"},
       "token [--member members/ID] [--lifetime_seconds N]\n"
       "    In mã truy cập ngắn hạn (việc cấp được ghi lại); mặc định cho người quản trị.\n"
       "    Prints a short-lived token (recorded), for the administrator by default.\n",
       &PrintToken},
      {{"bootstrap"},
       "bootstrap --data DIR --password_file FILE [--login admin]\n"
       "    Tạo người quản trị đầu tiên; chạy lại không tạo thêm.\n"
       "    Makes the first administrator; again makes no second one.\n",
       &Bootstrap},
      {{"credentials", "set"},
       "credentials set --member members/ID --login NAME --password_file FILE\n"
       "    Đặt tên đăng nhập và mật khẩu. / Sets a member's login and password.\n",
       &SetCredential},
      {{"members", "create"},
       "members create --display_name NAME [--body bodies/ID]\n"
       "    Tạo thành viên và in tên. / Creates a member and prints its name.\n",
       &CreateMember},
      {{"members", "list"},
       "members list\n    Liệt kê thành viên. / Lists the members.\n",
       &ListMembers},
      {{"grants", "create"},
       "grants create --member members/ID --role ROLE (--unit units/ID | --unit_code CODE "
       "[--on_date DAY]) [--body bodies/ID]\n"
       "    Cấp vai trò trên một đơn vị và các đơn vị bên dưới.\n"
       "    Gives a role over a unit and all units below it.\n",
       &CreateGrant},
      {{"grants", "list"},
       "grants list --member members/ID\n    Liệt kê quyền. / Lists a member's grants.\n",
       &ListGrants},
      {{"grants", "revoke"},
       "grants revoke grants/ID\n    Thu hồi quyền. / Revokes a grant.\n",
       &RevokeGrant},
      {{"keys", "generate"},
       "keys generate --data DIR IDENTITY...\n"
       "    Tạo cặp khóa Ed25519. Khóa cũ vẫn được tin cho đến khi xóa tệp .pub.\n"
       "    Makes Ed25519 key pairs. The old one stays trusted until its .pub is removed.\n",
       nullptr,
       &GenerateKeys},
      {{"backup"},
       "backup full|incremental|archive|list|verify|prune ...\n"
       "    Sao lưu không dừng hệ thống; xem `backup --help`.\n"
       "    Backs up without stopping anything; see `backup --help`.\n"},
      {{"restore"},
       "restore --to INSTANT --from BACKUP --data EMPTY_DIR ...\n"
       "    Khôi phục về đúng một giây; xem `restore --help`.\n"
       "    Restores to a second; see `restore --help`.\n"},
      {{"doctor"},
       "doctor [--json] [--records 1000] [--backup_dir DIR] [--site_address HOST:PORT]\n"
       "       [--metrics_addresses S=HOST:PORT,...]\n"
       "    Khám toàn hệ thống và nói phải làm gì; mã thoát 0 tốt, 1 cần xem, 2 hỏng.\n"
       "    Looks at the whole system and says what to do; exits with 0 good, 1 look, 2 broken.\n",
       nullptr,
       &Doctor},
      {{"top"},
       "top [--once] [--json] [--interval 1s] [--metrics_addresses S=HOST:PORT,...]\n"
       "    Số liệu của từng dịch vụ, mỗi giây một lần. / Each service's figures, every second.\n",
       nullptr,
       &Top},
      {{"health"},
       "health [--wait 30s] [SERVICE...]\n"
       "    Hỏi các dịch vụ đã sẵn sàng chưa. / Asks whether the services are ready.\n",
       nullptr,
       &CheckHealth},
  };
  return *commands;
}

constexpr char kUsage[] =
    "phoihopctl --data DIR COMMAND ...\n\n"
    "Dòng lệnh của người quản trị máy chủ PhoiHop; --data là thư mục dữ liệu của deploy/up.\n"
    "The command line of the administrator of a PhoiHop host; --data is deploy/up's folder.\n\n"
    "Lệnh / commands (COMMAND --help):\n";

// Whether the first of these words are the command's.
bool Matches(const Command& command, const std::vector<std::string>& words) {
  return words.size() >= command.words.size() &&
         std::equal(command.words.begin(), command.words.end(), words.begin());
}

const Command* Find(const std::vector<std::string>& words) {
  for (const Command& command : Commands()) {
    if (Matches(command, words)) return &command;
  }
  return nullptr;
}

// Words that are no flags, as far as that can be told before flags are parsed.
std::vector<std::string> PlainWords(int argc, char** argv) {
  std::vector<std::string> words;
  for (int i = 1; i < argc; ++i) {
    if (!absl::StartsWith(argv[i], "-")) words.push_back(argv[i]);
  }
  return words;
}

// The help of the command that these words name, of all of a group (`units`), or of everything.
// Values of flags may stand among the words (`--data DIR units`).
std::string HelpFor(const std::vector<std::string>& words) {
  for (auto first = words.begin(); first != words.end(); ++first) {
    if (const Command* command = Find({first, words.end()})) return command->help;
  }
  std::string text;
  for (const std::string& word : words) {
    for (const Command& command : Commands()) {
      if (command.words[0] == word) absl::StrAppend(&text, command.help);
    }
    if (!text.empty()) return text;
  }
  text = kUsage;
  for (const Command& command : Commands()) absl::StrAppend(&text, "\n  ", command.help);
  return text;
}

// Prints help and returns true when --help is there.
bool Helped(int argc, char** argv) {
  const bool asked = std::any_of(argv + 1, argv + argc, [](const std::string& argument) {
    return argument == "--help" || argument == "-h" || argument == "-help";
  });
  if (!asked && argc > 1) return false;
  std::fputs(HelpFor(PlainWords(argc, argv)).c_str(), stdout);
  return true;
}

int Main(int argc, char** argv) {
  if (const int code = RunScript(argc, argv); code >= 0) return code;
  if (Helped(argc, argv)) return argc > 1 ? 0 : 2;
  if (sodium_init() < 0) return 1;
  std::vector<std::string> words = config::Init(argc, argv, kUsage);
  InitLogging("ctl", LogLevel::kError);
  const Command* command = Find(words);
  // Scripts have run before, unless flags that they do not know stand in front.
  if (command == nullptr || (command->run == nullptr && command->run_plain == nullptr)) {
    std::fputs(HelpFor(words).c_str(), stderr);
    return 2;
  }
  const Arguments arguments(words.begin() + static_cast<int>(command->words.size()), words.end());
  absl::StatusOr<Settings> settings = LoadSettings();
  if (!settings.ok()) {
    SayError("Không đọc được cấu hình", "No configuration", settings.status());
    return 1;
  }
  if (command->run_stored != nullptr && HasDatabase()) {
    return command->run_stored(*settings, arguments);
  }
  if (command->run_plain != nullptr) return command->run_plain(*settings, arguments);
  absl::StatusOr<std::unique_ptr<Client>> client = Client::Create(*std::move(settings));
  if (!client.ok()) {
    SayError("Không đọc được khóa của phoihopctl; hãy chạy bằng người đã chạy deploy/up",
             "No key for phoihopctl; run it as who ran deploy/up", client.status());
    return 1;
  }
  return command->run(**client, arguments);
}

}  // namespace
}  // namespace phoihop::ctl

int main(int argc, char** argv) { return phoihop::ctl::Main(argc, argv); }
