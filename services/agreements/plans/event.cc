#include "services/agreements/plans/event.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/status/errors.h"
#include "common/status/macros.h"

namespace phoihop::agreements {
namespace {

absl::Status RequireScheduled(const Event& event) {
  if (event.state == EventState::kScheduled) return absl::OkStatus();
  return Precondition("EVENT_CANCELLED",
                      {"The event was cancelled; record a new one instead.",
                       "Sự kiện đã bị hủy; hãy ghi một sự kiện mới."},
                      EventName(event.id));
}

}  // namespace

std::string EventName(const std::string& id) { return absl::StrCat("events/", id); }

bool IsEventKind(std::string_view kind) {
  return !kind.empty() && kind.size() <= kMaxEventKind && absl::ascii_isupper(kind.front()) &&
         std::all_of(kind.begin(), kind.end(), [](char c) {
           return absl::ascii_isupper(c) || absl::ascii_isdigit(c) || c == '_';
         });
}

absl::StatusOr<Event> ChangeEvent(const Event& event, absl::CivilDay date, std::string title,
                                  absl::Time now) {
  RETURN_IF_ERROR(RequireScheduled(event));
  Event after = event;
  after.date = date;
  after.title = std::move(title);
  after.update_time = now;
  ++after.revision;
  return after;
}

absl::StatusOr<Event> Cancel(const Event& event, std::string reason, absl::Time now) {
  RETURN_IF_ERROR(RequireScheduled(event));
  Event after = event;
  after.state = EventState::kCancelled;
  after.cancel_reason = std::move(reason);
  after.update_time = now;
  ++after.revision;
  return after;
}

}  // namespace phoihop::agreements
