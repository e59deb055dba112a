// Checks of request fields that gather every violation before they answer, so
// that a client mends a form at once.
#ifndef PHOIHOP_COMMON_FIELDS_FIELDS_H_
#define PHOIHOP_COMMON_FIELDS_FIELDS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/status/errors.h"
#include "common/time/civil.h"

namespace phoihop {

// Checks field after field. Each check returns the value to use, or an empty one
// after noting what is wrong; status() says whether all of it was right. `field`
// is the path in the request, for example "agreement.title".
class Checker {
 public:
  // Cleaned text (see common/text) on one line, of `min` to `max` characters: line
  // breaks and tabs within it are refused.
  std::string Text(std::string_view field, std::string_view value, int min, int max);

  // The same for text that may have several lines.
  std::string Paragraphs(std::string_view field, std::string_view value, int min, int max);

  // A required day in ISO 8601.
  absl::CivilDay Day(std::string_view field, std::string_view value);

  // A day, or nothing when the field is empty.
  std::optional<absl::CivilDay> OptionalDay(std::string_view field, std::string_view value);

  // An interval of two required days, the second not before the first. The
  // violation of the order names `last_field`.
  DayInterval Interval(std::string_view first_field, std::string_view first,
                       std::string_view last_field, std::string_view last);

  // A whole number from `min` to `max`.
  int64_t Count(std::string_view field, int64_t value, int64_t min, int64_t max);

  // A resource name of one wildcard; returns its id.
  std::string Name(std::string_view field, std::string_view pattern, std::string_view value);

  // "units/12"; returns 12.
  int64_t Unit(std::string_view field, std::string_view value);

  // Notes REQUIRED for `field` unless it is there.
  void Required(std::string_view field, bool present);

  // Empty, or a UUID in its usual text form (any version, any case).
  void RequestId(std::string_view value);

  // Notes any other violation.
  void Add(std::string_view field, std::string_view reason, phoihop::Text message);

  // Notes the violation of another check's INVALID_ARGUMENT under `field`, which
  // takes the place of the field that the other check named.
  void AddStatus(std::string_view field, const absl::Status& status);

  // Whether nothing was noted so far.
  bool ok() const { return errors_.empty(); }

  // OK, or INVALID_ARGUMENT with all violations.
  absl::Status status() const { return errors_.ToStatus(); }

 private:
  FieldErrors errors_;
};

// The etag of a revision: opaque to clients, quoted as HTTP wants it.
std::string Etag(int64_t revision);

// OK when `given` is empty or the etag of `revision`; otherwise ABORTED for the
// resource `name`. "*" is any revision, as in HTTP.
absl::Status CheckEtag(std::string_view given, int64_t revision, std::string_view name);

// Empty, or a UUID; INVALID_ARGUMENT naming `request_id` otherwise.
absl::Status CheckRequestId(std::string_view value);

}  // namespace phoihop

#endif  // PHOIHOP_COMMON_FIELDS_FIELDS_H_
