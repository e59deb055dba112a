// Certificates between a client and a server over a real port, with a real authority.

#include "common/rpc/tls.h"

#include <filesystem>
#include <fstream>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/rpc/client.h"
#include "common/rpc/probe.h"
#include "common/rpc/testing/authority.h"
#include "common/rpc/testing/echo_server.h"
#include "common/testing/rpc.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace phoihop::rpc {
namespace {

using namespace phoihop::testing;  // NOLINT: the echo service and its helpers
using absl::StatusCode;
using ::testing::HasSubstr;

class TlsTest : public ::testing::Test {
 protected:
  TlsTest() {
    std::string pattern = absl::StrCat(::testing::TempDir(), "/tls-XXXXXX");
    folder_ = mkdtemp(pattern.data());
  }
  ~TlsTest() override {
    server_.reset();
    std::filesystem::remove_all(folder_);
  }

  std::string Folder(const std::string& name) const { return absl::StrCat(folder_, "/", name); }

  // The identity `name` by `authority`.
  std::shared_ptr<const TlsIdentity> Identity(const std::string& name,
                                              const TestAuthority& authority) {
    auto identity = TlsIdentity::Open(authority.Issue(Folder(name), name));
    EXPECT_THAT(identity, IsOk());
    return *std::move(identity);
  }

  // Serves with this identity, for calls of `callers`.
  void Serve(std::shared_ptr<const TlsIdentity> tls, std::vector<std::string> callers = {}) {
    ServerOptions options;
    options.workers = 4;
    options.tls = std::move(tls);
    options.callers = std::move(callers);
    Server::Builder builder(options);
    builder.set_authenticator(std::make_shared<FakeAuthenticator>());
    RegisterEcho(builder);
    auto server = builder.Start();
    ASSERT_THAT(server, IsOk());
    server_ = *std::move(server);
  }

  std::string Address() const { return absl::StrCat("127.0.0.1:", server_->port()); }

  // A call over a connection of its own, as `tls` to whom should be `service`.
  absl::Status Ask(const std::shared_ptr<const TlsIdentity>& tls, const std::string& service) {
    const auto stub = EchoService::NewStub(Connect(Address(), {.tls = tls, .service = service}));
    CallOptions options;
    options.deadline = absl::Now() + absl::Seconds(10);
    return Call(*stub, &EchoStub::Echo, Request("x"), options).status();
  }

  std::string folder_;
  const TestAuthority authority_;
  std::unique_ptr<Server> server_;
};

TEST_F(TlsTest, BothSidesShowWhoTheyAre) {
  const auto directory = Identity("directory", authority_);
  EXPECT_EQ(directory->name(), "directory");
  Serve(directory, {"gateway", "opinions"});
  EXPECT_THAT(Ask(Identity("gateway", authority_), "directory"), IsOk());
  EXPECT_THAT(Ask(Identity("opinions", authority_), "directory"), IsOk());
  EXPECT_THAT(Probe(Address(), {.tls = directory, .service = "directory"}, absl::Seconds(5)),
              IsOk());
}

TEST_F(TlsTest, CallerThatIsNotNamedIsRefusedAndTold) {
  Serve(Identity("directory", authority_), {"gateway"});
  const absl::Status status = Ask(Identity("mariadb", authority_), "directory");
  EXPECT_THAT(status, StatusIs(StatusCode::kUnauthenticated, "CALLER_CERTIFICATE"));
  EXPECT_THAT(status.message(), HasSubstr("mariadb.phoihop.internal"));
}

TEST_F(TlsTest, StreamOfACallerThatIsNotNamedIsRefused) {
  Serve(Identity("directory", authority_), {"gateway"});
  const auto stub = EchoService::NewStub(
      Connect(Address(), {.tls = Identity("mariadb", authority_), .service = "directory"}));
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(10)));
  const auto reader = stub->Follow(&context, Request("x"));
  EchoResponse response;
  EXPECT_FALSE(reader->Read(&response));
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::UNAUTHENTICATED);
}

TEST_F(TlsTest, ServerOfAnotherNameIsNotTalkedTo) {
  Serve(Identity("reporting", authority_));
  const absl::Status status = Ask(Identity("gateway", authority_), "directory");
  EXPECT_THAT(status, StatusIs(StatusCode::kUnavailable));
  EXPECT_THAT(status.message(), HasSubstr("reporting.phoihop.internal"));
  EXPECT_THAT(status.message(), HasSubstr("not of directory.phoihop.internal"));
}

