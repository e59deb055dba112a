#include "common/testing/test_database.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <functional>
#include <mutex>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace phoihop {
namespace {

namespace fs = std::filesystem;

constexpr char kPrefix[] = "phoihop-db-";
constexpr size_t kMaxSocketPath = 107;

[[noreturn]] void Die(const std::string& text) {
  std::fprintf(stderr, "test database: %s\n", text.c_str());
  std::fflush(stderr);
  std::_Exit(3);
}

std::vector<std::string>& ExtraOptions() {
  static auto& options = *new std::vector<std::string>;
  return options;
}

// Runs jobs on one thread that lives as long as the process. A child's PR_SET_PDEATHSIG fires
// when the thread that forked it ends, so no test's thread may fork the server.
class Keeper {
 public:
  static void Run(std::function<void()> job) {
    static auto& keeper = *new Keeper;
    std::unique_lock lock(keeper.mutex_);
    keeper.changed_.wait(lock, [] { return !keeper.job_; });
    keeper.job_ = std::move(job);
    keeper.changed_.notify_all();
    keeper.changed_.wait(lock, [] { return !keeper.job_; });
  }

 private:
  Keeper() {
    std::thread([this] {
      std::unique_lock lock(mutex_);
      while (true) {
        changed_.wait(lock, [this] { return job_ != nullptr; });
        job_();
        job_ = nullptr;
        changed_.notify_all();
      }
    }).detach();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::function<void()> job_;
};

// Starts a program that dies with this process; its output goes to `log`.
pid_t Spawn(const std::vector<std::string>& args, const std::string& log) {
  std::vector<char*> argv;
  for (const std::string& arg : args) argv.push_back(const_cast<char*>(arg.c_str()));
  argv.push_back(nullptr);
  pid_t pid = -1;
  Keeper::Run([&] {
    const pid_t parent = getpid();
    pid = fork();
    if (pid != 0) return;
    // Between fork and exec only calls that are safe in a signal handler.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(127);
    const int in = open("/dev/null", O_RDONLY);
    const int out = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    dup2(in, 0);
    dup2(out, 1);
    dup2(out, 2);
    execvp(argv[0], argv.data());
    _exit(127);
  });
  if (pid < 0) Die(absl::StrCat("fork: ", strerror(errno)));
  return pid;
}

int Wait(pid_t pid) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

void RunOrDie(const std::vector<std::string>& args, const std::string& log) {
  if (Wait(Spawn(args, log)) != 0) {
    Die(absl::StrCat(args[0], " failed; see ", log));
  }
}

// Removes the folders of test processes that were killed.
void RemoveStale(const fs::path& base) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(base, error)) {
    const std::string name = entry.path().filename();
    if (name.rfind(kPrefix, 0) != 0) continue;
    const std::vector<std::string> parts = absl::StrSplit(name.substr(strlen(kPrefix)), '-');
    int pid = 0;
    struct stat info;
    if (!absl::SimpleAtoi(parts[0], &pid) || pid <= 0 || kill(pid, 0) == 0 || errno != ESRCH) {
      continue;
    }
    if (stat(entry.path().c_str(), &info) != 0 || info.st_uid != geteuid()) continue;
    fs::remove_all(entry.path(), error);
  }
}

// A data folder as mariadb-install-db makes it, made once for each user and machine.
fs::path Template(const fs::path& base) {
  const fs::path path = base / absl::StrCat("phoihop-datadir-10-", geteuid());
  struct stat info;
  if (stat(path.c_str(), &info) == 0) {
    if (info.st_uid != geteuid()) Die(absl::StrCat(path.string(), " belongs to somebody else"));
    return path;
  }
  std::string name = (base / absl::StrCat(kPrefix, getpid(), "-install-XXXXXX")).string();
  if (mkdtemp(name.data()) == nullptr) Die(absl::StrCat("mkdtemp ", name, ": ", strerror(errno)));
  std::vector<std::string> args = {"mariadb-install-db",
                                   "--no-defaults",
                                   absl::StrCat("--datadir=", name, "/data"),
                                   absl::StrCat("--tmpdir=", name),
                                   "--auth-root-authentication-method=normal",
                                   "--skip-test-db",
                                   "--force",  // the machine's name need not resolve
                                   "--innodb-log-file-size=16M"};
  if (geteuid() == 0) args.push_back("--user=root");
  RunOrDie(args, name + "/log");
  std::error_code error;
  fs::rename(name + "/data", path, error);  // fails when another process was faster
  fs::remove_all(name, error);
  if (!fs::exists(path)) Die(absl::StrCat("cannot make ", path.string()));
  return path;
}

