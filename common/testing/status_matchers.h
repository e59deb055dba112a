#ifndef PHOIHOP_COMMON_TESTING_STATUS_MATCHERS_H_
#define PHOIHOP_COMMON_TESTING_STATUS_MATCHERS_H_

#include <ostream>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/status/errors.h"
#include "gmock/gmock.h"

// Matchers for absl::Status and absl::StatusOr:
//   EXPECT_THAT(Load(id), IsOk());
//   EXPECT_THAT(Load(id), IsOkAndHolds(Eq(7)));
//   EXPECT_THAT(Load(id), StatusIs(absl::StatusCode::kNotFound));
//   EXPECT_THAT(Sign(id), StatusIs(absl::StatusCode::kAborted, "ETAG_MISMATCH"));
namespace phoihop::testing {

namespace internal {

inline const absl::Status& StatusOf(const absl::Status& status) { return status; }
template <class T>
const absl::Status& StatusOf(const absl::StatusOr<T>& status_or) {
  return status_or.status();
}

inline void Explain(const absl::Status& status, ::testing::MatchResultListener* listener) {
  *listener << "whose status is " << status.ToString();
}

template <class Inner>
class IsOkAndHoldsMatcher {
 public:
  explicit IsOkAndHoldsMatcher(Inner inner) : inner_(std::move(inner)) {}

  template <class StatusOrType>
  operator ::testing::Matcher<StatusOrType>() const {  // NOLINT: matchers convert implicitly
    return ::testing::Matcher<StatusOrType>(new Impl<StatusOrType>(inner_));
  }

 private:
  template <class StatusOrType>
  class Impl : public ::testing::MatcherInterface<StatusOrType> {
   public:
    using Value = typename std::remove_cvref_t<StatusOrType>::value_type;

    explicit Impl(const Inner& inner) : inner_(::testing::SafeMatcherCast<const Value&>(inner)) {}

    bool MatchAndExplain(StatusOrType actual,
                         ::testing::MatchResultListener* listener) const override {
      if (actual.ok()) return inner_.MatchAndExplain(*actual, listener);
      Explain(actual.status(), listener);
      return false;
    }
    void DescribeTo(std::ostream* os) const override {
      *os << "is OK and has a value that ";
      inner_.DescribeTo(os);
    }
    void DescribeNegationTo(std::ostream* os) const override {
      *os << "is not OK or has a value that ";
      inner_.DescribeNegationTo(os);
    }

   private:
    const ::testing::Matcher<const Value&> inner_;
  };

  Inner inner_;
};

MATCHER(IsOkMatcher, negation ? "is an error" : "is OK") {
  const absl::Status& status = StatusOf(arg);
  Explain(status, result_listener);
  return status.ok();
}

MATCHER_P(StatusCodeIs, code,
          std::string(negation ? "is not " : "is ") + absl::StatusCodeToString(code)) {
  const absl::Status& status = StatusOf(arg);
  Explain(status, result_listener);
  return status.code() == code;
}

MATCHER_P2(StatusCodeAndReasonAre, code, reason,
           std::string(negation ? "is not " : "is ") + absl::StatusCodeToString(code) +
               " with the reason " + ::testing::PrintToString(reason)) {
  const absl::Status& status = StatusOf(arg);
  Explain(status, result_listener);
  *result_listener << " with the reason '" << ErrorReason(status) << "'";
  return status.code() == code && ErrorReason(status) == reason;
}

}  // namespace internal

inline auto IsOk() { return internal::IsOkMatcher(); }

// The value of an OK absl::StatusOr matches `inner` (a matcher or a value).
template <class Inner>
internal::IsOkAndHoldsMatcher<std::decay_t<Inner>> IsOkAndHolds(Inner&& inner) {
  return internal::IsOkAndHoldsMatcher<std::decay_t<Inner>>(std::forward<Inner>(inner));
}

inline auto StatusIs(absl::StatusCode code) { return internal::StatusCodeIs(code); }

// The code and the reason of the ErrorInfo.
inline auto StatusIs(absl::StatusCode code, std::string reason) {
  return internal::StatusCodeAndReasonAre(code, std::move(reason));
}

}  // namespace phoihop::testing

#endif  // PHOIHOP_COMMON_TESTING_STATUS_MATCHERS_H_
