#include "services/gateway/transcoding/path_template.h"

#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace phoihop::gateway {
namespace {

using ::phoihop::testing::IsOk;
using ::testing::ElementsAre;
using ::testing::Optional;

// The encoded values that the template's variables take from the path, or nothing.
std::optional<std::vector<std::string>> MatchValues(std::string_view text, std::string_view path) {
  const absl::StatusOr<PathTemplate> parsed = PathTemplate::Parse(text);
  EXPECT_THAT(parsed, IsOk());
  const auto bindings = parsed->Match(RequestPath::Cut(path));
  if (!bindings.has_value()) return std::nullopt;
  std::vector<std::string> values;
  for (const auto& binding : *bindings) values.push_back(binding.encoded);
  return values;
}

TEST(PathTemplateTest, LiteralsVariablesAndVerbsMatch) {
  EXPECT_THAT(MatchValues("/v1/units", "/v1/units"), Optional(ElementsAre()));
  EXPECT_THAT(MatchValues("/v1/units:resolve", "/v1/units:resolve"), Optional(ElementsAre()));
  EXPECT_THAT(MatchValues("/v1/{name=units/*}", "/v1/units/12"), Optional(ElementsAre("units/12")));
  EXPECT_THAT(MatchValues("/v1/{unit=units/*}/successions", "/v1/units/12/successions"),
              Optional(ElementsAre("units/12")));
  EXPECT_THAT(MatchValues("/v1/{name=agreements/*}:sign", "/v1/agreements/01h:sign"),
              Optional(ElementsAre("agreements/01h")));
  EXPECT_THAT(MatchValues("/v1/{a}/{b}", "/v1/x/y"), Optional(ElementsAre("x", "y")));
  EXPECT_THAT(MatchValues("/v1/units", "/v1/%75nits"), Optional(ElementsAre()));
}

TEST(PathTemplateTest, OtherPathsDoNotMatch) {
  for (const char* path :
       {"/v1/units", "/v1/units/", "/v1/units/12/", "/v1/units/12/13", "/v1/bodies/12",
        "/v1/units/12:sign", "/v1/units/12:", "v1/units/12", "", "/", "//"}) {
    EXPECT_EQ(MatchValues("/v1/{name=units/*}", path), std::nullopt) << path;
  }
  EXPECT_EQ(MatchValues("/v1/{name=agreements/*}:sign", "/v1/agreements/:sign"), std::nullopt);
  EXPECT_EQ(MatchValues("/v1/units:resolve", "/v1/units%3Aresolve"), std::nullopt);
}

TEST(PathTemplateTest, NonsenseIsNoTemplate) {
  for (const char* text : {"", "v1", "/v1/{name", "/v1/{=units/*}", "/v1/{name=**}", "/v1//x",
                           "/v1/units:", "/v1/{name=units/*}x"}) {
    EXPECT_FALSE(PathTemplate::Parse(text).ok()) << text;
  }
}

TEST(PercentDecodeTest, BrokenEscapesAreTold) {
  EXPECT_THAT(PercentDecode("a%20b+c", false), Optional(std::string("a b+c")));
  EXPECT_THAT(PercentDecode("a+c", false, true), Optional(std::string("a c")));
  EXPECT_THAT(PercentDecode("a%2Fb", true), Optional(std::string("a%2Fb")));
  EXPECT_THAT(PercentDecode("a%2Fb", false), Optional(std::string("a/b")));
  for (const char* broken : {"%", "%2", "%zz", "a%"}) {
    EXPECT_EQ(PercentDecode(broken, false), std::nullopt) << broken;
  }
}

}  // namespace
}  // namespace phoihop::gateway
