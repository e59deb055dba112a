#include "services/reporting/store/mysql_projection_store.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/mysql/read_statement.h"
#include "common/mysql/transaction.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "services/reporting/store/projection_sql.h"

namespace phoihop::reporting {
namespace {

using sql::CurrentGenerations;
using sql::kGivenUp;
using sql::PositionOf;
using sql::PositionsOf;

// Rows deleted in one transaction.
constexpr int kDeleteAtOnce = 1000;

mysql::RetryPolicy Until(absl::Time deadline) {
  mysql::RetryPolicy policy;
  policy.deadline = deadline;
  return policy;
}

absl::Status SetPosition(mysql::Connection& db, int64_t generation, const std::string& service,
                         const std::string& epoch, int64_t position) {
  return db
      .Execute(
          "UPDATE projection_positions SET epoch = ?, position = ? "
          "WHERE generation = ? AND service = ?",
          {epoch, position, generation, service})
      .status();
}

// Adds a batch up to `through` to a generation whose positions row is `at`, and sets it.
absl::StatusOr<int64_t> Add(mysql::Connection& db, int64_t generation, const SourcePosition& at,
                            const FeedBatch& batch, int64_t through) {
  const int64_t position = std::min(batch.position, through);
  if (!at.epoch.empty() && at.epoch != batch.epoch) {
    return absl::AbortedError("the projection is at another epoch of the feed");
  }
  // What comes before the batch is missing, for example after a restore.
  if (at.position < batch.after) return at.position;
  if (position <= at.position && !at.epoch.empty()) return at.position;
  const int64_t after = at.position;
  RETURN_IF_ERROR(sql::WriteEvents(db, generation, batch.events, after, through));
  const int64_t reached = std::max(position, after);
  RETURN_IF_ERROR(SetPosition(db, generation, at.service, batch.epoch, reached));
  return reached;
}

// At the beginning of a feed it does not matter whether its epoch has been heard of yet.
bool SamePosition(const SourcePosition& a, const SourcePosition& b) {
  return a.service == b.service && a.position == b.position &&
         (a.position == 0 || a.epoch == b.epoch);
}

// The generations in use and what they include, by service: one statement. The position of a
// service is kGivenUp when its row is missing.
constexpr char kInUse[] =
    "SELECT c.service, c.generation, p.epoch, p.position FROM projection_current c "
    "LEFT JOIN projection_positions p ON p.generation = c.generation AND p.service = c.service "
    "ORDER BY c.service";

struct InUse {
  std::map<std::string, int64_t> generations;
  std::vector<SourcePosition> positions;
};

absl::StatusOr<InUse> ReadInUse(mysql::Connection& db) {
  InUse in_use;
  RETURN_IF_ERROR(db.Query(kInUse, {}, [&](const mysql::Row& row) {
    in_use.generations.emplace(row.Text(0), row.Int(1));
    in_use.positions.push_back({row.Text(0), row.Text(2), row.IsNull(3) ? kGivenUp : row.Int(3)});
    return absl::OkStatus();
  }));
  if (in_use.positions.size() != std::size(kServices)) {
    return Internal("projection_current lacks a service");
  }
  return in_use;
}

absl::StatusOr<std::vector<SourcePosition>> CheckedPositions(InUse in_use) {
  for (const SourcePosition& position : in_use.positions) {
    if (position.position == kGivenUp) {
      return absl::AbortedError("the generation in use was given up");
    }
  }
  return std::move(in_use.positions);
}

// Keys of what is remembered of the agreements.
std::string AtKey(absl::Span<const int64_t> units) {
  return absl::StrCat("at ", absl::StrJoin(units, ","));
}
std::string BelowKey(const std::string& id) { return absl::StrCat("below ", id); }

AgreementMemory::At AgreementsOf(const InUse& in_use) {
  AgreementMemory::At at{in_use.generations.at(std::string(kAgreements)), {}};
  for (const SourcePosition& position : in_use.positions) {
    if (position.service == kAgreements) at.position = position;
  }
  return at;
}

class MysqlView : public ProjectionView {
 public:
  MysqlView(mysql::Connection& db, InUse in_use, AgreementMemory& agreements)
      : db_(db),
        in_use_(std::move(in_use)),
        agreements_(agreements),
        agreements_at_(AgreementsOf(in_use_)) {}

