#include <algorithm>
#include <cstdint>
#include <optional>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/ledger/reader.h"
#include "common/status/macros.h"
#include "phoihop/ledger/v1/ledger.grpc.pb.h"
#include "services/ctl/client.h"
#include "services/ctl/doctor.h"
#include "services/ctl/ledger_source.h"

ABSL_FLAG(int64_t, records, 1000, "doctor: how many of each ledger's last records are verified");

namespace phoihop::ctl {
namespace {

namespace pb = ::phoihop::ledger::v1;

constexpr absl::Duration kUnsigned = absl::Minutes(5);

// What was seen of one ledger's end.
struct Tail {
  ledger::Head head;
  int64_t verified = 0;
  // The first record that does not fit.
  std::optional<int64_t> bad;
  // When the oldest record behind the last checkpoint was made; nothing when there is none.
  std::optional<absl::Time> unsigned_since;
};

// Reads from a record before the last ones on, so that the first that counts has a predecessor.
absl::StatusOr<Tail> ReadTail(Client& client, const std::string& service, int64_t count) {
  auto stub = pb::LedgerService::NewStub(client.channel(service));
  Tail tail;
  ASSIGN_OR_RETURN(const pb::Head head,
                   rpc::Call(*stub, &pb::LedgerService::Stub::GetHead, {}, client.Options()));
  const int64_t first = std::max<int64_t>(0, head.position() - count);
  const std::unique_ptr<LedgerSource> source = LedgerOfService(client, service);
  ASSIGN_OR_RETURN(const std::vector<ledger::Checkpoint> checkpoints, source->Checkpoints(first));
  int64_t signed_to = first;
  for (const ledger::Checkpoint& checkpoint : checkpoints) {
    signed_to = std::max(signed_to, checkpoint.position);
  }
  std::string hash;
  int64_t at = std::max<int64_t>(0, first - 1);
  while (true) {
    ASSIGN_OR_RETURN(ledger::RecordPage page, source->Records(at));
    tail.head = page.head;
    for (const ledger::Record& record : page.records) {
      // Without a predecessor at hand it is taken for what it says.
      const bool known = !hash.empty() || record.position == 1;
      const bool follows = record.position == at + 1;
      const bool payload =
          record.redacted ||
          record.payload_digest == ledger::PayloadDigest(record.payload_salt, record.payload);
      if (!follows || !payload || (known && ledger::RecordHash(hash, record) != record.hash)) {
        tail.bad = record.position;
        return tail;
      }
      if (record.position > signed_to && !tail.unsigned_since.has_value()) {
        tail.unsigned_since = record.record_time;
      }
      at = record.position;
      hash = record.hash;
      ++tail.verified;
    }
    if (page.records.empty() || at >= page.head.position) break;
  }
  if (at != tail.head.position || (at > 0 && hash != tail.head.hash)) tail.bad = at;
  return tail;
}

void LookAtLedger(Client& client, const std::string& service, Diagnoses& out) {
  const std::string check = "ledger." + service;
  const absl::StatusOr<Tail> tail = ReadTail(client, service, absl::GetFlag(FLAGS_records));
  if (!tail.ok()) {
    out.Look(check,
             {absl::StrCat("could not be read: ", tail.status().message()), "không đọc được"},
             {"Get the service to run first.", "Khôi phục dịch vụ trước."});
    return;
  }
  if (tail->bad.has_value()) {
    out.Broken(check,
               {absl::StrCat("record ", *tail->bad, " does not fit the chain"),
                absl::StrCat("bản ghi ", *tail->bad, " không khớp chuỗi")},
               {absl::StrCat("Somebody changed it: phoihopctl ledger verify ", service,
                             " says what; keep the database as it is and call who is responsible."),
                absl::StrCat("Có người đã sửa: chạy phoihopctl ledger verify ", service,
                             "; giữ nguyên hiện trạng và báo người phụ trách.")});
    return;
  }
  out.Good(check, {absl::StrCat("whole: the last ", tail->verified, " of ", tail->head.position),
                   absl::StrCat("nguyên vẹn: ", tail->verified, " bản ghi cuối trên ",
                                tail->head.position)});
  const absl::Duration waiting =
      tail->unsigned_since.has_value() ? absl::Now() - *tail->unsigned_since : absl::ZeroDuration();
  if (waiting < kUnsigned) {
    out.Good("checkpoint." + service, {"fresh", "mới"});
  } else {
    out.Look("checkpoint." + service,
             {absl::StrCat("records are unsigned since ",
                           absl::FormatDuration(absl::Trunc(waiting, absl::Seconds(1)))),
              absl::StrCat("bản ghi chưa được ký đã ", absl::ToInt64Minutes(waiting), " phút")},
             {"Its log says why no checkpoint was made.",
              "Nhật ký của dịch vụ nêu vì sao chưa ký được."});
  }
}

}  // namespace

void LookAtLedgers(Client& client, Diagnoses& out) {
  for (const std::string& service : ServiceNames()) LookAtLedger(client, service, out);
}

}  // namespace phoihop::ctl
