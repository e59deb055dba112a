#include "common/mysql/in_list.h"

#include "absl/numeric/bits.h"

namespace phoihop::mysql {
namespace {

template <class T>
std::string List(absl::Span<const T> values, std::vector<Value>& params) {
  if (values.empty()) return "(NULL)";
  std::string list;
  for (size_t i = 0; i < absl::bit_ceil(values.size()); ++i) {
    params.emplace_back(i < values.size() ? values[i] : values.back());
    list += i == 0 ? "(?" : ",?";
  }
  return list + ")";
}

}  // namespace

std::string InList(absl::Span<const int64_t> values, std::vector<Value>& params) {
  return List(values, params);
}

std::string InList(absl::Span<const std::string> values, std::vector<Value>& params) {
  return List(values, params);
}

}  // namespace phoihop::mysql
