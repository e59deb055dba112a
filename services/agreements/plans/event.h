// Events of a unit, for example a council session, from which due dates are counted. Pure.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_PLANS_EVENT_H_
#define PHOIHOP_SERVICES_AGREEMENTS_PLANS_EVENT_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"

namespace phoihop::agreements {

// Where an event stands. The numbers are stored: never change one.
enum class EventState {
  kScheduled = 1,
  kCancelled = 2,
};

// Limits of the contract, in characters.
inline constexpr int kMaxEventKind = 50;
inline constexpr int kMaxEventTitle = 300;
inline constexpr int kMaxCancelReason = 1000;

// Something that happens at a unit on a day.
struct Event {
  std::string id;
  int64_t unit = 0;
  // UPPER_SNAKE, for example "COUNCIL_SESSION".
  std::string kind;
  absl::CivilDay date;
  std::string title;
  EventState state = EventState::kScheduled;
  std::string cancel_reason;
  absl::Time create_time;
  absl::Time update_time;
  // Ascends by one with every change, from 1.
  int64_t revision = 0;

  friend bool operator==(const Event&, const Event&) = default;
};

// `events/{id}`.
std::string EventName(const std::string& id);

// Whether `kind` is upper-case letters, digits and `_`, begins with a letter and has 1 to
// kMaxEventKind characters.
bool IsEventKind(std::string_view kind);

// `event` on another day or with another title. FAILED_PRECONDITION with EVENT_CANCELLED.
absl::StatusOr<Event> ChangeEvent(const Event& event, absl::CivilDay date, std::string title,
                                  absl::Time now);

// `event` cancelled. FAILED_PRECONDITION with EVENT_CANCELLED when it is already.
absl::StatusOr<Event> Cancel(const Event& event, std::string reason, absl::Time now);

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_PLANS_EVENT_H_
