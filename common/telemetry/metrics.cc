#include "common/telemetry/metrics.h"

#include <exception>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/errors.h"
#include "prometheus/counter.h"
#include "prometheus/exposer.h"
#include "prometheus/gauge.h"
#include "prometheus/histogram.h"
#include "prometheus/registry.h"
#include "prometheus/text_serializer.h"

namespace phoihop {
namespace {

const std::shared_ptr<prometheus::Registry>& Registry() {
  // Never destroyed: handles are used until the process ends.
  static const auto* registry =
      new std::shared_ptr<prometheus::Registry>(std::make_shared<prometheus::Registry>());
  return *registry;
}

}  // namespace

void Counter::Increment(double by) { counter_->Increment(by); }
double Counter::value() const { return counter_->Value(); }
void Gauge::Set(double value) { gauge_->Set(value); }
void Gauge::Add(double delta) { gauge_->Increment(delta); }
double Gauge::value() const { return gauge_->Value(); }
void Histogram::Observe(double value) { histogram_->Observe(value); }

// Registering a family again, or labels within it, gives the one that exists.
Counter GetCounter(const std::string& name, const std::string& help, const MetricLabels& labels) {
  return Counter(
      &prometheus::BuildCounter().Name(name).Help(help).Register(*Registry()).Add(labels));
}

Gauge GetGauge(const std::string& name, const std::string& help, const MetricLabels& labels) {
  return Gauge(&prometheus::BuildGauge().Name(name).Help(help).Register(*Registry()).Add(labels));
}

Histogram GetHistogram(const std::string& name, const std::string& help, const MetricLabels& labels,
                       const std::vector<double>& buckets) {
  return Histogram(&prometheus::BuildHistogram()
                        .Name(name)
                        .Help(help)
                        .Register(*Registry())
                        .Add(labels, buckets));
}

const std::vector<double>& LatencyBuckets() {
  static const auto* buckets = new std::vector<double>{
      0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};
  return *buckets;
}

std::string MetricsText() { return prometheus::TextSerializer().Serialize(Registry()->Collect()); }

class MetricsEndpoint::Impl {
 public:
  explicit Impl(const std::string& bind_address) : exposer_(bind_address, /*num_threads=*/1) {
    exposer_.RegisterCollectable(Registry());
  }

 private:
  prometheus::Exposer exposer_;
};

absl::StatusOr<std::unique_ptr<MetricsEndpoint>> MetricsEndpoint::Start(const std::string& address,
                                                                        int port) {
  const std::string bind_address = absl::StrCat(address, ":", port);
  try {
    return std::unique_ptr<MetricsEndpoint>(
        new MetricsEndpoint(std::make_unique<Impl>(bind_address)));
  } catch (const std::exception& error) {
    return Precondition("PORT_IN_USE",
                        {absl::StrCat("Cannot serve metrics on ", bind_address,
                                      ": is the port used by another process?"),
                         absl::StrCat("Không mở được cổng số liệu ", bind_address, ".")},
                        bind_address);
  }
}

MetricsEndpoint::MetricsEndpoint(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
MetricsEndpoint::~MetricsEndpoint() = default;

}  // namespace phoihop
