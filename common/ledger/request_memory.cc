#include "common/ledger/request_memory.h"

#include <sodium.h>

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/ledger/rows.h"
#include "common/status/macros.h"

namespace phoihop::ledger {
namespace {

using mysql::Bytes;

constexpr char kInsert[] =
    "INSERT INTO request_memory (caller, request_id, body_hash, position, response, create_time)";
constexpr char kInsertTail[] =
    " ON DUPLICATE KEY UPDATE position = VALUES(position), response = VALUES(response)";
constexpr size_t kColumns = 6;
constexpr size_t kLookUpAtOnce = 64;
constexpr int kPurgeAtOnce = 500;

std::vector<mysql::Value> Flatten(const std::vector<RequestRow>& rows, absl::Time now) {
  std::vector<mysql::Value> values;
  values.reserve(rows.size() * kColumns);
  for (const RequestRow& row : rows) {
    values.emplace_back(Bytes(row.key->first));
    values.emplace_back(Bytes(row.key->second));
    values.emplace_back(Bytes(*row.body_hash));
    values.emplace_back(row.position);
    values.emplace_back(row.response == nullptr ? Bytes() : Bytes(*row.response));
    values.emplace_back(now);
  }
  return values;
}

std::string InternalPrefix(absl::Time time) {
  return absl::StrFormat("%016x", absl::ToUnixMicros(time));
}

}  // namespace

std::string NewInternalId(absl::Time now) {
  char random[8];
  randombytes_buf(random, sizeof(random));
  return absl::StrCat(InternalPrefix(now),
                      absl::BytesToHexString(absl::string_view(random, sizeof(random))));
}

std::string RequestHash(std::string_view key32, std::string_view method, std::string_view body) {
  std::string bytes = absl::StrCat(method.size(), ":");
  bytes += method;
  bytes += body;
  std::string hash(32, '\0');
  crypto_generichash(reinterpret_cast<unsigned char*>(hash.data()), hash.size(),
                     reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
                     reinterpret_cast<const unsigned char*>(key32.data()), key32.size());
  return hash;
}

absl::Status RememberRequests(mysql::Connection& db, std::vector<RequestRow> rows, absl::Time now) {
  std::sort(rows.begin(), rows.end(),
            [](const RequestRow& a, const RequestRow& b) { return *a.key < *b.key; });
  return InsertRows(db, kInsert, kColumns, "", Flatten(rows, now));
}

absl::Status StoreAnswers(mysql::Connection& db, const std::vector<RequestRow>& rows,
                          absl::Time now) {
  return InsertRows(db, kInsert, kColumns, kInsertTail, Flatten(rows, now));
}

absl::Status ForgetRequests(mysql::Connection& db, const std::vector<const RequestKey*>& keys) {
  for (const RequestKey* key : keys) {
    RETURN_IF_ERROR(db.Execute("DELETE FROM request_memory WHERE caller = ? AND request_id = ?",
                               {Bytes(key->first), Bytes(key->second)})
                        .status());
  }
  return absl::OkStatus();
}

absl::StatusOr<std::map<RequestKey, Remembered>> FindRequests(
    mysql::Connection& db, const std::vector<const RequestKey*>& keys) {
  std::map<RequestKey, Remembered> found;
  for (size_t start = 0; start < keys.size(); start += kLookUpAtOnce) {
    const size_t count = std::min(kLookUpAtOnce, keys.size() - start);
    std::vector<mysql::Value> params;
    for (size_t i = start; i < start + count; ++i) {
      params.emplace_back(Bytes(keys[i]->first));
      params.emplace_back(Bytes(keys[i]->second));
    }
    RETURN_IF_ERROR(
        db.Query(absl::StrCat("SELECT caller, request_id, body_hash, position, response"
                              " FROM request_memory WHERE ",
                              Repeat("(caller = ? AND request_id = ?)", " OR ", count)),
                 params, [&](const mysql::Row& row) {
                   found[{row.Bytes(0), row.Bytes(1)}] = {row.Bytes(2), row.Int(3), row.Bytes(4)};
                   return absl::OkStatus();
                 }));
  }
  return found;
}

absl::StatusOr<int64_t> PurgeRequests(mysql::Connection& db, absl::Time before,
                                      absl::Time internal_before) {
  ASSIGN_OR_RETURN(const int64_t old,
                   db.Execute(absl::StrCat("DELETE FROM request_memory WHERE create_time < ?"
                                           " ORDER BY create_time LIMIT ",
                                           kPurgeAtOnce),
                              {before}));
  ASSIGN_OR_RETURN(
      const int64_t internal,
      db.Execute(absl::StrCat("DELETE FROM request_memory WHERE caller = ? AND request_id < ?"
                              " ORDER BY request_id LIMIT ",
                              kPurgeAtOnce),
                 {Bytes(std::string(kInternalCaller)), Bytes(InternalPrefix(internal_before))}));
  return old + internal;
}

}  // namespace phoihop::ledger
