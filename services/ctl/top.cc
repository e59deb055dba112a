#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/flags/declare.h"
#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "services/ctl/doctor.h"
#include "services/ctl/output.h"

ABSL_DECLARE_FLAG(bool, json);
ABSL_FLAG(bool, once, false, "top: prints one view and ends");
ABSL_FLAG(absl::Duration, interval, absl::Seconds(1), "top: time between two views");

namespace phoihop::ctl {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(1);
// Streams last as long as they are wanted.
constexpr char kStreams[] = "/Follow";

// What one process exported, and when.
struct Scrape {
  absl::Time at;
  Metrics metrics;
};

// One line of the view.
struct Line {
  std::string service;
  std::string address;
  bool up = false;
  double calls = 0;
  double errors = 0;
  double refused = 0;
  std::optional<double> p50 = std::nullopt, p99 = std::nullopt;
  double queue = 0, running = 0;
  double lane_waiting = 0, batch = 0;
  double position = 0, lag = 0;
  double pool = 0, pool_size = 0;
  bool database = false;
  double cpu = 0, memory = 0;
};

bool IsBad(const std::string& code) {
  for (const char* bad : {"INTERNAL", "UNKNOWN", "DATA_LOSS", "UNAVAILABLE", "DEADLINE_EXCEEDED"}) {
    if (code == bad) return true;
  }
  return false;
}

double Growth(const Metrics& before, const Metrics& after, const char* name) {
  return std::max(0.0, after.Sum(name) - before.Sum(name));
}

Line LineOf(const std::string& service, const std::string& address, const Scrape& before,
            const Scrape& after) {
  Line line{.service = service, .address = address, .up = true};
  const Metrics& now = after.metrics;
  const double seconds = std::max(0.001, absl::ToDoubleSeconds(after.at - before.at));
  for (const Sample& sample : now.All("phoihop_rpc_requests_total")) {
    const double count =
        sample.value - before.metrics.Get("phoihop_rpc_requests_total", sample.labels).value_or(0);
    const std::string& code = sample.labels.at("code");
    line.calls += count / seconds;
    if (IsBad(code)) line.errors += count / seconds;
    if (code == "RESOURCE_EXHAUSTED") line.refused += count / seconds;
  }
  line.p50 = Quantile(0.5, before.metrics, now, "phoihop_rpc_seconds", kStreams);
  line.p99 = Quantile(0.99, before.metrics, now, "phoihop_rpc_seconds", kStreams);
  line.queue = now.Sum("phoihop_rpc_queue_depth");
  line.running = now.Sum("phoihop_rpc_in_flight");
  line.lane_waiting = now.Sum("phoihop_lane_waiting");
  const double batches = Growth(before.metrics, now, "phoihop_lane_batch_commands_count");
  line.batch =
      batches <= 0 ? 0 : Growth(before.metrics, now, "phoihop_lane_batch_commands_sum") / batches;
  line.position = now.Max("phoihop_ledger_position");
  line.lag = now.Max("phoihop_feed_lag_records");
  line.pool = now.Sum("phoihop_mysql_pool_in_use");
  line.pool_size = now.Sum("phoihop_mysql_pool_size");
  line.database = now.Get("phoihop_database_up").value_or(0) == 1;
  line.cpu = 100 * Growth(before.metrics, now, "process_cpu_seconds_total") / seconds;
  line.memory = now.Sum("process_resident_memory_bytes");
  return line;
}

std::string Milliseconds(std::optional<double> seconds) {
  if (!seconds.has_value()) return "-";
  const double ms = 1000 * *seconds;
  return ms < 10 ? absl::StrFormat("%.2f", ms) : absl::StrFormat("%.0f", ms);
}

// As wide as `width` letters, whatever their bytes.
std::string Padded(const std::string& text, int width) {
  const auto is_letter = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; };
  const auto letters = std::count_if(text.begin(), text.end(), is_letter);
  return std::string(static_cast<size_t>(std::max<long>(0, width - letters)), ' ') + text;
}

// The columns behind the service's name: width and heads.
struct Column {
  int width;
  const char* vi;
  const char* en;
};
constexpr Column kColumns[] = {
    {9, "gọi/s", "calls/s"},    {8, "lỗi/s", "errors"}, {8, "từ chối", "refused"},
    {9, "p50 ms", "p50"},       {9, "p99 ms", "p99"},   {7, "chờ", "queue"},
    {7, "chạy", "runs"},        {7, "làn", "lanes"},    {7, "lô", "batch"},
    {11, "vị trí", "position"}, {8, "trễ", "lag"},      {9, "kết nối", "pool"},
    {5, "CSDL", "db"},          {7, "CPU %", "CPU"},    {7, "MB", "MB"}};

