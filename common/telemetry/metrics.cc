#include "common/telemetry/metrics.h"

#include <exception>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "common/status/errors.h"
#include "prometheus/collectable.h"
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

// What is to be called before a scrape. Never destroyed, as the registry.
struct Updates {
  struct Update {
    // Held while the function is called.
    absl::Mutex mutex;
    std::function<void()> call ABSL_GUARDED_BY(mutex);
  };

  static Updates& Get() {
    static auto* const updates = new Updates;
    return *updates;
  }

  void Run() {
    std::vector<std::shared_ptr<Update>> all;
    {
      absl::MutexLock lock(&mutex);
      std::erase_if(list, [](const std::weak_ptr<Update>& update) { return update.expired(); });
      for (const std::weak_ptr<Update>& weak : list) {
        if (auto update = weak.lock()) all.push_back(std::move(update));
      }
    }
    for (const std::shared_ptr<Update>& update : all) {
      absl::MutexLock lock(&update->mutex);
      if (update->call) update->call();
    }
  }

  absl::Mutex mutex;
  std::vector<std::weak_ptr<Update>> list ABSL_GUARDED_BY(mutex);
};

// The registry, brought up to date first.
class UpdatedRegistry : public prometheus::Collectable {
 public:
  std::vector<prometheus::MetricFamily> Collect() const override {
    Updates::Get().Run();
    return Registry()->Collect();
  }
};

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

std::shared_ptr<void> BeforeScrape(std::function<void()> call) {
  auto update = std::make_shared<Updates::Update>();
  {
    absl::MutexLock lock(&update->mutex);
    update->call = std::move(call);
  }
  Updates& updates = Updates::Get();
  absl::MutexLock lock(&updates.mutex);
  updates.list.push_back(update);
  return std::shared_ptr<void>(static_cast<void*>(nullptr), [update](void*) {
    absl::MutexLock lock(&update->mutex);
    update->call = nullptr;
  });
}

std::string MetricsText() {
  return prometheus::TextSerializer().Serialize(UpdatedRegistry().Collect());
}

class MetricsEndpoint::Impl {
 public:
  explicit Impl(const std::string& bind_address) : exposer_(bind_address, /*num_threads=*/1) {
    exposer_.RegisterCollectable(registry_);
  }

 private:
  // The exposer keeps no reference.
  const std::shared_ptr<UpdatedRegistry> registry_ = std::make_shared<UpdatedRegistry>();
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
