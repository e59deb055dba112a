#include "services/directory/rpc/cache.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/status/macros.h"
#include "common/text/text.h"
#include "common/time/civil.h"

namespace phoihop::directory {
namespace {

// How long deciding access waits for the store.
constexpr absl::Duration kLimit = absl::Seconds(2);

std::shared_ptr<const UnitsView> ViewOf(Register reg) {
  auto view = std::make_shared<UnitsView>();
  view->tree = TreeOf(reg);
  for (const auto& [id, unit] : reg.units) {
    std::vector<std::string>& folded = view->folded_names[id];
    for (const UnitVersion& version : unit.versions) folded.push_back(Fold(version.name));
  }
  for (size_t i = 0; i < reg.successions.size(); ++i) {
    view->successions[reg.successions[i].from_unit].push_back(static_cast<int>(i));
    view->successions[reg.successions[i].to_unit].push_back(static_cast<int>(i));
  }
  view->reg = std::move(reg);
  return view;
}

}  // namespace

std::shared_ptr<const access::Grants> GrantsOf(const std::vector<Grant>& grants) {
  std::vector<access::Grant> result;
  for (const Grant& grant : grants) {
    result.push_back({grant.id, absl::StrCat("members/", grant.member),
                      std::string(RoleName(grant.role)),
                      grant.body.empty() ? "" : absl::StrCat("bodies/", grant.body), grant.unit,
                      grant.revoked.has_value()});
  }
  return std::make_shared<const access::Grants>(std::move(result));
}

std::shared_ptr<const access::BodyLineage> LineageOf(const std::vector<Body>& bodies) {
  std::vector<access::BodyChanges> result;
  for (const Body& body : bodies) {
    access::BodyChanges& changes = result.emplace_back();
    changes.body = absl::StrCat("bodies/", body.id);
    changes.unit = body.unit;
    for (const BodyTitle& name : body.names) {
      changes.names.push_back({name.from, name.display_name});
    }
    if (changes.names.empty()) changes.names.push_back({kFirstDay, body.display_name});
    changes.until = body.valid_until.value_or(kEndOfDays);
    for (const BodySuccessor& successor : body.successors) {
      changes.successors.push_back(
          {absl::StrCat("bodies/", successor.body), successor.unit, successor.display_name});
    }
  }
  return std::make_shared<const access::BodyLineage>(std::move(result));
}

absl::StatusOr<std::shared_ptr<const UnitsView>> DirectoryCache::Units(
    const rpc::RequestContext& ctx) const {
  StoreState state;
  ASSIGN_OR_RETURN(auto units, Units(ctx.deadline(), &state));
  ctx.set_position(state.position);
  return units;
}

absl::StatusOr<std::shared_ptr<const UnitsView>> DirectoryCache::Units(absl::Time deadline,
                                                                       StoreState* read) const {
  ASSIGN_OR_RETURN(StoreState state, store_->ReadState(deadline));
  const auto known = [&]() -> std::shared_ptr<const UnitsView> {
    const absl::MutexLock lock(&mutex_);
    // What is newer than the state just read is as good.
    return units_ != nullptr && units_->reg.version >= state.tree_version ? units_ : nullptr;
  };
  std::shared_ptr<const UnitsView> units = known();
  if (units == nullptr || units->reg.version != state.tree_version) {
    const absl::MutexLock loading(&loading_);
    units = known();
    if (units == nullptr || units->reg.version != state.tree_version) {
      ASSIGN_OR_RETURN(Register reg, store_->LoadRegister(deadline, state));
      units = ViewOf(std::move(reg));
      const absl::MutexLock lock(&mutex_);
      units_ = units;
    }
  }
  if (read != nullptr) *read = state;
  return units;
}

absl::StatusOr<access::Snapshot> DirectoryCache::Get() const {
  const absl::Time deadline = absl::Now() + kLimit;
  access::Snapshot snapshot;
  snapshot.fresh_at = clock_->Now();
  StoreState state;
  ASSIGN_OR_RETURN(const auto units, Units(deadline, &state));
  snapshot.tree = units->tree;
  snapshot.position = state.position;
  ASSIGN_OR_RETURN(const Access access, AccessNow(deadline, state));
  snapshot.grants = access.grants;
  snapshot.bodies = access.bodies;
  snapshot.today = VietnamDay(snapshot.fresh_at);
  ASSIGN_OR_RETURN(snapshot.calendar, CalendarNow(deadline, state));
  return snapshot;
}

absl::StatusOr<DirectoryCache::Access> DirectoryCache::AccessNow(absl::Time deadline,
                                                                 StoreState state) const {
  {
    const absl::MutexLock lock(&mutex_);
    if (access_version_ == state.access_version) return access_;
  }
  ASSIGN_OR_RETURN(const std::vector<Body> bodies, store_->LoadChangedBodies(deadline, state));
  // Read second, with the version that goes with both: what changed in between is read again.
  StoreState newer;
  ASSIGN_OR_RETURN(const std::vector<Grant> grants, store_->LoadGrants(deadline, newer));
  const Access access{GrantsOf(grants), LineageOf(bodies)};
  const absl::MutexLock lock(&mutex_);
  if (state.access_version > access_version_) {
    access_ = access;
    access_version_ = state.access_version;
  }
  return access;
}

absl::StatusOr<std::shared_ptr<const WorkCalendar>> DirectoryCache::CalendarNow(
    absl::Time deadline, StoreState state) const {
  {
    const absl::MutexLock lock(&mutex_);
    if (calendar_ != nullptr && calendar_->revision() == state.calendar_revision) return calendar_;
  }
  ASSIGN_OR_RETURN(const CalendarTables tables, store_->LoadCalendars(deadline, state));
  auto calendar = std::make_shared<const WorkCalendar>(CalendarOf(tables));
  const absl::MutexLock lock(&mutex_);
  if (calendar_ == nullptr || calendar->revision() > calendar_->revision()) calendar_ = calendar;
  return calendar;
}

}  // namespace phoihop::directory
