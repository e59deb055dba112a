// Sessions by which agreements are made known, and the rules about them. Pure values.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_DISSEMINATION_SESSION_H_
#define PHOIHOP_SERVICES_AGREEMENTS_DISSEMINATION_SESSION_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"

namespace phoihop::agreements::dissemination {

// How an agreement is made known. The numbers are stored and those of the contract.
enum class Kind { kConference = 1, kTraining = 2, kOnline = 3, kBulletin = 4, kOther = 5 };
inline constexpr Kind kAllKinds[] = {Kind::kConference, Kind::kTraining, Kind::kOnline,
                                     Kind::kBulletin, Kind::kOther};

// Limits of the contract.
inline constexpr int kMaxTitle = 500;
inline constexpr int kMaxDocumentNumber = 100;
inline constexpr int kMaxReason = 1000;
inline constexpr int kMaxDocuments = 20;
inline constexpr int kMaxSessionCount = 1000;
inline constexpr int kMaxAttendanceCount = 10000000;
inline constexpr int kMaxCopyCount = 10000000;
inline constexpr int kMaxCorrections = 50;

// A document that was made known or handed out.
struct Document {
  std::string title;
  std::string document_number;
  // SHA-256 of the file; empty for none.
  std::string attachment;

  friend bool operator==(const Document&, const Document&) = default;
};

// What an author says of a session.
struct Content {
  // Id of the unit at which it took place.
  int64_t unit = 0;
  absl::CivilDay date;
  Kind kind = Kind::kOther;
  std::string title;
  int session_count = 1;
  // Attendances, never people: somebody who came twice counts twice.
  int attendance_count = 0;
  int copy_count = 0;
  std::vector<Document> documents = {};

  friend bool operator==(const Content&, const Content&) = default;
};

// What a session said before it was corrected.
struct Correction {
  absl::Time time;
  // `members/{id}` who corrected it.
  std::string by;
  std::string reason;
  // Without documents.
  Content before;

  friend bool operator==(const Correction&, const Correction&) = default;
};

// A session.
struct Session {
  std::string id;
  // Id of the agreement that was made known.
  std::string agreement;
  Content content;
  // `members/{id}`.
  std::string recorded_by;
  absl::Time create_time;
  absl::Time update_time;
  // Nothing while it counts.
  std::optional<absl::Time> delete_time = std::nullopt;
  std::string delete_reason = {};
  // How often it was corrected, and how it was before; the latter only of a session read
  // alone, oldest first.
  int correction_count = 0;
  std::vector<Correction> corrections = {};
  // Ascends by one with every change, from 1.
  int64_t revision = 0;

  friend bool operator==(const Session&, const Session&) = default;
};

// What the rules need to know of the world around a session.
struct Facts {
  // When the agreement is in force, the latter exclusive; nothing when it never was.
  std::optional<absl::CivilDay> in_force_from;
  absl::CivilDay in_force_until;
  // The session's unit is the agreement's or lies below it on the session's day.
  bool unit_within = false;
  absl::CivilDay today;
};

// `disseminationSessions/{id}`.
std::string SessionName(const std::string& id);

// A new session. FAILED_PRECONDITION with AGREEMENT_NOT_IN_FORCE; INVALID_ARGUMENT naming
// `dissemination_session.session_date` with DATE_IN_FUTURE or NOT_IN_FORCE_ON_DATE,
// `.unit` with UNIT_NOT_WITHIN, `.attendance_count` with COUNT_NOT_OF_KIND.
absl::StatusOr<Session> Create(const std::string& id, const std::string& agreement,
                               const Content& content, const Facts& facts, const std::string& actor,
                               absl::Time now);

// The session with another content and what it said before; itself when nothing changed. Errors
// as above, and FAILED_PRECONDITION with SESSION_DELETED or TOO_MANY_CORRECTIONS.
absl::StatusOr<Session> Correct(const Session& before, const Content& content,
                                const std::string& reason, const Facts& facts,
                                const std::string& actor, absl::Time now);

// The session taken out of the totals. FAILED_PRECONDITION with SESSION_DELETED.
absl::StatusOr<Session> Delete(const Session& before, const std::string& reason, absl::Time now);

}  // namespace phoihop::agreements::dissemination

#endif  // PHOIHOP_SERVICES_AGREEMENTS_DISSEMINATION_SESSION_H_
