#include <openssl/bio.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <ctime>
#include <map>
#include <memory>
#include <string>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "services/ctl/doctor.h"

ABSL_FLAG(
    std::string, site_address, "",
    "doctor: host:port of the proxy that ends TLS for the outside, whose certificate is looked "
    "at; site_address of the data folder's config when empty");

namespace phoihop::ctl {
namespace {

constexpr int kPatienceSeconds = 3;
constexpr int kNapMilliseconds = 20;
constexpr absl::Duration kSoon = absl::Hours(24 * 14);

template <auto free>
struct Freed {
  template <typename T>
  void operator()(T* object) const {
    free(object);
  }
};
template <typename T, auto free>
using Owned = std::unique_ptr<T, Freed<free>>;

void LookAtEnd(const std::string& check, absl::Time end, const Text& advice, Diagnoses& out) {
  const absl::Duration left = end - absl::Now();
  const std::string days = absl::StrFormat("%.0f", absl::ToDoubleHours(left) / 24);
  if (left < absl::ZeroDuration()) {
    out.Broken(check, {"has ended", "đã hết hạn"}, advice);
  } else if (left < kSoon) {
    out.Look(check, {"ends in " + days + " days", "còn " + days + " ngày"}, advice);
  } else {
    out.Good(check, {"good for " + days + " days", "còn " + days + " ngày"});
  }
}

// Until when the certificate is good that a server shows, whoever has issued it.
absl::StatusOr<absl::Time> EndOfShown(const std::string& address) {
  const Owned<SSL_CTX, &SSL_CTX_free> context(SSL_CTX_new(TLS_client_method()));
  const Owned<BIO, &BIO_free_all> connection(BIO_new_ssl_connect(context.get()));
  if (connection == nullptr) return absl::InternalError("no TLS");
  SSL* tls = nullptr;
  BIO_get_ssl(connection.get(), &tls);
  BIO_set_conn_hostname(connection.get(), address.c_str());
  // A proxy for several sites chooses by it.
  const std::string host = address.substr(0, address.rfind(':'));
  SSL_set_tlsext_host_name(tls, host.c_str());
  if (BIO_do_connect_retry(connection.get(), kPatienceSeconds, kNapMilliseconds) != 1) {
    return absl::UnavailableError(absl::StrCat("no TLS at ", address));
  }
  const Owned<X509, &X509_free> shown(SSL_get1_peer_certificate(tls));
  std::tm end{};
  if (shown == nullptr || ASN1_TIME_to_tm(X509_get0_notAfter(shown.get()), &end) != 1) {
    return absl::UnavailableError(absl::StrCat("no certificate at ", address));
  }
  return absl::FromTM(end, absl::UTCTimeZone());
}

}  // namespace

void LookAtCertificates(const Process& process, Diagnoses& out) {
  for (const Sample& sample :
       process.metrics.All("phoihop_tls_certificate_expiry_timestamp_seconds")) {
    const std::string check =
        absl::StrCat("certificate.", process.service, ".", sample.labels.at("name"));
    // Issued anew it would lose its other names.
    const Text advice = {
        "Renew it: deploy/rotate certificates or deploy/ca renew DIR NAME; MariaDB then needs "
        "FLUSH "
        "SSL. See RUNBOOK.md, PhoihopCertificateExpiring.",
        "Cấp lại: deploy/rotate certificates hoặc deploy/ca renew DIR TÊN; MariaDB cần thêm FLUSH "
        "SSL. Xem RUNBOOK.md, PhoihopCertificateExpiring."};
    if (sample.value == 0) {
      out.Broken(check, {"cannot be read", "không đọc được"}, advice);
    } else {
      LookAtEnd(check, absl::UnixEpoch() + absl::Seconds(sample.value), advice, out);
    }
  }
}

void LookAtSite(const Settings& settings, Diagnoses& out) {
  std::string address = absl::GetFlag(FLAGS_site_address);
  if (address.empty() && !settings.data.empty()) {
    const absl::StatusOr<std::string> text = ReadFile(settings.File("config"));
    if (text.ok()) address = ParseConfig(*text)["site_address"];
  }
  if (address.empty()) return;
  const absl::StatusOr<absl::Time> end = EndOfShown(address);
  if (!end.ok()) {
    return out.Broken(
        "certificate.site",
        {std::string(end.status().message()), "không thấy chứng thư tại " + address},
        {"Does the proxy run? Nobody gets in from outside. See RUNBOOK.md, PhoihopProxyDown.",
         "Proxy có chạy không? Bên ngoài không vào được. Xem RUNBOOK.md, PhoihopProxyDown."});
  }
  LookAtEnd(
      "certificate.site", *end,
      {"Renew it and have the proxy read it (HAProxy: USR2; containers: deploy/compose renew).",
       "Cấp lại và cho proxy đọc lại (HAProxy: USR2; container: deploy/compose renew)."},
      out);
}

}  // namespace phoihop::ctl
