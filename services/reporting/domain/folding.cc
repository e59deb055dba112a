#include "services/reporting/domain/folding.h"

#include <utility>

#include "services/reporting/domain/months.h"

namespace phoihop::reporting {
namespace {

// The row as it is kept: nothing of a removed resource but that it was removed, so that it
// does not matter whether the row was known before.
template <class Row>
Row Kept(const Row& event) {
  if (!event.deleted) return event;
  Row row;
  row.id = event.id;
  row.revision = event.revision;
  row.deleted = true;
  return row;
}

template <class Row>
std::map<std::string, Row> Newest(const Stored<Row>& stored, absl::Span<const Row> events) {
  std::map<std::string, Row> rows;
  for (const Row& event : events) {
    const auto pending = rows.find(event.id);
    const auto known = stored.find(event.id);
    int64_t revision = known == stored.end() ? 0 : known->second.revision;
    if (pending != rows.end()) revision = pending->second.revision;
    if (event.revision > revision) rows.insert_or_assign(event.id, Kept(event));
  }
  return rows;
}

template <class Row, class Cell>
Folded<Row, Cell> FoldCounted(const Stored<Row>& stored, absl::Span<const Row> events) {
  Folded<Row, Cell> folded;
  folded.rows = Newest(stored, events);
  for (const auto& [id, row] : folded.rows) {
    const auto known = stored.find(id);
    if (known != stored.end() && !known->second.deleted) --folded.deltas[CellOf(known->second)];
    if (!row.deleted) ++folded.deltas[CellOf(row)];
  }
  std::erase_if(folded.deltas, [](const auto& delta) { return delta.second == 0; });
  return folded;
}

}  // namespace

PetitionCell CellOf(const PetitionRow& row) {
  return {row.unit, row.kind, MonthNumber(row.received),
          row.resolved.has_value() ? MonthNumber(*row.resolved) : 0};
}

OpinionCell CellOf(const OpinionRow& row) { return {row.unit, MonthNumber(row.heard)}; }

Folded<PetitionRow, PetitionCell> Fold(const Stored<PetitionRow>& stored,
                                       absl::Span<const PetitionRow> events) {
  return FoldCounted<PetitionRow, PetitionCell>(stored, events);
}

Folded<OpinionRow, OpinionCell> Fold(const Stored<OpinionRow>& stored,
                                     absl::Span<const OpinionRow> events) {
  return FoldCounted<OpinionRow, OpinionCell>(stored, events);
}

std::map<std::string, AgreementRow> Fold(const Stored<AgreementRow>& stored,
                                         absl::Span<const AgreementRow> events) {
  return Newest(stored, events);
}

}  // namespace phoihop::reporting
