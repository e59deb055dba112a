#include <thread>

#include "common/access/directory_follower.h"
#include "services/directory/rpc/service_fixture.h"

namespace phoihop::directory {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kId1[] = "6f0f3e5a-57a4-4a0a-9d3c-0d2b6d6f0001";
constexpr char kDecision[] = "07-QĐ/TU";
constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
constexpr auto kNotFound = absl::StatusCode::kNotFound;

class BodyChangesTest : public DirectoryTest {
 protected:
  static v1::RenameBodyRequest RenameRequest(const v1::Body& body, const std::string& name,
                                             const std::string& day) {
    v1::RenameBodyRequest request;
    request.set_name(body.name());
    request.set_display_name(name);
    request.set_abbreviation("BM");
    request.set_effective_date(day);
    request.set_decision_number(kDecision);
    return request;
  }
  static v1::EndBodyRequest EndRequest(const v1::Body& body, const std::string& day,
                                       const std::vector<std::string>& successors = {}) {
    v1::EndBodyRequest request;
    request.set_name(body.name());
    request.set_end_date(day);
    for (const std::string& successor : successors) request.add_successors(successor);
    request.set_decision_number(kDecision);
    return request;
  }
  static v1::MergeBodiesRequest MergeRequest(const std::vector<v1::Body>& sources,
                                             const std::string& day) {
    v1::MergeBodiesRequest request;
    for (const v1::Body& source : sources) request.add_sources()->set_name(source.name());
    request.set_merge_date(day);
    request.set_decision_number(kDecision);
    return request;
  }
  absl::StatusOr<v1::Body> Get(const std::string& name, const std::string& day = "") {
    v1::GetBodyRequest request;
    request.set_name(name);
    request.set_on_date(day);
    return Call(&Stub::GetBody, request, "members/x");
  }
  std::string NameOn(const v1::Body& body, const std::string& day) {
    const auto found = Get(body.name(), day);
    return found.ok() ? found->display_name() : std::string(ErrorReason(found.status()));
  }
  absl::StatusOr<v1::BodyHistory> History(const std::string& name, const std::string& day = "") {
    v1::GetBodyHistoryRequest request;
    request.set_name(name);
    request.set_on_date(day);
    return Call(&Stub::GetBodyHistory, request, "members/x");
  }
  v1::Body Named(const std::string& name, const std::string& unit = "units/1") {
    clock_.Advance(absl::Milliseconds(5));
    return NewBody(unit, name);
  }
};

TEST_F(BodyChangesTest, ARenamedBodyIsCalledByTheNameOfTheDay) {
  const v1::Body body = Named("Ban Tuyên giáo");
  const auto renamed =
      Call(&Stub::RenameBody, RenameRequest(body, "Ban Tuyên giáo và Dân vận", "2025-02-10"));
  ASSERT_THAT(renamed, IsOk());
  EXPECT_EQ(renamed->display_name(), "Ban Tuyên giáo và Dân vận");
  EXPECT_NE(renamed->etag(), body.etag());
  EXPECT_EQ(NameOn(body, "2025-02-09"), "Ban Tuyên giáo");
  EXPECT_EQ(NameOn(body, "2025-02-10"), "Ban Tuyên giáo và Dân vận");
  ASSERT_THAT(renamed->names(), SizeIs(2));
  EXPECT_EQ(renamed->names(0).valid_until(), "2025-02-10");
  EXPECT_EQ(renamed->names(1).decision_number(), kDecision);

  const ledger::Record record = Ledger().back();
  EXPECT_EQ(record.resource, body.name());
  EXPECT_EQ(record.effective, absl::CivilDay(2025, 2, 10));
  EXPECT_EQ(record.revision, 2);
}

TEST_F(BodyChangesTest, ANameForALaterDayIsNotTodaysName) {
  const v1::Body body = Named("Ban Dân vận");
  ASSERT_THAT(Call(&Stub::RenameBody, RenameRequest(body, "Ban mới", "2026-01-02")), IsOk());
  EXPECT_EQ(Get(body.name())->display_name(), "Ban Dân vận");
  clock_.Advance(absl::Hours(24));
  EXPECT_EQ(Get(body.name())->display_name(), "Ban mới");
}

TEST_F(BodyChangesTest, ARenamingIsCheckedRepeatedAndGuardedByItsEtag) {
  const v1::Body body = Named("Ban Dân vận");
  EXPECT_THAT(ViolatedFields(Call(&Stub::RenameBody, RenameRequest(body, "", "x")).status()),
              ElementsAre("display_name", "effective_date"));
  const auto far = Call(&Stub::RenameBody, RenameRequest(body, "Ban mới", "2027-06-01")).status();
  EXPECT_THAT(far, StatusIs(kInvalid, "DATE_TOO_FAR"));
  EXPECT_THAT(ViolatedFields(far), ElementsAre("effective_date"));

  v1::RenameBodyRequest request = RenameRequest(body, "Ban mới", "2025-02-10");
  request.set_etag(body.etag());
  request.set_request_id(kId1);
  const auto first = Call(&Stub::RenameBody, request);
  ASSERT_THAT(first, IsOk());
  EXPECT_EQ(Call(&Stub::RenameBody, request)->etag(), first->etag());
  request.set_request_id("");
  request.set_effective_date("2025-02-11");
  EXPECT_THAT(Call(&Stub::RenameBody, request),
              StatusIs(absl::StatusCode::kAborted, "ETAG_MISMATCH"));
  EXPECT_THAT(Get(body.name())->names(), SizeIs(2));
}

TEST_F(BodyChangesTest, ChangesAreMadeWithinTheGrantOnly) {
  ImportBoth();
  const std::string member = NewMember();
  Give(member, v1::Grant::ADMINISTRATOR, Unit("92", kReform));
  const v1::Body own = Named("Ban A", Unit("92", kReform));
  const v1::Body other = Named("Ban B", "units/1");
  EXPECT_THAT(Call(&Stub::RenameBody, RenameRequest(other, "Ban mới", "2025-09-01"), member),
              StatusIs(kNotFound));
  EXPECT_THAT(Call(&Stub::EndBody, EndRequest(own, "2025-09-01", {other.name()}), member),
              StatusIs(kNotFound));
  EXPECT_THAT(Call(&Stub::EndBody, EndRequest(own, "2025-09-01"), member), IsOk());
  const std::string viewer = NewMember();
  Give(viewer, v1::Grant::LEADER, "units/1");
  EXPECT_THAT(Call(&Stub::EndBody, EndRequest(other, "2025-09-01"), viewer),
              StatusIs(absl::StatusCode::kPermissionDenied));
}

TEST_F(BodyChangesTest, AnEndedBodyIsThereOnItsDaysAndHasSuccessors) {
  const v1::Body body = Named("Ban A");
  const v1::Body heir = Named("Ban B");
  const auto ended = Call(&Stub::EndBody, EndRequest(body, "2025-07-01", {heir.name()}));
  ASSERT_THAT(ended, IsOk());
  EXPECT_EQ(ended->valid_until(), "2025-07-01");
  ASSERT_THAT(ended->successors(), SizeIs(1));
  EXPECT_EQ(ended->successors(0).body(), heir.name());
  EXPECT_EQ(ended->end_decision_number(), kDecision);
  EXPECT_EQ(NameOn(body, "2025-06-30"), "Ban A");
  EXPECT_THAT(Get(body.name(), "2025-07-01"), StatusIs(kNotFound));
  // Without a day it is still found, as it was last.
  EXPECT_EQ(Get(body.name())->display_name(), "Ban A");

  v1::ListBodiesRequest list;
  list.set_unit("units/1");
  EXPECT_THAT(Call(&Stub::ListBodies, list)->bodies(), SizeIs(2));
  list.set_on_date("2025-07-01");
  const auto then = Call(&Stub::ListBodies, list);
  ASSERT_THAT(then->bodies(), SizeIs(1));
  EXPECT_EQ(then->bodies(0).name(), heir.name());
}

TEST_F(BodyChangesTest, WhatTookOverCannotHaveEndedBeforeThat) {
  const v1::Body a = Named("Ban A");
  const v1::Body b = Named("Ban B");
  ASSERT_THAT(Call(&Stub::EndBody, EndRequest(a, "2025-07-01", {b.name()})), IsOk());
  const auto circle = Call(&Stub::EndBody, EndRequest(b, "2025-06-01", {a.name()})).status();
  EXPECT_THAT(circle, StatusIs(kInvalid, "BODY_IS_SUCCESSOR"));
  EXPECT_THAT(ViolatedFields(circle), ElementsAre("end_date"));
  const auto back = Call(&Stub::EndBody, EndRequest(b, "2025-09-01", {a.name()})).status();
  EXPECT_THAT(back, StatusIs(kInvalid, "BODY_NOT_VALID"));
  EXPECT_THAT(ViolatedFields(back), ElementsAre("successors[0]"));
  EXPECT_THAT(Call(&Stub::EndBody, EndRequest(a, "2025-07-01")),
              StatusIs(absl::StatusCode::kFailedPrecondition, "BODY_ENDED"));
}

TEST_F(BodyChangesTest, TwoEndsThatNameEachOtherNeverBothHappen) {
  for (int round = 0; round < 20; ++round) {
    const v1::Body a = Named("Ban A");
    const v1::Body b = Named("Ban B");
    absl::Status of_a, of_b;
    std::thread other(
        [&] { of_a = Call(&Stub::EndBody, EndRequest(a, "2025-07-01", {b.name()})).status(); });
    of_b = Call(&Stub::EndBody, EndRequest(b, "2025-07-01", {a.name()})).status();
    other.join();
    EXPECT_NE(of_a.ok(), of_b.ok()) << of_a << of_b;
  }
}

TEST_F(BodyChangesTest, BodiesMergeIntoANewOneAtOnce) {
  const v1::Body a = Named("Ban Tuyên giáo");
  const v1::Body b = Named("Ban Dân vận");
  v1::MergeBodiesRequest request = MergeRequest({a, b}, "2025-02-10");
  request.mutable_new_body()->set_display_name("Ban Tuyên giáo và Dân vận");
  request.mutable_new_body()->set_abbreviation("BTGDV");
  request.mutable_new_body()->set_unit("units/1");
  request.set_request_id(kId1);
  const size_t records = Ledger().size();
  const auto merged = Call(&Stub::MergeBodies, request);
  ASSERT_THAT(merged, IsOk());
  EXPECT_EQ(merged->successor().valid_from(), "2025-02-10");
  ASSERT_THAT(merged->ended(), SizeIs(2));
  EXPECT_EQ(merged->ended(1).successors(0).body(), merged->successor().name());
  EXPECT_EQ(Ledger().size(), records + 3);
  // A repeat makes no second body.
  EXPECT_EQ(Call(&Stub::MergeBodies, request)->successor().name(), merged->successor().name());
  EXPECT_EQ(Ledger().size(), records + 3);

  const auto history = History(merged->successor().name());
  ASSERT_THAT(history, IsOk());
  ASSERT_THAT(history->predecessors(), SizeIs(2));
  EXPECT_EQ(history->predecessors(0).from_display_name(), "Ban Tuyên giáo");
  EXPECT_EQ(history->predecessors(0).decision_number(), kDecision);
}

TEST_F(BodyChangesTest, AMergerThatOneBodyRefusesChangesNothing) {
  const v1::Body a = Named("Ban A");
  const v1::Body b = Named("Ban B");
  const v1::Body into = Named("Ban C");
  ASSERT_THAT(Call(&Stub::EndBody, EndRequest(b, "2025-01-01")), IsOk());
  const size_t records = Ledger().size();
  v1::MergeBodiesRequest request = MergeRequest({a, b}, "2025-02-10");
  request.set_successor(into.name());
  EXPECT_THAT(Call(&Stub::MergeBodies, request),
              StatusIs(absl::StatusCode::kFailedPrecondition, "BODY_ENDED"));
  EXPECT_EQ(Get(a.name())->valid_until(), "");
  EXPECT_EQ(Ledger().size(), records);

  EXPECT_THAT(ViolatedFields(Call(&Stub::MergeBodies, MergeRequest({a, a}, "2025-02-10")).status()),
              ElementsAre("successor"));
  request = MergeRequest({a, a}, "2025-02-10");
  request.set_successor(into.name());
  EXPECT_THAT(ViolatedFields(Call(&Stub::MergeBodies, request).status()),
              ElementsAre("sources[1].name"));
  request = MergeRequest({a, into}, "2025-02-10");
  request.set_successor(into.name());
  EXPECT_THAT(Call(&Stub::MergeBodies, request), StatusIs(kInvalid, "SUCCEEDS_ITSELF"));
}

TEST_F(BodyChangesTest, TheChainResolvesOnEveryDay) {
  const v1::Body a = Named("Ban A");
  const v1::Body b = Named("Ban B");
  const v1::Body c = Named("Ban C");
  ASSERT_THAT(Call(&Stub::EndBody, EndRequest(a, "2024-07-01", {b.name()})), IsOk());
  ASSERT_THAT(Call(&Stub::EndBody, EndRequest(b, "2025-07-01", {c.name()})), IsOk());
  const auto carrier = [&](const std::string& day) {
    const auto history = History(a.name(), day);
    return history.ok() && history->carried_by_size() == 1 ? history->carried_by(0).display_name()
                                                           : std::string("?");
  };
  EXPECT_EQ(carrier("2024-06-30"), "Ban A");
  EXPECT_EQ(carrier("2024-07-01"), "Ban B");
  EXPECT_EQ(carrier("2025-07-01"), "Ban C");
  EXPECT_EQ(carrier(""), "Ban C");
  ASSERT_THAT(Call(&Stub::EndBody, EndRequest(c, "2025-12-01")), IsOk());
  EXPECT_THAT(History(a.name())->carried_by(), IsEmpty());
}

TEST_F(BodyChangesTest, ServicesHearOfItByTheFeed) {
  const v1::Body a = Named("Ban A");
  const v1::Body b = Named("Ban B");
  const v1::Body early = Named("Ban cũ");
  ASSERT_THAT(Call(&Stub::EndBody, EndRequest(early, "2024-07-01", {a.name()})), IsOk());
  access::DirectoryFollower::Options options;
  options.channel = channel_;
  options.bearer = [] { return "services/agreements"; };
  options.clock = &clock_;
  const auto follower = access::DirectoryFollower::Start(std::move(options));
  const absl::Time limit = absl::Now() + absl::Seconds(30);
  ASSERT_TRUE(follower->WaitUntilReady(limit));
  EXPECT_THAT(follower->Get()->bodies->CarriersOn(early.name(), follower->Get()->today),
              ElementsAre(a.name()));

  ASSERT_THAT(Call(&Stub::RenameBody, RenameRequest(a, "Ban A mới", "2025-02-10")), IsOk());
  // From tomorrow on.
  ASSERT_THAT(Call(&Stub::EndBody, EndRequest(a, "2026-01-02", {b.name()})), IsOk());
  ASSERT_TRUE(follower->WaitForPosition(Ledger().back().position, limit));
  auto snapshot = follower->Get();
  ASSERT_THAT(snapshot, IsOk());
  EXPECT_EQ(snapshot->bodies->NameOn(a.name(), absl::CivilDay(2025, 2, 9)), "Ban A");
  EXPECT_EQ(snapshot->bodies->NameOn(a.name(), snapshot->today), "Ban A mới");
  EXPECT_THAT(snapshot->bodies->CarriersOn(early.name(), snapshot->today), ElementsAre(a.name()));
  clock_.Advance(absl::Hours(24));
  // It is stale until it hears from the directory on the new day; nothing is sent for the day.
  for (snapshot = follower->Get(); !snapshot.ok() && absl::Now() < limit;
       snapshot = follower->Get()) {
    absl::SleepFor(absl::Milliseconds(10));
  }
  ASSERT_THAT(snapshot, IsOk());
  EXPECT_THAT(snapshot->bodies->CarriersOn(early.name(), snapshot->today), ElementsAre(b.name()));
}

TEST_F(BodyChangesTest, TheSnapshotHoldsWhatChangedOnly) {
  Named("Ban A");
  const v1::Body renamed = Named("Ban B");
  ASSERT_THAT(Call(&Stub::RenameBody, RenameRequest(renamed, "Ban B mới", "2025-02-10")), IsOk());
  const auto snapshot = Call(&Stub::GetBodySnapshot, {}, "services/agreements");
  ASSERT_THAT(snapshot, IsOk());
  ASSERT_THAT(snapshot->bodies(), SizeIs(1));
  EXPECT_EQ(snapshot->bodies(0).name(), renamed.name());
  EXPECT_EQ(snapshot->position(), Ledger().back().position);
  EXPECT_THAT(Call(&Stub::GetBodySnapshot, {}, "members/x"),
              StatusIs(absl::StatusCode::kPermissionDenied));
}

}  // namespace
}  // namespace phoihop::directory
