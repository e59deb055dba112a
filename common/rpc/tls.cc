#include "common/rpc/tls.h"

#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_certificate_verifier.h>
#include <grpcpp/security/tls_credentials_options.h>

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include "absl/flags/flag.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "common/config/flags.h"
#include "common/rpc/certificate.h"
#include "common/status/macros.h"
#include "common/status/views.h"
#include "common/telemetry/log.h"

namespace phoihop::rpc {
namespace {

using grpc::experimental::ExternalCertificateVerifier;
using grpc::experimental::TlsCustomVerificationCheckRequest;

constexpr absl::string_view kDomain = ".phoihop.internal";
// How often files are looked at.
constexpr int kRereadSeconds = 1;
// From when on the log warns, once a day.
constexpr absl::Duration kWarnBefore = absl::Hours(7 * 24);
constexpr absl::Duration kWarnEvery = absl::Hours(24);
// How often it says so when the end is over.
constexpr absl::Duration kTellEvery = absl::Minutes(10);
constexpr char kAdvice[] =
    "put a new certificate and its key into the folder of --tls_dir (deploy/rotate certificates, "
    "or "
    "deploy/ca renew); it is taken within two seconds, without a restart";

std::string Day(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", time, absl::UTCTimeZone());
}

// Takes a server whose certificate, which the authority has been checked to have signed, names
// the process that was meant. An address says nothing: any process of ours could be there.
class ExpectsName : public ExternalCertificateVerifier {
 public:
  explicit ExpectsName(std::string name) : name_(std::move(name)) {}

  bool Verify(TlsCustomVerificationCheckRequest* request, std::function<void(grpc::Status)>,
              grpc::Status* status) override {
    std::vector<std::string> names;
    for (const grpc::string_ref& name : request->dns_names()) {
      names.emplace_back(name.data(), name.size());
    }
    if (std::find(names.begin(), names.end(), name_) != names.end()) return true;
    *status = grpc::Status(
        grpc::StatusCode::UNAUTHENTICATED,
        absl::StrCat("the server's certificate is of ",
                     names.empty() ? "nobody" : absl::StrJoin(names, ", "), ", not of ", name_));
    return true;
  }
  void Cancel(TlsCustomVerificationCheckRequest*) override {}

 private:
  const std::string name_;
};

}  // namespace

std::string CertificateName(std::string_view process) {
  return absl::StrCat(AbslView(process), kDomain);
}

std::vector<std::string> CallersOf(std::string_view process) {
  // Who has nothing to ask there has no business there, whatever its token says.
  static const auto* const callers = new std::map<std::string, std::vector<std::string>>{
      {"directory", {"gateway", "agreements", "opinions", "reporting", "ctl"}},
      {"agreements", {"gateway", "reporting", "ctl"}},
      {"opinions", {"gateway", "reporting", "ctl"}},
      {"reporting", {"gateway", "ctl"}},
  };
  const auto found = callers->find(std::string(process));
  return found == callers->end() ? std::vector<std::string>() : found->second;
}

class TlsIdentity::Impl {
 public:
  Impl(std::string dir, CertificateFacts facts)
      : dir_(std::move(dir)),
        name_(absl::StripSuffix(facts.names.empty() ? "" : facts.names.front(), kDomain)),
        provider_(std::make_shared<grpc::experimental::FileWatcherCertificateProvider>(
            absl::StrCat(dir_, "/key.pem"), absl::StrCat(dir_, "/cert.pem"),
            absl::StrCat(dir_, "/ca.pem"), kRereadSeconds)) {
    Take(std::move(facts));
    thread_ = std::thread([this] { Watch(); });
  }

  ~Impl() {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      ended_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

  const std::string& name() const { return name_; }

  absl::Time expires_at() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return facts_.not_after;
  }

  const std::shared_ptr<grpc::experimental::CertificateProviderInterface>& provider() const {
    return provider_;
  }

 private:
  void Take(CertificateFacts facts) {
    const std::lock_guard<std::mutex> lock(mutex_);
    facts_ = std::move(facts);
  }