TEST_F(TlsTest, ServerOfAnotherAuthorityIsNotTalkedTo) {
  const TestAuthority other;
  Serve(Identity("directory", other));
  const absl::Status status = Ask(Identity("gateway", authority_), "directory");
  EXPECT_THAT(status, StatusIs(StatusCode::kUnavailable));
  EXPECT_THAT(status.message(), HasSubstr("certificate verify failed"));
}

TEST_F(TlsTest, ClientOfAnotherAuthorityIsRefused) {
  const TestAuthority other;
  Serve(Identity("directory", authority_));
  // It trusts the server, and shows what the server does not trust.
  const std::string dir = other.Issue(Folder("gateway"), "gateway");
  const auto gateway = TlsIdentity::Open(dir);
  ASSERT_THAT(gateway, IsOk());
  std::filesystem::remove(absl::StrCat(dir, "/ca.pem"));
  std::filesystem::copy_file(Folder("directory/ca.pem"), absl::StrCat(dir, "/ca.pem"));
  absl::SleepFor(absl::Milliseconds(2500));  // gRPC looks once a second
  EXPECT_THAT(Ask(*gateway, "directory"), StatusIs(StatusCode::kUnavailable));
}

TEST_F(TlsTest, ClientWithoutACertificateIsRefused) {
  Serve(Identity("directory", authority_));
  EXPECT_THAT(Ask(nullptr, "directory"), StatusIs(StatusCode::kUnavailable));
  // Encrypted, and nobody.
  std::ifstream file(Folder("directory/ca.pem"));
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = std::string(std::istreambuf_iterator<char>(file), {});
  grpc::ChannelArguments arguments;
  arguments.SetSslTargetNameOverride("directory.phoihop.internal");
  const auto stub = EchoService::NewStub(
      grpc::CreateCustomChannel(Address(), grpc::SslCredentials(options), arguments));
  CallOptions call;
  call.deadline = absl::Now() + absl::Seconds(10);
  EXPECT_THAT(Call(*stub, &EchoStub::Echo, Request("x"), call).status(),
              StatusIs(StatusCode::kUnavailable));
}

TEST_F(TlsTest, PortForClientsOutsideAsksForNoCertificate) {
  ServerOptions options;
  options.tls = Identity("gateway", authority_);
  options.client_certificates = false;
  options.callers = {"nobody"};
  Server::Builder builder(options);
  RegisterEcho(builder);
  auto server = builder.Start();
  ASSERT_THAT(server, IsOk());
  server_ = *std::move(server);
  std::ifstream file(Folder("gateway/ca.pem"));
  grpc::SslCredentialsOptions roots;
  roots.pem_root_certs = std::string(std::istreambuf_iterator<char>(file), {});
  grpc::ChannelArguments arguments;
  arguments.SetSslTargetNameOverride("gateway.phoihop.internal");
  const auto stub = EchoService::NewStub(
      grpc::CreateCustomChannel(Address(), grpc::SslCredentials(roots), arguments));
  EXPECT_THAT(Call(*stub, &EchoStub::Echo, Request("x"), {}).status(), IsOk());
}

TEST_F(TlsTest, ExpiredCertificateIsRefusedByBothSides) {
  const auto directory = Identity("directory", authority_);
  Serve(directory);
  // Opened while it held.
  const auto gateway =
      TlsIdentity::Open(authority_.Issue(Folder("gateway"), "gateway", absl::Seconds(2)));
  ASSERT_THAT(gateway, IsOk());
  EXPECT_THAT(Ask(*gateway, "directory"), IsOk());
  absl::SleepFor(absl::Seconds(3));
  EXPECT_THAT(Ask(*gateway, "directory"), StatusIs(StatusCode::kUnavailable));

  authority_.Issue(Folder("directory"), "directory", absl::Seconds(-5));
  authority_.Issue(Folder("gateway"), "gateway");
  absl::SleepFor(absl::Milliseconds(2500));
  const absl::Status status = Ask(*gateway, "directory");
  EXPECT_THAT(status, StatusIs(StatusCode::kUnavailable));
  EXPECT_THAT(status.message(), HasSubstr("certificate verify failed"));
}

