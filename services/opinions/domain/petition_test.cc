#include "services/opinions/domain/petition.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/views.h"
#include "common/time/civil.h"

namespace phoihop::opinions {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr absl::CivilDay kToday(2023, 10, 24);

std::vector<std::string> Broken(const Violations& violations) {
  std::vector<std::string> names;
  for (const Violation& v : violations)
    names.push_back(absl::StrCat(AbslView(v.field), " ", AbslView(v.reason)));
  return names;
}

Petition Sample() {
  Petition petition;
  petition.id = "p1";
  petition.unit = 7;
  petition.reference = "12/KN-UBND";
  petition.received = absl::CivilDay(2023, 5, 2);
  petition.created = petition.updated = StartOfDay(petition.received);
  petition.revision = 3;
  return petition;
}

TEST(PetitionTest, ReferencesOfRealFilesAreAccepted) {
  for (const char* reference :
       {"1", "12/KN-UBND", "381/ĐT-BTCD", "2021.07_0031", "kn-2023-00001", "Ủ-9"}) {
    EXPECT_TRUE(IsReference(reference)) << reference;
  }
  EXPECT_TRUE(IsReference(std::string(60, '7')));
}

TEST(PetitionTest, NamesAndOtherTextAreNoReferences) {
  for (const char* reference :
       {"", "Nguyễn Văn A", "Nguyễn-Văn-A", "12 KN", "12;KN", "12/Д", "12\xF0\x9F\x98\x80", "1\n",
        "1\xCC\x81", "\xD9\xA1", "12'", "12%"}) {
    EXPECT_FALSE(IsReference(reference)) << reference;
  }
  EXPECT_FALSE(IsReference(std::string(61, '7')));
}

TEST(PetitionTest, KindsFallIntoTwoGroups) {
  EXPECT_EQ(GroupOf(PetitionKind::kComplaint), PetitionGroup::kComplaintsAndDenunciations);
  EXPECT_EQ(GroupOf(PetitionKind::kDenunciation), PetitionGroup::kComplaintsAndDenunciations);
  EXPECT_EQ(GroupOf(PetitionKind::kRecommendation), PetitionGroup::kRecommendationsAndFeedback);
  EXPECT_EQ(GroupOf(PetitionKind::kFeedback), PetitionGroup::kRecommendationsAndFeedback);
  EXPECT_EQ(PetitionKindOf(0), std::nullopt);
  EXPECT_EQ(PetitionKindOf(5), std::nullopt);
  EXPECT_EQ(PetitionKindOf(4), PetitionKind::kFeedback);
}

struct DatesCase {
  const char* name;
  PetitionDates dates;
  std::vector<std::string> broken;
};

TEST(PetitionTest, DatesFollowEachOther) {
  const std::vector<DatesCase> cases = {
      {"received only", {kToday, {}, {}}, {}},
      {"all on one day", {kToday, kToday, kToday}, {}},
      {"due may lie ahead", {kToday, kToday + 3650, {}}, {}},
      {"resolved after due", {kToday - 9, kToday - 5, kToday}, {}},
      {"received tomorrow", {kToday + 1, {}, {}}, {"received_date DATE_IN_FUTURE"}},
      {"due before received", {kToday, kToday - 1, {}}, {"due_date DATE_BEFORE_RECEIPT"}},
      {"resolved before received", {kToday, {}, kToday - 1}, {"resolved_date DATE_BEFORE_RECEIPT"}},
      {"resolved tomorrow", {kToday, {}, kToday + 1}, {"resolved_date DATE_IN_FUTURE"}},
      {"everything at once",
       {kToday + 1, kToday, kToday + 2},
       {"received_date DATE_IN_FUTURE", "due_date DATE_BEFORE_RECEIPT",
        "resolved_date DATE_IN_FUTURE"}},
      {"unreadable receipt", {{}, kToday, kToday + 1}, {"resolved_date DATE_IN_FUTURE"}},
  };
  for (const DatesCase& c : cases) {
    EXPECT_EQ(Broken(CheckDates(c.dates, kToday)), c.broken) << c.name;
  }
}

TEST(PetitionTest, StateIsDecidedByTheDayOfResolutionAlone) {
  Petition petition = Sample();
  petition.due = absl::CivilDay(2023, 5, 3);
  EXPECT_EQ(petition.state(), PetitionState::kOpen);
  petition.resolved = kToday;
  EXPECT_EQ(petition.state(), PetitionState::kResolved);
}

TEST(PetitionTest, ResolvingAscendsTheRevision) {
  const absl::Time now = StartOfDay(kToday) + absl::Hours(9);
  Violations violations;
  const Petition next = Apply(Sample(), {.due = {}, .resolved = kToday}, now, &violations);
  EXPECT_THAT(violations, IsEmpty());
  EXPECT_EQ(next.resolved, kToday);
  EXPECT_EQ(next.revision, 4);
  EXPECT_EQ(next.updated, now);
  EXPECT_EQ(next.created, Sample().created);
}

TEST(PetitionTest, ReopeningClearsTheDay) {
  Petition petition = Sample();
  petition.resolved = kToday;
  PetitionChange change;
  change.resolved.emplace(std::nullopt);
  Violations violations;
  const Petition next = Apply(petition, change, StartOfDay(kToday), &violations);
  EXPECT_EQ(next.state(), PetitionState::kOpen);
  EXPECT_EQ(next.revision, 4);
}

TEST(PetitionTest, ChangeThatChangesNothingKeepsTheRevision) {
  Petition petition = Sample();
  petition.due = kToday;
  Violations violations;
  EXPECT_EQ(Apply(petition, {.due = kToday, .resolved = {}}, StartOfDay(kToday), &violations),
            petition);
  EXPECT_THAT(violations, IsEmpty());
}

TEST(PetitionTest, DaysThatBreakARuleAreNamed) {
  Violations violations;
  Apply(Sample(), {.due = Sample().received - 1, .resolved = kToday + 1}, StartOfDay(kToday),
        &violations);
  EXPECT_THAT(Broken(violations),
              ElementsAre("due_date DATE_BEFORE_RECEIPT", "resolved_date DATE_IN_FUTURE"));
}

TEST(PetitionTest, ResolvedOnTheVietnameseDayThatBeginsAtSeventeenUtc) {
  // 2023-10-23 17:00 UTC is midnight of the 24th in Vietnam.
  Violations violations;
  const absl::Time now = absl::FromCivil(absl::CivilHour(2023, 10, 23, 17), absl::UTCTimeZone());
  Apply(Sample(), {.due = {}, .resolved = kToday}, now, &violations);
  EXPECT_THAT(violations, IsEmpty());
  Apply(Sample(), {.due = {}, .resolved = kToday}, now - absl::Seconds(1), &violations);
  EXPECT_THAT(Broken(violations), ElementsAre("resolved_date DATE_IN_FUTURE"));
}

TEST(PetitionTest, UpdateTimeDoesNotRunBack) {
  Violations violations;
  const Petition petition = Sample();
  const Petition next = Apply(petition, {.due = kToday, .resolved = {}},
                              petition.updated - absl::Hours(1), &violations);
  EXPECT_EQ(next.updated, petition.updated);
}

}  // namespace
}  // namespace phoihop::opinions
