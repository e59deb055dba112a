#include "common/status/errors.h"

#include <string>

#include "common/status/details.h"
#include "common/status/rpc_status.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "google/rpc/error_details.pb.h"
#include "gtest/gtest.h"

namespace phoihop {
namespace {

using ::phoihop::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

template <class Detail>
Detail DetailOf(const google::rpc::Status& status) {
  Detail detail;
  for (const auto& any : status.details()) {
    if (any.UnpackTo(&detail)) return detail;
  }
  ADD_FAILURE() << "no " << Detail::descriptor()->full_name();
  return detail;
}

TEST(ErrorsTest, MissingResourceIsToldInBothLanguagesWithItsName) {
  const absl::Status status = NotFound("phoihop.directory.v1.AdministrativeUnit", "units/12");
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kNotFound, "NOT_FOUND"));
  EXPECT_EQ(VietnameseMessage(status), "Không tìm thấy đơn vị, hoặc ngoài phạm vi được giao.");
  const auto rpc = ToRpcStatus(status);
  EXPECT_EQ(DetailOf<google::rpc::ResourceInfo>(rpc).resource_name(), "units/12");
  EXPECT_EQ(DetailOf<google::rpc::ErrorInfo>(rpc).domain(), "phoihop");
  EXPECT_EQ(DetailOf<google::rpc::LocalizedMessage>(rpc).locale(), "vi-VN");
}

TEST(ErrorsTest, SingleViolationGivesItsOwnReason) {
  const absl::Status status = InvalidField("page_size", "NEGATIVE", {"Must not be.", "Sai."});
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument, "NEGATIVE"));
  EXPECT_THAT(ViolatedFields(status), ElementsAre("page_size"));
}

TEST(ErrorsTest, VietnameseMessageNamesTheFieldAsJsonSpellsIt) {
  EXPECT_EQ(JsonPath("agreement.legal_bases[2].issue_date"), "agreement.legalBases[2].issueDate");
  EXPECT_EQ(JsonPath("text_sha256"), "textSha256");
  EXPECT_EQ(JsonPath("a_"), "a_");
  const absl::Status status = InvalidField("page_size", "NEGATIVE", {"Must not be.", "Sai."});
  EXPECT_EQ(VietnameseMessage(status), "pageSize: Sai.");
  EXPECT_EQ(status.message(), "page_size: Must not be.");
}

TEST(ErrorsTest, SeveralViolationsAreListedInOrder) {
  FieldErrors errors;
  EXPECT_TRUE(errors.ToStatus().ok());
  errors.Add("b", "REQUIRED", {"Is required.", "Bắt buộc."});
  errors.Add("a", "TOO_LONG", {"Is too long.", "Quá dài."});
  const absl::Status status = errors.ToStatus();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument, "INVALID_FIELDS"));
  EXPECT_THAT(ViolatedFields(status), ElementsAre("b", "a"));
}

