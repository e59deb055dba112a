#include "common/telemetry/trace.h"

#include <algorithm>
#include <cstdint>
#include <random>

namespace phoihop {
namespace {

thread_local const TraceContext* current_trace = nullptr;

bool IsLowerHex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool IsZero(std::string_view text) { return text.find_first_not_of('0') == std::string_view::npos; }

// Not secret, merely distinct.
std::string RandomHex(int digits) {
  thread_local std::mt19937_64 random = [] {
    std::random_device device;
    std::seed_seq seed{device(), device(), device(), device(), device(), device()};
    return std::mt19937_64(seed);
  }();
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  do {
    text.clear();
    uint64_t bits = 0;
    for (int i = 0; i < digits; ++i) {
      if (i % 16 == 0) bits = random();
      text.push_back(kDigits[bits & 15]);
      bits >>= 4;
    }
  } while (IsZero(text));
  return text;
}

}  // namespace

TraceContext TraceContext::New() { return {RandomHex(32), RandomHex(16), true}; }

std::optional<TraceContext> TraceContext::Parse(std::string_view header) {
  // version(2)-trace(32)-span(16)-flags(2); later versions may append more.
  constexpr size_t kLength = 55;
  if (header.size() < kLength || header[2] != '-' || header[35] != '-' || header[52] != '-') {
    return std::nullopt;
  }
  const std::string_view version = header.substr(0, 2), trace = header.substr(3, 32),
                         span = header.substr(36, 16), flags = header.substr(53, 2);
  if (!IsLowerHex(version) || !IsLowerHex(trace) || !IsLowerHex(span) || !IsLowerHex(flags) ||
      version == "ff" || IsZero(trace) || IsZero(span)) {
    return std::nullopt;
  }
  if (header.size() > kLength && (version == "00" || header[kLength] != '-')) return std::nullopt;
  const char low = flags[1];
  const int bits = low <= '9' ? low - '0' : low - 'a' + 10;
  return TraceContext{std::string(trace), std::string(span), (bits & 1) != 0};
}

TraceContext TraceContext::Child() const { return {trace_id, RandomHex(16), sampled}; }

std::string TraceContext::ToHeader() const {
  return "00-" + trace_id + "-" + span_id + (sampled ? "-01" : "-00");
}

ScopedTrace::ScopedTrace(const TraceContext& trace) : previous_(current_trace) {
  current_trace = &trace;
}

ScopedTrace::~ScopedTrace() { current_trace = previous_; }

const TraceContext* CurrentTrace() { return current_trace; }

}  // namespace phoihop
