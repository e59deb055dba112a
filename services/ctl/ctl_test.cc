#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include "absl/flags/flag.h"
#include "absl/flags/reflection.h"
#include "absl/time/clock.h"
#include "common/config/flags.h"
#include "common/ledger/record.h"
#include "common/testing/status_matchers.h"
#include "services/ctl/doctor.h"
#include "services/ctl/findings.h"
#include "services/ctl/flags.h"
#include "services/ctl/ledger_convert.h"
#include "services/ctl/left_out.h"
#include "services/ctl/output.h"
#include "services/ctl/settings.h"

namespace phoihop::ctl {
namespace {

using ::phoihop::testing::IsOk;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Pair;

TEST(ConfigTest, KeepsSpacesAndEqualSignsInValues) {
  EXPECT_THAT(ParseConfig("# note=x\n\nhttp_port=8080\nmysql_socket=/tmp/a b=c/s\n"),
              ElementsAre(Pair("http_port", "8080"), Pair("mysql_socket", "/tmp/a b=c/s")));
}

TEST(ConfigTest, LaterLineWins) {
  EXPECT_THAT(ParseConfig("a=1\na=2"), ElementsAre(Pair("a", "2")));
}

class SettingsTest : public ::testing::Test {
 protected:
  SettingsTest() : folder_(::testing::TempDir() + "ctl settings") {
    mkdir(folder_.c_str(), 0700);
    std::ofstream(folder_ + "/config") << "id=abc\nhttp_port=18080\ngrpc_port=19090\n"
                                          "directory_port=20001\n";
    absl::SetFlag(&FLAGS_data, folder_);
  }

  const absl::FlagSaver saver_;
  const std::string folder_;
};

TEST_F(SettingsTest, AddressesComeFromTheDataFolder) {
  const absl::StatusOr<Settings> settings = LoadSettings();
  ASSERT_THAT(settings, IsOk());
  EXPECT_EQ(settings->addresses.at("gateway"), "127.0.0.1:19090");
  EXPECT_EQ(settings->addresses.at("directory"), "127.0.0.1:20001");
  EXPECT_EQ(settings->http_address, "127.0.0.1:18080");
  EXPECT_EQ(settings->id, "abc");
  EXPECT_EQ(settings->key_file, folder_ + "/keys/private/ctl.key");
}

TEST_F(SettingsTest, ServiceWithoutPortHasItsUsualAddress) {
  const absl::StatusOr<Settings> settings = LoadSettings();
  ASSERT_THAT(settings, IsOk());
  EXPECT_EQ(settings->addresses.at("opinions"), "127.0.0.1:7103");
}

TEST_F(SettingsTest, FlagWinsOverTheDataFolder) {
  absl::SetFlag(&FLAGS_directory_address, "10.0.0.1:7101");
  const absl::StatusOr<Settings> settings = LoadSettings();
  ASSERT_THAT(settings, IsOk());
  EXPECT_EQ(settings->addresses.at("directory"), "10.0.0.1:7101");
}

// What the doctor says of the backups of a data folder that names their place in its config.
class BackupDiagnosisTest : public ::testing::Test {
 protected:
  BackupDiagnosisTest() {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(data_);
    absl::SetFlag(&FLAGS_data, data_);
    std::ofstream(data_ + "/config") << "id=abc\nbackup_dir=" << backup_ << "\n";
  }

  // As deploy/backup writes it: when each kind last succeeded.
  void Succeeded(const std::map<std::string, absl::Duration>& ages) {
    std::filesystem::create_directories(backup_ + "/metrics");
    std::ofstream file(backup_ + "/metrics/backup.prom");
    file << "# TYPE phoihop_backup_last_success_timestamp_seconds gauge\n";
    for (const auto& [kind, age] : ages) {
      file << "phoihop_backup_last_success_timestamp_seconds{kind=\"" << kind << "\"} "
           << absl::ToUnixSeconds(absl::Now() - age) << "\n";
    }
  }

  std::map<std::string, Diagnosis> Look() {
    Diagnoses diagnoses;
    LookAtHost(*LoadSettings(), diagnoses);
    std::map<std::string, Diagnosis> found;
    for (const Diagnosis& one : diagnoses.all()) found[one.check] = one;
    return found;
  }

