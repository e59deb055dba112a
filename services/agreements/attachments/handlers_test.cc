// The whole room on a real database, with a clock that stands still.
#include "services/agreements/attachments/handlers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/access/authority.h"
#include "common/access/testing_tree.h"
#include "common/ledger/command.h"
#include "common/ledger/prepare.h"
#include "common/ledger/reader.h"
#include "common/mysql/transaction.h"
#include "common/status/errors.h"
#include "common/telemetry/log.h"
#include "common/testing/rpc.h"
#include "common/testing/status_matchers.h"
#include "common/testing/test_database.h"
#include "common/time/clock.h"
#include "migrations/agreements_store.h"
#include "phoihop/agreements/v1/attachments.grpc.pb.h"
#include "services/agreements/attachments/catalog.h"
#include "services/agreements/attachments/file_type.h"
#include "services/agreements/attachments/janitor.h"
#include "services/agreements/attachments/testing_files.h"
#include "services/agreements/domain/text.h"

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

// It is 2023-10-24 in Can Tho (see common/access/testing_tree.h). `city`, `district` and `other`
// are officers of old Can Tho, Ninh Kieu and Binh Thuy, `viewer` a viewer of the commune Cai Khe.
class AttachmentsTest : public ::testing::Test {
 protected:
  using Stub = v1::AttachmentsService::Stub;

  void SetUp() override {
    InitLogging("attachments_test", LogLevel::kError);
    clock_.Set(absl::FromCivil(absl::CivilSecond(2023, 10, 24, 3, 0, 0), absl::UTCTimeZone()));
    const mysql::ConnectionOptions options = TestDatabase::Get().NewSchema();
    auto admin = mysql::Connection::Open(options);
    ASSERT_THAT(admin, IsOk());
    ledger::PrepareOptions prepare;
    prepare.database = options.database;
    prepare.migrations = migrations::agreements_store();
    ASSERT_THAT(ledger::PrepareDatabase(**admin, prepare), IsOk());
    auto pool = mysql::Pool::Create({.connection = options, .size = 4});
    ASSERT_THAT(pool, IsOk());
    pool_ = *std::move(pool);
    store_ = NewMysqlAttachmentStore(pool_.get());
    catalog_ = NewMysqlAttachmentCatalog();
    ledger::Writer::Options writing;
    writing.connection = options;
    writing.clock = &clock_;
    writing.service = "agreements";
    auto writer = ledger::Writer::Start(writing);
    ASSERT_THAT(writer, IsOk());
    writer_ = *std::move(writer);
    snapshots_ = std::make_unique<access::StaticSnapshot>(
        access::TestTree(),
        std::vector<access::Grant>{{"g1", "members/city", "officer", "", access::kOldCanTho},
                                   {"g2", "members/district", "officer", "", access::kNinhKieu},
                                   {"g3", "members/other", "officer", "", access::kBinhThuy},
                                   {"g4", "members/viewer", "viewer", "", access::kCaiKhe}});
    parts_.store = store_.get();
    parts_.writer = writer_.get();
    parts_.snapshots = snapshots_.get();
    parts_.find_agreement = [this](const std::string& id,
                                   absl::Time) -> absl::StatusOr<std::optional<Agreement>> {
      const auto found = agreements_.find(id);
      if (found == agreements_.end()) return std::optional<Agreement>();
      return std::optional<Agreement>(found->second);
    };
    StartServer();
  }

  void StartServer() {
    rpc::ServerOptions options;
    options.clock = &clock_;
    options.workers = 8;
    stub_.reset();
    server_ = std::make_unique<testing::TestServer>(
        [&](rpc::Server::Builder& builder) {
          builder.set_permission_checker(
              std::make_shared<access::SnapshotPermissions>(snapshots_.get()));
          AddAttachmentHandlers(parts_, builder);
        },
        options);
    ASSERT_NE(server_->channel(), nullptr);
    stub_ = v1::AttachmentsService::NewStub(server_->channel());
  }

  template <class Base, class Req, class Res>
  absl::StatusOr<Res> Call(grpc::Status (Base::*method)(grpc::ClientContext*, const Req&, Res*),
                           const std::type_identity_t<Req>& request,
                           const std::string& caller = "members/city") {
    return rpc::Call(*stub_, method, request, testing::As(caller));
  }

