#include "common/mysql/in_list.h"

#include "absl/numeric/bits.h"

namespace phoihop::mysql {
namespace {

template <class T>
void Append(absl::Span<const T> values, std::vector<Value>& params) {
  for (size_t i = 0; i < absl::bit_ceil(values.size()); ++i) {
    params.emplace_back(i < values.size() ? values[i] : values.back());
  }
}

}  // namespace

std::string InList(size_t count) {
  std::string list = "(?";
  for (size_t i = 1; i < absl::bit_ceil(count); ++i) list += ",?";
  return list + ")";
}

void AppendInList(absl::Span<const int64_t> values, std::vector<Value>& params) {
  Append(values, params);
}

void AppendInList(absl::Span<const std::string> values, std::vector<Value>& params) {
  Append(values, params);
}

}  // namespace phoihop::mysql
