#include "services/agreements/due/testing_due.h"

#include "common/access/authority.h"
#include "common/status/macros.h"
#include "common/telemetry/log.h"
#include "common/testing/service_database.h"
#include "common/testing/status_matchers.h"
#include "migrations/agreements_store.h"
#include "services/agreements/deadlines/testing_calendar.h"
#include "services/agreements/store/mysql_agreement_store.h"

namespace phoihop::agreements {

using ::phoihop::testing::IsOk;

void DueTest::SetUp() {
  InitLogging("due_test", LogLevel::kError);
  auto database = testing::NewServiceDatabase(migrations::agreements_store());
  ASSERT_THAT(database, IsOk());
  pool_ = std::move(database->pool);
  agreements_ = NewMysqlAgreementStore(pool_.get());
  auto writer = testing::StartWriter(database->connection, "agreements", clock_);
  ASSERT_THAT(writer, IsOk());
  writer_ = *std::move(writer);
  clock_.Set(StartOfDay(kToday) + absl::Hours(9));

  access::Snapshot snapshot;
  snapshot.tree = access::TestTree();
  snapshot.grants = std::make_shared<const access::Grants>(std::vector<access::Grant>{
      {"g1", "members/city", "leader", "", access::kOldCanTho},
      {"g2", "members/district", "leader", "", access::kNinhKieu},
      {"g3", "members/council", "leader", "bodies/council", access::kOldCanTho},
      {"g4", "members/officer", "officer", "", access::kOldCanTho},
      {"g5", "members/viewer", "viewer", "", access::kCaiKhe},
      {"g6", "members/country", "leader", "", access::kCountryUnit},
      {"g7", "members/other", "leader", "", access::kDienBien},
  });
  snapshot.calendar = std::make_shared<const WorkCalendar>(VietnamCalendar());
  snapshots_.Set(snapshot);
  Serve({});
}

void DueTest::TearDown() {
  stub_.reset();
  server_.reset();
}

void DueTest::Serve(DueLimits limits) {
  stub_.reset();
  server_.reset();
  store_ = NewMysqlDueStore(pool_.get(), limits);
  rpc::ServerOptions options;
  options.clock = &clock_;
  options.workers = 8;
  server_ = std::make_unique<testing::TestServer>(
      [&](rpc::Server::Builder& builder) {
        builder.set_permission_checker(std::make_shared<access::SnapshotPermissions>(&snapshots_));
        DueParts parts{store_.get(), book_.get(), writer_.get(), &snapshots_, &page_tokens_};
        parts.agreements = agreements_.get();
        parts.heartbeat = absl::Milliseconds(200);
        AddDueHandlers(parts, builder);
      },
      options);
  ASSERT_NE(server_->channel(), nullptr);
  stub_ = v1::DueService::NewStub(server_->channel());
}

absl::Status DueTest::Write(const std::function<absl::Status(ledger::Transaction&)>& body) {
  ledger::Command command;
  command.roots = {"agreements/a1"};
  command.method = "test/Write";
  command.actor.name = "members/test";
  command.run = [&](ledger::Transaction& tx) -> absl::StatusOr<std::string> {
    RETURN_IF_ERROR(body(tx));
    ledger::Change change;
    change.resource = "duties/d1";
    change.resource_type = "phoihop.agreements.v1.Duty";
    change.revision = 1;
    change.effective = kToday;
    tx.Note(change);
    return std::string();
  };
  return writer_->Commit(std::move(command)).status();
}

void DueTest::Put(const std::vector<Obligation>& obligations) {
  ASSERT_THAT(Write([&](ledger::Transaction& tx) { return book_->Put(tx, obligations); }), IsOk());
}

void DueTest::Close(const std::string& key, absl::CivilDay day) {
  ASSERT_THAT(Write([&](ledger::Transaction& tx) { return book_->Close(tx, key, day).status(); }),
              IsOk());
}

Obligation DueTest::Due(const std::string& key, const std::string& body, int64_t unit,
                        absl::CivilDay day) {
  Obligation o;
  o.key = key;
  o.kind = ObligationKind::kDeliver;
  o.resource = "duties/d1";
  o.agreement = "a1";
  o.unit = unit;
  o.body = body;
  o.area = 1;
  o.title = key;
  o.basis = day;
  o.due = {day, {day, day}, "Theo thỏa thuận.", "As agreed."};
  o.calendar_revision = 4;
  return o;
}

std::string DueTest::NameOf(const std::string& key) {
  v1::ListDueRequest request;
  request.set_filter("title = \"" + key + "\"");
  const auto listed = Call(&Stub::ListDue, request, "members/country");
  EXPECT_THAT(listed, IsOk());
  EXPECT_EQ(listed->items_size(), 1) << key;
  return listed->items_size() == 0 ? "" : listed->items(0).obligation().name();
}

std::vector<std::string> DueTest::Titles(const v1::ListDueResponse& response) {
  std::vector<std::string> titles;
  for (const v1::DueItem& item : response.items()) titles.push_back(item.obligation().title());
  return titles;
}

std::vector<std::string> DueTest::List(const v1::ListDueRequest& request,
                                       const std::string& caller) {
  const auto listed = Call(&Stub::ListDue, request, caller);
  EXPECT_THAT(listed, IsOk());
  return Titles(listed.value_or(v1::ListDueResponse()));
}

}  // namespace phoihop::agreements
