// What the projection keeps of the other services' records: one row for each resource, with
// the revision that it was taken from.
#ifndef PHOIHOP_SERVICES_REPORTING_DOMAIN_ROWS_H_
#define PHOIHOP_SERVICES_REPORTING_DOMAIN_ROWS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/civil_time.h"
#include "common/time/civil.h"

namespace phoihop::reporting {

// The services that are followed, in the order in which they are shown.
inline constexpr std::string_view kAgreements = "agreements";
inline constexpr std::string_view kDirectory = "directory";
inline constexpr std::string_view kOpinions = "opinions";
inline constexpr std::string_view kServices[] = {kAgreements, kDirectory, kOpinions};

// A petition of the register. The numbers of the kinds are those of the contract.
struct PetitionRow {
  std::string id;
  int64_t revision = 0;
  // A removed one stays as an empty row, so that an older revision does not bring it back.
  bool deleted = false;
  int64_t unit = 0;
  // 1 complaint, 2 denunciation, 3 recommendation, 4 feedback.
  int kind = 0;
  absl::CivilDay received = kFirstDay;
  std::optional<absl::CivilDay> resolved;

  friend bool operator==(const PetitionRow&, const PetitionRow&) = default;
};

// An opinion entry.
struct OpinionRow {
  std::string id;
  int64_t revision = 0;
  bool deleted = false;
  int64_t unit = 0;
  absl::CivilDay heard = kFirstDay;

  friend bool operator==(const OpinionRow&, const OpinionRow&) = default;
};

// An agreement.
struct AgreementRow {
  std::string id;
  int64_t revision = 0;
  bool deleted = false;
  int64_t unit = 0;
  std::string title;
  // Id of the superior unit's agreement; empty for none.
  std::string parent;
  absl::CivilDay term_start = kFirstDay;
  // Included.
  absl::CivilDay term_end = kFirstDay;
  // Nothing until every party has signed.
  std::optional<absl::CivilDay> in_force_date;

  friend bool operator==(const AgreementRow&, const AgreementRow&) = default;
};

// What a feed brought: the states of resources after changes, in order of position.
struct Events {
  std::vector<PetitionRow> petitions;
  std::vector<OpinionRow> opinions;
  std::vector<AgreementRow> agreements;

  bool empty() const { return petitions.empty() && opinions.empty() && agreements.empty(); }
};

// How far a feed is included.
struct SourcePosition {
  std::string service;
  // Empty before the first record.
  std::string epoch;
  int64_t position = 0;

  friend bool operator==(const SourcePosition&, const SourcePosition&) = default;
};

}  // namespace phoihop::reporting

#endif  // PHOIHOP_SERVICES_REPORTING_DOMAIN_ROWS_H_
