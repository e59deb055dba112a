#include "services/ctl/findings.h"

namespace phoihop::ctl {

std::string FindingText(ledger::Finding::Kind kind) {
  using Kind = ledger::Finding::Kind;
  switch (kind) {
    case Kind::kChangedRecord:
      return "bản ghi đã bị thay đổi";
    case Kind::kChangedPayload:
      return "nội dung của bản ghi đã bị thay đổi";
    case Kind::kMissingPayload:
      return "nội dung của bản ghi bị mất mà không qua biên tập";
    case Kind::kRemovedRecord:
      return "bản ghi bị gỡ bỏ hoặc lặp lại";
    case Kind::kCutOff:
      return "các bản ghi cuối bị cắt";
    case Kind::kRewritten:
      return "sổ đã bị viết lại so với điểm kiểm đã ký";
    case Kind::kHeadMismatch:
      return "đầu sổ không khớp với bản ghi cuối";
    case Kind::kBadCheckpoint:
      return "chữ ký của điểm kiểm không đúng";
    case Kind::kUnknownKey:
      return "điểm kiểm được ký bằng khóa không rõ";
  }
  return "sai không rõ loại";
}

}  // namespace phoihop::ctl
