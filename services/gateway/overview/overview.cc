#include "services/gateway/overview/overview.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/names/names.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/telemetry/log.h"
#include "common/telemetry/metrics.h"
#include "common/time/civil.h"
#include "phoihop/agreements/v1/agreements.grpc.pb.h"
#include "phoihop/directory/v1/directory.grpc.pb.h"
#include "phoihop/gateway/v1/gateway.pb.h"
#include "phoihop/opinions/v1/opinions.grpc.pb.h"
#include "phoihop/reporting/v1/reporting.grpc.pb.h"
#include "services/gateway/overview/gather.h"
#include "services/gateway/overview/guesses.h"
#include "services/gateway/overview/subject.h"

namespace phoihop::gateway {
namespace {

using agreements::v1::AgreementsService;
using directory::v1::DirectoryService;
using opinions::v1::OpinionsService;
using reporting::v1::ReportingService;

// A caller without a deadline gets this long.
constexpr absl::Duration kLongest = absl::Seconds(10);
constexpr absl::Duration kLongestPart = absl::Seconds(1);
constexpr double kShare = 0.4;
// gRPC ends a call at its deadline; if it should be late, nobody waits for it.
constexpr absl::Duration kSlack = absl::Milliseconds(30);
// How often a waiting handler looks whether its caller has left.
constexpr absl::Duration kLook = absl::Milliseconds(50);

// These say something about the caller or the unit, not about the service's health.
bool DecidesForAll(const absl::Status& status) {
  return status.code() == absl::StatusCode::kNotFound ||
         status.code() == absl::StatusCode::kPermissionDenied ||
         status.code() == absl::StatusCode::kUnauthenticated;
}

// Why a part is missing, for people.
std::string MissingText(const char* of_what, const absl::Status& status) {
  if (status.code() == absl::StatusCode::kDeadlineExceeded) {
    return absl::StrCat("Dịch vụ ", of_what,
                        " không trả lời kịp thời; số liệu của phần này tạm thời thiếu.");
  }
  if (status.code() == absl::StatusCode::kResourceExhausted) {
    return absl::StrCat("Dịch vụ ", of_what, " đang quá tải; số liệu của phần này tạm thời thiếu.");
  }
  return absl::StrCat("Dịch vụ ", of_what,
                      " tạm thời không sẵn sàng; số liệu của phần này tạm thời thiếu.");
}

}  // namespace

struct Overview::Stubs {
  explicit Stubs(const Parts& parts)
      : directory(DirectoryService::NewStub(parts.directory)),
        agreements(AgreementsService::NewStub(parts.agreements)),
        opinions(OpinionsService::NewStub(parts.opinions)),
        reporting(ReportingService::NewStub(parts.reporting)) {}

  const std::unique_ptr<DirectoryService::Stub> directory;
  const std::unique_ptr<AgreementsService::Stub> agreements;
  const std::unique_ptr<OpinionsService::Stub> opinions;
  const std::unique_ptr<ReportingService::Stub> reporting;
  const OpenCalls calls;
  Guesses guesses;
};

// One overview in the making.
class Overview::Asking {
 public:
  Asking(Stubs& stubs, const rpc::RequestContext& context, const access::Snapshot& snapshot,
         const Subject& subject, std::string token)
      : stubs_(stubs), context_(context), snapshot_(snapshot), subject_(subject) {
    const absl::Duration left = std::min(context.deadline() - absl::Now(), kLongest);
    round_time_ = std::min(left * kShare, kLongestPart);
    options_.bearer = std::move(token);
    options_.trace = context.trace();
  }

  absl::StatusOr<v1::UnitOverview> Run() {
    AskFirst();
    if (subject_.since.has_value()) {
      since_ = subject_.since;
      AskOpinions(*since_);
    } else {
      const std::optional<absl::CivilDay> guess = stubs_.guesses.Find(subject_.unit, subject_.day);
      if (guess.has_value()) AskOpinions(*guess);
      since_ = AwaitSince();
      if (guess.has_value() && since_ != guess) {
        petitions_->Close().IgnoreError();
        entries_->Close().IgnoreError();
      }
      if (since_.has_value() && since_ != guess) {
        NewRound();
        AskOpinions(*since_);
        stubs_.guesses.Learn(subject_.unit, subject_.day, *since_);
      }
    }
    Await([this] {
      return unit_->done() && coverage_->done() && indicators_->done() &&
             (!since_.has_value() || (petitions_->done() && entries_->done()));
    });
    return Answer();
  }

 private:
  // Begins the time of the questions that follow.
  void NewRound() { options_.deadline = absl::Now() + round_time_; }

  // Waits for the condition on the answers, but not beyond the round.
  template <class Condition>
  void Await(Condition condition) {
    const absl::Time end = options_.deadline + kSlack;
    absl::MutexLock lock(&arrivals_->mutex);
    while (!arrivals_->mutex.AwaitWithDeadline(absl::Condition(&condition),
                                               std::min(end, absl::Now() + kLook)) &&
           absl::Now() < end && !context_.cancelled()) {
    }
  }

