// What 0002_lifecycle.sql added: content, signatures, ends, history, texts, comments.
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/ledger/command.h"
#include "common/mysql/transaction.h"
#include "common/status/macros.h"
#include "common/testing/service_database.h"
#include "common/testing/status_matchers.h"
#include "common/time/civil.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "migrations/agreements_store.h"
#include "services/agreements/store/comment_store.h"
#include "services/agreements/store/mysql_agreement_store.h"

namespace phoihop::agreements {
namespace {

using absl::CivilDay;
using absl::StatusCode;
using ::phoihop::testing::IsOk;
using ::phoihop::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::Optional;

const absl::Time kNow = StartOfDay(CivilDay(2023, 10, 24)) + absl::Microseconds(123456);
const absl::Time kForever = absl::InfiniteFuture();

class LifecycleStoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto database = testing::NewServiceDatabase(migrations::agreements_store());
    ASSERT_THAT(database, IsOk());
    pool_ = std::move(database->pool);
    store_ = NewMysqlAgreementStore(pool_.get());
    comments_ = NewMysqlCommentStore(pool_.get());
  }

  absl::Status Write(const std::function<absl::Status(ledger::Transaction&)>& body) {
    return mysql::RunTransaction(*pool_, {}, [&](mysql::Connection& db) {
      ledger::Transaction tx(db, kNow);
      return body(tx);
    });
  }
  absl::Status Insert(const Agreement& agreement) {
    return Write([&](ledger::Transaction& tx) { return store_->Insert(tx, agreement); });
  }
  absl::Status Replace(const Agreement& after) {
    return Write([&](ledger::Transaction& tx) -> absl::Status {
      ASSIGN_OR_RETURN(const std::optional<Agreement> before, store_->Lock(tx, after.id));
      return store_->Replace(tx, *before, after);
    });
  }
  Agreement Find(const std::string& id) { return store_->Find(id, kForever)->value(); }

  static Agreement Draft(const std::string& id) {
    Agreement a;
    a.id = id;
    a.unit = 92;
    a.title = "Chương trình";
    a.parties = {{.body = "b1"}, {.body = "b2"}};
    a.term_start = CivilDay(2020, 9, 30);
    a.term_end = CivilDay(2025, 12, 31);
    a.create_time = a.update_time = kNow;
    a.revision = 1;
    return a;
  }

  std::unique_ptr<mysql::Pool> pool_;
  std::unique_ptr<AgreementStore> store_;
  std::unique_ptr<CommentStore> comments_;
};

TEST_F(LifecycleStoreTest, EveryFieldIsReadBackWhenInsertedAndWhenReplaced) {
  Agreement full = Draft("a");
  full.level = "PROVINCE";
  full.document_number = "02-CTr/TU";
  full.issuing_body = "b1";
  full.document_series = "2020-2025";
  full.legal_bases = {{"238-QĐ/TW", "Quy định", CivilDay(2020, 9, 30), "Ban Bí thư"},
                      {"1", "", {}, ""}};
  for (int i = 0; i < 70; ++i) full.clauses.push_back({Area::kDuties, "", std::string(i + 1, 'x')});
  full.cascade_target = {{"DISTRICT", "COMMUNE"}, 5, {7, 8, 9}, CivilDay(2021, 1, 1)};
  full.attachments = {{std::string(64, 'a'), "phụ lục.pdf"}};
  full.required_signatures = {1, 1};
  full.parties[0].sign_by = CivilDay(2021, 2, 3);
  full.parties[0].display_name = "Ban Tuyên giáo";
  full.parties[1].group = 1;
  full.parties[1].ends = CivilDay(2025, 7, 1);
  full.parties[1].signature = Signature{
      .sign_date = CivilDay(2020, 10, 1),
      .recorded_by = "members/m",
      .signer_name = "Nguyễn Văn Ử",
      .signer_title = "Trưởng ban",
      .record_time = kNow,
      .kind = SignatureKind::kCms,
      .capacity = Capacity::kByOrder,
      .text_sha256 = std::string(64, 'b'),
      .cms = std::string("\x30\x00\xff", 3),
      .certificate =
          Certificate{"CN=Ử", "CN=CA", "0A", std::string(64, 'c'), {"CN=Ử", "CN=CA"}, kNow, true},
      .scan = ""};
  full.version = 2;
  full.version_date = CivilDay(2022, 1, 1);
  full.version_by = "m";
  full.state = State::kTerminated;
  full.in_force_date = CivilDay(2020, 10, 1);
  full.ended_from = CivilDay(2023, 1, 1);
  full.termination = Termination{"Giải thể", "9-QĐ/TU", CivilDay(2023, 1, 1)};
  full.superseded_by = "s";
  full.comment_by = CivilDay(2020, 9, 1);
  full.signing_round = 3;
  full.signing_opened = CivilDay(2020, 9, 20);
  full.text_sha256 = std::string(64, 'd');
  full.return_reason = "Sai";
  full.amendment = Amendment{"x", AmendmentKind::kExtension, CivilDay(2024, 1, 1)};
  ASSERT_THAT(Insert(full), IsOk());
  EXPECT_EQ(Find("a"), full);

  Agreement other = Draft("b");
  other.amendment = full.amendment;
  ASSERT_THAT(Insert(other), IsOk());
  Agreement replaced = full;
  replaced.id = "b";
  replaced.document_number.clear();
  replaced.revision = 2;
  ASSERT_THAT(Replace(replaced), IsOk());
  EXPECT_EQ(Find("b"), replaced);
  // And back to nothing.
  Agreement empty = Draft("b");
  empty.amendment = full.amendment;
  empty.revision = 3;
  ASSERT_THAT(Replace(empty), IsOk());
  EXPECT_EQ(Find("b"), empty);
}

