// Messages that stay serialised, between gRPC and the rest.
#ifndef PHOIHOP_COMMON_RPC_BYTES_H_
#define PHOIHOP_COMMON_RPC_BYTES_H_

#include <grpcpp/support/byte_buffer.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/status/errors.h"

namespace phoihop::rpc {

inline absl::StatusOr<std::string> BytesOf(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  if (!buffer.Dump(&slices).ok()) return Internal("reading the bytes of a message");
  std::string bytes;
  bytes.reserve(buffer.Length());
  for (const grpc::Slice& slice : slices) {
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return bytes;
}

inline grpc::ByteBuffer BufferOf(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return grpc::ByteBuffer(&slice, 1);
}

}  // namespace phoihop::rpc

#endif  // PHOIHOP_COMMON_RPC_BYTES_H_
