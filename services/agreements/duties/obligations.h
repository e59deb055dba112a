// What duties and requests oblige whom to, as the book of obligations keeps it, and what bodies
// are told. Pure.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_DUTIES_OBLIGATIONS_H_
#define PHOIHOP_SERVICES_AGREEMENTS_DUTIES_OBLIGATIONS_H_

#include <string>
#include <vector>

#include "services/agreements/deadlines/obligation.h"
#include "services/agreements/deadlines/obligation_book.h"
#include "services/agreements/duties/delivery.h"
#include "services/agreements/duties/duty.h"
#include "services/agreements/duties/request.h"

namespace phoihop::agreements::duties {

// Keys of obligations.
std::string DeliverKey(const std::string& duty, int number);
std::string AnswerKey(const std::string& request);

// What the deliverer owes, each met in its occurrence, so that one can be withdrawn alone.
std::vector<Obligation> Deliveries(const Duty& duty, const std::vector<Occurrence>& occurrences);

// The body that was asked owes the answer.
Obligation Answering(const Request& request);

// Who is told what: the receivers of a delivery that was made, corrected or withdrawn; all bodies
// of a duty that ended; the deliverer whose due day an event moved or took away; the other side
// of a request that was made or settled.
std::vector<Notice> DeliveryNotices(const Duty& duty, const Delivery& delivery);
std::vector<Notice> EndNotices(const Duty& duty);
Notice MoveNotice(const Duty& duty, const Occurrence& occurrence);
// To who delivers: an occurrence is no longer owed, since the agreement ends on `last` by an
// amendment.
Notice ShortenedNotice(const Duty& duty, const Occurrence& occurrence, absl::CivilDay last);
Notice RequestNotice(const Request& request);

}  // namespace phoihop::agreements::duties

#endif  // PHOIHOP_SERVICES_AGREEMENTS_DUTIES_OBLIGATIONS_H_
