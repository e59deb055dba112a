#include <cstdio>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/status/errors.h"
#include "phoihop/ledger/v1/ledger.grpc.pb.h"
#include "services/ctl/client.h"
#include "services/ctl/commands.h"
#include "services/ctl/flags.h"
#include "services/ctl/output.h"

namespace phoihop::ctl {
namespace {

namespace pb = ::phoihop::ledger::v1;

void Print(const pb::Record& record) {
  const absl::Time time = absl::FromUnixSeconds(record.record_time().seconds());
  std::printf("%lld\t%s\t%s\t%lld\t%s\t%s\n", static_cast<long long>(record.position()),
              absl::FormatTime(absl::RFC3339_sec, time, absl::UTCTimeZone()).c_str(),
              record.resource().c_str(), static_cast<long long>(record.revision()),
              record.method().c_str(), record.actor().c_str());
}

// Follows until a stream breaks or `until` is reached; moves `request` along. True when done.
bool FollowOnce(Client& client, const std::string& service, int64_t until,
                pb::FollowRequest& request, absl::Status& status) {
  auto stub = pb::LedgerService::NewStub(client.channel(service));
  grpc::ClientContext context;
  rpc::Prepare(client.Options(absl::Hours(12)), context);
  const auto reader = stub->Follow(&context, request);
  pb::FollowResponse response;
  while (reader->Read(&response)) {
    for (const pb::Record& record : response.records()) Print(record);
    std::fflush(stdout);
    request.set_epoch(response.epoch());
    request.set_after_position(response.position());
    if (until > 0 && response.position() >= until) {
      context.TryCancel();
      reader->Finish();
      return true;
    }
  }
  status = rpc::FromGrpcStatus(reader->Finish());
  return false;
}

}  // namespace

int FollowLedger(Client& client, const Arguments& arguments) {
  if (arguments.size() != 1 || client.settings().addresses.count(arguments[0]) == 0) {
    std::fputs("ledger follow SERVICE [--after N] [--until N]\n", stderr);
    return 2;
  }
  pb::FollowRequest request;
  request.set_after_position(absl::GetFlag(FLAGS_after));
  absl::Status status;
  while (!FollowOnce(client, arguments[0], absl::GetFlag(FLAGS_until), request, status)) {
    // A service that is away comes back, and its drain ends streams; all else is an error.
    if (!status.ok() && !absl::IsUnavailable(status)) {
      SayError("Không theo dõi được sổ", "The ledger cannot be followed", status);
      return 1;
    }
    absl::SleepFor(absl::Milliseconds(200));
  }
  return 0;
}

}  // namespace phoihop::ctl
