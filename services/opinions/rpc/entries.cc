// Handlers of opinion entries.
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/fields/fields.h"
#include "common/ledger/write.h"
#include "common/names/names.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/time/civil.h"
#include "services/opinions/rpc/converters.h"
#include "services/opinions/rpc/list_page.h"
#include "services/opinions/rpc/scope.h"
#include "services/opinions/rpc/service.h"

namespace phoihop::opinions {
namespace {

constexpr std::string_view kType = "phoihop.opinions.v1.OpinionEntry";

}  // namespace

absl::StatusOr<v1::OpinionEntry> OpinionsService::CreateOpinionEntry(
    const rpc::RequestContext& ctx, const v1::CreateOpinionEntryRequest& request) const {
  Checker checker;
  checker.RequestId(request.request_id());
  checker.Required("opinion_entry", request.has_opinion_entry());
  OpinionEntry entry;
  if (request.has_opinion_entry()) {
    entry = ReadEntry(request.opinion_entry(), "opinion_entry", VietnamDay(ctx.now()), checker);
  }
  RETURN_IF_ERROR(checker.status());

  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts_.snapshots->Get());
  switch (JudgeUnitDay(snapshot, ctx.caller(), kEntryWrite, entry.unit, entry.heard)) {
    case UnitDay::kDenied:
      return UnitNotFound(entry.unit);
    case UnitDay::kNoSuchUnitThen:
      return InvalidField(
          "opinion_entry.heard_date", "UNIT_NOT_ON_DAY",
          {"The unit did not exist on this day.", "Đơn vị không tồn tại vào ngày này."});
    case UnitDay::kAllowed:
      break;
  }

  entry.id = NewId(ctx.now());
  return ledger::Write<v1::OpinionEntry>(
      *parts_.writer, ctx, request, {UnitName(entry.unit)},
      [&](ledger::Transaction& tx) -> absl::StatusOr<v1::OpinionEntry> {
        entry.created = tx.now();
        RETURN_IF_ERROR(parts_.store->AddEntry(tx, entry));
        v1::OpinionEntry message = ToProto(entry);
        tx.Note(ledger::MakeChange(message, message.name(), entry.revision, entry.heard,
                                   message.unit()));
        return message;
      });
}

absl::StatusOr<v1::OpinionEntry> OpinionsService::GetOpinionEntry(
    const rpc::RequestContext& ctx, const v1::GetOpinionEntryRequest& request) const {
  Checker checker;
  const std::string id = checker.Name("name", "opinionEntries/*", request.name());
  RETURN_IF_ERROR(checker.status());
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts_.snapshots->Get());
  ASSIGN_OR_RETURN(const std::optional<OpinionEntry> entry,
                   parts_.store->FindEntry(ctx.deadline(), id));
  if (!entry.has_value()) return NotFound(kType, request.name());
  RETURN_IF_ERROR(access::RequireUnit(snapshot, ctx.caller(), kEntryRead, entry->unit, entry->heard,
                                      kType, request.name()));
  return ToProto(*entry);
}

absl::StatusOr<v1::ListOpinionEntriesResponse> OpinionsService::ListOpinionEntries(
    const rpc::RequestContext& ctx, const v1::ListOpinionEntriesRequest& request) const {
  Checker checker;
  ListQuery query;
  query.unit = checker.Unit("unit", request.unit());
  const DayInterval days{checker.OptionalDay("since", request.since()).value_or(kFirstDay),
                         checker.OptionalDay("until", request.until()).value_or(kEndOfDays - 1)};
  if (days.empty()) {
    checker.Add(
        "until", "INVALID_INTERVAL",
        {"The last day must not be before the first.", "Ngày cuối không được trước ngày đầu."});
  }
  const absl::StatusOr<int> page_size = PageSize(request.page_size(), kDefaultPage, kMaxPage);
  checker.AddStatus("page_size", page_size.status());
  RETURN_IF_ERROR(checker.status());
  const std::string selection =
      absl::StrCat("entries ", query.unit, " ", request.since(), " ", request.until());
  const std::string caller = ctx.caller().ActorName();
  ASSIGN_OR_RETURN(const std::string cursor,
                   parts_.page_tokens->Decode(request.page_token(), selection, caller));
  ASSIGN_OR_RETURN(query.after, KeyOf(cursor));

  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts_.snapshots->Get());
  ASSIGN_OR_RETURN(query.days, DaysInScope(snapshot, ctx.caller(), kEntryRead, query.unit, days));
  query.limit = *page_size + 1;
  ASSIGN_OR_RETURN(std::vector<OpinionEntry> entries,
                   parts_.store->ListEntries(ctx.deadline(), query));

  v1::ListOpinionEntriesResponse response;
  if (entries.size() > static_cast<size_t>(*page_size)) {
    entries.resize(*page_size);
    response.set_next_page_token(parts_.page_tokens->Encode(
        CursorOf({entries.back().heard, entries.back().id}), selection, caller));
  }
  for (const OpinionEntry& entry : entries) *response.add_opinion_entries() = ToProto(entry);
  return response;
}

absl::StatusOr<v1::CountOpinionEntriesResponse> OpinionsService::CountOpinionEntries(
    const rpc::RequestContext& ctx, const v1::CountOpinionEntriesRequest& request) const {
  Checker checker;
  const int64_t unit = checker.Unit("unit", request.unit());
  const DayInterval days = checker.Interval("since", request.since(), "until", request.until());
  RETURN_IF_ERROR(checker.status());
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts_.snapshots->Get());
  RETURN_IF_ERROR(RequireThroughout(snapshot, ctx.caller(), kEntryRead, unit, days));
  ASSIGN_OR_RETURN(const TopicCounts counts,
                   parts_.store->CountTopics(ctx.deadline(), UnitDaysWithin(snapshot, unit, days)));
  ctx.set_position(counts.position);
  return ToProto(counts);
}

}  // namespace phoihop::opinions
