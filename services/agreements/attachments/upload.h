// A file on its way, and what is known of a stored one. Pure values and rules.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_ATTACHMENTS_UPLOAD_H_
#define PHOIHOP_SERVICES_AGREEMENTS_ATTACHMENTS_UPLOAD_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace phoihop::agreements {

// Limits of the contract. The lower one keeps the number of a file's rows small.
inline constexpr int64_t kMinChunkBytes = 64 << 10;
inline constexpr int64_t kMaxChunkBytes = 1 << 20;
// Open uploads of one caller.
inline constexpr int kMaxOpenUploads = 20;
// After so long an upload that was not finished is removed.
inline constexpr absl::Duration kUploadLifetime = absl::Hours(24);

// Where an upload stands. The numbers are stored: never change one.
enum class UploadState {
  kOpen = 1,
  kStored = 2,
  kRefused = 3,
};

// A file on its way.
struct Upload {
  std::string id;
  // `members/{id}` who started it.
  std::string owner;
  int64_t unit = 0;
  std::string file_name;
  std::string media_type;
  int64_t size = 0;
  // 64 lower-case hexadecimal digits.
  std::string sha256;
  int64_t received = 0;
  UploadState state = UploadState::kOpen;
  absl::Time expire_time;

  friend bool operator==(const Upload&, const Upload&) = default;
};

// A file as a unit has it.
struct FileHolding {
  std::string sha256;
  int64_t unit = 0;
  std::string file_name;
  std::string media_type;
  int64_t size = 0;
  std::string uploaded_by;
  bool scanned = false;
  absl::Time create_time;

  friend bool operator==(const FileHolding&, const FileHolding&) = default;
};

// `uploads/{id}`.
std::string UploadName(std::string_view id);

// Whether these are 64 lower-case hexadecimal digits.
bool IsSha256(std::string_view digest);

// What to do with a chunk.
enum class ChunkPlace {
  // It comes next.
  kNext,
  // Its bytes are there already: compare them.
  kRepeat,
};

// Where a chunk of `bytes` belongs in an open upload. Errors as the contract's UploadChunk has
// them.
absl::StatusOr<ChunkPlace> PlaceChunk(const Upload& upload, int64_t offset, int64_t bytes);

// The bytes at the chunk's place are others.
absl::Status ChunkDiffers();

// OK while chunks may be added and the upload be finished; FAILED_PRECONDITION with
// UPLOAD_STORED or UPLOAD_REFUSED afterwards.
absl::Status CheckOpen(const Upload& upload);

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_ATTACHMENTS_UPLOAD_H_
