// A handler's write in one line. Includes protobuf: for rpc parts only.
#ifndef PHOIHOP_COMMON_LEDGER_WRITE_H_
#define PHOIHOP_COMMON_LEDGER_WRITE_H_

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/ledger/command.h"
#include "common/ledger/writer.h"
#include "common/rpc/context.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "google/protobuf/message_lite.h"

namespace phoihop::ledger {

// Bytes that are equal for equal messages.
inline std::string DeterministicBytes(const google::protobuf::MessageLite& message) {
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  message.SerializeToCodedStream(&coded);
  coded.Trim();
  return bytes;
}

// The change of a resource that is a message: its type is the message's full name, its
// payload the whole of it.
inline Change MakeChange(const google::protobuf::MessageLite& resource, std::string name,
                         int64_t revision, absl::CivilDay effective, std::string unit) {
  Change change;
  change.resource = std::move(name);
  change.resource_type = resource.GetTypeName();
  change.revision = revision;
  change.effective = effective;
  change.unit = std::move(unit);
  change.payload = DeterministicBytes(resource);
  return change;
}

// Runs `run` as a command of the caller and returns the response: the stored one when the
// request, which may have a field `request_id`, was answered before. Sets the call's
// position. See Command for `roots` and for what `run` may do, and Writer::Commit for errors.
//
//   return ledger::Write<Petition>(writer, ctx, request, {petition.unit()},
//                                  [&](ledger::Transaction& tx) -> absl::StatusOr<Petition> {...});
//
// A repeat is answered without calling `run`: authorise the caller before, or, when that takes
// the response, in `before_replay(const Response&)`, whose error is then the answer.
template <class Response, class Request>
absl::StatusOr<Response> Write(Writer& writer, const rpc::RequestContext& ctx,
                               const Request& request, std::vector<std::string> roots,
                               absl::FunctionRef<absl::StatusOr<Response>(Transaction&)> run,
                               std::function<absl::Status(const Response&)> before_replay = {}) {
  Command command;
  command.roots = std::move(roots);
  command.method = std::string(ctx.method());
  command.actor = {ctx.caller().ActorName(), ctx.caller().body};
  if constexpr (requires { request.request_id(); }) {
    command.request_id = request.request_id();
    Request body = request;
    body.clear_request_id();
    command.body = DeterministicBytes(body);
  } else {
    command.body = DeterministicBytes(request);
  }
  command.run = [run](Transaction& transaction) -> absl::StatusOr<std::string> {
    ASSIGN_OR_RETURN(const Response response, run(transaction));
    return DeterministicBytes(response);
  };
  if (before_replay) {
    command.before_replay = [&before_replay](const std::string& stored) {
      Response response;
      if (!response.ParseFromString(stored)) return Internal("a stored response cannot be read");
      return before_replay(response);
    };
  }
  command.deadline = ctx.deadline();
  command.cancelled = [&ctx] { return ctx.cancelled(); };
  ASSIGN_OR_RETURN(const Committed committed, writer.Commit(std::move(command)));
  Response response;
  if (!response.ParseFromString(committed.response)) {
    return Internal("a stored response cannot be read");
  }
  ctx.set_position(committed.position);
  return response;
}

}  // namespace phoihop::ledger

#endif  // PHOIHOP_COMMON_LEDGER_WRITE_H_
