// Handlers that read the register.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/fields/fields.h"
#include "common/names/names.h"
#include "common/status/errors.h"
#include "common/status/macros.h"
#include "common/status/views.h"
#include "common/text/text.h"
#include "services/directory/rpc/converters.h"
#include "services/directory/rpc/service.h"

namespace phoihop::directory {
namespace {

constexpr std::string_view kType = "phoihop.directory.v1.AdministrativeUnit";
constexpr int kDefaultPage = 50;
constexpr int kMaxPage = 1000;

// The day asked about; today in Viet Nam when none is given.
absl::CivilDay DayOf(const std::string& on_date, const rpc::RequestContext& ctx, Checker& checker) {
  return checker.OptionalDay("on_date", on_date).value_or(VietnamDay(ctx.now()));
}

// Whether the text has the form of a code of a unit below the country.
bool IsCode(const std::string& code) {
  return (code.size() == 2 || code.size() == 3 || code.size() == 5) &&
         std::all_of(code.begin(), code.end(),
                     [](char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); });
}

absl::Status UnknownLevel(const access::UnitTree& tree) {
  const std::string levels = absl::StrJoin(tree.Levels(), ", ");
  return InvalidField("level", "UNKNOWN_LEVEL",
                      {absl::StrCat("There is no such level; the levels are: ", levels, "."),
                       absl::StrCat("Không có cấp này; các cấp là: ", levels, ".")});
}

// Where a list stands: its day, so that it goes on in the same tree, and the last code.
struct UnitCursor {
  absl::CivilDay day;
  std::string code;
};

std::string ToText(const UnitCursor& cursor) {
  return absl::StrCat(FormatDay(cursor.day), "|", cursor.code);
}

absl::StatusOr<UnitCursor> CursorOf(const std::string& text) {
  const std::vector<std::string> parts = absl::StrSplit(text, '|');
  if (parts.size() != 2) return Internal("a page token of another form");
  ASSIGN_OR_RETURN(const absl::CivilDay day, ParseDay(parts[0]));
  return UnitCursor{day, parts[1]};
}

// Whether the version of that day has the text in its name.
bool NameContains(const UnitsView& view, int64_t id, absl::CivilDay day, const std::string& text) {
  const std::vector<UnitVersion>& versions = view.reg.units.at(id).versions;
  for (size_t i = 0; i < versions.size(); ++i) {
    if (versions[i].Holds(day)) {
      return view.folded_names.at(id)[i].find(text) != std::string::npos;
    }
  }
  return false;
}

}  // namespace

absl::StatusOr<v1::AdministrativeUnit> DirectoryService::ResolveUnit(
    const rpc::RequestContext& ctx, const v1::ResolveUnitRequest& request) const {
  Checker checker;
  checker.Required("code", !request.code().empty());
  const absl::CivilDay day = DayOf(request.on_date(), ctx, checker);
  ASSIGN_OR_RETURN(const auto view, parts_.cache->Units(ctx));
  // The country has a code of its own form.
  const std::optional<int64_t> id = view->tree->Resolve(request.code(), day);
  if (!request.code().empty() && !id.has_value() && !IsCode(request.code())) {
    checker.Add("code", "INVALID_CODE",
                {"The code must be digits, two for a province, three for a district, five for a "
                 "commune.",
                 "Mã phải là chữ số: hai cho cấp tỉnh, ba cho cấp huyện, năm cho cấp xã."});
  }
  RETURN_IF_ERROR(checker.status());
  if (!id.has_value()) return NotFound(kType, absl::StrCat(request.code(), "@", FormatDay(day)));
  return ToProto(*id, *view->reg.units.at(*id).On(day));
}

absl::StatusOr<v1::AdministrativeUnit> DirectoryService::GetUnit(
    const rpc::RequestContext& ctx, const v1::GetUnitRequest& request) const {
  Checker checker;
  const int64_t id = checker.Unit("name", request.name());
  const std::optional<absl::CivilDay> day = checker.OptionalDay("on_date", request.on_date());
  RETURN_IF_ERROR(checker.status());
  ASSIGN_OR_RETURN(const auto view, parts_.cache->Units(ctx));
  const auto unit = view->reg.units.find(id);
  if (unit == view->reg.units.end()) return NotFound(kType, request.name());
  const UnitVersion* version =
      day.has_value() ? unit->second.On(*day) : &unit->second.versions.back();
  if (version == nullptr) return NotFound(kType, request.name());
  return ToProto(id, *version);
}

