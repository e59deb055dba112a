#include "common/fields/mask.h"

#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/field_mask.pb.h>

#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace phoihop {
namespace {

using ::google::protobuf::FieldDescriptorProto;
using ::google::protobuf::FieldMask;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::IsOkAndHolds;
using testing::StatusIs;

// Any message serves; this one is in every protobuf runtime.
constexpr std::string_view kUpdatable[] = {"name", "json_name", "options"};

FieldMask Mask(std::initializer_list<const char*> paths) {
  FieldMask mask;
  for (const char* path : paths) mask.add_paths(path);
  return mask;
}

FieldDescriptorProto Resource() {
  FieldDescriptorProto resource;
  resource.set_name("a");
  resource.set_number(3);
  return resource;
}

TEST(MaskTest, EmptyMaskMeansPopulatedUpdatableFields) {
  EXPECT_THAT(MaskPaths(Mask({}), Resource(), kUpdatable), IsOkAndHolds(ElementsAre("name")));
  EXPECT_THAT(MaskPaths(Mask({}), FieldDescriptorProto(), kUpdatable), IsOkAndHolds(IsEmpty()));
}

TEST(MaskTest, StarMeansEveryUpdatableField) {
  EXPECT_THAT(MaskPaths(Mask({"*"}), Resource(), kUpdatable),
              IsOkAndHolds(ElementsAre("name", "json_name", "options")));
}

TEST(MaskTest, NamedPathsAreReturnedOnce) {
  EXPECT_THAT(MaskPaths(Mask({"json_name", "name", "name"}), Resource(), kUpdatable),
              IsOkAndHolds(ElementsAre("name", "json_name")));
  EXPECT_THAT(MaskPaths(Mask({"options.packed"}), Resource(), kUpdatable),
              IsOkAndHolds(ElementsAre("options")));
}

TEST(MaskTest, UnknownAndFixedPathsAreRefused) {
  for (const auto& mask : {Mask({"nothing"}), Mask({"number"}), Mask({"name", "*"}), Mask({""}),
                           Mask({"options.nothing"}), Mask({"name.x"}), Mask({"namex"})}) {
    const auto status = MaskPaths(mask, Resource(), kUpdatable).status();
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument, "INVALID_UPDATE_MASK"))
        << mask.ShortDebugString();
    EXPECT_THAT(ViolatedFields(status), ElementsAre("update_mask"));
  }
}

}  // namespace
}  // namespace phoihop
