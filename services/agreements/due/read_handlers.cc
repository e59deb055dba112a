// The methods that read.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/fields/fields.h"
#include "common/filter/filter.h"
#include "common/names/names.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/time/civil.h"
#include "services/agreements/due/converters.h"
#include "services/agreements/due/due_scope.h"
#include "services/agreements/due/handlers.h"
#include "services/agreements/rpc/handlers.h"
#include "services/agreements/rpc/scope.h"
#include "services/agreements/rpc/succession.h"

namespace phoihop::agreements {
namespace {

constexpr int kDefaultPage = 50;
constexpr int kMaxPage = 500;
constexpr int kDefaultUpcoming = 7;
constexpr int kMaxUpcoming = 366;
// What a summary adds up day by day.
constexpr int kMaxSummaryUpcoming = 31;

// What a filter may name; the contract lists it.
const filter::Fields& DueFields() {
  using filter::Type;
  static const auto* const fields = new filter::Fields{
      {.name = "kind",
       .type = Type::kEnum,
       .values = filter::EnumValues(*v1::Obligation::Kind_descriptor())},
      {.name = "agreement", .type = Type::kName, .pattern = "agreements/*"},
      {.name = "resource", .type = Type::kString},
      {.name = "area", .type = Type::kInt},
      {.name = "body", .type = Type::kName, .pattern = "bodies/*"},
      {.name = "unit", .type = Type::kUnit},
      {.name = "due_date", .type = Type::kDay},
      {.name = "title", .type = Type::kText},
  };
  return *fields;
}

int ReadUpcoming(int given, int most, Checker& check) {
  if (given == 0) return kDefaultUpcoming;
  return static_cast<int>(check.Count("upcoming_days", given, 1, most));
}

// What the bucket looks for.
void ReadBucket(const v1::ListDueRequest& request, absl::CivilDay today, Checker& check,
                DueQuery& query) {
  const int upcoming = ReadUpcoming(request.upcoming_days(), kMaxUpcoming, check);
  const v1::ListDueRequest::Bucket bucket = request.bucket();
  if (!v1::ListDueRequest::Bucket_IsValid(bucket)) {
    check.Add("bucket", "UNKNOWN_VALUE",
              {"The bucket is not one of the contract's.", "Nhóm việc không có trong danh mục."});
  } else if (bucket == v1::ListDueRequest::OVERDUE) {
    query.due = DayInterval{kFirstDay, today - 1};
  } else if (bucket == v1::ListDueRequest::UPCOMING) {
    query.due = DayInterval{today, today + upcoming};
  } else if (bucket != v1::ListDueRequest::BUCKET_UNSPECIFIED) {
    // The buckets of kinds have their numbers.
    query.kind = static_cast<ObligationKind>(bucket);
  }
}

// "2026-02-06 01h...".
std::string FormatCursor(const DueCursor& cursor) {
  return absl::StrCat(FormatDay(cursor.due_day), " ", cursor.id);
}

absl::StatusOr<DueCursor> ParseDueCursor(const std::string& text) {
  const std::pair<std::string, std::string> parts = absl::StrSplit(text, absl::MaxSplits(' ', 1));
  ASSIGN_OR_RETURN(const absl::CivilDay day, ParseDay(parts.first));
  return DueCursor{day, parts.second};
}

std::string FormatCursor(const NoticeCursor& cursor) {
  return absl::StrCat(absl::ToUnixMicros(cursor.create_time), " ", cursor.id);
}

absl::StatusOr<NoticeCursor> ParseNoticeCursor(const std::string& text) {
  const std::pair<std::string, std::string> parts = absl::StrSplit(text, absl::MaxSplits(' ', 1));
  int64_t micros = 0;
  if (!absl::SimpleAtoi(parts.first, &micros)) return Internal("a page token holds no cursor");
  return NoticeCursor{absl::FromUnixMicros(micros), parts.second};
}

absl::Status ObligationNotFound(const std::string& id) {
  return NotFound(kObligationType, ObligationName(id));
}

}  // namespace

absl::StatusOr<v1::ListDueResponse> ListDue(const DueParts& parts, const rpc::RequestContext& ctx,
                                            const v1::ListDueRequest& request) {
  const absl::CivilDay today = VietnamDay(ctx.now());
  Checker check;
  DueQuery query;
  ReadBucket(request, today, check, query);
  int64_t unit = 0;
  if (!request.unit().empty()) unit = check.Unit("unit", request.unit());
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(query.filter, filter::ParseFilter(request.filter(), DueFields()));
  ASSIGN_OR_RETURN(query.limit, PageSize(request.page_size(), kDefaultPage, kMaxPage));
  const std::string bound_to = filter::BoundTo(request);
  const std::string caller = ctx.caller().ActorName();
  ASSIGN_OR_RETURN(const std::string cursor,
                   parts.page_tokens->Decode(request.page_token(), bound_to, caller));
  if (!cursor.empty()) {
    ASSIGN_OR_RETURN(query.after, ParseDueCursor(cursor));
  }

  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  query.filter = WithPredecessors(std::move(query.filter), DueFields(), snapshot);
  if (unit != 0) {
    const absl::CivilDay day = DefaultDay(*snapshot.tree, unit, today);
    RETURN_IF_ERROR(access::RequireUnit(snapshot, ctx.caller(), kDuePermission, unit, day,
                                        kUnitType, UnitName(unit)));
    for (const UnitBelow& below : UnitsBelow(snapshot.tree, unit, day)) {
      query.units.push_back(below.unit);
    }
    // A unit may have belonged elsewhere when an agreement's term began.
    query.visible = [&](const DueRecord& record) {
      return MayOn(snapshot, ctx.caller(), kDuePermission, record, today);
    };
  } else {
    ActsFor whose = WhoseDue(snapshot, ctx.caller(), today);
    query.bodies = std::move(whose.bodies);
    query.units = std::move(whose.units);
    query.visible = [&](const DueRecord& record) {
      return IsOwn(snapshot, ctx.caller(), record, today);
    };
  }
  ASSIGN_OR_RETURN(const DuePage page, parts.store->List(query, ReadDeadline(ctx)));
  v1::ListDueResponse response;
  for (const DueRecord& record : page.records) {
    v1::DueItem& item = *response.add_items();
    item = ToItem(record.stored, today, *snapshot.calendar);
    ResolveDebtor(snapshot, *item.mutable_obligation());
  }
  if (page.next.has_value()) {
    response.set_next_page_token(
        parts.page_tokens->Encode(FormatCursor(*page.next), bound_to, caller));
  }
  response.set_position(page.position);
  response.set_epoch(parts.writer->head().epoch);
  return response;
}

absl::StatusOr<v1::Obligation> GetObligation(const DueParts& parts, const rpc::RequestContext& ctx,
                                             const v1::GetObligationRequest& request) {
  ASSIGN_OR_RETURN(const std::string id, ParseName("obligations/*", request.name(), "name"));
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  ASSIGN_OR_RETURN(const std::optional<DueRecord> found, parts.store->Find(id, ReadDeadline(ctx)));
  if (!found.has_value() ||
      !MayOn(snapshot, ctx.caller(), kDuePermission, *found, VietnamDay(ctx.now()))) {
    return ObligationNotFound(id);
  }
  v1::Obligation obligation = ToProto(found->stored);
  ResolveDebtor(snapshot, obligation);
  return obligation;
}

absl::StatusOr<v1::DueSummary> GetDueSummary(const DueParts& parts, const rpc::RequestContext& ctx,
                                             const v1::GetDueSummaryRequest& request) {
  Checker check;
  SummaryQuery query;
  query.unit = check.Unit("unit", request.unit());
  query.upcoming_days = ReadUpcoming(request.upcoming_days(), kMaxSummaryUpcoming, check);
  RETURN_IF_ERROR(check.status());
  query.today = VietnamDay(ctx.now());
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  const access::UnitTree& tree = *snapshot.tree;
  const absl::CivilDay day = DefaultDay(tree, query.unit, query.today);
  RETURN_IF_ERROR(access::RequireUnit(snapshot, ctx.caller(), kDuePermission, query.unit, day,
                                      kUnitType, UnitName(query.unit)));

  // Rows of the answer: the unit itself, then those directly below, then those that were directly
  // below when they ended; and the row that each unit counts in.
  std::vector<int64_t> shown = {query.unit};
  absl::flat_hash_map<int64_t, size_t> place = {{query.unit, 0}};
  for (const int64_t child : tree.Children(query.unit, day)) {
    place.emplace(child, shown.size());
    shown.push_back(child);
  }
  const size_t existing = shown.size();
  const std::vector<UnitBelow> below = UnitsBelow(snapshot.tree, query.unit, day);
  absl::flat_hash_map<int64_t, size_t> row_of;
  row_of.reserve(below.size());
  query.units.reserve(below.size());
  for (const auto& [unit, through] : below) {
    const auto [at, is_new] = place.try_emplace(through, shown.size());
    if (is_new) shown.push_back(through);
    row_of.emplace(unit, at->second);
    query.units.push_back(unit);
  }

  ASSIGN_OR_RETURN(const SummaryNumbers numbers, parts.store->Summarise(query, ReadDeadline(ctx)));
  std::vector<DueNumbers> rows(shown.size());
  DueNumbers total;
  for (const auto& [unit, of_unit] : numbers.by_unit) {
    const auto found = row_of.find(unit);
    if (found == row_of.end()) continue;
    rows[found->second] += of_unit;
    total += of_unit;
  }
  v1::DueSummary summary;
  summary.set_unit(UnitName(query.unit));
  summary.set_on_date(FormatDay(query.today));
  summary.set_upcoming_days(query.upcoming_days);
  *summary.mutable_total() = ToProto(total);
  for (size_t i = 0; i < shown.size(); ++i) {
    if (i >= existing && rows[i] == DueNumbers()) continue;
    v1::DueSummary::UnitCounts& row = *summary.add_units();
    row.set_unit(UnitName(shown[i]));
    *row.mutable_counts() = ToProto(rows[i]);
    if (!tree.ExistsOn(shown[i], query.today)) {
      row.set_end_date(FormatDay(tree.Find(shown[i])->versions.back().until - 1));
    }
  }
  std::vector<std::pair<std::string, DueNumbers>> bodies;
  for (const auto& [body, of_body] : numbers.by_body) {
    if (of_body != DueNumbers()) bodies.emplace_back(body, of_body);
  }
  std::stable_sort(bodies.begin(), bodies.end(), [](const auto& a, const auto& b) {
    return a.second.overdue > b.second.overdue;
  });
  for (const auto& [body, of_body] : bodies) {
    v1::DueSummary::BodyCounts& row = *summary.add_bodies();
    row.set_body(absl::StrCat("bodies/", body));
    *row.mutable_counts() = ToProto(of_body);
  }
  return summary;
}

absl::StatusOr<v1::ListNoticesResponse> ListNotices(const DueParts& parts,
                                                    const rpc::RequestContext& ctx,
                                                    const v1::ListNoticesRequest& request) {
  NoticeQuery query;
  query.unread_only = request.unread_only();
  ASSIGN_OR_RETURN(query.limit, PageSize(request.page_size(), kDefaultPage, kMaxPage));
  const std::string bound_to = filter::BoundTo(request);
  const std::string caller = ctx.caller().ActorName();
  ASSIGN_OR_RETURN(const std::string cursor,
                   parts.page_tokens->Decode(request.page_token(), bound_to, caller));
  if (!cursor.empty()) {
    ASSIGN_OR_RETURN(query.after, ParseNoticeCursor(cursor));
  }
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts.snapshots->Get());
  ActsFor whose = WhoseDue(snapshot, ctx.caller(), VietnamDay(ctx.now()));
  query.bodies = std::move(whose.bodies);
  query.units = std::move(whose.own_units);
  query.led_units = std::move(whose.led_units);
  ASSIGN_OR_RETURN(const NoticePage page, parts.store->ListNotices(query, ReadDeadline(ctx)));
  v1::ListNoticesResponse response;
  for (const StoredNotice& notice : page.notices) *response.add_notices() = ToProto(notice);
  if (page.next.has_value()) {
    response.set_next_page_token(
        parts.page_tokens->Encode(FormatCursor(*page.next), bound_to, caller));
  }
  return response;
}

}  // namespace phoihop::agreements
