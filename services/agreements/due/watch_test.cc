#include "absl/strings/str_cat.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "services/agreements/due/testing_due.h"

namespace phoihop::agreements {
namespace {

using absl::StatusCode;
using access::kOldCanTho;
using ::phoihop::testing::IsOk;
using ::phoihop::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class WatchTest : public DueTest {
 protected:
  // An open stream of a member.
  class Watch {
   public:
    Watch(Stub& stub, const v1::WatchDueRequest& request, const std::string& caller) {
      context_.AddMetadata("authorization", "Bearer " + caller);
      context_.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(20)));
      reader_ = stub.WatchDue(&context_, request);
    }
    ~Watch() {
      context_.TryCancel();
      if (!ended_) reader_->Finish();
    }
    v1::WatchDueResponse Next() {
      v1::WatchDueResponse response;
      EXPECT_TRUE(reader_->Read(&response));
      return response;
    }
    // "title STATE" of the next items; heartbeats are passed over.
    std::vector<std::string> Items(int count) {
      std::vector<std::string> items;
      v1::WatchDueResponse response;
      while (static_cast<int>(items.size()) < count && reader_->Read(&response)) {
        position = response.position();
        for (const v1::DueItem& item : response.items()) {
          items.push_back(absl::StrCat(item.obligation().title(), " ",
                                       v1::Obligation::State_Name(item.obligation().state())));
        }
      }
      return items;
    }
    // The texts of the next notices.
    std::vector<std::string> Notices(int count) {
      std::vector<std::string> texts;
      v1::WatchDueResponse response;
      while (static_cast<int>(texts.size()) < count && reader_->Read(&response)) {
        for (const v1::Notice& notice : response.notices()) texts.push_back(notice.text());
      }
      return texts;
    }
    absl::Status End() {
      v1::WatchDueResponse response;
      while (reader_->Read(&response)) {
      }
      ended_ = true;
      return rpc::FromGrpcStatus(reader_->Finish());
    }
    int64_t position = 0;

   private:
    bool ended_ = false;
    grpc::ClientContext context_;
    std::unique_ptr<grpc::ClientReader<v1::WatchDueResponse>> reader_;
  };
};

TEST_F(WatchTest, ChangesOfTheCallersBodiesAreSentAndNoOthers) {
  Put({Due("before", "council", kOldCanTho, kToday)});
  Watch council(*stub_, {}, "members/council");
  Watch city(*stub_, {}, "members/city");
  EXPECT_THAT(council.Next().items(), IsEmpty());
  city.Next();
  Put({Due("court's", "court", kOldCanTho, kToday),
       Due("council's", "council", kOldCanTho, kToday + 1)});
  EXPECT_THAT(council.Items(1), ElementsAre("council's OPEN"));
  Close("council's", kToday);
  EXPECT_THAT(council.Items(1), ElementsAre("council's DONE"));
  EXPECT_EQ(city.Items(3).size(), 3);
}

TEST_F(WatchTest, NoticesAreSentToThoseWhomTheyTell) {
  Watch council(*stub_, {}, "members/council");
  Watch city(*stub_, {}, "members/city");
  council.Next();
  city.Next();
  const auto tell = [&](const std::string& key, const std::string& body) {
    Notice notice;
    notice.key = key;
    notice.body = body;
    notice.unit = kOldCanTho;
    notice.resource = "duties/d1";
    notice.kind = "OVERDUE";
    notice.text_vi = notice.text_en = key;
    ASSERT_THAT(Write([&](ledger::Transaction& tx) { return book_->Tell(tx, {notice}); }), IsOk());
  };
  tell("court's", "court");
  tell("council's", "council");
  // A second one of the key is given to nobody.
  tell("council's", "council");
  tell("last", "council");
  EXPECT_THAT(council.Notices(2), ElementsAre("council's", "last"));
  EXPECT_THAT(city.Notices(3), ElementsAre("court's", "council's", "last"));
}

TEST_F(WatchTest, GoesOnFromThePositionOfAListOrOfTheLastMessage) {
  Put({Due("k1", "court", kOldCanTho, kToday)});
  const auto listed = Call(&Stub::ListDue, {});
  Put({Due("k2", "court", kOldCanTho, kToday)});
  Close("k1", kToday);
  v1::WatchDueRequest request;
  request.set_after_position(listed->position());
  request.set_epoch(listed->epoch());
  int64_t position = 0;
  {
    Watch watch(*stub_, request, "members/city");
    EXPECT_THAT(watch.Items(2), ElementsAre("k2 OPEN", "k1 DONE"));
    position = watch.position;
  }
  Close("k2", kToday);
  request.set_after_position(position);
  Watch again(*stub_, request, "members/city");
  EXPECT_THAT(again.Items(1), ElementsAre("k2 DONE"));
}

TEST_F(WatchTest, HeartbeatsTellThePosition) {
  Watch watch(*stub_, {}, "members/city");
  const int64_t first = watch.Next().position();
  EXPECT_EQ(watch.Next().position(), first);
  EXPECT_FALSE(watch.Next().epoch().empty());
}

TEST_F(WatchTest, UnknownPositionsAndEpochsAreRefused) {
  v1::WatchDueRequest request;
  request.set_after_position(7);
  EXPECT_THAT(Watch(*stub_, request, "members/city").End(),
              StatusIs(StatusCode::kFailedPrecondition, "POSITION_EXPIRED"));
  request.set_after_position(0);
  request.set_epoch("another");
  EXPECT_THAT(Watch(*stub_, request, "members/city").End(),
              StatusIs(StatusCode::kFailedPrecondition, "POSITION_EXPIRED"));
  request.clear_epoch();
  request.set_after_position(-1);
  EXPECT_THAT(Watch(*stub_, request, "members/city").End(), StatusIs(StatusCode::kInvalidArgument));
  EXPECT_THAT(Watch(*stub_, {}, "members/nobody").End(), StatusIs(StatusCode::kPermissionDenied));
}

TEST_F(WatchTest, EndsWhenTheRightIsTakenAway) {
  Watch watch(*stub_, {}, "members/city");
  watch.Next();
  access::Snapshot snapshot = *snapshots_.Get();
  snapshot.grants = std::make_shared<const access::Grants>();
  snapshots_.Set(snapshot);
  const absl::Time start = absl::Now();
  EXPECT_THAT(watch.End(), StatusIs(StatusCode::kPermissionDenied));
  EXPECT_LT(absl::Now() - start, absl::Seconds(10));
}

}  // namespace
}  // namespace phoihop::agreements