  absl::StatusOr<std::vector<SourcePosition>> Positions() override {
    return CheckedPositions(in_use_);
  }
  absl::StatusOr<std::vector<SegmentCounts>> Count(absl::Span<const Segment> segments,
                                                   absl::CivilDay end) override {
    return sql::CountSegments(db_, Generation(kOpinions), segments, end);
  }
  absl::StatusOr<std::vector<AgreementRow>> AgreementsAt(absl::Span<const int64_t> units) override {
    return agreements_.Get(agreements_at_, AtKey(units), [&] {
      return sql::AgreementsAt(db_, agreements_at_.generation, units);
    });
  }
  absl::StatusOr<std::vector<AgreementRow>> Descendants(const std::string& id) override {
    return agreements_.Get(agreements_at_, BelowKey(id),
                           [&] { return sql::Descendants(db_, agreements_at_.generation, id); });
  }

 private:
  int64_t Generation(std::string_view service) {
    return in_use_.generations.at(std::string(service));
  }

  mysql::Connection& db_;
  const InUse in_use_;
  AgreementMemory& agreements_;
  const AgreementMemory::At agreements_at_;
};

// What is remembered as of these positions, and nothing else.
class RememberedView : public AgreementView {
 public:
  RememberedView(InUse in_use, AgreementMemory& agreements)
      : in_use_(std::move(in_use)), agreements_(agreements), at_(AgreementsOf(in_use_)) {}

  absl::StatusOr<std::vector<SourcePosition>> Positions() override {
    return CheckedPositions(in_use_);
  }
  absl::StatusOr<std::vector<AgreementRow>> AgreementsAt(absl::Span<const int64_t> units) override {
    return agreements_.Get(at_, AtKey(units), [this] { return Missed(); });
  }
  absl::StatusOr<std::vector<AgreementRow>> Descendants(const std::string& id) override {
    return agreements_.Get(at_, BelowKey(id), [this] { return Missed(); });
  }

  // Whether something else was asked for.
  bool missed() const { return missed_; }

 private:
  absl::StatusOr<AgreementMemory::Rows> Missed() {
    missed_ = true;
    return absl::UnavailableError("not remembered");
  }

