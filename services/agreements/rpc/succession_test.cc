// Who acts in the place of a body that has ended, and what is found by its successor.
#include "services/agreements/rpc/succession.h"

#include <memory>
#include <utility>

#include "common/access/testing_tree.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "phoihop/agreements/v1/due.pb.h"
#include "phoihop/agreements/v1/resources.pb.h"
#include "services/agreements/domain/facts.h"
#include "services/agreements/rpc/scope.h"

namespace phoihop::agreements {
namespace {

using ::phoihop::testing::IsOk;
using ::phoihop::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr absl::CivilDay kTerm(2021, 1, 1);
constexpr absl::CivilDay kBefore = access::kReform - 1;
constexpr absl::CivilDay kAfter = access::kReform;

access::Caller Member(const std::string& name, const std::string& body = "") {
  return {access::Caller::kMember, "members/" + name, body, ""};
}

// Party p of Hậu Giang went into s of new Cần Thơ on the day of the reform; its other party q did
// not. Leaders: heir for s, wide over new Cần Thơ, old for p, other for t of new Cần Thơ.
access::Snapshot On(absl::CivilDay today) {
  access::Snapshot snapshot;
  snapshot.tree = access::TestTree();
  snapshot.today = today;
  snapshot.grants = std::make_shared<const access::Grants>(std::vector<access::Grant>{
      {"g1", "members/heir", "leader", "bodies/s", access::kNewCanTho},
      {"g2", "members/wide", "leader", "", access::kNewCanTho},
      {"g3", "members/old", "leader", "bodies/p", access::kHauGiang},
      {"g4", "members/other", "leader", "bodies/t", access::kNewCanTho},
      {"g5", "members/mixed", "leader", "bodies/s", access::kNewCanTho},
      {"g6", "members/viewer", "viewer", "bodies/s", access::kNewCanTho},
  });
  snapshot.bodies = std::make_shared<const access::BodyLineage>(
      std::vector<access::BodyChanges>{{"bodies/p",
                                        access::kHauGiang,
                                        {{kFirstDay, "Ban P"}},
                                        access::kReform,
                                        {{"bodies/s", access::kNewCanTho, "Ban S"}}}});
  return snapshot;
}

Agreement OfHauGiang() {
  Agreement agreement;
  agreement.id = "a";
  agreement.unit = access::kHauGiang;
  agreement.term_start = kTerm;
  agreement.parties = {{"p"}, {"q"}};
  return agreement;
}

TEST(SuccessionTest, WhoActsForTheSuccessorActsForThePartyFromItsEndOn) {
  const struct {
    const char* member;
    bool before, after;
  } cases[] = {{"heir", false, true},
               {"wide", false, true},
               {"old", true, false},
               {"other", false, false},
               {"viewer", false, false}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.member);
    for (const bool after : {false, true}) {
      const access::Snapshot snapshot = On(after ? kAfter : kBefore);
      EXPECT_EQ(
          MayActFor(snapshot, Member(c.member), kSignPermission, access::kHauGiang, kTerm, "p"),
          after ? c.after : c.before)
          << after;
      EXPECT_EQ(RequireActor(snapshot, Member(c.member), OfHauGiang(), "p", kSignPermission).ok(),
                after ? c.after : c.before)
          << after;
      EXPECT_EQ(RequireParty(snapshot, Member(c.member), OfHauGiang(), kWritePermission).ok(),
                after ? c.after : c.before)
          << after;
    }
  }
}

TEST(SuccessionTest, OnlyThatPartyIsCarriedOn) {
  const access::Snapshot snapshot = On(kAfter);
  for (const char* member : {"heir", "wide"}) {
    EXPECT_FALSE(
        MayActFor(snapshot, Member(member), kSignPermission, access::kHauGiang, kTerm, "q"))
        << member;
    EXPECT_THAT(RequireActor(snapshot, Member(member), OfHauGiang(), "q", kSignPermission),
                StatusIs(absl::StatusCode::kPermissionDenied))
        << member;
  }
  // An agreement of the same unit in which p takes no part.
  Agreement foreign = OfHauGiang();
  foreign.parties = {{"q"}, {"r"}};
  EXPECT_THAT(RequireParty(snapshot, Member("wide"), foreign, kWritePermission),
              StatusIs(absl::StatusCode::kPermissionDenied, "NOT_A_PARTY"));
}

TEST(SuccessionTest, SuccessorsReadAndPredecessorsGoOnReading) {
  const auto reads = [](absl::CivilDay today, const char* member) {
    return MayActOn(On(today), Member(member), kReadPermission, access::kHauGiang, kTerm);
  };
  EXPECT_FALSE(reads(kBefore, "heir"));
  EXPECT_TRUE(reads(kAfter, "heir"));
  EXPECT_TRUE(reads(kAfter, "viewer"));
  EXPECT_TRUE(reads(kAfter, "old"));
  EXPECT_FALSE(reads(kAfter, "other"));
  EXPECT_THAT(RequireReadable(On(kAfter), Member("heir"), access::kHauGiang, kBefore), IsOk());
  EXPECT_THAT(RequireReadable(On(kBefore), Member("heir"), access::kHauGiang, kBefore),
              StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(RequireReadable(On(kAfter), Member("other"), access::kHauGiang, kBefore),
              StatusIs(absl::StatusCode::kNotFound));
  // A day on which the unit was no more.
  EXPECT_THAT(RequireReadable(On(kAfter), Member("heir"), access::kHauGiang, kAfter),
              StatusIs(absl::StatusCode::kNotFound));
}

TEST(SuccessionTest, OneWhoActsForAnotherBodyIsNoSuccessor) {
  const access::Snapshot snapshot = On(kAfter);
  EXPECT_TRUE(MayActFor(snapshot, Member("mixed", "bodies/s"), kSignPermission, access::kHauGiang,
                        kTerm, "p"));
  EXPECT_FALSE(MayActFor(snapshot, Member("mixed", "bodies/t"), kSignPermission, access::kHauGiang,
                         kTerm, "p"));
}

TEST(SuccessionTest, AFilterByTheSuccessorFindsWhatItCarries) {
  const filter::Fields fields = {
      {.name = "party", .type = filter::Type::kName, .pattern = "bodies/*"},
      {.name = "plan", .type = filter::Type::kName, .pattern = "plans/*"},
      {.name = "title", .type = filter::Type::kText}};
  const auto read = [&](const std::string& text) { return *filter::ParseFilter(text, fields); };
  const auto today = [&](const std::string& text, absl::CivilDay day) {
    return WithPredecessors(read(text), fields, On(day));
  };
  EXPECT_EQ(today("party = \"bodies/s\"", kBefore), read("party = \"bodies/s\""));
  EXPECT_EQ(today("party = \"bodies/s\"", kAfter),
            read("party = \"bodies/s\" OR party = \"bodies/p\""));
  EXPECT_EQ(today("party != \"bodies/s\"", kAfter),
            read("party != \"bodies/s\" AND party != \"bodies/p\""));
  EXPECT_EQ(today("party = \"bodies/p\"", kAfter), read("party = \"bodies/p\""));
  EXPECT_EQ(today("plan = \"plans/s\"", kAfter), read("plan = \"plans/s\""));
  EXPECT_EQ(today("title:s", kAfter), read("title:s"));
}

TEST(SuccessionTest, ThePartyShowsItsNameAndWhoCarriesOn) {
  v1::Agreement wire;
  wire.add_parties()->set_body("bodies/p");
  wire.add_parties()->set_body("bodies/q");
  v1::Agreement then = wire;
  ResolveParties(On(kAfter), kBefore, then);
  EXPECT_EQ(then.parties(0).name_on_date(), "Ban P");
  EXPECT_THAT(then.parties(0).carried_by(), IsEmpty());
  ResolveParties(On(kAfter), kAfter, wire);
  EXPECT_EQ(wire.parties(0).name_on_date(), "Ban P");
  ASSERT_EQ(wire.parties(0).carried_by_size(), 1);
  EXPECT_EQ(wire.parties(0).carried_by(0).body(), "bodies/s");
  EXPECT_EQ(wire.parties(0).carried_by(0).display_name(), "Ban S");
  EXPECT_EQ(wire.parties(1).name_on_date(), "");
  EXPECT_THAT(wire.parties(1).carried_by(), IsEmpty());

  v1::Obligation owed;
  owed.set_body("bodies/p");
  ResolveDebtor(On(kBefore), owed);
  EXPECT_THAT(owed.carried_by(), IsEmpty());
  ResolveDebtor(On(kAfter), owed);
  EXPECT_THAT(owed.carried_by(), ElementsAre("bodies/s"));
}

TEST(SuccessionTest, TwoSidesThatOneBodyCarriesAreOne) {
  EXPECT_FALSE(AreOneSide(On(kBefore), "p", "s"));
  EXPECT_TRUE(AreOneSide(On(kAfter), "p", "s"));
  EXPECT_FALSE(AreOneSide(On(kAfter), "p", "q"));
  EXPECT_EQ(SideOf(On(kAfter), "s", "p"), "p");
  EXPECT_EQ(SideOf(On(kAfter), "q", "p"), "q");
  EXPECT_EQ(SideOf(On(kAfter), "", "p"), "");
}

TEST(SuccessionTest, AnEndThatCameDuringSigningIsKnown) {
  Agreement agreement = OfHauGiang();
  NoteEnds(On(kAfter), agreement);
  EXPECT_EQ(agreement.parties[0].ends, access::kReform);
  EXPECT_EQ(agreement.parties[1].ends, std::nullopt);
}

TEST(BodyFactsTest, APartIsCarriedOnButNobodyAgreesForABodyThatIsGone) {
  BodyFacts body{1, absl::CivilDay(2020, 1, 1), access::kReform};
  EXPECT_TRUE(body.TakesPart({kBefore, kAfter}));
  EXPECT_FALSE(body.TakesPart({kAfter, kAfter}));
  EXPECT_FALSE(body.TakesPart({absl::CivilDay(2019, 1, 1), absl::CivilDay(2019, 12, 31)}));
  body.carried_on = true;
  EXPECT_TRUE(body.TakesPart({kAfter, kAfter}));
  EXPECT_FALSE(body.Contains(kAfter));
}

}  // namespace
}  // namespace phoihop::agreements