std::string Row(const std::string& service, const std::vector<std::string>& cells) {
  std::string row = service + Padded("", 11 - static_cast<int>(service.size()));
  for (size_t i = 0; i < cells.size(); ++i) row += Padded(cells[i], kColumns[i].width);
  return row + "\n";
}

std::string Number(double value, int decimals = 0) {
  return absl::StrFormat("%.*f", decimals, value);
}

std::string Table(const std::vector<Line>& lines) {
  std::vector<std::string> vi, en;
  for (const Column& column : kColumns) {
    vi.push_back(column.vi);
    en.push_back(column.en);
  }
  std::string text = Row("", vi) + Row("", en);
  for (const Line& line : lines) {
    if (!line.up) {
      absl::StrAppendFormat(&text, "%-11s %s\n", line.service,
                            absl::StrCat("không trả lời / no answer at ", line.address));
      continue;
    }
    text += Row(
        line.service,
        {Number(line.calls, 1), Number(line.errors, 1), Number(line.refused, 1),
         Milliseconds(line.p50), Milliseconds(line.p99), Number(line.queue), Number(line.running),
         Number(line.lane_waiting), Number(line.batch, 1), Number(line.position), Number(line.lag),
         absl::StrCat(Number(line.pool), "/", Number(line.pool_size)), line.database ? "ok" : "✗",
         Number(line.cpu, 1), Number(line.memory / (1 << 20))});
  }
  return text;
}

std::string Json(const std::vector<Line>& lines) {
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  for (const Line& line : lines) {
    nlohmann::ordered_json one;
    one["service"] = line.service;
    one["address"] = line.address;
    one["up"] = line.up;
    if (line.up) {
      one["callsPerSecond"] = line.calls;
      one["errorsPerSecond"] = line.errors;
      one["refusedPerSecond"] = line.refused;
      if (line.p50.has_value()) one["p50Seconds"] = *line.p50;
      if (line.p99.has_value()) one["p99Seconds"] = *line.p99;
      one["queue"] = line.queue;
      one["running"] = line.running;
      one["laneWaiting"] = line.lane_waiting;
      one["meanBatch"] = line.batch;
      one["position"] = line.position;
      one["lagRecords"] = line.lag;
      one["poolInUse"] = line.pool;
      one["poolSize"] = line.pool_size;
      one["databaseUp"] = line.database;
      one["cpuPercent"] = line.cpu;
      one["memoryBytes"] = line.memory;
    }
    json.push_back(std::move(one));
  }
  return json.dump(2) + "\n";
}

using Scrapes = std::map<std::string, Scrape>;

Scrapes ScrapeAll(const std::multimap<std::string, std::string>& addresses) {
  Scrapes scrapes;
  for (const auto& [service, address] : addresses) {
    const auto text = HttpGet(address, "/metrics", kPatience);
    if (text.ok()) scrapes[address] = {absl::Now(), Metrics(*text)};
  }
  return scrapes;
}

}  // namespace

int Top(const Settings& settings, const Arguments& arguments) {
  const std::multimap<std::string, std::string> addresses = MetricsAddresses(settings);
  if (!arguments.empty() || addresses.empty()) {
    std::fputs("top [--once] [--json] [--interval 1s] (--data DIR | --metrics_addresses ...)\n",
               stderr);
    return 2;
  }
  const bool once = absl::GetFlag(FLAGS_once) || absl::GetFlag(FLAGS_json);
  const absl::Duration interval =
      std::clamp(absl::GetFlag(FLAGS_interval), absl::Milliseconds(100), absl::Hours(1));
  Scrapes before = ScrapeAll(addresses);
  while (true) {
    absl::SleepFor(interval);
    Scrapes after = ScrapeAll(addresses);
    std::vector<Line> lines;
    bool all = true;
    for (const auto& [service, address] : addresses) {
      const auto now = after.find(address);
      if (now == after.end()) {
        all = false;
        lines.push_back({.service = service, .address = address});
        continue;
      }
      const auto old = before.find(address);
      lines.push_back(
          LineOf(service, address, old == before.end() ? now->second : old->second, now->second));
    }
    // Home and erase what is below: no flicker.
    if (!once) std::fputs("\033[H\033[J", stdout);
    std::fputs((absl::GetFlag(FLAGS_json) ? Json(lines) : Table(lines)).c_str(), stdout);
    std::fflush(stdout);
    if (once) return all ? 0 : 1;
    before = std::move(after);
  }
}

}  // namespace phoihop::ctl
