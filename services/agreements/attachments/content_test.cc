#include "services/agreements/attachments/content.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "common/status/errors.h"
#include "common/testing/status_matchers.h"
#include "services/agreements/attachments/testing_files.h"
#include "services/agreements/signatures/testing_authority.h"

namespace phoihop::agreements {
namespace {

using ::testing::ElementsAre;

constexpr char kDocx[] = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
constexpr char kXlsx[] = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
constexpr char kOdt[] = "application/vnd.oasis.opendocument.text";

struct Sample {
  std::string media_type;
  std::string bytes;
};

std::vector<Sample> GoodFiles() {
  const TestHierarchy authorities;
  SignSpec sign;
  sign.time = absl::FromUnixSeconds(1'600'000'000);
  return {{"application/pdf", PdfFile()},
          {"image/png", PngFile()},
          {"image/jpeg", JpegFile()},
          {"image/tiff", TiffFile()},
          {kDocx, ZipFile(DocxParts())},
          {kXlsx, ZipFile(XlsxParts())},
          {kOdt, ZipFile(OdtParts())},
          {"application/pkcs7-signature", authorities.signer.Sign("x", sign)}};
}

std::string Reason(const std::string& media_type, const std::string& bytes) {
  const FileType* type = FindFileType(media_type);
  if (type == nullptr) return "no such type";
  return ErrorReason(CheckContent(*type, bytes));
}

// Every type against the content of every type.
TEST(ContentTest, ContentIsTakenAsItsOwnTypeAlone) {
  const std::vector<Sample> files = GoodFiles();
  for (const Sample& file : files) {
    for (const Sample& declared : files) {
      EXPECT_EQ(Reason(declared.media_type, file.bytes),
                declared.media_type == file.media_type ? "" : "CONTENT_NOT_OF_TYPE")
          << file.media_type << " as " << declared.media_type;
    }
    EXPECT_EQ(Reason("text/plain", file.bytes), "CONTENT_NOT_OF_TYPE") << file.media_type;
  }
}

TEST(ContentTest, ProgramsAndPagesAreNoDocuments) {
  for (const std::string& bytes :
       {std::string("MZ\x90\x00\x03", 5),
        std::string("\x7f"
                    "ELF\x02\x01\x01",
                    7),
        std::string("<!DOCTYPE html><html><script>alert(1)</script></html>"),
        std::string("#!/bin/sh\nrm -rf /\n")}) {
    for (const char* type : {"application/pdf", "image/png", kDocx, "text/plain", "text/csv",
                             "application/pkcs7-signature"}) {
      EXPECT_EQ(Reason(type, bytes), "CONTENT_NOT_OF_TYPE") << type << " " << bytes;
    }
  }
}

TEST(ContentTest, TextIsUtf8WithoutControlCharacters) {
  EXPECT_EQ(Reason("text/csv", "Đơn vị,Số\nCái Khế,12\nAn Thới,3\n"), "");
  EXPECT_EQ(Reason("text/csv", "\xef\xbb\xbfĐơn vị;Số\r\nCái Khế;12\r\n"), "");
  EXPECT_EQ(Reason("text/plain", "Biên bản họp ngày 24/10/2023\n"), "");
  EXPECT_EQ(Reason("text/plain", std::string("a\0b", 3)), "CONTENT_NOT_OF_TYPE");
  EXPECT_EQ(Reason("text/plain", "a\x1b[31mb"), "CONTENT_NOT_OF_TYPE");
  EXPECT_EQ(Reason("text/csv",
                   "\xff\xfe"
                   "a,b"),
            "CONTENT_NOT_OF_TYPE");
}

TEST(ContentTest, EmptyAndPlainArchivesAreNoDocuments) {
  EXPECT_EQ(Reason("application/pdf", ""), "CONTENT_NOT_OF_TYPE");
  EXPECT_EQ(Reason(kDocx, ZipFile({{"a.txt", "a"}})), "CONTENT_NOT_OF_TYPE");
}

TEST(ContentTest, OfficeDocumentHasItsMainPartAndNoOther) {
  const std::string docx =
      "application/vnd.openxmlformats-officedocument.wordprocessingml."
      "document.main+xml";
  const std::string xlsx =
      "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml";
  const auto override_ = [](const std::string& part, const std::string& type) {
    return absl::StrCat("<Override PartName='", part, "' ContentType=\"", type, "\"/>");
  };
  const auto reason = [](const std::string& types, const std::string& part,
                         const std::string& other = "a.xml") {
    return Reason(kDocx,
                  ZipFile({{"[Content_Types].xml", absl::StrCat("<Types>", types, "</Types>")},
                           {part, "<x/>"},
                           {other, "<x/>"}}));
  };
  const std::string refused = "CONTENT_NOT_OF_TYPE";
  const std::string main = override_("/word/document.xml", docx);
  EXPECT_EQ(reason(main, "word/document.xml"), "");
  EXPECT_EQ(reason(override_("/word/document2.xml", docx), "word/document2.xml"), "");
  EXPECT_EQ(reason("<!-- a > b -->" + main, "word/document.xml"), "");
  // The type alone is not the part, wherever it stands.
  EXPECT_EQ(reason(main, "evil.exe"), refused);
  EXPECT_EQ(reason("<!-- " + main + " -->", "word/document.xml"), refused);
  EXPECT_EQ(
      reason("<Default Extension=\"xml\" ContentType=\"" + docx + "\"/>", "word/document.xml"),
      refused);
  EXPECT_EQ(reason("<X y='" + absl::StrCat("\"", docx, "\"") + "'/>", "word/document.xml"),
            refused);
  EXPECT_EQ(reason("<!DOCTYPE x [<!ENTITY e \"y\">]>" + main, "word/document.xml"), refused);
  // One that opens as two things.
  EXPECT_EQ(
      reason(main + override_("/xl/workbook.xml", xlsx), "word/document.xml", "xl/workbook.xml"),
      refused);
  ZipContent odt = OdtParts();
  odt.pop_back();
  EXPECT_EQ(Reason(kOdt, ZipFile(odt)), refused);
  odt = OdtParts();
  for (const auto& part : DocxParts()) odt.push_back(part);
  EXPECT_EQ(Reason(kOdt, ZipFile(odt)), refused);
  EXPECT_EQ(Reason(kDocx, ZipFile(odt)), refused);
}

TEST(ContentTest, BombsAndMacrosNameTheContent) {
  const absl::Status bomb = CheckContent(*FindFileType(kDocx), ZipBomb(30 << 20));
  EXPECT_EQ(ErrorReason(bomb), "ZIP_BOMB");
  EXPECT_THAT(ViolatedFields(bomb), ElementsAre("upload.content"));
  EXPECT_NE(VietnameseMessage(bomb), "");
  const absl::Status type = CheckContent(*FindFileType("application/pdf"), PngFile());
  EXPECT_THAT(ViolatedFields(type), ElementsAre("upload.media_type"));
}

}  // namespace
}  // namespace phoihop::agreements
