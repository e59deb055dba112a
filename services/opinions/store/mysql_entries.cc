// Opinion entries: their rows, and the statements that touch them.
#include <string>
#include <utility>
#include <vector>

#include "common/ledger/command.h"
#include "common/mysql/transaction.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "services/opinions/domain/count_plan.h"
#include "services/opinions/store/list_parts.h"
#include "services/opinions/store/mysql_store.h"
#include "services/opinions/store/order.h"

namespace phoihop::opinions {
namespace {

using mysql::Connection;
using mysql::Row;
using mysql::Value;

// Nothing that a command does reads these rows back, so all commands of a transaction
// share one statement of each kind.
constexpr ledger::SharedStatement kInsertEntries = {
    .head =
        "INSERT INTO opinion_entries (entry_id, unit_id, heard_date, topic, channel, content,"
        " voiced, create_time, revision)",
    .columns = 9};

constexpr ledger::SharedStatement kCountEntries = {
    .head = "INSERT INTO opinion_month_counts (unit_id, heard_month, topic, entries, voiced)",
    .columns = 5,
    .tail =
        " ON DUPLICATE KEY UPDATE entries = entries + VALUES(entries),"
        " voiced = voiced + VALUES(voiced)"};

constexpr std::string_view kFindEntry =
    "SELECT entry_id, unit_id, heard_date, topic, channel, content, voiced, create_time, revision"
    " FROM opinion_entries WHERE entry_id = ?";

constexpr std::string_view kListEntries =
    "SELECT entry_id, unit_id, heard_date, topic, channel, content, voiced, create_time, revision"
    " FROM opinion_entries WHERE unit_id = ? AND heard_date BETWEEN ? AND ?"
    " ORDER BY heard_date DESC, entry_id DESC LIMIT ?";

constexpr std::string_view kListEntriesAfter =
    "SELECT entry_id, unit_id, heard_date, topic, channel, content, voiced, create_time, revision"
    " FROM opinion_entries WHERE unit_id = ? AND heard_date BETWEEN ? AND ?"
    " AND (heard_date < ? OR entry_id < ?)"
    " ORDER BY heard_date DESC, entry_id DESC LIMIT ?";

// The columns in the order of the statements above.
absl::StatusOr<OpinionEntry> EntryFrom(const Row& row) {
  OpinionEntry entry;
  entry.id = row.Text(0);
  entry.unit = row.Int(1);
  entry.heard = row.Day(2);
  entry.topic = row.Text(3);
  const std::optional<Channel> channel = ChannelOf(static_cast<int>(row.Int(4)));
  if (!channel.has_value()) return Internal("opinion_entries has an unknown channel");
  entry.channel = *channel;
  entry.text = row.Text(5);
  if (!row.IsNull(6)) entry.voiced = static_cast<int32_t>(row.Int(6));
  entry.created = row.Time(7);
  entry.revision = row.Int(8);
  return entry;
}

absl::Status Append(const Row& row, std::vector<OpinionEntry>& entries) {
  ASSIGN_OR_RETURN(OpinionEntry entry, EntryFrom(row));
  entries.push_back(std::move(entry));
  return absl::OkStatus();
}

}  // namespace

absl::Status MysqlStore::AddEntry(ledger::Transaction& transaction, const OpinionEntry& entry) {
  Value voiced = nullptr;
  if (entry.voiced.has_value()) voiced = int64_t{*entry.voiced};
  transaction.Gather(
      kInsertEntries, entry.id,
      {entry.id, entry.unit, entry.heard, entry.topic, static_cast<int64_t>(entry.channel),
       entry.text, voiced, entry.created, entry.revision});
  const int64_t month = MonthNumber(entry.heard);
  transaction.Gather(
      kCountEntries, OrderOf({entry.unit, month}) + entry.topic,
      {entry.unit, month, entry.topic, int64_t{1}, int64_t{entry.voiced.value_or(0)}});
  return absl::OkStatus();
}

absl::StatusOr<std::optional<OpinionEntry>> MysqlStore::FindEntry(absl::Time deadline,
                                                                  std::string_view id) {
  return mysql::Read(
      pool_, deadline, [&](Connection& db) -> absl::StatusOr<std::optional<OpinionEntry>> {
        std::vector<OpinionEntry> found;
        RETURN_IF_ERROR(db.Query(kFindEntry, {std::string(id)},
                                 [&](const Row& row) { return Append(row, found); }));
        if (found.empty()) return std::optional<OpinionEntry>();
        return std::optional<OpinionEntry>(std::move(found.front()));
      });
}

absl::StatusOr<std::vector<OpinionEntry>> MysqlStore::ListEntries(absl::Time deadline,
                                                                  const ListQuery& query) {
  return mysql::Read(
      pool_, deadline, [&](Connection& db) -> absl::StatusOr<std::vector<OpinionEntry>> {
        std::vector<OpinionEntry> entries;
        for (const ListPart& part : ListParts(query)) {
          const int64_t left = query.limit - static_cast<int64_t>(entries.size());
          if (left <= 0) break;
          std::vector<Value> params = {query.unit, part.days.first, part.days.last};
          if (part.after.has_value()) {
            params.insert(params.end(), {part.after->day, part.after->id});
          }
          params.emplace_back(left);
          RETURN_IF_ERROR(db.Query(part.after.has_value() ? kListEntriesAfter : kListEntries,
                                   params, [&](const Row& row) { return Append(row, entries); }));
        }
        return entries;
      });
}

}  // namespace phoihop::opinions
