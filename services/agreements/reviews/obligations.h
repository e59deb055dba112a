// What a followed-up proposal obliges a body to, as the book of obligations keeps it. Pure.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_REVIEWS_OBLIGATIONS_H_
#define PHOIHOP_SERVICES_AGREEMENTS_REVIEWS_OBLIGATIONS_H_

#include <string>

#include "common/time/work_calendar.h"
#include "services/agreements/deadlines/obligation.h"
#include "services/agreements/reviews/review.h"

namespace phoihop::agreements::reviews {

// What a follow-up of a finding is called: its first line, cut to what the book and plans hold.
std::string FollowUpTitle(const Finding& finding);

// Key of the obligation of a follow-up, by its number from 1.
std::string FollowUpKey(const std::string& review, int number);

// The obligation of the follow-up of this number: due on the day that was given.
Obligation FollowUpObligation(const Review& review, int number, const WorkCalendar& calendar);

}  // namespace phoihop::agreements::reviews

#endif  // PHOIHOP_SERVICES_AGREEMENTS_REVIEWS_OBLIGATIONS_H_
