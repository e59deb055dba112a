#include "common/rpc/pages.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "phoihop/opinions/v1/opinions.pb.h"

namespace phoihop::rpc {
namespace {

using namespace phoihop::testing;  // NOLINT: status matchers
using opinions::v1::ListOpinionEntriesRequest;
using opinions::v1::ListOpinionEntriesResponse;

constexpr size_t kLimit = 10'000;

// A list of rows with texts of these lengths; a token is the number of the next row.
class Rows {
 public:
  explicit Rows(std::vector<size_t> lengths) : lengths_(std::move(lengths)) {}

  UnaryMethod Method() {
    return {"phoihop.opinions.v1.OpinionsService/ListOpinionEntries",
            &ListOpinionEntriesRequest::default_instance(),
            &ListOpinionEntriesResponse::default_instance(),
            [this](const RequestContext&, const google::protobuf::Message& request) {
              return Answer(static_cast<const ListOpinionEntriesRequest&>(request));
            }};
  }

  int calls = 0;
  bool heeds_size = true;

 private:
  absl::StatusOr<MessagePtr> Answer(const ListOpinionEntriesRequest& request) {
    ++calls;
    if (request.unit() == "units/0") return absl::NotFoundError("no such unit");
    size_t row = 0;
    if (!request.page_token().empty() && !absl::SimpleAtoi(request.page_token(), &row)) {
      return absl::InvalidArgumentError("token");
    }
    const size_t size =
        heeds_size && request.page_size() > 0 ? request.page_size() : lengths_.size();
    auto page = std::make_unique<ListOpinionEntriesResponse>();
    for (const size_t end = std::min(lengths_.size(), row + size); row < end; ++row) {
      page->add_opinion_entries()->set_name(absl::StrCat("opinionEntries/", row));
      page->mutable_opinion_entries()->rbegin()->set_text(std::string(lengths_[row], 'x'));
    }
    if (row < lengths_.size()) page->set_next_page_token(absl::StrCat(row));
    return page;
  }

  const std::vector<size_t> lengths_;
};

// One page as a client gets it.
absl::StatusOr<ListOpinionEntriesResponse> Ask(const UnaryMethod& method,
                                               const ListOpinionEntriesRequest& request) {
  const RequestContext context({});
  absl::StatusOr<MessagePtr> page = method.handler(context, request);
  if (!page.ok()) return page.status();
  return static_cast<const ListOpinionEntriesResponse&>(**page);
}

// All pages; each is looked at.
std::vector<std::string> Walk(const UnaryMethod& method, int page_size) {
  std::vector<std::string> names;
  ListOpinionEntriesRequest request;
  request.set_page_size(page_size);
  do {
    const auto page = Ask(method, request);
    if (!page.ok()) ADD_FAILURE() << page.status();
    if (!page.ok() || page->opinion_entries().empty()) break;
    EXPECT_TRUE(page->ByteSizeLong() <= kLimit || page->opinion_entries_size() == 1);
    for (const auto& entry : page->opinion_entries()) names.push_back(entry.name());
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  return names;
}

std::vector<std::string> Names(size_t count) {
  std::vector<std::string> names;
  for (size_t row = 0; row < count; ++row) names.push_back(absl::StrCat("opinionEntries/", row));
  return names;
}

TEST(PagesTest, SmallPageIsLeftAsItIs) {
  Rows rows({10, 10, 10});
  const UnaryMethod method = BoundPages(rows.Method(), kLimit);
  ListOpinionEntriesRequest request;
  request.set_page_size(2);
  const auto page = Ask(method, request);
  ASSERT_THAT(page, IsOk());
  EXPECT_EQ(page->opinion_entries_size(), 2);
  EXPECT_EQ(page->next_page_token(), "2");
  EXPECT_EQ(rows.calls, 1);
}

TEST(PagesTest, LargePageIsShortAndTheNextGoesOn) {
  Rows rows(std::vector<size_t>(1000, 500));
  const UnaryMethod method = BoundPages(rows.Method(), kLimit);
  ListOpinionEntriesRequest request;
  request.set_page_size(1000);
  const auto page = Ask(method, request);
  ASSERT_THAT(page, IsOk());
  EXPECT_GT(page->opinion_entries_size(), 10);
  EXPECT_LE(page->ByteSizeLong(), kLimit);
  EXPECT_EQ(page->next_page_token(), absl::StrCat(page->opinion_entries_size()));
  EXPECT_EQ(rows.calls, 2);
}

TEST(PagesTest, NothingIsLeftOutOrTwiceWhateverTheRowsHave) {
  std::vector<size_t> lengths;
  for (size_t i = 0; i < 300; ++i) lengths.push_back(i % 7 == 0 ? 4000 : i * 37 % 900);
  lengths[100] = 50'000;
  lengths[299] = 20'000;
  Rows rows(lengths);
  const UnaryMethod method = BoundPages(rows.Method(), kLimit);
  EXPECT_EQ(Walk(method, 1000), Names(300));
  EXPECT_EQ(Walk(method, 0), Names(300));
}

TEST(PagesTest, RowThatIsTooLargeAloneIsGiven) {
  Rows rows({20'000, 20'000});
  EXPECT_EQ(Walk(BoundPages(rows.Method(), kLimit), 1000), Names(2));
}

TEST(PagesTest, ErrorsPass) {
  Rows rows({10});
  ListOpinionEntriesRequest request;
  request.set_unit("units/0");
  EXPECT_THAT(Ask(BoundPages(rows.Method(), kLimit), request),
              StatusIs(absl::StatusCode::kNotFound));
}

TEST(PagesTest, MethodThatHeedsNoSizeIsAskedAgainOnce) {
  Rows rows(std::vector<size_t>(100, 500));
  rows.heeds_size = false;
  const auto page = Ask(BoundPages(rows.Method(), kLimit), {});
  ASSERT_THAT(page, IsOk());
  EXPECT_EQ(page->opinion_entries_size(), 100);
  EXPECT_EQ(rows.calls, 2);
}

TEST(PagesTest, WhatIsNoListIsLeftAsItIs) {
  int calls = 0;
  const UnaryMethod method = BoundPages(
      {"phoihop.opinions.v1.OpinionsService/BatchCreatePetitions",
       &opinions::v1::BatchCreatePetitionsRequest::default_instance(),
       &opinions::v1::BatchCreatePetitionsResponse::default_instance(),
       [&](const RequestContext&, const google::protobuf::Message&) -> absl::StatusOr<MessagePtr> {
         ++calls;
         auto response = std::make_unique<opinions::v1::BatchCreatePetitionsResponse>();
         for (int i = 0; i < 3; ++i) response->add_petitions()->set_name(std::string(9000, 'x'));
         return response;
       }},
      kLimit);
  EXPECT_THAT(method.handler(RequestContext({}), opinions::v1::BatchCreatePetitionsRequest()),
              IsOk());
  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace phoihop::rpc