  const absl::FlagSaver saver_;
  const std::string folder_ = ::testing::TempDir() + "ctl backups";
  const std::string data_ = folder_ + "/data";
  const std::string backup_ = folder_ + "/backup";
};

TEST_F(BackupDiagnosisTest, SaysTheAgeOfEachKind) {
  Succeeded({{"full", absl::Hours(70)},
             {"incremental", absl::Minutes(50)},
             {"archive", absl::Seconds(2)},
             {"drill", absl::Hours(24 * 20)}});
  auto found = Look();
  EXPECT_EQ(found["backup"].verdict, Verdict::kGood);
  for (const auto& [check, seen] : {std::pair("backup.full", "3 d ago"),
                                    {"backup.incremental", "50 min ago"},
                                    {"backup.archive", "0 min ago"},
                                    {"backup.drill", "20 d ago"}}) {
    ASSERT_EQ(found.count(check), 1u) << check;
    EXPECT_EQ(found[check].verdict, Verdict::kGood) << check;
    EXPECT_EQ(found[check].seen.en, seen);
  }
  EXPECT_EQ(found["backup.full"].seen.vi, "đầy đủ: cách đây 3 ngày");
}

TEST_F(BackupDiagnosisTest, SaysWhatToDoAboutEachThatIsTooOld) {
  Succeeded({{"full", absl::Hours(24 * 9)},
             {"incremental", absl::Hours(27)},
             {"archive", absl::Hours(7)},
             {"drill", absl::Hours(24 * 36)}});
  auto found = Look();
  EXPECT_EQ(found["backup.full"].verdict, Verdict::kLook);
  EXPECT_THAT(found["backup.full"].advice.en, HasSubstr("backup full"));
  EXPECT_EQ(found["backup.incremental"].verdict, Verdict::kLook);
  EXPECT_EQ(found["backup.incremental"].seen.en, "27 h ago");
  EXPECT_THAT(found["backup.incremental"].advice.en, HasSubstr("backup incremental"));
  EXPECT_EQ(found["backup.archive"].verdict, Verdict::kBroken);
  EXPECT_THAT(found["backup.archive"].advice.vi, HasSubstr("deploy/up --backup DIR"));
  EXPECT_EQ(found["backup.drill"].verdict, Verdict::kLook);
  EXPECT_THAT(found["backup.drill"].advice.en, HasSubstr("deploy/backup/drill"));
}

TEST_F(BackupDiagnosisTest, WithoutAFullOneNothingCanBeRestored) {
  std::filesystem::create_directories(backup_);
  auto found = Look();
  EXPECT_EQ(found["backup.full"].verdict, Verdict::kBroken);
  EXPECT_EQ(found["backup.full"].seen.en, "never");
  EXPECT_EQ(found["backup.archive"].verdict, Verdict::kLook);
  EXPECT_EQ(found["backup.drill"].verdict, Verdict::kLook);
}

TEST_F(BackupDiagnosisTest, AFullOneIsAsGoodAsAnIncrementalOne) {
  Succeeded({{"full", absl::Hours(5)}});
  EXPECT_EQ(Look()["backup.incremental"].verdict, Verdict::kGood);
  Succeeded({{"full", absl::Hours(24 * 4)}});
  EXPECT_EQ(Look()["backup.incremental"].verdict, Verdict::kBroken);
}

TEST_F(BackupDiagnosisTest, AFolderThatIsNotThereIsNoDiskThatIsMounted) {
  EXPECT_EQ(Look()["backup"].verdict, Verdict::kBroken);
  EXPECT_THAT(Look()["backup"].seen.vi, HasSubstr(backup_));
}

TEST_F(BackupDiagnosisTest, WithoutAFolderItSaysHowToHaveBackups) {
  std::ofstream(data_ + "/config") << "id=abc\n";
  auto found = Look();
  EXPECT_EQ(found["backup"].verdict, Verdict::kLook);
  EXPECT_THAT(found["backup"].advice.en, HasSubstr("deploy/up --backup DIR"));
  EXPECT_EQ(found.count("backup.full"), 0u);
}

TEST(UuidTest, SameTextGivesSameUuidInUuidForm) {
  EXPECT_EQ(UuidFrom("a"), UuidFrom("a"));
  EXPECT_NE(UuidFrom("a"), UuidFrom("b"));
  EXPECT_NE(RandomUuid(), RandomUuid());
  for (const std::string& uuid : {UuidFrom("a"), RandomUuid()}) {
    EXPECT_THAT(uuid, MatchesRegex("[0-9a-f]+-[0-9a-f]+-[48][0-9a-f]+-[89ab][0-9a-f]+-[0-9a-f]+"));
    EXPECT_EQ(uuid.size(), 36u);
  }
}

phoihop::ledger::v1::Record WireRecord() {
  phoihop::ledger::v1::Record record;
  record.set_position(1);
  record.set_actor("members/m");
  record.mutable_record_time()->set_seconds(1700000000);
  record.mutable_record_time()->set_nanos(123456000);
  record.set_effective_date("2023-10-24");
  record.set_resource("petitions/p");
  record.set_revision(1);
  record.set_payload("payload");
  record.set_payload_salt("salt");
  record.set_payload_digest(ledger::PayloadDigest("salt", "payload"));
  record.set_hash(ledger::RecordHash("", FromProto(record)));
  return record;
}

ledger::VerifyReport Verify(const phoihop::ledger::v1::Record& record) {
  const ledger::Record converted = FromProto(record);
  return ledger::VerifyLedger({converted}, {.epoch = "e", .position = 1, .hash = record.hash()},
                              "opinions", {}, nullptr);
}

TEST(LedgerConvertTest, RecordFromTheWireVerifies) {
  EXPECT_FALSE(Verify(WireRecord()).finding.has_value());
}

TEST(LedgerConvertTest, DayThatCannotBeReadIsAChangedRecord) {
  phoihop::ledger::v1::Record record = WireRecord();
  record.set_effective_date("someday");
  const ledger::VerifyReport report = Verify(record);
  ASSERT_TRUE(report.finding.has_value());
  EXPECT_EQ(report.finding->kind, ledger::Finding::Kind::kChangedRecord);
}

TEST(LedgerConvertTest, PayloadThatIsGoneWithoutRedactionIsFound) {
  phoihop::ledger::v1::Record record = WireRecord();
  record.clear_payload();
  record.clear_payload_salt();
  const ledger::VerifyReport report = Verify(record);
  ASSERT_TRUE(report.finding.has_value());
  EXPECT_EQ(report.finding->kind, ledger::Finding::Kind::kMissingPayload);
}

TEST(LedgerConvertTest, RedactedPayloadIsFine) {
  phoihop::ledger::v1::Record record = WireRecord();
  record.clear_payload();
  record.clear_payload_salt();
  record.set_redacted(true);
  EXPECT_FALSE(Verify(record).finding.has_value());
}

TEST(FindingsTest, EveryKindHasAText) {
  for (int kind = 0; kind <= static_cast<int>(ledger::Finding::Kind::kUnknownKey); ++kind) {
    EXPECT_THAT(FindingText(static_cast<ledger::Finding::Kind>(kind)),
                ::testing::Not(HasSubstr("không rõ loại")));
  }
}

TEST(OutputTest, ErrorIsShownInBothLanguages) {
  ::testing::internal::CaptureStderr();
  SayError("Không đếm được", "Not counted",
           Precondition("R", {.en = "It is closed.", .vi = "Đã đóng."}, "x"));
  const std::string text = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(text, HasSubstr("LỖI: Không đếm được: Đã đóng."));
  EXPECT_THAT(text, HasSubstr("ERROR: Not counted: FAILED_PRECONDITION: It is closed."));
}

TEST(LeftOutTest, UnknownReasonIsShownAsItIs) {
  EXPECT_EQ(LeftOutText("UNKNOWN_NEW_CODE").vi, "dòng chuyển đổi có mã mới không rõ");
  EXPECT_EQ(LeftOutText("BRAND_NEW").en, "BRAND_NEW");
}

}  // namespace
}  // namespace phoihop::ctl