  // Everything that does not depend on another answer.
  void AskFirst() {
    NewRound();
    const std::string unit = UnitName(subject_.unit), day = FormatDay(subject_.day);
    directory::v1::GetUnitRequest unit_request;
    unit_request.set_name(unit);
    unit_request.set_on_date(day);
    unit_ = UnitQuestion::Ask(arrivals_, options_, unit_request, [this](auto... arguments) {
      stubs_.directory->async()->GetUnit(arguments...);
    });
    agreements::v1::GetCoverageRequest coverage_request;
    coverage_request.set_unit(unit);
    coverage_request.set_on_date(day);
    coverage_ = CoverageQuestion::Ask(
        arrivals_, options_, coverage_request,
        [this](auto... arguments) { stubs_.agreements->async()->GetCoverage(arguments...); });
    reporting::v1::GetIndicatorsRequest indicators_request;
    indicators_request.set_unit(unit);
    if (subject_.since.has_value()) indicators_request.set_since(FormatDay(*subject_.since));
    indicators_request.set_until(day);
    // Nothing is shown of the figures themselves.
    indicators_request.set_view(reporting::v1::GetIndicatorsRequest::BASIC);
    indicators_ = IndicatorsQuestion::Ask(
        arrivals_, options_, indicators_request,
        [this](auto... arguments) { stubs_.reporting->async()->GetIndicators(arguments...); });
  }

  // The start of the oldest programme in force, from agreements, or from reporting while
  // agreements fails; the first of January when there is none. Nothing when neither can say
  // whether there is one: figures of another interval would look right and be wrong.
  std::optional<absl::CivilDay> AwaitSince() {
    std::string start;
    Await([this] { return coverage_->done(); });
    if (coverage_->Close().ok()) {
      start = coverage_->response().programme_term_start();
    } else {
      Await([this] { return indicators_->done(); });
      if (!indicators_->Close().ok()) return std::nullopt;
      start = indicators_->response().since();
    }
    const absl::StatusOr<absl::CivilDay> day = ParseDay(start);
    return day.ok() && *day <= subject_.day ? *day : absl::CivilDay(subject_.day.year(), 1, 1);
  }

  void AskOpinions(absl::CivilDay since) {
    const auto fill = [&](auto& request) {
      request.set_unit(UnitName(subject_.unit));
      request.set_since(FormatDay(since));
      request.set_until(FormatDay(subject_.day));
    };
    opinions::v1::CountPetitionsRequest petitions;
    fill(petitions);
    petitions_ = PetitionsQuestion::Ask(arrivals_, options_, petitions, [this](auto... arguments) {
      stubs_.opinions->async()->CountPetitions(arguments...);
    });
    opinions::v1::CountOpinionEntriesRequest entries;
    fill(entries);
    entries_ = EntriesQuestion::Ask(arrivals_, options_, entries, [this](auto... arguments) {
      stubs_.opinions->async()->CountOpinionEntries(arguments...);
    });
  }

  absl::StatusOr<v1::UnitOverview> Answer() {
    const absl::Status unit = unit_->Close(), coverage = coverage_->Close(),
                       indicators = indicators_->Close();
    absl::Status petitions, entries;
    if (since_.has_value()) {
      petitions = petitions_->Close();
      entries = entries_->Close();
    }
    for (const absl::Status& status : {unit, coverage, indicators, petitions, entries}) {
      if (status.code() == absl::StatusCode::kNotFound) return subject_.NotFound();
      if (DecidesForAll(status)) return status;
    }
    if (context_.cancelled()) return Cancelled();
    v1::UnitOverview overview;
    overview.set_on_date(FormatDay(subject_.day));
    if (since_.has_value()) overview.set_since(FormatDay(*since_));
    if (unit.ok()) {
      *overview.mutable_unit() = std::move(unit_->response());
    } else {
      *overview.mutable_unit() = UnitFromTree(*snapshot_.tree, subject_);
    }
    AddPart("directory", "danh mục", unit, unit_->elapsed(),
            unit.ok() ? unit_->position().value_or(snapshot_.position) : 0, overview);
    if (coverage.ok()) FillCoverage(overview);
    AddPart("agreements", "chương trình phối hợp", coverage, coverage_->elapsed(),
            coverage.ok() ? coverage_->response().position() : 0, overview);
    AddOpinions(petitions.ok() ? entries : petitions, overview);
    AddPart("reporting", "báo cáo", indicators, indicators_->elapsed(),
            indicators.ok() ? SlowestFeed() : 0, overview);
    if (indicators.ok() && indicators_->response().has_latest_report()) {
      *overview.mutable_latest_report() =
          std::move(*indicators_->response().mutable_latest_report());
    }
    return overview;
  }