absl::StatusOr<v1::ListUnitsResponse> DirectoryService::ListUnits(
    const rpc::RequestContext& ctx, const v1::ListUnitsRequest& request) const {
  Checker checker;
  const int64_t parent = request.parent().empty() ? 0 : checker.Unit("parent", request.parent());
  absl::CivilDay day = DayOf(request.on_date(), ctx, checker);
  std::string text;
  if (!request.query().empty()) text = Fold(checker.Text("query", request.query(), 2, 100));
  checker.Text("level", request.level(), 0, 20);
  const absl::StatusOr<int> page_size = PageSize(request.page_size(), kDefaultPage, kMaxPage);
  checker.AddStatus("page_size", page_size.status());
  RETURN_IF_ERROR(checker.status());
  const std::string selection =
      absl::StrCat("units|", parent, "|", request.level(), "|", request.on_date(), "|", text);
  const std::string caller = ctx.caller().ActorName();
  ASSIGN_OR_RETURN(const std::string token,
                   parts_.page_tokens->Decode(request.page_token(), selection, caller));
  std::string after;
  if (!token.empty()) {
    ASSIGN_OR_RETURN(const UnitCursor cursor, CursorOf(token));
    day = cursor.day;
    after = cursor.code;
  }

  ASSIGN_OR_RETURN(const auto view, parts_.cache->Units(ctx));
  const std::vector<std::string>& levels = view->tree->Levels();
  if (!request.level().empty() &&
      std::find(levels.begin(), levels.end(), request.level()) == levels.end()) {
    return UnknownLevel(*view->tree);
  }
  if (parent != 0 && view->tree->Find(parent) == nullptr) {
    return NotFound(kType, request.parent());
  }
  // On one day a code is one unit's, so it orders and continues the list alone.
  std::vector<std::pair<std::string, int64_t>> found;
  const auto consider = [&](int64_t id) {
    const access::UnitVersion* version = view->tree->Find(id)->On(day);
    if (version == nullptr || version->code <= after) return;
    if (!request.level().empty() && version->level != request.level()) return;
    if (!text.empty() && !NameContains(*view, id, day, text)) return;
    found.emplace_back(version->code, id);
  };
  if (parent != 0) {
    for (const int64_t id : view->tree->Children(parent, day)) consider(id);
  } else {
    for (const int64_t id : view->tree->ids()) consider(id);
  }
  std::sort(found.begin(), found.end());

  v1::ListUnitsResponse response;
  for (const auto& [code, id] : found) {
    if (response.units_size() == *page_size) {
      const std::string& last = response.units(response.units_size() - 1).code();
      response.set_next_page_token(
          parts_.page_tokens->Encode(ToText({day, last}), selection, caller));
      break;
    }
    *response.add_units() = ToProto(id, *view->reg.units.at(id).On(day));
  }
  return response;
}

absl::StatusOr<v1::ListSuccessionsResponse> DirectoryService::ListSuccessions(
    const rpc::RequestContext& ctx, const v1::ListSuccessionsRequest& request) const {
  Checker checker;
  const int64_t id = checker.Unit("unit", request.unit());
  RETURN_IF_ERROR(checker.status());
  ASSIGN_OR_RETURN(const auto view, parts_.cache->Units(ctx));
  if (view->tree->Find(id) == nullptr) return NotFound(kType, request.unit());
  std::vector<v1::Succession> found;
  const auto indexes = view->successions.find(id);
  if (indexes != view->successions.end()) {
    for (const int index : indexes->second) {
      found.push_back(ToProto(view->reg.successions[index], view->reg));
    }
  }
  const auto key = [&](const v1::Succession& succession) {
    const bool from = succession.from_unit() == request.unit();
    return std::pair(succession.date(), from ? succession.to_code() : succession.from_code());
  };
  std::stable_sort(found.begin(), found.end(),
                   [&](const auto& a, const auto& b) { return key(a) < key(b); });
  v1::ListSuccessionsResponse response;
  for (v1::Succession& succession : found) *response.add_successions() = std::move(succession);
  return response;
}

absl::StatusOr<v1::CountUnitsResponse> DirectoryService::CountUnits(
    const rpc::RequestContext& ctx, const v1::CountUnitsRequest& request) const {
  Checker checker;
  const int64_t parent =
      request.parent().empty() ? access::kCountryUnit : checker.Unit("parent", request.parent());
  const absl::CivilDay day = DayOf(request.on_date(), ctx, checker);
  RETURN_IF_ERROR(checker.status());
  ASSIGN_OR_RETURN(const auto view, parts_.cache->Units(ctx));
  if (!view->tree->ExistsOn(parent, day)) return NotFound(kType, UnitName(parent));
  v1::CountUnitsResponse response;
  for (const std::string& level : view->tree->LevelsOn(day)) {
    const size_t count = view->tree->Descendants(parent, day, level).size();
    if (count == 0) continue;
    v1::CountUnitsResponse::LevelCount& out = *response.add_counts();
    out.set_level(level);
    out.set_count(static_cast<int32_t>(count));
  }
  return response;
}

}  // namespace phoihop::directory
