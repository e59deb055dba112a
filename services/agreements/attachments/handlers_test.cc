// Files on their way, and what is refused.
#include "services/agreements/attachments/handlers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "common/status/errors.h"
#include "services/agreements/attachments/file_type.h"
#include "services/agreements/attachments/janitor.h"
#include "services/agreements/attachments/sweep.h"
#include "services/agreements/attachments/testing_room.h"

namespace phoihop::agreements {
namespace {

using ::phoihop::testing::IsOk;
using ::phoihop::testing::IsOkAndHolds;
using ::phoihop::testing::StatusIs;
using ::testing::ElementsAre;

// Says what a test tells it to.
class FakeScanner : public Scanner {
 public:
  absl::Status Scan(std::string_view, std::string_view bytes, absl::Time) const override {
    seen = static_cast<int64_t>(bytes.size());
    return answer;
  }
  absl::Status answer;
  mutable int64_t seen = 0;
};

TEST_F(AttachmentsTest, FileComesBackAsItWasSent) {
  const std::string bytes = Pdf(2'500'000);
  const auto stored = Store(StartRequest(bytes), bytes);
  ASSERT_THAT(stored, IsOk());
  EXPECT_EQ(stored->name(), "attachments/" + Sha256Hex(bytes));
  EXPECT_EQ(stored->file_name(), "Kế hoạch.pdf");
  EXPECT_EQ(stored->media_type(), "application/pdf");
  EXPECT_EQ(stored->size_bytes(), 2'500'000);
  EXPECT_EQ(stored->unit(), "units/2");
  EXPECT_EQ(stored->uploaded_by(), "members/city");
  EXPECT_EQ(stored->create_time().seconds(), absl::ToUnixSeconds(clock_.Now()));
  EXPECT_FALSE(stored->scanned());
  EXPECT_TRUE(ReadWhole(stored->name()) == bytes);
  const auto part = Read(stored->name(), 1'048'570, 20);
  ASSERT_THAT(part, IsOk());
  EXPECT_EQ(part->data(), bytes.substr(1'048'570, 20)) << "across two chunks";
  EXPECT_EQ(part->size_bytes(), 2'500'000);
  const auto end = Read(stored->name(), 2'500'000);
  ASSERT_THAT(end, IsOk());
  EXPECT_EQ(end->data(), "");
}

TEST_F(AttachmentsTest, LargestFileIsTakenAndOneByteMoreIsNot) {
  std::string bytes = Pdf(kMaxFileBytes);
  const auto stored = Store(StartRequest(bytes), bytes);
  ASSERT_THAT(stored, IsOk());
  EXPECT_TRUE(ReadWhole(stored->name()) == bytes);
  bytes += 'x';
  const auto refused = Call(&Stub::StartUpload, StartRequest(bytes));
  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kInvalidArgument, "FILE_TOO_LARGE"));
  EXPECT_THAT(ViolatedFields(refused.status()), ElementsAre("size_bytes"));
}

