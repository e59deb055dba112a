// Duties, deliveries and requests on the wire, to and from the domain.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_DUTIES_CONVERTERS_H_
#define PHOIHOP_SERVICES_AGREEMENTS_DUTIES_CONVERTERS_H_

#include <string>
#include <vector>

#include "common/fields/fields.h"
#include "common/filter/filter.h"
#include "phoihop/agreements/v1/duties.pb.h"
#include "services/agreements/duties/delivery.h"
#include "services/agreements/duties/duty.h"
#include "services/agreements/duties/duty_store.h"
#include "services/agreements/duties/request.h"

namespace phoihop::agreements::duties {

// What is wrong is noted in `check`, with field paths below `duty`, `delivery`,
// `information_request` and `answer`.
DutyContent ReadDuty(const v1::InformationDuty& wire, Checker& check);
DeliveryContent ReadDelivery(const v1::InformationDelivery& wire, Checker& check);
RequestContent ReadRequest(const v1::InformationRequest& wire, Checker& check);
RequestAnswer ReadAnswer(const v1::InformationRequest::Answer& wire, Checker& check);

// A duty without its figures, and with them.
v1::InformationDuty ToProto(const Duty& duty);
v1::InformationDuty ToProto(const KeptDuty& kept);
v1::DutyOccurrence ToProto(const Occurrence& occurrence);
v1::InformationDelivery ToProto(const Delivery& delivery);
v1::InformationRequest ToProto(const Request& request);

// What lists may be filtered and ordered by.
const filter::Fields& DutyFields();
const filter::Fields& DeliveryFields();
const filter::Fields& RequestFields();

}  // namespace phoihop::agreements::duties

#endif  // PHOIHOP_SERVICES_AGREEMENTS_DUTIES_CONVERTERS_H_
