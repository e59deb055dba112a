// What was delivered against a duty. A delivery is never rewritten: a correction is a new one
// that takes its place, a withdrawal leaves it readable. Pure: every command may be run again with
// the same outcome.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_DUTIES_DELIVERY_H_
#define PHOIHOP_SERVICES_AGREEMENTS_DUTIES_DELIVERY_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/time/work_calendar.h"
#include "services/agreements/duties/duty.h"

namespace phoihop::agreements::duties {

// Where a delivery stands. The numbers are stored: never change one.
enum class DeliveryState {
  kDelivered = 1,
  kCorrected = 2,
  kWithdrawn = 3,
};

// Limits of the contract: characters, files.
inline constexpr int kMaxDocumentNumber = 100;
inline constexpr int kMaxDocumentTitle = 500;
inline constexpr int kMaxNote = 5000;
inline constexpr int kMaxFiles = 20;

// What is told. One of number, title and note is needed.
struct DeliveryContent {
  std::string document_number;
  std::string title;
  std::string note;
  // SHA-256 of files, lower-case hexadecimal.
  std::vector<std::string> attachments;

  friend bool operator==(const DeliveryContent&, const DeliveryContent&) = default;
};

// That a body has received it.
struct Receipt {
  std::string body;
  // `members/{id}`.
  std::string acknowledged_by;
  absl::Time acknowledge_time;

  friend bool operator==(const Receipt&, const Receipt&) = default;
};

struct Delivery {
  std::string id;
  // As in the duty.
  std::string duty;
  std::string agreement;
  int64_t unit = 0;
  absl::CivilDay term_start;
  std::string from_body;
  std::vector<std::string> to_bodies;
  DutyKind kind = DutyKind::kOther;

  int occurrence = 0;
  DeliveryContent content;
  absl::CivilDay delivered_day;
  // The due day of that day, and what follows.
  DueDay due;
  int64_t calendar_revision = 0;
  bool late = false;
  int late_working_days = 0;
  DeliveryState state = DeliveryState::kDelivered;
  std::vector<Receipt> receipts;
  // Ids of deliveries; empty for none.
  std::string replaces;
  std::string replaced_by;
  std::string correct_reason;
  std::string withdraw_reason;
  std::optional<absl::CivilDay> withdraw_day;
  // `members/{id}`.
  std::string recorded_by;
  absl::Time create_time;
  absl::Time update_time;
  // Ascends by one with every change, from 1.
  int64_t revision = 0;

  friend bool operator==(const Delivery&, const Delivery&) = default;
};

// `deliveries/{id}`.
std::string DeliveryName(const std::string& id);

// Working days by which something done on `day` was late; 0 when it was not.
int LateWorkingDays(absl::CivilDay due, absl::CivilDay day, const WorkCalendar& calendar);

// The first day on which an occurrence may be delivered: that of its period, or the due day where
// days off have moved that before it; for a date or an event, the duty's first day.
absl::CivilDay EarliestDelivery(const Duty& duty, const Occurrence& occurrence);

// A delivery and its occurrence, as a command leaves them.
struct Delivered {
  Delivery delivery;
  Occurrence occurrence;
};

// A new delivery `id` by `member`, of revision 1. FAILED_PRECONDITION with OCCURRENCE_NOT_OPEN;
// INVALID_ARGUMENT with DELIVERY_EMPTY naming `delivery`, DATE_IN_FUTURE or DATE_TOO_EARLY
// naming `delivery.delivered_date`: what was taken back is not given anew with an earlier day, so
// what was late stays late.
absl::StatusOr<Delivered> Deliver(std::string id, const Duty& duty, const Occurrence& occurrence,
                                  DeliveryContent content, absl::CivilDay day, std::string member,
                                  const WorkCalendar& calendar, absl::Time now);

// A delivery, the one that takes its place, and the occurrence.
struct Corrected {
  Delivery before;
  Delivery after;
  Occurrence occurrence;
};

// FAILED_PRECONDITION with DELIVERY_CORRECTED or DELIVERY_WITHDRAWN; INVALID_ARGUMENT with
// DELIVERY_EMPTY or NOTHING_CORRECTED naming `delivery`.
absl::StatusOr<Corrected> Correct(const Delivery& delivery, const Occurrence& occurrence,
                                  std::string id, DeliveryContent content, std::string reason,
                                  std::string member, absl::Time now);

// Taken back: the occurrence is open with the due day that it had or, unless it is `owed` again,
// cancelled. FAILED_PRECONDITION with DELIVERY_CORRECTED or DELIVERY_WITHDRAWN.
absl::StatusOr<Delivered> Withdraw(const Delivery& delivery, const Occurrence& occurrence,
                                   std::string reason, bool owed, absl::Time now);

// `member`, who acts for `member_body` (an id; empty for none), acknowledges in the name of `body`.
// FAILED_PRECONDITION with DELIVERY_CORRECTED, DELIVERY_WITHDRAWN or ALREADY_ACKNOWLEDGED, and with
// ACKNOWLEDGER_DELIVERED when the member acts for the body that delivered, or recorded it;
// INVALID_ARGUMENT with NOT_A_RECIPIENT naming `body`.
absl::StatusOr<Delivery> Acknowledge(const Delivery& delivery, const std::string& body,
                                     std::string member, const std::string& member_body,
                                     absl::Time now);

}  // namespace phoihop::agreements::duties

#endif  // PHOIHOP_SERVICES_AGREEMENTS_DUTIES_DELIVERY_H_
