// What every change of an obligation does to the figures that leaders see and to the log of
// changes. Private to the stores.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_DEADLINES_DUE_FIGURES_H_
#define PHOIHOP_SERVICES_AGREEMENTS_DEADLINES_DUE_FIGURES_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "common/ledger/command.h"
#include "services/agreements/deadlines/stored_obligation.h"

namespace phoihop::agreements {

// Gathers what changes within one call of the book and hands it to the transaction's shared
// statements. Those run last, each in order of its key, so transactions that move the same
// figures wait for each other in one order, and only from then to their commit.
class DueFigures {
 public:
  // Counts what an obligation becomes, and takes back what it was; either may be null.
  void Change(const StoredObligation* before, const StoredObligation* after);

  // Hands over what was counted. Once, at the end of the call.
  void Gather(ledger::Transaction& tx) const;

 private:
  void Count(const StoredObligation& obligation, int64_t by);

  // Body or "" for the unit, unit, day.
  std::map<std::tuple<std::string, int64_t, absl::CivilDay>, int64_t> open_;
  // Body or "", unit, year: on time, late.
  std::map<std::tuple<std::string, int64_t, int64_t>, std::pair<int64_t, int64_t>> done_;
  std::set<std::string> changed_;
};

// Add rows to the log of changes that watchers follow: these obligations, or a notice.
void GatherChanges(ledger::Transaction& tx, const std::set<std::string>& obligations);
void GatherNoticeChange(ledger::Transaction& tx, const std::string& notice);

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_DEADLINES_DUE_FIGURES_H_
