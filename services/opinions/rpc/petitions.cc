// Handlers of the petition register.
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/fields/fields.h"
#include "common/fields/mask.h"
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

constexpr std::string_view kType = "phoihop.opinions.v1.Petition";
constexpr std::string_view kUpdatable[] = {"due_date", "resolved_date"};

Text NotOnDay() {
  return {"The unit did not exist on this day.", "Đơn vị không tồn tại vào ngày này."};
}

// Tells the ledger of a petition; the change holds from `effective`.
void NotePetition(ledger::Transaction& tx, const Petition& petition, absl::CivilDay effective) {
  const v1::Petition message = ToProto(petition);
  tx.Note(
      ledger::MakeChange(message, message.name(), petition.revision, effective, message.unit()));
}

// Stores and notes new petitions of one unit, unless a reference is taken; `paths`
// name them in the request, in the same order.
absl::Status Register(Store& store, ledger::Transaction& tx, std::vector<Petition>& petitions,
                      absl::Span<const std::string> paths) {
  std::vector<std::string> references;
  std::map<std::string_view, size_t> by_reference;
  for (size_t i = 0; i < petitions.size(); ++i) {
    references.push_back(petitions[i].reference);
    by_reference[petitions[i].reference] = i;
  }
  const auto refuse_taken = [&]() -> absl::Status {
    ASSIGN_OR_RETURN(const std::vector<TakenReference> taken,
                     store.FindTaken(tx, petitions.front().unit, references));
    if (taken.empty()) return absl::OkStatus();
    std::vector<std::string> fields;
    for (const TakenReference& t : taken) {
      fields.push_back(absl::StrCat(paths[by_reference.at(t.reference)], ".reference"));
    }
    const std::string list = absl::StrJoin(fields, ", ");
    return AlreadyExists(
        kType, absl::StrCat("petitions/", taken.front().petition_id), "PETITION_REFERENCE_TAKEN",
        {absl::StrCat("The unit already has a petition with this reference: ", list, "."),
         absl::StrCat("Đơn vị đã có đơn thư mang số hiệu này: ", list, ".")});
  };
  RETURN_IF_ERROR(refuse_taken());
  for (Petition& petition : petitions) petition.created = petition.updated = tx.now();
  const absl::Status stored = store.AddPetitions(tx, petitions);
  if (absl::IsAlreadyExists(stored)) RETURN_IF_ERROR(refuse_taken());
  RETURN_IF_ERROR(stored);
  for (const Petition& petition : petitions) NotePetition(tx, petition, petition.received);
  return absl::OkStatus();
}

// References that occur twice among the petitions of one request.
void CheckDuplicates(const std::vector<Petition>& petitions, Checker& checker) {
  std::map<std::string_view, size_t> first;
  for (size_t i = 0; i < petitions.size(); ++i) {
    if (petitions[i].reference.empty()) continue;
    const auto [at, added] = first.emplace(petitions[i].reference, i);
    if (added) continue;
    checker.Add(absl::StrCat("petitions[", i, "].reference"), "DUPLICATE_REFERENCE",
                {absl::StrCat("The reference is also that of petitions[", at->second, "]."),
                 absl::StrCat("Số hiệu trùng với petitions[", at->second, "].")});
  }
}

}  // namespace

absl::StatusOr<v1::Petition> OpinionsService::CreatePetition(
    const rpc::RequestContext& ctx, const v1::CreatePetitionRequest& request) const {
  Checker checker;
  checker.RequestId(request.request_id());
  checker.Required("petition", request.has_petition());
  std::vector<Petition> petitions(1);
  Petition& petition = petitions.front();
  if (request.has_petition()) {
    petition =
        ReadPetition(request.petition(), "petition", std::nullopt, VietnamDay(ctx.now()), checker);
  }
  RETURN_IF_ERROR(checker.status());

  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts_.snapshots->Get());
  switch (JudgeUnitDay(snapshot, ctx.caller(), kPetitionWrite, petition.unit, petition.received)) {
    case UnitDay::kDenied:
      return UnitNotFound(petition.unit);
    case UnitDay::kNoSuchUnitThen:
      return InvalidField("petition.received_date", "UNIT_NOT_ON_DAY", NotOnDay());
    case UnitDay::kAllowed:
      break;
  }

  petition.id = NewId(ctx.now());
  return ledger::Write<v1::Petition>(
      *parts_.writer, ctx, request, {UnitName(petition.unit)},
      [&](ledger::Transaction& tx) -> absl::StatusOr<v1::Petition> {
        RETURN_IF_ERROR(Register(*parts_.store, tx, petitions, {"petition"}));
        return ToProto(petition);
      });
}

