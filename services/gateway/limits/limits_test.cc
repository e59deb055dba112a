#include "services/gateway/limits/limits.h"

#include <cstdio>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "common/status/errors.h"
#include "common/telemetry/log.h"
#include "common/testing/status_matchers.h"
#include "common/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/gateway/limits/caller_limits.h"
#include "services/gateway/limits/limits_file.h"

namespace phoihop::gateway {
namespace {

using ::phoihop::testing::IsOk;
using ::phoihop::testing::StatusIs;
using ::testing::HasSubstr;

constexpr auto kExhausted = absl::StatusCode::kResourceExhausted;

access::Caller Member(const std::string& id) {
  access::Caller caller;
  caller.kind = access::Caller::kMember;
  caller.name = "members/" + id;
  return caller;
}

TEST(ParseLimitsTest, WhatIsLeftOutKeepsItsDefault) {
  const auto limits = ParseLimits(R"({"member": {"per_second": 5}, "total": 9,
      "callers": {"members/a": {"concurrent": 2}}, "trusted_proxies": ["10.0.0.1", "10.1.0.0/16"]})");
  ASSERT_THAT(limits, IsOk());
  EXPECT_EQ(limits->member, (Share{256, 5, 2000}));
  EXPECT_EQ(limits->callers.at("members/a"), (Share{2, 5, 2000}));
  EXPECT_EQ(limits->total, 9);
  EXPECT_EQ(limits->trusted_proxies.size(), 2u);
  EXPECT_EQ(limits->anonymous, Limits().anonymous);
  EXPECT_THAT(ParseLimits("{}"), IsOk());
}

TEST(ParseLimitsTest, MistakesAreNamed) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "no JSON object"},
      {"[]", "no JSON object"},
      {R"({"members": {}})", "members: unknown"},
      {R"({"member": {"concurrent": 0}})", "member.concurrent"},
      {R"({"member": {"concurrent": 1.5}})", "member.concurrent"},
      {R"({"member": {"per_second": 0}})", "member.per_second"},
      {R"({"anonymous": {"burst": 0.5}})", "anonymous.burst"},
      {R"({"anonymous": {"rate": 1}})", "anonymous.rate: unknown"},
      {R"({"callers": {"x": {}}})", "callers.x"},
      {R"({"total": "9"})", "total"},
      {R"({"trusted_proxies": "10.0.0.1"})", "trusted_proxies"},
      {R"({"trusted_proxies": [1]})", "trusted_proxies"},
      {R"({"trusted_proxies": ["::1", "10.0.0.7/8"]})", "10.0.0.7/8"},
  };
  for (const auto& [text, what] : cases) {
    const auto limits = ParseLimits(text);
    EXPECT_THAT(limits, StatusIs(absl::StatusCode::kInvalidArgument)) << text;
    EXPECT_THAT(std::string(limits.status().message()), HasSubstr(what));
  }
}

TEST(ReadLimitsTest, FileThatIsNotThereGivesTheDefaults) {
  const auto limits = ReadLimits(::testing::TempDir() + "/phoihop_no_such_limits.json");
  ASSERT_THAT(limits, IsOk());
  EXPECT_EQ(*limits, Limits());
  EXPECT_THAT(ReadLimits(::testing::TempDir()), ::testing::Not(IsOk()));
}

class CallerLimitsTest : public ::testing::Test {
 protected:
  static Limits Small() {
    Limits limits;
    limits.member = {2, 10, 5};
    limits.anonymous = {1, 1, 1};
    limits.total = 3;
    return limits;
  }
  auto Admit(const access::Caller& caller, std::string_view address = "192.0.2.1") {
    return limits_.Admit(caller, address, "m");
  }

  FakeClock clock_;
  CallerLimits limits_{Small(), &clock_, 4};
};

TEST_F(CallerLimitsTest, CallsAtOnceAreBoundedForEachAndForAll) {
  auto a1 = Admit(Member("a")), a2 = Admit(Member("a"));
  ASSERT_THAT(a1, IsOk());
  ASSERT_THAT(a2, IsOk());
  const auto a3 = Admit(Member("a"));
  EXPECT_THAT(a3, StatusIs(kExhausted, "CALLER_BUSY"));
  EXPECT_EQ(RetryDelay(a3.status()), absl::Milliseconds(250));
  const auto b1 = Admit(Member("b"));
  EXPECT_THAT(b1, IsOk());
  EXPECT_THAT(Admit(Member("b")), StatusIs(kExhausted, "GATEWAY_BUSY"));
  a1->reset();
  EXPECT_THAT(Admit(Member("b")), IsOk());
}

TEST_F(CallerLimitsTest, RateFillsUpAgainWithTime) {
  for (int i = 0; i < 5; ++i) EXPECT_THAT(Admit(Member("a")), IsOk()) << i;
  const auto refused = Admit(Member("a"));
  EXPECT_THAT(refused, StatusIs(kExhausted, "CALLER_RATE"));
  EXPECT_EQ(RetryDelay(refused.status()), absl::Milliseconds(100));
  EXPECT_THAT(Admit(Member("b")), IsOk());
  clock_.Advance(absl::Milliseconds(100));
  EXPECT_THAT(Admit(Member("a")), IsOk());
  EXPECT_THAT(Admit(Member("a")), StatusIs(kExhausted, "CALLER_RATE"));
  // No more than the burst is saved up, and a clock that is set back takes nothing away.
  clock_.Advance(absl::Hours(1));
  for (int i = 0; i < 5; ++i) EXPECT_THAT(Admit(Member("a")), IsOk()) << i;
  EXPECT_THAT(Admit(Member("a")), StatusIs(kExhausted, "CALLER_RATE"));
  clock_.Advance(-absl::Hours(1));
  EXPECT_THAT(Admit(Member("a")), StatusIs(kExhausted, "CALLER_RATE"));
  clock_.Advance(absl::Milliseconds(100));
  EXPECT_THAT(Admit(Member("a")), IsOk());
}

