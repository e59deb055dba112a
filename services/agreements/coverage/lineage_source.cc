#include "services/agreements/coverage/lineage_source.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "common/rpc/client.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/time/civil.h"
#include "phoihop/directory/v1/lineage.grpc.pb.h"

namespace phoihop::agreements {
namespace {

using directory::v1::LineageService;
using directory::v1::SuccessionSnapshot;

// A restored directory may come to a version again that it had with other successions.
constexpr absl::Duration kKeep = absl::Minutes(10);

absl::Status DirectoryUnavailable() {
  return Unavailable(
      "DIRECTORY_UNAVAILABLE",
      {"The successions of units cannot be read now: the directory does not answer.",
       "Hiện không thể đọc quá trình kế thừa của các đơn vị: danh bạ không trả lời."});
}

absl::StatusOr<Descent> DescentOf(directory::v1::Succession::Kind kind) {
  switch (kind) {
    case directory::v1::Succession::CONTINUATION:
      return Descent::kContinued;
    case directory::v1::Succession::MERGER:
      return Descent::kMerged;
    case directory::v1::Succession::SPLIT:
      return Descent::kSplit;
    case directory::v1::Succession::CODE_KEPT:
      return Descent::kCodeKept;
    default:
      return absl::InternalError("the directory has a succession of an unknown kind");
  }
}

absl::StatusOr<std::shared_ptr<const Lineage>> LineageOf(const SuccessionSnapshot& snapshot) {
  std::vector<Succession> successions;
  successions.reserve(snapshot.edges_size());
  for (const SuccessionSnapshot::Edge& edge : snapshot.edges()) {
    Succession& succession = successions.emplace_back();
    succession.from = edge.from_unit();
    succession.to = edge.to_unit();
    ASSIGN_OR_RETURN(succession.date, ParseDay(edge.date()));
    ASSIGN_OR_RETURN(succession.descent, DescentOf(edge.kind()));
  }
  return std::make_shared<const Lineage>(successions);
}

class DirectoryLineage : public LineageSource {
 public:
  DirectoryLineage(std::shared_ptr<grpc::Channel> channel, std::function<std::string()> credentials,
                   absl::Duration patience)
      : stub_(LineageService::NewStub(std::move(channel))),
        credentials_(std::move(credentials)),
        patience_(patience) {}

  absl::StatusOr<std::shared_ptr<const Lineage>> Get(int64_t tree_version,
                                                     absl::Time deadline) override {
    {
      const absl::MutexLock lock(&mutex_);
      if (Serves(tree_version)) return lineage_;
    }
    directory::v1::GetSuccessionSnapshotRequest request;
    rpc::CallOptions options;
    options.deadline = std::min(deadline, absl::Now() + patience_);
    options.credentials = credentials_;
    const absl::StatusOr<SuccessionSnapshot> snapshot =
        rpc::Call(*stub_, &LineageService::StubInterface::GetSuccessionSnapshot, request, options);
    if (!snapshot.ok()) return DirectoryUnavailable();
    ASSIGN_OR_RETURN(std::shared_ptr<const Lineage> lineage, LineageOf(*snapshot));
    const absl::MutexLock lock(&mutex_);
    lineage_ = lineage;
    version_ = snapshot->version();
    asked_version_ = tree_version;
    fetched_at_ = absl::Now();
    return lineage;
  }

 private:
  // Whether what is known is of this tree, or was fetched for it when the directory was ahead.
  // Any other version, also a smaller one, may be that of a directory that was restored.
  bool Serves(int64_t tree_version) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return lineage_ != nullptr && (version_ == tree_version || asked_version_ == tree_version) &&
           absl::Now() - fetched_at_ < kKeep;
  }

  const std::unique_ptr<LineageService::Stub> stub_;
  const std::function<std::string()> credentials_;
  const absl::Duration patience_;
  absl::Mutex mutex_;
  std::shared_ptr<const Lineage> lineage_ ABSL_GUARDED_BY(mutex_);
  int64_t version_ ABSL_GUARDED_BY(mutex_) = -1;
  int64_t asked_version_ ABSL_GUARDED_BY(mutex_) = -1;
  absl::Time fetched_at_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

std::unique_ptr<LineageSource> NewDirectoryLineage(std::shared_ptr<grpc::Channel> channel,
                                                   std::function<std::string()> credentials,
                                                   absl::Duration patience) {
  return std::make_unique<DirectoryLineage>(std::move(channel), std::move(credentials), patience);
}

}  // namespace phoihop::agreements
