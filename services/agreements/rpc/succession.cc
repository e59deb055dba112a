#include "services/agreements/rpc/succession.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "phoihop/agreements/v1/due.pb.h"
#include "phoihop/agreements/v1/resources.pb.h"

namespace phoihop::agreements {
namespace {

constexpr std::string_view kPrefix = "bodies/";

std::string NameOf(const std::string& body) { return absl::StrCat("bodies/", body); }

bool HoldsBody(const filter::Fields& fields, const std::string& field) {
  return std::any_of(fields.begin(), fields.end(), [&](const filter::Field& known) {
    return known.name == field && known.pattern == "bodies/*";
  });
}

}  // namespace

filter::Expr WithPredecessors(filter::Expr filter, const filter::Fields& fields,
                              const access::Snapshot& snapshot) {
  using filter::Expr;
  if (filter.kind != Expr::Kind::kCompare) {
    for (Expr& part : filter.parts) part = WithPredecessors(std::move(part), fields, snapshot);
    return filter;
  }
  const auto* body = std::get_if<std::string>(&filter.value);
  const bool equal = filter.op == Expr::Op::kEqual;
  if (body == nullptr || body->empty() || (!equal && filter.op != Expr::Op::kNotEqual) ||
      !HoldsBody(fields, filter.field)) {
    return filter;
  }
  const std::vector<std::string> carried =
      snapshot.bodies->CarriedBy(NameOf(*body), snapshot.today);
  if (carried.empty()) return filter;
  Expr all;
  all.kind = equal ? Expr::Kind::kOr : Expr::Kind::kAnd;
  all.parts.push_back(filter);
  for (const std::string& predecessor : carried) {
    Expr& part = all.parts.emplace_back(filter);
    part.value = predecessor.substr(kPrefix.size());
  }
  return all;
}

bool AreOneSide(const access::Snapshot& snapshot, const std::string& a, const std::string& b) {
  return a == b || snapshot.bodies->MeetOn(NameOf(a), NameOf(b), snapshot.today);
}

std::string SideOf(const access::Snapshot& snapshot, const std::string& body,
                   const std::string& side) {
  return !body.empty() && AreOneSide(snapshot, body, side) ? side : body;
}

void NoteEnds(const access::Snapshot& snapshot, Agreement& agreement) {
  for (Party& party : agreement.parties) {
    const std::optional<absl::CivilDay> end = snapshot.bodies->EndOf(NameOf(party.body));
    if (end.has_value()) party.ends = end;
  }
}

void ResolveParties(const access::Snapshot& snapshot, absl::CivilDay day,
                    v1::Agreement& agreement) {
  for (v1::Agreement::Party& party : *agreement.mutable_parties()) {
    party.set_name_on_date(snapshot.bodies->NameOn(party.body(), day));
    if (!snapshot.bodies->IsCarriedOn(party.body(), day)) continue;
    for (std::string& body : snapshot.bodies->CarriersOn(party.body(), day)) {
      v1::Agreement::Carrier& carrier = *party.add_carried_by();
      carrier.set_display_name(snapshot.bodies->NameOn(body, day));
      carrier.set_body(std::move(body));
    }
  }
}

void ResolveDebtor(const access::Snapshot& snapshot, v1::Obligation& obligation) {
  if (!snapshot.bodies->IsCarriedOn(obligation.body(), snapshot.today)) return;
  for (std::string& body : snapshot.bodies->CarriersOn(obligation.body(), snapshot.today)) {
    obligation.add_carried_by(std::move(body));
  }
}

}  // namespace phoihop::agreements
