#include "common/telemetry/operation.h"

namespace phoihop {
namespace {

thread_local std::string_view current_operation = "background";

}  // namespace

ScopedOperation::ScopedOperation(std::string_view name) : previous_(current_operation) {
  current_operation = name;
}

ScopedOperation::~ScopedOperation() { current_operation = previous_; }

std::string_view CurrentOperation() { return current_operation; }

}  // namespace phoihop
