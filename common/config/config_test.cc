#include "common/config/config.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <map>

#include "absl/flags/flag.h"
#include "absl/flags/reflection.h"
#include "common/config/flags.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

ABSL_FLAG(int, config_test_limit, 3, "A flag of the program itself");

namespace phoihop::config {
namespace {

using ::phoihop::testing::IsOk;
using ::phoihop::testing::IsOkAndHolds;
using ::phoihop::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::ExitedWithCode;
using ::testing::HasSubstr;
using ::testing::Not;

absl::Status SetFrom(const std::map<std::string, std::string>& environment) {
  return SetFlagsFrom([&](const std::string& variable) -> std::optional<std::string> {
    const auto found = environment.find(variable);
    return found == environment.end() ? std::nullopt : std::optional(found->second);
  });
}

class FlagsTest : public ::testing::Test {
  absl::FlagSaver saver_;
};

TEST_F(FlagsTest, EnvironmentSetsSharedAndOwnFlags) {
  EXPECT_THAT(SetFrom({{"PHOIHOP_MYSQL_USER", "phoihop_directory"},
                       {"PHOIHOP_CONFIG_TEST_LIMIT", "7"},
                       {"PHOIHOP_UNKNOWN", "x"}}),
              IsOk());
  EXPECT_EQ(absl::GetFlag(FLAGS_mysql_user), "phoihop_directory");
  EXPECT_EQ(absl::GetFlag(FLAGS_config_test_limit), 7);
}

TEST_F(FlagsTest, BadValueNamesTheVariableAndKeepsTheValueToItself) {
  const absl::Status status = SetFrom({{"PHOIHOP_PORT", "hunter2"}});
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument, "BAD_VALUE"));
  EXPECT_THAT(ViolatedFields(status), ElementsAre("PHOIHOP_PORT"));
  EXPECT_THAT(status.ToString(), Not(HasSubstr("hunter2")));
}

TEST_F(FlagsTest, CommandLineWinsOverEnvironment) {
  setenv("PHOIHOP_PORT", "1", 1);
  setenv("PHOIHOP_WORKERS", "9", 1);
  std::string program = "p", port = "--port=2", rest = "x";
  char* argv[] = {program.data(), port.data(), rest.data(), nullptr};
  EXPECT_THAT(Init(3, argv, "usage"), ElementsAre("x"));
  EXPECT_EQ(absl::GetFlag(FLAGS_port), 2);
  EXPECT_EQ(absl::GetFlag(FLAGS_workers), 9);
  unsetenv("PHOIHOP_PORT");
  unsetenv("PHOIHOP_WORKERS");
}

TEST(ConfigDeathTest, HelpEndsWithSuccessAndBadEnvironmentWithout) {
  std::string program = "p", help = "--help";
  char* argv[] = {program.data(), help.data(), nullptr};
  EXPECT_EXIT(Init(2, argv, "usage"), ExitedWithCode(0), "");
  EXPECT_EXIT(
      {
        setenv("PHOIHOP_PORT", "many", 1);
        Init(1, argv, "usage");
      },
      ExitedWithCode(2), "PHOIHOP_PORT");
}

TEST(ConfigTest, HelpNamesFlagsWithTheirVariables) {
  const std::string help = HelpText("Serves units.");
  EXPECT_THAT(help, HasSubstr("Serves units."));
  EXPECT_THAT(help, HasSubstr("--metrics_port"));
  EXPECT_THAT(help, HasSubstr("PHOIHOP_CONFIG_TEST_LIMIT"));
  EXPECT_THAT(help, Not(HasSubstr("gtest")));
}

class SecretTest : public ::testing::Test {
 protected:
  std::string Write(const std::string& content, mode_t mode) {
    std::string path = ::testing::TempDir() + "/phoihop_secret_" +
                       ::testing::UnitTest::GetInstance()->current_test_info()->name() +
                       std::to_string(++count_);
    std::ofstream(path) << content;
    chmod(path.c_str(), mode);
    paths_.push_back(path);
    return path;
  }
  ~SecretTest() override {
    for (const std::string& path : paths_) std::remove(path.c_str());
  }
  std::vector<std::string> paths_;
  int count_ = 0;
};

TEST_F(SecretTest, LastLineBreakIsCutAndNothingElse) {
  EXPECT_THAT(ReadSecretFile(Write("pass word \n", 0600)), IsOkAndHolds("pass word "));
  EXPECT_THAT(ReadSecretFile(Write("a\n\n", 0400)), IsOkAndHolds("a\n"));
  EXPECT_THAT(ReadSecretFile(Write("a\r\n", 0600)), IsOkAndHolds("a"));
}

TEST_F(SecretTest, FileThatOthersCanReadIsRefused) {
  for (const mode_t mode : {0640, 0604, 0620, 0666}) {
    EXPECT_THAT(ReadSecretFile(Write("secret", mode)),
                StatusIs(absl::StatusCode::kFailedPrecondition, "SECRET_FILE"));
  }
}

TEST_F(SecretTest, FileOfRootForTheProcessGroupAloneIsTakenAsInAPod) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give a file to another group";
  constexpr gid_t kPod = 65532;
  const auto read_in_pod = [](const std::string& path, gid_t group) {
    EXPECT_EQ(chown(path.c_str(), 0, group), 0);
    const gid_t before = getegid();
    EXPECT_EQ(setegid(kPod), 0);
    EXPECT_EQ(seteuid(kPod), 0);
    absl::StatusOr<std::string> content = ReadSecretFile(path);
    EXPECT_EQ(seteuid(0), 0);
    EXPECT_EQ(setegid(before), 0);
    return content;
  };
  const auto refused = StatusIs(absl::StatusCode::kFailedPrecondition, "SECRET_FILE");
  EXPECT_THAT(read_in_pod(Write("secret", 0440), kPod), IsOkAndHolds("secret"));
  EXPECT_THAT(read_in_pod(Write("secret", 0444), kPod), refused);
  EXPECT_THAT(read_in_pod(Write("secret", 0460), kPod), refused);
  // Of another group than the process has.
  EXPECT_THAT(read_in_pod(Write("secret", 0444), kPod + 1), refused);
}

TEST_F(SecretTest, MissingEmptyAndOversizedFilesAreRefused) {
  EXPECT_THAT(ReadSecretFile(""), Not(IsOk()));
  EXPECT_THAT(ReadSecretFile("/nonexistent/secret"), Not(IsOk()));
  EXPECT_THAT(ReadSecretFile("/tmp"), Not(IsOk()));
  EXPECT_THAT(ReadSecretFile(Write("\n", 0600)), Not(IsOk()));
  EXPECT_THAT(ReadSecretFile(Write(std::string(65 << 10, 'x'), 0600)), Not(IsOk()));
}

}  // namespace
}  // namespace phoihop::config
