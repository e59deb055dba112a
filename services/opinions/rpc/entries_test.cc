#include "services/opinions/rpc/service_fixture.h"

namespace phoihop::opinions {
namespace {

using absl::StatusCode;
using access::kAnThoi;
using access::kCaiKhe;
using access::kMoved;

class EntriesTest : public ServiceTest {
 protected:
  absl::StatusOr<v1::OpinionEntry> Get(const access::Caller& caller, const std::string& name) {
    v1::GetOpinionEntryRequest request;
    request.set_name(name);
    return service_->GetOpinionEntry(By(caller), request);
  }
};

TEST_F(EntriesTest, EntryIsStoredCleanedAndTold) {
  v1::CreateOpinionEntryRequest request = SomeEntry(kCaiKhe);
  // Typed with separate marks and with no-break spaces.
  request.mutable_opinion_entry()->set_topic("\u00a0\u0110a\u0302\u0301t\u00a0\u0111ai ");
  request.mutable_opinion_entry()->set_voiced_count(30);
  const rpc::RequestContext ctx = By(kNinhKieuMember, "phoihop.opinions.v1.X/Y");
  const auto entry = service_->CreateOpinionEntry(ctx, request);
  ASSERT_THAT(entry, IsOk());
  EXPECT_EQ(entry->topic(), "Đất đai");
  EXPECT_EQ(entry->voiced_count(), 30);
  EXPECT_THAT(entry->name(), ::testing::StartsWith("opinionEntries/"));
  EXPECT_EQ(entry->create_time().seconds(), absl::ToUnixSeconds(clock_.Now()));
  EXPECT_NE(entry->etag(), "");

  const auto read = Get(kNinhKieuMember, entry->name());
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(read->SerializeAsString(), entry->SerializeAsString());

  const std::vector<ledger::Record> records = Ledger();
  ASSERT_THAT(records, SizeIs(1));
  EXPECT_EQ(records[0].actor, "members/nk");
  EXPECT_EQ(records[0].method, "phoihop.opinions.v1.X/Y");
  EXPECT_EQ(records[0].resource, entry->name());
  EXPECT_EQ(records[0].resource_type, v1::OpinionEntry::descriptor()->full_name());
  EXPECT_EQ(records[0].unit, UnitName(kCaiKhe));
  EXPECT_EQ(records[0].effective, absl::CivilDay(2023, 5, 2));
  EXPECT_EQ(records[0].revision, 1);
  EXPECT_EQ(records[0].payload, entry->SerializeAsString());
  EXPECT_EQ(ctx.position(), records[0].position);
}

TEST_F(EntriesTest, NobodyCountedIsNotZero) {
  const v1::OpinionEntry entry = Record(SomeEntry(kCaiKhe));
  EXPECT_FALSE(entry.has_voiced_count());
  const auto read = Get(kNational, entry.name());
  ASSERT_THAT(read, IsOk());
  EXPECT_FALSE(read->has_voiced_count());
}

TEST_F(EntriesTest, EveryBadFieldIsNamedAtOnce) {
  v1::CreateOpinionEntryRequest request;
  request.set_request_id("no uuid");
  v1::OpinionEntry& entry = *request.mutable_opinion_entry();
  entry.set_unit("units/0");
  entry.set_topic(" \u00a0 ");
  entry.set_channel(static_cast<v1::OpinionEntry::Channel>(99));
  entry.set_text(std::string(100000, 'x'));
  entry.set_voiced_count(0);
  entry.set_heard_date("2023-02-29");
  const auto stored = service_->CreateOpinionEntry(By(kNational), request);
  EXPECT_THAT(stored, StatusIs(StatusCode::kInvalidArgument, "INVALID_FIELDS"));
  EXPECT_THAT(ViolatedFields(stored.status()),
              ElementsAre("request_id", "opinion_entry.unit", "opinion_entry.topic",
                          "opinion_entry.channel", "opinion_entry.text",
                          "opinion_entry.voiced_count", "opinion_entry.heard_date"));
  EXPECT_THAT(Ledger(), IsEmpty());
}

TEST_F(EntriesTest, MissingEntryIsTheOnlyViolation) {
  const auto stored = service_->CreateOpinionEntry(By(kNational), {});
  EXPECT_THAT(stored, StatusIs(StatusCode::kInvalidArgument, "REQUIRED"));
  EXPECT_THAT(ViolatedFields(stored.status()), ElementsAre("opinion_entry"));
}

TEST_F(EntriesTest, TextMayHaveSeveralLinesAndTopicMayNot) {
  v1::CreateOpinionEntryRequest request = SomeEntry(kCaiKhe);
  request.mutable_opinion_entry()->set_text("Giá đền bù.\nĐường xấu.");
  EXPECT_EQ(Record(request).text(), "Giá đền bù.\nĐường xấu.");
  for (const char* topic : {"Đất\nđai", "Đất\u0085đai", "Đất\tđai"}) {
    request.mutable_opinion_entry()->set_topic(topic);
    const auto refused = service_->CreateOpinionEntry(By(kNational), request);
    EXPECT_THAT(refused, StatusIs(StatusCode::kInvalidArgument, "NOT_ONE_LINE"));
    EXPECT_THAT(ViolatedFields(refused.status()), ElementsAre("opinion_entry.topic"));
  }
  EXPECT_THAT(Ledger(), SizeIs(1));
}

TEST_F(EntriesTest, TextMayHaveFiveThousandCharactersAndNoMore) {
  v1::CreateOpinionEntryRequest request = SomeEntry(kCaiKhe);
  std::string text;
  for (int i = 0; i < 5000; ++i) text += "ệ";
  request.mutable_opinion_entry()->set_text(text);
  EXPECT_THAT(service_->CreateOpinionEntry(By(kNational), request), IsOk());
  request.mutable_opinion_entry()->set_text(text + "ệ");
  EXPECT_THAT(service_->CreateOpinionEntry(By(kNational), request),
              StatusIs(StatusCode::kInvalidArgument, "INVALID_LENGTH"));
}

TEST_F(EntriesTest, TomorrowIsRefusedAndTodayIsNot) {
  EXPECT_THAT(
      service_->CreateOpinionEntry(By(kNational), SomeEntry(access::kNewCaiKhe, "2025-12-01")),
      IsOk());
  const auto stored =
      service_->CreateOpinionEntry(By(kNational), SomeEntry(access::kNewCaiKhe, "2025-12-02"));
  EXPECT_THAT(stored, StatusIs(StatusCode::kInvalidArgument, "DATE_IN_FUTURE"));
  EXPECT_THAT(ViolatedFields(stored.status()), ElementsAre("opinion_entry.heard_date"));
}

TEST_F(EntriesTest, UnitThatHadEndedIsRefusedNamingTheDay) {
  const auto stored =
      service_->CreateOpinionEntry(By(kNinhKieuMember), SomeEntry(kCaiKhe, "2025-07-01"));
  EXPECT_THAT(stored, StatusIs(StatusCode::kInvalidArgument, "UNIT_NOT_ON_DAY"));
  EXPECT_THAT(ViolatedFields(stored.status()), ElementsAre("opinion_entry.heard_date"));
  EXPECT_THAT(service_->CreateOpinionEntry(By(kNinhKieuMember), SomeEntry(kCaiKhe, "2025-06-30")),
              IsOk());
}

TEST_F(EntriesTest, UnitOutOfScopeAndUnknownUnitGetOneAnswer) {
  const auto outside = service_->CreateOpinionEntry(By(kNinhKieuMember), SomeEntry(kAnThoi));
  const auto unknown = service_->CreateOpinionEntry(By(kNinhKieuMember), SomeEntry(987654));
  // It ended, and was never in scope: no word about its days.
  const auto ended =
      service_->CreateOpinionEntry(By(kNinhKieuMember), SomeEntry(kAnThoi, "2025-07-01"));
  for (const auto* answer : {&outside, &unknown, &ended}) {
    EXPECT_THAT(*answer, StatusIs(StatusCode::kNotFound, "NOT_FOUND"));
    EXPECT_EQ(answer->status().message(), unknown.status().message());
  }
  EXPECT_THAT(Ledger(), IsEmpty());
}

TEST_F(EntriesTest, EntryOutOfScopeAndUnknownEntryGetOneAnswer) {
  const v1::OpinionEntry entry = Record(SomeEntry(kAnThoi));
  const auto outside = Get(kNinhKieuMember, entry.name());
  const auto unknown = Get(kNinhKieuMember, "opinionEntries/01h00000000000000000000000");
  EXPECT_THAT(outside, StatusIs(StatusCode::kNotFound, "NOT_FOUND"));
  EXPECT_THAT(unknown, StatusIs(StatusCode::kNotFound, "NOT_FOUND"));
  EXPECT_EQ(outside.status().message(), unknown.status().message());
  EXPECT_THAT(Get(kBinhThuyMember, entry.name()), IsOk());
  EXPECT_THAT(Get(kNational, "petitions/1"), StatusIs(StatusCode::kInvalidArgument));
}

TEST_F(EntriesTest, EntryBelongsToWhoHadItsUnitOnItsDay) {
  const v1::OpinionEntry before = Record(SomeEntry(kMoved, "2024-02-29"));
  const v1::OpinionEntry after = Record(SomeEntry(kMoved, "2024-03-01"));
  EXPECT_THAT(Get(kNinhKieuMember, before.name()), IsOk());
  EXPECT_THAT(Get(kNinhKieuMember, after.name()), StatusIs(StatusCode::kNotFound));
  EXPECT_THAT(Get(kBinhThuyMember, before.name()), StatusIs(StatusCode::kNotFound));
  EXPECT_THAT(Get(kBinhThuyMember, after.name()), IsOk());
}

TEST_F(EntriesTest, RepeatGivesTheFirstAnswerAndStoresNothing) {
  v1::CreateOpinionEntryRequest request = SomeEntry(kCaiKhe);
  request.set_request_id(kId1);
  const auto first = service_->CreateOpinionEntry(By(kNinhKieuMember), request);
  clock_.Advance(absl::Hours(1));
  const auto again = service_->CreateOpinionEntry(By(kNinhKieuMember), request);
  ASSERT_THAT(first, IsOk());
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->SerializeAsString(), first->SerializeAsString());
  EXPECT_THAT(Ledger(), SizeIs(1));
  request.mutable_opinion_entry()->set_topic("Y tế");
  EXPECT_THAT(service_->CreateOpinionEntry(By(kNinhKieuMember), request),
              StatusIs(StatusCode::kInvalidArgument, "REQUEST_ID_REUSED"));
  // Another caller's ids are another's.
  EXPECT_THAT(service_->CreateOpinionEntry(By(kCity), request), IsOk());
}

class EntryListTest : public EntriesTest {
 protected:
  absl::StatusOr<v1::ListOpinionEntriesResponse> List(
      const access::Caller& caller, const v1::ListOpinionEntriesRequest& request) {
    return service_->ListOpinionEntries(By(caller), request);
  }
  static v1::ListOpinionEntriesRequest Of(int64_t unit, int page_size = 0) {
    v1::ListOpinionEntriesRequest request;
    request.set_unit(UnitName(unit));
    request.set_page_size(page_size);
    return request;
  }
  static std::vector<std::string> Dates(const v1::ListOpinionEntriesResponse& response) {
    std::vector<std::string> dates;
    for (const auto& entry : response.opinion_entries()) dates.push_back(entry.heard_date());
    return dates;
  }
};

TEST_F(EntryListTest, PagesStayStableWhileEntriesAreAdded) {
  for (const char* day : {"2023-01-01", "2023-01-02", "2023-01-02", "2023-01-03", "2023-01-04"}) {
    Record(SomeEntry(kCaiKhe, day));
  }
  v1::ListOpinionEntriesRequest request = Of(kCaiKhe, 2);
  const auto one = List(kNinhKieuMember, request);
  ASSERT_THAT(one, IsOk());
  EXPECT_THAT(Dates(*one), ElementsAre("2023-01-04", "2023-01-03"));
  Record(SomeEntry(kCaiKhe, "2023-01-09"));
  request.set_page_token(one->next_page_token());
  const auto two = List(kNinhKieuMember, request);
  ASSERT_THAT(two, IsOk());
  EXPECT_THAT(Dates(*two), ElementsAre("2023-01-02", "2023-01-02"));
  EXPECT_NE(two->opinion_entries(0).name(), two->opinion_entries(1).name());
  request.set_page_token(two->next_page_token());
  const auto three = List(kNinhKieuMember, request);
  ASSERT_THAT(three, IsOk());
  EXPECT_THAT(Dates(*three), ElementsAre("2023-01-01"));
  EXPECT_EQ(three->next_page_token(), "");
}

TEST_F(EntryListTest, BothDaysOfAnIntervalAreIncluded) {
  for (const char* day : {"2023-01-01", "2023-01-02", "2023-01-03", "2023-01-04"}) {
    Record(SomeEntry(kCaiKhe, day));
  }
  v1::ListOpinionEntriesRequest request = Of(kCaiKhe);
  request.set_since("2023-01-02");
  request.set_until("2023-01-03");
  const auto list = List(kCity, request);
  ASSERT_THAT(list, IsOk());
  EXPECT_THAT(Dates(*list), ElementsAre("2023-01-03", "2023-01-02"));
}

TEST_F(EntryListTest, MovedUnitShowsEachSideItsOwnDays) {
  for (const char* day : {"2024-02-01", "2024-02-29", "2024-03-01", "2024-04-01"}) {
    Record(SomeEntry(kMoved, day));
  }
  const auto before = List(kNinhKieuMember, Of(kMoved));
  ASSERT_THAT(before, IsOk());
  EXPECT_THAT(Dates(*before), ElementsAre("2024-02-29", "2024-02-01"));
  const auto after = List(kBinhThuyMember, Of(kMoved));
  ASSERT_THAT(after, IsOk());
  EXPECT_THAT(Dates(*after), ElementsAre("2024-04-01", "2024-03-01"));
  const auto whole = List(kCity, Of(kMoved));
  ASSERT_THAT(whole, IsOk());
  EXPECT_THAT(Dates(*whole), SizeIs(4));
}

TEST_F(EntryListTest, TokenIsBoundToCallerAndQuery) {
  for (int i = 0; i < 2; ++i) Record(SomeEntry(kCaiKhe));
  v1::ListOpinionEntriesRequest request = Of(kCaiKhe, 1);
  const auto page = List(kCity, request);
  ASSERT_THAT(page, IsOk());
  request.set_page_token(page->next_page_token());
  const auto other = List(kNinhKieuMember, request);
  EXPECT_THAT(ViolatedFields(other.status()), ElementsAre("page_token"));
  request.set_until("2023-06-01");
  EXPECT_THAT(ViolatedFields(List(kCity, request).status()), ElementsAre("page_token"));
  // The page size is free to change.
  request.clear_until();
  request.set_page_size(7);
  EXPECT_THAT(List(kCity, request), IsOk());
}

TEST_F(EntryListTest, BadFieldsAndForeignUnitsAreRefused) {
  v1::ListOpinionEntriesRequest request;
  request.set_unit("92");
  request.set_since("2023-1-1");
  request.set_page_size(-1);
  EXPECT_THAT(ViolatedFields(List(kCity, request).status()),
              ElementsAre("unit", "since", "page_size"));
  request = Of(kCaiKhe);
  request.set_since("2023-01-02");
  request.set_until("2023-01-01");
  EXPECT_THAT(ViolatedFields(List(kCity, request).status()), ElementsAre("until"));
  EXPECT_THAT(List(kNinhKieuMember, Of(kAnThoi)), StatusIs(StatusCode::kNotFound, "NOT_FOUND"));
  EXPECT_THAT(List(kNinhKieuMember, Of(5555)), StatusIs(StatusCode::kNotFound, "NOT_FOUND"));
}

}  // namespace
}  // namespace phoihop::opinions
