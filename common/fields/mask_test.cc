#include "common/fields/mask.h"

#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/field_mask.pb.h>

#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "phoihop/opinions/v1/resources.pb.h"

namespace phoihop {
namespace {

using ::google::protobuf::FieldDescriptorProto;
using ::google::protobuf::FieldMask;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::IsOk;
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

opinions::v1::Petition StoredPetition() {
  opinions::v1::Petition petition;
  petition.set_name("petitions/a");
  petition.set_unit("units/2");
  petition.set_reference("1");
  petition.set_kind(opinions::v1::Petition::COMPLAINT);
  petition.set_revision(3);
  petition.set_etag("\"3\"");
  return petition;
}

constexpr std::string_view kPetitionUpdatable[] = {"due_date", "resolved_date"};

TEST(FixedFieldsTest, ResourceSentBackAsItWasReadPasses) {
  opinions::v1::Petition given = StoredPetition();
  given.set_due_date("2024-01-01");
  EXPECT_THAT(CheckFixedFields(Mask({}), given, StoredPetition(), kPetitionUpdatable, "petition"),
              IsOk());
}

TEST(FixedFieldsTest, FieldsOfTheServiceAreIgnored) {
  opinions::v1::Petition given;
  given.set_name("petitions/b");
  given.set_revision(9);
  given.set_etag("\"2\"");
  EXPECT_THAT(CheckFixedFields(Mask({}), given, StoredPetition(), kPetitionUpdatable, "petition"),
              IsOk());
}

TEST(FixedFieldsTest, EachFixedFieldThatWouldChangeIsNamed) {
  opinions::v1::Petition given = StoredPetition();
  given.set_kind(opinions::v1::Petition::FEEDBACK);
  auto status = CheckFixedFields(Mask({}), given, StoredPetition(), kPetitionUpdatable, "petition");
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument, "NOT_UPDATABLE"));
  EXPECT_THAT(ViolatedFields(status), ElementsAre("petition.kind"));
  given.set_unit("units/3");
  status = CheckFixedFields(Mask({}), given, StoredPetition(), kPetitionUpdatable, "petition");
  EXPECT_THAT(ViolatedFields(status), ElementsAre("petition.unit", "petition.kind"));
}

TEST(FixedFieldsTest, MaskLeavesTheOtherFieldsUnread) {
  opinions::v1::Petition given = StoredPetition();
  given.set_unit("units/3");
  for (const auto& mask : {Mask({"due_date"}), Mask({"*"})}) {
    EXPECT_THAT(CheckFixedFields(mask, given, StoredPetition(), kPetitionUpdatable, "petition"),
                IsOk());
  }
}

}  // namespace
}  // namespace phoihop
