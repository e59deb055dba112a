#include "common/ledger/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/lease/holder.h"
#include "common/ledger/request_memory.h"
#include "common/mysql/error.h"
#include "common/status/macros.h"
#include "common/status/views.h"
#include "common/telemetry/metrics.h"

namespace phoihop::ledger {
namespace {

constexpr absl::Duration kPurgeInterval = absl::Minutes(1);
// Their ids tell the time of the machine that made them, which may be an hour wrong. They are
// needed for the seconds in which an outcome is unknown.
constexpr absl::Duration kInternalRetention = absl::Hours(2);
constexpr size_t kMaxUnwritten = 10000;
// Below the first, writes are refused, until there is as much as the second again. What is under
// way, rolling back and the binary log need some room still.
constexpr uint64_t kLeastRoom = uint64_t{64} << 20;
constexpr uint64_t kRoomAgain = uint64_t{96} << 20;
constexpr char kReadHead[] = "SELECT epoch, position, hash FROM ledger_head WHERE id = ?";
constexpr char kInsertCheckpoint[] =
    "INSERT INTO ledger_checkpoints (position, epoch, hash, service, sign_time, key_id, signature)"
    " VALUES (?, ?, ?, ?, ?, ?, ?)";

void ExportCheckpoint(const Checkpoint& checkpoint) {
  static Gauge position = GetGauge("phoihop_ledger_checkpoint_position",
                                   "Position of the newest checkpoint that this process signed.");
  static Gauge time = GetGauge("phoihop_ledger_checkpoint_timestamp_seconds",
                               "When it signed that, since 1970 in UTC.");
  position.Set(static_cast<double>(checkpoint.position));
  time.Set(absl::ToDoubleSeconds(checkpoint.sign_time - absl::UnixEpoch()));
}

absl::StatusOr<Head> LoadHead(mysql::Connection& db) {
  Head head;
  RETURN_IF_ERROR(db.Query(kReadHead, {int64_t{1}}, [&](const mysql::Row& row) {
    head = {row.Bytes(0), row.Int(1), row.Bytes(2)};
    return absl::OkStatus();
  }));
  return head;
}

}  // namespace

absl::Status AppendLine(const std::string& path, const std::string& line) {
  const auto failed = [&](std::string_view what) {
    return absl::InternalError(absl::StrCat(AbslView(what), " ", path, ": ", strerror(errno)));
  };
  const int file = open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
  if (file < 0) return failed("cannot open");
  const std::string text = line + "\n";
  absl::Status status;
  if (write(file, text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    status = failed("cannot write");
  } else if (fsync(file) != 0) {
    status = failed("cannot sync");
  }
  close(file);
  return status;
}

Keeper::Keeper(const Writer::Options& options, Head head, std::unique_ptr<mysql::Connection> db)
    : options_(options), db_(std::move(db)), head_(std::move(head)) {
  // Zeros, so that a ledger which is never signed shows.
  if (options_.signer != nullptr) ExportCheckpoint(Checkpoint());
  thread_ = std::thread([this] { Loop(); });
}

Keeper::~Keeper() { Stop(); }

void Keeper::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

void Keeper::Moved(const Head& head) {
  {
    absl::MutexLock lock(&mutex_);
    // Lanes and polling come here out of order.
    if (head.epoch == head_.epoch && head.position <= head_.position) return;
    head_ = head;
  }
  Tell();
}

Head Keeper::head() const {
  absl::MutexLock lock(&mutex_);
  return head_;
}

bool Keeper::WaitForChange(int64_t position, absl::Time deadline) {
  absl::MutexLock lock(&mutex_);
  const auto moved = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return head_.position > position || stopping_;
  };
  ++waiters_;
  mutex_.AwaitWithDeadline(absl::Condition(&moved), deadline);
  --waiters_;
  return head_.position > position;
}

std::shared_ptr<void> Keeper::OnChange(std::function<void()> call) {
  auto listener = std::make_shared<Listener>();
  {
    absl::MutexLock lock(&listener->mutex);
    listener->call = std::move(call);
  }
  absl::MutexLock lock(&mutex_);
  listeners_.push_back(listener);
  // The handle: once it is gone, no call is running and none will.
  return std::shared_ptr<void>(static_cast<void*>(nullptr), [listener](void*) {
    absl::MutexLock lock(&listener->mutex);
    listener->call = nullptr;
  });
}

void Keeper::Tell() {
  std::vector<std::shared_ptr<Listener>> listeners;
  {
    absl::MutexLock lock(&mutex_);
    for (auto it = listeners_.begin(); it != listeners_.end();) {
      if (auto listener = it->lock()) {
        listeners.push_back(std::move(listener));
        ++it;
      } else {
        it = listeners_.erase(it);
      }
    }
  }
  for (const auto& listener : listeners) {
    absl::MutexLock lock(&listener->mutex);
    if (listener->call) listener->call();
  }
}

void Keeper::Loop() {
  absl::Time next_sign = absl::Now() + options_.checkpoint_interval;
  absl::Time next_purge = absl::Now() + kPurgeInterval;
  while (true) {
    bool poll = false;
    {
      absl::MutexLock lock(&mutex_);
      const auto stopping = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return stopping_; };
      if (mutex_.AwaitWithTimeout(absl::Condition(&stopping), options_.poll_interval)) break;
      poll = waiters_ > 0 || !listeners_.empty();
    }
    if (poll) Poll();
    LookAtStorage();
    const absl::Time now = absl::Now();
    if (now >= next_sign) {
      Sign();
      next_sign = now + options_.checkpoint_interval;
    }
    if (now >= next_purge) {
      Purge();
      next_purge = now + kPurgeInterval;
    }
  }
  Sign();
}

