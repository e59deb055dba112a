#include "services/ctl/metrics_reader.h"

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/ctl/diagnosis.h"

namespace phoihop::ctl {
namespace {

constexpr char kText[] = R"(# HELP a_total Text with a_total{x="y"} 9
# TYPE a_total counter
a_total{method="p.S/A",code="OK"} 3
a_total{method="p.S/B",code="OK"} 4
a_total{method="with \"quotes\", and {braces}",code="INTERNAL"} 0.5
plain 1.5e3
infinite +Inf
broken{no
)";

TEST(MetricsTest, SamplesAreReadWithTheirLabels) {
  const Metrics metrics(kText);
  EXPECT_EQ(metrics.Get("a_total", {{"method", "p.S/B"}}), 4);
  EXPECT_EQ(metrics.Get("a_total", {{"method", "with \"quotes\", and {braces}"}}), 0.5);
  EXPECT_EQ(metrics.Get("a_total", {{"method", "other"}}), std::nullopt);
  EXPECT_EQ(metrics.Sum("a_total", {{"code", "OK"}}), 7);
  EXPECT_EQ(metrics.Sum("a_total"), 7.5);
  EXPECT_EQ(metrics.Max("a_total"), 4);
  EXPECT_EQ(metrics.Get("plain"), 1500);
  EXPECT_GT(*metrics.Get("infinite"), 1e300);
  EXPECT_TRUE(metrics.All("broken").empty());
  EXPECT_EQ(metrics.Sum("absent"), 0);
}

std::string Histogram(int first, int second, int streams) {
  return absl::StrCat("h_bucket{method=\"p.S/A\",le=\"0.1\"} ", first,
                      "\nh_bucket{method=\"p.S/A\",le=\"1\"} ", second,
                      "\nh_bucket{method=\"p.S/A\",le=\"+Inf\"} ", second,
                      "\nh_bucket{method=\"p.S/Follow\",le=\"0.1\"} 0",
                      "\nh_bucket{method=\"p.S/Follow\",le=\"+Inf\"} ", streams, "\n");
}

TEST(QuantileTest, OnlyWhatCameBetweenTheScrapesCounts) {
  const Metrics before(Histogram(100, 100, 5));
  const Metrics after(Histogram(150, 200, 99));
  EXPECT_NEAR(*Quantile(0.5, before, after, "h", "/Follow"), 0.1, 1e-9);
  EXPECT_NEAR(*Quantile(0.75, before, after, "h", "/Follow"), 0.55, 1e-9);
  EXPECT_EQ(Quantile(0.5, after, after, "h", "/Follow"), std::nullopt);
}

TEST(DiagnosesTest, TheGravestIsTheVerdictAndStandsAtTheEnd) {
  Diagnoses diagnoses;
  EXPECT_EQ(diagnoses.worst(), Verdict::kGood);
  diagnoses.Broken("disk", {"full", "đầy"}, {"make room", "dọn bớt"});
  diagnoses.Good("clock", {"right", "đúng"});
  EXPECT_EQ(diagnoses.worst(), Verdict::kBroken);
  const std::string text = diagnoses.ToText();
  EXPECT_LT(text.find("clock"), text.find("disk"));
  EXPECT_LT(text.find("dọn bớt"), text.find("make room"));
  const auto json = nlohmann::json::parse(diagnoses.ToJson());
  EXPECT_EQ(json["verdict"], "BROKEN");
  EXPECT_EQ(json["checks"][0]["advice"]["en"], "make room");
  EXPECT_FALSE(json["checks"][1].contains("advice"));
}

}  // namespace
}  // namespace phoihop::ctl