  static v1::StartUploadRequest StartRequest(const std::string& bytes,
                                             const std::string& file_name = "Kế hoạch.pdf",
                                             const std::string& media_type = "application/pdf",
                                             int64_t unit = access::kOldCanTho) {
    v1::StartUploadRequest request;
    request.set_file_name(file_name);
    request.set_media_type(media_type);
    request.set_size_bytes(static_cast<int64_t>(bytes.size()));
    request.set_sha256(Sha256Hex(bytes));
    request.set_unit(absl::StrCat("units/", unit));
    return request;
  }
  absl::StatusOr<v1::Upload> Chunk(const std::string& name, int64_t offset, std::string data,
                                   const std::string& caller = "members/city") {
    v1::UploadChunkRequest request;
    request.set_name(name);
    request.set_offset(offset);
    request.set_data(std::move(data));
    return Call(&Stub::UploadChunk, request, caller);
  }
  absl::StatusOr<v1::Attachment> Finish(const std::string& name,
                                        const std::string& caller = "members/city",
                                        const std::string& request_id = "") {
    v1::FinishUploadRequest request;
    request.set_name(name);
    request.set_request_id(request_id);
    return Call(&Stub::FinishUpload, request, caller);
  }
  // The upload with all its bytes sent.
  absl::StatusOr<v1::Upload> Send(const v1::StartUploadRequest& request, const std::string& bytes,
                                  const std::string& caller = "members/city",
                                  size_t chunk = kMaxChunkBytes) {
    auto upload = Call(&Stub::StartUpload, request, caller);
    for (size_t at = 0; upload.ok() && at < bytes.size(); at += chunk) {
      upload = Chunk(upload->name(), static_cast<int64_t>(at), bytes.substr(at, chunk), caller);
    }
    return upload;
  }
  absl::StatusOr<v1::Attachment> Store(const v1::StartUploadRequest& request,
                                       const std::string& bytes,
                                       const std::string& caller = "members/city") {
    const auto upload = Send(request, bytes, caller);
    if (!upload.ok()) return upload.status();
    return Finish(upload->name(), caller);
  }
  absl::StatusOr<v1::Attachment> Get(const std::string& name, const std::string& caller) {
    v1::GetAttachmentRequest request;
    request.set_name(name);
    return Call(&Stub::GetAttachment, request, caller);
  }
  absl::StatusOr<v1::AttachmentData> Read(const std::string& name, int64_t offset = 0,
                                          int limit = 0,
                                          const std::string& caller = "members/city") {
    v1::ReadAttachmentRequest request;
    request.set_name(name);
    request.set_offset(offset);
    request.set_limit(limit);
    return Call(&Stub::ReadAttachment, request, caller);
  }
  std::string ReadWhole(const std::string& name) {
    std::string bytes;
    for (;;) {
      const auto part = Read(name, static_cast<int64_t>(bytes.size()));
      EXPECT_THAT(part, IsOk());
      if (!part.ok() || part->data().empty()) return bytes;
      bytes += part->data();
    }
  }
  int64_t CountRows(const std::string& table) {
    int64_t count = -1;
    EXPECT_THAT(mysql::Read(*pool_, absl::Now() + absl::Seconds(5),
                            [&](mysql::Connection& db) {
                              return db.Query(absl::StrCat("SELECT COUNT(*) FROM ", table), {},
                                              [&](const mysql::Row& row) {
                                                count = row.Int(0);
                                                return absl::OkStatus();
                                              });
                            }),
                IsOk());
    return count;
  }
  // Links as a command of another room does.
  absl::Status Link(const AttachmentReference& reference, const std::vector<std::string>& digests) {
    ledger::Command command;
    command.roots = {reference.resource};
    command.method = "test";
    command.actor = {"members/city", ""};
    command.body = "b";
    command.run = [&](ledger::Transaction& tx) -> absl::StatusOr<std::string> {
      const absl::Status linked = catalog_->SetLinks(tx, reference, digests, "attachments");
      if (!linked.ok()) return linked;
      return std::string("done");
    };
    return writer_->Commit(std::move(command)).status();
  }
  // An agreement of Ninh Kieu in force.
  void AddAgreement(const std::string& id, int64_t unit, State state) {
    Agreement agreement;
    agreement.id = id;
    agreement.unit = unit;
    agreement.term_start = absl::CivilDay(2020, 9, 30);
    agreement.term_end = absl::CivilDay(2025, 12, 31);
    agreement.state = state;
    if (state == State::kInForce) agreement.in_force_date = absl::CivilDay(2020, 10, 1);
    agreements_[id] = agreement;
  }

  // A PDF of this size.
  static std::string Pdf(size_t size) {
    std::string bytes = PdfFile();
    for (size_t i = bytes.size(); i < size; ++i) bytes += static_cast<char>('a' + i * 7 % 26);
    return bytes;
  }

  FakeClock clock_;
  std::map<std::string, Agreement> agreements_;
  std::unique_ptr<mysql::Pool> pool_;
  std::unique_ptr<AttachmentStore> store_;
  std::unique_ptr<AttachmentCatalog> catalog_;
  std::unique_ptr<ledger::Writer> writer_;
  std::unique_ptr<access::StaticSnapshot> snapshots_;
  AttachmentParts parts_;
  std::unique_ptr<testing::TestServer> server_;
  std::unique_ptr<Stub> stub_;
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
  EXPECT_EQ(CountRows("ledger_records WHERE resource LIKE 'attachments/%'"), 1);
  ASSERT_THAT(Store(StartRequest(bytes, "khác.pdf"), bytes), IsOk());
  EXPECT_EQ(CountRows("ledger_records"), 1) << "the unit had it already";
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
  EXPECT_EQ(CountRows("ledger_records"), 0);
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
  // The second upload's bytes go with it; the first one's are the file.
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
