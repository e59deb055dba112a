#include "services/agreements/testing/room.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/access/authority.h"
#include "common/ledger/command.h"
#include "common/mysql/transaction.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/telemetry/log.h"
#include "common/testing/service_database.h"
#include "common/testing/status_matchers.h"
#include "migrations/agreements_store.h"
#include "services/agreements/deadlines/mysql_obligation_book.h"
#include "services/agreements/deadlines/testing_calendar.h"
#include "services/agreements/store/mysql_agreement_store.h"

namespace phoihop::agreements {

using ::phoihop::testing::IsOk;

absl::StatusOr<Bodies> KnownBodies::Find(const std::vector<std::string>& ids, absl::Time) const {
  // The directory answers for no more at a time.
  EXPECT_LE(ids.size(), 30);
  if (!reachable) return Unavailable("DIRECTORY_UNAVAILABLE", {"down", "ngừng"});
  Bodies found;
  for (const std::string& id : ids) {
    const auto it = known.find(id);
    found[id] = it == known.end() ? std::nullopt : it->second;
  }
  return found;
}

void RoomTest::PutAgreement(const std::string& id, int64_t unit, const std::string& in_force_from,
                            const std::string& parent, const std::string& suffix) {
  Agreement draft;
  draft.id = id;
  draft.unit = unit;
  draft.parent = parent;
  draft.title = "Chương trình phối hợp";
  for (const char* body : {"party", "council", "court"}) {
    Party party;
    party.body = absl::StrCat(body, suffix);
    bodies_.known[party.body] = BodyFacts{unit, {}, {}};
    draft.parties.push_back(std::move(party));
  }
  draft.term_start = absl::CivilDay(2021, 1, 1);
  draft.term_end = absl::CivilDay(2025, 6, 30);
  draft.revision = 1;
  Agreement in_force = draft;
  if (!in_force_from.empty()) {
    in_force.state = State::kInForce;
    in_force.in_force_date = *ParseDay(in_force_from);
    in_force.revision = 2;
  }
  Commit([&](ledger::Transaction& tx) -> absl::Status {
    draft.create_time = in_force.create_time = tx.now();
    draft.update_time = in_force.update_time = tx.now();
    RETURN_IF_ERROR(agreements_->Insert(tx, draft));
    if (!in_force.in_force_date.has_value()) return absl::OkStatus();
    return agreements_->Replace(tx, draft, in_force);
  });
}

void RoomTest::SetUp() {
  InitLogging("room_test", LogLevel::kError);
  SetDay("2024-01-08");
  auto database = testing::NewServiceDatabase(migrations::agreements_store());
  ASSERT_THAT(database, IsOk());
  pool_ = std::move(database->pool);
  agreements_ = NewMysqlAgreementStore(pool_.get());
  events_ = NewMysqlEventStore(pool_.get());
  book_ = NewMysqlObligationBook();
  auto writer = testing::StartWriter(database->connection, "agreements", clock_);
  ASSERT_THAT(writer, IsOk());
  writer_ = *std::move(writer);
  PutAgreement("a1", access::kOldCanTho, "2021-01-01", "", "");
  PutAgreement("n1", access::kNinhKieu, "2021-05-04", "a1", "-n");
  PutAgreement("draft", access::kOldCanTho, "", "", "");

  access::Snapshot snapshot;
  snapshot.tree = access::TestTree();
  snapshot.grants = std::make_shared<const access::Grants>(std::vector<access::Grant>{
      {"g1", "members/city", "leader", "", access::kOldCanTho},
      {"g2", "members/officer", "officer", "", access::kOldCanTho},
      {"g3", "members/council", "leader", "bodies/council", access::kOldCanTho},
      {"g4", "members/district", "leader", "", access::kNinhKieu},
      {"g5", "members/viewer", "viewer", "", access::kOldCanTho},
      {"g6", "members/deputy", "leader", "", access::kOldCanTho},
      {"g7", "members/third", "leader", "", access::kOldCanTho},
      {"g8", "members/stranger", "leader", "bodies/stranger", access::kOldCanTho}});
  snapshot.calendar = std::make_shared<const WorkCalendar>(VietnamCalendar());
  snapshots_ = std::make_unique<access::StaticSnapshot>(std::move(snapshot));
}

std::unique_ptr<testing::TestServer> RoomTest::Serve(
    const std::function<void(rpc::Server::Builder&)>& add_handlers) {
  rpc::ServerOptions options;
  options.clock = &clock_;
  options.workers = 8;
  auto server = std::make_unique<testing::TestServer>(
      [&](rpc::Server::Builder& builder) {
        builder.set_permission_checker(
            std::make_shared<access::SnapshotPermissions>(snapshots_.get()));
        add_handlers(builder);
      },
      options);
  EXPECT_NE(server->channel(), nullptr);
  return server->channel() == nullptr ? nullptr : std::move(server);
}

std::vector<std::string> RoomTest::Owed(const std::string& key) {
  std::vector<std::string> rows;
  const absl::Status status =
      mysql::Read(*pool_, absl::Now() + absl::Seconds(10), [&](mysql::Connection& db) {
        rows.clear();
        return db.Query(
            "SELECT SUBSTRING_INDEX(obligation_key, ':', 1), body_id, due_day, state, late FROM "
            "obligations WHERE obligation_key LIKE CONCAT(?, '%') ORDER BY obligation_key",
            {key}, [&](const mysql::Row& row) {
              const char* state = row.Int(3) == 1   ? "open"
                                  : row.Int(3) == 3 ? "withdrawn"
                                  : row.Int(4) == 1 ? "late"
                                                    : "done";
              rows.push_back(absl::StrCat(row.Text(0), " ", row.Text(1), " ", FormatDay(row.Day(2)),
                                          " ", state));
              return absl::OkStatus();
            });
      });
  EXPECT_THAT(status, IsOk());
  return rows;
}

std::vector<std::string> RoomTest::Told() {
  std::vector<std::string> rows;
  const absl::Status status =
      mysql::Read(*pool_, absl::Now() + absl::Seconds(10), [&](mysql::Connection& db) {
        rows.clear();
        return db.Query("SELECT kind, body_id FROM notices ORDER BY create_time, id", {},
                        [&](const mysql::Row& row) {
                          rows.push_back(absl::StrCat(row.Text(0), " ", row.Text(1)));
                          return absl::OkStatus();
                        });
      });
  EXPECT_THAT(status, IsOk());
  return rows;
}

void RoomTest::Commit(const std::function<absl::Status(ledger::Transaction&)>& run) {
  ledger::Command command;
  command.roots = {"agreements/a1"};
  command.method = "test";
  command.actor.name = "members/test";
  command.run = [&](ledger::Transaction& tx) -> absl::StatusOr<std::string> {
    RETURN_IF_ERROR(run(tx));
    return "";
  };
  ASSERT_THAT(writer_->Commit(command), IsOk());
}

void RoomTest::Execute(const std::string& sql) {
  Commit([&](ledger::Transaction& tx) { return tx.db().Execute(sql).status(); });
}

void RoomTest::SetDay(const std::string& day) {
  clock_.Set(StartOfDay(*ParseDay(day)) + absl::Hours(9));
}

}  // namespace phoihop::agreements
