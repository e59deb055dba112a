#include "common/telemetry/process.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <cstdio>
#include <filesystem>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/telemetry/metrics.h"
#include "common/telemetry/operation.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace phoihop {
namespace {

using ::phoihop::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::Not;

// Writes a self-signed certificate that ends after so many seconds.
void WriteCertificate(const std::string& path, long seconds) {
  EVP_PKEY* const key = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
  X509* const certificate = X509_new();
  X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
  X509_gmtime_adj(X509_getm_notAfter(certificate), seconds);
  X509_set_pubkey(certificate, key);
  ASSERT_GT(X509_sign(certificate, key, nullptr), 0);
  std::FILE* const file = std::fopen(path.c_str(), "we");
  ASSERT_NE(file, nullptr);
  PEM_write_X509(file, certificate);
  std::fclose(file);
  X509_free(certificate);
  EVP_PKEY_free(key);
}

class CertificateTest : public ::testing::Test {
 protected:
  CertificateTest() : folder_(::testing::TempDir() + "/phoihop_certificates") {
    std::filesystem::create_directories(folder_);
  }
  ~CertificateTest() override { std::filesystem::remove_all(folder_); }

  const std::string folder_;
};

TEST_F(CertificateTest, ExpiryIsReadFromTheFile) {
  WriteCertificate(folder_ + "/cert.pem", 3600);
  const absl::StatusOr<absl::Time> expiry = CertificateExpiry(folder_ + "/cert.pem");
  ASSERT_TRUE(expiry.ok()) << expiry.status();
  const double left = absl::ToDoubleSeconds(*expiry - absl::Now());
  EXPECT_NEAR(left, 3600, 60);
}

TEST_F(CertificateTest, WhatCannotBeReadCountsAsExpired) {
  WriteCertificate(folder_ + "/cert.pem", 3600);
  EXPECT_THAT(CertificateExpiry(folder_ + "/ca.pem"), StatusIs(absl::StatusCode::kNotFound));
  const std::shared_ptr<void> own = ExportCertificate(folder_ + "/cert.pem", "own");
  const std::shared_ptr<void> ca = ExportCertificate(folder_ + "/ca.pem", "ca");
  const std::string text = MetricsText();
  EXPECT_THAT(text, HasSubstr("phoihop_tls_certificate_expiry_timestamp_seconds{name=\"ca\"} 0\n"));
  EXPECT_THAT(text,
              Not(HasSubstr("phoihop_tls_certificate_expiry_timestamp_seconds{name=\"own\"} 0\n")));
}

TEST(ProcessTest, VersionMemoryAndFilesAreTold) {
  const std::shared_ptr<void> handle = ExportProcess();
  const std::string text = MetricsText();
  EXPECT_THAT(text, HasSubstr(absl::StrCat("phoihop_build_info{version=\"",
                                           absl::string_view(Version().data(), Version().size()),
                                           "\"} 1")));
  EXPECT_GT(GetGauge("process_resident_memory_bytes", "").value(), 1 << 20);
  EXPECT_GT(GetGauge("process_open_fds", "").value(), 2);
  EXPECT_GE(GetGauge("process_threads", "").value(), 1);
  EXPECT_GT(GetGauge("process_start_time_seconds", "").value(), 1.5e9);
}

TEST(OperationTest, InnerOperationEndsWithItsScope) {
  EXPECT_EQ(CurrentOperation(), "background");
  const ScopedOperation outer("a");
  {
    const ScopedOperation inner("b");
    EXPECT_EQ(CurrentOperation(), "b");
  }
  EXPECT_EQ(CurrentOperation(), "a");
}

TEST(MetricsTest, ScrapeAsksForValuesWhileTheHandleLives) {
  int asked = 0;
  Gauge gauge = GetGauge("phoihop_test_asked", "Test.");
  std::shared_ptr<void> handle = BeforeScrape([&] { gauge.Set(++asked); });
  EXPECT_THAT(MetricsText(), HasSubstr("phoihop_test_asked 1\n"));
  EXPECT_THAT(MetricsText(), HasSubstr("phoihop_test_asked 2\n"));
  handle.reset();
  EXPECT_THAT(MetricsText(), HasSubstr("phoihop_test_asked 2\n"));
}

}  // namespace
}  // namespace phoihop
