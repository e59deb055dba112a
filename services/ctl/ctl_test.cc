#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "absl/flags/flag.h"
#include "absl/flags/reflection.h"
#include "common/config/flags.h"
#include "common/ledger/record.h"
#include "common/testing/status_matchers.h"
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
