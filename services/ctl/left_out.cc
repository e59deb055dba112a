#include "services/ctl/left_out.h"

#include <map>
#include <string>

namespace phoihop::ctl {

Text LeftOutText(std::string_view reason) {
  static const auto* const texts = new std::map<std::string_view, Text>{
      {"INVALID_ROW",
       {"rows without a valid code, name or level", "dòng thiếu mã, tên hoặc cấp hợp lệ"}},
      {"REPEATED_CODE", {"rows that repeat a code", "dòng lặp lại mã"}},
      {"UNKNOWN_PARENT",
       {"units whose parent is not in the snapshot",
        "đơn vị có cấp trên không nằm trong danh mục"}},
      {"UNKNOWN_OLD_CODE",
       {"mappings with an unknown old code", "dòng chuyển đổi có mã cũ không rõ"}},
      {"UNKNOWN_OLD_NAME",
       {"mappings whose old unit has no code and an unknown name",
        "dòng chuyển đổi thiếu mã cũ và không tìm được theo tên"}},
      {"AMBIGUOUS_OLD_NAME",
       {"mappings whose old name fits several units",
        "dòng chuyển đổi thiếu mã cũ và tên trùng nhiều đơn vị"}},
      {"NO_OLD_UNIT", {"new units without an old one", "đơn vị mới không có đơn vị cũ"}},
      {"UNKNOWN_NEW_CODE",
       {"mappings with an unknown new code", "dòng chuyển đổi có mã mới không rõ"}},
      {"NEW_PROVINCE_MISMATCH",
       {"mappings whose new unit lies in another province",
        "dòng chuyển đổi có đơn vị mới thuộc tỉnh khác"}},
      {"REPEATED_SUCCESSION",
       {"mappings that repeat a succession", "dòng lặp lại một quan hệ kế thừa"}},
  };
  const auto found = texts->find(reason);
  if (found != texts->end()) return found->second;
  return {std::string(reason), std::string(reason)};
}

}  // namespace phoihop::ctl
