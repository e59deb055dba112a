#include "common/mysql/error.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "common/testing/status_matchers.h"
#include "gtest/gtest.h"

namespace phoihop::mysql {
namespace {

using ::phoihop::testing::StatusIs;

TEST(ErrorTest, NumberAndTextTravelAsPayload) {
  const absl::Status status = MakeError(1062, "Duplicate entry 'secret' for key");
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_EQ(ErrorNumber(status), 1062);
  EXPECT_EQ(ErrorText(status), "Duplicate entry 'secret' for key");
}

TEST(ErrorTest, MessageDoesNotQuoteStoredValues) {
  EXPECT_EQ(std::string(MakeError(1062, "Duplicate entry 'secret'").message()),
            "database error 1062");
  EXPECT_EQ(std::string(MakeError(1451, "a 'secret' row").message()), "database error 1451");
}

TEST(ErrorTest, OtherStatusesHaveNoNumber) {
  EXPECT_EQ(ErrorNumber(absl::OkStatus()), 0);
  EXPECT_EQ(ErrorNumber(absl::UnavailableError("elsewhere")), 0);
  EXPECT_EQ(ErrorText(absl::UnavailableError("elsewhere")), "");
}

TEST(ErrorTest, DeadlocksWaitsChangedRecordsAndLostConnectionsAreTransient) {
  for (const int number : {1213, 1205, 1020, 2006, 2013, 1927, 2002, 1053, 1047}) {
    EXPECT_TRUE(IsTransient(MakeError(number, "x"))) << number;
  }
  for (const int number : {0, 1062, 1146, 1406, 1452, 1969, 1064}) {
    EXPECT_FALSE(IsTransient(MakeError(number, "x"))) << number;
  }
  // An error of somebody else, a called service perhaps, is not the database's.
  EXPECT_FALSE(IsTransient(absl::UnavailableError("x")));
  EXPECT_FALSE(IsTransient(absl::OkStatus()));
}

TEST(ErrorTest, WhatWaitsForTheAdministratorIsToldAndNotRunAgainAtOnce) {
  for (const auto& [number, reason] : std::vector<std::pair<int, std::string>>{
           {1021, "STORAGE_FULL"},
           {1114, "STORAGE_FULL"},
           {1045, "DATABASE_LOGIN_REFUSED"},
           {1698, "DATABASE_LOGIN_REFUSED"},
       }) {
    const absl::Status status = MakeError(number, "said");
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnavailable, reason));
    EXPECT_FALSE(IsTransient(status)) << number;
    EXPECT_EQ(ErrorNumber(status), number);
    EXPECT_EQ(ErrorText(status), "said");
    // For whoever asked, not for the log.
    EXPECT_FALSE(absl::StrContains(status.message(), "said"));
  }
}

TEST(ErrorTest, UnknownCommitIsToldApartAndNeverTransient) {
  const absl::Status status = MakeCommitUnknown(MakeError(2013, "lost"));
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnavailable, "COMMIT_UNKNOWN"));
  EXPECT_TRUE(IsCommitUnknown(status));
  EXPECT_FALSE(IsTransient(status));
  EXPECT_EQ(ErrorNumber(status), 2013);
  EXPECT_FALSE(IsCommitUnknown(MakeError(2013, "lost")));
}

}  // namespace
}  // namespace phoihop::mysql
