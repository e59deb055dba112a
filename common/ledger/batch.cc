#include "common/ledger/batch.h"

#include <sodium.h>

#include <exception>
#include <iterator>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/ledger/gather.h"
#include "common/ledger/request_memory.h"
#include "common/ledger/rows.h"
#include "common/mysql/error.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/status/views.h"
#include "common/telemetry/operation.h"
#include "common/telemetry/trace.h"

namespace phoihop::ledger {
namespace {

using mysql::Bytes;

// The operation of a statement that several methods share.
constexpr std::string_view kSeveral = "several";

constexpr size_t kMaxName = 255;
constexpr size_t kMaxUnit = 64;
constexpr size_t kMaxPayload = 4 << 20;
constexpr size_t kSaltSize = 16;

constexpr char kLockHead[] =
    "SELECT epoch, position, hash FROM ledger_head WHERE id = ? FOR UPDATE";
constexpr char kReadHead[] = "SELECT epoch, position, hash FROM ledger_head WHERE id = ?";
constexpr char kMoveHead[] = "UPDATE ledger_head SET position = ?, hash = ? WHERE id = 1";
constexpr char kInsertRecords[] =
    "INSERT INTO ledger_records (position, actor, actor_body, record_time, effective_date,"
    " method, resource, resource_type, revision, unit, schema_version, deleted, payload_digest,"
    " hash)";
constexpr size_t kRecordColumns = 14;
constexpr char kInsertPayloads[] = "INSERT INTO ledger_payloads (position, payload, salt)";
constexpr size_t kPayloadColumns = 3;

// `anonymous/{key}` is recorded as `anonymous`: the key is for the request memory only.
std::string RecordedActor(const std::string& name) {
  constexpr std::string_view kAnonymous = "anonymous/";
  return name.rfind(kAnonymous, 0) == 0 ? "anonymous" : name;
}

absl::Status Check(const Change& change) {
  if (change.resource.empty() || change.resource.size() > kMaxName ||
      change.resource_type.empty() || change.resource_type.size() > kMaxName ||
      change.unit.size() > kMaxUnit || change.payload.size() > kMaxPayload || change.revision < 1) {
    return Internal(absl::StrCat("a change does not fit the ledger: resource '", change.resource,
                                 "', type '", change.resource_type, "', revision ", change.revision,
                                 ", unit '", change.unit, "', payload of ", change.payload.size(),
                                 " bytes"));
  }
  return absl::OkStatus();
}

// Everything of a record that does not depend on its position.
Record MakeRecord(const Command& command, Change change, absl::Time now) {
  Record record;
  record.actor = RecordedActor(command.actor.name);
  record.actor_body = command.actor.body;
  record.record_time = now;
  record.effective = change.effective;
  record.method = command.method;
  record.resource = std::move(change.resource);
  record.resource_type = std::move(change.resource_type);
  record.revision = change.revision;
  record.unit = std::move(change.unit);
  record.schema_version = change.schema_version;
  record.deleted = change.deleted;
  record.payload = std::move(change.payload);
  record.payload_salt.resize(kSaltSize);
  randombytes_buf(record.payload_salt.data(), kSaltSize);
  record.payload_digest = PayloadDigest(record.payload_salt, record.payload);
  return record;
}

absl::StatusOr<std::string> CallRun(Work& work, Transaction& transaction) {
  absl::MutexLock lock(&work.calling);
  if (work.left) return Cancelled();
  const ScopedCancellation cancellation(work.cancellation);
  if (CallerHasLeft()) return Cancelled();
  const Command& command = work.command;
  try {
    return command.run(transaction);
  } catch (const std::exception& e) {
    return Internal(absl::StrCat("exception in ", command.method, ": ", e.what()));
  } catch (...) {
    return Internal(absl::StrCat("exception in ", command.method));
  }
}

// Runs one command. True when the transaction is still good and free of the command's traces
// if it failed.
bool RunOne(mysql::Connection& db, Work& work, absl::Time now, std::vector<GatheredRow>& gathered) {
  const ScopedTrace trace(work.trace);
  const ScopedOperation operation(work.command.method);
  work.StartAttempt();
  const int64_t failures = db.failures();
  const int64_t writes = db.writes();
  Transaction transaction(db, now);
  absl::StatusOr<std::string> response = CallRun(work, transaction);
  if (response.ok()) {
    for (Change& change : transaction.TakeChanges()) {
      if (work.error = Check(change); !work.error.ok()) break;
      work.records.push_back(MakeRecord(work.command, std::move(change), now));
    }
    work.response = *std::move(response);
  } else {
    work.error = std::move(response).status();
  }
  if (work.error.ok()) {
    std::vector<GatheredRow> rows = transaction.TakeGathered();
    std::move(rows.begin(), rows.end(), std::back_inserter(gathered));
  }
  if (db.failures() != failures) return false;
  return work.error.ok() || db.writes() == writes;
}

absl::Status InsertRecords(mysql::Connection& db, const std::vector<const Record*>& records) {
  std::vector<mysql::Value> rows;
  std::vector<mysql::Value> payloads;
  rows.reserve(records.size() * kRecordColumns);
  payloads.reserve(records.size() * kPayloadColumns);
  for (const Record* record : records) {
    rows.emplace_back(record->position);
    rows.emplace_back(Bytes(record->actor));
    rows.emplace_back(Bytes(record->actor_body));
    rows.emplace_back(record->record_time);
    rows.emplace_back(record->effective);
    rows.emplace_back(Bytes(record->method));
    rows.emplace_back(Bytes(record->resource));
    rows.emplace_back(Bytes(record->resource_type));
    rows.emplace_back(record->revision);
    rows.emplace_back(Bytes(record->unit));
    rows.emplace_back(int64_t{record->schema_version});
    rows.emplace_back(int64_t{record->deleted});
    rows.emplace_back(Bytes(record->payload_digest));
    rows.emplace_back(Bytes(record->hash));
    payloads.emplace_back(record->position);
    payloads.emplace_back(Bytes(record->payload));
    payloads.emplace_back(Bytes(record->payload_salt));
  }
  RETURN_IF_ERROR(InsertRows(db, kInsertRecords, kRecordColumns, "", rows));
  return InsertRows(db, kInsertPayloads, kPayloadColumns, "", payloads);
}

// Locks the head, which from here to COMMIT no other transaction can, and appends.
absl::Status Append(mysql::Connection& db, const std::vector<Work*>& stored, Head& head) {
  bool changes = false;
  for (const Work* work : stored) changes = changes || !work->records.empty();
  bool found = false;
  RETURN_IF_ERROR(
      db.Query(changes ? kLockHead : kReadHead, {int64_t{1}}, [&](const mysql::Row& row) {
        head = {row.Bytes(0), row.Int(1), row.Bytes(2)};
        found = true;
        return absl::OkStatus();
      }));
  if (!found) return Internal("the ledger has no head");
  std::vector<const Record*> records;
  for (Work* work : stored) {
    for (Record& record : work->records) {
      record.position = ++head.position;
      record.hash = RecordHash(head.hash, record);
      head.hash = record.hash;
      records.push_back(&record);
    }
    work->position = head.position;
  }
  if (records.empty()) return absl::OkStatus();
  RETURN_IF_ERROR(InsertRecords(db, records));
  return db.Execute(kMoveHead, {head.position, Bytes(head.hash)}).status();
}

// How long the session waits for a lock from now on; not at all with 0.
absl::Status SetLockWait(mysql::Connection& db, int64_t seconds) {
  return db.Execute("SET SESSION innodb_lock_wait_timeout = ?", {seconds}).status();
}

}  // namespace

Attempt TryBatch(mysql::Connection& db, const std::vector<WorkPtr>& works, absl::Time now,
                 Head& head, absl::Status& cause, std::optional<int64_t> usual_wait) {
  const bool single = works.size() == 1;
  // What is done for several at once is told of the first.
  const ScopedTrace trace(works[0]->trace);
  const ScopedOperation operation(single ? std::string_view(works[0]->command.method) : kSeveral);
  bool impatient = false;
  const auto wait_as_usual = [&] {
    if (!std::exchange(impatient, false) || db.broken()) return absl::OkStatus();
    return SetLockWait(db, *usual_wait);
  };
  const auto roll_back = [&](Attempt attempt, absl::Status why) {
    if (db.in_transaction() && !db.broken()) db.Rollback().IgnoreError();
    wait_as_usual().IgnoreError();
    cause = std::move(why);
    return attempt;
  };
  // What a failed statement of ours means for the works.
  const auto failed = [&](const absl::Status& status) {
    if (mysql::IsTransient(status)) return roll_back(Attempt::kTransient, status);
    if (!single) return roll_back(Attempt::kApart, status);
    works[0]->error = status;
    return roll_back(Attempt::kRefused, status);
  };

  if (const absl::Status status = db.Begin(); !status.ok()) return failed(status);
  std::vector<RequestRow> rows;
  for (const WorkPtr& work : works) rows.push_back({&work->key, &work->body_hash});
  if (const absl::Status status = RememberRequests(db, rows, now); !status.ok()) {
    if (mysql::ErrorNumber(status) == mysql::kDuplicateKey) {
      return roll_back(Attempt::kRemembered, status);
    }
    return failed(status);
  }
  // The insert went through: what was sent with a lost COMMIT before was not stored.
  for (const WorkPtr& work : works) work->maybe_stored = false;

  std::vector<Work*> stored;
  std::vector<const RequestKey*> forget;
  std::vector<GatheredRow> gathered;
  if (usual_wait.has_value()) {
    if (const absl::Status status = SetLockWait(db, 0); !status.ok()) return failed(status);
    impatient = true;
  }
  for (const WorkPtr& work : works) {
    const bool good = RunOne(db, *work, now, gathered);
    if (!db.transaction_failure().ok()) {
      work->held = mysql::ErrorNumber(db.transaction_failure()) == mysql::kLockWaitTimeout;
      return roll_back(Attempt::kTransient, db.transaction_failure());
    }
    if (!good) {
      if (!single) return roll_back(Attempt::kApart, work->error);
      if (!work->error.ok()) return roll_back(Attempt::kRefused, work->error);
    }
    if (work->error.ok()) {
      stored.push_back(work.get());
    } else {
      forget.push_back(&work->key);
    }
  }
  if (stored.empty()) {
    const absl::Status last = works.back()->error;
    return roll_back(single ? Attempt::kRefused : Attempt::kStored, last);
  }
  if (const absl::Status status = wait_as_usual(); !status.ok()) return failed(status);
  if (const absl::Status status = ForgetRequests(db, forget); !status.ok()) return failed(status);
  if (const absl::Status status = RunGathered(db, std::move(gathered)); !status.ok()) {
    return failed(status);
  }
  if (const absl::Status status = Append(db, stored, head); !status.ok()) return failed(status);
  rows.clear();
  for (Work* work : stored) {
    rows.push_back({&work->key, &work->body_hash, work->position, &work->response});
  }
  if (const absl::Status status = StoreAnswers(db, rows, now); !status.ok()) return failed(status);
  const absl::Status committed = db.Commit();
  if (committed.ok()) return Attempt::kStored;
  if (!mysql::IsCommitUnknown(committed)) return failed(committed);
  cause = committed;
  for (const WorkPtr& work : works) work->maybe_stored = true;
  return Attempt::kUnknown;
}

}  // namespace phoihop::ledger