TEST_F(TlsTest, CertificatesChangeUnderLoadWithoutAFailedCall) {
  const auto directory = Identity("directory", authority_);
  Serve(directory, {"gateway"});
  const auto gateway = Identity("gateway", authority_);
  const absl::Time first_end = directory->expires_at();
  std::atomic<bool> done = false;
  std::atomic<int> calls = 0, failed = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&, t] {
      auto stub =
          EchoService::NewStub(Connect(Address(), {.tls = gateway, .service = "directory"}));
      while (!done) {
        // One keeps its connection; the others make a new one for each call.
        const absl::Status status = t == 0 ? Call(*stub, &EchoStub::Echo, Request("x"), {}).status()
                                           : Ask(gateway, "directory");
        ++calls;
        if (!status.ok() && failed++ == 0) ADD_FAILURE() << status;
      }
    });
  }
  for (int i = 0; i < 6; ++i) {
    absl::SleepFor(absl::Milliseconds(300 + 130 * i));
    authority_.Issue(Folder("directory"), "directory", absl::Hours(2));
    authority_.Issue(Folder("gateway"), "gateway", absl::Hours(2));
  }
  absl::SleepFor(absl::Milliseconds(2500));
  done = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failed, 0);
  EXPECT_GT(calls, 100);
  EXPECT_GT(directory->expires_at(), first_end);
}

TEST_F(TlsTest, AuthorityChangesWhenBothAreTrustedMeanwhile) {
  const TestAuthority next;
  Serve(Identity("directory", authority_));
  const auto gateway = Identity("gateway", authority_);
  EXPECT_THAT(Ask(gateway, "directory"), IsOk());
  // First everybody trusts both, then certificates change, one after the other.
  next.Issue(Folder("next"), "directory");
  for (const char* name : {"directory", "gateway"}) {
    std::ofstream file(Folder(absl::StrCat(name, "/ca.pem")), std::ios::app);
    file << std::ifstream(Folder("next/ca.pem")).rdbuf();
  }
  absl::SleepFor(absl::Milliseconds(2500));
  EXPECT_THAT(Ask(gateway, "directory"), IsOk());
  const auto take = [&](const std::string& name) {
    const std::string both = Folder(absl::StrCat(name, "/ca.pem"));
    std::filesystem::copy_file(both, Folder("both.pem"),
                               std::filesystem::copy_options::overwrite_existing);
    next.Issue(Folder(name), name);
    std::ofstream(both) << std::ifstream(Folder("both.pem")).rdbuf();
  };
  take("directory");
  absl::SleepFor(absl::Milliseconds(2500));
  EXPECT_THAT(Ask(gateway, "directory"), IsOk());
  take("gateway");
  absl::SleepFor(absl::Milliseconds(2500));
  EXPECT_THAT(Ask(gateway, "directory"), IsOk());
}

TEST_F(TlsTest, FilesThatDoNotFitAreRefusedByName) {
  const std::string dir = authority_.Issue(Folder("directory"), "directory");
  const auto message = [&] { return std::string(TlsIdentity::Open(dir).status().message()); };
  EXPECT_THAT(TlsIdentity::Open(Folder("nowhere")), StatusIs(StatusCode::kFailedPrecondition));

  authority_.Issue(dir, "directory", absl::Seconds(-5));
  EXPECT_THAT(message(), HasSubstr("cert.pem: certificate has expired"));
  const TestAuthority other;
  other.Issue(Folder("other"), "directory");
  authority_.Issue(dir, "directory");
  std::filesystem::copy_file(Folder("other/key.pem"), Folder("directory/key.pem"),
                             std::filesystem::copy_options::overwrite_existing);
  EXPECT_THAT(message(), HasSubstr("key.pem: is the key of another certificate"));
  authority_.Issue(dir, "directory");
  std::filesystem::copy_file(Folder("other/ca.pem"), Folder("directory/ca.pem"),
                             std::filesystem::copy_options::overwrite_existing);
  EXPECT_THAT(message(), HasSubstr("cert.pem: unable to get local issuer certificate"));
  std::ofstream(Folder("directory/ca.pem")) << "nothing";
  EXPECT_THAT(message(), HasSubstr("ca.pem: holds no certificate"));
}

}  // namespace
}  // namespace phoihop::rpc