absl::StatusOr<v1::BatchCreatePetitionsResponse> OpinionsService::BatchCreatePetitions(
    const rpc::RequestContext& ctx, const v1::BatchCreatePetitionsRequest& request) const {
  Checker checker;
  checker.RequestId(request.request_id());
  const int64_t unit = checker.Unit("unit", request.unit());
  if (request.petitions().empty()) {
    checker.Required("petitions", false);
  } else {
    checker.Count("petitions", request.petitions_size(), 1, kMaxBatch);
  }
  RETURN_IF_ERROR(checker.status());
  const absl::CivilDay today = VietnamDay(ctx.now());
  std::vector<Petition> petitions;
  std::vector<std::string> paths;
  for (int i = 0; i < request.petitions_size(); ++i) {
    paths.push_back(absl::StrCat("petitions[", i, "]"));
    petitions.push_back(ReadPetition(request.petitions(i), paths.back(), unit, today, checker));
  }
  CheckDuplicates(petitions, checker);
  RETURN_IF_ERROR(checker.status());

  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts_.snapshots->Get());
  bool denied = false;
  for (size_t i = 0; i < petitions.size(); ++i) {
    switch (JudgeUnitDay(snapshot, ctx.caller(), kPetitionWrite, unit, petitions[i].received)) {
      case UnitDay::kDenied:
        denied = true;
        break;
      case UnitDay::kNoSuchUnitThen:
        checker.Add(paths[i] + ".received_date", "UNIT_NOT_ON_DAY", NotOnDay());
        break;
      case UnitDay::kAllowed:
        break;
    }
  }
  if (denied) return UnitNotFound(unit);
  RETURN_IF_ERROR(checker.status());

  for (Petition& petition : petitions) petition.id = NewId(ctx.now());
  return ledger::Write<v1::BatchCreatePetitionsResponse>(
      *parts_.writer, ctx, request, {UnitName(unit)},
      [&](ledger::Transaction& tx) -> absl::StatusOr<v1::BatchCreatePetitionsResponse> {
        RETURN_IF_ERROR(Register(*parts_.store, tx, petitions, paths));
        v1::BatchCreatePetitionsResponse response;
        for (const Petition& petition : petitions) *response.add_petitions() = ToProto(petition);
        return response;
      });
}

absl::StatusOr<v1::Petition> OpinionsService::GetPetition(
    const rpc::RequestContext& ctx, const v1::GetPetitionRequest& request) const {
  Checker checker;
  const std::string id = checker.Name("name", "petitions/*", request.name());
  RETURN_IF_ERROR(checker.status());
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts_.snapshots->Get());
  ASSIGN_OR_RETURN(const std::optional<Petition> petition,
                   parts_.store->FindPetition(ctx.deadline(), id));
  if (!petition.has_value()) return NotFound(kType, request.name());
  RETURN_IF_ERROR(access::RequireUnit(snapshot, ctx.caller(), kPetitionRead, petition->unit,
                                      petition->received, kType, request.name()));
  return ToProto(*petition);
}

absl::StatusOr<v1::ListPetitionsResponse> OpinionsService::ListPetitions(
    const rpc::RequestContext& ctx, const v1::ListPetitionsRequest& request) const {
  Checker checker;
  ListQuery query;
  query.unit = checker.Unit("unit", request.unit());
  PetitionFilter filter;
  filter.kind = ReadKindFilter(request.kind(), "kind", checker);
  filter.open_only = request.open_only();
  const absl::StatusOr<int> page_size = PageSize(request.page_size(), kDefaultPage, kMaxPage);
  checker.AddStatus("page_size", page_size.status());
  RETURN_IF_ERROR(checker.status());
  const std::string selection = absl::StrCat("petitions ", query.unit, " ", request.kind(), " ",
                                             request.open_only() ? "open" : "all");
  const std::string caller = ctx.caller().ActorName();
  ASSIGN_OR_RETURN(const std::string cursor,
                   parts_.page_tokens->Decode(request.page_token(), selection, caller));
  ASSIGN_OR_RETURN(query.after, KeyOf(cursor));

  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts_.snapshots->Get());
  ASSIGN_OR_RETURN(query.days, DaysInScope(snapshot, ctx.caller(), kPetitionRead, query.unit,
                                           {kFirstDay, kEndOfDays - 1}));
  query.limit = *page_size + 1;
  ASSIGN_OR_RETURN(std::vector<Petition> petitions,
                   parts_.store->ListPetitions(ctx.deadline(), query, filter));

  v1::ListPetitionsResponse response;
  if (petitions.size() > static_cast<size_t>(*page_size)) {
    petitions.resize(*page_size);
    response.set_next_page_token(parts_.page_tokens->Encode(
        CursorOf({petitions.back().received, petitions.back().id}), selection, caller));
  }
  for (const Petition& petition : petitions) *response.add_petitions() = ToProto(petition);
  return response;
}