  // gRPC reads the files by itself and says nothing; here it is said what it found.
  void Watch() {
    absl::Time warned = absl::InfinitePast();
    bool was_over = false;
    std::string trouble;
    std::unique_lock<std::mutex> lock(mutex_);
    while (!changed_.wait_for(lock, std::chrono::seconds(kRereadSeconds), [&] { return ended_; })) {
      const std::string known = facts_.fingerprint;
      lock.unlock();
      absl::StatusOr<CertificateFacts> facts = ReadIdentity(dir_);
      const std::string wrong = facts.ok() ? "" : std::string(facts.status().message());
      if (wrong != trouble && !wrong.empty()) {
        LogWarning("the certificate files are not good", {{"error", wrong}});
      }
      trouble = wrong;
      if (facts.ok() && facts->fingerprint != known) {
        LogInfo("took a new certificate", {{"name", name_}, {"until", Day(facts->not_after)}});
        Take(*std::move(facts));
        warned = absl::InfinitePast();
      }
      const absl::Time now = absl::Now();
      const absl::Time end = expires_at();
      const bool over = end <= now;
      if (end - now < kWarnBefore &&
          (over != was_over || now - warned > (over ? kTellEvery : kWarnEvery))) {
        warned = now;
        if (over) {
          LogError("the certificate has ended: nobody takes it for a new connection",
                   {{"name", name_}, {"until", Day(end)}, {"advice", kAdvice}});
        } else {
          LogWarning("the certificate ends soon",
                     {{"name", name_}, {"until", Day(end)}, {"advice", kAdvice}});
        }
      }
      was_over = over;
      lock.lock();
    }
  }

  const std::string dir_;
  const std::string name_;
  const std::shared_ptr<grpc::experimental::CertificateProviderInterface> provider_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool ended_ = false;
  CertificateFacts facts_;
  std::thread thread_;
};

TlsIdentity::TlsIdentity(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TlsIdentity::~TlsIdentity() = default;

absl::StatusOr<std::shared_ptr<const TlsIdentity>> TlsIdentity::Open(const std::string& dir) {
  ASSIGN_OR_RETURN(CertificateFacts facts, ReadIdentity(dir));
  return std::shared_ptr<const TlsIdentity>(
      new TlsIdentity(std::make_unique<Impl>(dir, std::move(facts))));
}

const std::string& TlsIdentity::name() const { return impl_->name(); }
absl::Time TlsIdentity::expires_at() const { return impl_->expires_at(); }

std::shared_ptr<grpc::ChannelCredentials> TlsIdentity::Dial(std::string_view process) const {
  grpc::experimental::TlsChannelCredentialsOptions options;
  options.set_certificate_provider(impl_->provider());
  options.watch_root_certs();
  options.watch_identity_key_cert_pairs();
  options.set_certificate_verifier(
      ExternalCertificateVerifier::Create<ExpectsName>(CertificateName(process)));
  // The name of a call is that of its address; which name the server must have is said above.
  options.set_check_call_host(false);
  return grpc::experimental::TlsCredentials(options);
}

std::shared_ptr<grpc::ServerCredentials> TlsIdentity::Listen(bool clients) const {
  grpc::experimental::TlsServerCredentialsOptions options(impl_->provider());
  options.watch_identity_key_cert_pairs();
  if (clients) {
    options.watch_root_certs();
    options.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  }
  return grpc::experimental::TlsServerCredentials(options);
}

absl::StatusOr<std::shared_ptr<const TlsIdentity>> OwnIdentity() {
  static std::mutex mutex;
  // Never destroyed: channels may outlive every orderly end.
  static auto* const opened = new std::shared_ptr<const TlsIdentity>();
  const std::lock_guard<std::mutex> lock(mutex);
  const std::string dir = absl::GetFlag(FLAGS_tls_dir);
  if (*opened == nullptr && !dir.empty()) {
    ASSIGN_OR_RETURN(*opened, TlsIdentity::Open(dir));
  }
  return *opened;
}

}  // namespace phoihop::rpc
