// Agreements in every state, for tests of the commands.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_DOMAIN_TESTING_COMMANDS_H_
#define PHOIHOP_SERVICES_AGREEMENTS_DOMAIN_TESTING_COMMANDS_H_

#include <string>
#include <utility>

#include "common/testing/status_matchers.h"
#include "common/time/civil.h"
#include "gtest/gtest.h"
#include "services/agreements/domain/commands.h"

namespace phoihop::agreements::testing {

using absl::CivilDay;

inline constexpr CivilDay kStart(2020, 9, 30);
inline constexpr CivilDay kEnd(2025, 9, 30);
inline const absl::Time kNow = StartOfDay(CivilDay(2023, 10, 24)) + absl::Hours(9);

inline Content TwoParties() {
  return {"Chương trình phối hợp",
          "02-CTr/BTGTU-ĐĐHĐND-BCSĐUBNDTP",
          {"party", "council"},
          kStart,
          kEnd,
          ""};
}

inline constexpr int64_t kUnit = 92;

inline Facts Known(const Content& content) {
  Facts facts;
  for (const std::string& body : content.parties) facts.bodies[body] = BodyFacts{kUnit, {}, {}};
  return facts;
}

inline Agreement Draft() {
  return Create("a", kUnit, TwoParties(), Known(TwoParties()), kNow)->after;
}

inline Agreement After(const Agreement& agreement, const Command& command) {
  const absl::StatusOr<Change> change = Apply(agreement, command, kNow, "members/m");
  EXPECT_THAT(change, ::phoihop::testing::IsOk());
  return change->after;
}

inline Agreement Consulting() { return After(Draft(), OpenConsultation{CivilDay(2023, 11, 1)}); }
inline Agreement Signing() { return After(Draft(), OpenForSigning{}); }

// On paper, over the text of the draft above.
inline Sign SignOf(std::string party, CivilDay day = CivilDay(2020, 10, 1)) {
  return {.party = std::move(party),
          .sign_date = day,
          .signer_name = "Nguyễn Văn A",
          .signer_title = "Trưởng ban",
          .kind = SignatureKind::kPaper,
          .text_sha256 = Signing().text_sha256};
}
inline Agreement HalfSigned() { return After(Signing(), SignOf("party")); }
inline Agreement InForce() { return After(HalfSigned(), SignOf("council")); }

// A day after the term, so that a term can be concluded.
inline const absl::Time kAfterTerm = StartOfDay(kEnd + 1);

inline Agreement Ended(const Command& command) {
  const absl::StatusOr<Change> change = Apply(InForce(), command, kAfterTerm, "members/m");
  EXPECT_THAT(change, ::phoihop::testing::IsOk());
  return change->after;
}
inline Terminate TerminateOn(CivilDay day) { return {{"Giải thể", "9-QĐ/TU", day}}; }
inline Agreement Successor() {
  Agreement next = InForce();
  next.id = "b";
  next.in_force_date = CivilDay(2022, 1, 1);
  return next;
}
inline Agreement Deleted() { return After(Draft(), Delete{}); }

inline constexpr CivilDay kAmendedFrom(2024, 1, 1);
inline absl::StatusOr<Change> AmendmentOf(const Agreement& base, const Content& content,
                                          AmendmentKind kind = AmendmentKind::kAmendment,
                                          CivilDay effective = kAmendedFrom) {
  return DraftAmendment("m", base, kind, effective, content, Known(content), kNow);
}
inline Agreement SignedAmendment() {
  Content content = TwoParties();
  content.term_end = kEnd + 365;
  content.parties = {"party", "council", "court"};
  Agreement draft = AmendmentOf(InForce(), content, AmendmentKind::kExtension)->after;
  draft = After(draft, OpenForSigning{});
  for (const char* body : {"party", "council", "court"}) {
    Sign sign = SignOf(body, CivilDay(2023, 10, 20));
    sign.text_sha256 = draft.text_sha256;
    draft = After(draft, sign);
  }
  return draft;
}

}  // namespace phoihop::agreements::testing

#endif  // PHOIHOP_SERVICES_AGREEMENTS_DOMAIN_TESTING_COMMANDS_H_
