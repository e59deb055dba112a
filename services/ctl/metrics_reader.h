// Reads the /metrics of running services.
#ifndef PHOIHOP_SERVICES_CTL_METRICS_READER_H_
#define PHOIHOP_SERVICES_CTL_METRICS_READER_H_

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/ctl/settings.h"

namespace phoihop::ctl {

using Labels = std::map<std::string, std::string>;

struct Sample {
  Labels labels;
  double value = 0;
};

// Everything that one process exported at one moment.
class Metrics {
 public:
  Metrics() = default;
  // Lines that are no samples are passed over.
  explicit Metrics(std::string_view text);

  // All samples of a name; none when there is no such metric.
  const std::vector<Sample>& All(std::string_view name) const;
  // The first sample that has these labels, perhaps among others.
  std::optional<double> Get(std::string_view name, const Labels& labels = {}) const;
  // The sum of all samples of a name that have these labels; 0 without any.
  double Sum(std::string_view name, const Labels& labels = {}) const;
  // The largest; 0 without any.
  double Max(std::string_view name) const;

 private:
  std::map<std::string, std::vector<Sample>, std::less<>> samples_;
};

// The value below which this part of what was observed between two scrapes lies, from a
// histogram's buckets, over all labels, without samples whose label `method` ends with
// `left_out`. Nothing when nothing was observed.
std::optional<double> Quantile(double part, const Metrics& before, const Metrics& after,
                               const std::string& histogram, std::string_view left_out);

// One GET over plain HTTP/1.1; the body of an answer of 200.
absl::StatusOr<std::string> HttpGet(const std::string& address, const std::string& path,
                                    absl::Duration timeout);

// host:port of each service's /metrics, several for replicas: from --metrics_addresses
// (directory=127.0.0.1:9100,gateway=...), or else from the data folder's config.
std::multimap<std::string, std::string> MetricsAddresses(const Settings& settings);

}  // namespace phoihop::ctl

#endif  // PHOIHOP_SERVICES_CTL_METRICS_READER_H_
