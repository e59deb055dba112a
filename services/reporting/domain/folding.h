// What a batch of records changes in the projection. Pure, and the same however the records
// are cut into batches and however often they come.
#ifndef PHOIHOP_SERVICES_REPORTING_DOMAIN_FOLDING_H_
#define PHOIHOP_SERVICES_REPORTING_DOMAIN_FOLDING_H_

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/types/span.h"
#include "services/reporting/domain/rows.h"

namespace phoihop::reporting {

// Petitions of one unit and kind by month of receipt and of resolution.
struct PetitionCell {
  int64_t unit = 0;
  int kind = 0;
  // Months as numbers, 202310; `resolved` is 0 while a petition is open.
  int64_t received = 0;
  int64_t resolved = 0;

  friend auto operator<=>(const PetitionCell&, const PetitionCell&) = default;
};

// Opinion entries of one unit by month.
struct OpinionCell {
  int64_t unit = 0;
  int64_t heard = 0;

  friend auto operator<=>(const OpinionCell&, const OpinionCell&) = default;
};

PetitionCell CellOf(const PetitionRow& row);
OpinionCell CellOf(const OpinionRow& row);

// What a batch leaves to be written.
template <class Row, class Cell>
struct Folded {
  // Rows that are new or have a newer revision, by id.
  std::map<std::string, Row> rows;
  // What is added to counters; never zero.
  std::map<Cell, int64_t> deltas;
};

// Rows as stored, by id; ids that are not stored are absent.
template <class Row>
using Stored = absl::flat_hash_map<std::string, Row>;

// A record counts only when its revision is newer than what is known.
Folded<PetitionRow, PetitionCell> Fold(const Stored<PetitionRow>& stored,
                                       absl::Span<const PetitionRow> events);
Folded<OpinionRow, OpinionCell> Fold(const Stored<OpinionRow>& stored,
                                     absl::Span<const OpinionRow> events);
std::map<std::string, AgreementRow> Fold(const Stored<AgreementRow>& stored,
                                         absl::Span<const AgreementRow> events);

}  // namespace phoihop::reporting

#endif  // PHOIHOP_SERVICES_REPORTING_DOMAIN_FOLDING_H_
