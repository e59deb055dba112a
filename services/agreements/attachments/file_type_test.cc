#include "services/agreements/attachments/file_type.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "common/status/errors.h"
#include "common/testing/status_matchers.h"

namespace phoihop::agreements {
namespace {

using ::phoihop::testing::IsOk;
using ::phoihop::testing::IsOkAndHolds;
using ::phoihop::testing::StatusIs;
using ::testing::ElementsAre;

TEST(FileNameTest, NamesOfDocumentsAreTaken) {
  for (const std::string name : {"a.pdf", "Kế hoạch phối hợp năm 2024.docx", "báo cáo (2).xlsx",
                                 "02-CTr_BTGTU.pdf", ".profile", "a..b.pdf"}) {
    EXPECT_THAT(CheckFileName("f", name), IsOkAndHolds(name));
  }
  EXPECT_THAT(CheckFileName("f", std::string(200, 'a')), IsOk());
}

TEST(FileNameTest, DecomposedNamesAreStoredComposed) {
  EXPECT_THAT(CheckFileName("f", "Ke\xcc\x82\xcc\x81.pdf"), IsOkAndHolds(std::string("Kế.pdf")));
}

TEST(FileNameTest, PathsAndControlCharactersAreRefused) {
  for (const std::string name :
       {"", " ", ".", "..", "/etc/passwd", "../a.pdf", "a/b.pdf", "a\\b.pdf", "C:\\a.pdf",
        "C:a.pdf", "a\nb.pdf", "a\tb.pdf", "a\x01.pdf", "a\xff.pdf", "a\xe2\x80\xae.pdf"}) {
    EXPECT_THAT(CheckFileName("file_name", name),
                StatusIs(absl::StatusCode::kInvalidArgument, "FILE_NAME"))
        << name;
  }
  EXPECT_THAT(CheckFileName("f", std::string("a\0.pdf", 6)),
              StatusIs(absl::StatusCode::kInvalidArgument, "FILE_NAME"));
  EXPECT_THAT(CheckFileName("f", std::string(201, 'a')),
              StatusIs(absl::StatusCode::kInvalidArgument, "FILE_NAME"));
  EXPECT_THAT(ViolatedFields(CheckFileName("file_name", "a/b").status()), ElementsAre("file_name"));
}

TEST(DeclaredTypeTest, EndingMustBeThatOfTheType) {
  struct Case {
    const char* media_type;
    const char* name;
    bool good;
  };
  constexpr char kDocx[] =
      "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
  for (const Case& c : {Case{"application/pdf", "a.pdf", true},
                        {"application/pdf", "a.PDF", true},
                        {"application/pdf", "a.exe.pdf", true},
                        {"application/pdf", "a.pdf.exe", false},
                        {"application/pdf", "pdf", false},
                        {"application/pdf", ".pdf", false},
                        {"application/pdf", "a.docx", false},
                        {"image/jpeg", "a.jpeg", true},
                        {"image/jpeg", "a.jpg", true},
                        {"image/jpeg", "a.png", false},
                        {kDocx, "a.docx", true},
                        {kDocx, "a.docm", false},
                        {"application/vnd.ms-word.document.macroEnabled.12", "a.docm", false},
                        {"application/zip", "a.zip", false},
                        {"text/html", "a.html", false},
                        {"", "a.pdf", false}}) {
    EXPECT_EQ(CheckDeclaredType("media_type", c.media_type, c.name).ok(), c.good)
        << c.media_type << " " << c.name;
  }
  EXPECT_THAT(CheckDeclaredType("media_type", "application/zip", "a.zip"),
              StatusIs(absl::StatusCode::kInvalidArgument, "FILE_TYPE"));
}

}  // namespace
}  // namespace phoihop::agreements
