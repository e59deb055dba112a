#include "common/paging/paging.h"

#include <sodium.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/errors.h"
#include "common/status/views.h"

namespace phoihop {
namespace {

static_assert(PageTokens::kKeySize == crypto_secretbox_KEYBYTES);

constexpr size_t kBindingSize = 16;
constexpr size_t kMaxCursor = 1000;
constexpr size_t kMaxToken = 2048;

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// A digest of whom and what a token is for. Lengths keep the two parts apart.
std::string Binding(std::string_view key, std::string_view query, std::string_view caller) {
  const std::string input =
      absl::StrCat(query.size(), ":", AbslView(query), caller.size(), ":", AbslView(caller));
  std::string digest(kBindingSize, '\0');
  crypto_generichash(reinterpret_cast<unsigned char*>(digest.data()), digest.size(), Bytes(input),
                     input.size(), Bytes(key), key.size());
  return digest;
}

absl::Status BadToken() {
  return InvalidField(
      "page_token", "INVALID_PAGE_TOKEN",
      {"The page token does not belong to this query.", "Mã trang không thuộc về truy vấn này."});
}

}  // namespace

PageTokens::PageTokens(std::string_view key) : key_(kKeySize, '\0') {
  // Without working random numbers there are no safe tokens.
  if (sodium_init() < 0) std::abort();
  crypto_generichash(reinterpret_cast<unsigned char*>(key_.data()), key_.size(), Bytes(key),
                     key.size(), nullptr, 0);
}

absl::StatusOr<PageTokens> PageTokens::FromFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string key((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (!file || key.size() < kKeySize) {
    return absl::FailedPreconditionError(
        absl::StrCat("the page token key file ", path, " must hold at least 32 bytes"));
  }
  return PageTokens(key);
}

std::string PageTokens::Encode(std::string_view cursor, std::string_view query,
                               std::string_view caller) const {
  if (cursor.empty()) return "";
  if (cursor.size() > kMaxCursor) std::abort();
  const std::string plain = absl::StrCat(Binding(key_, query, caller), AbslView(cursor));
  std::string sealed(crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + plain.size(), '\0');
  auto* out = reinterpret_cast<unsigned char*>(sealed.data());
  randombytes_buf(out, crypto_secretbox_NONCEBYTES);
  crypto_secretbox_easy(out + crypto_secretbox_NONCEBYTES, Bytes(plain), plain.size(), out,
                        Bytes(key_));
  constexpr int kVariant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
  std::string token(sodium_base64_encoded_len(sealed.size(), kVariant), '\0');
  sodium_bin2base64(token.data(), token.size(), out, sealed.size(), kVariant);
  token.resize(token.size() - 1);  // the zero byte at its end
  return token;
}

absl::StatusOr<std::string> PageTokens::Decode(std::string_view token, std::string_view query,
                                               std::string_view caller) const {
  if (token.empty()) return "";
  if (token.size() > kMaxToken) return BadToken();
  std::vector<unsigned char> sealed(token.size());
  size_t size = 0;
  const char* end = nullptr;
  if (sodium_base642bin(sealed.data(), sealed.size(), token.data(), token.size(), nullptr, &size,
                        &end, sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 ||
      end != token.data() + token.size()) {
    return BadToken();
  }
  constexpr size_t kOverhead = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES;
  if (size < kOverhead + kBindingSize) return BadToken();
  std::string plain(size - kOverhead, '\0');
  if (crypto_secretbox_open_easy(reinterpret_cast<unsigned char*>(plain.data()),
                                 sealed.data() + crypto_secretbox_NONCEBYTES,
                                 size - crypto_secretbox_NONCEBYTES, sealed.data(),
                                 Bytes(key_)) != 0) {
    return BadToken();
  }
  if (plain.compare(0, kBindingSize, Binding(key_, query, caller)) != 0) return BadToken();
  return plain.substr(kBindingSize);
}

absl::StatusOr<int> PageSize(int requested, int default_size, int max_size) {
  if (requested < 0) {
    return InvalidField("page_size", "OUT_OF_RANGE",
                        {"The page size must not be negative.", "Cỡ trang không được là số âm."});
  }
  return std::min(requested == 0 ? default_size : requested, max_size);
}

}  // namespace phoihop