  void FillCoverage(v1::UnitOverview& overview) {
    agreements::v1::Coverage& coverage = coverage_->response();
    overview.set_programme(coverage.programme());
    overview.set_programme_title(coverage.programme_title());
    *overview.mutable_coverage() = std::move(*coverage.mutable_levels());
    const std::vector<std::string>& levels = snapshot_.tree->Levels();
    const auto rank = [&](const std::string& level) {
      return std::find(levels.begin(), levels.end(), level) - levels.begin();
    };
    std::stable_sort(
        overview.mutable_coverage()->begin(), overview.mutable_coverage()->end(),
        [&](const auto& a, const auto& b) { return rank(a.level()) < rank(b.level()); });
  }

  void AddOpinions(const absl::Status& status, v1::UnitOverview& overview) {
    if (!since_.has_value()) {
      // Counted by nobody, since nobody could say from which day on.
      v1::UnitOverview::Part& part = *overview.add_parts();
      part.set_service("opinions");
      part.set_state(v1::UnitOverview::Part::UNAVAILABLE);
      part.set_message(
          "Chưa xác định được ngày bắt đầu của chương trình phối hợp; hãy nêu `since` để xem số "
          "liệu dư luận và đơn thư.");
      return;
    }
    int64_t position = 0;
    if (status.ok()) {
      position = std::min(petitions_->response().position(), entries_->response().position());
      FillOpinions(overview);
    }
    AddPart("opinions", "dư luận và đơn thư", status,
            std::max(petitions_->elapsed(), entries_->elapsed()), position, overview);
  }

  void FillOpinions(v1::UnitOverview& overview) {
    *overview.mutable_petitions() = std::move(*petitions_->response().mutable_groups());
    std::stable_sort(overview.mutable_petitions()->begin(), overview.mutable_petitions()->end(),
                     [](const auto& a, const auto& b) { return a.group() < b.group(); });
    overview.set_opinion_count(entries_->response().entry_count());
  }

  int64_t SlowestFeed() const {
    const auto& sources = indicators_->response().sources();
    const auto slowest =
        std::min_element(sources.begin(), sources.end(),
                         [](const auto& a, const auto& b) { return a.position() < b.position(); });
    return slowest == sources.end() ? 0 : slowest->position();
  }

  void AddPart(const char* service, const char* in_vietnamese, const absl::Status& status,
               absl::Duration elapsed, int64_t position, v1::UnitOverview& overview) {
    v1::UnitOverview::Part& part = *overview.add_parts();
    part.set_service(service);
    part.set_elapsed_ms(static_cast<int32_t>(absl::ToInt64Milliseconds(elapsed)));
    if (status.ok()) {
      part.set_state(v1::UnitOverview::Part::OK);
      part.set_position(position);
      return;
    }
    part.set_state(v1::UnitOverview::Part::UNAVAILABLE);
    part.set_message(MissingText(in_vietnamese, status));
    GetCounter("phoihop_overview_missing_parts_total", "Parts that were missing in overviews.",
               {{"service", service}})
        .Increment();
    LogWarning("a part of an overview is missing",
               {{"part", service}, {"code", absl::StatusCodeToString(status.code())}});
  }

  using UnitQuestion = Question<directory::v1::GetUnitRequest, directory::v1::AdministrativeUnit>;
  using CoverageQuestion = Question<agreements::v1::GetCoverageRequest, agreements::v1::Coverage>;
  using IndicatorsQuestion =
      Question<reporting::v1::GetIndicatorsRequest, reporting::v1::Indicators>;
  using PetitionsQuestion =
      Question<opinions::v1::CountPetitionsRequest, opinions::v1::CountPetitionsResponse>;
  using EntriesQuestion =
      Question<opinions::v1::CountOpinionEntriesRequest, opinions::v1::CountOpinionEntriesResponse>;

  Stubs& stubs_;
  const rpc::RequestContext& context_;
  const access::Snapshot& snapshot_;
  const Subject& subject_;
  const std::shared_ptr<Arrivals> arrivals_ = std::make_shared<Arrivals>(stubs_.calls);
  rpc::CallOptions options_;
  absl::Duration round_time_;
  // Nothing when it is not known.
  std::optional<absl::CivilDay> since_;
  std::shared_ptr<UnitQuestion> unit_;
  std::shared_ptr<CoverageQuestion> coverage_;
  std::shared_ptr<IndicatorsQuestion> indicators_;
  // Asked once `since_` is known or guessed.
  std::shared_ptr<PetitionsQuestion> petitions_;
  std::shared_ptr<EntriesQuestion> entries_;
};

Overview::Overview(Parts parts)
    : parts_(std::move(parts)), stubs_(std::make_unique<Stubs>(parts_)) {}

// Calls that came too late were cancelled and end soon.
Overview::~Overview() {
  if (!stubs_->calls.AwaitNone()) LogError("calls for overviews do not end");
}

absl::StatusOr<v1::UnitOverview> Overview::GetUnitOverview(
    const rpc::RequestContext& context, const v1::GetUnitOverviewRequest& request) {
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts_.snapshots->Get());
  ASSIGN_OR_RETURN(const Subject subject, FindSubject(context, snapshot, request));
  ASSIGN_OR_RETURN(std::string token, parts_.token(context.caller()));
  return Asking(*stubs_, context, snapshot, subject, std::move(token)).Run();
}

}  // namespace phoihop::gateway
