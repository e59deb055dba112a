// Against a small clamd that speaks the protocol.
#include "services/agreements/attachments/scanner.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "common/testing/status_matchers.h"

namespace phoihop::agreements {
namespace {

using ::phoihop::testing::IsOk;
using ::phoihop::testing::StatusIs;

// Answers one connection after the other until it ends.
class FakeClamd {
 public:
  // On a unix socket, or on a free port of the loopback address.
  explicit FakeClamd(bool tcp = false) {
    folder_ = (std::filesystem::temp_directory_path() / "phoihop-clamd-XXXXXX").string();
    EXPECT_NE(mkdtemp(folder_.data()), nullptr);
    listener_ = socket(tcp ? AF_INET : AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (tcp) {
      sockaddr_in address = {};
      address.sin_family = AF_INET;
      address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
      socklen_t size = sizeof(address);
      EXPECT_EQ(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size), 0);
      address_ = absl::StrCat("127.0.0.1:", ntohs(address.sin_port));
    } else {
      address_ = folder_ + "/s";
      sockaddr_un address = {};
      address.sun_family = AF_UNIX;
      std::memcpy(address.sun_path, address_.data(), address_.size());
      EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    }
    EXPECT_EQ(listen(listener_, 8), 0);
    thread_ = std::thread([this] { Serve(); });
  }
  ~FakeClamd() {
    shutdown(listener_, SHUT_RDWR);
    // A unix listener that is shut down still has to be woken.
    close(listener_);
    thread_.join();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  const std::string& address() const { return address_; }
  // Instead of an answer: silence, or this text.
  void AnswerWith(const std::string& text) {
    absl::MutexLock lock(&mutex_);
    fixed_ = text;
  }
  void BeSilent() { AnswerWith("-"); }
  // The bytes of the last stream.
  std::string received() {
    absl::MutexLock lock(&mutex_);
    return received_;
  }

 private:
  static bool ReadAll(int fd, char* data, size_t size) {
    while (size > 0) {
      const ssize_t got = recv(fd, data, size, 0);
      if (got <= 0) return false;
      data += got;
      size -= static_cast<size_t>(got);
    }
    return true;
  }

  void Serve() {
    for (;;) {
      const int fd = accept(listener_, nullptr, nullptr);
      if (fd < 0) return;
      Answer(fd);
      close(fd);
    }
  }

  void Answer(int fd) {
    char command[10];
    if (!ReadAll(fd, command, sizeof(command)) || std::memcmp(command, "zINSTREAM", 10) != 0) {
      return;
    }
    std::string stream;
    for (;;) {
      unsigned char head[4];
      if (!ReadAll(fd, reinterpret_cast<char*>(head), 4)) return;
      const size_t size = (size_t{head[0]} << 24) | (head[1] << 16) | (head[2] << 8) | head[3];
      if (size == 0) break;
      std::string chunk(size, '\0');
      if (!ReadAll(fd, chunk.data(), size)) return;
      stream += chunk;
    }
    std::string answer = stream.find("EICAR") == std::string::npos
                             ? "stream: OK"
                             : "stream: Win.Test.EICAR_HDB-1 FOUND";
    {
      absl::MutexLock lock(&mutex_);
      received_ = stream;
      if (!fixed_.empty()) answer = fixed_;
    }
    if (answer == "-") {
      char ignored;
      recv(fd, &ignored, 1, 0);
      return;
    }
    send(fd, answer.c_str(), answer.size() + 1, MSG_NOSIGNAL);
  }

  std::string folder_;
  std::string address_;
  int listener_ = -1;
  absl::Mutex mutex_;
  std::string fixed_ ABSL_GUARDED_BY(mutex_);
  std::string received_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

absl::Status Scan(const std::string& address, const std::string& bytes,
                  absl::Duration patience = absl::Seconds(10)) {
  return NewClamdScanner(address, patience)
      ->Scan("upload.content", bytes, absl::Now() + absl::Seconds(20));
}

TEST(ClamdScannerTest, CleanFilePassesWholeByBothKindsOfAddress) {
  for (const bool tcp : {false, true}) {
    FakeClamd clamd(tcp);
    std::string file(3'000'000, 'x');
    file += "end";
    EXPECT_THAT(Scan(clamd.address(), file), IsOk());
    EXPECT_EQ(clamd.received(), file);
  }
}

TEST(ClamdScannerTest, InfectedFileIsRefused) {
  FakeClamd clamd;
  EXPECT_THAT(Scan(clamd.address(), "X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST"),
              StatusIs(absl::StatusCode::kInvalidArgument, "MALWARE"));
}

TEST(ClamdScannerTest, AnyOtherAnswerMeansThatNobodyKnows) {
  FakeClamd clamd;
  for (const char* answer : {"INSTREAM size limit exceeded. ERROR", "stream: ", "OK",
                             "UNKNOWN COMMAND", "stream: OK?", "FOUND"}) {
    clamd.AnswerWith(answer);
    EXPECT_THAT(Scan(clamd.address(), "x"),
                StatusIs(absl::StatusCode::kUnavailable, "SCANNER_UNAVAILABLE"))
        << answer;
  }
}

TEST(ClamdScannerTest, NobodyThereOrNoAddressIsUnavailable) {
  for (const char* address : {"/no/such/socket", "127.0.0.1:1", "nowhere", ""}) {
    EXPECT_THAT(Scan(address, "x"), StatusIs(absl::StatusCode::kUnavailable, "SCANNER_UNAVAILABLE"))
        << address;
  }
}

TEST(ClamdScannerTest, SilenceEndsWithThePatience) {
  FakeClamd clamd;
  clamd.BeSilent();
  const absl::Time start = absl::Now();
  EXPECT_THAT(Scan(clamd.address(), "x", absl::Milliseconds(200)),
              StatusIs(absl::StatusCode::kUnavailable, "SCANNER_UNAVAILABLE"));
  EXPECT_LT(absl::Now() - start, absl::Seconds(5));
}

}  // namespace
}  // namespace phoihop::agreements
