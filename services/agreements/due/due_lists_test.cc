// The ways in which lists are read.
#include "absl/strings/str_cat.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "services/agreements/due/testing_due.h"

namespace phoihop::agreements {
namespace {

using absl::StatusCode;
using access::kCaiKhe;
using access::kNinhKieu;
using access::kOldCanTho;
using ::phoihop::testing::IsOk;
using ::phoihop::testing::StatusIs;
using ::testing::SizeIs;

using DueListsTest = DueTest;

// A filter that lets little through ends a page early rather than look at everything.
TEST_F(DueListsTest, FiltersLookAtABoundedNumberOfRowsAndStillFindAll) {
  std::vector<Obligation> many;
  for (int i = 0; i < 60; ++i) {
    many.push_back(Due(absl::StrCat(i % 20 == 7 ? "hiem " : "thuong ", i), "court", kOldCanTho,
                       kToday + i % 7));
    if (i % 20 == 7) many.back().agreement = "a7";
  }
  Put(many);
  for (const DueLimits& limits :
       {DueLimits{.max_rows_read = 40}, DueLimits{.max_merged = 0, .max_rows_read = 40}}) {
    Serve(limits);
    v1::ListDueRequest request;
    request.set_filter("hiem");
    std::vector<std::string> found;
    int pages = 0;
    do {
      const auto page = Call(&Stub::ListDue, request);
      ASSERT_THAT(page, IsOk());
      for (const std::string& title : Titles(*page)) found.push_back(title);
      request.set_page_token(page->next_page_token());
      ++pages;
    } while (!request.page_token().empty() && pages < 30);
    EXPECT_THAT(found, SizeIs(3));
    EXPECT_GE(pages, 6) << "ten rows for a page";
    // By the key of the agreement no others are looked at.
    request.Clear();
    request.set_filter("hiem agreement = \"agreements/a7\"");
    const auto page = Call(&Stub::ListDue, request);
    ASSERT_THAT(page, IsOk());
    EXPECT_EQ(page->items_size(), 3);
    EXPECT_EQ(page->next_page_token(), "");
  }
}

// Every path of the store gives each obligation once and in order, page by page.
TEST_F(DueListsTest, PagesGiveEachOnceInOrderOnEveryPath) {
  std::vector<Obligation> many;
  const std::vector<std::pair<std::string, int64_t>> bodies = {{"court", kOldCanTho},
                                                               {"party-20", kNinhKieu},
                                                               {"party-21", access::kBinhThuy},
                                                               {"party-30", kCaiKhe},
                                                               {"party-5", access::kDienBien}};
  for (int i = 0; i < 90; ++i) {
    const auto& [body, unit] = bodies[i % bodies.size()];
    many.push_back(Due(absl::StrCat("k", i), body, unit, kToday + (i * 37) % 11));
  }
  Put(many);
  for (const DueLimits& limits : {DueLimits{}, DueLimits{.max_merged = 0, .max_rows_read = 1000},
                                  DueLimits{.max_merged = 0, .max_rows_read = 10}}) {
    Serve(limits);
    for (const auto& [caller, expected] : {std::pair<std::string, size_t>{"members/city", 72},
                                           {"members/district", 36},
                                           {"members/country", 90}}) {
      std::vector<std::string> seen;
      std::string last;
      v1::ListDueRequest request;
      request.set_page_size(7);
      int pages = 0;
      do {
        const auto page = Call(&Stub::ListDue, request, caller);
        ASSERT_THAT(page, IsOk());
        for (const v1::DueItem& item : page->items()) {
          const std::string place = item.obligation().due().date() + item.obligation().name();
          EXPECT_LT(last, place);
          last = place;
          seen.push_back(item.obligation().title());
        }
        request.set_page_token(page->next_page_token());
        ASSERT_LT(++pages, 100);
      } while (!request.page_token().empty());
      EXPECT_THAT(seen, SizeIs(expected));
    }
  }
  v1::ListDueRequest request;
  request.set_page_size(7);
  request.set_page_token(Call(&Stub::ListDue, request)->next_page_token());
  request.set_bucket(v1::ListDueRequest::OVERDUE);
  EXPECT_THAT(Call(&Stub::ListDue, request), StatusIs(StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace phoihop::agreements
