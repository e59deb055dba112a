#include "services/ctl/doctor.h"

#include <cstdio>
#include <cstdlib>

#include "absl/flags/flag.h"
#include "absl/time/time.h"
#include "common/rpc/client.h"
#include "common/rpc/probe.h"
#include "common/rpc/tls.h"
#include "services/ctl/client.h"
#include "services/ctl/output.h"

ABSL_FLAG(bool, json, false, "doctor, top --once: prints JSON");

namespace phoihop::ctl {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(2);

}  // namespace

void LookAtHealth(const Settings& settings, Diagnoses& diagnoses) {
  std::shared_ptr<const rpc::TlsIdentity> tls;
  if (!settings.tls_dir.empty()) {
    auto opened = rpc::TlsIdentity::Open(settings.tls_dir);
    if (!opened.ok()) {
      const std::string why(opened.status().message());
      diagnoses.Broken("tls", {why, "Không đọc được chứng thư của phoihopctl."},
                       {"Run this as who ran deploy/up; one that is missing or has ended: "
                        "deploy/ca issue or renew DIR ctl.",
                        "Chạy bằng người đã chạy deploy/up; nếu thiếu hoặc hết hạn: deploy/ca "
                        "issue hoặc renew DIR ctl."});
      return;
    }
    tls = *std::move(opened);
  }
  for (const std::string& service : ServiceNames()) {
    const auto address = settings.addresses.find(service);
    if (address == settings.addresses.end()) continue;
    rpc::ChannelOptions options;
    if (service != "gateway" || settings.gateway_tls) options.tls = tls;
    options.service = service;
    const absl::Status status = rpc::Probe(address->second, options, kPatience);
    const std::string check = absl::StrCat("service.", service);
    if (status.ok()) {
      diagnoses.Good(check, {"serves at " + address->second, "phục vụ tại " + address->second});
    } else {
      diagnoses.Broken(check,
                       {absl::StrCat("does not serve at ", address->second, ": ", status.message()),
                        absl::StrCat("không phục vụ tại ", address->second)},
                       {"Read the end of its log (DATA/log/NAME/current or the container's), which "
                        "says why.",
                        "Đọc cuối nhật ký của dịch vụ (DATA/log/TÊN/current hoặc của container)."});
    }
  }
  if (settings.http_address.empty()) return;
  const auto ready = HttpGet(settings.http_address, "/readyz", kPatience);
  if (ready.ok()) {
    diagnoses.Good("gateway.http", {"ready", "sẵn sàng"});
  } else {
    diagnoses.Broken("gateway.http",
                     {std::string(ready.status().message()), "cổng HTTP chưa sẵn sàng"},
                     {"The gateway waits for the directory: look at that first.",
                      "Cổng kết nối chờ danh bạ: xem dịch vụ directory trước."});
  }
}

std::vector<Process> AskForMetrics(const Settings& settings, Diagnoses& diagnoses) {
  std::vector<Process> processes;
  const std::multimap<std::string, std::string> addresses = MetricsAddresses(settings);
  if (addresses.empty()) {
    diagnoses.Look("metrics",
                   {"it is not known where the services' /metrics are",
                    "không biết số liệu của các dịch vụ ở đâu"},
                   {"Give --data, or --metrics_addresses=directory=HOST:PORT,...",
                    "Thêm --data hoặc --metrics_addresses=directory=MÁY:CỔNG,..."});
  }
  for (const auto& [service, address] : addresses) {
    const auto text = HttpGet(address, "/metrics", kPatience);
    if (text.ok()) {
      processes.push_back({service, address, Metrics(*text)});
    } else {
      diagnoses.Look(absl::StrCat("metrics.", service),
                     {absl::StrCat("no /metrics at ", address),
                      absl::StrCat("không đọc được số liệu tại ", address)},
                     {"Is the process running, with --metrics_port?",
                      "Tiến trình có chạy và có --metrics_port không?"});
    }
  }
  return processes;
}

int Doctor(const Settings& settings, const Arguments& arguments) {
  if (!arguments.empty()) {
    std::fputs("doctor [--json] [--records N]\n", stderr);
    return 2;
  }
  Diagnoses diagnoses;
  LookAtHealth(settings, diagnoses);
  LookAtProcesses(AskForMetrics(settings, diagnoses), diagnoses);
  LookAtSite(settings, diagnoses);
  LookAtHost(settings, diagnoses);
  LookAtDatabase(settings, diagnoses);
  if (auto client = Client::Create(settings); client.ok()) {
    LookAtLedgers(**client, diagnoses);
  } else {
    diagnoses.Look(
        "ledger", {"not looked at: no key for phoihopctl", "không xem được: thiếu khóa phoihopctl"},
        {"Run this as who ran deploy/up.", "Chạy bằng người đã chạy deploy/up."});
  }
  std::fputs((absl::GetFlag(FLAGS_json) ? diagnoses.ToJson() : diagnoses.ToText()).c_str(), stdout);
  return static_cast<int>(diagnoses.worst());
}

}  // namespace phoihop::ctl
