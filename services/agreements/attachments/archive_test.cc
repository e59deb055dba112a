#include "services/agreements/attachments/archive.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>

#include "common/status/errors.h"
#include "common/testing/status_matchers.h"
#include "services/agreements/attachments/testing_files.h"

namespace phoihop::agreements {
namespace {

using ::phoihop::testing::IsOk;

constexpr int64_t kMega = int64_t{1} << 20;

// The reason for which an archive of 1 MB with this entry is refused; "" when it is not.
std::string ReasonOf(const ArchiveEntry& entry) {
  return ErrorReason(CheckEntries("f", {entry}, kMega));
}

TEST(CheckEntriesTest, NamesAreRelativeAndStayInside) {
  struct Case {
    const char* name;
    const char* reason;
  };
  for (const Case& c : {Case{"word/document.xml", ""},
                        {"word/", ""},
                        {"a..b/c.xml", ""},
                        {"../a", "ARCHIVE_UNSAFE"},
                        {"a/../../b", "ARCHIVE_UNSAFE"},
                        {"a/..", "ARCHIVE_UNSAFE"},
                        {"/etc/passwd", "ARCHIVE_UNSAFE"},
                        {"C:/a", "ARCHIVE_UNSAFE"},
                        {"a\\b", "ARCHIVE_UNSAFE"},
                        {"a\nb", "ARCHIVE_UNSAFE"},
                        {"", "ARCHIVE_UNSAFE"},
                        {"word/embeddings/a.zip", "ARCHIVE_UNSAFE"},
                        {"word/embeddings/A.XLSX", "ARCHIVE_UNSAFE"},
                        {"word/vbaProject.bin", "MACRO"},
                        {"word/VBAPROJECT.BIN", "MACRO"},
                        {"word/vbaData.xml", "MACRO"},
                        {"xl/macrosheets/sheet1.xml", "MACRO"},
                        {"Basic/Standard/Module1.xml", "MACRO"},
                        {"Scripts/python/a.py", "MACRO"}}) {
    EXPECT_EQ(ReasonOf({c.name, 10, 20}), c.reason) << c.name;
  }
}

TEST(CheckEntriesTest, SizesBeyondTheRulesAreBombs) {
  struct Case {
    int64_t packed, unpacked;
    const char* reason;
  };
  for (const Case& c : {Case{1000, 90'000, ""},
                        // Small ones may be packed as they like.
                        {10, 10 * kMega, ""},
                        {100'000, 10 * kMega + 1, "ZIP_BOMB"},
                        {kMega, 99 * kMega, ""},
                        {kMega, 100 * kMega, "ZIP_BOMB"},
                        {3 * kMega, 250 * kMega, "ZIP_BOMB"},
                        {0, 11 * kMega, "ZIP_BOMB"},
                        {200 * kMega, 251 * kMega, "ZIP_BOMB"},
                        {1, -1, "ZIP_BOMB"},
                        {1, INT64_MAX, "ZIP_BOMB"}}) {
    EXPECT_EQ(ReasonOf({"a", c.packed, c.unpacked}), c.reason) << c.packed << " " << c.unpacked;
  }
}

TEST(CheckEntriesTest, ManySmallEntriesAddUp) {
  std::vector<ArchiveEntry> entries;
  for (int i = 0; i < 60; ++i) entries.push_back({std::to_string(i), 100'000, 5 * kMega});
  EXPECT_EQ(ErrorReason(CheckEntries("f", entries, 20 * kMega)), "ZIP_BOMB") << "300 MB";
  entries.resize(20);
  EXPECT_EQ(ErrorReason(CheckEntries("f", entries, 20 * kMega)), "") << "100 MB of 20";
  // Entries that share their packed bytes: each alone is within the rules.
  EXPECT_EQ(ErrorReason(CheckEntries("f", entries, kMega)), "ZIP_BOMB");
}

TEST(CheckEntriesTest, TooManyEntriesDoublesAndEncryptedOnesAreRefused) {
  std::vector<ArchiveEntry> entries;
  for (int i = 0; i < kMaxEntries; ++i) entries.push_back({std::to_string(i), 1, 1});
  EXPECT_THAT(CheckEntries("f", entries, kMega), IsOk());
  entries.push_back({"one more", 1, 1});
  EXPECT_EQ(ErrorReason(CheckEntries("f", entries, kMega)), "ZIP_BOMB");
  EXPECT_EQ(ErrorReason(CheckEntries("f", {{"a", 1, 1}, {"A", 1, 1}}, kMega)), "ARCHIVE_UNSAFE");
  EXPECT_EQ(ReasonOf({"a", 1, 1, true}), "ARCHIVE_UNSAFE");
}

// The reason for which these bytes are refused.
std::string Inspect(const std::string& bytes) {
  ArchiveStatement statement;
  return ErrorReason(InspectArchive("f", "t", bytes, statement));
}

TEST(InspectArchiveTest, DocumentTellsItsType) {
  ArchiveStatement statement;
  ASSERT_THAT(InspectArchive("f", "t", ZipFile(DocxParts()), statement), IsOk());
  EXPECT_NE(statement.content_types.find("wordprocessingml"), std::string::npos);
  ASSERT_THAT(InspectArchive("f", "t", ZipFile(OdtParts()), statement), IsOk());
  EXPECT_EQ(statement.mimetype, "application/vnd.oasis.opendocument.text");
}

TEST(InspectArchiveTest, ZipBombIsRefused) {
  const std::string bomb = ZipBomb(30 << 20);
  EXPECT_LT(bomb.size(), 100'000u);
  EXPECT_EQ(Inspect(bomb), "ZIP_BOMB");
}

// The same, but it says of itself that it is small.
TEST(InspectArchiveTest, ZipBombThatLiesAboutItsSizeIsRefused) {
  std::string bomb = ZipBomb(30 << 20);
  const uint32_t size = 30 << 20, small = 1000;
  int changed = 0;
  for (size_t i = 0; i + 4 <= bomb.size(); ++i) {
    if (std::memcmp(bomb.data() + i, &size, 4) != 0) continue;
    std::memcpy(bomb.data() + i, &small, 4);
    ++changed;
  }
  ASSERT_EQ(changed, 2) << "in the entry and in the directory";
  const std::string reason = Inspect(bomb);
  EXPECT_TRUE(reason == "ZIP_BOMB" || reason == "CONTENT_NOT_OF_TYPE") << reason;
}

TEST(InspectArchiveTest, ArchiveWithinAnArchiveIsRefusedWhateverItsName) {
  ZipContent parts = DocxParts();
  parts.emplace_back("word/media/image1.png", ZipFile(OdtParts()));
  EXPECT_EQ(Inspect(ZipFile(parts)), "ARCHIVE_UNSAFE");
}

TEST(InspectArchiveTest, PathsPasswordsAndMacrosAreRefused) {
  ZipContent upwards = DocxParts();
  upwards.emplace_back("../../etc/cron.d/x", "x");
  EXPECT_EQ(Inspect(ZipFile(upwards)), "ARCHIVE_UNSAFE");
  EXPECT_EQ(Inspect(ZipFile(DocxParts(), "secret")), "ARCHIVE_UNSAFE");
  ZipContent macro = DocxParts();
  macro.emplace_back("word/vbaProject.bin", "x");
  EXPECT_EQ(Inspect(ZipFile(macro)), "MACRO");
  ZipContent stated = DocxParts();
  stated[0].second += "application/vnd.ms-word.document.macroEnabled.main+xml";
  EXPECT_EQ(Inspect(ZipFile(stated)), "MACRO");
}

TEST(InspectArchiveTest, WhatIsNoIntactArchiveIsNotOfTheType) {
  const std::string good = ZipFile(DocxParts());
  EXPECT_EQ(Inspect(""), "CONTENT_NOT_OF_TYPE");
  EXPECT_EQ(Inspect("PK\x03\x04"), "CONTENT_NOT_OF_TYPE");
  EXPECT_EQ(Inspect(PdfFile() + good), "CONTENT_NOT_OF_TYPE");
  EXPECT_EQ(Inspect(good.substr(0, good.size() / 2)), "CONTENT_NOT_OF_TYPE");
  std::string damaged = good;
  damaged[good.find("[Content_Types].xml") + 40] ^= 0x55;
  EXPECT_EQ(Inspect(damaged), "CONTENT_NOT_OF_TYPE");
}

}  // namespace
}  // namespace phoihop::agreements