absl::StatusOr<v1::Petition> OpinionsService::UpdatePetition(
    const rpc::RequestContext& ctx, const v1::UpdatePetitionRequest& request) const {
  Checker checker;
  checker.RequestId(request.request_id());
  const std::string& name = request.petition().name();
  const std::string id = checker.Name("petition.name", "petitions/*", name);
  const absl::StatusOr<std::vector<std::string>> paths =
      MaskPaths(request.update_mask(), request.petition(), kUpdatable);
  checker.AddStatus("update_mask", paths.status());
  PetitionChange change;
  for (const std::string& path : paths.value_or(std::vector<std::string>())) {
    if (path == "due_date") {
      change.due = checker.OptionalDay("petition.due_date", request.petition().due_date());
    } else {
      change.resolved =
          checker.OptionalDay("petition.resolved_date", request.petition().resolved_date());
    }
  }
  RETURN_IF_ERROR(checker.status());

  // The unit never changes, so it may be read before the lane that it names.
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts_.snapshots->Get());
  ASSIGN_OR_RETURN(const std::optional<Petition> found,
                   parts_.store->FindPetition(ctx.deadline(), id));
  if (!found.has_value()) return NotFound(kType, name);
  RETURN_IF_ERROR(access::RequireUnit(snapshot, ctx.caller(), kPetitionWrite, found->unit,
                                      found->received, kType, name));
  RETURN_IF_ERROR(CheckFixedFields(request.update_mask(), request.petition(), ToProto(*found),
                                   kUpdatable, "petition"));

  return ledger::Write<v1::Petition>(
      *parts_.writer, ctx, request, {UnitName(found->unit)},
      [&](ledger::Transaction& tx) -> absl::StatusOr<v1::Petition> {
        ASSIGN_OR_RETURN(const std::optional<Petition> before, parts_.store->LockPetition(tx, id));
        if (!before.has_value()) return NotFound(kType, name);
        RETURN_IF_ERROR(CheckEtag(request.petition().etag(), before->revision, name));
        Violations violations;
        const Petition after = Apply(*before, change, tx.now(), &violations);
        Checker rules;
        AddViolations(violations, "petition", rules);
        RETURN_IF_ERROR(rules.status());
        if (after == *before) return ToProto(after);
        RETURN_IF_ERROR(parts_.store->SavePetition(tx, *before, after));
        const bool resolved = after.resolved.has_value() && after.resolved != before->resolved;
        NotePetition(tx, after, resolved ? *after.resolved : VietnamDay(tx.now()));
        return ToProto(after);
      });
}

absl::StatusOr<v1::CountPetitionsResponse> OpinionsService::CountPetitions(
    const rpc::RequestContext& ctx, const v1::CountPetitionsRequest& request) const {
  Checker checker;
  const int64_t unit = checker.Unit("unit", request.unit());
  const DayInterval days = checker.Interval("since", request.since(), "until", request.until());
  RETURN_IF_ERROR(checker.status());
  ASSIGN_OR_RETURN(const access::Snapshot snapshot, parts_.snapshots->Get());
  RETURN_IF_ERROR(RequireThroughout(snapshot, ctx.caller(), kPetitionRead, unit, days));
  ASSIGN_OR_RETURN(const PetitionCounts counts,
                   parts_.store->CountPetitions(ctx.deadline(),
                                                UnitDaysWithin(snapshot, unit, days), days.last));
  ctx.set_position(counts.position);
  return ToProto(counts);
}

}  // namespace phoihop::opinions
