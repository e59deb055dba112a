// The whole room on a real database, with a clock that stands still: for its tests.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_ATTACHMENTS_TESTING_ROOM_H_
#define PHOIHOP_SERVICES_AGREEMENTS_ATTACHMENTS_TESTING_ROOM_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/access/authority.h"
#include "common/access/testing_tree.h"
#include "common/ledger/command.h"
#include "common/mysql/transaction.h"
#include "common/telemetry/log.h"
#include "common/testing/rpc.h"
#include "common/testing/service_database.h"
#include "common/testing/status_matchers.h"
#include "common/time/clock.h"
#include "migrations/agreements_store.h"
#include "phoihop/agreements/v1/attachments.grpc.pb.h"
#include "services/agreements/attachments/catalog.h"
#include "services/agreements/attachments/handlers.h"
#include "services/agreements/attachments/testing_files.h"
#include "services/agreements/domain/text.h"

namespace phoihop::agreements {

// It is 2023-10-24 in Can Tho (see common/access/testing_tree.h). `city`, `district` and `other`
// are officers of old Can Tho, Ninh Kieu and Binh Thuy, `viewer` a viewer of the commune Cai Khe.
class AttachmentsTest : public ::testing::Test {
 protected:
  using Stub = v1::AttachmentsService::Stub;

  // One database for all: making one takes longer than a test.
  static void SetUpTestSuite() {
    InitLogging("attachments_test", LogLevel::kError);
    auto database = testing::NewServiceDatabase(migrations::agreements_store());
    ASSERT_THAT(database, testing::IsOk());
    options_ = database->connection;
    pool_ = std::move(database->pool);
  }
  static void TearDownTestSuite() { pool_.reset(); }

  void SetUp() override {
    ASSERT_NE(pool_, nullptr);
    clock_.Set(absl::FromCivil(absl::CivilSecond(2023, 10, 24, 3, 0, 0), absl::UTCTimeZone()));
    for (const char* table : {"attachment_uploads", "attachment_chunks", "attachments",
                              "attachment_holdings", "attachment_links"}) {
      ASSERT_THAT(
          mysql::RunTransaction(*pool_, {},
                                [&](mysql::Connection& db) {
                                  return db.Execute(absl::StrCat("DELETE FROM ", table)).status();
                                }),
          testing::IsOk());
    }
    records_ = CountRows("ledger_records");
    store_ = NewMysqlAttachmentStore(pool_.get());
    catalog_ = NewMysqlAttachmentCatalog();
    auto writer = testing::StartWriter(options_, "agreements", clock_);
    ASSERT_THAT(writer, testing::IsOk());
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
      EXPECT_THAT(part, testing::IsOk());
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
                testing::IsOk());
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
  // Records of the ledger when the test began.
  int64_t records_ = 0;
  inline static mysql::ConnectionOptions options_;
  inline static std::unique_ptr<mysql::Pool> pool_;
  std::unique_ptr<AttachmentStore> store_;
  std::unique_ptr<AttachmentCatalog> catalog_;
  std::unique_ptr<ledger::Writer> writer_;
  std::unique_ptr<access::StaticSnapshot> snapshots_;
  AttachmentParts parts_;
  std::unique_ptr<testing::TestServer> server_;
  std::unique_ptr<Stub> stub_;
};

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_ATTACHMENTS_TESTING_ROOM_H_
