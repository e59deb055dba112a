#include <algorithm>
#include <cstdio>

#include "absl/strings/str_cat.h"
#include "common/rpc/client.h"
#include "common/text/text.h"
#include "phoihop/reporting/v1/reporting.grpc.pb.h"
#include "services/ctl/client.h"
#include "services/ctl/commands.h"
#include "services/ctl/output.h"

namespace phoihop::ctl {
namespace {

namespace pb = ::phoihop::reporting::v1;

void ReportProgress(const pb::RebuildProgress& progress) {
  Say(absl::StrCat("Đã đếm lại ", FormatCountVi(progress.records_done()), " / ",
                   FormatCountVi(progress.records_total()), " bản ghi"),
      absl::StrCat("counted ", progress.records_done(), " of ", progress.records_total(),
                   " records again"));
}

int ReportResult(const pb::RebuildProgress& progress) {
  if (progress.equal()) {
    Say("Bằng nhau: hình chiếu đúng với các sổ", "equal: the projection is what the ledgers say");
    return 0;
  }
  Say(absl::StrCat("KHÁC NHAU: cũ ", progress.old_digest(), ", mới ", progress.new_digest()),
      absl::StrCat("DIFFERENT: old ", progress.old_digest(), ", new ", progress.new_digest()));
  for (const std::string& difference : progress.differences()) {
    std::printf("    %s\n", difference.c_str());
  }
  return 1;
}

}  // namespace

int RebuildReporting(Client& client, const Arguments&) {
  auto stub = pb::ReportingService::NewStub(client.channel("reporting"));
  grpc::ClientContext context;
  rpc::Prepare(client.Options(absl::Hours(1)), context);
  const auto reader = stub->RebuildProjection(&context, pb::RebuildProjectionRequest());
  pb::RebuildProgress progress;
  int64_t told = 0;
  bool done = false;
  while (reader->Read(&progress)) {
    const int64_t step = std::max<int64_t>(1, progress.records_total() / 10);
    if (!progress.done() && progress.records_done() >= told + step) {
      told = progress.records_done();
      ReportProgress(progress);
    }
    if (progress.done()) {
      done = true;
      break;
    }
  }
  if (done) {
    context.TryCancel();
    reader->Finish();
    ReportProgress(progress);
    return ReportResult(progress);
  }
  absl::Status status = rpc::FromGrpcStatus(reader->Finish());
  if (status.ok()) status = absl::UnavailableError("the stream ended early");
  SayError("Không đếm lại được", "The projection was not rebuilt", status);
  return 1;
}

}  // namespace phoihop::ctl
