// What each service's main() calls.
#ifndef PHOIHOP_COMMON_RPC_SERVICE_MAIN_H_
#define PHOIHOP_COMMON_RPC_SERVICE_MAIN_H_

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/synchronization/notification.h"
#include "common/rpc/server.h"

namespace phoihop::rpc {

// The parts of a program. Example:
//   int main(int argc, char** argv) {
//     std::unique_ptr<Store> store;
//     return phoihop::rpc::RunService(argc, argv, {
//         .name = "opinions",
//         .usage = "Keeps opinion entries and the petition register.",
//         .migrate = [&] { return Migrate(); },
//         .build = [&](phoihop::rpc::Server::Builder& builder, const absl::Notification&) {
//           ... open the store, builder.set_authenticator(...), builder.Unary(...)
//           return absl::OkStatus();
//         },
//         .stop = [&] { store.reset(); }});
//   }
struct ServiceMain {
  // `directory`; the name in logs.
  std::string name = {};
  // One paragraph for --help.
  std::string usage = {};
  // Its port is for clients outside: encrypted by --outer_tls_dir, without certificates of
  // theirs. Otherwise by --tls_dir, for those that CallersOf(name) says.
  bool outer_port = false;
  // Run instead of serving under --migrate_only; may be empty.
  std::function<absl::Status()> migrate = {};
  // Makes what the handlers need and registers them. The builder has the options
  // of --address, --port, --workers and so on. The notification tells that the
  // process was asked to end meanwhile: give up waiting then.
  std::function<absl::Status(Server::Builder&, const absl::Notification& stopping)> build = {};
  // Called once calls are taken, and before draining; both may be empty.
  std::function<void(Server&)> serving = {};
  std::function<void()> draining = {};
  // Called after the last handler has returned, in the order: close what `build`
  // opened. May be empty. Not called when a handler is stuck.
  std::function<void()> stop = {};
};

// With --probe, only asks the process that runs with the same flags whether it serves: 0 or 1.
// Otherwise runs the service until SIGTERM or SIGINT, then drains. Returns the exit code: 0 after
// a clean end, 1 when it could not start (the reason is in the log), 3 by hard exit when a
// handler was stuck beyond --drain_grace. A second signal ends at once.
int RunService(int argc, char** argv, ServiceMain service);

}  // namespace phoihop::rpc

#endif  // PHOIHOP_COMMON_RPC_SERVICE_MAIN_H_
