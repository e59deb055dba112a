#ifndef PHOIHOP_COMMON_LEDGER_COMMIT_PROXY_H_
#define PHOIHOP_COMMON_LEDGER_COMMIT_PROXY_H_

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace phoihop::ledger {

// For tests: stands between a client and the server's socket and cuts the connection at a
// COMMIT, before the server sees it or before the client sees the answer.
class CommitProxy {
 public:
  enum Cut { kNone, kBeforeServer, kBeforeAnswer };

  explicit CommitProxy(std::string server_socket);
  ~CommitProxy();

  const std::string& socket() const { return socket_; }

  // Cuts the next `times` COMMITs so.
  void CutNext(Cut cut, int times) {
    cut_ = cut;
    times_ = times;
  }
  int cuts() const { return cuts_; }

 private:
  void Accept();
  void Serve(int client);

  const std::string server_;
  std::string folder_, socket_;
  int listen_ = -1;
  std::atomic<bool> stopping_ = false;
  std::atomic<Cut> cut_ = kNone;
  std::atomic<int> times_ = 0, cuts_ = 0;
  std::vector<std::thread> serving_;
  std::thread accepting_;
};

}  // namespace phoihop::ledger

#endif  // PHOIHOP_COMMON_LEDGER_COMMIT_PROXY_H_
