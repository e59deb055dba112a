#include "common/access/directory_follower.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "common/access/directory_messages.h"
#include "common/ledger/follow.h"
#include "common/rpc/client.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/telemetry/metrics.h"
#include "phoihop/directory/v1/calendars.grpc.pb.h"
#include "phoihop/directory/v1/directory.grpc.pb.h"
#include "phoihop/ledger/v1/ledger.pb.h"

ABSL_FLAG(absl::Duration, directory_stale_limit, absl::Seconds(60),
          "How long the last known tree and grants serve when the directory is silent.");

namespace phoihop::access {
namespace {

using Directory = directory::v1::DirectoryService;
using Calendars = directory::v1::CalendarService;

constexpr char kGrantType[] = "phoihop.directory.v1.Grant";
constexpr char kUnitType[] = "phoihop.directory.v1.AdministrativeUnit";
constexpr char kBodyType[] = "phoihop.directory.v1.Body";
constexpr char kCalendarType[] = "phoihop.directory.v1.CalendarYear";
constexpr absl::Duration kCallLimit = absl::Seconds(10);
constexpr absl::Duration kFirstWait = absl::Milliseconds(50);
constexpr absl::Duration kLongestWait = absl::Seconds(1);

}  // namespace

class DirectoryFollower::Impl {
 public:
  explicit Impl(Options options)
      : options_(std::move(options)),
        stub_(Directory::NewStub(options_.channel)),
        calendars_(Calendars::NewStub(options_.channel)) {
    Gauge age = GetGauge("phoihop_directory_snapshot_age_seconds",
                         "How old the tree and grants are that this process decides by; infinite "
                         "before the first.");
    exported_ = BeforeScrape([this, age]() mutable { age.Set(Age()); });
    loader_ = std::thread([this] { LoadFirst(); });
  }

  ~Impl() {
    exported_.reset();
    {
      const absl::MutexLock lock(&mutex_);
      stopping_ = true;
    }
    loader_.join();
    follower_.reset();
  }

  absl::StatusOr<Snapshot> Get() const {
    const absl::MutexLock lock(&mutex_);
    if (snapshot_.tree == nullptr) {
      return Unavailable("DIRECTORY_UNREACHABLE",
                         {"The directory has not been reached yet.",
                          "Chưa kết nối được với danh bạ đơn vị và quyền."});
    }
    // Nothing is fresh that is so long to come: the clock was set back.
    if (absl::AbsDuration(options_.clock->Now() - snapshot_.fresh_at) > options_.stale_limit) {
      return Unavailable("DIRECTORY_STALE", {"The directory has been silent for too long.",
                                             "Danh bạ đơn vị và quyền không phản hồi đã quá lâu."});
    }
    Snapshot snapshot = snapshot_;
    snapshot.today = VietnamDay(options_.clock->Now());
    return snapshot;
  }

  bool WaitUntilReady(absl::Time deadline) const {
    const absl::MutexLock lock(&mutex_);
    const auto ready = [this]()
                           ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return snapshot_.tree != nullptr; };
    return mutex_.AwaitWithDeadline(absl::Condition(&ready), deadline);
  }