TEST_F(AttachmentsTest, UploadGoesOnAfterABrokenLine) {
  const std::string bytes = Pdf(200'000);
  const auto upload = Call(&Stub::StartUpload, StartRequest(bytes));
  ASSERT_THAT(upload, IsOk());
  const std::string& name = upload->name();
  ASSERT_THAT(Chunk(name, 0, bytes.substr(0, 100'000)), IsOk());
  // The answer was lost: the same again.
  const auto again = Chunk(name, 0, bytes.substr(0, 100'000));
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->received_bytes(), 100'000);
  std::string other = bytes.substr(0, 100'000);
  other[50'000] = '!';
  EXPECT_THAT(Chunk(name, 0, other), StatusIs(absl::StatusCode::kInvalidArgument, "CHUNK_DIFFERS"));
  EXPECT_THAT(Chunk(name, 110'000, bytes.substr(110'000)),
              StatusIs(absl::StatusCode::kFailedPrecondition, "CHUNK_OUT_OF_ORDER"));
  EXPECT_THAT(Finish(name), StatusIs(absl::StatusCode::kFailedPrecondition, "UPLOAD_INCOMPLETE"));
  v1::GetUploadRequest get;
  get.set_name(name);
  const auto found = Call(&Stub::GetUpload, get);
  ASSERT_THAT(found, IsOk());
  EXPECT_EQ(found->received_bytes(), 100'000);
  ASSERT_THAT(Chunk(name, 100'000, bytes.substr(100'000)), IsOk());
  const auto stored = Finish(name);
  ASSERT_THAT(stored, IsOk());
  EXPECT_TRUE(ReadWhole(stored->name()) == bytes);
}

TEST_F(AttachmentsTest, RepeatsGiveTheFirstAnswer) {
  const std::string bytes = PdfFile();
  v1::StartUploadRequest request = StartRequest(bytes);
  request.set_request_id("0f0e0d0c-0000-4000-8000-000000000001");
  const auto first = Call(&Stub::StartUpload, request);
  const auto second = Call(&Stub::StartUpload, request);
  ASSERT_THAT(first, IsOk());
  ASSERT_THAT(second, IsOk());
  EXPECT_EQ(first->name(), second->name());
  EXPECT_EQ(CountRows("attachment_uploads"), 1);
  ASSERT_THAT(Chunk(first->name(), 0, bytes), IsOk());
  const std::string id = "0f0e0d0c-0000-4000-8000-000000000002";
  const auto stored = Finish(first->name(), "members/city", id);
  ASSERT_THAT(stored, IsOk());
  EXPECT_EQ(Finish(first->name(), "members/city", id)->SerializeAsString(),
            stored->SerializeAsString());
  EXPECT_EQ(Finish(first->name())->SerializeAsString(), stored->SerializeAsString());
  EXPECT_THAT(Chunk(first->name(), 0, bytes),
              StatusIs(absl::StatusCode::kFailedPrecondition, "UPLOAD_STORED"));
  EXPECT_EQ(CountRows("attachment_holdings"), 1);
}

TEST_F(AttachmentsTest, StoringIsOneRecordOfTheLedger) {
  const std::string bytes = PdfFile();
  ASSERT_THAT(Store(StartRequest(bytes), bytes), IsOk());
  EXPECT_EQ(CountRows("ledger_records"), records_ + 1);
  ASSERT_THAT(Store(StartRequest(bytes, "khác.pdf"), bytes), IsOk());
  EXPECT_EQ(CountRows("ledger_records"), records_ + 1) << "the unit had it already";
}

struct BadStart {
  const char* name;
  std::function<void(v1::StartUploadRequest&)> spoil;
  const char* field;
  const char* reason;
};

TEST_F(AttachmentsTest, BadAnnouncementsAreRefusedAndNothingIsStored) {
  using R = v1::StartUploadRequest;
  for (const BadStart& bad : std::vector<BadStart>{
           {"path", [](R& r) { r.set_file_name("../a.pdf"); }, "file_name", "FILE_NAME"},
           {"absolute", [](R& r) { r.set_file_name("/tmp/a.pdf"); }, "file_name", "FILE_NAME"},
           {"control", [](R& r) { r.set_file_name("a\x07.pdf"); }, "file_name", "FILE_NAME"},
           {"long", [](R& r) { r.set_file_name(std::string(197, 'a') + ".pdf"); }, "file_name",
            "FILE_NAME"},
           {"ending", [](R& r) { r.set_file_name("a.exe"); }, "media_type", "FILE_TYPE"},
           {"type", [](R& r) { r.set_media_type("application/x-dosexec"); }, "media_type",
            "FILE_TYPE"},
           {"size", [](R& r) { r.set_size_bytes(25'000'000'000); }, "size_bytes", "FILE_TOO_LARGE"},
           {"digest", [](R& r) { r.set_sha256("x"); }, "sha256", "SHA256"}}) {
    v1::StartUploadRequest request = StartRequest(PdfFile());
    bad.spoil(request);
    const auto started = Call(&Stub::StartUpload, request);
    EXPECT_THAT(started, StatusIs(absl::StatusCode::kInvalidArgument, bad.reason)) << bad.name;
    EXPECT_THAT(ViolatedFields(started.status()), ElementsAre(bad.field)) << bad.name;
  }
  v1::StartUploadRequest empty = StartRequest("");
  EXPECT_THAT(Call(&Stub::StartUpload, empty), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(CountRows("attachment_uploads"), 0);
}

struct BadFile {
  const char* name;
  const char* file_name;
  const char* media_type;
  std::string bytes;
  const char* field;
  const char* reason;
};

TEST_F(AttachmentsTest, BadContentIsRefusedForGoodAndNothingIsStored) {
  constexpr char kDocx[] =
      "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
  ZipContent macro = DocxParts();
  macro.emplace_back("word/vbaProject.bin", "x");
  ZipContent path = DocxParts();
  path.emplace_back("../x", "x");
  const std::vector<BadFile> files = {
      {"not of its type", "a.pdf", "application/pdf", PngFile(), "upload.media_type",
       "CONTENT_NOT_OF_TYPE"},
      {"a program", "a.docx", kDocx, "MZ\x90 this program", "upload.media_type",
       "CONTENT_NOT_OF_TYPE"},
      {"zip bomb", "a.docx", kDocx, ZipBomb(30 << 20), "upload.content", "ZIP_BOMB"},
      {"macro", "a.docx", kDocx, ZipFile(macro), "upload.content", "MACRO"},
      {"path", "a.docx", kDocx, ZipFile(path), "upload.content", "ARCHIVE_UNSAFE"}};
  for (const BadFile& bad : files) {
    const auto upload = Send(StartRequest(bad.bytes, bad.file_name, bad.media_type), bad.bytes);
    ASSERT_THAT(upload, IsOk()) << bad.name;
    const auto stored = Finish(upload->name());
    EXPECT_THAT(stored, StatusIs(absl::StatusCode::kInvalidArgument, bad.reason)) << bad.name;
    EXPECT_THAT(ViolatedFields(stored.status()), ElementsAre(bad.field)) << bad.name;
    EXPECT_THAT(Finish(upload->name()),
                StatusIs(absl::StatusCode::kFailedPrecondition, "UPLOAD_REFUSED"));
  }
  EXPECT_EQ(CountRows("attachments"), 0);
  EXPECT_EQ(CountRows("attachment_chunks"), 0);
  EXPECT_EQ(CountRows("ledger_records"), records_);
}

TEST_F(AttachmentsTest, BytesOfAnotherDigestAreRefused) {
  v1::StartUploadRequest request = StartRequest(PdfFile());
  request.set_sha256(std::string(64, '0'));
  const auto stored = Store(request, PdfFile());
  EXPECT_THAT(stored, StatusIs(absl::StatusCode::kInvalidArgument, "DIGEST_DIFFERS"));
  EXPECT_THAT(ViolatedFields(stored.status()), ElementsAre("upload.sha256"));
  EXPECT_EQ(CountRows("attachments"), 0);
}

TEST_F(AttachmentsTest, InfectedFilesAreRefusedAndNoneIsStoredUnscanned) {
  FakeScanner scanner;
  parts_.scanner = &scanner;
  StartServer();
  const std::string bytes = PdfFile();
  scanner.answer = Unavailable("SCANNER_UNAVAILABLE", {"down", "ngừng"});
  const auto upload = Send(StartRequest(bytes), bytes);
  ASSERT_THAT(upload, IsOk());
  EXPECT_THAT(Finish(upload->name()),
              StatusIs(absl::StatusCode::kUnavailable, "SCANNER_UNAVAILABLE"));
  EXPECT_EQ(CountRows("attachments"), 0);
  scanner.answer = absl::OkStatus();
  const auto stored = Finish(upload->name());
  ASSERT_THAT(stored, IsOk()) << "the bytes were kept for another try";
  EXPECT_TRUE(stored->scanned());
  EXPECT_EQ(scanner.seen, static_cast<int64_t>(bytes.size()));

  scanner.answer = InvalidField("upload.content", "MALWARE", {"found", "có mã độc"});
  const std::string infected = bytes + "X5O!P%";
  EXPECT_THAT(Store(StartRequest(infected), infected),
              StatusIs(absl::StatusCode::kInvalidArgument, "MALWARE"));
  EXPECT_EQ(CountRows("attachments"), 1);
}

TEST_F(AttachmentsTest, AbandonedUploadsAreRemovedAfterADay) {
  const std::string bytes = Pdf(100'000);
  const auto upload = Send(StartRequest(bytes), bytes);
  ASSERT_THAT(upload, IsOk());
  clock_.Advance(absl::Hours(23));
  EXPECT_THAT(store_->RemoveExpired(clock_.Now(), 10, absl::Now() + absl::Seconds(10)),
              IsOkAndHolds(0));
  clock_.Advance(absl::Hours(1));
  EXPECT_THAT(Finish(upload->name()), StatusIs(absl::StatusCode::kNotFound));
  {
    const UploadJanitor janitor(store_.get(), &clock_, absl::Milliseconds(10));
    for (int i = 0; i < 500 && CountRows("attachment_uploads") > 0; ++i) {
      absl::SleepFor(absl::Milliseconds(10));
    }
  }
  EXPECT_EQ(CountRows("attachment_uploads"), 0);
  EXPECT_EQ(CountRows("attachment_chunks"), 0);
}

TEST_F(AttachmentsTest, FilesThatNobodyRefersToAreRemovedAfterAMonth) {
  const std::string used = Pdf(1000), unused = Pdf(2000), late = Pdf(3000);
  const auto sweep = [&](const std::string& after = "") {
    return SweepFiles(*store_, *writer_, after, clock_.Now(), absl::Now() + absl::Seconds(10));
  };
  ASSERT_THAT(Store(StartRequest(used), used), IsOk());
  const auto gone = Store(StartRequest(unused), unused);
  ASSERT_THAT(gone, IsOk());
  ASSERT_THAT(Link({"sessions/s", "a", access::kOldCanTho}, {Sha256Hex(used)}), IsOk());
  clock_.Advance(kUnreferencedLifetime - absl::Seconds(1));
  ASSERT_THAT(Store(StartRequest(late), late), IsOk());
  EXPECT_EQ(sweep()->removed, 0);
  clock_.Advance(absl::Seconds(1));
  const int64_t records = CountRows("ledger_records");
  const auto swept = sweep();
  ASSERT_THAT(swept, IsOk());
  EXPECT_EQ(swept->removed, 1);
  EXPECT_EQ(swept->next, "");
  EXPECT_EQ(CountRows("ledger_records"), records + 1);
  EXPECT_EQ(CountRows("attachment_holdings"), 2);
  EXPECT_EQ(CountRows("attachment_chunks"), 2);
  EXPECT_THAT(Get(gone->name(), "members/city"), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_TRUE(ReadWhole("attachments/" + Sha256Hex(used)) == used);
  EXPECT_THAT(Link({"sessions/t", "a", access::kOldCanTho}, {Sha256Hex(unused)}),
              StatusIs(absl::StatusCode::kInvalidArgument, "ATTACHMENT_UNKNOWN"));
  EXPECT_EQ(sweep()->removed, 0) << "once";
  // Whoever uploads it again is about to use it.
  ASSERT_THAT(Link({"sessions/s", "a", access::kOldCanTho}, {}), IsOk());
  ASSERT_THAT(Store(StartRequest(used), used), IsOk());
  EXPECT_EQ(sweep()->removed, 0);
  // It can come again, and goes on in the ledger.
  ASSERT_THAT(Store(StartRequest(unused), unused), IsOk());
  EXPECT_TRUE(ReadWhole(gone->name()) == unused);
}

TEST_F(AttachmentsTest, OneSweepRemovesOnlySoMuch) {
  for (int i = 0; i < kRemovedFiles + 3; ++i) {
    const std::string bytes = Pdf(1000 + i);
    ASSERT_THAT(Store(StartRequest(bytes), bytes), IsOk());
  }
  clock_.Advance(kUnreferencedLifetime);
  const auto first =
      SweepFiles(*store_, *writer_, "", clock_.Now(), absl::Now() + absl::Seconds(10));
  ASSERT_THAT(first, IsOk());
  EXPECT_EQ(first->removed, kRemovedFiles);
  ASSERT_NE(first->next, "");
  {
    const UploadJanitor janitor(store_.get(), &clock_, absl::Milliseconds(10), writer_.get());
    for (int i = 0; i < 500 && CountRows("attachment_holdings") > 0; ++i) {
      absl::SleepFor(absl::Milliseconds(10));
    }
  }
  EXPECT_EQ(CountRows("attachment_holdings"), 0);
  EXPECT_EQ(CountRows("attachment_chunks"), 0);
}

TEST_F(AttachmentsTest, TooManyOpenUploadsAreRefusedUntilSomeEnd) {
  const std::string bytes = PdfFile();
  std::string last;
  for (int i = 0; i < kMaxOpenUploads; ++i) {
    const auto upload = Call(&Stub::StartUpload, StartRequest(bytes));
    ASSERT_THAT(upload, IsOk());
    last = upload->name();
  }
  EXPECT_THAT(Call(&Stub::StartUpload, StartRequest(bytes)),
              StatusIs(absl::StatusCode::kFailedPrecondition, "TOO_MANY_UPLOADS"));
  ASSERT_THAT(Chunk(last, 0, bytes), IsOk());
  ASSERT_THAT(Finish(last), IsOk());
  EXPECT_THAT(Call(&Stub::StartUpload, StartRequest(bytes)), IsOk());
}

TEST_F(AttachmentsTest, OnlyAFewFilesAreCheckedAtOnce) {
  parts_.slots = std::make_shared<CheckSlots>(0);
  StartServer();
  const std::string bytes = PdfFile();
  const auto upload = Send(StartRequest(bytes), bytes);
  ASSERT_THAT(upload, IsOk());
  EXPECT_THAT(Finish(upload->name()), StatusIs(absl::StatusCode::kResourceExhausted));
}

}  // namespace
}  // namespace phoihop::agreements
