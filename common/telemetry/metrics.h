// Metrics for Prometheus, without its headers. Names follow its conventions:
// `phoihop_<part>_<what>_<unit>`, counters end in `_total`. Labels have few
// values: never an id, a name or a text.
#ifndef PHOIHOP_COMMON_TELEMETRY_METRICS_H_
#define PHOIHOP_COMMON_TELEMETRY_METRICS_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace prometheus {
class Counter;
class Gauge;
class Histogram;
}  // namespace prometheus

namespace phoihop {

using MetricLabels = std::map<std::string, std::string>;

// Handles are cheap to copy, thread safe, and live as long as the process.
class Counter {
 public:
  explicit Counter(prometheus::Counter* counter) : counter_(counter) {}
  void Increment(double by = 1);
  double value() const;

 private:
  prometheus::Counter* counter_;
};

class Gauge {
 public:
  explicit Gauge(prometheus::Gauge* gauge) : gauge_(gauge) {}
  void Set(double value);
  void Add(double delta);
  double value() const;

 private:
  prometheus::Gauge* gauge_;
};

class Histogram {
 public:
  explicit Histogram(prometheus::Histogram* histogram) : histogram_(histogram) {}
  void Observe(double value);

 private:
  prometheus::Histogram* histogram_;
};

// The metric of this name and these labels, made at the first call. The same
// name must always come with the same kind. Keep the handle: looking it up
// takes a lock.
Counter GetCounter(const std::string& name, const std::string& help, const MetricLabels& = {});
Gauge GetGauge(const std::string& name, const std::string& help, const MetricLabels& = {});
Histogram GetHistogram(const std::string& name, const std::string& help, const MetricLabels&,
                       const std::vector<double>& buckets);

// Upper bounds in seconds for the time that a request takes, 0,5 ms to 10 s.
const std::vector<double>& LatencyBuckets();

// Calls `update` before each scrape, until the returned handle is destroyed; no call is running
// any more then. For gauges that are read rather than told, such as an age. It must be quick and
// wait for nobody: a scrape is wanted most when something hangs.
std::shared_ptr<void> BeforeScrape(std::function<void()> update);

// Everything in the text format of Prometheus.
std::string MetricsText();

// Serves /metrics over HTTP until destroyed.
class MetricsEndpoint {
 public:
  // FAILED_PRECONDITION when the port is taken.
  static absl::StatusOr<std::unique_ptr<MetricsEndpoint>> Start(const std::string& address,
                                                                int port);
  ~MetricsEndpoint();

 private:
  class Impl;
  explicit MetricsEndpoint(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace phoihop

#endif  // PHOIHOP_COMMON_TELEMETRY_METRICS_H_