bool Keeper::Leads() const {
  return options_.lease == nullptr || options_.lease->fence().has_value();
}

bool Keeper::Connect() {
  if (db_ != nullptr && !db_->broken()) return true;
  db_.reset();
  auto opened = mysql::Connection::Open(options_.connection);
  if (!opened.ok()) return false;  // the lanes report it
  db_ = *std::move(opened);
  return true;
}

void Keeper::Poll() {
  if (!Connect()) return;
  const absl::StatusOr<Head> head = LoadHead(*db_);
  if (head.ok() && !head->epoch.empty()) Moved(*head);
}

void Keeper::LookAtStorage() {
  if (options_.connection.socket.empty()) return;
  if (datadir_.empty()) {
    if (!Connect()) return;
    const absl::Status asked = db_->Query("SELECT @@datadir", {}, [&](const mysql::Row& row) {
      datadir_ = row.Text(0);
      return absl::OkStatus();
    });
    if (!asked.ok() || datadir_.empty()) return;
  }
  struct statvfs room {};
  // A socket may lead into a container whose files are out of sight.
  if (statvfs(datadir_.c_str(), &room) != 0) return;
  const uint64_t free = uint64_t{room.f_bavail} * room.f_frsize;
  static Gauge gauge = GetGauge("phoihop_database_disk_free_bytes",
                                "Room on the disk of a database that lies on this host.");
  gauge.Set(static_cast<double>(free));
  const bool full = free < (storage_full_ ? kRoomAgain : kLeastRoom);
  if (storage_full_.exchange(full) == full) return;
  const uint64_t mb = free >> 20;
  Log(full ? absl::StrCat("writes are refused from now on: only ", mb,
                          " MB are left on the disk of ", datadir_,
                          "; make room (old logs, PURGE BINARY LOGS, backups), and they "
                          "go on by themselves")
           : absl::StrCat("writes go on: ", mb, " MB are free at ", datadir_));
}

// Who has lost the lease without knowing does no harm: a signature over the head is true whoever
// makes it, and there is one for each position; what is old is old for all.
void Keeper::Purge() {
  if (!Leads() || !Connect()) return;
  const Clock& clock = options_.lease == nullptr ? *options_.clock : options_.lease->clock();
  const absl::Time now = clock.Now();
  while (true) {
    const auto deleted =
        PurgeRequests(*db_, now - options_.request_retention, now - kInternalRetention);
    if (!deleted.ok()) Log(absl::StrCat("old requests stay: ", deleted.status().ToString()));
    if (!deleted.ok() || *deleted == 0) return;
    absl::MutexLock lock(&mutex_);
    if (stopping_) return;
  }
}

void Keeper::Sign() {
  if (options_.signer == nullptr || !Leads()) return;
  const absl::Status status = SignHead();
  if (!status.ok()) Log(absl::StrCat("no checkpoint was made: ", status.ToString()));
  // Also what a full disk or an absent folder refused before: the table has it already.
  const absl::Status written = WriteLines();
  if (!written.ok()) Log(absl::StrCat("a checkpoint waits for its file: ", written.ToString()));
}

absl::Status Keeper::WriteLines() {
  while (!unwritten_.empty()) {
    RETURN_IF_ERROR(AppendLine(options_.checkpoint_file, unwritten_.front()));
    unwritten_.pop_front();
  }
  return absl::OkStatus();
}

absl::Status Keeper::SignHead() {
  if (!Connect()) return absl::UnavailableError("no database");
  ASSIGN_OR_RETURN(const Head head, LoadHead(*db_));
  if (head.position == 0) return absl::OkStatus();
  if (head.epoch == signed_.epoch && head.position == signed_.position) return absl::OkStatus();
  Checkpoint checkpoint;
  checkpoint.service = options_.service;
  checkpoint.epoch = head.epoch;
  checkpoint.position = head.position;
  checkpoint.hash = head.hash;
  checkpoint.sign_time = absl::FromUnixMicros(absl::ToUnixMicros(options_.clock->Now()));
  checkpoint.key_id = options_.signer->key_id();
  ASSIGN_OR_RETURN(checkpoint.signature, options_.signer->Sign(CheckpointBytes(checkpoint)));
  using mysql::Bytes;
  const absl::Status inserted =
      db_->Execute(kInsertCheckpoint,
                   {checkpoint.position, Bytes(checkpoint.epoch), Bytes(checkpoint.hash),
                    Bytes(checkpoint.service), checkpoint.sign_time, Bytes(checkpoint.key_id),
                    Bytes(checkpoint.signature)})
          .status();
  // Another process, or this one before it was restarted, has signed this position.
  if (!inserted.ok() && mysql::ErrorNumber(inserted) != mysql::kDuplicateKey) return inserted;
  if (inserted.ok() && !options_.checkpoint_file.empty()) {
    unwritten_.push_back(FormatCheckpoint(checkpoint));
    if (unwritten_.size() > kMaxUnwritten) unwritten_.pop_front();
  }
  signed_ = head;
  ExportCheckpoint(checkpoint);
  return absl::OkStatus();
}

void Keeper::Log(const std::string& text) const {
  if (options_.log) options_.log(text);
}

}  // namespace phoihop::ledger
