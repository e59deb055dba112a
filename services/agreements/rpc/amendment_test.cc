// Amendments, and the versions that they make.
#include <map>
#include <string>

#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "services/agreements/domain/text.h"
#include "services/agreements/rpc/testing_lifecycle.h"

namespace phoihop::agreements {
namespace {

using absl::StatusCode;
using ::phoihop::testing::IsOk;
using ::phoihop::testing::StatusIs;
using ::testing::ElementsAre;

using AmendmentTest = LifecycleTest;

TEST_F(AmendmentTest, SignedExtensionIsTheNextVersionAndProlongsCoverage) {
  const std::string city = InForce(GoodRequest()).name();
  v1::CreateAgreementRequest create = GoodRequest(access::kNinhKieu, city);
  create.mutable_agreement()->set_term_end("2023-12-31");
  create.mutable_agreement()->set_document_number("5-CTr/QU");
  auto& clause = *create.mutable_agreement()->add_clauses();
  clause.set_area(v1::Agreement::DUTIES);
  clause.set_text("Như cũ");
  const v1::Agreement base = InForce(create);
  EXPECT_EQ(base.version(), 1);
  EXPECT_EQ(Districts(city, "2024-06-01").substr(0, 2), "0/");

  v1::CreateAmendmentRequest request = AmendmentOf(base.name(), "2024-12-31");
  auto& changed = *request.mutable_agreement()->add_clauses();
  changed.set_area(v1::Agreement::DUTIES);
  changed.set_text("Như mới");
  const auto amendment = Call(&Stub::CreateAmendment, request, "members/district");
  ASSERT_THAT(amendment, IsOk());
  EXPECT_EQ(amendment->state(), v1::Agreement::DRAFT);
  EXPECT_EQ(amendment->amends(), base.name());
  EXPECT_EQ(amendment->document_number(), "");
  EXPECT_EQ(amendment->title(), base.title());
  EXPECT_THAT(Call(&Stub::CreateAmendment, request, "members/district"),
              StatusIs(StatusCode::kFailedPrecondition, "AMENDMENT_OPEN"));
  // It is changed like any draft, within its rules.
  v1::UpdateAgreementRequest update;
  update.mutable_agreement()->set_name(amendment->name());
  update.mutable_agreement()->set_term_end("2023-12-31");
  EXPECT_THAT(Call(&Stub::UpdateAgreement, update),
              StatusIs(StatusCode::kInvalidArgument, "NOT_AN_EXTENSION"));
  update.mutable_agreement()->set_term_end("2025-06-30");
  ASSERT_THAT(Call(&Stub::UpdateAgreement, update), IsOk());

  Start(amendment->name());
  EXPECT_THAT(Sign(amendment->name(), BodyAt("party", access::kNinhKieu), "2020-09-30"),
              StatusIs(StatusCode::kInvalidArgument, "SIGN_DATE_BEFORE_AMENDED"));
  ASSERT_THAT(Sign(amendment->name(), BodyAt("party", access::kNinhKieu), "2023-10-20"), IsOk());
  EXPECT_EQ(Get(base.name())->version(), 1);
  const auto last = Sign(amendment->name(), BodyAt("council", access::kNinhKieu), "2023-10-21");
  ASSERT_THAT(last, IsOk());
  EXPECT_EQ(last->state(), v1::Agreement::IN_FORCE);
  EXPECT_EQ(last->in_force_date(), "");

  const auto amended = Get(base.name());
  ASSERT_THAT(amended, IsOk());
  EXPECT_EQ(amended->version(), 2);
  EXPECT_EQ(amended->version_date(), "2024-01-01");
  EXPECT_EQ(amended->term_end(), "2025-06-30");
  EXPECT_EQ(amended->document_number(), "5-CTr/QU");
  EXPECT_EQ(amended->clauses(0).text(), "Như mới");
  EXPECT_EQ(amended->parties(0).signature().sign_date(), "2023-10-20");
  EXPECT_EQ(Districts(city, "2024-06-01").substr(0, 2), "1/");

  // What was in force on any day.
  const auto old = On(base.name(), "2023-12-31");
  ASSERT_THAT(old, IsOk());
  EXPECT_EQ(old->clauses(0).text(), "Như cũ");
  EXPECT_EQ(old->term_end(), "2023-12-31");
  EXPECT_EQ(On(base.name(), "2024-01-01")->clauses(0).text(), "Như mới");
  EXPECT_THAT(On(base.name(), "2020-09-30"),
              StatusIs(StatusCode::kFailedPrecondition, "NOT_IN_FORCE_ON_DATE"));
  EXPECT_THAT(On(base.name(), "2025-07-01"),
              StatusIs(StatusCode::kFailedPrecondition, "NOT_IN_FORCE_ON_DATE"));
  const auto versions =
      Call(&Stub::ListAgreementVersions, Named<v1::ListAgreementVersionsRequest>(base.name()));
  ASSERT_THAT(versions, IsOk());
  ASSERT_EQ(versions->versions_size(), 2);
  EXPECT_EQ(versions->versions(0).effective_date(), "2020-10-01");
  EXPECT_EQ(versions->versions(0).end_date(), "2023-12-31");
  EXPECT_EQ(versions->versions(0).amendment(), "");
  EXPECT_EQ(versions->versions(1).effective_date(), "2024-01-01");
  EXPECT_EQ(versions->versions(1).end_date(), "2025-06-30");
  EXPECT_EQ(versions->versions(1).amendment(), amendment->name());
  EXPECT_EQ(versions->versions(0).agreement().clauses_size(), 0);

  // Lists show agreements, or the amendments of one.
  const std::string unit = absl::StrCat("units/", access::kNinhKieu);
  EXPECT_THAT(Listed([&](auto& r) { r.set_unit(unit); }), ElementsAre(base.name()));
  EXPECT_THAT(Listed([&](auto& r) {
                r.set_unit(unit);
                r.set_amends(base.name());
              }),
              ElementsAre(amendment->name()));
  EXPECT_THAT(Terminate(amendment->name(), "2023-10-20"),
              StatusIs(StatusCode::kFailedPrecondition, "AGREEMENT_IS_AMENDMENT"));
}

TEST_F(AmendmentTest, TextsOfAllVersionsAreReadByWhoeverReadsTheAgreement) {
  const v1::Agreement base = InForce(GoodRequest());
  const auto text = [&](const std::string& sha256, const std::string& caller) {
    v1::GetAgreementTextRequest request = Named<v1::GetAgreementTextRequest>(base.name());
    request.set_sha256(sha256);
    return Call(&Stub::GetAgreementText, request, caller);
  };
  const auto amendment = Call(&Stub::CreateAmendment, AmendmentOf(base.name(), "2026-12-31"));
  ASSERT_THAT(amendment, IsOk());
  const std::string abandoned = Start(amendment->name()).text_sha256();
  // What is only to be signed yet is not for those below.
  EXPECT_THAT(text(abandoned, "members/city"), IsOk());
  EXPECT_THAT(text(abandoned, "members/district"), StatusIs(StatusCode::kNotFound));
  ASSERT_THAT(Call(&Stub::ReturnToDraft, Named<v1::ReturnToDraftRequest>(amendment->name())),
              IsOk());
  v1::UpdateAgreementRequest update;
  update.mutable_agreement()->set_name(amendment->name());
  update.mutable_agreement()->set_term_end("2026-11-30");
  ASSERT_THAT(Call(&Stub::UpdateAgreement, update), IsOk());
  Start(amendment->name());
  ASSERT_THAT(Sign(amendment->name(), "party", "2023-10-20"), IsOk());
  ASSERT_THAT(Sign(amendment->name(), "council", "2023-10-20"), IsOk());

  const std::string amended = Get(base.name())->text_sha256();
  ASSERT_NE(amended, base.text_sha256());
  for (const char* reader : {"members/city", "members/district", "members/commune"}) {
    for (const std::string& sha256 : {amended, base.text_sha256()}) {
      const auto read = text(sha256, reader);
      ASSERT_THAT(read, IsOk()) << reader;
      EXPECT_TRUE(read->fixed());
      EXPECT_EQ(Sha256Hex(read->text()), sha256);
    }
    EXPECT_EQ(text("", reader)->sha256(), amended);
  }
  EXPECT_THAT(text(abandoned, "members/city"), IsOk());
  EXPECT_THAT(text(abandoned, "members/district"), StatusIs(StatusCode::kNotFound));
  // Another agreement's text is none of this one.
  v1::CreateAgreementRequest other = GoodRequest();
  other.mutable_agreement()->set_term_start("2021-01-01");
  EXPECT_THAT(text(InForce(other, "2021-02-01").text_sha256(), "members/city"),
              StatusIs(StatusCode::kNotFound));
}

TEST_F(AmendmentTest, PastDaysAreCoveredByTheTargetOfTheirVersion) {
  v1::CreateAgreementRequest create = GoodRequest();
  create.mutable_agreement()->mutable_cascade_target()->add_levels("DISTRICT");
  const std::string city = InForce(create).name();
  v1::CreateAmendmentRequest request = AmendmentOf(city, "2026-12-31");
  request.mutable_agreement()->mutable_cascade_target()->add_units(
      absl::StrCat("units/", access::kNinhKieu));
  const auto amendment = Call(&Stub::CreateAmendment, request);
  ASSERT_THAT(amendment, IsOk());
  Start(amendment->name());
  ASSERT_THAT(Sign(amendment->name(), "party", "2023-10-20"), IsOk());
  ASSERT_THAT(Sign(amendment->name(), "council", "2023-10-20"), IsOk());
  EXPECT_EQ(Districts(city, "2023-10-24"), "0/2");
  EXPECT_EQ(Districts(city, "2023-12-31"), "0/2");
  EXPECT_EQ(Districts(city, "2024-01-01"), "0/1");
}

TEST_F(AmendmentTest, AmendmentOfWhatEndedMeanwhileIsNotPutInForce) {
  const std::string name = InForce(GoodRequest()).name();
  const auto amendment = Call(&Stub::CreateAmendment, AmendmentOf(name, "2026-12-31"));
  ASSERT_THAT(amendment, IsOk());
  Start(amendment->name());
  ASSERT_THAT(Sign(amendment->name(), "party", "2023-10-20"), IsOk());
  ASSERT_THAT(Terminate(name, "2023-10-24"), IsOk());
  EXPECT_THAT(Sign(amendment->name(), "council", "2023-10-20"),
              StatusIs(StatusCode::kFailedPrecondition, "AGREEMENT_NOT_IN_FORCE"));
  EXPECT_EQ(Get(amendment->name())->state(), v1::Agreement::SIGNING);
  EXPECT_EQ(Get(name)->version(), 1);
}

TEST_F(AmendmentTest, SignedLateItLeavesThePastAsItWas) {
  const std::string city = InForce(GoodRequest()).name();
  v1::CreateAmendmentRequest request = AmendmentOf(city, "2026-12-31");
  request.set_effective_date("2021-01-01");
  request.mutable_agreement()->set_title("Chương trình đã sửa đổi");
  const auto amendment = Call(&Stub::CreateAmendment, request);
  ASSERT_THAT(amendment, IsOk());
  Start(amendment->name());
  ASSERT_THAT(Sign(amendment->name(), "party", "2023-10-20"), IsOk());
  ASSERT_THAT(Sign(amendment->name(), "council", "2023-10-22"), IsOk());
  const auto amended = Get(city);
  EXPECT_EQ(amended->version_date(), "2023-10-22");
  EXPECT_EQ(amended->title(), "Chương trình đã sửa đổi");
  EXPECT_EQ(Get(amendment->name())->effective_date(), "2021-01-01");
  EXPECT_EQ(On(city, "2023-10-21")->term_end(), "2025-12-31");
  EXPECT_EQ(On(city, "2023-10-22")->term_end(), "2026-12-31");
  const auto versions =
      Call(&Stub::ListAgreementVersions, Named<v1::ListAgreementVersionsRequest>(city));
  ASSERT_EQ(versions->versions_size(), 2);
  EXPECT_EQ(versions->versions(0).end_date(), "2023-10-21");
  EXPECT_EQ(versions->versions(1).amendment(), amendment->name());
}

TEST_F(AmendmentTest, OfAnAgreementThatEndedIsNotSigned) {
  const std::string city = InForce(GoodRequest()).name();
  const auto amendment = Call(&Stub::CreateAmendment, AmendmentOf(city, "2026-12-31"));
  ASSERT_THAT(amendment, IsOk());
  Start(amendment->name());
  ASSERT_THAT(Terminate(city, "2023-10-20"), IsOk());
  EXPECT_THAT(Sign(amendment->name(), "party", "2023-10-19"),
              StatusIs(StatusCode::kFailedPrecondition, "AGREEMENT_NOT_IN_FORCE"));
}

// Its term ended, though nobody has concluded it: no first signature is taken for an amendment
// that the last one could not put in force. What was signed on paper before is recorded.
TEST_F(AmendmentTest, AfterTheTermNobodySigns) {
  v1::CreateAgreementRequest create = GoodRequest();
  create.mutable_agreement()->set_term_end("2023-12-31");
  const std::string city = InForce(create).name();
  const auto amendment = Call(&Stub::CreateAmendment, AmendmentOf(city, "2026-12-31"));
  ASSERT_THAT(amendment, IsOk());
  Start(amendment->name());
  clock_.Set(StartOfDay(absl::CivilDay(2024, 1, 2)));
  EXPECT_THAT(Sign(amendment->name(), "party", ""),
              StatusIs(StatusCode::kFailedPrecondition, "AMENDMENT_TOO_LATE"));
  EXPECT_THAT(Sign(amendment->name(), "party", "2023-12-30"), IsOk());
}

TEST_F(AmendmentTest, EarlierEndIsToldAndEndsWhatIsOwedLater) {
  const v1::Agreement base = InForce(GoodRequest());
  v1::CreateAmendmentRequest request = AmendmentOf(base.name(), "2024-06-30");
  request.set_kind(v1::Agreement::AMENDMENT);
  const auto amendment = Call(&Stub::CreateAmendment, request);
  ASSERT_THAT(amendment, IsOk());
  Start(amendment->name());
  ASSERT_THAT(Sign(amendment->name(), "party", "2023-10-20"), IsOk());
  ASSERT_THAT(Sign(amendment->name(), "council", "2023-10-20"), IsOk());
  EXPECT_EQ(Get(base.name())->term_end(), "2024-06-30");
  EXPECT_THAT(obligations_.Told(), ElementsAre("TERM_SHORTENED party", "TERM_SHORTENED council"));
}

TEST_F(AmendmentTest, UnitThatAnAmendmentAddedIsMissingSinceThen) {
  v1::CreateAgreementRequest request = GoodRequest();
  request.mutable_agreement()->mutable_cascade_target()->add_levels("DISTRICT");
  const std::string city = InForce(request).name();
  v1::CreateAmendmentRequest amend = AmendmentOf(city, "2026-12-31");
  amend.set_effective_date("2022-03-01");
  amend.mutable_agreement()->mutable_cascade_target()->add_levels("DISTRICT");
  amend.mutable_agreement()->mutable_cascade_target()->add_levels("COMMUNE");
  const auto amendment = Call(&Stub::CreateAmendment, amend);
  ASSERT_THAT(amendment, IsOk());
  Start(amendment->name());
  for (const char* body : {"party", "council"}) {
    ASSERT_THAT(Sign(amendment->name(), body, "2022-02-01"), IsOk());
  }
  v1::GetCoverageRequest coverage;
  coverage.set_unit(absl::StrCat("units/", access::kOldCanTho));
  coverage.set_on_date("2023-01-01");
  coverage.set_programme(city);
  const auto levels = Call(&Stub::GetCoverage, coverage);
  ASSERT_THAT(levels, IsOk());
  std::map<std::string, std::string> since;
  for (const auto& level : levels->levels()) {
    for (const auto& missing : level.missing()) since[level.level()] = missing.since_date();
  }
  EXPECT_EQ(since["DISTRICT"], "2020-10-01");
  EXPECT_EQ(since["COMMUNE"], "2022-03-01");
}

}  // namespace
}  // namespace phoihop::agreements