  bool WaitForPosition(int64_t position, absl::Time deadline) const {
    const absl::MutexLock lock(&mutex_);
    const auto there = [&]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
      return snapshot_.tree != nullptr && snapshot_.position >= position;
    };
    return mutex_.AwaitWithDeadline(absl::Condition(&there), deadline);
  }

 private:
  double Age() const {
    const absl::MutexLock lock(&mutex_);
    if (snapshot_.tree == nullptr) return std::numeric_limits<double>::infinity();
    return std::max(0.0, absl::ToDoubleSeconds(options_.clock->Now() - snapshot_.fresh_at));
  }

  // What is being put together; only one thread at a time uses it.
  struct Known {
    std::shared_ptr<const UnitTree> tree;
    int64_t tree_position = 0;
    std::map<std::string, Grant> grants;
    int64_t grants_position = 0;
    std::map<std::string, BodyChanges> bodies;
    int64_t bodies_position = 0;
    std::shared_ptr<const WorkCalendar> calendar = std::make_shared<const WorkCalendar>();
    int64_t calendar_position = 0;
  };

  rpc::CallOptions Call() const {
    rpc::CallOptions options;
    options.deadline = absl::Now() + kCallLimit;
    if (options_.bearer) options.bearer = options_.bearer();
    return options;
  }

  absl::Status FetchTree() {
    directory::v1::GetTreeSnapshotRequest request;
    if (known_.tree != nullptr) request.set_known_version(known_.tree->version());
    ASSIGN_OR_RETURN(const directory::v1::TreeSnapshot message,
                     rpc::Call(*stub_, &Directory::Stub::GetTreeSnapshot, request, Call()));
    if (message.units_size() > 0) {
      ASSIGN_OR_RETURN(known_.tree, TreeFromMessage(message));
    } else if (known_.tree == nullptr) {
      return Internal("the directory has sent no units");
    }
    known_.tree_position = message.position();
    return absl::OkStatus();
  }

  absl::Status FetchGrants() {
    ASSIGN_OR_RETURN(const directory::v1::AccessSnapshot message,
                     rpc::Call(*stub_, &Directory::Stub::GetAccessSnapshot, {}, Call()));
    std::map<std::string, Grant> grants;
    for (const directory::v1::Grant& grant : message.grants()) {
      ASSIGN_OR_RETURN(grants[grant.name()], GrantFromMessage(grant));
    }
    known_.grants = std::move(grants);
    known_.grants_position = message.position();
    return absl::OkStatus();
  }

  absl::Status FetchCalendar() {
    directory::v1::GetWorkCalendarRequest request;
    request.set_known_revision(known_.calendar->revision());
    const absl::StatusOr<directory::v1::WorkCalendar> message =
        rpc::Call(*calendars_, &Calendars::Stub::GetWorkCalendar, request, Call());
    if (absl::IsUnimplemented(message.status())) {
      // An older directory, as during an upgrade: it has no tables, and so no changes of them.
      known_.calendar_position = known_.grants_position;
      return absl::OkStatus();
    }
    RETURN_IF_ERROR(message.status());
    if (message->revision() != known_.calendar->revision()) {
      ASSIGN_OR_RETURN(known_.calendar, CalendarFromMessage(*message));
    }
    known_.calendar_position = message->position();
    return absl::OkStatus();
  }

  absl::Status FetchBodies() {
    const absl::StatusOr<directory::v1::BodySnapshot> message =
        rpc::Call(*stub_, &Directory::Stub::GetBodySnapshot, {}, Call());
    if (absl::IsUnimplemented(message.status())) {
      // An older directory, as during an upgrade: no body of it has changed.
      known_.bodies_position = known_.grants_position;
      return absl::OkStatus();
    }
    RETURN_IF_ERROR(message.status());
    std::map<std::string, BodyChanges> bodies;
    for (const directory::v1::Body& body : message->bodies()) {
      ASSIGN_OR_RETURN(bodies[body.name()], BodyFromMessage(body));
    }
    known_.bodies = std::move(bodies);
    known_.bodies_position = message->position();
    return absl::OkStatus();
  }

  absl::Status FetchAll() {
    // What was known may be of a ledger that no longer exists.
    known_ = Known();
    RETURN_IF_ERROR(FetchTree());
    RETURN_IF_ERROR(FetchGrants());
    RETURN_IF_ERROR(FetchBodies());
    return FetchCalendar();
  }

  std::shared_ptr<const Grants> BuildGrants() const {
    std::vector<Grant> grants;
    for (const auto& [name, grant] : known_.grants) grants.push_back(grant);
    return std::make_shared<const Grants>(std::move(grants));
  }

  std::shared_ptr<const BodyLineage> BuildBodies() const {
    std::vector<BodyChanges> bodies;
    for (const auto& [name, body] : known_.bodies) bodies.push_back(body);
    return std::make_shared<const BodyLineage>(std::move(bodies));
  }

  // What a batch of changes touched.
  struct Touched {
    bool grants = false;
    bool bodies = false;
  };

  // Makes what is known visible. `fresh` is when the directory said that it is all.
  void Publish(Touched touched, int64_t position, std::optional<absl::Time> fresh) {
    std::shared_ptr<const Grants> grants;
    if (touched.grants) grants = BuildGrants();
    std::shared_ptr<const BodyLineage> bodies;
    if (touched.bodies) bodies = BuildBodies();
    const absl::MutexLock lock(&mutex_);
    snapshot_.tree = known_.tree;
    snapshot_.calendar = known_.calendar;
    if (grants != nullptr) snapshot_.grants = std::move(grants);
    if (bodies != nullptr) snapshot_.bodies = std::move(bodies);
    snapshot_.position = position;
    if (fresh.has_value()) snapshot_.fresh_at = *fresh;
  }

  // Until the first snapshot is there; then the feed goes on from it.
  void LoadFirst() {
    absl::Duration wait = kFirstWait;
    while (true) {
      const absl::Time asked = options_.clock->Now();
      const absl::Status status = FetchAll();
      if (status.ok()) {
        Publish({true, true}, Position(), asked);
        break;
      }
      if (options_.on_break) options_.on_break(status);
      const absl::MutexLock lock(&mutex_);
      if (mutex_.AwaitWithTimeout(absl::Condition(&stopping_), wait)) return;
      wait = std::min(wait * 2, kLongestWait);
    }
    const absl::MutexLock lock(&mutex_);
    if (!stopping_) StartFollowing();
  }

  int64_t Position() const {
    return std::min({known_.tree_position, known_.grants_position, known_.bodies_position,
                     known_.calendar_position});
  }

  void StartFollowing() {
    ledger::Follower::Options follow;
    follow.channel = options_.channel;
    follow.name = "access";
    follow.bearer = options_.bearer;
    follow.position = Position();
    follow.resource_types = {kGrantType, kUnitType, kBodyType, kCalendarType};
    follow.on_batch = [this](const ledger::v1::FollowResponse& message) { return Take(message); };
    follow.on_epoch = [this](std::string_view) {
      // A restored directory: nothing of before is trusted.
      RETURN_IF_ERROR(FetchAll());
      Publish({true, true}, Position(), std::nullopt);
      return absl::OkStatus();
    };
    follow.on_break = options_.on_break;
    follower_ = ledger::Follower::Start(std::move(follow));
  }

  // Takes over a record of a grant.
  absl::Status TakeGrant(const ledger::v1::Record& record) {
    directory::v1::Grant grant;
    if (record.redacted() || !grant.ParseFromString(record.payload())) return FetchGrants();
    ASSIGN_OR_RETURN(known_.grants[grant.name()], GrantFromMessage(grant));
    if (grant.has_revoke_time()) known_.grants.erase(grant.name());
    return absl::OkStatus();
  }

  // Takes over a record of a body. True when it says anything that matters here: of most bodies
  // there is nothing to know but that they are made.
  absl::StatusOr<bool> TakeBody(const ledger::v1::Record& record) {
    directory::v1::Body body;
    if (record.redacted() || !body.ParseFromString(record.payload())) {
      RETURN_IF_ERROR(FetchBodies());
      return true;
    }
    const bool plain = body.names().empty() && body.valid_until().empty();
    if (plain && !known_.bodies.contains(body.name())) return false;
    ASSIGN_OR_RETURN(known_.bodies[body.name()], BodyFromMessage(body));
    return true;
  }

  absl::StatusOr<int64_t> Take(const ledger::v1::FollowResponse& message) {
    const absl::Time heard = options_.clock->Now();
    Touched touched;
    bool unit_changed = false;
    bool calendar_changed = false;
    for (const ledger::v1::Record& record : message.records()) {
      if (record.resource_type() == kUnitType) {
        unit_changed |= record.position() > known_.tree_position;
      } else if (record.resource_type() == kCalendarType) {
        calendar_changed |= record.position() > known_.calendar_position;
      } else if (record.resource_type() == kBodyType) {
        if (record.position() <= known_.bodies_position) continue;
        ASSIGN_OR_RETURN(const bool matters, TakeBody(record));
        touched.bodies |= matters;
      } else if (record.position() > known_.grants_position) {
        RETURN_IF_ERROR(TakeGrant(record));
        touched.grants = true;
      }
    }
    if (touched.grants || touched.bodies) {
      if (touched.grants) {
        known_.grants_position = std::max(known_.grants_position, message.position());
      }
      if (touched.bodies) {
        known_.bodies_position = std::max(known_.bodies_position, message.position());
      }
      // Revoked grants take effect even if the tree cannot be fetched now.
      Publish(touched, Position(), std::nullopt);
    }
    if (unit_changed) RETURN_IF_ERROR(FetchTree());
    if (calendar_changed) RETURN_IF_ERROR(FetchCalendar());
    const bool all = message.position() >= message.head_position();
    Publish({}, message.position(), all ? std::optional(heard) : std::nullopt);
    return message.position();
  }

  const Options options_;
  const std::unique_ptr<Directory::Stub> stub_;
  const std::unique_ptr<Calendars::Stub> calendars_;
  Known known_;
  mutable absl::Mutex mutex_;
  Snapshot snapshot_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::shared_ptr<void> exported_;
  std::thread loader_;
  std::unique_ptr<ledger::Follower> follower_;
};

DirectoryFollower::DirectoryFollower(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
DirectoryFollower::~DirectoryFollower() = default;

std::unique_ptr<DirectoryFollower> DirectoryFollower::Start(Options options) {
  return std::unique_ptr<DirectoryFollower>(
      new DirectoryFollower(std::make_unique<Impl>(std::move(options))));
}

absl::StatusOr<Snapshot> DirectoryFollower::Get() const { return impl_->Get(); }

bool DirectoryFollower::WaitUntilReady(absl::Time deadline) const {
  return impl_->WaitUntilReady(deadline);
}

bool DirectoryFollower::WaitForPosition(int64_t position, absl::Time deadline) const {
  return impl_->WaitForPosition(position, deadline);
}

}  // namespace phoihop::access