  const InUse in_use_;
  AgreementMemory& agreements_;
  const AgreementMemory::At at_;
  bool missed_ = false;
};

// The next number of a generation; the row is locked until the transaction ends.
absl::StatusOr<int64_t> NextGeneration(mysql::Connection& db) {
  int64_t generation = 0;
  RETURN_IF_ERROR(db.Query("SELECT next_generation FROM projection_rebuild WHERE id = 1 FOR UPDATE",
                           {}, [&](const mysql::Row& row) {
                             generation = row.Int(0);
                             return absl::OkStatus();
                           }));
  if (generation == 0) return Internal("projection_rebuild has no row");
  RETURN_IF_ERROR(db.Execute("UPDATE projection_rebuild SET next_generation = next_generation + 1 "
                             "WHERE id = 1")
                      .status());
  return generation;
}

absl::Status AddPositionsRow(mysql::Connection& db, int64_t generation, const std::string& service,
                             std::string_view epoch) {
  return db
      .Execute(
          "INSERT INTO projection_positions (generation, service, epoch, position) "
          "VALUES (?, ?, ?, 0)",
          {generation, service, std::string(epoch)})
      .status();
}

absl::Status LeaseLost() {
  return absl::AbortedError("the rebuild was taken over by another process");
}

}  // namespace

namespace sql {

absl::StatusOr<std::map<std::string, int64_t>> CurrentGenerations(mysql::Connection& db,
                                                                  bool lock) {
  std::map<std::string, int64_t> generations;
  RETURN_IF_ERROR(db.Query(absl::StrCat("SELECT service, generation FROM projection_current "
                                        "ORDER BY service",
                                        lock ? " FOR UPDATE" : ""),
                           {}, [&](const mysql::Row& row) {
                             generations.emplace(row.Text(0), row.Int(1));
                             return absl::OkStatus();
                           }));
  for (const std::string_view service : kServices) {
    if (!generations.contains(std::string(service))) {
      return Internal("projection_current lacks a service");
    }
  }
  return generations;
}

absl::StatusOr<SourcePosition> PositionOf(mysql::Connection& db, int64_t generation,
                                          const std::string& service, bool lock) {
  std::optional<SourcePosition> found;
  RETURN_IF_ERROR(db.Query(absl::StrCat("SELECT service, epoch, position FROM projection_positions "
                                        "WHERE generation = ? AND service = ?",
                                        lock ? " FOR UPDATE" : ""),
                           {generation, service}, [&](const mysql::Row& row) {
                             found = SourcePosition{row.Text(0), row.Text(1), row.Int(2)};
                             return absl::OkStatus();
                           }));
  if (!found.has_value() || found->position == kGivenUp) {
    return absl::AbortedError("the generation was given up");
  }
  return *std::move(found);
}

absl::StatusOr<std::vector<SourcePosition>> PositionsOf(
    mysql::Connection& db, const std::map<std::string, int64_t>& generations) {
  std::vector<SourcePosition> positions;
  for (const auto& [service, generation] : generations) {
    ASSIGN_OR_RETURN(SourcePosition position, PositionOf(db, generation, service, false));
    positions.push_back(std::move(position));
  }
  return positions;
}

std::vector<std::string> TablesOf(std::string_view service) {
  if (service == kAgreements) return {"projection_agreements"};
  if (service == kOpinions) {
    return {"projection_petitions", "projection_petition_months", "projection_opinions",
            "projection_opinion_months"};
  }
  return {};
}

}  // namespace sql

absl::Status MysqlProjectionStore::Read(absl::Time deadline,
                                        absl::FunctionRef<absl::Status(ProjectionView&)> body) {
  return mysql::Read(pool_, deadline, [&](mysql::Connection& db) -> absl::Status {
    ASSIGN_OR_RETURN(InUse in_use, ReadInUse(db));
    MysqlView view(db, std::move(in_use), agreements_);
    return body(view);
  });
}

absl::Status MysqlProjectionStore::ReadAgreements(
    absl::Time deadline, absl::FunctionRef<absl::Status(AgreementView&)> body) {
  ASSIGN_OR_RETURN(InUse in_use, mysql::ReadStatement(pool_, deadline, ReadInUse));
  RememberedView remembered(std::move(in_use), agreements_);
  const absl::Status status = body(remembered);
  if (!remembered.missed()) return status;
  return Read(deadline, [&](ProjectionView& view) { return body(view); });
}

absl::StatusOr<std::vector<SourcePosition>> MysqlProjectionStore::Positions(absl::Time deadline) {
  ASSIGN_OR_RETURN(InUse in_use, mysql::ReadStatement(pool_, deadline, ReadInUse));
  return CheckedPositions(std::move(in_use));
}

absl::StatusOr<int64_t> MysqlProjectionStore::Apply(std::string_view service,
                                                    const FeedBatch& batch, absl::Time deadline,
                                                    const lease::Fence& fence) {
  const std::string key(service);
  int64_t reached = 0;
  RETURN_IF_ERROR(
      mysql::RunTransaction(pool_, Until(deadline), [&](mysql::Connection& db) -> absl::Status {
        RETURN_IF_ERROR(fence.Check(db));
        int64_t generation = 0;
        RETURN_IF_ERROR(
            db.Query("SELECT generation FROM projection_current WHERE service = ? FOR UPDATE",
                     {key}, [&](const mysql::Row& row) {
                       generation = row.Int(0);
                       return absl::OkStatus();
                     }));
        ASSIGN_OR_RETURN(const SourcePosition at, PositionOf(db, generation, key, true));
        ASSIGN_OR_RETURN(reached, Add(db, generation, at, batch, batch.position));
        return absl::OkStatus();
      }));
  return reached;
}

absl::Status MysqlProjectionStore::StartOver(std::string_view service, std::string_view epoch,
                                             absl::Time deadline, const lease::Fence& fence) {
  const std::string key(service);
  return mysql::RunTransaction(pool_, Until(deadline), [&](mysql::Connection& db) -> absl::Status {
    RETURN_IF_ERROR(fence.Check(db));
    int64_t generation = 0;
    RETURN_IF_ERROR(
        db.Query("SELECT generation FROM projection_current WHERE service = ? FOR UPDATE", {key},
                 [&](const mysql::Row& row) {
                   generation = row.Int(0);
                   return absl::OkStatus();
                 }));
    ASSIGN_OR_RETURN(const SourcePosition at, PositionOf(db, generation, key, true));
    if (at.epoch == epoch) return absl::OkStatus();
    ASSIGN_OR_RETURN(const int64_t next, NextGeneration(db));
    RETURN_IF_ERROR(AddPositionsRow(db, next, key, epoch));
    return db.Execute("UPDATE projection_current SET generation = ? WHERE service = ?", {next, key})
        .status();
  });
}

absl::StatusOr<int64_t> MysqlProjectionStore::BeginRebuild(const std::string& owner,
                                                           absl::Duration lease,
                                                           absl::Time deadline) {
  int64_t generation = 0;
  RETURN_IF_ERROR(
      mysql::RunTransaction(pool_, Until(deadline), [&](mysql::Connection& db) -> absl::Status {
        ASSIGN_OR_RETURN(generation, NextGeneration(db));
        // The database's clock decides, so hosts need not agree on the time.
        ASSIGN_OR_RETURN(
            const int64_t taken,
            db.Execute("UPDATE projection_rebuild SET owner = ?, generation = ?, "
                       "lease_until = UTC_TIMESTAMP(6) + INTERVAL ? MICROSECOND "
                       "WHERE id = 1 AND (owner = '' OR lease_until < UTC_TIMESTAMP(6))",
                       {owner, generation, absl::ToInt64Microseconds(lease)}));
        if (taken == 0) {
          return Precondition(
              "REBUILD_RUNNING",
              {"The projection is being rebuilt already.", "Dữ liệu tổng hợp đang được tính lại."},
              "projection");
        }
        for (const std::string_view service : kServices) {
          RETURN_IF_ERROR(AddPositionsRow(db, generation, std::string(service), ""));
        }
        return absl::OkStatus();
      }));
  return generation;
}

absl::Status MysqlProjectionStore::RenewRebuild(const std::string& owner, absl::Duration lease,
                                                absl::Time deadline) {
  return mysql::RunTransaction(pool_, Until(deadline), [&](mysql::Connection& db) -> absl::Status {
    ASSIGN_OR_RETURN(const int64_t kept,
                     db.Execute("UPDATE projection_rebuild SET "
                                "lease_until = UTC_TIMESTAMP(6) + INTERVAL ? MICROSECOND "
                                "WHERE id = 1 AND owner = ?",
                                {absl::ToInt64Microseconds(lease), owner}));
    return kept == 0 ? LeaseLost() : absl::OkStatus();
  });
}

absl::Status MysqlProjectionStore::EndRebuild(const std::string& owner, absl::Time deadline) {
  return mysql::RunTransaction(pool_, Until(deadline), [&](mysql::Connection& db) -> absl::Status {
    return db
        .Execute(
            "UPDATE projection_rebuild SET owner = '', generation = 0 "
            "WHERE id = 1 AND owner = ?",
            {owner})
        .status();
  });
}

absl::StatusOr<int64_t> MysqlProjectionStore::ApplyTo(int64_t generation, std::string_view service,
                                                      const FeedBatch& batch, int64_t through,
                                                      absl::Time deadline) {
  int64_t reached = 0;
  RETURN_IF_ERROR(
      mysql::RunTransaction(pool_, Until(deadline), [&](mysql::Connection& db) -> absl::Status {
        ASSIGN_OR_RETURN(const SourcePosition at,
                         PositionOf(db, generation, std::string(service), true));
        ASSIGN_OR_RETURN(reached, Add(db, generation, at, batch, through));
        return absl::OkStatus();
      }));
  return reached;
}

absl::StatusOr<Comparison> MysqlProjectionStore::Compare(int64_t generation, CatchUp catch_up,
                                                         absl::Time deadline) {
  std::map<std::string, int64_t> recount;
  for (const std::string_view service : kServices) recount[std::string(service)] = generation;
  return mysql::Read(pool_, deadline, [&](mysql::Connection& old_db) -> absl::StatusOr<Comparison> {
    ASSIGN_OR_RETURN(const auto generations, CurrentGenerations(old_db, false));
    ASSIGN_OR_RETURN(const auto positions, PositionsOf(old_db, generations));
    RETURN_IF_ERROR(catch_up(positions));
    return mysql::Read(pool_, deadline,
                       [&](mysql::Connection& new_db) -> absl::StatusOr<Comparison> {
                         ASSIGN_OR_RETURN(const auto reached, PositionsOf(new_db, recount));
                         if (!std::equal(reached.begin(), reached.end(), positions.begin(),
                                         positions.end(), SamePosition)) {
                           return absl::AbortedError("the recount is not at the same positions");
                         }
                         return sql::CompareGenerations(old_db, generations, new_db, generation);
                       });
  });
}

absl::Status MysqlProjectionStore::Take(int64_t generation, CatchUp catch_up, absl::Time deadline) {
  return mysql::RunTransaction(pool_, Until(deadline), [&](mysql::Connection& db) -> absl::Status {
    ASSIGN_OR_RETURN(const auto generations, CurrentGenerations(db, true));
    ASSIGN_OR_RETURN(const auto positions, PositionsOf(db, generations));
    RETURN_IF_ERROR(catch_up(positions));
    for (const SourcePosition& old_position : positions) {
      ASSIGN_OR_RETURN(const SourcePosition reached,
                       PositionOf(db, generation, old_position.service, true));
      if (reached.position < old_position.position ||
          (old_position.position > 0 && reached.epoch != old_position.epoch)) {
        return absl::AbortedError("the recount is behind the projection in use");
      }
    }
    return db.Execute("UPDATE projection_current SET generation = ?", {generation}).status();
  });
}

absl::StatusOr<int64_t> MysqlProjectionStore::DropUnused(absl::Time deadline) {
  std::vector<std::pair<int64_t, std::string>> unused;
  RETURN_IF_ERROR(
      mysql::RunTransaction(pool_, Until(deadline), [&](mysql::Connection& db) -> absl::Status {
        unused.clear();
        RETURN_IF_ERROR(
            db.Query("SELECT p.generation, p.service FROM projection_positions p "
                     "LEFT JOIN projection_current c "
                     "ON c.service = p.service AND c.generation = p.generation "
                     "LEFT JOIN projection_rebuild r ON r.id = 1 AND r.generation = p.generation "
                     "AND r.owner <> '' AND r.lease_until >= UTC_TIMESTAMP(6) "
                     "WHERE c.service IS NULL AND r.id IS NULL ORDER BY p.generation, p.service",
                     {}, [&](const mysql::Row& row) {
                       unused.emplace_back(row.Int(0), row.Text(1));
                       return absl::OkStatus();
                     }));
        // Whoever still counts into one of these finds that it was given up.
        for (const auto& [generation, service] : unused) {
          RETURN_IF_ERROR(db.Execute("UPDATE projection_positions SET position = ? "
                                     "WHERE generation = ? AND service = ?",
                                     {kGivenUp, generation, service})
                              .status());
        }
        return absl::OkStatus();
      }));
  int64_t deleted = 0;
  for (const auto& entry : unused) {
    // Clang does not let a function capture parts of a binding.
    const int64_t generation = entry.first;
    const std::string& service = entry.second;
    for (const std::string& table : sql::TablesOf(service)) {
      int64_t found = kDeleteAtOnce;
      while (found == kDeleteAtOnce) {
        RETURN_IF_ERROR(mysql::RunTransaction(
            pool_, Until(deadline), [&](mysql::Connection& db) -> absl::Status {
              ASSIGN_OR_RETURN(
                  found, db.Execute(absl::StrCat("DELETE FROM ", table,
                                                 " WHERE generation = ? LIMIT ", kDeleteAtOnce),
                                    {generation}));
              return absl::OkStatus();
            }));
        deleted += found;
      }
    }
    RETURN_IF_ERROR(
        mysql::RunTransaction(pool_, Until(deadline), [&](mysql::Connection& db) -> absl::Status {
          return db
              .Execute("DELETE FROM projection_positions WHERE generation = ? AND service = ?",
                       {generation, service})
              .status();
        }));
  }
  return deleted;
}

}  // namespace phoihop::reporting