void RemoveAtExit() {
  TestDatabase& database = TestDatabase::Get();
  if (database.pid() > 0) {
    kill(database.pid(), SIGKILL);
    Wait(database.pid());
  }
  std::error_code error;
  fs::remove_all(fs::path(database.socket()).parent_path(), error);
}

}  // namespace

TestDatabase& TestDatabase::Get() {
  static auto& database = *new TestDatabase;
  return database;
}

void TestDatabase::AddServerOption(std::string option) {
  ExtraOptions().push_back(std::move(option));
}

TestDatabase::TestDatabase() {
  const char* tmp = getenv("TMPDIR");
  fs::path base = tmp != nullptr && *tmp != '\0' ? tmp : "/tmp";
  if (base.string().size() + 40 > kMaxSocketPath) base = "/tmp";
  RemoveStale(base);
  const fs::path prepared = Template(base);
  std::string name = (base / absl::StrCat(kPrefix, getpid(), "-XXXXXX")).string();
  if (mkdtemp(name.data()) == nullptr) Die(absl::StrCat("mkdtemp ", name, ": ", strerror(errno)));
  folder_ = name;
  socket_ = name + "/s";
  if (socket_.size() > kMaxSocketPath) Die("the path of the socket is too long: " + socket_);
  std::error_code error;
  fs::copy(prepared, name + "/data", fs::copy_options::recursive, error);
  if (error) Die(absl::StrCat("cannot copy the data folder: ", error.message()));
  Start();
  std::atexit(RemoveAtExit);
}

mysql::ConnectionOptions TestDatabase::Admin() const {
  mysql::ConnectionOptions options;
  options.socket = socket_;
  options.user = "root";
  return options;
}

mysql::ConnectionOptions TestDatabase::NewSchema() {
  std::random_device random;
  mysql::ConnectionOptions options = Admin();
  const std::string name = absl::StrCat("t_", absl::Hex(random(), absl::kZeroPad8),
                                        absl::Hex(random(), absl::kZeroPad8));
  auto connection = mysql::Connection::Open(options);
  if (!connection.ok()) Die(connection.status().ToString());
  const absl::Status created =
      (*connection)
          ->Execute(
              absl::StrCat("CREATE DATABASE ", name, " CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"))
          .status();
  if (!created.ok()) Die(created.ToString());
  options.database = name;
  return options;
}

void TestDatabase::Start() {
  if (pid_ > 0) return;
  std::vector<std::string> args = {
      "mariadbd", "--no-defaults", absl::StrCat("--datadir=", folder_, "/data"),
      absl::StrCat("--socket=", socket_), absl::StrCat("--pid-file=", folder_, "/pid"),
      // A server that starts removes all temporary tables there,
      // in /tmp also those of the servers of other tests.
      absl::StrCat("--tmpdir=", folder_), "--skip-networking", "--skip-name-resolve",
      "--character-set-server=utf8mb4", "--performance-schema=OFF", "--innodb-buffer-pool-size=32M",
      "--innodb-log-file-size=16M", "--innodb-flush-log-at-trx-commit=1", "--max-connections=400"};
  if (geteuid() == 0) args.push_back("--user=root");
  for (const std::string& option : ExtraOptions()) args.push_back(option);
  const std::string log = folder_ + "/log";
  pid_ = Spawn(args, log);
  const absl::Time limit = absl::Now() + absl::Seconds(60);
  while (true) {
    auto connection = mysql::Connection::Open(Admin());
    if (connection.ok()) return;
    int status = 0;
    if (waitpid(pid_, &status, WNOHANG) == pid_) {
      pid_ = 0;
      std::string text;
      if (FILE* file = std::fopen(log.c_str(), "r")) {
        char buffer[4096];
        text.assign(buffer, std::fread(buffer, 1, sizeof(buffer), file));
        std::fclose(file);
      }
      Die("mariadbd ended at its start:\n" + text);
    }
    if (absl::Now() > limit) Die(absl::StrCat("no answer: ", connection.status().ToString()));
    absl::SleepFor(absl::Milliseconds(20));
  }
}

void TestDatabase::Kill() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  Wait(pid_);
  pid_ = 0;
}

void TestDatabase::Freeze() {
  if (pid_ <= 0) return;
  kill(pid_, SIGSTOP);
  // The signal is sent, but threads that run now may still answer: wait until all stand.
  int status = 0;
  while (waitpid(pid_, &status, WUNTRACED) < 0 && errno == EINTR) {
  }
  if (!WIFSTOPPED(status)) Die("the server ended instead of stopping");
}

void TestDatabase::Thaw() {
  if (pid_ > 0) kill(pid_, SIGCONT);
}

}  // namespace phoihop
