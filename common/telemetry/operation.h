// What a thread is about: the method whose call it handles. For logs and metrics of what lies
// below, such as statements, which know nothing of methods.
#ifndef PHOIHOP_COMMON_TELEMETRY_OPERATION_H_
#define PHOIHOP_COMMON_TELEMETRY_OPERATION_H_

#include <string_view>

namespace phoihop {

// While one of these lives, CurrentOperation() of its thread is `name`: the full name of a
// method, or a word for work that no call has asked for. It must be one of few, since it
// becomes a label, and outlive this.
class ScopedOperation {
 public:
  explicit ScopedOperation(std::string_view name);
  ~ScopedOperation();
  ScopedOperation(const ScopedOperation&) = delete;
  ScopedOperation& operator=(const ScopedOperation&) = delete;

 private:
  const std::string_view previous_;
};

// The operation of this thread; `background` outside any ScopedOperation.
std::string_view CurrentOperation();

}  // namespace phoihop

#endif  // PHOIHOP_COMMON_TELEMETRY_OPERATION_H_
