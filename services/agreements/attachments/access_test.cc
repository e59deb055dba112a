// Who has a file, who may read it, and which records may refer to it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "common/status/errors.h"
#include "services/agreements/attachments/testing_room.h"

namespace phoihop::agreements {
namespace {

using ::phoihop::testing::IsOk;
using ::phoihop::testing::IsOkAndHolds;
using ::phoihop::testing::StatusIs;
using ::testing::ElementsAre;

TEST_F(AttachmentsTest, UploadsBelongToTheirStarterAndTheUnitIsChecked) {
  const std::string bytes = PdfFile();
  EXPECT_THAT(Call(&Stub::StartUpload, StartRequest(bytes), "members/district"),
              StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(Call(&Stub::StartUpload, StartRequest(bytes), "members/viewer"),
              StatusIs(absl::StatusCode::kPermissionDenied));
  const auto upload = Send(StartRequest(bytes), bytes);
  ASSERT_THAT(upload, IsOk());
  EXPECT_THAT(Chunk(upload->name(), 0, bytes, "members/district"),
              StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(Finish(upload->name(), "members/district"), StatusIs(absl::StatusCode::kNotFound));
  v1::GetUploadRequest get;
  get.set_name(upload->name());
  EXPECT_THAT(Call(&Stub::GetUpload, get, "members/district"),
              StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(AttachmentsTest, FileOfAnotherUnitIsLikeOneThatIsNotThere) {
  const std::string bytes = PdfFile();
  const auto stored = Store(StartRequest(bytes, "riêng.pdf", "application/pdf", access::kNinhKieu),
                            bytes, "members/district");
  ASSERT_THAT(stored, IsOk());
  EXPECT_THAT(Get(stored->name(), "members/city"), IsOk()) << "the unit above";
  const auto hidden = Get(stored->name(), "members/other");
  EXPECT_THAT(hidden, StatusIs(absl::StatusCode::kNotFound));
  const std::string missing = "attachments/" + std::string(64, '0');
  const auto absent = Get(missing, "members/other");
  EXPECT_THAT(absent, StatusIs(absl::StatusCode::kNotFound));
  EXPECT_EQ(hidden.status().message().size(), absent.status().message().size());
  EXPECT_THAT(Read(stored->name(), 0, 0, "members/other"), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(Get("attachments/abc", "members/other"), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(AttachmentsTest, SameFileOfTwoUnitsIsStoredOnceUnderTwoNames) {
  const std::string bytes = Pdf(100'000);
  const auto ours =
      Store(StartRequest(bytes, "của Ninh Kiều.pdf", "application/pdf", access::kNinhKieu), bytes,
            "members/district");
  const auto theirs =
      Store(StartRequest(bytes, "của Bình Thuỷ.pdf", "application/pdf", access::kBinhThuy), bytes,
            "members/other");
  ASSERT_THAT(ours, IsOk());
  ASSERT_THAT(theirs, IsOk());
  EXPECT_EQ(ours->name(), theirs->name());
  EXPECT_EQ(CountRows("attachments"), 1);
  EXPECT_EQ(Get(ours->name(), "members/district")->file_name(), "của Ninh Kiều.pdf");
  EXPECT_EQ(Get(ours->name(), "members/other")->file_name(), "của Bình Thuỷ.pdf");
  // The second upload's bytes go at once; the first one's are the file.
  EXPECT_EQ(CountRows("attachment_chunks"), 1);
  clock_.Advance(absl::Hours(25));
  EXPECT_THAT(store_->RemoveExpired(clock_.Now(), 10, absl::Now() + absl::Seconds(10)),
              IsOkAndHolds(2));
  EXPECT_EQ(CountRows("attachment_uploads"), 0);
  EXPECT_EQ(CountRows("attachment_chunks"), 1);
  EXPECT_TRUE(ReadWhole(ours->name()) == bytes);
}

TEST_F(AttachmentsTest, TwoWhoStoreOneFileAtOnceBothHaveIt) {
  const std::string bytes = Pdf(100'000);
  const auto first = Send(StartRequest(bytes), bytes);
  const auto second = Send(StartRequest(bytes, "b.pdf", "application/pdf", access::kNinhKieu),
                           bytes, "members/district");
  ASSERT_THAT(first, IsOk());
  ASSERT_THAT(second, IsOk());
  absl::StatusOr<v1::Attachment> one, two;
  std::thread thread([&] { one = Finish(first->name()); });
  two = Finish(second->name(), "members/district");
  thread.join();
  EXPECT_THAT(one, IsOk());
  EXPECT_THAT(two, IsOk());
  EXPECT_EQ(CountRows("attachments"), 1);
  EXPECT_EQ(CountRows("attachment_holdings"), 2);
}

TEST_F(AttachmentsTest, WhoeverMayReadTheAgreementMayReadItsFiles) {
  AddAgreement("programme", access::kOldCanTho, State::kInForce);
  AddAgreement("draft", access::kOldCanTho, State::kDraft);
  const std::string bytes = PdfFile();
  const std::string digest = Sha256Hex(bytes);
  const auto stored = Store(StartRequest(bytes), bytes);
  ASSERT_THAT(stored, IsOk());
  EXPECT_THAT(Get(stored->name(), "members/district"), StatusIs(absl::StatusCode::kNotFound));
  ASSERT_THAT(Link({"agreements/draft", "draft", access::kOldCanTho}, {digest}), IsOk());
  EXPECT_THAT(Get(stored->name(), "members/district"), StatusIs(absl::StatusCode::kNotFound));
  // A record below a programme is not for the units below.
  ASSERT_THAT(Link({"reviews/r", "programme", access::kOldCanTho}, {digest}), IsOk());
  EXPECT_THAT(Get(stored->name(), "members/district"), StatusIs(absl::StatusCode::kNotFound));
  ASSERT_THAT(Link({"agreements/programme", "programme", access::kOldCanTho}, {digest}), IsOk());
  const auto read = Get(stored->name(), "members/district");
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(read->file_name(), "Kế hoạch.pdf");
  EXPECT_THAT(Read(stored->name(), 0, 0, "members/viewer"), IsOk());
  ASSERT_THAT(Link({"agreements/programme", "programme", access::kOldCanTho}, {}), IsOk());
  EXPECT_THAT(Get(stored->name(), "members/district"), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(AttachmentsTest, FilesOfAnAmendmentInForceAreReadWithTheAgreement) {
  AddAgreement("programme", access::kOldCanTho, State::kInForce);
  AddAgreement("amendment", access::kOldCanTho, State::kSigning);
  agreements_["amendment"].amendment =
      Amendment{"programme", AmendmentKind::kAmendment, absl::CivilDay(2024, 1, 1)};
  const std::string bytes = PdfFile();
  const auto stored = Store(StartRequest(bytes), bytes);
  ASSERT_THAT(stored, IsOk());
  ASSERT_THAT(Link({"agreements/amendment", "programme", access::kOldCanTho}, {Sha256Hex(bytes)}),
              IsOk());
  EXPECT_THAT(Get(stored->name(), "members/district"), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(Get(stored->name(), "members/city"), IsOk());
  agreements_["amendment"].state = State::kInForce;
  EXPECT_THAT(Get(stored->name(), "members/district"), IsOk());
  EXPECT_THAT(Read(stored->name(), 0, 0, "members/viewer"), IsOk());
  // Not when it amends another one.
  agreements_["amendment"].amendment->amends = "other";
  EXPECT_THAT(Get(stored->name(), "members/district"), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(AttachmentsTest, RecordsReferOnlyToFilesOfTheirUnit) {
  const std::string bytes = PdfFile(), other = Pdf(1000);
  ASSERT_THAT(Store(StartRequest(bytes), bytes), IsOk());
  ASSERT_THAT(Store(StartRequest(other, "a.pdf", "application/pdf", access::kNinhKieu), other,
                    "members/district"),
              IsOk());
  const AttachmentReference reference = {"agreements/a", "a", access::kOldCanTho};
  const std::string mine = Sha256Hex(bytes), foreign = Sha256Hex(other);
  const absl::Status unknown = Link(reference, {mine, foreign});
  EXPECT_THAT(unknown, StatusIs(absl::StatusCode::kInvalidArgument, "ATTACHMENT_UNKNOWN"));
  EXPECT_THAT(ViolatedFields(unknown), ElementsAre("attachments[1]"));
  EXPECT_THAT(Link(reference, {mine, mine}),
              StatusIs(absl::StatusCode::kInvalidArgument, "ATTACHMENT_TWICE"));
  EXPECT_THAT(Link(reference, {"xyz"}),
              StatusIs(absl::StatusCode::kInvalidArgument, "ATTACHMENT_UNKNOWN"));
  EXPECT_THAT(Link(reference, std::vector<std::string>(51, mine)),
              StatusIs(absl::StatusCode::kInvalidArgument, "TOO_MANY_ATTACHMENTS"));
  EXPECT_EQ(CountRows("attachment_links"), 0);
  EXPECT_THAT(Link(reference, {mine}), IsOk());
  EXPECT_EQ(CountRows("attachment_links"), 1);
}

}  // namespace
}  // namespace phoihop::agreements
