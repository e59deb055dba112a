#include "services/ctl/output.h"

#include <sodium.h>

#include <cstdio>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/status/rpc_status.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace phoihop::ctl {
namespace {

// 16 bytes in the form 8-4-4-4-12, marked as the given version of RFC 9562.
std::string FormatUuid(std::string bytes, int version) {
  bytes.resize(16);
  bytes[6] = static_cast<char>((static_cast<unsigned char>(bytes[6]) & 0x0f) | (version << 4));
  bytes[8] = static_cast<char>((static_cast<unsigned char>(bytes[8]) & 0x3f) | 0x80);
  const std::string hex = absl::BytesToHexString(bytes);
  return absl::StrCat(hex.substr(0, 8), "-", hex.substr(8, 4), "-", hex.substr(12, 4), "-",
                      hex.substr(16, 4), "-", hex.substr(20));
}

std::string VietnameseMessage(const absl::Status& status) {
  const google::rpc::Status shown = ToRpcStatus(status);
  for (const google::protobuf::Any& detail : shown.details()) {
    google::rpc::LocalizedMessage message;
    if (detail.UnpackTo(&message) && message.locale() == "vi-VN") return message.message();
  }
  return "";
}

}  // namespace

void Say(absl::string_view vi, absl::string_view en) {
  std::printf("• %.*s  /  %.*s\n", static_cast<int>(vi.size()), vi.data(),
              static_cast<int>(en.size()), en.data());
  std::fflush(stdout);
}

void SayError(absl::string_view vi, absl::string_view en, const absl::Status& status) {
  std::fflush(stdout);
  const std::string localized = VietnameseMessage(status);
  std::fprintf(stderr, "%s\n",
               absl::StrCat("LỖI: ", vi, localized.empty() ? "" : ": ", localized, "\nERROR: ", en,
                            ": ", absl::StatusCodeToString(status.code()), ": ", status.message())
                   .c_str());
}

std::string UuidFrom(std::string_view text) {
  std::string digest(crypto_hash_sha256_BYTES, '\0');
  crypto_hash_sha256(reinterpret_cast<unsigned char*>(digest.data()),
                     reinterpret_cast<const unsigned char*>(text.data()), text.size());
  return FormatUuid(digest, 8);
}

std::string RandomUuid() {
  std::string bytes(16, '\0');
  randombytes_buf(bytes.data(), bytes.size());
  return FormatUuid(bytes, 4);
}

}  // namespace phoihop::ctl