TEST_F(CallerLimitsTest, AnonymousCallersAreToldApartByAddress) {
  EXPECT_THAT(Admit({}, "192.0.2.1"), IsOk());
  EXPECT_THAT(Admit({}, "192.0.2.1"), StatusIs(kExhausted, "CALLER_RATE"));
  EXPECT_THAT(Admit({}, "::ffff:192.0.2.1"), StatusIs(kExhausted, "CALLER_RATE"));
  EXPECT_THAT(Admit({}, "::ffff:192.0.2.2"), IsOk());
  EXPECT_THAT(Admit({}, "192.0.2.2"), StatusIs(kExhausted, "CALLER_RATE"));
  EXPECT_THAT(Admit({}, "2001:db8:1:2::1"), IsOk());
  EXPECT_THAT(Admit({}, "2001:db8:1:2:ffff::9"), StatusIs(kExhausted, "CALLER_RATE"));
  EXPECT_THAT(Admit({}, "2001:db8:1:3::1"), IsOk());
}

TEST_F(CallerLimitsTest, ServicesAreNotCounted) {
  access::Caller ctl;
  ctl.kind = access::Caller::kService;
  ctl.name = "services/ctl";
  std::vector<std::shared_ptr<void>> permits;
  for (int i = 0; i < 20; ++i) {
    auto permit = Admit(ctl);
    ASSERT_THAT(permit, IsOk());
    permits.push_back(*std::move(permit));
  }
}

TEST_F(CallerLimitsTest, MemoryIsBoundedAndWhoHasACallIsNotForgotten) {
  const auto busy = Admit(Member("busy"));
  ASSERT_THAT(busy, IsOk());
  for (int i = 0; i < 100; ++i) EXPECT_THAT(Admit(Member(absl::StrCat(i))), IsOk());
  EXPECT_EQ(limits_.remembered(), 4u);
  EXPECT_THAT(Admit(Member("busy")), IsOk());
  const auto second = Admit(Member("busy"));
  ASSERT_THAT(second, IsOk());
  EXPECT_THAT(Admit(Member("busy")), StatusIs(kExhausted, "CALLER_BUSY"));
}

TEST_F(CallerLimitsTest, OwnShareOfAMemberAndNewLimitsHoldAtOnce) {
  Limits limits = Small();
  limits.callers["members/import"] = {1, 10, 1};
  limits_.Set(limits);
  const auto first = Admit(Member("import"));
  EXPECT_THAT(first, IsOk());
  EXPECT_THAT(Admit(Member("import")), StatusIs(kExhausted, "CALLER_RATE"));
}

TEST_F(CallerLimitsTest, OnlyATrustedProxyIsBelievedAboutAnAddress) {
  EXPECT_EQ(limits_.ClientAddress("10.0.0.1", "192.0.2.7"), "10.0.0.1");
  Limits limits = Small();
  limits.trusted_proxies = {AddressRange::Parse("10.0.0.0/31").value(),
                            AddressRange::Parse("fd00::/8").value()};
  limits_.Set(limits);
  EXPECT_EQ(limits_.ClientAddress("10.0.0.1", "198.51.100.1, 192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(limits_.ClientAddress("10.0.0.1", "2001:db8::7"), "2001:db8::7");
  EXPECT_EQ(limits_.ClientAddress("10.0.0.1", "a b"), "10.0.0.1");
  EXPECT_EQ(limits_.ClientAddress("10.0.0.1", ""), "10.0.0.1");
  EXPECT_EQ(limits_.ClientAddress("10.0.0.2", "192.0.2.7"), "10.0.0.2");
  EXPECT_EQ(limits_.ClientAddress("::ffff:10.0.0.1", "192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(limits_.ClientAddress("fd12::7", "192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(limits_.ClientAddress("fe80::7", "192.0.2.7"), "fe80::7");
  EXPECT_EQ(limits_.ClientAddress("", "192.0.2.7"), "");
}

TEST(LimitsFileTest, ChangesAreTakenAndMistakesAreNot) {
  const std::string path = ::testing::TempDir() + "/phoihop_limits.json";
  const auto write = [&](const std::string& text) {
    std::ofstream(path + ".new") << text;
    std::rename((path + ".new").c_str(), path.c_str());
  };
  CaptureLog([](const std::string&) {});
  absl::Mutex mutex;
  std::vector<int> totals;
  const auto seen = [&](size_t count) {
    absl::MutexLock lock(&mutex);
    const auto enough = [&] { return totals.size() >= count; };
    return mutex.AwaitWithTimeout(absl::Condition(&enough), absl::Seconds(10));
  };
  write(R"({"total": 1})");
  {
    const LimitsFile file(
        path,
        [&](Limits limits) {
          absl::MutexLock lock(&mutex);
          totals.push_back(limits.total);
        },
        absl::Milliseconds(5));
    ASSERT_TRUE(seen(1));
    write(R"({"total": 0})");
    absl::SleepFor(absl::Milliseconds(50));
    write(R"({"total": 3})");
    ASSERT_TRUE(seen(2));
    std::remove(path.c_str());
    absl::SleepFor(absl::Milliseconds(50));
  }
  CaptureLog(nullptr);
  EXPECT_THAT(totals, ::testing::ElementsAre(1, 3));
}

}  // namespace
}  // namespace phoihop::gateway
