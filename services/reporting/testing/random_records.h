// Random histories of the other services, for tests that compare with a plain recount.
#ifndef PHOIHOP_SERVICES_REPORTING_TESTING_RANDOM_RECORDS_H_
#define PHOIHOP_SERVICES_REPORTING_TESTING_RANDOM_RECORDS_H_

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/access/unit_tree.h"
#include "services/reporting/domain/rows.h"
#include "services/reporting/store/projection_store.h"

namespace phoihop::reporting {

using FeedRow = std::variant<PetitionRow, OpinionRow, AgreementRow>;

// Makes changes of petitions, opinion entries and agreements over the units of a tree, and
// keeps what holds after them.
class RandomRecords {
 public:
  RandomRecords(const access::UnitTree& tree, DayInterval days, int seed)
      : tree_(tree), days_(days), random_(seed) {}

  int Pick(int n) { return static_cast<int>(random_() % n); }
  absl::CivilDay PickDay() { return days_.first + Pick(days_.last - days_.first + 1); }

  // The next change of the opinions service: mostly new, sometimes resolved, opened again or
  // removed.
  FeedRow NextOpinion() {
    const int what = Pick(10);
    if (what < 3 && !petitions_.empty()) {
      PetitionRow& row = Any(petitions_);
      if (!row.deleted) {
        ++row.revision;
        if (Pick(20) == 0) {
          row.deleted = true;
        } else if (row.resolved.has_value() && Pick(4) == 0) {
          row.resolved.reset();
        } else {
          row.resolved = row.received + Pick(120);
        }
        return row;
      }
    }
    const auto [unit, day] = Somewhere();
    if (what < 8) {
      PetitionRow row;
      row.id = NextId("p");
      row.revision = 1;
      row.unit = unit;
      row.kind = 1 + Pick(4);
      row.received = day;
      if (Pick(3) == 0) row.resolved = day + Pick(90);
      return petitions_[row.id] = row;
    }
    OpinionRow row{NextId("o"), 1, false, unit, day};
    return opinions_[row.id] = row;
  }

  // The next change of the agreements service: a new agreement, often below another one, or
  // one that comes into force.
  FeedRow NextAgreement() {
    if (Pick(2) == 0 && !agreements_.empty()) {
      AgreementRow& row = Any(agreements_);
      if (!row.in_force_date.has_value()) {
        ++row.revision;
        row.in_force_date = row.term_start + Pick(30);
        return row;
      }
    }
    const auto [unit, day] = Somewhere();
    AgreementRow row;
    row.id = NextId("a");
    row.revision = 1;
    row.unit = unit;
    row.title = absl::StrCat("Chương trình ", row.id);
    row.term_start = day;
    row.term_end = day + 200 + Pick(900);
    if (Pick(4) != 0 && !agreements_.empty()) row.parent = Any(agreements_).id;
    return agreements_[row.id] = row;
  }

  std::vector<PetitionRow> petitions() const { return Values(petitions_); }
  std::vector<OpinionRow> opinions() const { return Values(opinions_); }
  std::vector<AgreementRow> agreements() const { return Values(agreements_); }

 private:
  // A unit and a day on which it existed.
  std::pair<int64_t, absl::CivilDay> Somewhere() {
    while (true) {
      const int64_t unit = tree_.ids()[Pick(static_cast<int>(tree_.ids().size()))];
      const absl::CivilDay day = PickDay();
      if (tree_.ExistsOn(unit, day)) return {unit, day};
    }
  }

  std::string NextId(const char* prefix) { return absl::StrFormat("%s%06d", prefix, ++last_id_); }

  template <class Row>
  Row& Any(std::map<std::string, Row>& rows) {
    return std::next(rows.begin(), Pick(static_cast<int>(rows.size())))->second;
  }

  template <class Row>
  static std::vector<Row> Values(const std::map<std::string, Row>& rows) {
    std::vector<Row> values;
    for (const auto& [id, row] : rows) values.push_back(row);
    return values;
  }

  const access::UnitTree& tree_;
  const DayInterval days_;
  std::mt19937 random_;
  int last_id_ = 0;
  std::map<std::string, PetitionRow> petitions_;
  std::map<std::string, OpinionRow> opinions_;
  std::map<std::string, AgreementRow> agreements_;
};

}  // namespace phoihop::reporting

#endif  // PHOIHOP_SERVICES_REPORTING_TESTING_RANDOM_RECORDS_H_
