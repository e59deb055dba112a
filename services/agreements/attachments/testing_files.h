// Files for tests: real ones of each type, and archives with any content.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_ATTACHMENTS_TESTING_FILES_H_
#define PHOIHOP_SERVICES_AGREEMENTS_ATTACHMENTS_TESTING_FILES_H_

#include <string>
#include <utility>
#include <vector>

namespace phoihop::agreements {

std::string PdfFile();
std::string PngFile();
std::string JpegFile();
std::string TiffFile();

// A zip archive with these entries (name, content), deflated. Encrypted when a password is
// given.
using ZipContent = std::vector<std::pair<std::string, std::string>>;
std::string ZipFile(const ZipContent& entries, const std::string& password = "");

// The parts of a document of each kind; add to them.
ZipContent DocxParts();
ZipContent XlsxParts();
ZipContent OdtParts();

// A small archive with one entry that unpacks to `bytes` zeros.
std::string ZipBomb(size_t bytes);

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_ATTACHMENTS_TESTING_FILES_H_
