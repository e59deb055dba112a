// The projection of the other services' records, as the rest of the service sees it.
#ifndef PHOIHOP_SERVICES_REPORTING_STORE_PROJECTION_STORE_H_
#define PHOIHOP_SERVICES_REPORTING_STORE_PROJECTION_STORE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/lease/lease.h"
#include "services/reporting/domain/layout.h"
#include "services/reporting/domain/rollup.h"
#include "services/reporting/domain/rows.h"

namespace phoihop::reporting {

// The state of one resource after a change.
struct FeedEvent {
  // Of the record in its service's ledger.
  int64_t position = 0;
  std::variant<PetitionRow, OpinionRow, AgreementRow> row;
};

// Everything of a feed after one position up to another.
struct FeedBatch {
  std::string epoch;
  int64_t after = 0;
  int64_t position = 0;
  // In order of position; records of no interest are left out.
  std::vector<FeedEvent> events;
  // Newest position of the feed when this was sent.
  int64_t head_position = 0;
};

// The agreements of the projection in use, and its positions, as of one moment.
class AgreementView {
 public:
  virtual ~AgreementView() = default;

  // What it includes, in order of service.
  virtual absl::StatusOr<std::vector<SourcePosition>> Positions() = 0;

  // The agreements at these units that have ever come into force.
  virtual absl::StatusOr<std::vector<AgreementRow>> AgreementsAt(
      absl::Span<const int64_t> units) = 0;

  // All agreements that descend from this one, over any number of steps; parents are looked
  // up now, so the order in which records arrived does not matter.
  virtual absl::StatusOr<std::vector<AgreementRow>> Descendants(const std::string& id) = 0;
};

// The projection in use, as of one moment.
class ProjectionView : public AgreementView {
 public:
  // What was recorded in each segment; of the petitions, how many were resolved by `end`,
  // which is not before any segment's last day.
  virtual absl::StatusOr<std::vector<SegmentCounts>> Count(absl::Span<const Segment> segments,
                                                           absl::CivilDay end) = 0;
};

// What comparing the projection in use with a recount showed.
struct Comparison {
  bool equal = false;
  // Hex digests over all rows in order.
  std::string old_digest;
  std::string new_digest;
  // At most kMaxDifferences rows that differ, by table and key; never their content.
  std::vector<std::string> differences;
};
inline constexpr int kMaxDifferences = 100;

// Thread safe, also between processes. Errors of the database are UNAVAILABLE or INTERNAL.
class ProjectionStore {
 public:
  virtual ~ProjectionStore() = default;

  // Runs `body` on one consistent snapshot; again after a transient error.
  virtual absl::Status Read(absl::Time deadline,
                            absl::FunctionRef<absl::Status(ProjectionView&)> body) = 0;

  // The same without figures: mostly one statement, since agreements are remembered for as long
  // as their feed is where it was. `body` may be run a second time.
  virtual absl::Status ReadAgreements(absl::Time deadline,
                                      absl::FunctionRef<absl::Status(AgreementView&)> body) = 0;

  // What the projection in use includes, in order of service.
  virtual absl::StatusOr<std::vector<SourcePosition>> Positions(absl::Time deadline) = 0;

  // Adds a batch to the projection in use, rows and position in one transaction, and returns
  // the position that is included now. What is included already changes nothing. A batch
  // that does not join on is not added: the position returned is less than `batch.after`.
  // ABORTED when the projection is at another epoch. FAILED_PRECONDITION with the reason LEASE_LOST
  // when the fence is not good any more; then nothing is changed.
  virtual absl::StatusOr<int64_t> Apply(std::string_view service, const FeedBatch& batch,
                                        absl::Time deadline, const lease::Fence& fence = {}) = 0;

  // Makes an empty projection of this service the one in use, at position 0 of the epoch.
  // Nothing happens when it is at that epoch already. The fence is as for Apply.
  virtual absl::Status StartOver(std::string_view service, std::string_view epoch,
                                 absl::Time deadline, const lease::Fence& fence = {}) = 0;

  // Recounts: a generation beside the one in use, by one owner at a time. A lease that is
  // not renewed ends, so a crash hinders nobody for long. FAILED_PRECONDITION with the
  // reason REBUILD_RUNNING while another has it. Returns the new generation, which is also the
  // fence: once it is given up, whoever counted into it, perhaps after having been frozen, gets
  // ABORTED.
  virtual absl::StatusOr<int64_t> BeginRebuild(const std::string& owner, absl::Duration lease,
                                               absl::Time deadline) = 0;
  // ABORTED when the lease was lost.
  virtual absl::Status RenewRebuild(const std::string& owner, absl::Duration lease,
                                    absl::Time deadline) = 0;
  virtual absl::Status EndRebuild(const std::string& owner, absl::Time deadline) = 0;

  // Like Apply, for a generation that is being counted, and only up to `through`. ABORTED
  // when it was given up.
  virtual absl::StatusOr<int64_t> ApplyTo(int64_t generation, std::string_view service,
                                          const FeedBatch& batch, int64_t through,
                                          absl::Time deadline) = 0;

  // Called with positions in order of service; returns once the recount has reached them.
  using CatchUp = absl::FunctionRef<absl::Status(const std::vector<SourcePosition>&)>;

  // Compares the projection in use with a generation, row by row, at the same positions:
  // takes a snapshot of the one in use, has the other brought to exactly its positions by
  // `catch_up`, and reads both. ABORTED when that was not kept, or an epoch changed.
  virtual absl::StatusOr<Comparison> Compare(int64_t generation, CatchUp catch_up,
                                             absl::Time deadline) = 0;

  // Takes a generation into use, once `catch_up` has brought it to the positions of the one
  // in use or beyond, which stands still meanwhile.
  virtual absl::Status Take(int64_t generation, CatchUp catch_up, absl::Time deadline) = 0;

  // Deletes what is neither in use nor being counted, in small transactions. Returns the
  // number of rows.
  virtual absl::StatusOr<int64_t> DropUnused(absl::Time deadline) = 0;
};

}  // namespace phoihop::reporting

#endif  // PHOIHOP_SERVICES_REPORTING_STORE_PROJECTION_STORE_H_