TEST_F(LifecycleStoreTest, RowOfTheVersionBeforeReadsAsItDid) {
  const auto lease = pool_->Acquire(kForever);
  ASSERT_THAT(lease, IsOk());
  ASSERT_THAT((*lease)->Execute(
                  "INSERT INTO agreements (id, unit_id, title, document_number, term_start, "
                  "term_end, term_year, state, in_force_from, in_force_until, create_time, "
                  "update_time, revision) VALUES ('old', 92, 'Cũ', '', '2020-09-30', '2025-12-31', "
                  "2020, 3, '2020-10-01', '2026-01-01', '2020-10-01', '2020-10-01', 4)"),
              IsOk());
  ASSERT_THAT((*lease)->Execute("INSERT INTO agreement_parties (agreement_id, place, body_id, "
                                "sign_date, recorded_by, signer_name, signer_title, record_time) "
                                "VALUES ('old', 0, 'b1', '2020-10-01', 'members/m', 'A', 'B', "
                                "'2020-10-01')"),
              IsOk());
  ASSERT_THAT((*lease)->Execute("INSERT INTO cascade_members VALUES ('p', 92, 'old', "
                                "'2020-10-01', '2026-01-01')"),
              IsOk());
  Agreement old = Find("old");
  EXPECT_EQ(old.version, 1);
  EXPECT_EQ(old.version_date, CivilDay(2020, 10, 1));
  EXPECT_EQ(InForceUntil(old), CivilDay(2026, 1, 1));
  EXPECT_EQ(old.parties[0].signature->kind, SignatureKind::kUnspecified);
  EXPECT_TRUE(old.required_signatures.empty());

  // It ends like any other, in the cascades too.
  old.state = State::kTerminated;
  old.termination = Termination{"x", "y", CivilDay(2023, 1, 1)};
  old.ended_from = CivilDay(2023, 1, 1);
  ++old.revision;
  ASSERT_THAT(Replace(old), IsOk());
  std::string until;
  ASSERT_THAT((*lease)->Query("SELECT CAST(in_force_until AS CHAR) FROM cascade_members", {},
                              [&](const mysql::Row& row) {
                                until += row.Text(0);
                                return absl::OkStatus();
                              }),
              IsOk());
  EXPECT_EQ(until, "2023-01-01");
}

TEST_F(LifecycleStoreTest, NumberOfAnIssuerIsTakenByTheUniqueKeyToo) {
  Agreement a = Draft("a");
  a.document_number = "02 - CTr/TU";
  a.issuing_body = "b1";
  a.document_series = "2020-2025";
  ASSERT_THAT(Insert(a), IsOk());
  Agreement b = a;
  b.id = "b";
  b.document_number = "2-CTr/TU";
  EXPECT_THAT(Insert(b), StatusIs(StatusCode::kAlreadyExists, "DOCUMENT_NUMBER_TAKEN"));
  b.delete_time = kNow;
  EXPECT_THAT(Insert(b), IsOk());
  Agreement c = a;
  c.id = "c";
  c.issuing_body = "b2";
  EXPECT_THAT(Insert(c), IsOk());
}

