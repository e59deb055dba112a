#include "services/agreements/attachments/testing_files.h"

#include <zip.h>

#include <cstdio>
#include <cstdlib>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace phoihop::agreements {
namespace {

void Check(bool good, const char* what) {
  if (good) return;
  std::fprintf(stderr, "libzip: %s\n", what);
  std::abort();
}

std::string ContentTypes(const char* part, const char* type) {
  return absl::StrCat(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Types "
      "xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Default "
      "Extension=\"xml\" ContentType=\"application/xml\"/><Override PartName=\"",
      part, "\" ContentType=\"", type, "\"/></Types>");
}

}  // namespace

std::string PdfFile() {
  return "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count "
         "0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n";
}

std::string PngFile() {
  std::string bytes;
  Check(absl::Base64Unescape("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwAD"
                             "hgGAWjR9awAAAABJRU5ErkJggg==",
                             &bytes),
        "png");
  return bytes;
}

std::string JpegFile() {
  return std::string("\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xd9",
                     22);
}

std::string TiffFile() {
  return std::string("II*\x00\x08\x00\x00\x00\x00\x00\x00\x00\x00\x00", 14);
}

std::string ZipFile(const ZipContent& entries, const std::string& password) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* const target = zip_source_buffer_create(nullptr, 0, 0, &error);
  Check(target != nullptr, "buffer");
  // Kept beyond the archive's end.
  zip_source_keep(target);
  zip_t* const archive = zip_open_from_source(target, ZIP_CREATE | ZIP_TRUNCATE, &error);
  Check(archive != nullptr, "open");
  for (const auto& [name, content] : entries) {
    zip_source_t* const source = zip_source_buffer(archive, content.data(), content.size(), 0);
    const zip_int64_t index = zip_file_add(archive, name.c_str(), source, ZIP_FL_ENC_UTF_8);
    Check(index >= 0, "add");
    if (!password.empty()) {
      Check(zip_file_set_encryption(archive, index, ZIP_EM_AES_256, password.c_str()) == 0,
            "encryption");
    }
  }
  Check(zip_close(archive) == 0, "close");
  zip_stat_t stat;
  Check(zip_source_stat(target, &stat) == 0, "stat");
  std::string bytes(stat.size, '\0');
  Check(zip_source_open(target) == 0, "reopen");
  Check(zip_source_read(target, bytes.data(), bytes.size()) == static_cast<zip_int64_t>(stat.size),
        "read");
  zip_source_close(target);
  zip_source_free(target);
  return bytes;
}

ZipContent DocxParts() {
  return {{"[Content_Types].xml",
           ContentTypes("/word/document.xml",
                        "application/vnd.openxmlformats-officedocument.wordprocessingml.document."
                        "main+xml")},
          {"_rels/.rels", "<Relationships/>"},
          {"word/document.xml", "<w:document/>"}};
}

ZipContent XlsxParts() {
  return {{"[Content_Types].xml",
           ContentTypes("/xl/workbook.xml",
                        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet."
                        "main+xml")},
          {"_rels/.rels", "<Relationships/>"},
          {"xl/workbook.xml", "<workbook/>"}};
}

ZipContent OdtParts() {
  return {{"mimetype", "application/vnd.oasis.opendocument.text"},
          {"META-INF/manifest.xml", "<manifest/>"},
          {"content.xml", "<content/>"}};
}

std::string ZipBomb(size_t bytes) {
  ZipContent parts = DocxParts();
  parts.emplace_back("word/media/image1.png", std::string(bytes, '\0'));
  return ZipFile(parts);
}

}  // namespace phoihop::agreements