TEST(ErrorsTest, ViolationsWithoutEndStayBelowTheLimitOfMetadata) {
  FieldErrors errors;
  const std::string much(10'000, 'x');
  for (int i = 0; i < 1000; ++i) errors.Add(much, much, {much, much});
  const auto rpc = ToRpcStatus(errors.ToStatus());
  EXPECT_LT(rpc.ByteSizeLong(), 7000u);
  EXPECT_GE(DetailOf<google::rpc::BadRequest>(rpc).field_violations_size(), 5);

  FieldErrors many;
  for (int i = 0; i < 1000; ++i) many.Add("f", "R", {"Short.", "Ngắn."});
  EXPECT_EQ(ViolatedFields(many.ToStatus()).size(), 20u);
}

TEST(ErrorsTest, EveryDetailOfAnyLengthFitsTogether) {
  const std::string much = [] {
    std::string text;
    while (text.size() < 9000) text += "ờ";
    return text;
  }();
  const auto rpc = ToRpcStatus(Precondition(much, {much, much}, much));
  EXPECT_LT(rpc.ByteSizeLong(), 7000u);
  EXPECT_FALSE(DetailOf<google::rpc::PreconditionFailure>(rpc).violations(0).subject().empty());
}

TEST(ErrorsTest, BytesThatAreNotUtf8NeverReachAMessage) {
  for (const std::string bad : {"\xff", "a\xc3", "\xed\xa0\x80", "\xc0\x80", "\xf5\x80\x80\x80"}) {
    const auto rpc = ToRpcStatus(NotFound("Agreement", bad));
    EXPECT_EQ(DetailOf<google::rpc::ResourceInfo>(rpc).resource_name(), "");
  }
  const auto rpc = ToRpcStatus(NotFound("Agreement", "đồng 😀"));
  EXPECT_EQ(DetailOf<google::rpc::ResourceInfo>(rpc).resource_name(), "đồng 😀");
}

TEST(ErrorsTest, InternalDetailStaysInTheLog) {
  const absl::Status status = Internal("table petitions is gone");
  EXPECT_THAT(std::string(status.message()), HasSubstr("petitions"));
  const auto rpc = ToRpcStatus(status);
  EXPECT_THAT(rpc.SerializeAsString(), Not(HasSubstr("petitions")));
  EXPECT_EQ(rpc.message(), "An internal error occurred.");
  EXPECT_EQ(DetailOf<google::rpc::ErrorInfo>(rpc).reason(), "INTERNAL");
}

TEST(ErrorsTest, MessageOfALibraryIsReplacedAndItsPayloadKept) {
  absl::Status status = absl::UnavailableError("lost connection to 10.0.0.7");
  status.SetPayload("phoihop/errno", absl::Cord("2013"));
  const auto rpc = ToRpcStatus(status);
  EXPECT_EQ(rpc.code(), 14);
  EXPECT_THAT(rpc.SerializeAsString(), Not(HasSubstr("10.0.0.7")));
  EXPECT_THAT(rpc.SerializeAsString(), Not(HasSubstr("2013")));
  EXPECT_EQ(DetailOf<google::rpc::ErrorInfo>(rpc).reason(), "UNAVAILABLE");
  EXPECT_FALSE(DetailOf<google::rpc::LocalizedMessage>(rpc).message().empty());
}

TEST(ErrorsTest, EveryErrorSurvivesTheWayThroughRpcStatus) {
  const Text text{"Text.", "Chữ."};
  for (const absl::Status& status :
       {InvalidField("f", "R", text), NotFound("Petition", "petitions/1"),
        AlreadyExists("Body", "bodies/1", "CODE_TAKEN", text),
        Precondition("NOT_IN_FORCE", text, "agreements/1"), EtagMismatch("agreements/1"),
        RequestIdReused(), PermissionDenied("a.b.c"), Unauthenticated("TOKEN_EXPIRED", text),
        Unavailable("DATABASE", text), Overloaded(absl::Milliseconds(1500)), DeadlineExceeded(),
        Cancelled()}) {
    EXPECT_EQ(FromRpcStatus(ToRpcStatus(status)), status) << status;
    EXPECT_FALSE(ErrorReason(status).empty()) << status;
    EXPECT_FALSE(VietnameseMessage(status).empty()) << status;
  }
  EXPECT_TRUE(FromRpcStatus(ToRpcStatus(absl::OkStatus())).ok());
}

TEST(ErrorsTest, OverloadSaysWhenToTryAgain) {
  EXPECT_EQ(RetryDelay(Overloaded(absl::Milliseconds(1500))), absl::Milliseconds(1500));
  EXPECT_EQ(RetryDelay(Cancelled()), std::nullopt);
}

TEST(ErrorsTest, OneThingThatIsAllTakenIsNoOverload) {
  EXPECT_TRUE(IsOverloaded(Overloaded(absl::Seconds(1))));
  const absl::Status taken = AllTaken("FILE_CHECKS", {"Busy.", "Bận."}, absl::Seconds(2));
  EXPECT_FALSE(IsOverloaded(taken));
  EXPECT_EQ(taken.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ErrorReason(taken), "FILE_CHECKS");
  EXPECT_EQ(RetryDelay(taken), absl::Seconds(2));
  EXPECT_FALSE(IsOverloaded(Unavailable("OVERLOADED", {"x", "x"})));
}

TEST(ErrorsTest, OtherErrorsNameTheirFieldToo) {
  const absl::Status status =
      AboutField(Precondition("PARTY_HAS_SIGNED", {"It has.", "Đã ký."}, "agreements/a"), "party");
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ErrorReason(status), "PARTY_HAS_SIGNED");
  EXPECT_THAT(ViolatedFields(status), ::testing::ElementsAre("party"));
  EXPECT_EQ(VietnameseMessage(status), "Đã ký.");
  EXPECT_TRUE(AboutField(absl::OkStatus(), "party").ok());
  const absl::Status denied = Denied("NOT_A_PARTY", {"No.", "Không."});
  EXPECT_EQ(denied.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(ErrorReason(denied), "NOT_A_PARTY");
}

}  // namespace
}  // namespace phoihop
