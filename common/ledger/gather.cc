#include "common/ledger/gather.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/ledger/rows.h"
#include "common/status/errors.h"
#include "common/status/macros.h"

namespace phoihop::ledger {

absl::Status RunGathered(mysql::Connection& db, std::vector<GatheredRow> rows) {
  std::stable_sort(rows.begin(), rows.end(), [](const GatheredRow& a, const GatheredRow& b) {
    if (a.statement.head != b.statement.head) return a.statement.head < b.statement.head;
    return a.order < b.order;
  });
  for (size_t at = 0; at < rows.size();) {
    const SharedStatement statement = rows[at].statement;
    std::vector<mysql::Value> values;
    for (; at < rows.size() && rows[at].statement.head == statement.head; ++at) {
      if (rows[at].values.size() != statement.columns) {
        return Internal(absl::StrCat("a gathered row has ", rows[at].values.size(), " values"));
      }
      std::move(rows[at].values.begin(), rows[at].values.end(), std::back_inserter(values));
    }
    RETURN_IF_ERROR(InsertRows(db, statement.head, statement.columns, statement.tail, values));
  }
  return absl::OkStatus();
}

}  // namespace phoihop::ledger
