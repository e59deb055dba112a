// What one party asks of another outside the rhythm of duties. Pure: every command may be run
// again with the same outcome.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_DUTIES_REQUEST_H_
#define PHOIHOP_SERVICES_AGREEMENTS_DUTIES_REQUEST_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/time/work_calendar.h"
#include "services/agreements/duties/duty.h"

namespace phoihop::agreements::duties {

// Where a request stands. The numbers are stored: never change one.
enum class RequestState {
  kOpen = 1,
  kAnswered = 2,
  kRefused = 3,
  kWithdrawn = 4,
};

// Limits of the contract: characters, working days.
inline constexpr int kMaxSubject = 500;
inline constexpr int kMaxLegalText = 500;
inline constexpr int kMaxAnswerDays = 60;

// What is asked.
struct RequestContent {
  // Ids of bodies.
  std::string from_body;
  std::string to_body;
  std::string subject;
  std::string description;
  std::string legal_basis;
  // For the answer.
  int working_days = 0;

  friend bool operator==(const RequestContent&, const RequestContent&) = default;
};

// What was answered: a document number or a note.
struct RequestAnswer {
  std::string document_number;
  std::string note;
  // SHA-256 of files, lower-case hexadecimal.
  std::vector<std::string> attachments;

  friend bool operator==(const RequestAnswer&, const RequestAnswer&) = default;
};

struct Request {
  std::string id;
  // Of the agreement, as in Duty.
  std::string agreement;
  int64_t unit = 0;
  absl::CivilDay term_start;

  RequestContent content;
  absl::CivilDay request_day;
  // When the answer is due; frozen when the request is settled.
  DueDay due;
  int64_t calendar_revision = 0;
  RequestState state = RequestState::kOpen;
  // False when it is open but nobody owes the answer, since the agreement ended early.
  bool owed = true;
  // Of answer, refusal or withdrawal.
  std::optional<absl::CivilDay> settled_day;
  bool late = false;
  int late_working_days = 0;
  RequestAnswer answer;
  std::string refuse_reason;
  std::string legal_ground;
  std::string withdraw_reason;
  // `members/{id}`.
  std::string recorded_by;
  std::string settled_by;
  absl::Time create_time;
  absl::Time update_time;
  // Ascends by one with every change, from 1.
  int64_t revision = 0;

  friend bool operator==(const Request&, const Request&) = default;
};

// `informationRequests/{id}`.
std::string RequestName(const std::string& id);

// A new request by `member`, of revision 1. FAILED_PRECONDITION with AGREEMENT_NOT_IN_FORCE;
// INVALID_ARGUMENT naming fields below `information_request` with NOT_A_PARTY, BODY_NOT_VALID,
// BODY_TWICE, DATE_IN_FUTURE, OUTSIDE_TERM; ABORTED as CheckParty.
absl::StatusOr<Request> Ask(std::string id, const Ground& ground, RequestContent content,
                            absl::CivilDay day, const Bodies& bodies, std::string member,
                            const WorkCalendar& calendar, absl::Time now);

namespace request_command {
struct Answer {
  RequestAnswer answer;
  absl::CivilDay day;
};
struct Refuse {
  std::string reason;
  std::string legal_ground;
  absl::CivilDay day;
};
struct Withdraw {
  std::string reason;
};
}  // namespace request_command

using RequestCommand =
    std::variant<request_command::Answer, request_command::Refuse, request_command::Withdraw>;

// The request after a command by `member`. FAILED_PRECONDITION with REQUEST_NOT_OPEN or, for
// answers and refusals, NO_LONGER_OWED; INVALID_ARGUMENT with ANSWER_EMPTY naming `answer`,
// LEGAL_GROUND_REQUIRED naming `legal_ground`, DATE_IN_FUTURE or DATE_TOO_EARLY naming
// `answer_date` or `refuse_date`.
absl::StatusOr<Request> Apply(const Request& request, const RequestCommand& command,
                              std::string_view member, const WorkCalendar& calendar,
                              absl::Time now);

}  // namespace phoihop::agreements::duties

#endif  // PHOIHOP_SERVICES_AGREEMENTS_DUTIES_REQUEST_H_
