#include "services/agreements/signatures/certificates.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/text/text.h"

namespace phoihop::agreements {
namespace {

namespace fs = std::filesystem;

// The lists of a large authority are some megabytes.
constexpr size_t kMaxFileBytes = size_t{64} << 20;

absl::Status Unreadable() {
  return Unavailable("TRUST_ANCHORS_UNAVAILABLE",
                     {"The trust anchors or revocation lists cannot be read now.",
                      "Hiện không đọc được chứng thư gốc hoặc danh sách thu hồi."});
}

// The contents of the folder's files with one of these extensions, in order of name.
absl::StatusOr<std::vector<std::string>> ReadFiles(const std::string& folder,
                                                   const std::vector<std::string>& extensions) {
  std::vector<fs::path> paths;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    const std::string extension = absl::AsciiStrToLower(it->path().extension().string());
    if (std::find(extensions.begin(), extensions.end(), extension) != extensions.end()) {
      paths.push_back(it->path());
    }
  }
  if (error) return Unreadable();
  std::sort(paths.begin(), paths.end());
  std::vector<std::string> contents;
  for (const fs::path& path : paths) {
    const uintmax_t size = fs::file_size(path, error);
    std::ifstream in(path, std::ios::binary);
    if (error || size > kMaxFileBytes || !in) return Unreadable();
    contents.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  }
  return contents;
}

std::string PrintName(const X509_NAME* name, unsigned long flags) {  // NOLINT: OpenSSL's type
  const BioPtr out(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(out.get(), name, 0, flags);
  char* data = nullptr;
  const auto size = BIO_get_mem_data(out.get(), &data);
  return size > 0 ? std::string(data, static_cast<size_t>(size)) : std::string();
}

BioPtr Memory(const std::string& bytes) {
  return BioPtr(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
}

// Whether the list speaks for all certificates of its issuer: no part of a divided list, and
// no list of changes only.
bool IsWhole(const X509_CRL* list) {
  return X509_CRL_get_ext_by_NID(list, NID_issuing_distribution_point, -1) < 0 &&
         X509_CRL_get_ext_by_NID(list, NID_delta_crl, -1) < 0;
}

Revocation CheckOne(X509* certificate, X509* issuer, const std::vector<CrlPtr>& lists,
                    absl::Time at) {
  Revocation known = Revocation::kUnknown;
  for (const CrlPtr& list : lists) {
    if (X509_NAME_cmp(X509_CRL_get_issuer(list.get()), X509_get_issuer_name(certificate)) != 0 ||
        X509_CRL_verify(list.get(), X509_get0_pubkey(issuer)) != 1) {
      continue;
    }
    X509_REVOKED* entry = nullptr;
    // 2 stands for "removed from the list".
    if (X509_CRL_get0_by_cert(list.get(), &entry, certificate) == 1) {
      const std::optional<absl::Time> when = TimeOf(X509_REVOKED_get0_revocationDate(entry));
      if (!when.has_value() || *when <= at) return Revocation::kRevoked;
    }
    const ASN1_TIME* next = X509_CRL_get0_nextUpdate(list.get());
    const std::optional<absl::Time> until = next == nullptr ? absl::InfiniteFuture() : TimeOf(next);
    if (IsWhole(list.get()) && until.has_value() && *until >= at) known = Revocation::kClear;
  }
  ERR_clear_error();
  return known;
}

}  // namespace

std::string NameText(const X509_NAME* name) {
  // Without this flag every byte above 127 is escaped. A name that is no clean text in
  // UTF-8 is shown that way, since it is stored and sent as text.
  std::string text = PrintName(name, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
  return Clean(text).ok() ? text : PrintName(name, XN_FLAG_RFC2253);
}

std::string SerialText(const X509* certificate) {
  const BignumPtr number(ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr));
  if (number == nullptr) return "";
  char* hex = BN_bn2hex(number.get());
  if (hex == nullptr) return "";
  std::string text = hex;
  OPENSSL_free(hex);
  return text;
}

std::string FingerprintText(const X509* certificate) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (X509_digest(certificate, EVP_sha256(), digest, &size) != 1) return "";
  return absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(digest), size));
}

std::optional<absl::Time> TimeOf(const ASN1_TIME* time) {
  std::tm parts = {};
  if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return std::nullopt;
  return absl::FromCivil(absl::CivilSecond(parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
                                           parts.tm_hour, parts.tm_min, parts.tm_sec),
                         absl::UTCTimeZone());
}

absl::StatusOr<std::vector<CertificatePtr>> ReadTrustAnchors(const std::string& folder) {
  std::vector<CertificatePtr> anchors;
  if (folder.empty()) return anchors;
  ASSIGN_OR_RETURN(const std::vector<std::string> files,
                   ReadFiles(folder, {".pem", ".crt", ".cer"}));
  for (const std::string& file : files) {
    const BioPtr in = Memory(file);
    while (X509* certificate = PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr)) {
      anchors.emplace_back(certificate);
    }
  }
  ERR_clear_error();
  return anchors;
}

absl::StatusOr<std::vector<CrlPtr>> ReadRevocationLists(const std::string& folder) {
  std::vector<CrlPtr> lists;
  if (folder.empty()) return lists;
  ASSIGN_OR_RETURN(const std::vector<std::string> files, ReadFiles(folder, {".crl", ".pem"}));
  for (const std::string& file : files) {
    const BioPtr in = Memory(file);
    if (!absl::StrContains(file, "-----BEGIN ")) {
      if (X509_CRL* list = d2i_X509_CRL_bio(in.get(), nullptr)) lists.emplace_back(list);
      continue;
    }
    while (X509_CRL* list = PEM_read_bio_X509_CRL(in.get(), nullptr, nullptr, nullptr)) {
      lists.emplace_back(list);
    }
  }
  ERR_clear_error();
  return lists;
}

Revocation CheckRevocation(const STACK_OF(X509) * chain, const std::vector<CrlPtr>& lists,
                           absl::Time at) {
  Revocation known = Revocation::kClear;
  for (int i = 0; i + 1 < sk_X509_num(chain); ++i) {
    const Revocation one =
        CheckOne(sk_X509_value(chain, i), sk_X509_value(chain, i + 1), lists, at);
    if (one == Revocation::kRevoked) return one;
    if (one == Revocation::kUnknown) known = one;
  }
  return known;
}

}  // namespace phoihop::agreements
