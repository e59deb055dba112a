#include "services/agreements/reviews/obligations.h"

#include <string_view>

#include "absl/strings/str_cat.h"
#include "common/time/civil.h"

namespace phoihop::agreements::reviews {
namespace {

// Characters of a title in the book of obligations.
constexpr int kMaxTitle = 500;

// The first line of `text`, cut to so many characters.
std::string Shortened(std::string_view text) {
  text = text.substr(0, text.find('\n'));
  int characters = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    // Bytes that continue a character begin with the bits 10.
    if ((static_cast<unsigned char>(text[i]) & 0xC0) == 0x80) continue;
    if (++characters > kMaxTitle) return std::string(text.substr(0, i));
  }
  return std::string(text);
}

}  // namespace

std::string FollowUpTitle(const Finding& finding) { return Shortened(finding.text); }

std::string FollowUpKey(const std::string& review, int number) {
  return absl::StrCat("follow-up:", review, ":", number);
}

Obligation FollowUpObligation(const Review& review, int number, const WorkCalendar& calendar) {
  const FollowUp& follow_up = review.follow_ups[number - 1];
  const Finding& finding = review.content.findings[follow_up.finding - 1];
  Obligation owed;
  owed.key = FollowUpKey(review.id, number);
  owed.kind = ObligationKind::kFollowUp;
  owed.resource = ReviewName(review.id);
  owed.agreement = review.agreement;
  owed.unit = review.unit;
  owed.body = follow_up.body;
  owed.area = finding.area;
  owed.title = FollowUpTitle(finding);
  owed.basis = follow_up.due;
  owed.due.day = follow_up.due;
  owed.due.period = {follow_up.due, follow_up.due};
  owed.due.calculation_vi =
      absl::StrCat("Ngày được giao cho đề xuất: ", FormatDayVi(follow_up.due), ".");
  owed.due.calculation_en =
      absl::StrCat("The day that was set for the proposal: ", FormatDay(follow_up.due), ".");
  owed.calendar_revision = calendar.revision();
  return owed;
}

}  // namespace phoihop::agreements::reviews
