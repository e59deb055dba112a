#include "services/gateway/transcoding/field_names.h"

#include "common/status/errors.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace phoihop::gateway {
namespace {

using ::testing::ElementsAre;

TEST(FieldNamesTest, PathsOfTheContractBecomeJsonPaths) {
  EXPECT_EQ(JsonSpelling("opinion_entry.heard_date"), "opinionEntry.heardDate");
  EXPECT_EQ(JsonSpelling("parties[10].signed_on_day"), "parties[10].signedOnDay");
  EXPECT_EQ(JsonSpelling("labels[a_b].c_d"), "labels[a_b].cD");
  EXPECT_EQ(JsonSpelling("Request-Timeout"), "Request-Timeout");
  EXPECT_EQ(JsonSpelling("alreadyJson"), "alreadyJson");
  EXPECT_EQ(JsonSpelling(""), "");
}

TEST(FieldNamesTest, ViolationsAreRenamedAndTextsAreNot) {
  FieldErrors errors;
  errors.Add("opinion_entry.text", "REQUIRED", {"Fill in opinion_entry.text.", "Hãy nhập."});
  errors.Add("on_date", "INVALID_DATE", {"No such day.", "Ngày không đúng."});
  errors.Add("unit_names[2]", "INVALID_NAME", {"No name.", "Tên không đúng."});
  absl::Status status = errors.ToStatus();
  const std::string message(status.message());
  SpellFieldsForJson({{"onDate", "on_date"}, {"unitNames", "unit_names"}}, status);
  EXPECT_THAT(ViolatedFields(status), ElementsAre("opinionEntry.text", "on_date", "unit_names[2]"));
  EXPECT_EQ(status.message(), message);
  SpellFieldsForJson({}, status);
  EXPECT_THAT(ViolatedFields(status), ElementsAre("opinionEntry.text", "onDate", "unitNames[2]"));
}

TEST(FieldNamesTest, OtherErrorsStayAsTheyAre) {
  const absl::Status before = NotFound("Petition", "petitions/a_b");
  absl::Status status = before;
  SpellFieldsForJson({}, status);
  EXPECT_EQ(status, before);
}

}  // namespace
}  // namespace phoihop::gateway
