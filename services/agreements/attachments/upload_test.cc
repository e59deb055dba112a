#include "services/agreements/attachments/upload.h"

#include <gtest/gtest.h>

#include <string>

#include "common/status/errors.h"
#include "common/testing/status_matchers.h"

namespace phoihop::agreements {
namespace {

using ::phoihop::testing::StatusIs;

// A file of 300.000 bytes of which 200.000 are here.
Upload Half() {
  Upload upload;
  upload.id = "u";
  upload.size = 300'000;
  upload.received = 200'000;
  return upload;
}

TEST(PlaceChunkTest, EveryPlaceHasItsAnswer) {
  struct Case {
    int64_t offset, bytes;
    // "next", "repeat", or the reason.
    std::string answer;
  };
  for (const Case& c : {Case{200'000, 70'000, "next"},
                        {200'000, 100'000, "next"},
                        {200'000, 65'536, "next"},
                        {200'000, 65'535, "CHUNK_SIZE"},
                        {200'000, 0, "CHUNK_SIZE"},
                        {0, 100'000, "repeat"},
                        {100'000, 100'000, "repeat"},
                        {100'000, 65'536, "repeat"},
                        {150'000, 100'000, "CHUNK_DIFFERS"},
                        {200'001, 70'000, "CHUNK_OUT_OF_ORDER"},
                        {290'000, 10'000, "CHUNK_OUT_OF_ORDER"},
                        {200'000, 100'001, "CHUNK_BEYOND_SIZE"},
                        {300'000, 1, "CHUNK_BEYOND_SIZE"},
                        {-1, 70'000, "CHUNK_BEYOND_SIZE"},
                        {INT64_MAX, 70'000, "CHUNK_BEYOND_SIZE"}}) {
    const absl::StatusOr<ChunkPlace> place = PlaceChunk(Half(), c.offset, c.bytes);
    const std::string answer = !place.ok()                   ? ErrorReason(place.status())
                               : *place == ChunkPlace::kNext ? "next"
                                                             : "repeat";
    EXPECT_EQ(answer, c.answer) << c.offset << " " << c.bytes;
  }
}

TEST(PlaceChunkTest, LargestChunkIsAMegabyteAndTheLastMayBeShort) {
  Upload upload = Half();
  upload.size = 2 * kMaxChunkBytes + 10;
  upload.received = 0;
  EXPECT_EQ(PlaceChunk(upload, 0, kMaxChunkBytes).value_or(ChunkPlace::kRepeat), ChunkPlace::kNext);
  EXPECT_THAT(PlaceChunk(upload, 0, kMaxChunkBytes + 1),
              StatusIs(absl::StatusCode::kInvalidArgument, "CHUNK_SIZE"));
  upload.received = 2 * kMaxChunkBytes;
  EXPECT_EQ(PlaceChunk(upload, upload.received, 10).value_or(ChunkPlace::kRepeat),
            ChunkPlace::kNext);
}

TEST(CheckOpenTest, EndedUploadsTakeNothing) {
  Upload upload = Half();
  EXPECT_TRUE(CheckOpen(upload).ok());
  upload.state = UploadState::kStored;
  EXPECT_THAT(CheckOpen(upload), StatusIs(absl::StatusCode::kFailedPrecondition, "UPLOAD_STORED"));
  upload.state = UploadState::kRefused;
  EXPECT_THAT(CheckOpen(upload), StatusIs(absl::StatusCode::kFailedPrecondition, "UPLOAD_REFUSED"));
}

TEST(Sha256Test, OnlyLowerCaseHexadecimalOfFullLength) {
  EXPECT_TRUE(IsSha256(std::string(64, 'a')));
  EXPECT_FALSE(IsSha256(std::string(63, 'a')));
  EXPECT_FALSE(IsSha256(std::string(65, 'a')));
  EXPECT_FALSE(IsSha256(std::string(64, 'A')));
  EXPECT_FALSE(IsSha256(std::string(64, 'g')));
}

}  // namespace
}  // namespace phoihop::agreements