TEST_F(LifecycleStoreTest, TextsHistoryChildrenAndOpenAmendments) {
  ASSERT_THAT(Insert(Draft("a")), IsOk());
  Agreement child = Draft("child");
  child.parent = "a";
  ASSERT_THAT(Insert(child), IsOk());
  Agreement amendment = Draft("m");
  amendment.amendment = Amendment{"a", AmendmentKind::kAmendment, CivilDay(2024, 1, 1)};
  ASSERT_THAT(Insert(amendment), IsOk());
  const std::string digest(64, 'e');
  ASSERT_THAT(
      Write([&](ledger::Transaction& tx) -> absl::Status {
        EXPECT_TRUE(*store_->HasChildren(tx, "a"));
        EXPECT_FALSE(*store_->HasChildren(tx, "child"));
        EXPECT_TRUE(*store_->HasOpenAmendment(tx, "a", "x"));
        EXPECT_FALSE(*store_->HasOpenAmendment(tx, "a", "m"));
        EXPECT_FALSE(*store_->HasOpenAmendment(tx, "child", "x"));
        RETURN_IF_ERROR(store_->SaveText(tx, "a", digest, "Nội dung"));
        RETURN_IF_ERROR(store_->SaveText(tx, "a", digest, "Nội dung"));
        for (int i = 1; i <= 2; ++i) {
          RETURN_IF_ERROR(store_->AddHistory(tx, {"a", HistoryEntry::Kind::kRound, i, "r"}));
        }
        return store_->AddHistory(tx, {"a", HistoryEntry::Kind::kVersion, 1, "v"});
      }),
      IsOk());
  std::string of;
  EXPECT_THAT(*store_->FindText(digest, of, kForever), Optional(std::string("Nội dung")));
  EXPECT_EQ(of, "a");
  EXPECT_EQ(*store_->FindText(std::string(64, 'f'), of, kForever), std::nullopt);
  EXPECT_THAT(*store_->ReadHistory("a", HistoryEntry::Kind::kRound, kForever),
              ElementsAre(HistoryEntry{"a", HistoryEntry::Kind::kRound, 1, "r"},
                          HistoryEntry{"a", HistoryEntry::Kind::kRound, 2, "r"}));
  // Each number comes once.
  EXPECT_FALSE(Write([&](ledger::Transaction& tx) {
                 return store_->AddHistory(tx, {"a", HistoryEntry::Kind::kVersion, 1, "v"});
               }).ok());
}

TEST_F(LifecycleStoreTest, CommentsAreAnsweredOnceLocked) {
  const Comment comment{"c1", "a", "b1", "Đề nghị\nsửa", "members/m", kNow};
  ASSERT_THAT(Write([&](ledger::Transaction& tx) -> absl::Status {
                RETURN_IF_ERROR(comments_->Insert(tx, comment));
                Comment second = comment;
                second.id = "c2";
                RETURN_IF_ERROR(comments_->Insert(tx, second));
                EXPECT_EQ(*comments_->CountUnanswered(tx, "a"), 2);
                return absl::OkStatus();
              }),
              IsOk());
  EXPECT_THAT(*comments_->Find("c1", kForever), Optional(comment));
  EXPECT_EQ(comments_->List("a", "c1", 10, kForever)->size(), 1);
  Comment answered = comment;
  answered.answer = CommentAnswer{"Tiếp thu", "members/n", kNow};
  answered.revision = 2;
  ASSERT_THAT(Write([&](ledger::Transaction& tx) -> absl::Status {
                RETURN_IF_ERROR(comments_->Replace(tx, answered));
                EXPECT_EQ(*comments_->CountUnanswered(tx, "a"), 1);
                return absl::OkStatus();
              }),
              IsOk());
  EXPECT_THAT(*comments_->Find("c1", kForever), Optional(answered));
  EXPECT_THAT(Write([&](ledger::Transaction& tx) { return comments_->Replace(tx, answered); }),
              StatusIs(StatusCode::kInternal));
}

}  // namespace
}  // namespace phoihop::agreements
