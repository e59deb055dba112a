// Counting, with what is known from before where that is wanted.
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "common/ledger/reader.h"
#include "common/mysql/transaction.h"
#include "common/status/macros.h"
#include "services/opinions/store/count_memory.h"
#include "services/opinions/store/count_sql.h"
#include "services/opinions/store/mysql_store.h"

namespace phoihop::opinions {
namespace {

using mysql::Connection;
using Topics = std::vector<TopicTally>;

// A question about more units than this (a country has some 14.000 over the years) is counted anew
// each time.
constexpr size_t kMostPartsRemembered = 20'000;

PetitionTallies AddUp(absl::Span<const PetitionTallies> parts) {
  PetitionTallies sum{};
  for (const PetitionTallies& part : parts) {
    for (int group = 0; group < kPetitionGroups; ++group) {
      sum[group].received += part[group].received;
      sum[group].resolved += part[group].resolved;
    }
  }
  return sum;
}

// Brings topics that are spelled alike together, and ranks them.
Topics Merge(absl::Span<const Topics> parts) {
  absl::flat_hash_map<std::string, TopicTally> by_key;
  for (const Topics& part : parts) {
    for (const TopicTally& tally : part) {
      const auto [at, is_new] = by_key.try_emplace(tally.key, tally);
      if (is_new) continue;
      TopicTally& sum = at->second;
      if (tally.topic < sum.topic) sum.topic = tally.topic;
      sum.entries += tally.entries;
      sum.voiced += tally.voiced;
    }
  }
  Topics topics;
  topics.reserve(by_key.size());
  for (auto& [key, tally] : by_key) topics.push_back(std::move(tally));
  RankTopics(topics);
  return topics;
}

}  // namespace

struct MysqlStore::Memory {
  explicit Memory(size_t parts)
      : petitions(parts, "phoihop.opinions.v1.OpinionEntry"),
        topics(parts, "phoihop.opinions.v1.Petition") {}

  CountMemory<PetitionTallies, PetitionTallies> petitions;
  CountMemory<Topics, Topics> topics;
};

MysqlStore::MysqlStore(mysql::Pool& pool, size_t remembered_parts)
    : pool_(pool),
      memory_(remembered_parts == 0 ? nullptr : std::make_unique<Memory>(remembered_parts)) {}

MysqlStore::~MysqlStore() = default;

std::vector<mysql::TableGrant> StoreGrants() {
  return {{"opinion_entries", "SELECT, INSERT"},
          {"petitions", "SELECT, INSERT, UPDATE"},
          {"opinion_month_counts", "SELECT, INSERT, UPDATE"},
          {"petition_month_counts", "SELECT, INSERT, UPDATE"}};
}

absl::StatusOr<PetitionCounts> MysqlStore::CountPetitions(absl::Time deadline,
                                                          absl::Span<const UnitDays> where,
                                                          absl::CivilDay end) {
  if (memory_ != nullptr && where.size() <= kMostPartsRemembered) {
    ASSIGN_OR_RETURN(const auto known, memory_->petitions.Get(
                                           pool_, deadline, where, end,
                                           [end](Connection& db, absl::Span<const UnitDays> parts) {
                                             return SelectPetitionCounts(db, parts, end,
                                                                         CountBy::kPart);
                                           },
                                           AddUp));
    return PetitionCounts{*known->total, known->position};
  }
  return mysql::Read(pool_, deadline, [&](Connection& db) -> absl::StatusOr<PetitionCounts> {
    ASSIGN_OR_RETURN(const ledger::Head head, ledger::ReadHead(db));
    ASSIGN_OR_RETURN(const std::vector<PetitionTallies> sum,
                     SelectPetitionCounts(db, where, end, CountBy::kSum));
    return PetitionCounts{AddUp(sum), head.position};
  });
}

absl::StatusOr<TopicCounts> MysqlStore::CountTopics(absl::Time deadline,
                                                    absl::Span<const UnitDays> where) {
  if (memory_ != nullptr && where.size() <= kMostPartsRemembered) {
    ASSIGN_OR_RETURN(const auto known, memory_->topics.Get(
                                           pool_, deadline, where, kEndOfDays,
                                           [](Connection& db, absl::Span<const UnitDays> parts) {
                                             return SelectTopicCounts(db, parts, CountBy::kPart);
                                           },
                                           Merge));
    return TopicCounts{*known->total, known->position};
  }
  return mysql::Read(pool_, deadline, [&](Connection& db) -> absl::StatusOr<TopicCounts> {
    ASSIGN_OR_RETURN(const ledger::Head head, ledger::ReadHead(db));
    ASSIGN_OR_RETURN(const std::vector<Topics> sum, SelectTopicCounts(db, where, CountBy::kSum));
    return TopicCounts{Merge(sum), head.position};
  });
}

}  // namespace phoihop::opinions
