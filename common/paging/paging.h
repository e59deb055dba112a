// Pages of lists: the size asked for, and tokens that continue a list and carry
// no authority of their own.
#ifndef PHOIHOP_COMMON_PAGING_PAGING_H_
#define PHOIHOP_COMMON_PAGING_PAGING_H_

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace phoihop {

// Makes and opens page tokens. A token is sealed with a key that all replicas of
// a service share, so a client can neither read nor forge one, and it is bound to
// the query and the caller that it was made for. Thread safe.
class PageTokens {
 public:
  // Bytes of a key.
  static constexpr int kKeySize = 32;

  // `key` is kKeySize bytes; any other length is stretched by a hash, so that a
  // key file with a trailing line break still works.
  explicit PageTokens(std::string_view key);

  // Reads the key from a file of at least 32 bytes. Errors name the file, never
  // its content.
  static absl::StatusOr<PageTokens> FromFile(const std::string& path);

  // A token that continues at `cursor`, at most 1.000 bytes in whatever form the
  // store likes. "" for an empty cursor: the list has ended.
  std::string Encode(std::string_view cursor, std::string_view query,
                     std::string_view caller) const;

  // The cursor of a token; "" for an empty token: the list begins. A token of
  // another query or caller, or a damaged one, is INVALID_ARGUMENT naming
  // `page_token`, with one text for all of these. `query` holds everything of the
  // request that selects or orders, but not the page size.
  absl::StatusOr<std::string> Decode(std::string_view token, std::string_view query,
                                     std::string_view caller) const;

 private:
  std::string key_;
};

// The number of rows for a page: `default_size` when 0 is asked for, capped at
// `max_size`. A negative one is INVALID_ARGUMENT naming `page_size`.
absl::StatusOr<int> PageSize(int requested, int default_size, int max_size);

}  // namespace phoihop

#endif  // PHOIHOP_COMMON_PAGING_PAGING_H_
