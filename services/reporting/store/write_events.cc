// How a batch of records gets into a generation of the projection.
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/status/views.h"
#include "services/reporting/domain/folding.h"
#include "services/reporting/store/projection_sql.h"

namespace phoihop::reporting::sql {
namespace {

using Values = std::vector<mysql::Value>;

mysql::Value OptionalDay(const std::optional<absl::CivilDay>& day) {
  return day.has_value() ? mysql::Value(*day) : mysql::Value(nullptr);
}

// Runs `prefix (?, ...), ... suffix` over rows of values, several rows at a time.
absl::Status InsertRows(mysql::Connection& db, std::string_view prefix,
                        const std::vector<Values>& rows, std::string_view suffix) {
  size_t at = 0;
  for (const size_t size : ChunkSizes(rows.size())) {
    Values values;
    for (size_t i = 0; i < size; ++i, ++at) {
      values.insert(values.end(), rows[at].begin(), rows[at].end());
    }
    RETURN_IF_ERROR(
        db.Execute(absl::StrCat(AbslView(prefix), " VALUES ",
                                Placeholders(size, values.size() / size), " ", AbslView(suffix)),
                   values)
            .status());
  }
  return absl::OkStatus();
}

// Reads the stored rows of the events' ids: `select ... AND id IN (?, ...)`.
template <class Row, class Read>
absl::StatusOr<Stored<Row>> LoadStored(mysql::Connection& db, int64_t generation,
                                       std::string_view select, const std::vector<Row>& events,
                                       Read read) {
  Stored<Row> stored;
  size_t at = 0;
  for (const size_t size : ChunkSizes(events.size())) {
    Values values = {generation};
    for (size_t i = 0; i < size; ++i, ++at) values.push_back(events[at].id);
    RETURN_IF_ERROR(db.Query(
        absl::StrCat(AbslView(select), " WHERE generation = ? AND id IN ", Placeholders(1, size)),
        values, [&](const mysql::Row& row) {
          Row found;
          found.id = row.Text(0);
          found.revision = row.Int(1);
          found.deleted = row.Int(2) != 0;
          read(row, found);
          stored.insert_or_assign(found.id, std::move(found));
          return absl::OkStatus();
        }));
  }
  return stored;
}

absl::Status WritePetitions(mysql::Connection& db, int64_t generation,
                            const std::vector<PetitionRow>& events) {
  if (events.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const Stored<PetitionRow> stored,
                   LoadStored(db, generation,
                              "SELECT id, revision, deleted, unit, kind, received, resolved "
                              "FROM projection_petitions",
                              events, [](const mysql::Row& row, PetitionRow& petition) {
                                petition.unit = row.Int(3);
                                petition.kind = static_cast<int>(row.Int(4));
                                petition.received = row.Day(5);
                                if (!row.IsNull(6)) petition.resolved = row.Day(6);
                              }));
  const auto folded = Fold(stored, events);
  std::vector<Values> rows;
  for (const auto& [id, row] : folded.rows) {
    rows.push_back({generation, id, row.revision, int64_t{row.deleted}, row.unit, int64_t{row.kind},
                    row.received, OptionalDay(row.resolved)});
  }
  RETURN_IF_ERROR(
      InsertRows(db,
                 "INSERT INTO projection_petitions "
                 "(generation, id, revision, deleted, unit, kind, received, resolved)",
                 rows,
                 "ON DUPLICATE KEY UPDATE revision = VALUES(revision), deleted = VALUES(deleted), "
                 "unit = VALUES(unit), kind = VALUES(kind), received = VALUES(received), "
                 "resolved = VALUES(resolved)"));
  std::vector<Values> cells;
  for (const auto& [cell, delta] : folded.deltas) {
    cells.push_back(
        {generation, cell.unit, int64_t{cell.kind}, cell.received, cell.resolved, delta});
  }
  return InsertRows(db,
                    "INSERT INTO projection_petition_months (generation, unit, kind, "
                    "received_month, resolved_month, petition_count)",
                    cells,
                    "ON DUPLICATE KEY UPDATE "
                    "petition_count = petition_count + VALUES(petition_count)");
}

absl::Status WriteOpinions(mysql::Connection& db, int64_t generation,
                           const std::vector<OpinionRow>& events) {
  if (events.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const Stored<OpinionRow> stored,
                   LoadStored(db, generation,
                              "SELECT id, revision, deleted, unit, heard FROM projection_opinions",
                              events, [](const mysql::Row& row, OpinionRow& entry) {
                                entry.unit = row.Int(3);
                                entry.heard = row.Day(4);
                              }));
  const auto folded = Fold(stored, events);
  std::vector<Values> rows;
  for (const auto& [id, row] : folded.rows) {
    rows.push_back({generation, id, row.revision, int64_t{row.deleted}, row.unit, row.heard});
  }
  RETURN_IF_ERROR(InsertRows(
      db, "INSERT INTO projection_opinions (generation, id, revision, deleted, unit, heard)", rows,
      "ON DUPLICATE KEY UPDATE revision = VALUES(revision), deleted = VALUES(deleted), "
      "unit = VALUES(unit), heard = VALUES(heard)"));
  std::vector<Values> cells;
  for (const auto& [cell, delta] : folded.deltas) {
    cells.push_back({generation, cell.unit, cell.heard, delta});
  }
  return InsertRows(
      db, "INSERT INTO projection_opinion_months (generation, unit, heard_month, entry_count)",
      cells, "ON DUPLICATE KEY UPDATE entry_count = entry_count + VALUES(entry_count)");
}

absl::Status WriteAgreements(mysql::Connection& db, int64_t generation,
                             const std::vector<AgreementRow>& events) {
  if (events.empty()) return absl::OkStatus();
  // Only the revision decides; there is nothing to count.
  ASSIGN_OR_RETURN(
      const Stored<AgreementRow> stored,
      LoadStored(db, generation, "SELECT id, revision, deleted FROM projection_agreements", events,
                 [](const mysql::Row&, AgreementRow&) {}));
  std::vector<Values> rows;
  for (const auto& [id, row] : Fold(stored, events)) {
    rows.push_back({generation, id, row.revision, int64_t{row.deleted}, row.unit, row.title,
                    row.parent, row.term_start, row.term_end, OptionalDay(row.in_force_date)});
  }
  return InsertRows(
      db,
      "INSERT INTO projection_agreements (generation, id, revision, deleted, unit, title, parent, "
      "term_start, term_end, in_force_date)",
      rows,
      "ON DUPLICATE KEY UPDATE revision = VALUES(revision), deleted = VALUES(deleted), "
      "unit = VALUES(unit), title = VALUES(title), parent = VALUES(parent), "
      "term_start = VALUES(term_start), term_end = VALUES(term_end), "
      "in_force_date = VALUES(in_force_date)");
}

}  // namespace

std::vector<size_t> ChunkSizes(size_t count) {
  std::vector<size_t> sizes;
  for (size_t size = 128; count > 0; size /= 2) {
    for (; count >= size; count -= size) sizes.push_back(size);
  }
  return sizes;
}

std::string Placeholders(size_t rows, size_t columns) {
  std::string text;
  for (size_t row = 0; row < rows; ++row) {
    text.append(row == 0 ? "(" : ", (");
    for (size_t column = 0; column < columns; ++column) text.append(column == 0 ? "?" : ", ?");
    text.append(")");
  }
  return text;
}

absl::Status WriteEvents(mysql::Connection& db, int64_t generation,
                         absl::Span<const FeedEvent> events, int64_t after, int64_t through) {
  Events sorted;
  for (const FeedEvent& event : events) {
    if (event.position <= after || through < event.position) continue;
    if (const auto* petition = std::get_if<PetitionRow>(&event.row)) {
      sorted.petitions.push_back(*petition);
    } else if (const auto* opinion = std::get_if<OpinionRow>(&event.row)) {
      sorted.opinions.push_back(*opinion);
    } else {
      sorted.agreements.push_back(std::get<AgreementRow>(event.row));
    }
  }
  RETURN_IF_ERROR(WritePetitions(db, generation, sorted.petitions));
  RETURN_IF_ERROR(WriteOpinions(db, generation, sorted.opinions));
  return WriteAgreements(db, generation, sorted.agreements);
}

}  // namespace phoihop::reporting::sql
